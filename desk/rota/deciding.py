"""What is to be done for one desk now: whom to page, whether a drill is due, who may be named as on duty.

Read first and decided again under a lease where there is anything to do, so that several processes page once.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.ids import DeskName
from core.ledger import leases
from core.ledger.columns import UtcTime
from core.reports.model import Priority
from desk.model import Scope
from desk.rota import pages, urgent
from desk.rota.duty import Duty, Hours, duty
from desk.rota.ladder import OUTSIDE, SHIPPED, Ladder, pages_due
from desk.rota.model import Page, PageRecord, Place, Reply, Shift, Step, Team
from desk.rota.shifts import shifts_between
from desk.staff.model import Role, roles_of
from desk.tables import leases as lease_rows
from desk.tables import rota, staff

DRILL_EVERY: Final = timedelta(days=7)
AHEAD: Final = timedelta(days=14)
"""So far ahead the next shift is looked for."""
LATELY: Final = timedelta(days=28)
"""So far back the time to a first look is told from."""
_MOST_WAITS: Final = 1_000
_TAKES: Final = timedelta(minutes=1)
NEVER: Final = Hours(zone=ZoneInfo("UTC"), week={})
"""The hours of a desk that has none."""

_u, _s, _p = rota.urgent.c, rota.shifts.c, staff.people.c
_PRESENT = sa.select(_p.name, _p.roles).where(_p.ended_at.is_(None)).order_by(_p.name)
_WAITS = (
    sa.select(_u.sent_at, _u.opened_at)
    .where(_u.desk == bind("desk"), _u.standing == bind("standing"), _u.priority == int(Priority.P0))
    .where(_u.sent_at > bind("since", type_=UtcTime))
    .order_by(_u.sent_at.desc())
    .limit(_MOST_WAITS)
)
_FIRST_SHIFT = sa.select(sa.type_coerce(sa.func.min(_s.starts), UtcTime)).where(
    _s.desk == bind("desk"), _s.standing == bind("standing"), _s.reply == Reply.ACCEPTED.value
)


class Plan(NamedTuple):
    """What an operator has written of the rota: config/desk.toml."""

    hours: Mapping[DeskName, Hours] = {}
    ladder: Ladder = SHIPPED

    def hours_of(self, scope: Scope) -> Hours:
        return self.hours.get(scope.desk, NEVER)

    @property
    def holds(self) -> urgent.Holds:
        """How long "I have it" counts while nobody opens it: as long as the last step takes."""
        return {priority: steps[Step.OUTSIDE] for priority, steps in _whole(self.ladder).items()}


class Board(NamedTuple):
    """How a desk stands at this moment."""

    duty: Duty
    shifts: tuple[Shift, ...]
    """That run now or in the days ahead, whatever was said of them."""
    waits: tuple[timedelta, ...]
    """How long each danger to life of late took until somebody looked, or takes so far."""


class Due(NamedTuple):
    """What is to be written now."""

    noted: tuple[urgent.Noted, ...]
    pages: tuple[Page, ...]
    drills: tuple[Page, ...]

    def __bool__(self) -> bool:
        return bool(self.noted or self.pages or self.drills)


def board(conn: sa.Connection, scope: Scope, plan: Plan, now: datetime) -> Board:
    """Reads only."""
    shifts = tuple(shifts_between(conn, scope, now, now + AHEAD))
    bound = _bound(scope) | {"since": now - LATELY}
    waits = tuple((opened_at or now) - sent_at for sent_at, opened_at in _waits(conn, bound))
    return Board(_duty(conn, scope, plan, shifts, now), shifts, waits)


def duty_now(conn: sa.Connection, scope: Scope, plan: Plan, now: datetime) -> Duty:
    """Who may be named at this moment, and why nobody where nobody may. Reads only."""
    return _duty(conn, scope, plan, shifts_between(conn, scope, now, now + _TAKES), now)


def due(conn: sa.Connection, scope: Scope, plan: Plan, now: datetime) -> Due:
    """Reads only."""
    return _due(conn, scope, plan, now, urgent.find(conn, scope, now, plan.holds))


def decide(
    conn: sa.Connection, scope: Scope, plan: Plan, now: datetime, *, new_id: Callable[[], str]
) -> Due | None:
    """The same, written down. None where another process does it at this moment."""
    name = f"rota/{scope.desk}/{scope.standing}"
    held = leases.take(conn, lease_rows, name, holder=new_id(), now=now, lasts=_TAKES)
    if held is None:
        return None
    waits = urgent.find(conn, scope, now, plan.holds)
    urgent.note(conn, scope, waits.to_note)
    found = _due(conn, scope, plan, now, waits)
    store = partial(pages.store, conn, scope, ladder=plan.ladder)
    store({new_id(): page for page in found.pages})
    store({new_id(): page for page in found.drills}, drill=True)
    leases.release(conn, lease_rows, held)
    return found


def team_of(conn: sa.Connection, scope: Scope, now: datetime) -> Team:
    """Who can be paged now: those on an accepted shift, and everybody who supervises."""
    running = [one for one in shifts_between(conn, scope, now, now + _TAKES) if one.covers(now)]
    present = conn.execute(_PRESENT)
    return Team(
        on_call=_named(running, Place.ON_CALL),
        second=_named(running, Place.SECOND),
        supervisors=tuple(row.name for row in present if Role.SUPERVISOR in roles_of(row.roles)),
    )


def _due(conn: sa.Connection, scope: Scope, plan: Plan, now: datetime, found: urgent.Found) -> Due:
    team = team_of(conn, scope, now)
    paged = pages.paged(conn, scope, now)
    to_page = pages_due(found.waiting, team, paged, now, ladder=plan.ladder)
    return Due(found.to_note, to_page, _drills(conn, scope, plan, team, now))


def _duty(conn: sa.Connection, scope: Scope, plan: Plan, shifts: Sequence[Shift], now: datetime) -> Duty:
    return duty(shifts, plan.hours_of(scope), pages.calls(conn, scope), now)


def _waits(conn: sa.Connection, bound: Mapping[str, Any]) -> Iterator[tuple[datetime, datetime | None]]:
    yield from ((row.sent_at, row.opened_at) for row in conn.execute(_WAITS, bound))


def drill(team: Team, now: datetime) -> tuple[Page, ...]:
    """A drill for whoever is on call; none where nobody is."""
    return tuple(_drill(person, Step.ON_CALL, now, now) for person in team.on_call or team.second)


def _drills(conn: sa.Connection, scope: Scope, plan: Plan, team: Team, now: datetime) -> tuple[Page, ...]:
    """The weekly drill, or the word outside that the last one was missed; nothing where neither is due.

    Where nobody is on duty when it is due it waits for somebody who is: nobody is named meanwhile anyway.
    """
    last = pages.last_drill(conn, scope)
    if last is not None and last.missed(now) and not _answered_by_another(conn, scope, last):
        return () if _told_outside(conn, scope, last) else (_drill(OUTSIDE, Step.OUTSIDE, now, last.at),)
    since = _first_shift(conn, scope) if last is None else last.at
    if since is None or now - since < DRILL_EVERY or not plan.hours_of(scope).staffed(now):
        return ()
    return drill(team, now)


def _answered_by_another(conn: sa.Connection, scope: Scope, last: PageRecord) -> bool:
    drills = (call for call in pages.calls(conn, scope) if call.drill and call.at == last.at)
    return any(call.answered_at is not None and not call.missed(call.answered_at) for call in drills)


def _told_outside(conn: sa.Connection, scope: Scope, last: PageRecord) -> bool:
    return pages.drill_told_outside(conn, scope, since=last.at)


def _first_shift(conn: sa.Connection, scope: Scope) -> datetime | None:
    found: datetime | None = conn.execute(_FIRST_SHIFT, _bound(scope)).scalar_one_or_none()
    return found


def _drill(person: str, step: Step, now: datetime, since: datetime) -> Page:
    return Page(person=person, step=step, at=now, since=since, counts={}, apart=0, cases=frozenset())


def _named(shifts: Sequence[Shift], place: Place) -> tuple[str, ...]:
    return tuple(dict.fromkeys(shift.person for shift in shifts if shift.place is place))


def _whole(ladder: Ladder) -> Ladder:
    """With the steps that are shipped where it has none: a case that pages nobody can be answered, too."""
    return {priority: ladder.get(priority, steps) for priority, steps in SHIPPED.items()}


def _bound(scope: Scope) -> dict[str, Any]:
    return scope.named
