"""Writes `reporter` wherever the person who pressed is named: by id, by mention, or by a name they go by.

Compares without regard to case, accents, width and invisible characters, and changes nothing else. What the
platform does not know, such as a nickname, cannot be found here.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final
from urllib.parse import quote

from core.evidence.model import REPORTER

_LEAST_DIGITS: Final = 5
"""A shorter number is replaced only behind an @: a child writes their age."""
_LEAST_PLAIN: Final = 2
_LONGEST: Final = 256
_MOST: Final = 32
_BEFORE: Final = r"(?<![^\W_])"
_AFTER: Final = r"(?![^\W_])"
_SERVER_ENDS: Final = r"(?![^\W_]|[.:-][^\W_])"
_NOT_ELSEWHERE: Final = r"(?!:[a-z0-9.-]+\.[a-z])"
"""The same name on another server of Matrix is somebody else."""
_BETWEEN_WORDS: Final = r"(?:[\s_.+-]|%20){0,4}"
_DECORATION = re.compile(r"^[\W_]+|[\W_]+$")
_ACCENTS: Final = range(0x300, 0x370)
_SELECTORS: Final = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
_UNSPACED: Final = (
    range(0x0E00, 0x0F00),  # Thai, Lao
    range(0x1000, 0x1200),  # Myanmar, and the parts of Hangul
    range(0x1780, 0x1800),  # Khmer
    range(0x2E80, 0xA000),  # Han, Kana
    range(0xF900, 0xFB00),
    range(0x20000, 0x40000),
)
"""Scripts that write no blank between words, or add endings to a name without one."""


@dataclass(frozen=True, kw_only=True)
class Reporter:
    """How the platform knows the person who pressed. Lives in memory only, and hides itself."""

    ids: Sequence[str] = ()
    names: Sequence[str] = ()
    """Every name they are shown under: of the account, of the profile, of this community."""

    def __repr__(self) -> str:
        return "<Reporter hidden>"

    def is_author(self, author: str) -> bool:
        """Whether this id of an author is theirs."""
        return bool(author) and author in self.ids

    def redact(self, text: str, by: str = REPORTER) -> str:
        """The text with `reporter`, or another word, in every place where it names them."""
        if self._pattern is None or not text:
            return text
        folded, places = _folded(text)
        pieces, done = [], 0
        for found in self._pattern.finditer(folded):
            start, end = places[found.start()], places[found.end()]
            if _splits(places, found.start()) or _splits(places, found.end()):
                continue
            pieces += [text[done:start], by]
            done = end
        return "".join([*pieces, text[done:]])

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        ids = [each for each in self.ids if each][:_MOST]
        names = [*(name for name in self.names if name), *filter(None, map(_local_part, ids))][:_MOST]
        forms = [form for each in ids for form in _mentions(_fold(each[:_LONGEST]))]
        known = [each[:_LONGEST] for each in (*ids, *names)]
        forms += [form for each in known for form in _coded(each)]
        plain = sorted(
            {name for each in known for name in _variants(each)}, key=lambda name: (-len(name), name)
        )
        forms += [form for each in plain for form in _plain(each)]
        return re.compile("|".join(forms)) if forms else None


_OUR_WORD = re.compile(rf"{_BEFORE}{REPORTER}{_AFTER}")
NOBODY: Final = Reporter()
"""Where the platform knows nobody: the web."""


def is_called_reporter(shown: str) -> bool:
    """Whether a name has our own word for the reporter in it."""
    return _OUR_WORD.search(_fold(shown)) is not None


def _mentions(folded_id: str) -> list[str]:
    """Discord's `<@id>` and `<@!id>`, Slack's `<@id|name>`, and the links and pills of Matrix."""
    forms = [rf"<@!?{re.escape(folded_id)}(?:\|[^>]{{0,200}})?>"]
    if _local_part(folded_id):
        written = (folded_id, quote(folded_id, safe="").lower(), quote(folded_id, safe="@").lower())
        coded = f"(?:{'|'.join(map(re.escape, written))})"
        link = rf"https?://matrix\.to/#/{coded}(?:\?[^\s)>\]\"']{{0,300}})?{_SERVER_ENDS}"
        forms += [
            rf"\[[^\]]{{0,200}}\]\(<?{link}>?\)",
            rf"<a\s[^>]{{0,300}}?{link}[^>]{{0,300}}>[^<]{{0,200}}</a>",
            link,
            rf"matrix:u/{re.escape(folded_id[1:])}{_SERVER_ENDS}",
        ]
    return forms


def _plain(folded: str) -> list[str]:
    """The name or id by itself, with or without an @ before it."""
    words = folded.split()
    body = _BETWEEN_WORDS.join(re.escape(word) for word in words)
    before = "" if _is_unspaced(folded[0]) else _BEFORE
    after = "" if _is_unspaced(folded[-1]) else _AFTER
    if _local_part(f"@{folded}"):
        after = _SERVER_ENDS
    behind_at = rf"@{body}{after}{_NOT_ELSEWHERE}"
    return [behind_at, f"(?<!@){before}{body}{after}"] if _stands_alone(folded) else [behind_at]


def _coded(name: str) -> list[str]:
    """The name as it stands inside an address."""
    bare = _DECORATION.sub("", name)
    cased = {each for whole in (name, bare) for each in (whole, whole.lower())}
    spelled = {unicodedata.normalize(form, each) for form in ("NFC", "NFD") for each in cased}
    codes = {quote(each, safe="", errors="replace").lower() for each in spelled | cased}
    return [rf"{_BEFORE}{re.escape(code)}{_AFTER}" for code in sorted(codes) if "%" in code]


def _splits(places: Sequence[int], place: int) -> bool:
    """Whether this place of the folded text lies inside one character of the text."""
    return 0 < place < len(places) - 1 and places[place - 1] == places[place]


def _stands_alone(folded: str) -> bool:
    """Whether it is a name even without an @ before it."""
    told = [symbol for symbol in folded if symbol.isalnum()]
    least = _LEAST_DIGITS if all(symbol.isdigit() for symbol in told) else _LEAST_PLAIN
    return len(told) >= least


def _variants(name: str) -> set[str]:
    """The name folded; and without what decorates it at either end, or a number behind `#`."""
    whole = " ".join(_fold(name).split())
    bare = _DECORATION.sub("", re.sub(r"#\d{1,6}$", "", whole))
    return {each for each in (whole.removeprefix("@"), bare) if each}


def _local_part(matrix_id: str) -> str:
    found = re.fullmatch(r"@([^:\s]+):\S+", matrix_id)
    return found[1] if found else ""


def _is_unspaced(symbol: str) -> bool:
    return any(ord(symbol) in block for block in _UNSPACED)


def _fold(text: str) -> str:
    return "".join(map(_folded_symbol, text))


def _folded(text: str) -> tuple[str, Sequence[int]]:
    """The folded text, and for each place in it (and its end) the place in the text it comes from."""
    if text.isascii():
        return text.lower(), range(len(text) + 1)
    pieces = [_folded_symbol(symbol) for symbol in text]
    places = [place for place, piece in enumerate(pieces) for _ in piece]
    return "".join(pieces), [*places, len(text)]


@lru_cache(maxsize=16384)
def _folded_symbol(symbol: str) -> str:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", symbol).casefold())
    return "".join(each for each in plain if not _is_ignored(each))


def _is_ignored(symbol: str) -> bool:
    code = ord(symbol)
    if code in _ACCENTS or any(code in block for block in _SELECTORS):
        return True
    return unicodedata.category(symbol) == "Cf"
