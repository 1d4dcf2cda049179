"""What roads are told of who is on duty: names as they want to be called, and times. Pure.

While nobody may be named, nothing is promised: no name, and no time to wait.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import quantiles
from typing import Final

from core.delivery.wire import DutyTold
from desk.model import Scope
from desk.rota.duty import Duty, Hours, Why
from desk.rota.model import Reply, Shift

SOMEBODY: Final = "Somebody"
"""Who is on duty where nobody of them said how they want to be called. Never the name of an account."""
LEAST: Final = 5
"""Fewer reports than this say nothing of how long it usually takes."""
SOON: Final = timedelta(hours=24)
"""What begins later has no hour told: people read an hour as the next one."""
_UP_TO = (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1440)
"""Minutes that a time to wait is rounded up to: a promise is rather kept early."""


def told(
    scope: Scope,
    now: datetime,
    *,
    duty: Duty,
    shifts: Sequence[Shift],
    hours: Hours,
    called: Mapping[str, str],
    waits: Sequence[timedelta],
) -> DutyTold:
    """`shifts`: those of the next days; `waits`: how long each urgent report took, or takes so far."""
    if not duty.sign_up:
        opens = None if duty.why in {Why.DRILL_MISSED, Why.PAGES_MISSED} else _opens(shifts, hours, now)
        return DutyTold(desk=scope.desk, standing=scope.standing, opens=opens)
    return DutyTold(
        desk=scope.desk,
        standing=scope.standing,
        who=who(duty.names, called),
        usually_minutes=usually(waits),
        until=_until(shifts, hours, now),
    )


def who(names: Sequence[str], called: Mapping[str, str]) -> tuple[str, ...]:
    """How those on duty want to be called, each once; those who said nothing stay unnamed."""
    named = tuple(dict.fromkeys(called[name] for name in names if called.get(name)))
    return named or ((SOMEBODY,) if names else ())


def usually(waits: Sequence[timedelta]) -> int | None:
    """Minutes within which three of four were read, rounded up; None where they are too few, or days."""
    if len(waits) < LEAST:
        return None
    *_, minutes = quantiles([wait / timedelta(minutes=1) for wait in waits], n=4)
    return next((step for step in _UP_TO if minutes <= step), None)


def _until(shifts: Sequence[Shift], hours: Hours, now: datetime) -> datetime | None:
    """When the last of those on duty goes, or the desk closes if that is sooner."""
    ends = [max(shift.ends for shift in shifts if shift.covers(now)), hours.staffed_until(now)]
    return min(end for end in ends if end is not None)


def _opens(shifts: Sequence[Shift], hours: Hours, now: datetime) -> datetime | None:
    """When next somebody who accepted it is there, within the hours of the desk."""
    accepted = [shift for shift in shifts if shift.reply is Reply.ACCEPTED and shift.ends > now]
    begins = [hours.staffed_from(max(shift.starts, now), shift.ends) for shift in accepted]
    return min((at for at in begins if at is not None and now < at <= now + SOON), default=None)
