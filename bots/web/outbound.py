"""From the dialogue to HTML: every screen as one page of plain forms that works without script.

Decides nothing and asks nobody. Texts of a person are never shown back: what could not be stored travels
in hidden fields.
"""

import hashlib
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import jinja2
import msgspec
from markupsafe import Markup, escape

from bots.web.inbound import KEPT, OWN_WORDS, RESUME, Answering
from bots.web.practice import ROOM, SCRIPT
from bots.web.settings import WebSettings
from core.dialogue.model import (
    Ask,
    Button,
    Card,
    Contact,
    Form,
    Notice,
    NoticeKind,
    Outcome,
    Place,
    Press,
    Question,
    Say,
    Screen,
    State,
    Style,
)
from core.dialogue.texts import Texts
from core.evidence.drafts import DraftKey
from core.ids import CommunityId
from core.reports.carrying import packed
from core.reports.model import Standing
from core.reports.told import ToldLine

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"

FEW: Final = 5
"""As many options as stand side by side; more fold into a list that opens."""

_BACK: Final = Button(id="back", label=Say("button-back"), style=Style.QUIET)
_HIDE: Final = Button(id="hide", label=Say("button-hide"), style=Style.QUIET)
_PHONE = re.compile(r"[+*#\d][\d\s().*#-]*")
_SHORT_MESSAGE = re.compile(r"(?:(?P<word>.+?)\s+to\s+)?(?P<number>\+?\d[\d\s-]*)")
_CODE = re.compile(r"(LB-[0-9A-Z-]+)")
_OUR_HREF = re.compile(r"https?://[^\s\"'<>]+")


ExitOf = Callable[[CommunityId], str]
"""Where "Leave this page" leads in a community; empty: where it leads everywhere."""


class WayKind(StrEnum):
    CALL = "call"
    TEXT = "text"
    CHAT = "chat"


class Way(NamedTuple):
    """A link that reaches somebody: what it is, where it leads, what it says."""

    kind: WayKind
    href: str
    label: Say


class Linked(NamedTuple):
    """A notice and the links under it."""

    notice: Notice
    ways: tuple[Way, ...]


class View(msgspec.Struct, frozen=True, kw_only=True):
    """A screen of the dialogue and what travels with it."""

    place: Place
    screen: Screen
    key: DraftKey
    unstored: State | None = None
    """The state, where it does not lie in the ledger and has to travel with the page."""
    sent: bool = False
    """Whether the report was sent, and this is about what comes after."""
    stored: bool = False
    """Whether anything of this draft lies in the ledger."""
    country: str | None = None
    told: tuple[ToldLine, ...] = ()
    polls: bool = False
    looks: bool = False
    """Whether the open screen presses "Look again" by itself."""
    outcome: Outcome | None = None
    numbers: tuple[Notice, ...] = ()
    """Whom to call, for when the line is down."""
    origins: tuple[str, ...] = ()


class HelpView(msgspec.Struct, frozen=True, kw_only=True):
    """The danger exit. With a `key` it knows a way back to what somebody was doing."""

    place: Place
    card: Card
    country: str | None
    countries: tuple[str, ...] = ()
    """Codes of the countries to choose from."""
    key: DraftKey | None = None
    was: Press = Press()
    carried: str = ""
    sent: bool = False
    """It was sent before: then this page does not say otherwise, though it asks nobody."""
    answering: Answering | None = None
    """Where they were answering what the desk wrote."""
    known: bool = True
    """Whether `place` is a community of ours, that can be told something."""


class Pages:
    """Makes every page of this room."""

    def __init__(self, texts: Texts, settings: WebSettings, exit_of: ExitOf) -> None:
        self._texts = texts
        self._settings = settings
        self._exit_of = exit_of
        self._jinja = _environment()

    def screen(self, view: View) -> str:
        """One card or form of the dialogue."""
        return self._page(
            "screen.html",
            view.place,
            view=view,
            screen=view.screen,
            hidden=_hidden(view),
            notices=_links(_notices(view.screen)),
            buttons=_buttons(view.screen),
            numbers=_links(view.numbers),
            show_answer=_needs_a_press(view.screen),
        )

    def told(self, told: tuple[ToldLine, ...], language: str) -> str:
        """Only what may be said of a report, for the small script that asks again."""
        return self._render("told.html", language, told=told)

    def help(self, view: HelpView) -> str:
        """Emergency number, child line, a silent way: from files alone."""
        return self._page(
            "help.html",
            view.place,
            view=view,
            notices=_links(view.card.notices),
            title=view.card.title,
            hidden=_hidden_in_help(view),
            countries=self._named(view.countries, view.place.language),
        )

    def my_report(
        self,
        place: Place,
        *,
        told: tuple[ToldLine, ...] = (),
        fault: str | None = None,
        reference: str = "",
        answers: bool = False,
    ) -> str:
        """Where a reference tells what became of a report.

        `reference`: travels in the page, for looking again and, where that can be done, for answering.
        """
        return self._page(
            "my_report.html", place, told=told, fault=fault, reference=reference, answers=answers
        )

    def answer(self, place: Place, form: Form, hidden: dict[str, str], *, fault: str | None = None) -> str:
        """The form in which what the desk wrote is answered. What was written before travels in `hidden`."""
        kept = f"{KEPT}{OWN_WORDS}" in hidden
        return self._page("answer.html", place, form=form, hidden=hidden, fault=fault, kept=kept)

    def answered(self, place: Place, card: Card, hidden: dict[str, str], *, stored: bool) -> str:
        """What became of it. Until it is stored the words travel in `hidden`, for another try."""
        return self._page(
            "answered.html",
            place,
            card=card,
            notices=_links(card.notices),
            first=card.buttons[0],
            hidden=hidden,
            stored=stored,
        )

    def plain(self, place: Place, name: str, *, card: Card | None = None) -> str:
        """A page that only says something: `web-<name>-title`, `web-<name>-text`, and help from a card."""
        notices = _links(card.notices) if card else ()
        return self._page("plain.html", place, name=name, notices=notices)

    def nothing(self, language: str) -> str:
        """A neutral page, for whoever looks over a shoulder."""
        return self._render("nothing.html", language)

    def practice(self, place: Place, now: datetime) -> str:
        """The little chat room of the practice standing."""
        console_url = self._settings.console_url
        return self._page(
            "practice.html",
            place,
            script=SCRIPT,
            room=ROOM,
            now=now,
            console_url=console_url,
            empties_after=0,
        )

    def button_words(self) -> dict[str, dict[str, str]]:
        """Language to what the button on other people's pages says."""
        keys = ("label", "title", "close", "loading")
        return {
            language: {key: self._texts.say(Say(f"web-button-{key}"), language) for key in keys}
            for language in self._texts.languages
        }

    def _named(self, countries: tuple[str, ...], language: str) -> list[tuple[str, str]]:
        """Code and name, in the order of the alphabet."""
        named = [(code, self._texts.say(Say(f"country-{code}"), language)) for code in countries]
        return sorted(named, key=lambda one: one[1])

    def _page(self, template: str, place: Place, **values: Any) -> str:
        furniture = {
            "place": place,
            "practice": place.standing is Standing.PRACTICE,
            "empties_after": int(self._settings.empties_after.total_seconds()),
            "exit_url": self._exit(place),
        }
        return self._render(template, place.language, **(furniture | values))

    def _exit(self, place: Place) -> str:
        """The community's own harmless page, else the house's."""
        chosen = self._exit_of(place.community)
        return chosen if safe_url(chosen) else self._settings.quick_exit_url

    def _render(self, template: str, language: str, **values: Any) -> str:
        def words(say: Say) -> str:
            return self._texts.say(say, language)

        def t(key: str, **args: str | int | Say) -> str:
            return words(Say(key, args))

        return self._jinja.get_template(template).render(language=language, words=words, t=t, **values)


def ways(contact: Contact) -> tuple[Way, ...]:
    """The links of a contact; what is no number and no web address of ours gives none."""
    found = (_call(contact), _text(contact), _chat(contact))
    return tuple(way for way in found if way is not None)


def _links(notices: Iterable[Notice]) -> tuple[Linked, ...]:
    """Each page to write to once: under the notice that is about writing, not also under the telephone's."""
    kept = tuple(notice for notice in notices if notice.kind is not NoticeKind.PRACTICE)
    written = {notice.contact.url for notice in kept if notice.contact and not notice.contact.phone}
    return tuple(Linked(notice, _ways_of(notice, written)) for notice in kept)


def _ways_of(notice: Notice, written: set[str | None]) -> tuple[Way, ...]:
    if notice.contact is None:
        return ()
    said_elsewhere = notice.contact.phone is not None and notice.contact.url in written
    return tuple(way for way in ways(notice.contact) if way.kind is not WayKind.CHAT or not said_elsewhere)


def shorten_url(text: str, contact: Contact | None) -> str:
    """A sentence with the address of its contact as people write it; the link beside it has the whole."""
    if contact is None or not contact.url:
        return text
    return text.replace(contact.url, re.sub(r"^https?://(www\.)?", "", contact.url).rstrip("/"))


def whole_code(text: str) -> Markup:
    """A sentence with the reference in it, which is never broken over two lines."""
    before, code, after = _CODE.split(text, maxsplit=1) if _CODE.search(text) else (text, "", "")
    return escape(before) + Markup('<b class="reference-code">{}</b>').format(code) + escape(after)


@cache
def static_url(name: str) -> str:
    """The address of a file of ours; it changes whenever the file does."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:12]}"


def _call(contact: Contact) -> Way | None:
    number = contact.phone and _PHONE.match(contact.phone)
    if not number or not contact.phone:
        return None
    dialled = re.sub(r"[^\d+*#]", "", number.group())
    return Way(WayKind.CALL, f"tel:{dialled}", Say("web-call", {"number": contact.phone}))


def _text(contact: Contact) -> Way | None:
    sent = contact.text and _SHORT_MESSAGE.fullmatch(contact.text.strip())
    if not sent or not contact.text:
        return None
    number = re.sub(r"[^\d+]", "", sent["number"])
    # The question mark is Android's, the ampersand Apple's; each leaves the other's alone.
    body = f"?&body={sent['word']}" if sent["word"] and sent["word"].isalnum() else ""
    return Way(WayKind.TEXT, f"sms:{number}{body}", Say("web-text", {"how": contact.text}))


def _chat(contact: Contact) -> Way | None:
    if not contact.url or not safe_url(contact.url):
        return None
    return Way(WayKind.CHAT, contact.url, Say("web-chat", {"name": contact.name}))


def safe_url(url: str) -> bool:
    """Only http and https leave this house."""
    return _OUR_HREF.fullmatch(url) is not None


@cache
def _environment() -> jinja2.Environment:
    """One a process: it keeps the templates as it compiled them."""
    jinja = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.globals.update(
        static=static_url, shorten_url=shorten_url, whole_code=whole_code, is_long=_is_long, RESUME=RESUME
    )
    jinja.globals["linked"] = _links
    jinja.tests["text"] = lambda question: question.ask is Ask.TEXT
    return jinja


def _hidden(view: View) -> dict[str, str]:
    fields = {"key": view.key.text, "screen": view.screen.id, "country": view.country or ""}
    if view.sent:
        fields["sent"] = "yes"
    if view.unstored is not None:
        fields["carried"] = packed(view.key, view.unstored)
    return {name: value for name, value in fields.items() if value}


def _hidden_in_help(view: HelpView) -> dict[str, str]:
    """All that came in, so that the way back loses nothing; it is never shown."""
    if view.answering is not None:
        return view.answering.fields
    if view.key is None:
        return {}
    fields = {"key": view.key.text, "screen": view.was.screen or "", "carried": view.carried}
    fields["sent"] = "yes" if view.sent else ""
    kept = {f"kept.{question}": text for question, text in view.was.values.items()}
    return {name: value for name, value in (fields | kept).items() if value}


def _notices(screen: Screen) -> tuple[Notice, ...]:
    """The practice line of a card stands above the danger exit; that of a form says more, and stays."""
    if not isinstance(screen, Card):
        return (msgspec.structs.replace(screen.notice, kind=NoticeKind.SMALL),)
    return screen.notices


def _buttons(screen: Screen) -> tuple[Button, ...]:
    """Without the danger exit, which stands above on every page. A form has the ways out of a card here."""
    if not isinstance(screen, Card):
        return (screen.submit, _BACK, _HIDE)
    return tuple(button for button in screen.buttons if button.id != "help" and _is_pressable(button))


def _needs_a_press(screen: Screen) -> bool:
    """Questions beside buttons that all lead away: an answer given here needs a press of its own."""
    leads_on = any(button.style is Style.PRIMARY or button.id == screen.id for button in _buttons(screen))
    return bool(screen.questions) and not leads_on


def _is_pressable(button: Button) -> bool:
    return button.url is None or safe_url(button.url)


def _is_long(question: Question) -> bool:
    return len(question.options) > FEW or any(option.description for option in question.options)
