"""From the dialogue to Slack: each card as a modal with its chief button as submit, each form one above it.

Decides nothing, asks nobody and remembers nothing. Views are plain data: the library's own models take a
hundred times as long to make.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Final, Self

import msgspec

from bots.slack import rich
from bots.slack.names import BUTTON, OPEN, OPTION, PAGE, QUESTION, VERSION, Carried
from bots.slack.rich import Block, Element
from core.chat import my_report
from core.dialogue.model import (
    Ask,
    Button,
    Card,
    Form,
    Limit,
    Notice,
    NoticeKind,
    Option,
    Place,
    Question,
    Say,
    State,
    Style,
)
from core.dialogue.questions import length
from core.dialogue.texts import Texts
from core.evidence.drafts import DraftKey, new_draft_key
from core.reports.road import Shown
from core.reports.told import ToldLine

HEADER: Final = 150
"""Characters of a headline."""
OF_A_MODAL: Final = 24
"""Characters of a modal's title and of its own two buttons."""
SMALL_PRINT: Final = 10
"""So many pieces of small print stand in one block."""
CHOSEN: Final = "✓ "

View = dict[str, Any]
Message = dict[str, Any]

_STYLES: Final = {Style.PRIMARY: "primary", Style.DANGER: "danger"}
_ABOVE: Final = frozenset({NoticeKind.PRACTICE})


class Carry(msgspec.Struct, frozen=True, kw_only=True):
    """What travels with one view."""

    key: DraftKey
    unstored: State | None = None
    sent: bool = False
    reads_around: bool = False
    may_be_let_in: bool = False

    @classmethod
    def of(cls, shown: Shown, place: Place) -> Self:
        """What a screen of the road has to carry, in this place."""
        return cls(
            key=shown.key,
            unstored=shown.unstored,
            sent=shown.state.reference is not None,
            reads_around=place.reads_around,
            may_be_let_in=place.may_be_let_in,
        )


class Renderer:
    """Makes every screen of this room. Holds only the texts; threads may share it."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def card(self, card: Card, carry: Carry, language: str, told: Sequence[ToldLine] = ()) -> View:
        """The card as a modal. Its close button is "Hide this": that works with everything broken, and hides
        whatever stands under it too.
        """
        words = _Words(self._texts, language)
        submit = _submit_of(card)
        view = words.modal(card.title, closes="button-hide" if _hides(card) else "slack-close")
        view |= _carried(carry, card.id, submit) | {"clear_on_close": True}
        if submit is not None:
            view["submit"] = words.plain(words.of_a_modal(submit.label, submit.id))
        return {**view, "blocks": list(_Blocks(words, card, submit, told).all())}

    def form(self, form: Form, carry: Carry, language: str, *, alone: bool = False) -> View:
        """The form as a modal of inputs. Nothing that was typed before is filled in.

        `alone`: no card stands under it, so that its close button leads back to nothing.
        """
        words = _Words(self._texts, language)
        view = words.modal(form.title, closes="button-hide" if alone else "button-back")
        view |= _carried(carry, form.id, form.submit)
        view["submit"] = words.plain(words.of_a_modal(form.submit.label, form.submit.id))
        notice = rich.section(words.sentence(form.notice))
        return {**view, "blocks": [notice, *(words.input(question) for question in form.questions)]}

    def code_form(self, language: str) -> View:
        """The form that asks for the code of a report."""
        question = Question(
            id=my_report.FIELD, label=Say("my-report-label"), hint=Say("my-report-hint"), ask=Ask.TEXT
        )
        look = Button(id="look", label=Say("my-report-look"), style=Style.PRIMARY)
        words = _Words(self._texts, language)
        view = words.modal(Say("my-report-title"), closes="button-hide")
        view |= _carried(Carry(key=new_draft_key()), "my_reports", look)
        help_button = words.button(Button(id="help", label=Say("button-help"), style=Style.DANGER))
        return {
            **view,
            "submit": words.plain(words.of_a_modal(look.label, look.id)),
            "blocks": [
                words.input(question, at_most=my_report.LONGEST) | {"optional": False},
                {"type": "actions", "elements": [help_button]},
            ],
        }

    def closed(self, language: str) -> View:
        """What stands where something was hidden; it tells nobody what it was, and carries nothing."""
        words = _Words(self._texts, language)
        said = rich.section([rich.said(words(Say("slack-closed")))])
        return {**words.modal(Say("title-hidden"), closes="slack-close"), "blocks": [said]}

    def home(self, welcome: Card, language: str) -> View:
        """App Home: whom to call, and the ways in. The same for everybody, whatever they told.

        `private_metadata` says what stands there, so that nothing is published twice.
        """
        words = _Words(self._texts, language)
        blocks = [*_welcome(words, welcome), words.small([Say("slack-home-let-in")])]
        digest = hashlib.sha256(json.dumps(blocks, sort_keys=True).encode()).hexdigest()
        return {"type": "home", "private_metadata": f"{VERSION}.home.{digest}", "blocks": blocks}

    def written(self, language: str) -> Message:
        """The answer to whoever writes to the app: the ways in, and no word that tells what it is about."""
        words = _Words(self._texts, language)
        title = words(Say("slack-write-title"))
        said = rich.section([rich.said(title, bold=True), rich.said(f"\n{words(Say('slack-write'))}")])
        ways = [
            Button(id="report", label=Say("slack-write-open"), style=Style.PRIMARY),
            Button(id="help", label=Say("button-help"), style=Style.DANGER),
        ]
        return {"text": title, "blocks": [said, words.ways_in(ways)]}

    def aside(self, helping: Card, key: DraftKey | None, language: str) -> Message:
        """Help beside a press whose view did not open: seen by who pressed alone, and may be lost.

        `key`: the draft that "Try again" goes on with.
        """
        words = _Words(self._texts, language)
        kinds = {NoticeKind.PRACTICE, NoticeKind.DANGER, NoticeKind.HELP}
        ways = [
            Button(id="report", label=Say("button-try-again"), style=Style.PRIMARY),
            Button(id="help", label=Say("button-help"), style=Style.DANGER),
            Button(id="hide", label=Say("button-hide"), style=Style.QUIET),
        ]
        text = words(Say("slack-not-opened"))
        blocks = [
            rich.section([rich.said(text, bold=True)]),
            *words.help([each for each in helping.notices if each.kind in kinds]),
            words.ways_in(ways, key),
        ]
        return {"response_type": "ephemeral", "text": text, "blocks": blocks}


def _welcome(words: "_Words", welcome: Card) -> Iterator[Block]:
    """The ways in stand above whom to call, and small print below all."""
    practice = [each for each in welcome.notices if each.kind is NoticeKind.PRACTICE]
    small = [each.text for each in welcome.notices if each.kind is NoticeKind.SMALL]
    lead = [each for each in welcome.notices if each.kind is NoticeKind.LEAD]
    urgent = [each for each in welcome.notices if each.kind in {NoticeKind.DANGER, NoticeKind.HELP}]
    about = [each for each in welcome.notices if each.kind is NoticeKind.PLAIN]
    yield from map(words.notice, practice)
    yield words.header(welcome.title)
    yield from map(words.notice, lead)
    yield words.ways_in(welcome.buttons)
    yield {"type": "divider"}
    yield from words.help(urgent)
    yield {"type": "divider"}
    yield from map(words.notice, about)
    yield words.small(small)


def _carried(carry: Carry, screen: str, submit: Button | None) -> View:
    carried = Carried(
        key=carry.key,
        screen=screen,
        submit=None if submit is None else submit.id,
        sent=carry.sent,
        reads_around=carry.reads_around,
        may_be_let_in=carry.may_be_let_in,
        state=carry.unstored,
    )
    return {"callback_id": carried.callback, "private_metadata": carried.metadata, "notify_on_close": True}


def _submit_of(card: Card) -> Button | None:
    """The button that is the modal's own: the chief one, or the one that takes the answer to its question."""
    asked = {question.id for question in card.questions}
    chief = (each for each in card.buttons if each.style is Style.PRIMARY or each.id in asked)
    return next((each for each in chief if each.url is None), None)


def _hides(card: Card) -> bool:
    return any(each.id == "hide" for each in card.buttons)


class _Words:
    """Texts in one language, and the small parts that hold them."""

    def __init__(self, texts: Texts, language: str) -> None:
        self._texts = texts
        self._language = language

    def __call__(self, say: Say) -> str:
        return self._texts.say(say, self._language)

    def plain(self, text: str) -> Element:
        return {"type": "plain_text", "text": text, "emoji": False}

    def of_a_modal(self, label: Say, button: str) -> str:
        """A label short enough for the modal's own buttons."""
        said = self(label)
        short = f"slack-submit-{button.replace('_', '-')}"
        return self(Say(short)) if length(said) > OF_A_MODAL and self._texts.has(short) else said

    def modal(self, title: Say, *, closes: str) -> View:
        return {
            "type": "modal",
            "title": self.plain(self(title)),
            "close": self.plain(self(Say(closes))),
        }

    def header(self, say: Say) -> Block:
        return {"type": "header", "text": self.plain(self(say))}

    def small(self, said: Sequence[Say]) -> Block:
        return {"type": "context", "elements": [self.plain(self(each)) for each in said[:SMALL_PRINT]]}

    def sentence(self, notice: Notice, *, bold: bool = False) -> list[Element]:
        return rich.sentence(self._texts, notice.text, self._language, notice.contact, bold=bold)

    def notice(self, notice: Notice) -> Block:
        """A notice by its kind; the words never depend on it."""
        match notice.kind:
            case NoticeKind.DANGER | NoticeKind.PRACTICE if length(self(notice.text)) <= HEADER:
                return self.header(notice.text)
            case NoticeKind.SMALL:
                return self.small([notice.text])
            case NoticeKind.LEAD | NoticeKind.STATE | NoticeKind.DANGER | NoticeKind.PRACTICE:
                return rich.section(self.sentence(notice, bold=True))
            case _:
                return rich.section(self.sentence(notice))

    def help(self, notices: Sequence[Notice]) -> Iterator[Block]:
        """Danger to life by itself, and ways to reach somebody line by line."""
        for kind, run in groupby(notices, key=lambda notice: notice.kind):
            if kind is NoticeKind.HELP:
                yield rich.lines([self.sentence(each) for each in run])
            else:
                yield from map(self.notice, run)

    def reference(self, notice: Notice) -> Iterator[Block]:
        """The sentence with its code in a block of its own, to be copied."""
        code = str(notice.text.args.get("reference", ""))
        before, _, after = self(notice.text).partition(code)
        if before.strip():
            yield rich.section([rich.said(before.strip())])
        yield rich.block_of(code)
        if after.lstrip(" ."):
            yield rich.section([rich.said(after.lstrip(" ."))])

    def button(self, button: Button, action: str = "") -> Element:
        found = {
            "type": "button",
            "action_id": action or BUTTON + button.id,
            "text": self.plain(self(button.label)),
        }
        if button.style in _STYLES:
            found["style"] = _STYLES[button.style]
        return found

    def ways_in(self, buttons: Sequence[Button], key: DraftKey | None = None) -> Block:
        """Buttons that begin something, outside every dialogue; `key`: the draft they go on with."""
        value = {} if key is None else {"value": key.text}
        return {
            "type": "actions",
            "elements": [self.button(each, OPEN + each.id) | value for each in buttons],
        }

    # What is asked.

    def input(self, question: Question, *, at_most: int = int(Limit.TEXT)) -> Block:
        """A question whose answer travels with the next press."""
        block = {
            "type": "input",
            "block_id": QUESTION + question.id,
            "optional": True,
            "label": self.plain(self(question.label)),
            "element": self.text_field(question, at_most)
            if question.ask is Ask.TEXT
            else self.choice(question),
        }
        if question.hint is not None:
            block["hint"] = self.plain(self(question.hint))
        return block

    def text_field(self, question: Question, at_most: int) -> Element:
        return {
            "type": "plain_text_input",
            "action_id": QUESTION + question.id,
            "multiline": question.id == "own_words",
            "max_length": at_most,
        }

    def choice(self, question: Question) -> Element:
        """Radios as long as they fit, else a list."""
        options = [self.option(each) for each in question.options]
        chosen = [
            made for made, each in zip(options, question.options, strict=True) if each.value == question.value
        ]
        found: Element = {"action_id": QUESTION + question.id, "options": options}
        found["type"] = "radio_buttons" if len(options) <= Limit.RADIOS else "static_select"
        if found["type"] == "static_select":
            explained = any(each.description for each in question.options)
            found["placeholder"] = self.plain(self(Say("slack-choose-best" if explained else "slack-choose")))
        return found | ({"initial_option": chosen[0]} if chosen else {})

    def option(self, option: Option) -> Element:
        found: Element = {"text": self.plain(self(option.label)), "value": option.value}
        if option.description is not None:
            found["description"] = self.plain(self(option.description))
        return found

    def quoted(self, line: ToldLine) -> Block:
        return {"type": "section", "text": self.plain("\n".join(line.paragraphs))}

    def told(self, line: ToldLine, *, bold: bool = False) -> list[Element]:
        said = rich.said(self(line.text), bold=bold)
        if line.at is None:
            return [said]
        return [rich.said(f"{said['text']} ", bold=bold), rich.moment(line.at)]


class _Blocks:
    """The blocks of one card: practice above all, then danger to life, then all else in its order."""

    def __init__(self, words: _Words, card: Card, submit: Button | None, told: Sequence[ToldLine]) -> None:
        self._words = words
        self._card = card
        self._submit = submit
        self._told = told

    def all(self) -> Iterator[Block]:
        """In the order in which they are read."""
        yield from (self._words.notice(each) for each in self._card.notices if each.kind in _ABOVE)
        yield from self._warnings()
        if not any(each.kind is NoticeKind.REFERENCE for each in self._card.notices):
            yield from self._calmly()
        for kind, run in groupby(self._left(), key=lambda notice: notice.kind):
            yield from self._together(kind, list(run))
        yield from self._below()

    def _warnings(self) -> Iterator[Block]:
        for line in self._told:
            if line.danger:
                yield self._words.header(line.text)
                yield from self._words.help(line.contacts)

    def _calmly(self) -> Iterator[Block]:
        """Short lines together; what the desk wrote stands by itself, as words and nothing else."""
        together: list[list[Element]] = []
        for line in self._told:
            if line.danger:
                continue
            together.append(self._words.told(line))
            if line.paragraphs:
                yield rich.lines(together)
                yield self._words.quoted(line)
                together = []
        if together:
            yield rich.lines(together)

    def _together(self, kind: NoticeKind, run: Sequence[Notice]) -> Iterator[Block]:
        """Ways to reach somebody stand line by line; so does all else where questions should be in sight."""
        if kind is NoticeKind.HELP or (kind is NoticeKind.PLAIN and self._card.questions):
            yield rich.lines([self._words.sentence(notice) for notice in run])
            return
        for notice in run:
            yield from self._notice(notice)

    def _notice(self, notice: Notice) -> Iterator[Block]:
        """What became of a report stands beside its code, behind whom to call."""
        if notice.kind is not NoticeKind.REFERENCE:
            yield self._words.notice(notice)
            return
        yield from self._words.reference(notice)
        yield from self._calmly()

    def _left(self) -> list[Notice]:
        """What is said between; what a warning above says is not said again."""
        above = [notice for line in self._told for notice in line.contacts]
        apart = {*_ABOVE, NoticeKind.SMALL}
        if any(notice.kind is NoticeKind.DANGER for notice in above):
            apart.add(NoticeKind.DANGER)
        return [each for each in self._card.notices if each.kind not in apart and each not in above]

    def _below(self) -> Iterator[Block]:
        """Small print stands behind what is asked, so that a telephone shows the questions first."""
        if self._card.copy_text is not None:
            yield rich.block_of(self._words(self._card.copy_text))
        for question in self._card.questions:
            yield from self._question(question)
        small = [each.text for each in self._card.notices if each.kind is NoticeKind.SMALL]
        if small:
            yield self._words.small(small)
        buttons = sorted(self._buttons(), key=lambda button: button["action_id"] != f"{BUTTON}help")
        if buttons:
            yield {"type": "actions", "elements": buttons}  # the danger exit always stands first

    def _question(self, question: Question) -> Iterator[Block]:
        """A text is asked on forms only: who presses here is known, so that no card asks for a name."""
        if question.ask is Ask.TEXT:
            return
        if any(option.sends_at_once for option in question.options):
            yield self._label(question)
            yield {"type": "actions", "elements": [self._option(question, each) for each in question.options]}
        elif self._submit is not None:
            yield self._words.input(question)
        else:
            yield self._label(question)
            block_id = QUESTION + question.id
            yield {"type": "actions", "block_id": block_id, "elements": [self._words.choice(question)]}

    def _label(self, question: Question) -> Block:
        hint = [] if question.hint is None else [rich.said(f"\n{self._words(question.hint)}")]
        return rich.section([rich.said(self._words(question.label), bold=True), *hint])

    def _option(self, question: Question, option: Option) -> Element:
        chosen = option.value == question.value
        found: Element = {
            "type": "button",
            "action_id": f"{OPTION}{question.id}.{option.value}",
            "text": self._words.plain((CHOSEN if chosen else "") + self._words(option.label)),
        }
        if option.sends_at_once or chosen:
            found["style"] = "danger" if option.sends_at_once else "primary"
        return found

    def _buttons(self) -> Iterator[Element]:
        """All but the two that are the modal's own."""
        for number, button in enumerate(self._card.buttons):
            if button.id == "hide" or button is self._submit:
                continue
            if button.url is None:
                yield self._words.button(button)
            elif rich.is_ours(button.url):
                yield {**self._words.button(button, f"{PAGE}{number}"), "url": button.url}
