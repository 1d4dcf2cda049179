"""From the dialogue to Discord: each card as a message of components, each form as a modal.

Decides nothing, asks nobody and remembers nothing: what is made of a screen here is never kept by discord.py.
Whatever comes from outside is escaped; only addresses of our own data become links.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final, Self

import discord
import msgspec
from discord import ui

from bots.discord.custom_ids import CustomId, new_opening
from core.dialogue.model import (
    Ask,
    Button,
    Card,
    Contact,
    Form,
    Limit,
    Notice,
    NoticeKind,
    Option,
    Question,
    Say,
    State,
    Style,
)
from core.dialogue.texts import Texts, plain
from core.evidence.drafts import DraftKey
from core.reports.road import Shown
from core.reports.told import ToldLine

FEW: Final = 4
"""As many options as stand side by side; more, or any that is explained, fold into a list."""
A_ROW: Final = 5
CALM: Final = 0x5B7C99
DANGER: Final = 0xD83C3E
"""Red: only beside what to do when life is in danger."""
LONGEST_ADDRESS: Final = 40
"""Of a longer one only its house is shown; the press leads to the page."""
CHOSEN: Final = "✓ "

_STYLES: Final = {
    Style.PRIMARY: discord.ButtonStyle.primary,
    Style.PLAIN: discord.ButtonStyle.secondary,
    Style.DANGER: discord.ButtonStyle.danger,
    Style.QUIET: discord.ButtonStyle.secondary,
}
_MARKUP = re.compile(r"([\\`*_~|<>#\[\](){}@:./+=!&-])")
_OUR_HREF = re.compile(r"https://[^\s\"'<>]+")
_SHORT = re.compile(r"[A-Za-z0-9./?&=%-]+")
"""An address of signs that mean nothing in the text of a link, where none can be escaped."""

Part = ui.Item[Any]


class Carry(msgspec.Struct, frozen=True, kw_only=True):
    """What travels in the ids of one rendering."""

    key: DraftKey
    opening: str
    unstored: State | None = None
    """The state, where it does not lie in the ledger and has to travel with the screen."""
    sent: bool = False
    """The screen is of a report that is sent."""

    @classmethod
    def of(cls, shown: Shown) -> Self:
        """What a screen of the road has to carry, with an opening of its own."""
        return cls(
            key=shown.key,
            opening=new_opening(),
            unstored=shown.unstored,
            sent=shown.state.reference is not None,
        )


class _Unkept:
    """Ended from the start: discord.py's store takes none that is, so that nothing answers by memory."""

    def is_finished(self) -> bool:
        return True


class CardView(_Unkept, ui.LayoutView):
    """A card, ready to be sent. Its presses come to `on_interaction`, and their ids say all."""


class FormModal(_Unkept, ui.Modal):
    """A form, ready to be opened. It is answered in `on_interaction`, before and after a restart alike."""


class Renderer:
    """Makes every private screen of this room. Holds only the texts; threads may share it."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def card(self, card: Card, carry: Carry, language: str, told: Sequence[ToldLine] = ()) -> CardView:
        """The card as a message: practice above all, then danger to life, then all else in its order."""
        screen = _Screen(self._texts, language, card.id, carry)
        view = CardView(timeout=None)
        for part in screen.card(card, told):
            view.add_item(part)
        view.stop()
        return view

    def form(self, form: Form, carry: Carry, language: str) -> FormModal:
        """The form as a modal. The id of each answer in it is the question's; nothing typed is filled in."""
        screen = _Screen(self._texts, language, form.id, carry)
        modal = FormModal(
            title=screen.label(form.title),
            timeout=None,
            custom_id=screen.id(button=form.submit.id),
        )
        for part in screen.form(form):
            modal.add_item(part)
        modal.stop()
        return modal

    def words_of(self, language: str) -> Callable[[Say], str]:
        """Words where Discord shows text as it stands: titles, labels, buttons."""
        return lambda say: self._texts.say(say, language)

    def closed(self, language: str) -> CardView:
        """What stands where something was hidden; it tells nobody what it was."""
        view = CardView(timeout=None)
        view.add_item(ui.TextDisplay(self._texts.say(Say("discord-closed"), language)))
        view.stop()
        return view


class _Screen:
    """One screen on its way to Discord, in one language and with what its ids carry."""

    def __init__(self, texts: Texts, language: str, screen: str, carry: Carry) -> None:
        self._texts = texts
        self._language = language
        self._screen = screen
        self._carry = carry

    # The message.

    def card(self, card: Card, told: Sequence[ToldLine]) -> Iterator[Part]:
        """The notices in their order; each that is about danger to life stands in red by itself."""
        yield from (self._text(notice) for notice in card.notices if notice.kind is NoticeKind.PRACTICE)
        warned = [part for line in told if line.danger for part in self._warning(line)]
        if warned:
            yield ui.Container(*warned, accent_colour=DANGER)
        runs: list[tuple[bool, list[Part]]] = [
            (urgent, [part for notice in run for part in self._with_told(notice, told)])
            for urgent, run in groupby(_left(card, told), key=_is_urgent)
        ]
        if not runs or runs[-1][0]:
            runs.append((False, []))
        runs[0][1][:0] = self._top(card, told)
        runs[-1][1].extend(self._below(card))
        for urgent, parts in runs:
            yield ui.Container(*parts, accent_colour=DANGER if urgent else CALM)

    def _warning(self, line: ToldLine) -> Iterator[Part]:
        yield ui.TextDisplay(f"## {self._told(line)}")
        yield from map(self._text, line.contacts)

    def _top(self, card: Card, told: Sequence[ToldLine]) -> Iterator[Part]:
        yield ui.TextDisplay(f"## {self.words(card.title)}")
        if not any(notice.kind is NoticeKind.REFERENCE for notice in card.notices):
            yield from self._calmly(told)

    def _with_told(self, notice: Notice, told: Sequence[ToldLine]) -> Iterator[Part]:
        """What became of a report stands beside its code, behind whom to call."""
        yield self._text(notice)
        if notice.kind is NoticeKind.REFERENCE:
            yield from self._calmly(told)

    def _calmly(self, told: Sequence[ToldLine]) -> Iterator[Part]:
        calm = [part for line in told if not line.danger for part in (self._told(line), *_quoted(line))]
        if calm:
            yield ui.TextDisplay("\n".join(calm))

    def _below(self, card: Card) -> Iterator[Part]:
        """Small print stands behind what is asked, so that a telephone shows the questions first."""
        if card.copy_text is not None:
            yield ui.TextDisplay(_block(self.label(card.copy_text)))
        if card.questions:
            yield ui.Separator(visible=False)
        for question in card.questions:
            yield from self._question(question)
        yield from (self._text(notice) for notice in card.notices if notice.kind is NoticeKind.SMALL)
        yield ui.Separator()
        yield from _rows(self._button(button) for button in card.buttons if _is_pressable(button))

    def _told(self, line: ToldLine) -> str:
        return self.words(line.text) + ("" if line.at is None else f" {_moment(line.at)}")

    def _text(self, notice: Notice) -> ui.TextDisplay[Any]:
        return ui.TextDisplay(_shown(notice, self.words(notice.text, notice.contact)))

    # What is asked on it.

    def _question(self, question: Question) -> Iterator[Part]:
        """A text is asked on forms only: who presses here is known, so that no card asks for a name."""
        if question.ask is Ask.TEXT:
            return
        hint = "" if question.hint is None else f"\n-# {self.words(question.hint)}"
        yield ui.TextDisplay(f"**{self.words(question.label)}**{hint}")
        if _side_by_side(question):
            yield from _rows(self._option_button(question, option) for option in question.options)
        else:
            yield ui.ActionRow(self._list(question, self.id(question=question.id)))

    def _option_button(self, question: Question, option: Option) -> ui.Button[Any]:
        chosen = option.value == question.value
        style = Style.DANGER if option.sends_at_once else Style.PRIMARY if chosen else Style.PLAIN
        return ui.Button(
            style=_STYLES[style],
            label=(CHOSEN if chosen else "") + self.label(option.label),
            custom_id=self.id(question=question.id, value=option.value),
        )

    def _list(self, question: Question, custom_id: str) -> ui.Select[Any]:
        explained = any(option.description for option in question.options)
        select: ui.Select[Any] = ui.Select(
            custom_id=custom_id,
            placeholder=self.label(Say("discord-choose-best" if explained else "discord-choose")),
            required=False,
        )
        for option in question.options:
            select.add_option(
                label=self.label(option.label),
                value=option.value,
                description=None if option.description is None else self.label(option.description),
                default=option.value == question.value,
            )
        return select

    def _button(self, button: Button) -> ui.Button[Any]:
        label = self.label(button.label)
        if button.url is not None:
            return ui.Button(style=discord.ButtonStyle.link, label=label, url=button.url)
        return ui.Button(style=_STYLES[button.style], label=label, custom_id=self.id(button=button.id))

    # The modal.

    def form(self, form: Form) -> Iterator[Part]:
        yield ui.TextDisplay(self.words(form.notice.text, form.notice.contact))
        for question in form.questions:
            hint = None if question.hint is None else self.label(question.hint)
            yield ui.Label(text=self.label(question.label), description=hint, component=self._field(question))

    def _field(self, question: Question) -> Part:
        if question.ask is Ask.TEXT:
            return _text_field(question)
        if len(question.options) > Limit.RADIOS:
            return self._list(question, question.id)
        radios: ui.RadioGroup[Any] = ui.RadioGroup(custom_id=question.id, required=False)
        for option in question.options:
            radios.add_option(
                label=self.label(option.label),
                value=option.value,
                description=None if option.description is None else self.label(option.description),
                default=option.value == question.value,
            )
        return radios

    # Words and ids.

    def label(self, say: Say) -> str:
        """Where Discord shows text as it stands: buttons, lists, titles, blocks."""
        return self._texts.say(say, self._language)

    def words(self, say: Say, contact: Contact | None = None) -> str:
        """Where Discord reads markup: what fills a sentence is escaped, ways to reach help stand out."""
        return self._texts.say(_escaped(say, contact), self._language)

    def id(self, *, button: str | None = None, question: str | None = None, value: str | None = None) -> str:
        return CustomId(
            key=self._carry.key,
            screen=self._screen,
            opening=self._carry.opening,
            button=button,
            question=question,
            value=value,
            carried=self._carry.unstored,
            sent=self._carry.sent,
        ).text


def escape(text: str) -> str:
    """A text from outside, in which nothing is markup, a mention, a link, an emoji or an invitation."""
    return _MARKUP.sub(r"\\\1", plain(text))


def _quoted(line: ToldLine) -> Iterator[str]:
    """What the desk wrote, as words and nothing else."""
    yield from (f"> {escape(paragraph)}" for paragraph in line.paragraphs)


def link(url: str) -> str:
    """An address of ours to press, written as people write it."""
    short = re.sub(r"^https://(www\.)?", "", url).rstrip("/")
    short = short if len(short) <= LONGEST_ADDRESS else short.split("/", maxsplit=1)[0]
    return f"[{short}](<{url}>)" if _SHORT.fullmatch(short) else f"<{url}>"


def _escaped(say: Say, contact: Contact | None) -> Say:
    return Say(say.key, {name: _filled(value, contact) for name, value in say.args.items()})


def _filled(value: str | int | Say, contact: Contact | None) -> str | int | Say:
    if isinstance(value, Say):
        return _escaped(value, contact)
    if isinstance(value, int):
        return value
    if contact is not None and value == contact.url and _OUR_HREF.fullmatch(value):
        return link(value)
    if contact is not None and value and value in {contact.phone, contact.text}:
        return f"**{escape(value)}**"
    return escape(value)


def _shown(notice: Notice, words: str) -> str:
    """The kind of a notice, in Discord's markup."""
    match notice.kind:
        case NoticeKind.DANGER | NoticeKind.PRACTICE:
            return f"## {words}"
        case NoticeKind.LEAD | NoticeKind.STATE:
            return f"**{words}**"
        case NoticeKind.SMALL:
            return f"-# {words}"
        case NoticeKind.REFERENCE:
            return _with_block(notice.text, words)
        case _:
            return words


def _with_block(say: Say, words: str) -> str:
    """The sentence with its code in a block of its own, which Discord offers to copy."""
    code = str(say.args.get("reference", ""))
    before, _, after = words.partition(escape(code))
    return f"{before.strip()}\n{_block(code)}{after.lstrip(' .')}"


def _block(text: str) -> str:
    return "```\n" + text.replace("`", "'") + "\n```\n"


def _moment(at: datetime) -> str:
    """Each reader sees their own clock, and how long ago it was."""
    seconds = int(at.timestamp())
    return f"<t:{seconds}:t> (<t:{seconds}:R>)"


def _left(card: Card, told: Sequence[ToldLine]) -> list[Notice]:
    """What is said between the title and the questions; what a warning above says is not said again."""
    above = [notice for line in told for notice in line.contacts]
    apart = {NoticeKind.PRACTICE, NoticeKind.SMALL}
    if any(map(_is_urgent, above)):
        apart.add(NoticeKind.DANGER)
    return [notice for notice in card.notices if notice.kind not in apart and notice not in above]


def _is_urgent(notice: Notice) -> bool:
    return notice.kind is NoticeKind.DANGER


def _side_by_side(question: Question) -> bool:
    at_once = any(option.sends_at_once for option in question.options)
    explained = any(option.description for option in question.options)
    return at_once or (len(question.options) <= FEW and not explained)


def _rows(buttons: Iterable[ui.Button[Any]]) -> Iterator[Part]:
    left = list(buttons)
    for start in range(0, len(left), A_ROW):
        yield ui.ActionRow(*left[start : start + A_ROW])


def _is_pressable(button: Button) -> bool:
    return button.url is None or _OUR_HREF.fullmatch(button.url) is not None


def _text_field(question: Question) -> Part:
    style = discord.TextStyle.paragraph if question.id == "own_words" else discord.TextStyle.short
    return ui.TextInput(custom_id=question.id, style=style, required=False, max_length=int(Limit.TEXT))
