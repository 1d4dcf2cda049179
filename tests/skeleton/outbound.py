"""From the dialogue to this chat: each screen as words, fields and buttons. Decides and remembers nothing."""

from collections.abc import Iterator, Sequence
from functools import partial

import msgspec

from core.dialogue.model import Ask, Button, Card, Form, Place, Question, Say, Style
from core.dialogue.texts import Texts
from core.reports.carrying import packed
from core.reports.road import Shown
from core.reports.told import ToldLine


class Pressable(msgspec.Struct, frozen=True, kw_only=True):
    """A button of the chat; `data` comes back with its press."""

    label: str
    data: str


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A question whose answer comes back with any press. Without options it takes text."""

    id: str
    label: str
    options: tuple[tuple[str, str], ...] = ()
    """Value and label."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A private screen, ready to be sent."""

    words: tuple[str, ...]
    fields: tuple[Field, ...]
    buttons: tuple[Pressable, ...]


class Renderer:
    """Makes every screen of this room. Holds only the texts; threads may share it."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def screen(self, shown: Shown, place: Place, told: Sequence[ToldLine] = ()) -> Message:
        """Whatever the screen is. A card says its notices; a form its one."""
        say = partial(self._texts.say, language=place.language)
        screen = shown.screen
        notices = screen.notices if isinstance(screen, Card) else (screen.notice,)
        copied = [screen.copy_text] if isinstance(screen, Card) and screen.copy_text else []
        said = [screen.title, *(line.text for line in told), *(notice.text for notice in notices), *copied]
        return Message(
            words=tuple(map(say, said)),
            fields=tuple(
                self._field(question, say) for question in screen.questions if _fits(question, screen)
            ),
            buttons=tuple(
                Pressable(label=say(button.label), data=f"{button.id} {carried(shown)}")
                for button in _buttons(screen)
            ),
        )

    def closed(self, language: str) -> Message:
        """What stands where something was hidden; it carries nothing."""
        return Message(words=(self._texts.say(Say("title-hidden"), language),), fields=(), buttons=())

    @staticmethod
    def _field(question: Question, say: "partial[str]") -> Field:
        options = tuple((option.value, say(option.label)) for option in question.options)
        return Field(id=question.id, label=say(question.label), options=options)


def carried(shown: Shown) -> str:
    """What a button brings back: screen, key, whether it is sent, and what could not be stored."""
    state = "-" if shown.unstored is None else packed(shown.key, shown.unstored)
    sent = "sent" if shown.state.reference is not None else "open"
    return f"{shown.screen.id} {shown.key.text} {sent} {state}"


def _fits(question: Question, screen: Card | Form) -> bool:
    """A text is asked on forms only: who presses here is known, so that no card asks for a name."""
    return isinstance(screen, Form) or question.ask is not Ask.TEXT


def _buttons(screen: Card | Form) -> Iterator[Button]:
    """Pages that a button opens are left to the words; "Yes, now" is a press of its own."""
    if isinstance(screen, Form):
        yield screen.submit
        return
    yield from (button for button in screen.buttons if button.url is None)
    for question in screen.questions:
        for option in question.options:
            if option.sends_at_once:
                yield Button(id=f"{question.id}={option.value}", label=option.label, style=Style.DANGER)
