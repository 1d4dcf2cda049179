"""News for roads: that a report was received, when a person first read it, that the desk wrote. No content.

A row stays until its road acknowledges it; the identity, sealed to the road, goes along each time.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.delivery.wire import NewsItem, NewsKind
from core.evidence.parts import PartKind
from core.ids import ReportId, RoadName
from core.ledger.port import Change, Ledger
from core.ledger.sql import insert_or_ignore
from core.reports.model import Category, Priority
from desk.tables import news, parts, releases

NEWS = "desk.news"
"""The topic that wakes those who wait for news."""

MOST_BYTES: Final = 8_000_000
"""Of identities in one answer; what is left is told next."""

insert_news = insert_or_ignore(news)
_WAITING = (
    sa.select(news, parts.c.sealed, releases.c.category, releases.c.priority)
    .outerjoin(releases, sa.and_(releases.c.report == news.c.report, releases.c.kind == news.c.kind))
    .outerjoin(
        parts,
        sa.and_(
            parts.c.report == news.c.report,
            parts.c.road == news.c.road,
            parts.c.kind == PartKind.IDENTITY.value,
        ),
    )
    .where(news.c.road == bind("road"))
    .order_by(news.c.at, news.c.id)
    .limit(bind("limit"))
)
_FORGET = sa.delete(news).where(news.c.id == bind("told"), news.c.road == bind("of_road"))


def news_id(about: str, kind: NewsKind) -> str:
    """The same for the same fact, so that telling it twice stores it once."""
    return f"{about}.{kind}"


def news_row(
    road: str, report: str, kind: NewsKind, at: datetime, *, about: str | None = None
) -> dict[str, Any]:
    """A row for `insert_news`; `about`: which of several facts of this kind, where there may be several."""
    return {
        "id": news_id(about or report, kind),
        "road": road,
        "report": report,
        "kind": kind.value,
        "at": at,
    }


async def waiting(ledger: Ledger, road: RoadName, limit: int) -> tuple[NewsItem, ...]:
    """What this road has not acknowledged, oldest first, at most `limit`."""
    return await ledger.read(lambda conn: _waiting(conn, road, limit))


async def acknowledge(ledger: Ledger, road: RoadName, ids: Sequence[str]) -> None:
    """Forget these; what is unknown, forgotten before or another road's is passed over."""
    if ids:
        await ledger.append(Change(_FORGET, [{"told": told, "of_road": road} for told in ids]))


def _waiting(conn: sa.Connection, road: str, limit: int) -> tuple[NewsItem, ...]:
    rows = conn.execute(_WAITING, {"road": road, "limit": limit})
    # One row of news is told once, whatever a road may have sent along as identities.
    found = {row.id: _item(row) for row in rows}
    return most_bytes(found.values(), MOST_BYTES)


def _item(row: Any) -> NewsItem:
    return NewsItem(
        id=row.id,
        report=ReportId(row.report),
        kind=NewsKind(row.kind),
        at=row.at,
        identity=row.sealed,
        category=None if row.category is None else Category(row.category),
        priority=None if row.priority is None else Priority(row.priority),
    )


def most_bytes(items: Iterable[NewsItem], at_most: int) -> tuple[NewsItem, ...]:
    """The first of them, as many as have identities of `at_most` bytes together; one at least."""
    held: list[NewsItem] = []
    size = 0
    for item in items:
        size += len(item.identity or b"")
        if held and size > at_most:
            break
        held.append(item)
    return tuple(held)
