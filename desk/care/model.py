"""How much somebody has read, and whether a pause is to be suggested. Pure; nothing here stops anybody."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import msgspec

from core import datafile

TABLE: Final = "care"


class Care(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """config/desk.toml, `[care]`."""

    pause_after_looks: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 20
    pause_after_minutes: Annotated[int, msgspec.Meta(ge=10, le=24 * 60)] = 120
    break_minutes: Annotated[int, msgspec.Meta(ge=1, le=240)] = 20
    support: Annotated[str, msgspec.Meta(max_length=1_000)] = ""


class Choice(StrEnum):
    """How somebody wants their pages."""

    GREYSCALE = "greyscale"
    LARGER = "larger"


Choices = frozenset[Choice]


class Sitting(msgspec.Struct, frozen=True, kw_only=True):
    """Reading without a break."""

    since: datetime
    looks: int
    last_at: datetime


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody uncovered on one day."""

    day: str
    looks: int
    messages: int


def load_care(path: Path) -> Care:
    """Raises SettingsInvalid with what is wrong."""
    return datafile.table(datafile.read(path), TABLE, Care)


def after_a_look(before: Sitting | None, now: datetime, care: Care) -> Sitting:
    """The sitting that a look belongs to: the one before, or after a break a new one."""
    if before is None or had_a_break(before, now, care):
        return Sitting(since=now, looks=1, last_at=now)
    return Sitting(since=before.since, looks=before.looks + 1, last_at=max(now, before.last_at))


def had_a_break(sitting: Sitting, now: datetime, care: Care) -> bool:
    return now - sitting.last_at >= timedelta(minutes=care.break_minutes)


def suggests_pause(sitting: Sitting | None, now: datetime, care: Care) -> bool:
    """After so many looks, or so long, without a break."""
    if sitting is None or had_a_break(sitting, now, care):
        return False
    long = now - sitting.since >= timedelta(minutes=care.pause_after_minutes)
    return long or sitting.looks >= care.pause_after_looks


def choices_of(text: str) -> Choices:
    """As the ledger has them; a code of a later version counts for nothing."""
    known = {choice.value for choice in Choice}
    return frozenset(Choice(code) for code in text.split() if code in known)


def choices_text(choices: Iterable[Choice]) -> str:
    return " ".join(sorted(choices))
