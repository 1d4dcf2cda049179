"""What a desk released to a community's moderators, as it lies on the road: that there is a case, its kind.

Holds nothing that was said and nothing of who said it. Nobody is told of it unasked.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.delivery.wire import NewsItem, NewsKind
from core.ids import CommunityId, DeskName, ReportId
from core.ledger.columns import UtcTime
from core.ledger.port import Change, Ledger
from core.ledger.road import released, reports
from core.reports.model import Category, Priority

KINDS: Final = frozenset({NewsKind.RELEASED, NewsKind.GO_AHEAD})
MOST: Final = 200
"""Reports of one answer, the latest first."""

_COLUMNS = ["report", "kind", "community", "category", "priority", "at"]
_there = sa.exists().where(
    released.c.report == bind("of", type_=sa.String), released.c.kind == bind("what", type_=sa.String)
)
# The community is the road's own word: a desk speaks of reports that were sent to it, and of no others.
_STORE = sa.insert(released).from_select(
    _COLUMNS,
    sa.select(
        reports.c.id,
        bind("what", type_=sa.String),
        reports.c.community,
        bind("about", type_=sa.String),
        bind("urgency", type_=sa.Integer),
        bind("on", type_=UtcTime),
    ).where(
        reports.c.id == bind("of", type_=sa.String), reports.c.desk == bind("by", type_=sa.String), ~_there
    ),
)
_OF_COMMUNITY = (
    sa.select(released)
    .where(released.c.community == bind("here"))
    .order_by(released.c.at.desc(), released.c.report, released.c.kind)
    .limit(2 * MOST)
)


class Released(msgspec.Struct, frozen=True, kw_only=True):
    """All that a community's moderators are told of a report."""

    report: ReportId
    category: Category
    priority: Priority
    at: datetime
    may_act: bool
    """The desk has said that they may act against the account now."""


def stored(desk: DeskName, told: Sequence[NewsItem], now: datetime) -> tuple[Change, ...]:
    """The changes that keep it; storing the same again changes nothing."""
    rows = [_row(desk, item, now) for item in told if item.kind in KINDS]
    return (Change(_STORE, rows),) if rows else ()


async def of_community(ledger: Ledger, community: CommunityId) -> tuple[Released, ...]:
    """What this community's moderators may know of, the latest first, MOST at most. Raises LedgerError."""
    rows = await ledger.read(lambda conn: conn.execute(_OF_COMMUNITY, {"here": community}).all())
    may_act = {row.report for row in rows if row.kind == NewsKind.GO_AHEAD}
    told = (row for row in rows if row.kind == NewsKind.RELEASED)
    return tuple(
        Released(
            report=ReportId(row.report),
            category=Category(row.category),
            priority=Priority(row.priority),
            at=row.at,
            may_act=row.report in may_act,
        )
        for row in told
    )[:MOST]


def _row(desk: DeskName, item: NewsItem, now: datetime) -> dict[str, Any]:
    return {
        "of": item.report,
        "by": desk,
        "what": item.kind.value,
        "about": (item.category or Category.UNSPECIFIED).value,
        "urgency": int(Priority.P3 if item.priority is None else item.priority),
        "on": min(item.at, now),
    }
