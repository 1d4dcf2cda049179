"""A flood folded into one case in one press, and taken apart in one: a set of joins, written all at once.

Nothing is deleted. The case stands where its most urgent report would, as every case of several does.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.errors import InputRefused
from core.ids import NewId, ReportId
from desk.casework.acts import By, acted, case_in
from desk.casework.place import put, put_alone
from desk.linking.alike import alike, digest_of
from desk.tables import casework, reports

FOLDED: Final = "flood_folded"
UNDONE: Final = "fold_undone"
"""The actions in the trail: with how many reports, and a digest of their ids."""

_joins, _joined = casework.joins, casework.joined
_MOVE = sa.update(reports).where(reports.c.id == bind("of")).values(of_case=bind("to"))
_OF_SET = (
    sa.select(_joins.c.into_case, _joins.c.from_case)
    .where(_joins.c.set_id == bind("set"), _joins.c.undone_at.is_(None))
    .order_by(_joins.c.from_case)
)
_ALL = _joins.alias()
_AGAIN = _joined.alias()
_LATER = (
    sa.select(sa.literal(1))
    .select_from(_joins)
    .join(_joined, _joined.c.join_id == _joins.c.id)
    .join(_AGAIN, _AGAIN.c.report == _joined.c.report)
    .join(_ALL, _ALL.c.id == _AGAIN.c.join_id)
    .where(
        _joins.c.set_id == bind("set"),
        _ALL.c.undone_at.is_(None),
        sa.or_(_ALL.c.set_id.is_(None), _ALL.c.set_id != bind("set")),
        sa.or_(_ALL.c.at > _joins.c.at, sa.and_(_ALL.c.at == _joins.c.at, _ALL.c.id > _joins.c.id)),
    )
    .limit(1)
)
_UNDO = (
    sa.update(_joins)
    .where(_joins.c.set_id == bind("which"), _joins.c.undone_at.is_(None))
    .values(undone_at=bind("when", type_=_joins.c.undone_at.type), undone_by=bind("who"))
)
_SETS = (
    sa.select(
        _joins.c.set_id,
        sa.func.count().label("reports"),
        sa.func.min(_joins.c.at).label("since"),
        sa.func.min(_joins.c.by).label("who"),
    )
    .where(_joins.c.into_case == bind("case"), _joins.c.set_id.is_not(None), _joins.c.undone_at.is_(None))
    .group_by(_joins.c.set_id)
    .order_by(_joins.c.set_id.desc())
)


class Fold(msgspec.Struct, frozen=True, kw_only=True):
    """Reports that were folded into a case in one press."""

    id: str
    into_case: ReportId
    reports: int
    at: datetime
    by: str


def fold(conn: sa.Connection, by: By, report: ReportId, *, looked_at: str, new_id: NewId) -> Fold:
    """Take what is alike to this report into its case. `looked_at`: the digest of what was shown.

    Raises InputRefused where there is no such case, nothing to fold, or what is alike is another now.
    """
    case = case_in(conn, by.scope, report)
    if case is None or case.id != report:
        raise InputRefused("case-unknown")
    flood = alike(conn, by.scope, report)
    if not flood.folded:
        raise InputRefused("fold-none")
    if flood.digest != looked_at:
        raise InputRefused("fold-changed")
    made = Fold(id=new_id(), into_case=case.id, reports=len(flood.folded), at=by.now, by=by.who)
    _write(conn, made, flood.folded, new_id)
    put(conn, case.id)
    _note(conn, by, FOLDED, made, flood.folded)
    return made


def undo(conn: sa.Connection, by: By, report: ReportId, fold_id: str) -> Fold:
    """Each report that was folded is a case of its own again.

    Raises InputRefused where there is no such fold in this case, it is undone, or something that it moved was
    moved on since: the later join is undone first.
    """
    case = case_in(conn, by.scope, report)
    rows = conn.execute(_OF_SET, {"set": fold_id}).all()
    if case is None or not rows:
        raise InputRefused("join-unknown")
    if conn.execute(_LATER, {"set": fold_id}).first() is not None:
        raise InputRefused("join-later")
    if {row.into_case for row in rows} != {case.id}:
        raise InputRefused("join-unknown")
    moved = [ReportId(row.from_case) for row in rows]
    conn.execute(_MOVE, [{"of": each, "to": None} for each in moved])
    conn.execute(_UNDO, {"which": fold_id, "when": by.now, "who": by.who})
    put_alone(conn, moved)
    put(conn, case.id)
    made = Fold(id=fold_id, into_case=case.id, reports=len(moved), at=by.now, by=by.who)
    _note(conn, by, UNDONE, made, moved)
    return made


def folds_of(conn: sa.Connection, case: ReportId) -> tuple[Fold, ...]:
    """What stands folded into a case, the latest first."""
    return tuple(
        Fold(id=row.set_id, into_case=case, reports=row.reports, at=row.since, by=row.who)
        for row in conn.execute(_SETS, {"case": case})
    )


def _write(conn: sa.Connection, made: Fold, moved: Sequence[ReportId], new_id: NewId) -> None:
    rows = [
        {
            "id": new_id(),
            "into_case": made.into_case,
            "from_case": report,
            "at": made.at,
            "by": made.by,
            "set_id": made.id,
        }
        for report in moved
    ]
    conn.execute(_MOVE, [{"of": report, "to": made.into_case} for report in moved])
    conn.execute(sa.insert(_joins), rows)
    conn.execute(sa.insert(_joined), [{"join_id": row["id"], "report": row["from_case"]} for row in rows])


def _note(conn: sa.Connection, by: By, action: str, made: Fold, moved: Sequence[ReportId]) -> None:
    told = {"set": made.id, "reports": str(made.reports), "ids": digest_of(moved)}
    acted(conn, by, action, made.into_case, **told)
