"""What a person does with a duty, inside the transactions of the ledger. Each act is a line in the trail.

No consent and no second person stands before any of it. What was written lies sealed in the case's notes.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.errors import InputRefused
from core.ids import ReportId
from desk.casework import notes
from desk.casework.acts import By, acted, case_in
from desk.casework.model import Case
from desk.casework.place import members_of
from desk.duties.catalogue import Law
from desk.duties.model import (
    CallBack,
    Duty,
    DutyState,
    Receiver,
    Way,
    Whose,
    may_follow,
    takes_call_back,
)
from desk.model import Scope
from desk.tables import duties

RECORDED: Final = "duty_recorded"
CALLED_BACK: Final = "duty_called_back"
HANDED_ON: Final = "duty_handed_on"
NOT_OWED: Final = "duty_not_owed"
"""The actions in the trail."""
SHOWN: Final = 200
"""Duties of one page."""

_duties, _calls = duties.duties, duties.call_backs
_NEW = sa.insert(_duties)
_CALL = sa.insert(_calls)
_OF_CASES = (
    sa.select(_duties)
    .where(_duties.c.case_id.in_(bind("cases", expanding=True)))
    .order_by(_duties.c.recorded_at, _duties.c.id)
)
_CALLS_OF = (
    sa.select(_calls).where(_calls.c.duty.in_(bind("these", expanding=True))).order_by(_calls.c.called_at)
)
_OPEN = (
    sa.select(_duties)
    .where(
        _duties.c.desk == bind("desk"),
        _duties.c.standing == bind("standing"),
        _duties.c.state == DutyState.OPEN.value,
    )
    .order_by(_duties.c.due_at, _duties.c.id)
    .limit(SHOWN)
)
_OVERDUE = sa.select(sa.func.count()).where(
    _duties.c.desk == bind("desk"),
    _duties.c.standing == bind("standing"),
    _duties.c.state == DutyState.OPEN.value,
    _duties.c.due_at < bind("now", type_=_duties.c.due_at.type),
)
_END = (
    sa.update(_duties)
    .where(_duties.c.id == bind("which"), _duties.c.state == DutyState.OPEN.value)
    .values(
        state=bind("to"),
        handed_to=bind("whom"),
        handed_by=bind("how"),
        ended_at=bind("when", type_=_duties.c.ended_at.type),
        ended_by=bind("who"),
        note=bind("wrote"),
    )
)


def owed(conn: sa.Connection, by: By, report: ReportId, law: Law | None, *, new_id: str) -> Duty:
    """Record which duty this case has; `law` None: none is known. Counted from when the desk knew."""
    case = _required(conn, by, report)
    knew_at = _knew_at(conn, case, by.now)
    row = {
        "id": new_id,
        "case_id": case.id,
        **by.scope.named,
        "whose": (Whose.NONE if law is None else law.binds).value,
        "law": "" if law is None else law.code,
        "state": (DutyState.NONE_KNOWN if law is None else DutyState.OPEN).value,
        "knew_at": knew_at,
        "due_at": None if law is None else knew_at + law.within,
        "recorded_at": by.now,
        "recorded_by": by.who,
        "handed_to": "",
        "handed_by": "",
        "ended_by": "",
        "note": "",
    }
    conn.execute(_NEW, row)
    return _recorded(conn, by, case, RECORDED, new_id, law="" if law is None else law.code)


def call_back(
    conn: sa.Connection, by: By, report: ReportId, duty: str, *, at: datetime, written: notes.Written
) -> Duty:
    """Somebody rang back at a number that the police publish; `written` says which, where, and who spoke."""
    case, found = _open_duty(conn, by, report, duty)
    if not found.knew_at <= at <= by.now:
        raise InputRefused("call-time", field="at")
    notes.store(conn, written, by=by.who, now=by.now)
    note = written.row["id"]
    conn.execute(_CALL, {"id": note, "duty": duty, "called_at": at, "called_by": by.who, "note": note})
    return _recorded(conn, by, case, CALLED_BACK, duty)


def hand_on(  # noqa: PLR0917 - one act, as the form says it
    conn: sa.Connection,
    by: By,
    report: ReportId,
    duty: str,
    to: Receiver,
    way: Way,
    *,
    written: notes.Written,
) -> Duty:
    """It is done: who was told, how, and with what receipt.

    Raises InputRefused for police by phone or mail who were not rung back at a published number.
    """
    case, found = _open_duty(conn, by, report, duty)
    if takes_call_back(to, way) and not found.call_backs:
        raise InputRefused("call-back-first")
    _end(conn, by, found, DutyState.DONE, written, whom=to.value, how=way.value)
    return _recorded(conn, by, case, HANDED_ON, duty, to=to.value, way=way.value)


def not_owed(conn: sa.Connection, by: By, report: ReportId, duty: str, *, written: notes.Written) -> Duty:
    """Somebody found that it does not bind, with a reason."""
    case, found = _open_duty(conn, by, report, duty)
    _end(conn, by, found, DutyState.NOT_OWED, written, whom="", how="")
    return _recorded(conn, by, case, NOT_OWED, duty)


def of_cases(conn: sa.Connection, cases: Sequence[ReportId]) -> tuple[Duty, ...]:
    """The duties of a case and of those taken into it, in the order they were recorded."""
    return _read(conn, conn.execute(_OF_CASES, {"cases": list(cases)}).all())


def is_open(conn: sa.Connection, cases: Sequence[ReportId]) -> bool:
    """Whether something is still owed: then nothing of it is deleted."""
    return any(duty.state is DutyState.OPEN for duty in of_cases(conn, cases))


def due(conn: sa.Connection, scope: Scope) -> tuple[Duty, ...]:
    """What this desk has open, what is due first before all else; SHOWN at most."""
    return _read(conn, conn.execute(_OPEN, _asked(scope)).all())


def overdue(conn: sa.Connection, scope: Scope, now: datetime) -> int:
    """How many are past their time."""
    return int(conn.execute(_OVERDUE, _asked(scope) | {"now": now}).scalar_one())


def _asked(scope: Scope) -> dict[str, Any]:
    return scope.named


def _read(conn: sa.Connection, rows: Sequence[Any]) -> tuple[Duty, ...]:
    calls = defaultdict[str, list[CallBack]](list)
    for row in conn.execute(_CALLS_OF, {"these": [row.id for row in rows]}):
        calls[row.duty].append(CallBack(at=row.called_at, by=row.called_by))
    return tuple(_duty(row, tuple(calls[row.id])) for row in rows)


def _duty(row: Any, calls: tuple[CallBack, ...]) -> Duty:
    return Duty(
        id=row.id,
        case=ReportId(row.case_id),
        whose=Whose(row.whose),
        law=row.law,
        state=DutyState(row.state),
        knew_at=row.knew_at,
        due_at=row.due_at,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
        handed_to=Receiver(row.handed_to) if row.handed_to else None,
        handed_by=Way(row.handed_by) if row.handed_by else None,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        call_backs=calls,
    )


def _knew_at(conn: sa.Connection, case: Case, now: datetime) -> datetime:
    """When a person of the desk first read any of it; who records a duty unread knows from now."""
    read: list[datetime] = [row["read_at"] for row in members_of(conn, case.id) if row["read_at"] is not None]
    return min([*read, now])


def _required(conn: sa.Connection, by: By, report: ReportId) -> Case:
    case = case_in(conn, by.scope, report)
    if case is None:
        raise InputRefused("case-unknown")
    return case


def _open_duty(conn: sa.Connection, by: By, report: ReportId, duty: str) -> tuple[Case, Duty]:
    case = _required(conn, by, report)
    members = [case.id, *(ReportId(row["id"]) for row in members_of(conn, case.id))]
    found = next((each for each in of_cases(conn, members) if each.id == duty), None)
    if found is None or not may_follow(found.state, DutyState.DONE):
        raise InputRefused("duty-ended")
    return case, found


def _end(
    conn: sa.Connection,
    by: By,
    duty: Duty,
    to: DutyState,
    written: notes.Written,
    *,
    whom: str,
    how: str,
) -> None:
    notes.store(conn, written, by=by.who, now=by.now)
    values = {"which": duty.id, "to": to.value, "whom": whom, "how": how, "when": by.now, "who": by.who}
    conn.execute(_END, values | {"wrote": written.row["id"]})


def _recorded(conn: sa.Connection, by: By, case: Case, action: str, duty: str, **detail: str) -> Duty:
    """The line in the trail, last; the duty as it stands now."""
    members = [case.id, *(ReportId(row["id"]) for row in members_of(conn, case.id))]
    now = next(each for each in of_cases(conn, members) if each.id == duty)
    acted(conn, by, action, case.id, duty=duty, **detail)
    return now
