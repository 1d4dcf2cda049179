"""`/my-reports` on Discord: the form that asks for the code. What the code tells is core's own screen."""

from functools import partial
from typing import Final

import discord
from discord import ui

from bots.discord.custom_ids import new_opening
from bots.discord.outbound import FormModal
from core.chat.my_report import FIELD, LONGEST
from core.dialogue.model import Say
from core.dialogue.texts import Texts

_FORM: Final = "lbr1"
"""The beginning of the form's id; what follows is its own at every opening."""


def form(texts: Texts, language: str) -> FormModal:
    """One field; nothing that was typed before is filled in."""
    words = partial(texts.say, language=language)
    modal = FormModal(title=words(Say("my-report-title")), timeout=None, custom_id=_FORM + new_opening())
    field: ui.TextInput[FormModal] = ui.TextInput(
        custom_id=FIELD, style=discord.TextStyle.short, required=False, max_length=LONGEST
    )
    label: ui.Label[FormModal] = ui.Label(
        text=words(Say("my-report-label")), description=words(Say("my-report-hint")), component=field
    )
    modal.add_item(label)
    modal.stop()
    return modal


def is_form(custom_id: str) -> bool:
    return custom_id.startswith(_FORM)
