"""A report about somebody known raises those that are known: one step for each independent community, once.

Nothing here lowers, joins or closes; and counting alone makes nothing a danger to life.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.ids import CommunityId, ReportId
from core.ledger.sql import insert_or_ignore
from core.reports.model import Priority
from desk.casework.place import put, stands_as
from desk.linking import suggesting
from desk.linking.values import Kind, Tag
from desk.opening import Kept
from desk.ranks import QUEUED, Targets
from desk.tables import links, reasons, reports

AT_MOST: Final = Priority.P1
CODE: Final = "reported_elsewhere"
"""With the number of communities behind it: a reason for each."""
TEXT: Final = "The same subject was reported from {number} other communities."
TEXT_ONE: Final = "The same subject was reported from another community."

_REPORTS = sa.select(reports).where(reports.c.id.in_(bind("these", expanding=True)))
_RANK = sa.select(reports.c.rank).where(reports.c.id == bind("case"))
_TAGS_OF = (
    sa.select(links.tags.c.kind, links.tags.c.tag)
    .where(
        links.tags.c.report == bind("which"),
        links.tags.c.kind.in_(sorted(kind.value for kind in suggesting.STRONG)),
    )
    .order_by(links.tags.c.kind, links.tags.c.tag)
    .limit(suggesting.MOST_STRONG)
)
_WHY = insert_or_ignore(reasons).execution_options(preserve_rowcount=True)
_RAISE = (
    sa.update(reports)
    .where(reports.c.id == bind("of"))
    .values(
        priority=bind("to"),
        due_at=bind("until", type_=reports.c.due_at.type),
        own_due_at=bind("own", type_=reports.c.own_due_at.type),
        lowered_at=None,
    )
)


def raise_known(
    conn: sa.Connection, kept: Kept, tags: Collection[Tag], now: datetime, targets: Targets
) -> None:
    """Raise the open reports that have a strong value in common with this one, which was just stored."""
    others = suggesting.reports_with(conn, kept.scope, tags, but=kept.report)
    if not others:
        return
    rows = conn.execute(_REPORTS, {"these": sorted(others)}).mappings().all()
    known: dict[str, tuple[str, ...]] = {}
    risen = [
        row
        for row in rows
        if _may_rise(conn, kept, row)
        and _raised(conn, row, _communities_of(conn, kept, row, known), now, targets)
    ]
    for case in sorted({row["of_case"] or row["id"] for row in risen}):
        put(conn, ReportId(case))


def _may_rise(conn: sa.Connection, kept: Kept, row: sa.RowMapping) -> bool:
    """Of another community, and its case stands in the queue: as itself, or as what it was taken into."""
    if row["community"] == kept.community or row["triaged_at"] is None:
        return False
    if row["of_case"] is None:
        return bool(row["rank"] <= QUEUED)
    return bool(conn.execute(_RANK, {"case": row["of_case"]}).scalar_one() <= QUEUED)


def _raised(conn: sa.Connection, row: sa.RowMapping, known: int, now: datetime, targets: Targets) -> bool:
    """Raise one report, once for each number of communities; its case is not put in its place yet."""
    why = {"report": row["id"], "code": f"{CODE}_{known}", "text": _text(known), "at": now}
    return conn.execute(_WHY, why).rowcount > 0 and _raise(conn, row, now, targets)


def _communities_of(
    conn: sa.Connection, kept: Kept, row: sa.RowMapping, known: dict[str, tuple[str, ...]]
) -> int:
    rows = conn.execute(_TAGS_OF, {"which": row["id"]})
    tags = [Tag(Kind(each.kind), each.tag) for each in rows]
    own = CommunityId(row["community"])
    return len(suggesting.communities_with(conn, kept.scope, tags, but=own, known=known))


def _text(number: int) -> str:
    return TEXT_ONE if number == 1 else TEXT.format(number=number)


def _raise(conn: sa.Connection, row: sa.RowMapping, now: datetime, targets: Targets) -> bool:
    before = stands_as(row)
    to = Priority(max(AT_MOST, before - 1))
    if to >= before:
        return False
    soon = now + targets[to]
    until = min(row["due_at"], soon)
    own = None if row["own_due_at"] is None else min(row["own_due_at"], soon)
    conn.execute(_RAISE, {"of": row["id"], "to": int(to), "until": until, "own": own})
    return True
