"""The questions as data, where each is asked, and how an answer is read. Decides no screen."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from core.dialogue.model import Ask, Limit, Option, Place, Question, Say
from core.dialogue.sources import CategorySource
from core.dialogue.standing import has_desk, moderators_may_be_asked
from core.reports.model import AgeBand, Answers, Category, Who, YesNo

FIRST = ("danger", "category", "runs_place")
MORE = ("own_words", "about", "who", "age")

TEXTS = frozenset({"own_words", "about", "contact"})
"""Answered in the young person's own words; never shown back."""

_KINDS: Mapping[str, type[StrEnum]] = {
    "danger": YesNo,
    "category": Category,
    "runs_place": YesNo,
    "who": Who,
    "age": AgeBand,
}
_YES_NO = ("yes", "no")
NO_AND_TELL = "no_tell"
"""Nobody else uses the phone, and they want to be told of news there: offered where an account is known."""


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What came of reading answers: all that could be taken, and the key of the first thing wrong."""

    answers: Answers
    fault: str | None = None


def key(*parts: str) -> str:
    """The key of a message from the ids it is about."""
    return "-".join(parts).replace("_", "-")


def choices(place: Place, answers: Answers, categories: CategorySource) -> tuple[str, ...]:
    """What the young person decides about, as far as it is theirs to decide here and now.

    A text stands on a form, except `contact`: it is asked only where no account is known.
    """
    asked = ["team_may_know_name" if place.knows_accounts else "contact"]
    if moderators_may_be_asked(place, answers, categories):
        asked.append("moderators_may_know")
    return (*asked, "others_use_phone")


def ask(place: Place, question: str, answers: Answers, categories: CategorySource) -> Question:
    """`question` with what was chosen before; of a text only that there is one."""
    if question in TEXTS:
        return _ask_text(question, answered=bool(getattr(answers, question)))
    options = _categories(categories) if question == "category" else _options(place, question)
    label = Say(key("question", question))
    return Question(id=question, label=label, options=options, value=_chosen(question, answers))


def read(place: Place, answers: Answers, values: Mapping[str, str], categories: CategorySource) -> Read:
    """Take over every answer that is asked for anywhere in this place; the rest of `values` is left alone.

    Never fails, whatever `values` holds. A press may carry answers that could not be stored before.
    """
    changes: dict[str, Any] = {}
    faults: list[str] = []
    for question in _asked_anywhere(place):
        if question in values:
            taken, fault = _read_one(place, question, values[question])
            changes |= taken
            faults += [] if fault is None else [fault]
    told = msgspec.structs.replace(answers, **changes)
    return Read(answers=_only_if_asked(place, told, categories), fault=faults[0] if faults else None)


def shorten(text: str, units: int) -> str:
    """The beginning of `text`, in at most so many UTF-16 units; no character is cut in two."""
    if len(text) * 2 <= units:
        return text
    return text.encode("utf-16-le", "surrogatepass")[: units * 2].decode("utf-16-le", errors="ignore")


def length(text: str) -> int:
    """How long `text` is as platforms count it: in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _asked_anywhere(place: Place) -> tuple[str, ...]:
    if not has_desk(place):
        return ("category",)
    name = "team_may_know_name" if place.knows_accounts else "contact"
    return (*FIRST, *MORE, name, "moderators_may_know", "others_use_phone")


def _only_if_asked(place: Place, answers: Answers, categories: CategorySource) -> Answers:
    """A yes to the moderators holds only while the question could be asked."""
    if answers.moderators_may_know is None or moderators_may_be_asked(place, answers, categories):
        return answers
    return msgspec.structs.replace(answers, moderators_may_know=None)


def _ask_text(question: str, *, answered: bool) -> Question:
    hint = key("hint", question, "answered") if answered else key("hint", question)
    label = Say(key("question", question))
    return Question(id=question, label=label, ask=Ask.TEXT, hint=Say(hint), answered=answered)


def _categories(categories: CategorySource) -> tuple[Option, ...]:
    return tuple(
        Option(
            value=str(info.code),
            label=Say(key("category", info.code)),
            description=Say(key("category", info.code, "description")),
        )
        for info in categories
    )


def _options(place: Place, question: str) -> tuple[Option, ...]:
    return tuple(
        Option(
            value=value,
            label=Say(key("option", question, value)),
            sends_at_once=question == "danger" and value == YesNo.YES,
        )
        for value in _values(place, question)
    )


def _values(place: Place, question: str) -> tuple[str, ...]:
    if question == "others_use_phone" and place.knows_accounts:
        return (*_YES_NO, NO_AND_TELL)
    kind = _KINDS.get(question)
    return _YES_NO if kind is None else tuple(str(value) for value in kind)


def _chosen(question: str, answers: Answers) -> str | None:
    value = getattr(answers, question)
    if value is None or value is Category.UNSPECIFIED:
        return None
    if question == "others_use_phone" and value is False and answers.may_push:
        return NO_AND_TELL
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _read_one(place: Place, question: str, value: str) -> tuple[dict[str, Any], str | None]:
    """What changes in the answers, and what was wrong with this one."""
    if question in TEXTS:
        taken, fault = _read_text(value)
        return {} if taken is None else {question: taken}, fault
    if value == "":
        return {}, None
    if value not in _values(place, question):
        return {}, "fault-choice"
    if question in _KINDS:
        return {question: _KINDS[question](value)}, None
    told = {"may_push": value == NO_AND_TELL} if question == "others_use_phone" else {}
    return {question: value == "yes", **told}, None


def _read_text(value: str) -> tuple[str | None, str | None]:
    """An empty text changes nothing. Half characters are marked; of a text too long the beginning is kept."""
    whole = value.encode("utf-16-le", errors="surrogatepass").decode("utf-16-le", errors="replace")
    cleaned = whole.replace("\r\n", "\n").replace("\x00", "").strip()
    if not cleaned:
        return None, None
    kept = shorten(cleaned, Limit.TEXT)
    return kept, None if kept == cleaned else "fault-too-long"
