"""What a message to a young person may begin with: data, in config/questions.toml, for the desk to change."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec

from core import datafile
from core.datafile import DataFile, Fault
from desk.talk.judging import wrong_with

TABLE: Final = "question"
MAX_LENGTH: Final = 300
_LEADING = re.compile(
    r"(?:^|[.!?]\s+)(?:and |but |so )?"
    r"(?:did|do|does|was|were|is|are|has|have|had|can|could|will|would|should"
    r"|didn't|don't|doesn't|wasn't|weren't|isn't|aren't|hasn't|haven't|won't|wouldn't)\b[^.!?]*\?"
)
_BLAMING = re.compile(r"\bwhy (?:did|do|didn't|don't|were|are|have|haven't) you\b")


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One beginning of a message."""

    key: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_LENGTH)]


def load_questions(path: Path) -> tuple[Question, ...]:
    """In the order of the file. Raises SettingsInvalid, also where one leads, blames or asks too much."""
    file = datafile.read(path)
    questions = datafile.entries(file, TABLE, Question)
    datafile.refuse(_faults(file, questions))
    return tuple(questions)


def leads(text: str) -> bool:
    """Whether it has a question that yes or no answers, or one that blames. Knows English only."""
    said = text.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return bool(_LEADING.search(said) or _BLAMING.search(said))


def _faults(file: DataFile, questions: Sequence[Question]) -> Iterator[Fault]:
    seen: set[str] = set()
    for place, question in enumerate(questions):
        if question.key in seen:
            yield file.fault((TABLE, place, "key"), "stands twice.", "Give each question a key of its own.")
        seen.add(question.key)
        if leads(question.text):
            yield file.fault((TABLE, place, "text"), "leads or blames.", "Ask what, where, how, who or when.")
        if wrong := wrong_with(question.text):
            reason = f"asks for what the desk never asks for ({', '.join(sorted(wrong))})."
            yield file.fault((TABLE, place, "text"), reason, "Take it out.")
