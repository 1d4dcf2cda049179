"""Sentences as Slack's rich text: whatever comes from outside stands there as it is, and is never markup.

Only addresses of our own data become links.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from core.dialogue.model import Contact, Say
from core.dialogue.texts import Texts, plain

Block = dict[str, Any]
Element = dict[str, Any]

_OUR_HREF = re.compile(r"https://[^\s\"'<>]+")
_MARK: Final = "\ue000"
"""Stands in a sentence where a way to reach help goes; no catalogue and no name that is shown has it."""
LONGEST_ADDRESS: Final = 40
"""Of a longer one only its house is shown; the press leads to the page."""
BOLD: Final = {"bold": True}


def is_ours(url: str) -> bool:
    """Whether an address may be pressed: whole, and https."""
    return _OUR_HREF.fullmatch(url) is not None


def section(elements: Iterable[Element]) -> Block:
    """One paragraph."""
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": list(elements)}],
    }


def lines(several: Iterable[Iterable[Element]]) -> Block:
    """Several sentences, each on a line of its own."""
    elements: list[Element] = []
    for line in several:
        elements += [said("\n"), *line] if elements else [*line]
    return section(elements)


def block_of(text: str) -> Block:
    """A text to be copied, in a block of its own."""
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_preformatted", "elements": [said(text)]}],
    }


def said(text: str, *, bold: bool = False) -> Element:
    """A text as it stands."""
    return {"type": "text", "text": text, "style": BOLD} if bold else {"type": "text", "text": text}


def link(url: str) -> Element:
    """An address of ours to press, written as people write it."""
    short = url.removeprefix("https://").removeprefix("www.").rstrip("/")
    if len(short) > LONGEST_ADDRESS:
        short = short.split("/", maxsplit=1)[0]
    return {"type": "link", "url": url, "text": short}


def moment(at: datetime) -> Element:
    """Each reader sees their own clock, and the date as Slack writes it for them."""
    fallback = at.strftime("%d %b, %H:%M UTC")
    return {
        "type": "date",
        "timestamp": int(at.timestamp()),
        "format": "{date_short_pretty}, {time}",
        "fallback": fallback,
    }


def sentence(texts: Texts, say: Say, language: str, contact: Contact | None, *, bold: bool) -> list[Element]:
    """The words of `say`, in which the number or page of `contact` stands out."""
    found: list[Element] = []
    marked = Say(say.key, {name: _marked(value, contact, found) for name, value in say.args.items()})
    pieces = texts.say(marked, language).split(_MARK) if found else [texts.say(say, language)]
    return list(_joined(pieces, found, bold=bold))


def _marked(value: str | int | Say, contact: Contact | None, found: list[Element]) -> str | int | Say:
    if not isinstance(value, str) or not value or contact is None:
        return value.replace(_MARK, "") if isinstance(value, str) else value
    if value == contact.url and is_ours(value):
        found.append(link(value))
        return _MARK
    if value in {contact.phone, contact.text}:
        found.append(said(plain(value), bold=True))
        return _MARK
    return value.replace(_MARK, "")


def _joined(pieces: Sequence[str], between: Sequence[Element], *, bold: bool) -> Iterator[Element]:
    for number, piece in enumerate(pieces):
        if piece:
            yield said(piece, bold=bold)
        if number < len(between):
            yield between[number]
