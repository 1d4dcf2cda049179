"""What the desk never asks of a young person. A pure decision over words; knows English, and no case.

It guards against a slip, and against somebody at the desk who means harm and writes as others write. It
cannot see a meaning that is written around it: what was written stays in the case for others to read.
"""

import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

MAX_TEXT: Final = 3_000
"""Characters of one message: what every platform can show on one screen."""
_PHONE_DIGITS: Final = 7
"""Fewer are an emergency number, a year or a time."""


class Never(StrEnum):
    """Why words cannot be sent. Each has its sentence on the console."""

    EMPTY = "empty"
    LONG = "long"
    LINK = "link"
    PHONE = "phone"
    PICTURE = "picture"
    SECRET = "secret"  # noqa: S105 - a password is what it is about
    MONEY = "money"
    ELSEWHERE = "elsewhere"  # another app, or another place to talk


_LINK = re.compile(r"\w:/{2}|\bwww\.|\bmailto:|[^\s@]@[^\s@]+\.[^\W\d]{2}|[^\W_]\.[^\W\d_]{2,24}(?![^\W_])")
_DATE = re.compile(r"(?<![\d+])(?:\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{4})(?!\d)")
_PHONE = re.compile(rf"\+?\d(?:[ ()./-]{{0,3}}\d){{{_PHONE_DIGITS - 1},}}")
_CLAUSE = re.compile(r"[.?!,;:\n]+|\bbut\b|\bthen\b")
_GIVE = r"(?:send|show|share|give|upload|post|attach|take|need|want|see|pay|transfer|lend|buy)"
_SAY = r"(?:send|show|share|give|tell|type|write|need|want)"
_TALK = r"(?:move|switch|go|come|talk|write|message|text|call|chat|add|find|contact|reach|meet|join|download)"
_APPS = (
    r"whatsapp|telegram|snapchat|snap|signal|instagram|insta|discord|tiktok|messenger|facebook|kik|wickr"
    r"|skype|viber|wechat|roblox|slack|facetime|zoom|session"
)
_FEW = r"(?:[^\W_]+(?:'[^\W_]*)? ){0,6}?"
_ASKED: Final = {
    Never.PICTURE: rf"\b{_GIVE} {_FEW}(?:pictures?|pics?|photos?|selfies?|videos?|images?|screenshots?)\b",
    Never.SECRET: rf"\b{_SAY} {_FEW}(?:passwords?|passcodes?|pin|logins?|codes?)\b",
    Never.MONEY: rf"\b{_GIVE} {_FEW}(?:money|cash|gift ?cards?|vouchers?|bank|card|bitcoins?|crypto)\b",
    Never.ELSEWHERE: rf"\b{_TALK} {_FEW}(?:{_APPS}|(?:an)?other (?:app|place|chat|site|website))\b",
}
_PATTERNS: Final = {never: re.compile(pattern) for never, pattern in _ASKED.items()}
_WARNED = re.compile(r"\b(?:not|never|nobody|no one|don't|doesn't|won't|needn't|without)\b")
_OF_OTHERS = re.compile(r"\b(?:did|they|he|she|someone|somebody|anyone|anybody|who|person|people)\b")
_TO_US = re.compile(r"\b(?:me|us)\b")


def wrong_with(text: str) -> frozenset[Never]:
    """Every reason why these words cannot be sent to a young person; none where they can.

    What is too long is not read any further.
    """
    if len(text) > MAX_TEXT:
        return frozenset({Never.LONG})
    return frozenset(_faults(_as_read(text)))


def _faults(read: str) -> Iterator[Never]:
    if not read.strip():
        yield Never.EMPTY
    undated = _DATE.sub(" ", read)
    if _LINK.search(undated):
        yield Never.LINK
    if _PHONE.search(undated):
        yield Never.PHONE
    for clause in _CLAUSE.split(read):
        yield from (never for never, asked in _PATTERNS.items() if _asks(asked, " ".join(clause.split())))


def _asks(asked: re.Pattern[str], clause: str) -> bool:
    """Whether a clause asks for it; a warning not to, and a question about somebody else, do not."""
    return any(
        not _WARNED.search(clause, 0, found.end())
        and (_TO_US.search(found[0]) or not _OF_OTHERS.search(clause, 0, found.start()))
        for found in asked.finditer(clause)
    )


def _as_read(text: str) -> str:
    """As an eye reads it: wide letters made plain, what shows nothing taken out, quotes made straight."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return "".join(symbol for symbol in plain if unicodedata.category(symbol) != "Cf")
