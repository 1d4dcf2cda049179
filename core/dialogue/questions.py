"""The questions as data, where each is asked, and how an answer is read. Decides no screen."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from core.dialogue.model import Ask, Limit, Option, Question, Say
from core.reports.model import AgeBand, Answers, Category, Who, YesNo

TEXTS = frozenset({"own_words", "about", "contact"})
"""Answered in the young person's own words; never shown back."""

_YES_NO = ("yes", "no")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "danger": ("yes", "no", "not_sure"),
    "category": tuple(category.value for category in Category),
    "runs_place": ("yes", "no", "not_sure"),
    "who": tuple(who.value for who in Who),
    "age": tuple(age.value for age in AgeBand),
    "team_may_know_name": _YES_NO,
    "moderators_may_know": _YES_NO,
    "others_use_phone": _YES_NO,
}
_KINDS: Mapping[str, type[StrEnum]] = {
    "danger": YesNo,
    "category": Category,
    "runs_place": YesNo,
    "who": Who,
    "age": AgeBand,
}


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What came of reading answers: all that could be taken, and the key of the first thing wrong."""

    answers: Answers
    fault: str | None = None


def ask(question: str, answers: Answers) -> Question:
    """`question` with what was chosen before; of a text only that there is one."""
    if question in TEXTS:
        return _ask_text(question, answered=bool(getattr(answers, question)))
    return Question(
        id=question,
        label=Say(f"question-{question}"),
        options=tuple(_option(question, value) for value in CHOICES[question]),
        value=_chosen(question, answers),
    )


def read(answers: Answers, asked: tuple[str, ...], values: Mapping[str, str]) -> Read:
    """Take over the answers to what was asked; the rest of `values` is left alone. Never fails."""
    changes: dict[str, Any] = {}
    faults: list[str] = []
    for question in asked:
        if question not in values:
            continue
        taken, fault = _read_one(question, values[question])
        if taken is not None:
            changes[question] = taken
        if fault is not None:
            faults.append(fault)
    return Read(answers=msgspec.structs.replace(answers, **changes), fault=faults[0] if faults else None)


def shorten(text: str, units: int) -> str:
    """The beginning of `text`, in at most so many UTF-16 units; no character is cut in two."""
    if len(text) * 2 <= units:
        return text
    return text.encode("utf-16-le")[: units * 2].decode("utf-16-le", errors="ignore")


def units(text: str) -> int:
    """How long `text` is as platforms count it: in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def _ask_text(question: str, *, answered: bool) -> Question:
    hint = f"hint-{question}-answered" if answered else f"hint-{question}"
    return Question(
        id=question, label=Say(f"question-{question}"), ask=Ask.TEXT, hint=Say(hint), answered=answered
    )


def _option(question: str, value: str) -> Option:
    if question == "category":
        return Option(
            value=value, label=Say(f"category-{value}"), description=Say(f"category-{value}-description")
        )
    sends = question == "danger" and value == YesNo.YES
    return Option(value=value, label=Say(f"option-{question}-{value}"), sends_at_once=sends)


def _chosen(question: str, answers: Answers) -> str | None:
    value = getattr(answers, question)
    if value is None or value is Category.UNSPECIFIED:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _read_one(question: str, value: str) -> tuple[Any, str | None]:
    """The answer as the model has it (None: nothing to take), and what was wrong with it."""
    if question in TEXTS:
        return _read_text(value)
    if value == "":
        return None, None
    if value not in CHOICES[question]:
        return None, "fault-choice"
    if question in _KINDS:
        return _KINDS[question](value), None
    return value == "yes", None


def _read_text(value: str) -> tuple[str | None, str | None]:
    """An empty text changes nothing. Half characters are marked; of a text too long the beginning is kept."""
    whole = value.encode("utf-16-le", errors="surrogatepass").decode("utf-16-le", errors="replace")
    cleaned = whole.replace("\r\n", "\n").replace("\x00", "").strip()
    if not cleaned:
        return None, None
    kept = shorten(cleaned, Limit.TEXT)
    return kept, None if kept == cleaned else "fault-too-long"
