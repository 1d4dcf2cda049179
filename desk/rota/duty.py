"""Whether anybody may be named as on duty. Pure: of the shifts, the desk's hours, and what pages came to."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from desk.rota.model import Place, Shift

IN_A_ROW: Final = 2
"""So many urgent pages that nobody answered take the sign down."""


class Why(StrEnum):
    ON_DUTY = "on_duty"
    DRILL_MISSED = "drill_missed"
    PAGES_MISSED = "pages_missed"
    NOT_STAFFED = "not_staffed"
    NO_SHIFT = "no_shift"


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """Who is on duty; nobody is named while the sign is down."""

    names: tuple[str, ...]
    why: Why

    @property
    def sign_up(self) -> bool:
        return self.why is Why.ON_DUTY


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """An urgent page or a drill, and whether somebody answered it in time."""

    at: datetime
    answer_by: datetime
    answered_at: datetime | None = None
    drill: bool = False

    def missed(self, now: datetime) -> bool:
        return (self.answered_at or now) > self.answer_by

    def over(self, now: datetime) -> bool:
        """Whether it is known what it came to."""
        return self.answered_at is not None or now > self.answer_by


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of one weekday on the desk's own clock; `until` None: to the end of the day."""

    starts: time
    until: time | None = None

    def covers(self, at: time) -> bool:
        return self.starts <= at and (self.until is None or at < self.until)


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """When a desk is staffed, on its own clock. Monday is 0. A night is two stretches."""

    zone: ZoneInfo
    week: Mapping[int, tuple[Opening, ...]]
    blocked: frozenset[date] = frozenset()
    """Days on which nobody is there, whatever the week says."""

    def staffed(self, now: datetime) -> bool:
        local = now.astimezone(self.zone)
        if local.date() in self.blocked:
            return False
        return any(opening.covers(local.time()) for opening in self.week.get(local.weekday(), ()))


def duty(shifts: Sequence[Shift], hours: Hours, calls: Sequence[Call], now: datetime) -> Duty:
    """Who may be named now, and why nobody where nobody may.

    A missed drill keeps the sign down until a later drill is answered in time; missed pages until a later
    page is.
    """
    running = sorted((shift for shift in shifts if shift.covers(now)), key=_on_call_first)
    why = _why(running, hours, calls, now)
    names = tuple(dict.fromkeys(shift.person for shift in running)) if why is Why.ON_DUTY else ()
    return Duty(names=names, why=why)


def _why(running: Sequence[Shift], hours: Hours, calls: Sequence[Call], now: datetime) -> Why:
    over = sorted((call for call in calls if call.over(now)), key=lambda call: call.at)
    drills = [call.missed(now) for call in over if call.drill][-1:]
    pages = [call.missed(now) for call in over if not call.drill][-IN_A_ROW:]
    if any(drills):
        return Why.DRILL_MISSED
    if len(pages) == IN_A_ROW and all(pages):
        return Why.PAGES_MISSED
    if not hours.staffed(now):
        return Why.NOT_STAFFED
    return Why.ON_DUTY if running else Why.NO_SHIFT


def _on_call_first(shift: Shift) -> tuple[bool, datetime, str]:
    return (shift.place is not Place.ON_CALL, shift.starts, shift.person)
