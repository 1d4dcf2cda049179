"""How a press on a screen says what it was: the ids of views, blocks and elements, read and written.

No id holds a text of a person. A view carries its draft's key; Slack is told each press anyway.
"""

import re
from typing import Final

import msgspec

from core.dialogue.model import State
from core.errors import InputRefused
from core.evidence.drafts import DraftKey
from core.reports.carrying import packed, unpacked

VERSION: Final = "lb1"
"""Ours, and of this version."""
NO_SUBMIT: Final = "-"
METADATA: Final = 3000
"""Characters that Slack lets a view carry."""

BUTTON: Final = "b."
OPTION: Final = "o."
QUESTION: Final = "q."
PAGE: Final = "u."
"""A button that only opens an official page."""
OPEN: Final = "open."
"""A button outside every dialogue that begins something: in App Home and in messages."""

_CALLBACK = re.compile(rf"{VERSION}\.(?P<screen>[a-z_]{{1,20}})\.(?P<submit>[a-z_]{{1,20}}|-)")
_METADATA = re.compile(
    rf"{VERSION}\.(?P<key>[A-Za-z0-9_-]{{22}})\.(?P<flags>[0-7])\.(?P<carried>[A-Za-z0-9_-]{{0,2950}})"
)
_OPTION = re.compile(rf"{re.escape(OPTION)}(?P<question>[a-z_]{{1,30}})\.(?P<value>[A-Za-z0-9_]{{1,40}})")


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """What a view of ours says of itself."""

    key: DraftKey
    screen: str
    submit: str | None = None
    """The button of the dialogue that its submit is."""
    sent: bool = False
    """The screen is of a report that is sent."""
    reads_around: bool = False
    """What was said where it was pressed is read as well, and the first screen said so."""
    may_be_let_in: bool = False
    """Nobody let the app in there, and somebody could."""
    state: State | None = None
    """What could not be stored."""

    @property
    def callback(self) -> str:
        return f"{VERSION}.{self.screen}.{self.submit or NO_SUBMIT}"

    @property
    def metadata(self) -> str:
        flags = self.sent + 2 * self.reads_around + 4 * self.may_be_let_in
        head = f"{VERSION}.{self.key.text}.{flags}."
        carried = "" if self.state is None else packed(self.key, self.state, METADATA - len(head) - 50)
        return head + carried


def parse(callback: str, metadata: str) -> Carried | None:
    """What a view carries; None for anything that is not ours, or of another version. Never fails."""
    said, kept = _CALLBACK.fullmatch(callback), _METADATA.fullmatch(metadata)
    if said is None or kept is None:
        return None
    try:
        key = DraftKey.parse(kept["key"])
    except InputRefused:
        return None
    return Carried(
        key=key,
        screen=said["screen"],
        submit=None if said["submit"] == NO_SUBMIT else said["submit"],
        sent=bool(int(kept["flags"]) & 1),
        reads_around=bool(int(kept["flags"]) & 2),
        may_be_let_in=bool(int(kept["flags"]) & 4),
        state=unpacked(key, kept["carried"]),
    )


def button_of(action: str) -> str | None:
    """The button of the dialogue that an element is, if it is one."""
    return action.removeprefix(BUTTON) if action.startswith(BUTTON) else None


def option_of(action: str) -> dict[str, str]:
    """The answer that an element is by itself, if it is one."""
    found = _OPTION.fullmatch(action)
    return {} if found is None else {found["question"]: found["value"]}


def question_of(block: str) -> str | None:
    """The question that a block asks, if it asks one."""
    return block.removeprefix(QUESTION) if block.startswith(QUESTION) else None
