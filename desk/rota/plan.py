"""A desk's hours, blocked days and ladder as an operator writes them: data, checked as a whole when read."""

from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec

from core import datafile
from core.datafile import DataFile, Fault
from core.ids import DeskName
from core.reports.model import Priority
from desk.rota.deciding import Plan
from desk.rota.duty import Hours, Opening
from desk.rota.ladder import Ladder
from desk.rota.model import Step

LADDER = "ladder_minutes"
HOURS = "hours"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_Minutes = Annotated[int, msgspec.Meta(ge=0, le=60 * 24)]
_Stretch = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$")]


class _Steps(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    on_call: _Minutes
    second: _Minutes
    supervisors: _Minutes
    outside: _Minutes


class _Ladder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    P0: _Steps
    P1: _Steps | None = None


class _Hours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    desk: str
    zone: str
    """As the time zone database names it: `Europe/London`."""
    monday: tuple[_Stretch, ...] = ()
    tuesday: tuple[_Stretch, ...] = ()
    wednesday: tuple[_Stretch, ...] = ()
    thursday: tuple[_Stretch, ...] = ()
    friday: tuple[_Stretch, ...] = ()
    saturday: tuple[_Stretch, ...] = ()
    sunday: tuple[_Stretch, ...] = ()
    blocked: tuple[date, ...] = ()


def load_plan(path: Path) -> Plan:
    """All of it. Raises SettingsInvalid with what is wrong."""
    return Plan(load_hours(path), load_ladder(path))


def load_ladder(path: Path) -> Ladder:
    """Raises SettingsInvalid with what is wrong, also where a later step comes before an earlier one."""
    file = datafile.read(path)
    written = datafile.table(file, LADDER, _Ladder)
    rungs = {Priority.P0: written.P0} | ({Priority.P1: written.P1} if written.P1 else {})
    ladder = {priority: _steps(steps) for priority, steps in rungs.items()}
    datafile.refuse(_out_of_order(file, ladder))
    return ladder


def load_hours(path: Path) -> Mapping[DeskName, Hours]:
    """The hours of each desk that has some. Raises SettingsInvalid with everything that is wrong.

    A desk that is not in it is never staffed: nobody is named there as on duty.
    """
    file = datafile.read(path)
    written = datafile.entries(file, HOURS, _Hours)
    datafile.refuse(_wrong_hours(file, written))
    return {DeskName(entry.desk): _hours(entry) for entry in written}


def _steps(written: _Steps) -> Mapping[Step, timedelta]:
    return {step: timedelta(minutes=getattr(written, step.value)) for step in Step}


def _out_of_order(file: DataFile, ladder: Ladder) -> Iterator[Fault]:
    for priority, steps in ladder.items():
        for earlier, later in pairwise(Step):
            if steps[later] < steps[earlier]:
                reason = f"{later} would be told before {earlier}."
                path = (LADDER, priority.name, later.value)
                yield file.fault(path, reason, f"Write no less than {earlier} has.")


def _wrong_hours(file: DataFile, written: list[_Hours]) -> Iterator[Fault]:
    seen: set[str] = set()
    for number, entry in enumerate(written):
        if entry.desk in seen:
            yield file.fault(
                (HOURS, number, "desk"), "This desk has hours already.", "Keep one entry a desk."
            )
        seen.add(entry.desk)
        if _zone(entry.zone) is None:
            mend = "Write a name of the time zone database, as Europe/London."
            yield file.fault((HOURS, number, "zone"), "There is no such time zone.", mend)
        for day in DAYS:
            if any(not _opens_before_it_closes(stretch) for stretch in getattr(entry, day)):
                mend = "Write a night as two stretches: 22:00-24:00, and 00:00-06:00 on the day after."
                yield file.fault((HOURS, number, day), "A stretch ends before it starts.", mend)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # no name, a folder's name, not in the database
        return None


def _opens_before_it_closes(stretch: str) -> bool:
    starts, _, until = stretch.partition("-")
    return starts < until


def _hours(written: _Hours) -> Hours:
    week = {number: tuple(map(_opening, getattr(written, day))) for number, day in enumerate(DAYS)}
    return Hours(zone=ZoneInfo(written.zone), week=week, blocked=frozenset(written.blocked))


def _opening(stretch: str) -> Opening:
    starts, _, until = stretch.partition("-")
    return Opening(
        starts=time.fromisoformat(starts), until=None if until == "24:00" else time.fromisoformat(until)
    )
