"""Which duties there are, by country and law: data, in config/duties.toml."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec

from core import datafile
from core.datafile import DataFile, Fault
from desk.duties.model import Whose

_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_COUNTRY = re.compile(r"([A-Z]{2})?")
_NEEDED = ("title", "law", "to", "limit", "source")
_Minutes = Annotated[int, msgspec.Meta(ge=1, le=60 * 24 * 365)]


class Sure(StrEnum):
    """How well somebody looked."""

    SOURCE = "source"
    SECONDARY = "secondary"
    UNREAD = "unread"


class Law(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    code: str
    title: str
    law: str
    country: str
    binds: Whose
    to: str
    limit: str
    minutes: _Minutes
    source: str
    checked: date
    sure: Sure

    @property
    def within(self) -> timedelta:
        return timedelta(minutes=self.minutes)


Laws = Mapping[str, Law]


def load_duties(path: Path) -> Laws:
    """By their codes, in the order of the file. Raises SettingsInvalid with the line and the mend."""
    file = datafile.read(path)
    found = datafile.entries(file, "duty", Law)
    datafile.refuse(_faults(file, found))
    return {law.code: law for law in found}


def _faults(file: DataFile, found: Sequence[Law]) -> Iterator[Fault]:
    codes = [law.code for law in found]
    yield from datafile.wrong_codes(file, "duty", codes, _CODE, "Small letters, digits and _.")
    for number, law in enumerate(found):
        at = ("duty", number)
        if not _COUNTRY.fullmatch(law.country):
            yield file.fault((*at, "country"), f"{law.country!r} is no country.", "Two letters, or nothing.")
        if law.binds is Whose.NONE:
            yield file.fault((*at, "binds"), "binds nobody.", "Write platform, desk or school.")
        for name in _NEEDED:
            if not getattr(law, name).strip():
                yield file.fault((*at, name), "is empty.", "Say it, or take the duty out.")
