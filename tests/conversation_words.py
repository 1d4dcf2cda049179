"""What the desk may have written, at its worst, as somebody reads it: for tests of every chat's screens."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from core.chat.my_report import card
from core.delivery.wire import MessageTold
from core.dialogue.flow import Dialogue
from core.dialogue.model import Outcome
from core.reports.told import UNREAD_AFTER, Told, ToldLine, lines, pages
from tests.dialogue_room import NO_DESK, PLACE, PRACTICE

WORST: Final = (
    "x. " * 900,
    "*_~`|<>@#[]()" * 300,
    "a\n" * 1500,
    "🏴" * 900,
    "@everyone https://evil.example <@1>",
)
MANY: Final = ("short",) * 300


def written(dialogue: Dialogue, now: datetime, *texts: str) -> tuple[tuple[ToldLine, ...], ...]:
    """Screen by screen."""
    messages = [MessageTold(id=str(number), at=now, text=text) for number, text in enumerate(texts)]
    told = Told(known=True, asked=False, received_at=now, read_at=now)
    return tuple(
        lines(msgspec.structs.replace(told, messages=page), now, UNREAD_AFTER, dialogue.help(PLACE))
        for page in pages(messages)
    )


def check_reading(
    check: Callable[..., object], dialogue: Dialogue, now: datetime, texts: tuple[str, ...]
) -> None:
    """Hold every screen of it to a platform's limits."""
    for told in written(dialogue, now, *texts):
        check(card(PRACTICE, answers=True, more=True, looks=True), told=told)


def check_answering(check: Callable[..., object], dialogue: Dialogue) -> None:
    """The form, and whatever came of it."""
    for place in (PLACE, PRACTICE, NO_DESK):
        check(dialogue.answer_form(place))
        for outcome in Outcome:
            check(dialogue.answered(place, outcome))
