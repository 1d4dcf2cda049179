"""Where a case stands in the queue: worked out anew from its reports and its state, whenever either changes.

A case stands where its most urgent report would, due when the first of them is. What was taken into another
case, and what is closed, stands behind the queue; something added later brings a closed case back.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.ids import DeskName, ReportId
from core.reports.model import Priority, Standing
from desk import tallies
from desk.casework.model import CaseState
from desk.model import Scope
from desk.ranks import CLOSED, QUEUED, TAKEN_IN, rank, taken_for
from desk.tables import casework, reports

_CASE_OF = sa.select(sa.func.coalesce(reports.c.of_case, reports.c.id)).where(reports.c.id == bind("report"))
_MEMBERS = sa.select(reports).where(sa.or_(reports.c.id == bind("case"), reports.c.of_case == bind("case")))
_TAKEN_IN = sa.select(sa.literal(1)).where(reports.c.of_case == bind("case")).limit(1)
_STANDS = sa.select(casework.cases.c.state, casework.cases.c.state_at).where(
    casework.cases.c.id == bind("case")
)
_ROWS = sa.select(reports).where(reports.c.id.in_(bind("these", expanding=True)))
_STAND_ALL = sa.select(casework.cases.c.id, casework.cases.c.state, casework.cases.c.state_at).where(
    casework.cases.c.id.in_(bind("these", expanding=True))
)
_PUT = (
    sa.update(reports)
    .where(reports.c.id == bind("of"))
    .values(
        rank=bind("to"),
        due_at=bind("until", type_=reports.c.due_at.type),
        own_due_at=bind("own", type_=reports.c.own_due_at.type),
    )
)


_Placed = tuple[Mapping[Any, Any], int, datetime, datetime | None]
"""A report as it is, its rank from now on, when it is due, and when it alone would be."""


def case_of(conn: sa.Connection, report: ReportId) -> ReportId | None:
    """The case that a report is in; None where there is no such report."""
    found = conn.execute(_CASE_OF, {"report": report}).scalar_one_or_none()
    return None if found is None else ReportId(found)


def members_of(conn: sa.Connection, case: ReportId) -> Sequence[Mapping[Any, Any]]:
    """Every report of a case as the ledger has it, in no order."""
    return conn.execute(_MEMBERS, {"case": case}).mappings().all()


def put(conn: sa.Connection, case: ReportId) -> None:
    """Put a case where it belongs. In the transaction of whatever changed it; changes nothing else."""
    members = members_of(conn, case)
    _stand(conn, _placed(case, members, conn.execute(_STANDS, {"case": case}).one_or_none()))


def put_alone(conn: sa.Connection, cases: Sequence[ReportId]) -> None:
    """The same for many cases of one report each, in as many statements as for one."""
    asked = {"these": list(cases)}
    rows = conn.execute(_ROWS, asked).mappings().all()
    stands = {row.id: row for row in conn.execute(_STAND_ALL, asked)}
    _stand(
        conn, [each for row in rows for each in _placed(ReportId(row["id"]), [row], stands.get(row["id"]))]
    )


def _placed(case: ReportId, members: Sequence[Mapping[Any, Any]], stands: Any) -> list[_Placed]:
    """Where each report of a case belongs. The first one stands for all of them."""
    # Each report keeps when it alone would be due: the first one beside the time of the case.
    owns = {row["id"]: row["own_due_at"] or row["due_at"] for row in members}
    to = CLOSED if _is_closed(stands, members) else min(map(own_rank, members))
    first = (to, min(owns.values()), owns[case] if len(members) > 1 else None)
    taken_in = [(row, TAKEN_IN, row["due_at"], row["own_due_at"]) for row in members if row["id"] != case]
    return [*((row, *first) for row in members if row["id"] == case), *taken_in]


def own_rank(row: Mapping[Any, Any]) -> int:
    """Where a report would stand if it were alone. The road's word stands until a person lowers it."""
    urgent = row["urgent"] and row["lowered_at"] is None
    if row["priority"] is None or (urgent and row["priority"] != Priority.P0):
        return rank(taken_for(urgent=urgent), triaged=False)
    return rank(Priority(row["priority"]), triaged=True)


def stands_as(row: Mapping[Any, Any]) -> Priority:
    """What a report counts as. The road's word stands until a person lowers it."""
    if row["urgent"] and row["lowered_at"] is None:
        return Priority.P0
    return Priority.P1 if row["priority"] is None else Priority(row["priority"])


def works_with(conn: sa.Connection, row: Mapping[Any, Any]) -> bool:
    """Whether a report does not stand where it would alone: in a case with others, or in a closed one."""
    if row["of_case"] is not None or row["rank"] > QUEUED:
        return True
    return conn.execute(_TAKEN_IN, {"case": row["id"]}).first() is not None


def _is_closed(stands: Any, members: Sequence[Mapping[Any, Any]]) -> bool:
    return (
        stands is not None and stands.state == CaseState.CLOSED and not added_since(members, stands.state_at)
    )


def added_since(members: Sequence[Mapping[Any, Any]], since: datetime) -> bool:
    """Whether something came after the case was closed: whoever closed it has not read that."""
    return any(max(row["received_at"], row["added_at"] or row["received_at"]) > since for row in members)


def _stand(conn: sa.Connection, placed: Sequence[_Placed]) -> None:
    """Write where they stand, all at once, and keep the counts right: one change for each step there is."""
    changed = [
        (row, to, until, own)
        for row, to, until, own in placed
        if (row["rank"], row["due_at"], row["own_due_at"]) != (to, until, own)
    ]
    if not changed:
        return
    conn.execute(
        _PUT, [{"of": row["id"], "to": to, "until": until, "own": own} for row, to, until, own in changed]
    )
    steps = Counter((row["desk"], row["standing"], row["rank"], to) for row, to, _, _ in changed)
    for (desk, standing, before, after), number in sorted(steps.items()):
        scope = Scope(desk=DeskName(desk), standing=Standing(standing))
        tallies.moved(conn, scope, before, after, reports=number)
