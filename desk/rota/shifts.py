"""Planning shifts, and what their people say of them, inside the transactions of the ledger.

A shift is planned for somebody and counts for nothing until they themselves accept it. Every act is recorded.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.errors import InputRefused
from core.ledger.trail import Entry, record
from desk.model import Scope
from desk.rota.model import Place, Reply, Shift
from desk.staff.model import CASEWORK, roles_of
from desk.tables import rota, staff, trail

PLANNED = "shift_planned"
ACCEPTED = "shift_accepted"
DECLINED = "shift_declined"
"""The actions in the trail."""
LONGEST: Final = timedelta(hours=24)
"""Nobody answers pages for longer than a day and a night."""

_shifts = rota.shifts
_people = staff.people.c
_OURS = sa.and_(_shifts.c.desk == bind("desk"), _shifts.c.standing == bind("standing"))
_SHIFT = sa.select(_shifts).where(_OURS, _shifts.c.id == bind("shift"))
_PERSON = sa.select(_people.roles).where(_people.name == bind("named"), _people.ended_at.is_(None))
_REPLY = (
    sa.update(_shifts)
    .where(_shifts.c.id == bind("which"))
    .values(reply=bind("said"), replied_at=bind("when", type_=_shifts.c.replied_at.type))
)
_RUNNING = (
    sa.select(_shifts, _people.roles)
    .join(_people.name.table, sa.and_(_people.name == _shifts.c.person, _people.ended_at.is_(None)))
    .where(_OURS, _shifts.c.ends > bind("since", type_=_shifts.c.ends.type))
    .where(_shifts.c.starts < bind("until", type_=_shifts.c.starts.type))
    .order_by(_shifts.c.starts, _shifts.c.place, _shifts.c.person, _shifts.c.id)
)


def plan(conn: sa.Connection, scope: Scope, shift: Shift, *, now: datetime) -> None:
    """Plan a shift, for its person to accept; recorded in the trail.

    Raises InputRefused where it ends before it starts, is over already or too long, or where the person works
    no cases, or has a shift at that time that they have not declined.
    """
    if not now < shift.ends or not timedelta(0) < shift.ends - shift.starts <= LONGEST:
        raise InputRefused("shift-times")
    roles = conn.execute(_PERSON, {"named": shift.person}).scalar_one_or_none()
    if roles is None or not roles_of(roles) & CASEWORK:
        raise InputRefused("shift-person")
    there = shifts_between(conn, scope, shift.starts, shift.ends)
    if any(one.person == shift.person and one.reply is not Reply.DECLINED for one in there):
        raise InputRefused("shift-twice")
    conn.execute(sa.insert(_shifts), _row(scope, shift, now))
    record(conn, trail, _entry(scope, PLANNED, shift, now, shift.planned_by))


def reply(conn: sa.Connection, scope: Scope, shift_id: str, said: Reply, *, by: str, now: datetime) -> Shift:
    """Accept or decline a shift of one's own; recorded in the trail. What was accepted can be declined later.

    Raises InputRefused where it is not this person's, not this desk's, over, or was declined: then a new one
    is planned.
    """
    found = conn.execute(_SHIFT, _bound(scope) | {"shift": shift_id}).mappings().one_or_none()
    if found is None or found["person"] != by:
        raise InputRefused("shift-unknown")
    shift = _shift_of(found)
    if said is Reply.ASKED or shift.reply in {Reply.DECLINED, said} or shift.ends <= now:
        raise InputRefused("shift-settled")
    conn.execute(_REPLY, {"which": shift_id, "said": said.value, "when": now})
    action = ACCEPTED if said is Reply.ACCEPTED else DECLINED
    record(conn, trail, _entry(scope, action, shift, now, by))
    return _shift_of({**found, "reply": said, "replied_at": now})


def shifts_between(conn: sa.Connection, scope: Scope, since: datetime, until: datetime) -> Sequence[Shift]:
    """Every shift that runs at some moment between the two, the first to start first.

    Those of somebody whose access was taken away since, or who works no cases any more, are none: nobody
    would come.
    """
    found = conn.execute(_RUNNING, _bound(scope) | {"since": since, "until": until}).mappings()
    return tuple(_shift_of(row) for row in found if roles_of(row["roles"]) & CASEWORK)


def _bound(scope: Scope) -> dict[str, Any]:
    return scope.named


def _row(scope: Scope, shift: Shift, now: datetime) -> dict[str, Any]:
    return {
        "id": shift.id,
        **scope.named,
        "person": shift.person,
        "place": shift.place.value,
        "starts": shift.starts,
        "ends": shift.ends,
        "planned_by": shift.planned_by,
        "planned_at": now,
        "reply": Reply.ASKED.value,
    }


def _shift_of(row: Any) -> Shift:
    return Shift(
        id=row["id"],
        person=row["person"],
        place=Place(row["place"]),
        starts=row["starts"],
        ends=row["ends"],
        planned_by=row["planned_by"],
        reply=Reply(row["reply"]),
        replied_at=row["replied_at"],
    )


def _entry(scope: Scope, action: str, shift: Shift, now: datetime, by: str) -> Entry:
    detail = {
        **scope.named,
        "person": shift.person,
        "place": shift.place.value,
        "starts": f"{shift.starts.astimezone(UTC):%Y-%m-%dT%H:%MZ}",
        "ends": f"{shift.ends.astimezone(UTC):%Y-%m-%dT%H:%MZ}",
    }
    return Entry(at=now, who=by, action=action, target=shift.id, detail=detail)
