"""Taking one case into another inside the transactions of the ledger. Every step can be undone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.errors import InputRefused
from core.ids import ReportId
from core.ledger.trail import Entry, record
from desk.casework.model import Join
from desk.casework.place import case_of, members_of, put
from desk.model import Scope
from desk.rota import urgent
from desk.tables import casework, reports, trail

JOINED = "case_joined"
UNDONE = "join_undone"
"""The actions in the trail."""

_joins, _joined = casework.joins, casework.joined
_JOIN = sa.select(_joins).where(_joins.c.id == bind("join"))
_OF_CASE = (
    sa.select(_joins)
    .where(_joins.c.into_case == bind("case"), _joins.c.set_id.is_(None))
    .order_by(_joins.c.at.desc(), _joins.c.id)
)
_MOVED = sa.select(_joined.c.report).where(_joined.c.join_id == bind("join")).order_by(_joined.c.report)
_MOVE = sa.update(reports).where(reports.c.id == bind("of")).values(of_case=bind("to"))
_UNDO = (
    sa.update(_joins)
    .where(_joins.c.id == bind("which"))
    .values(undone_at=bind("when", type_=_joins.c.undone_at.type), undone_by=bind("who"))
)
_LATER = (
    sa.select(_joins.c.id)
    .join(_joined, _joined.c.join_id == _joins.c.id)
    .where(_joined.c.report == bind("report"), _joins.c.undone_at.is_(None))
    .order_by(_joins.c.at.desc(), _joins.c.id.desc())
    .limit(1)
)


def join(
    conn: sa.Connection,
    scope: Scope,
    *,
    case: ReportId,
    other: ReportId,
    id: str,  # noqa: A002 - the join's own
    by: str,
    now: datetime,
) -> Join:
    """Take the case that `other` is in into the one that `case` is in; recorded in the trail.

    Raises InputRefused where one of them is not this desk's, or both are one case already.
    """
    into, taken = _case_in(conn, scope, case), _case_in(conn, scope, other)
    if into == taken:
        raise InputRefused("case-same")
    moved = tuple(sorted(ReportId(row["id"]) for row in members_of(conn, taken)))
    conn.execute(_MOVE, [{"of": report, "to": into} for report in moved])
    row = {"id": id, "into_case": into, "from_case": taken, "at": now, "by": by}
    conn.execute(sa.insert(_joins), row)
    conn.execute(sa.insert(_joined), [{"join_id": id, "report": report} for report in moved])
    put(conn, into)
    for case_id in (into, taken):
        urgent.come(conn, scope, case_id, by=by, now=now)
    record(conn, trail, _entry(scope, JOINED, into, now, by, other=taken))
    return Join(id=id, into_case=into, from_case=taken, reports=moved, at=now, by=by)


def undo(conn: sa.Connection, scope: Scope, join_id: str, *, by: str, now: datetime) -> Join:
    """What a join moved is a case of its own again; recorded in the trail.

    Raises InputRefused where there is no such join, it is undone, or something that it moved was moved on
    since: the later join is undone first.
    """
    row = conn.execute(_JOIN, {"join": join_id}).mappings().one_or_none()
    if row is None or row["undone_at"] is not None or row["set_id"] is not None:
        raise InputRefused("join-unknown")
    _case_in(conn, scope, ReportId(row["into_case"]))
    moved = tuple(ReportId(report) for report in conn.scalars(_MOVED, {"join": join_id}))
    if any(conn.execute(_LATER, {"report": report}).scalar_one() != join_id for report in moved):
        raise InputRefused("join-later")
    taken = row["from_case"]
    values = [{"of": report, "to": None if report == taken else taken} for report in moved]
    conn.execute(_MOVE, values)
    conn.execute(_UNDO, {"which": join_id, "when": now, "who": by})
    for case in (ReportId(taken), ReportId(row["into_case"])):
        put(conn, case)
        urgent.come(conn, scope, case, by=by, now=now)
    record(conn, trail, _entry(scope, UNDONE, row["into_case"], now, by, other=taken))
    return _join_of({**row, "undone_at": now, "undone_by": by}, moved)


def joins_of(conn: sa.Connection, case: ReportId) -> Sequence[Join]:
    """What was ever taken into a case, one at a time, the latest first; floods are `desk.casework.folds`."""
    rows = conn.execute(_OF_CASE, {"case": case}).mappings().all()
    return tuple(
        _join_of(row, tuple(ReportId(report) for report in conn.scalars(_MOVED, {"join": row["id"]})))
        for row in rows
    )


def _case_in(conn: sa.Connection, scope: Scope, report: ReportId) -> ReportId:
    case = case_of(conn, report)
    found = None if case is None else conn.execute(_SCOPED, {"case": case}).one_or_none()
    if case is None or found is None or (found.desk, found.standing) != (scope.desk, scope.standing.value):
        raise InputRefused("case-unknown")
    return case


_SCOPED = sa.select(reports.c.desk, reports.c.standing).where(reports.c.id == bind("case"))


def _join_of(row: Any, moved: tuple[ReportId, ...]) -> Join:
    return Join(
        id=row["id"],
        into_case=ReportId(row["into_case"]),
        from_case=ReportId(row["from_case"]),
        reports=moved,
        at=row["at"],
        by=row["by"],
        undone_at=row["undone_at"],
        undone_by=row["undone_by"],
    )


def _entry(scope: Scope, action: str, case: str, at: datetime, by: str, *, other: str) -> Entry:
    detail = {**scope.named, "other": other}
    return Entry(at=at, who=by, action=action, target=case, detail=detail)
