"""From this chat to core: messages and accounts to evidence, presses to the dialogue. Trusts none of it."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from core.chat.talk import ScreenPress
from core.dialogue.model import Press
from core.errors import InputRefused
from core.evidence.composing import Room, compose
from core.evidence.drafts import DraftKey
from core.evidence.model import Author, Message, ReadFrom, Source, Transcript
from core.evidence.parts import Identity
from core.evidence.reporter import Reporter
from core.reports.carrying import unpacked
from tests.skeleton.settings import PLATFORM

PARTS = 5


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who pressed, as the chat knows them."""

    id: str
    name: str


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A message, as the press itself carried it."""

    id: str
    author: Person
    text: str
    at: datetime


def pressed(data: str, answers: Mapping[str, str]) -> ScreenPress | None:
    """The press that a button's data tells of; None for what is not ours. Never fails."""
    parts = data.split(" ")
    if len(parts) != PARTS:
        return None
    button, screen, key_text, sent, state = parts
    try:
        key = DraftKey.parse(key_text)
    except InputRefused:
        return None
    question, _, value = button.partition("=")
    option = {question: value} if value else {}
    press = Press(screen=screen, button=None if value else button, values={**answers, **option})
    return ScreenPress(key=key, press=press, carried=unpacked(key, state), was_sent=sent == "sent")


def reported(said: Said, by: Person, channel: str, now: datetime) -> Transcript:
    """The message that was pressed on; whoever pressed stands in it as `reporter`."""
    message = Message(
        id=said.id,
        author=Author(id=said.author.id, shown=said.author.name),
        text=said.text,
        sent_at=said.at,
        read_at=now,
        read_from=ReadFrom.PRESS,
        reported=True,
    )
    room = Room(source=Source.PLATFORM, platform=PLATFORM, channel=channel)
    return compose(room, [message], Reporter(ids=(by.id,), names=(by.name,)))


def identity_of(person: Person) -> Identity:
    """Who pressed, and the way back to them if they ask for one."""
    return Identity(platform=PLATFORM, account=person.id, shown=person.name, way_back=person.id.encode())
