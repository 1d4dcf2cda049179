"""What is forgotten, and when, on the road's ledger. What was sent is never touched before it arrived."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from core.delivery.model import NewsState
from core.delivery.newsbox import UNREAD
from core.ledger import leases as lease
from core.ledger.leases import Held
from core.ledger.port import Ledger
from core.ledger.road import (
    answers,
    claims,
    drafts,
    leases,
    news,
    open_screens,
    outbox,
    parts,
    released,
    reports,
)

DRAFTS = timedelta(hours=24)
"""A draft, sent or not, and what was captured for one that was never sent."""
SCREENS = timedelta(hours=1)
"""A private screen that no process came to empty; nobody can reach it any longer."""
NEWS = timedelta(days=2)
"""News that nobody on any platform of ours could be told; the reference still shows everything."""
REPORTS = timedelta(days=90)
"""The row that answers a reference on the road once its report has arrived; the desk keeps its own.

So long, too, what an answer that arrived was bound to.
"""
CLAIMS = timedelta(minutes=20)
"""A press: no platform tells of it again later than this."""
_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """How many rows a sweep deleted."""

    drafts: int
    parts: int
    reports: int


async def sweep(ledger: Ledger, held: Held | None = None) -> Forgotten:
    """Delete what is past its time, by the ledger's own clock. Safe to run anywhere, any number of times.

    `held`: what whoever sweeps must still hold, else LeaseLost is raised and nothing is deleted.
    """
    now = await ledger.now()
    return await ledger.transact(lambda conn: _sweep_as_holder(conn, now, held))


def _sweep_as_holder(conn: Connection, now: datetime, held: Held | None) -> Forgotten:
    if held is not None:
        lease.require(conn, leases, held, now=now)
    return _sweep(conn, now)


def _sweep(conn: Connection, now: datetime) -> Forgotten:
    old_draft = now - DRAFTS
    unsent = parts.c.item.is_(None) & (parts.c.created_at < old_draft)
    arrived = (reports.c.delivered_at < now - REPORTS) & ~sa.exists().where(
        outbox.c.report == reports.c.id, outbox.c.delivered_at.is_(None)
    )
    gone = sa.select(reports.c.id).where(arrived)
    told = news.c.state != NewsState.WAITING
    conn.execute(sa.delete(open_screens).where(open_screens.c.closes_at < now - SCREENS))
    # That somebody was told of a report which nobody has yet is known as long as the report: told once.
    conn.execute(sa.delete(news).where(news.c.kind != UNREAD, sa.or_(told, news.c.at < now - NEWS)))
    conn.execute(sa.delete(news).where(news.c.kind == UNREAD, news.c.report.in_(gone)))
    conn.execute(sa.delete(claims).where(claims.c.at < now - CLAIMS))
    lease.forget(conn, leases, now=now)
    forgotten_drafts = conn.execute(sa.delete(drafts).where(drafts.c.created_at < old_draft)).rowcount
    forgotten_parts = conn.execute(sa.delete(parts).where(unsent)).rowcount
    conn.execute(sa.delete(outbox).where(outbox.c.report.in_(gone)))
    _forget_answers(conn, now)
    conn.execute(sa.delete(released).where(released.c.report.in_(gone)))
    forgotten_reports = conn.execute(sa.delete(reports).where(arrived)).rowcount
    return Forgotten(drafts=forgotten_drafts, parts=forgotten_parts, reports=forgotten_reports)


def _forget_answers(conn: Connection, now: datetime) -> None:
    """Those of so long ago that have arrived: until then a form that comes twice is known."""
    waits = sa.exists().where(outbox.c.item == answers.c.item, outbox.c.delivered_at.is_(None))
    old = sa.select(answers.c.item).where(answers.c.sent_at < now - REPORTS, ~waits)
    items = [row.item for row in conn.execute(old.limit(_AT_ONCE))]
    conn.execute(sa.delete(outbox).where(outbox.c.item.in_(items)))
    conn.execute(sa.delete(answers).where(answers.c.item.in_(items)))
