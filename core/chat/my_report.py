"""The screen that says what became of a report, by its code, and what travels with it. No state is at it.

The code travels where other screens carry the key of their draft: whoever has the one has the other.
"""

import base64
import secrets
from collections.abc import Callable
from typing import Final, NamedTuple

from core.dialogue.model import Button, Card, Notice, NoticeKind, Place, Say, Style
from core.evidence.drafts import KEY_BYTES, DraftKey
from core.reports.model import Standing
from core.reports.reference import number_of, reference_from
from core.reports.told import PAGES

SCREEN: Final = "my_report"
ANSWER: Final = "answer"
"""The form, and the button that opens it."""
FIELD: Final = "reference"
LONGEST: Final = 60
"""Characters of what may be typed as a code."""
AGAIN: Final = "try_again"
"""Types the code once more."""
MORE: Final = "more_messages"
_NUMBER_BYTES: Final = 8
_RANDOM_BYTES: Final = KEY_BYTES - _NUMBER_BYTES - 1
_NUMBERS: Final = 1 << 60

_AGAIN: Final = Button(id=AGAIN, label=Say("my-report-again"), style=Style.PRIMARY)
_ANSWER: Final = Button(id=ANSWER, label=Say("conversation-answer"))
_MORE: Final = Button(id=MORE, label=Say("conversation-more"))
_REFRESH: Final = Button(id="refresh", label=Say("button-check"))
_BUTTONS: Final = (
    Button(id="help", label=Say("button-help"), style=Style.DANGER),
    Button(id="hide", label=Say("button-hide"), style=Style.QUIET),
)


class Ticket(NamedTuple):
    """What a screen of somebody's report carries: its code, a page, and what is random about this screen."""

    reference: str
    page: int
    form: str

    @property
    def key(self) -> DraftKey:
        random = bytes.fromhex(self.form)
        return DraftKey(number_of(self.reference).to_bytes(_NUMBER_BYTES) + bytes([self.page]) + random)


def new_ticket(reference: str, page: int = 0, random: Callable[[int], bytes] = secrets.token_bytes) -> Ticket:
    """For one screen more: an answer written on it is another one than any before."""
    return Ticket(reference, page % PAGES, random(_RANDOM_BYTES).hex())


def ticket_of(key: DraftKey) -> Ticket | None:
    """The ticket whose key this is; None for one that is none."""
    raw = base64.urlsafe_b64decode(key.text + "==")
    number = int.from_bytes(raw[:_NUMBER_BYTES])
    if number >= _NUMBERS:
        return None
    return Ticket(reference_from(number), raw[_NUMBER_BYTES], raw[_NUMBER_BYTES + 1 :].hex())


def card(
    place: Place, *, fault: str | None = None, answers: bool = False, more: bool = False, looks: bool = False
) -> Card:
    """What is around the lines that tell; `fault`: wrong, empty or slow. Which ways lead on is told."""
    said = () if fault is None else (Notice(text=Say(f"my-report-{fault}"), kind=NoticeKind.STATE),)
    ways = ((_AGAIN, fault not in {None, "slow"}), (_ANSWER, answers), (_MORE, more), (_REFRESH, looks))
    return _card(place, said, tuple(button for button, is_there in ways if is_there))


def nothing_sent(place: Place, fault: str) -> Card:
    """An answer that nobody could take: no-answer, too-long, or words-lost."""
    return _card(
        place, (Notice(text=Say(f"conversation-{fault}"), kind=NoticeKind.STATE),), (_ANSWER, _REFRESH)
    )


def lost(place: Place) -> Card:
    """The screen says nothing any more of whose report it was."""
    return _card(place, (Notice(text=Say("conversation-slow"), kind=NoticeKind.STATE),), (_AGAIN,))


def _card(place: Place, said: tuple[Notice, ...], ways: tuple[Button, ...]) -> Card:
    practising = place.standing is Standing.PRACTICE
    notices = (Notice(text=Say("practice"), kind=NoticeKind.PRACTICE),) if practising else ()
    title = Say("my-report-title")
    return Card(id=SCREEN, title=title, notices=(*notices, *said), buttons=(*ways, *_BUTTONS))
