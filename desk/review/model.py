"""Which lines of the trail a second person is shown. Pure; nobody can tell beforehand, nor choose.

A line is chosen by a keyed hash of its number and its link in the chain: the key is not in the ledger, and
the link is known only once the line is written. Chosen again it comes to the same.
"""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import msgspec

from core import datafile
from core.evidence.keys import TagKey
from desk.cases import LOOKED
from desk.casework.searching import SEARCHED
from desk.casework.service import NOTES_READ
from desk.talk.service import TALK_READ

TABLE: Final = "review"
SAMPLED: Final = frozenset({LOOKED, SEARCHED, NOTES_READ, TALK_READ})
ALWAYS: Final = ("unlock", "export")
"""Whatever action has one of these in its name is put before somebody each time."""
_PURPOSE: Final = "review"
_DIGITS: Final = 8


class Review(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """config/desk.toml, `[review]`."""

    share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.02
    days: Annotated[int, msgspec.Meta(ge=1, le=366)] = 30


class Why(StrEnum):
    SAMPLED = "sampled"
    ALWAYS = "always"


class Answer(StrEnum):
    AS_IT_SHOULD_BE = "as_it_should_be"
    ASK = "ask"


class Sampled(msgspec.Struct, frozen=True, kw_only=True):
    """One line that a second person is shown, and what they said."""

    seq: int
    at: datetime
    who: str
    action: str
    target: str
    why: Why
    answer: Answer | None = None
    answered_at: datetime | None = None
    answered_by: str = ""
    noted: bool = False


def load_review(path: Path) -> Review:
    """Raises SettingsInvalid with what is wrong."""
    return datafile.table(datafile.read(path), TABLE, Review)


def why(key: TagKey, action: str, seq: int, link: str, share: float) -> Why | None:
    """Why this line is shown to somebody; None: it is not."""
    if any(part in action for part in ALWAYS):
        return Why.ALWAYS
    if action not in SAMPLED:
        return None
    drawn = int(key.tag(_PURPOSE, f"{seq} {link}")[:_DIGITS], 16)
    return Why.SAMPLED if drawn < share * 16**_DIGITS else None
