"""From HTTP to the dialogue: forms to presses, and what a host page handed over. Trusts no byte of it.

What cannot be read becomes "nothing was said" or a clear refusal; a text is never cut or changed here.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from core.dialogue.model import Press, State
from core.errors import InputRefused, TooLarge
from core.evidence.drafts import DraftKey
from core.reports.carrying import unpacked
from core.reports.model import Answers

FORM_BYTES = 512 * 1024
"""Room for every answer at its longest, twice, each character written as nine."""
EVIDENCE_BYTES = 1024 * 1024
FIELDS = 80
RESUME = "resume"
"""Goes back from help to where somebody was, and is what Enter does on a card: it presses nothing."""

ANSWER = "answer."
KEPT = "kept."
AT_ONCE = "at_once"
OWN_WORDS = "own_words"
QUESTIONS = frozenset({*Answers.__struct_fields__, "country"})

_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")
_FORM = re.compile(r"[A-Za-z0-9_-]{16,64}")
_COUNTRY = re.compile(r"[A-Za-z]{2}")
_LINE_END = re.compile(r"\r\n?")


class Pressed(msgspec.Struct, frozen=True, kw_only=True):
    """One form as it came in. `key` is None where none came, or none that we ever gave."""

    key: DraftKey | None
    press: Press
    carried: State | None = None
    """What could not be stored before."""
    carried_text: str = ""
    """The same as it came, to be passed on."""
    sent: bool = False
    """The page was of a report that was sent before."""
    country: str | None = None
    """The country whose numbers the page showed."""


class Answering(msgspec.Struct, frozen=True, kw_only=True):
    """A form in which somebody answers what the desk wrote, as it came in."""

    reference: str
    """As it was sent: not looked at yet."""
    form: str
    """What is random about this form; empty where it has nothing of ours."""
    text: str
    """What was written now, else what travelled along."""

    @property
    def fields(self) -> dict[str, str]:
        """What travels in a page, so that nothing is lost: never in an address, and never shown."""
        found = {"reference": self.reference, "form": self.form, f"{KEPT}{OWN_WORDS}": self.text}
        return {name: value for name, value in found.items() if value}


class Handed(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation that a host page handed to the frame."""

    key: DraftKey
    origin: str
    late: bool
    conversation: dict[str, Any]


def read_form(body: bytes) -> dict[str, str]:
    """The fields of a form; of several with one name the last. Raises InputRefused, TooLarge.

    Bytes that are no UTF-8 become the replacement character: the rest of what somebody wrote still counts.
    """
    if len(body) > FORM_BYTES:
        raise TooLarge("the form is too large")
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"),
            keep_blank_values=True,
            max_num_fields=FIELDS,
            encoding="utf-8",
            errors="replace",
        )
    except ValueError:
        raise InputRefused("the form has too many fields") from None
    return {name: _LINE_END.sub("\n", value).replace("\0", "") for name, value in pairs}


def pressed(fields: Mapping[str, str]) -> Pressed:
    """What a form says was pressed and answered; anything unknown is left aside."""
    key = _key(fields.get("key", ""))
    carried = unpacked(key, fields.get("carried", ""))
    return Pressed(
        key=key,
        press=Press(screen=_id(fields.get("screen", "")), button=_button(fields), values=_values(fields)),
        carried=carried,
        carried_text=fields["carried"] if carried else "",
        sent="sent" in fields,
        country=country_code(fields.get("country", "")),
    )


def answering(fields: Mapping[str, str]) -> Answering | None:
    """The answer that a form carries; None where it carries no reference."""
    reference, form = fields.get("reference", ""), fields.get("form", "")
    if not reference.strip():
        return None
    text = _values(fields).get(OWN_WORDS, "")
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").strip()
    return Answering(reference=reference, form=form if _FORM.fullmatch(form) else "", text=whole)


def country_code(text: str) -> str | None:
    """Two letters in capitals, or None."""
    return text.upper() if _COUNTRY.fullmatch(text) else None


def handed(body: bytes) -> Handed:
    """What the frame passed on from the host page. Raises InputRefused, TooLarge."""
    if len(body) > EVIDENCE_BYTES:
        raise TooLarge("the conversation is too large")
    try:
        return _handed(json.loads(body.decode("utf-8", "replace")))
    except (ValueError, RecursionError):
        raise InputRefused("not a conversation") from None


def _handed(sent: Any) -> Handed:
    match sent:
        case {"key": str(key), "origin": str(origin), "conversation": dict(conversation)}:
            late = sent.get("late") is True
            return Handed(key=DraftKey.parse(key), origin=origin, late=late, conversation=conversation)
        case _:
            raise InputRefused("not a conversation")


def _button(fields: Mapping[str, str]) -> str | None:
    button = _id(fields.get("button", ""))
    return None if AT_ONCE in fields or button == RESUME else button


def _values(fields: Mapping[str, str]) -> dict[str, str]:
    """What travelled along, then what was answered now, then the choice that is a press of its own."""
    values = {**_answers(fields, KEPT), **_answers(fields, ANSWER)}
    question, _, value = fields.get(AT_ONCE, "").partition("=")
    if question in QUESTIONS and value:
        values[question] = value
    return values


def _answers(fields: Mapping[str, str], prefix: str) -> dict[str, str]:
    """An empty field is a question not answered: it takes nothing back."""
    named = {name.removeprefix(prefix): text for name, text in fields.items() if name.startswith(prefix)}
    return {question: text for question, text in named.items() if question in QUESTIONS and text.strip()}


def _key(text: str) -> DraftKey | None:
    try:
        return DraftKey.parse(text)
    except InputRefused:
        return None


def _id(text: str) -> str | None:
    return text if _ID.fullmatch(text) else None
