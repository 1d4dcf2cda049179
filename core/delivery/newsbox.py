"""News as it lies on the road, as statements: what came, who is being told, what became of it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection, bindparam

from core.delivery import released
from core.delivery.model import NewsState
from core.delivery.wire import NewsItem, NewsKind
from core.ids import DeskName, ReportId
from core.ledger.columns import UtcTime
from core.ledger.port import Change
from core.ledger.road import news, reports
from core.ledger.sql import insert_or_ignore

PUSHED = frozenset({NewsKind.READ})
"""What a person is told of unasked. That it was received they see on the screen they sent it from."""

_STORE = insert_or_ignore(news)


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """News that this process alone may tell until the lease ends; `fence` proves it."""

    id: str
    report: ReportId
    draft: str | None
    """What the identity must be bound to; None if the road no longer keeps the report."""
    identity: bytes | None
    at: datetime
    fence: int
    """How often it was leased, this time included."""
    may_push: bool = False
    """Whether they asked to be told; not where the road no longer keeps the report."""


def stored(desk: DeskName, told: Sequence[NewsItem], now: datetime) -> tuple[Change, ...]:
    """The changes that keep what `desk` told; storing the same again changes nothing.

    A desk's word counts for reports that were sent to it, and for no others.
    """
    changes = [Change(_STORE, [_row(desk, item, now) for item in told])]
    for kind, statement in ((NewsKind.RECEIVED, _RECEIVED), (NewsKind.READ, _READ)):
        rows = [
            {"of": item.report, "by": desk, "on": min(item.at, now)} for item in told if item.kind is kind
        ]
        if rows:
            changes.append(Change(statement, rows))
    return (*changes, *released.stored(desk, told, now))


def lease(
    conn: Connection, platforms: Collection[str], *, now: datetime, lasts: timedelta, limit: int
) -> tuple[Due, ...]:
    """Take up to `limit` news whose person is on one of `platforms`, or on nobody knows which."""
    waiting = (
        sa.select(
            news.c.id,
            news.c.report,
            news.c.identity,
            news.c.at,
            news.c.fence,
            reports.c.draft,
            reports.c.may_push,
        )
        .outerjoin(reports, reports.c.id == news.c.report)
        .where(_free(now), sa.or_(reports.c.platform.in_(platforms), reports.c.id.is_(None)))
        .order_by(news.c.at, news.c.id)
        .limit(limit)
    )
    due = tuple(_due(row) for row in conn.execute(waiting).mappings())
    for one in due:
        taken = sa.update(news).where(news.c.id == one.id)
        conn.execute(taken.values(lease_until=now + lasts, fence=one.fence))
    return due


def finish(conn: Connection, due: Due, state: NewsState) -> bool:
    """Told, or nobody to tell: the identity is emptied. False, and nothing changed, if the lease was lost."""
    done = _held(due).values(state=state, identity=None, lease_until=None)
    return bool(conn.execute(done).rowcount)


def later(conn: Connection, due: Due, until: datetime) -> bool:
    """Not now: free again at `until`. False, and nothing changed, if the lease was lost."""
    return bool(conn.execute(_held(due).values(lease_until=until)).rowcount)


def _row(desk: DeskName, item: NewsItem, now: datetime) -> dict[str, Any]:
    pushed = item.kind in PUSHED and item.identity is not None
    return {
        "id": item.id,
        "desk": desk,
        "report": item.report,
        "kind": item.kind.value,
        "at": min(item.at, now),
        "identity": item.identity if pushed else None,
        "state": (NewsState.WAITING if pushed else NewsState.NOBODY).value,
        "fence": 0,
    }


def _noted(column: sa.Column[datetime]) -> sa.Update:
    mine = sa.and_(reports.c.id == bindparam("of"), reports.c.desk == bindparam("by"))
    return sa.update(reports).where(mine, column.is_(None)).values({column: bindparam("on", type_=UtcTime)})


_RECEIVED = _noted(reports.c.delivered_at)
_READ = _noted(reports.c.read_at)


def _free(now: datetime) -> sa.ColumnElement[bool]:
    free = sa.or_(news.c.lease_until.is_(None), news.c.lease_until <= now)
    return sa.and_(news.c.state == NewsState.WAITING, free)


def _held(due: Due) -> sa.Update:
    return sa.update(news).where(
        news.c.id == due.id, news.c.fence == due.fence, news.c.state == NewsState.WAITING
    )


def _due(row: Mapping[Any, Any]) -> Due:
    return Due(
        id=row["id"],
        report=row["report"],
        draft=row["draft"],
        identity=row["identity"],
        at=row["at"],
        fence=row["fence"] + 1,
        may_push=bool(row["may_push"]),
    )
