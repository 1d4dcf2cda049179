"""How a case can end, and what the young person is told of it: data, in config/outcomes.toml."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from core import datafile
from core.datafile import DataFile, Fault

LONGEST_TOLD: Final = 300
"""Characters: with a reference and a way back it fits every screen."""
_CODE = re.compile(r"[a-z][a-z_]{0,39}")
_SETTLED = re.compile(r"\b(will|soon|promise)\b", re.IGNORECASE)


class Outcome(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    code: str
    staff: str
    told: str


Outcomes = Mapping[str, Outcome]


def load_outcomes(path: Path) -> Outcomes:
    """By their codes, in the order of the file. Raises SettingsInvalid with the line and the mend."""
    file = datafile.read(path)
    found = datafile.entries(file, "outcome", Outcome)
    datafile.refuse(_faults(file, found))
    return {outcome.code: outcome for outcome in found}


def _faults(file: DataFile, found: Sequence[Outcome]) -> Iterator[Fault]:
    codes = [outcome.code for outcome in found]
    yield from datafile.wrong_codes(file, "outcome", codes, _CODE, "Small letters and _.")
    for number, outcome in enumerate(found):
        at = ("outcome", number)
        if not outcome.staff.strip():
            yield file.fault((*at, "staff"), "is empty.", "Say what the specialist chooses.")
        if len(outcome.told) > LONGEST_TOLD:
            yield file.fault((*at, "told"), "is too long.", f"At most {LONGEST_TOLD} characters.")
        if _SETTLED.search(outcome.told):
            mend = "Say what was done, never what somebody will do."
            yield file.fault((*at, "told"), "promises something.", mend)
