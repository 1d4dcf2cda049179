"""`/my-reports`: a form that asks for the code, and a screen that says what became of that report."""

from functools import partial
from typing import Final

import discord
from discord import ui

from bots.discord.custom_ids import new_opening
from bots.discord.outbound import FormModal
from core.dialogue.model import Button, Card, Notice, NoticeKind, Place, Say, Style
from core.dialogue.texts import Texts
from core.reports.model import Standing

SCREEN: Final = "my_report"
FIELD: Final = "reference"
_FORM: Final = "lbr1"
"""The beginning of the form's id; what follows is its own at every opening."""
_LONGEST: Final = 60

AGAIN: Final = "try_again"
"""Types the code once more."""
_AGAIN: Final = Button(id=AGAIN, label=Say("my-report-again"), style=Style.PRIMARY)

_BUTTONS: Final = (
    Button(id="help", label=Say("button-help"), style=Style.DANGER),
    Button(id="hide", label=Say("button-hide"), style=Style.QUIET),
)


def form(texts: Texts, language: str) -> FormModal:
    """One field; nothing that was typed before is filled in."""
    words = partial(texts.say, language=language)
    modal = FormModal(title=words(Say("my-report-title")), timeout=None, custom_id=_FORM + new_opening())
    field: ui.TextInput[FormModal] = ui.TextInput(
        custom_id=FIELD, style=discord.TextStyle.short, required=False, max_length=_LONGEST
    )
    label: ui.Label[FormModal] = ui.Label(
        text=words(Say("my-report-label")), description=words(Say("my-report-hint")), component=field
    )
    modal.add_item(label)
    modal.stop()
    return modal


def is_form(custom_id: str) -> bool:
    return custom_id.startswith(_FORM)


def card(place: Place, *, fault: str | None = None) -> Card:
    """What is around the lines that tell; `fault`: wrong, empty or slow."""
    practising = place.standing is Standing.PRACTICE
    notices = (Notice(text=Say("practice"), kind=NoticeKind.PRACTICE),) if practising else ()
    said = () if fault is None else (Notice(text=Say(f"my-report-{fault}"), kind=NoticeKind.STATE),)
    again = () if fault in {None, "slow"} else (_AGAIN,)
    return Card(
        id=SCREEN, title=Say("my-report-title"), notices=(*notices, *said), buttons=(*again, *_BUTTONS)
    )
