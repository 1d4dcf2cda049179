"""Whether anybody may be named as on duty. Pure: of the shifts, the desk's hours, and what pages came to."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from desk.rota.model import Place, Reply, Shift

_OF_ONE_CASE: Final = timedelta(hours=2)
IN_A_ROW: Final = 2
"""So many urgent pages that nobody answered take the sign down."""
_STRETCHES: Final = 20
_DAY: Final = timedelta(days=1)


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
    behind: bool = False
    """It went to supervisors, who are on no shift, because nobody on one had answered."""

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

    def staffed_until(self, now: datetime) -> datetime | None:
        """When the stretch that runs now ends; None where none runs, or where it has no end within days."""
        at = now
        for _ in range(_STRETCHES):
            if not self.staffed(at):
                return at if at > now else None
            at = self._end(at)
        return None

    def staffed_from(self, since: datetime, until: datetime) -> datetime | None:
        """The first moment between the two at which the desk is staffed; None where there is none."""
        if self.staffed(since):
            return since
        day, starts = since.astimezone(self.zone).date(), list[datetime]()
        while day <= until.astimezone(self.zone).date():
            openings = self.week.get(day.weekday(), ())
            starts += [_moment(day, opening.starts, self.zone) for opening in openings]
            day += _DAY
        return min((at for at in starts if since < at < until and self.staffed(at)), default=None)

    def open_on(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """Every stretch in which the desk is staffed that day; none on a blocked one."""
        openings = () if day in self.blocked else self.week.get(day.weekday(), ())
        return tuple((_moment(day, one.starts, self.zone), self._closes(day, one)) for one in openings)

    def _closes(self, day: date, opening: Opening) -> datetime:
        if opening.until is None:
            return _moment(day + _DAY, time(), self.zone)
        return _moment(day, opening.until, self.zone)

    def _end(self, at: datetime) -> datetime:
        """Of the stretch that covers this moment."""
        local = at.astimezone(self.zone)
        openings = (one for one in self.week[local.weekday()] if one.covers(local.time()))
        return max(self._closes(local.date(), one) for one in openings)


def duty(shifts: Sequence[Shift], hours: Hours, calls: Sequence[Call], now: datetime) -> Duty:
    """Who may be named now, and why nobody where nobody may.

    A missed drill keeps the sign down until a later drill is answered in time; missed pages until a later
    page or drill is.
    """
    running = sorted((shift for shift in shifts if shift.covers(now)), key=_on_call_first)
    why = _why(running, hours, calls, now)
    names = tuple(dict.fromkeys(shift.person for shift in running)) if why is Why.ON_DUTY else ()
    return Duty(names=names, why=why)


def uncovered(hours: Hours, day: date, shifts: Sequence[Shift]) -> tuple[tuple[datetime, datetime], ...]:
    """The stretches of a day in which the desk is open and nobody has accepted to be there."""
    left = hours.open_on(day)
    for shift in shifts:
        if shift.reply is Reply.ACCEPTED:
            left = tuple(rest for stretch in left for rest in _without(stretch, shift))
    return left


def _without(stretch: tuple[datetime, datetime], shift: Shift) -> tuple[tuple[datetime, datetime], ...]:
    starts, ends = stretch
    rests = ((starts, min(ends, shift.starts)), (max(starts, shift.ends), ends))
    return tuple((first, last) for first, last in rests if first < last)


def _why(running: Sequence[Shift], hours: Hours, calls: Sequence[Call], now: datetime) -> Why:
    over = sorted((call for call in calls if call.over(now)), key=lambda call: call.at)
    drills = [call for call in over if call.drill]
    mended = max((call.at for call in drills if not call.missed(now)), default=None)
    since = [call for call in over if not call.drill and (mended is None or call.at > mended)]
    pages = [call.missed(now) for call in _counting(since, now)][-IN_A_ROW:]
    if any(call.missed(now) for call in drills[-1:]):
        return Why.DRILL_MISSED
    if len(pages) == IN_A_ROW and all(pages):
        return Why.PAGES_MISSED
    if not hours.staffed(now):
        return Why.NOT_STAFFED
    return Why.ON_DUTY if running else Why.NO_SHIFT


def _counting(calls: Sequence[Call], now: datetime) -> Sequence[Call]:
    """Without those of supervisors, but for one missed right after a page to somebody on a shift was.

    One person alone on a shift gets one page of a case: the next is the supervisors'.
    """
    counted: list[Call] = []
    for call in calls:
        after = counted[-1] if counted else None
        follows = after is not None and after.missed(now) and call.at - after.at <= _OF_ONE_CASE
        if not call.behind or (follows and call.missed(now)):
            counted.append(call)
    return counted


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def _on_call_first(shift: Shift) -> tuple[bool, datetime, str]:
    return (shift.place is not Place.ON_CALL, shift.starts, shift.person)
