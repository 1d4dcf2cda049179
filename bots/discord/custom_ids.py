"""What each component of a private screen carries, so that its press is handled without memory.

An id holds no text of a person. It is not encrypted: the draft's key has to be in it, so whoever reads the
id could open whatever that key locks. Those are the one person on whose screen it is, and Discord, which is
told each press anyway.
"""

import base64
import binascii
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from core.dialogue.model import Evidence, Outcome, State, Wish
from core.dialogue.questions import TEXTS
from core.errors import InputRefused
from core.evidence.drafts import DraftKey
from core.reports.model import AgeBand, Answers, Category, Who, YesNo
from core.reports.reference import reference_of

PREFIX: Final = "lb1"
"""Ours, and of this version. Codes and bits below are only added to; another order is another version."""

SCREENS: Final[Mapping[str, str]] = {
    "first": "f",
    "more": "m",
    "choices": "c",
    "help": "h",
    "country": "y",
    "sent": "s",
    "storing": "g",
    "not_known": "k",
    "not_sent": "n",
    "not_saved": "v",
    "advice": "a",
    "helplines": "t",
    "hand_off": "o",
    "hidden": "x",
}
"""The screens of the dialogue."""
OTHER_SCREENS: Final[Mapping[str, str]] = {"my_report": "r", "answer": "w"}
"""Screens that are none of the dialogue's: no state is ever at one. In place of a draft's key they carry the
code of a report (`core.chat.my_report.Ticket`).
"""
BUTTONS: Final[Mapping[str, str]] = {
    "send": "s",
    "more": "m",
    "next": "n",
    "add": "a",
    "help": "h",
    "hide": "x",
    "back": "b",
    "country": "y",
    "advice": "d",
    "talk": "t",
    "check": "k",
    "try_again": "r",
    "refresh": "f",
    "leave": "l",
}
OTHER_BUTTONS: Final[Mapping[str, str]] = {"answer": "w", "more_messages": "o"}
"""Those of such screens alone."""
QUESTIONS: Final[Mapping[str, str]] = {
    "danger": "d",
    "category": "c",
    "runs_place": "r",
    "own_words": "o",
    "about": "a",
    "who": "w",
    "age": "g",
    "team_may_know_name": "n",
    "moderators_may_know": "m",
    "others_use_phone": "p",
    "contact": "k",
    "country": "y",
}

_SCREENS: Final = {**SCREENS, **OTHER_SCREENS}
_BUTTONS: Final = {**BUTTONS, **OTHER_BUTTONS}
OPENING: Final = 6
"""Random characters that all components of one rendering share: 36 bits beside the 128 of the key."""
_CHECK_BYTES: Final = 4
_PURPOSE: Final = b"lifebelt discord carried v1 "
_ID = re.compile(
    PREFIX
    + r"(?P<screen>[A-Za-z])"
    + r"(?P<kind>[bq-])(?P<code>[a-z-])"
    + r"(?P<key>[A-Za-z0-9_-]{22})"
    + rf"(?P<opening>[A-Za-z0-9_-]{{{OPENING}}})"
    + r"(?:\.(?P<value>[A-Za-z0-9_]{1,20}))?"
    + r"(?:~(?P<carried>.{1,40}))?"
)


class CustomId(msgspec.Struct, frozen=True, kw_only=True):
    """A press as its component will tell it: on which screen of which draft, and what was pressed there."""

    key: DraftKey
    screen: str
    opening: str
    """The same for all components of one rendering and of no other: what Discord keeps of a dismissed form,
    it keeps under its id."""
    button: str | None = None
    question: str | None = None
    value: str | None = None
    """What a press on this very component answers; None: it comes with the interaction, as of a list."""
    carried: State | None = None
    """What could not be stored, without its texts: those never travel in an id."""
    sent: bool = False
    """The screen was of a report that is sent: its code stands as a capital."""

    @property
    def text(self) -> str:
        """1 to 100 characters, all of them plain ASCII. Raises KeyError for what is in no table above."""
        value = "" if self.value is None else f".{self.value}"
        carried = "" if self.carried is None else f"~{_carry(self.key, self.carried)}"
        screen = _SCREENS[self.screen].upper() if self.sent else _SCREENS[self.screen]
        return f"{PREFIX}{screen}{self._pressed()}{self.key.text}{self.opening}{value}{carried}"

    def _pressed(self) -> str:
        if self.button is not None:
            return f"b{_BUTTONS[self.button]}"
        return "--" if self.question is None else f"q{QUESTIONS[self.question]}"


def new_opening(random: Callable[[int], str] = secrets.token_urlsafe) -> str:
    """What one rendering has to itself; `random` gives url-safe text of so many bytes, or more."""
    return random(OPENING)[:OPENING]


def parse(text: str) -> CustomId | None:
    """The id that `text` is; None for anything that is not ours, or of a version not known here.

    Never fails. Of an id of ours whose carried part was changed, or is another draft's, `carried` is None.
    """
    found = _ID.fullmatch(text)
    if found is None:
        return None
    try:
        key = DraftKey.parse(found["key"])
        screen = _NAMES_OF_SCREENS[found["screen"].lower()]
        button = _NAMES_OF_BUTTONS[found["code"]] if found["kind"] == "b" else None
        question = _NAMES_OF_QUESTIONS[found["code"]] if found["kind"] == "q" else None
    except (KeyError, InputRefused):
        return None
    return CustomId(
        key=key,
        screen=screen,
        opening=found["opening"],
        button=button,
        question=question,
        value=found["value"],
        carried=_carried(key, found["carried"] or ""),
        sent=found["screen"].isupper(),
    )


def _named(codes: Mapping[str, str]) -> dict[str, str]:
    return {code: name for name, code in codes.items()}


_NAMES_OF_SCREENS: Final = _named(_SCREENS)
_NAMES_OF_BUTTONS: Final = _named(_BUTTONS)
_NAMES_OF_QUESTIONS: Final = _named(QUESTIONS)


# What could not be stored, in bits.


class _Field(NamedTuple):
    """So many bits, how a value becomes a number in them, and how the number is read.

    Reading raises ValueError for a number that no value has.
    """

    bits: int
    number: Callable[[Any], int]
    value: Callable[[int], Any]


def _one_of(bits: int, *values: Any) -> _Field:
    """Any of `values`, by its place among them; of another value the first is kept."""

    def number(value: Any) -> int:
        return values.index(value) if value in values else 0

    def value(number: int) -> Any:
        if number >= len(values):
            raise ValueError(number)
        return values[number]

    return _Field(bits, number, value)


def _count(bits: int) -> _Field:
    """A count from nought to the most that these bits hold, where it stands still."""
    return _Field(bits, lambda count: min(max(count, 0), (1 << bits) - 1), lambda number: number)


def _way(length: int) -> _Field:
    """The last screens of a way, so many at most."""
    step = _one_of(5, None, *SCREENS)

    def number(way: tuple[str, ...]) -> int:
        known = [screen for screen in way if screen in SCREENS]
        return _join((step.bits, step.number(screen)) for screen in known[-length:])

    def value(number: int) -> tuple[str, ...]:
        steps = [step.value(code) for code in _split(number, [step.bits] * length)]
        return tuple(screen for screen in steps if screen is not None)

    return _Field(step.bits * length, number, value)


def _country() -> _Field:
    """Two capital letters, or None."""

    def number(country: str | None) -> int:
        if country is None or not re.fullmatch("[A-Z]{2}", country):
            return 0
        return 1 + (ord(country[0]) - 65) * 26 + ord(country[1]) - 65

    def value(number: int) -> str | None:
        if number > 26 * 26:
            raise ValueError(number)
        return chr(65 + (number - 1) // 26) + chr(65 + (number - 1) % 26) if number else None

    return _Field(10, number, value)


def _struct(kind: type[msgspec.Struct], fields: Mapping[str, _Field]) -> _Field:
    """A struct by those of its fields that are named."""
    sizes = [field.bits for field in fields.values()]

    def number(struct: msgspec.Struct) -> int:
        return _join((field.bits, field.number(getattr(struct, name))) for name, field in fields.items())

    def value(number: int) -> msgspec.Struct:
        read = zip(fields.items(), _split(number, sizes), strict=True)
        return kind(**{name: field.value(part) for (name, field), part in read})

    return _Field(sum(sizes), number, value)


def _or_none(field: _Field) -> _Field:
    def number(value: Any) -> int:
        return 0 if value is None else field.number(value) << 1 | 1

    def value(number: int) -> Any:
        return field.value(number >> 1) if number & 1 else None

    return _Field(field.bits + 1, number, value)


def _join(parts: Iterable[tuple[int, int]]) -> int:
    """Numbers behind one another, the first in the lowest bits."""
    joined, at = 0, 0
    for bits, number in parts:
        joined |= number << at
        at += bits
    return joined


def _split(number: int, sizes: Iterable[int]) -> list[int]:
    parts = []
    for bits in sizes:
        parts.append(number & (1 << bits) - 1)
        number >>= bits
    if number:
        raise ValueError(number)
    return parts


_YES_NO: Final = _one_of(2, None, False, True)
_FLAG: Final = _one_of(1, False, True)

ANSWERS: Final[Mapping[str, _Field]] = {
    "danger": _one_of(3, None, *YesNo),
    "category": _one_of(5, Category.UNSPECIFIED, *(one for one in Category if one != Category.UNSPECIFIED)),
    "runs_place": _one_of(3, None, *YesNo),
    "who": _one_of(4, None, *Who),
    "age": _one_of(4, None, *AgeBand),
    "team_may_know_name": _YES_NO,
    "moderators_may_know": _YES_NO,
    "others_use_phone": _YES_NO,
    "may_push": _YES_NO,
}
"""Every answer that is no text, with its bits."""
DROPPED: Final = TEXTS
"""Answers in a person's own words: lost where they could not be stored, rather than handed to Discord."""
EVIDENCE: Final[Mapping[str, _Field]] = {
    "messages": _count(8),
    "context": _count(8),
    "truncated": _FLAG,
    "source": _one_of(2, "platform", "site", "pasted"),
    "person": _FLAG,
}
STATE: Final[Mapping[str, _Field]] = {
    "at": _one_of(5, *SCREENS),
    "back_to": _way(4),
    "answers": _struct(Answers, ANSWERS),
    "country": _country(),
    "page": _count(5),
    "reference": _Field(
        1, lambda reference: int(reference is not None), lambda number: "" if number else None
    ),
    "outcome": _one_of(3, None, *Outcome),
    "evidence": _or_none(_struct(Evidence, EVIDENCE)),
    "added": _count(4),
    "unsent": _FLAG,
    "wished": _one_of(3, None, *Wish),
    "fault": _one_of(4, None, "fault-choice", "fault-too-long"),
    "beside": _FLAG,
}
"""The whole state. Of the reference only that there is one: the key says which."""
_ALL: Final = _struct(State, STATE)
_BYTES: Final = -(-(_ALL.bits + 8 * _CHECK_BYTES) // 24) * 3 - _CHECK_BYTES
"""With the check a multiple of three, so that base64 writes each id in one way only."""


def _carry(key: DraftKey, state: State) -> str:
    packed = _ALL.number(state).to_bytes(_BYTES)
    return base64.urlsafe_b64encode(packed + _check(key, packed)).decode()


def _carried(key: DraftKey, text: str) -> State | None:
    try:
        raw = base64.b64decode(text, altchars=b"-_", validate=True)
        packed, check = raw[:-_CHECK_BYTES], raw[-_CHECK_BYTES:]
        if len(packed) != _BYTES or not secrets.compare_digest(check, _check(key, packed)):
            return None
        state: State = _ALL.value(int.from_bytes(packed))
    except (binascii.Error, ValueError):
        return None
    if state.reference is None:
        return state
    return msgspec.structs.replace(state, reference=reference_of(key))


def _check(key: DraftKey, packed: bytes) -> bytes:
    """Binds what is carried to its draft: a slip, a cut or another draft's part is no state."""
    return key.derive(_PURPOSE + packed, _CHECK_BYTES)
