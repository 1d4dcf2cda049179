"""News as it lies on the road, as statements: what came, who is being told, what became of it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection, bindparam

from core.delivery import released
from core.delivery.model import NewsState, OutboxState
from core.delivery.wire import ItemKind, NewsItem, NewsKind
from core.evidence.parts import PartKind
from core.ids import DeskName, ReportId
from core.ledger.columns import UtcTime
from core.ledger.port import Change
from core.ledger.road import news, outbox, parts, reports
from core.ledger.sql import insert_or_ignore
from core.reports.told import UNREAD_AFTER

PUSHED = frozenset({NewsKind.READ, NewsKind.MESSAGE})
"""What a person is told of unasked, where they asked for that. That it was received they see on the screen
they sent it from; what is between road and desk, or for a community's moderators, is nobody's push.
"""
UNREAD: Final = "unread"
"""Of our own, and of no desk: what is urgent has not even reached one."""
_UNOPENED: Final = frozenset({NewsKind.RECEIVED.value, UNREAD})
_TELLABLE: Final = frozenset({*PUSHED, *_UNOPENED})
"""An urgent report that was received and that nobody opens is told of when its five minutes are over."""

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
    for kind, statement in _NOTED_AT.items():
        rows = [
            {"of": item.report, "by": desk, "on": min(item.at, now)} for item in told if item.kind is kind
        ]
        if rows:
            changes.append(Change(statement, rows))
    received = [item for item in told if item.kind is NewsKind.RECEIVED]
    if received:
        changes.append(Change(_NOTHING_TO_TELL, list(map(_told_of, received))))
    return (*changes, *released.stored(desk, told, now))


def undelivered(conn: Connection, now: datetime) -> tuple[Change, ...]:
    """The change that notes urgent reports which wait here for too long: whoever wished it is to be told."""
    found = conn.execute(_UNDELIVERED, {"before": now - UNREAD_AFTER})
    rows = [
        {
            "id": f"{row.report}.{UNREAD}",
            "desk": row.desk,
            "report": row.report,
            "kind": UNREAD,
            "at": now,
            "identity": row.sealed,
            "state": NewsState.WAITING.value,
            "fence": 0,
        }
        for row in found
    ]
    return (Change(_STORE, rows),) if rows else ()


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
            reports.c.read_at,
            reports.c.urgent,
            news.c.kind,
        )
        .outerjoin(reports, reports.c.id == news.c.report)
        .where(
            _free(now),
            news.c.kind.in_(_TELLABLE),
            sa.or_(reports.c.platform.in_(platforms), reports.c.id.is_(None)),
        )
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
    waits = item.kind is NewsKind.RECEIVED
    pushed = (waits or item.kind in PUSHED) and item.identity is not None
    return {
        "id": item.id,
        "desk": desk,
        "report": item.report,
        "kind": item.kind.value,
        "at": min(item.at, now),
        "identity": item.identity if pushed else None,
        "state": (NewsState.WAITING if pushed else NewsState.NOBODY).value,
        "lease_until": min(item.at, now) + UNREAD_AFTER if waits and pushed else None,
        "fence": 0,
    }


def _told_of(item: NewsItem) -> dict[str, Any]:
    return {"received": item.id, "about": item.report, "unread": f"{item.report}.{UNREAD}"}


def _noted(column: sa.Column[datetime]) -> sa.Update:
    mine = sa.and_(reports.c.id == bindparam("of"), reports.c.desk == bindparam("by"))
    return sa.update(reports).where(mine, column.is_(None)).values({column: bindparam("on", type_=UtcTime)})


_OTHER = news.alias("other")
_NOTHING_TO_TELL = (
    sa.update(news)
    .where(
        news.c.id == bindparam("received"),
        news.c.state == NewsState.WAITING.value,
        sa.or_(
            ~sa.exists(
                sa.select(reports.c.id).where(
                    reports.c.id == bindparam("about"), reports.c.urgent, reports.c.may_push
                )
            ),
            sa.exists(sa.select(_OTHER.c.id).where(_OTHER.c.id == bindparam("unread"))),
        ),
    )
    .values(state=NewsState.NOBODY.value, identity=None, lease_until=None)
)
"""Whoever wished no word, or is told of it already: nothing of them is kept."""
_UNDELIVERED = (
    sa.select(reports.c.id.label("report"), reports.c.desk, parts.c.sealed)
    .join(outbox, sa.and_(outbox.c.report == reports.c.id, outbox.c.kind == ItemKind.REPORT.value))
    .join(parts, sa.and_(parts.c.item == outbox.c.item, parts.c.kind == PartKind.IDENTITY.value))
    .where(
        outbox.c.state != OutboxState.DELIVERED.value,
        outbox.c.urgent,
        outbox.c.created_at <= bindparam("before", type_=UtcTime),
        reports.c.may_push,
        ~sa.exists(sa.select(news.c.id).where(news.c.id == reports.c.id + f".{UNREAD}")),
    )
)


def _latest(column: sa.Column[datetime]) -> sa.Update:
    mine = sa.and_(reports.c.id == bindparam("of"), reports.c.desk == bindparam("by"))
    on = bindparam("on", type_=UtcTime)
    return sa.update(reports).where(mine, sa.or_(column.is_(None), column < on)).values({column: on})


_NOTED_AT = {
    NewsKind.RECEIVED: _noted(reports.c.delivered_at),
    NewsKind.READ: _noted(reports.c.read_at),
    NewsKind.MESSAGE: _latest(reports.c.message_at),
}
"""The first time that it was received or read, and the last time that the desk wrote."""


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
        may_push=bool(row["may_push"]) and (row["kind"] not in _UNOPENED or _is_unopened(row)),
    )


def _is_unopened(row: Mapping[Any, Any]) -> bool:
    return row["urgent"] and row["read_at"] is None
