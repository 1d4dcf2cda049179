"""Notes and tasks of a case: sealed to the desk's keys before they are stored, found again by keyed words."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.errors import InputRefused
from core.evidence.keys import DeskKeys, TagKey
from core.ids import ReportId
from core.ledger.sql import insert_or_ignore
from desk import own
from desk.casework.model import Note, NoteKind, OpenNote
from desk.own import Own
from desk.tables import casework

LONGEST: Final = 4_000
"""Characters of one note."""
SHORTEST_WORD: Final = 3
MOST_WORDS: Final = 600
"""Different words of one note that it is found by."""
_PURPOSE: Final = "note-word"

_notes = casework.notes.c
_OF_CASES = (
    sa.select(casework.notes)
    .where(_notes.case_id.in_(bind("cases", expanding=True)))
    .order_by(_notes.at, _notes.id)
)
_INSERT = sa.insert(casework.notes)
_INSERT_WORDS = insert_or_ignore(casework.words)
_DONE = (
    sa.update(casework.notes)
    .where(_notes.id == bind("note"), _notes.kind == NoteKind.TASK.value, _notes.done_at.is_(None))
    .values(done_at=bind("when", type_=_notes.done_at.type), done_by=bind("who"))
)


class Written:
    """A note that is sealed and hashed, ready to be stored. Made outside the transaction: that takes time."""

    def __init__(self, keys: DeskKeys, case: ReportId, id_: str, kind: NoteKind, text: str) -> None:
        """Raises InputRefused where there is nothing to keep, or too much."""
        text = text.strip()
        if not text:
            raise InputRefused("note-empty", field="text")
        if len(text) > LONGEST:
            raise InputRefused("note-long", field="text")
        self.case = case
        self.row: dict[str, Any] = {
            "id": id_,
            "case_id": case,
            "kind": kind.value,
            "sealed": own.sealed(keys, Own.NOTE, id_, text.encode(errors="replace"), of=case),
        }
        self.words = [{"tag": tag, "note": id_} for tag in tags_of(keys.linking, text)]

    def __repr__(self) -> str:
        return f"<Written {self.row['id']}>"


def store(conn: sa.Connection, written: Written, *, by: str, now: datetime) -> None:
    conn.execute(_INSERT, written.row | {"at": now, "by": by})
    if written.words:
        conn.execute(_INSERT_WORDS, written.words)


def done(conn: sa.Connection, note: str, *, by: str, now: datetime) -> bool:
    """False where there is no such task, or it is done already."""
    return conn.execute(_DONE, {"note": note, "when": now, "who": by}).rowcount > 0


def notes_of(conn: sa.Connection, cases: Sequence[ReportId]) -> Sequence[Any]:
    """The notes of a case and of those taken into it, as they lie, oldest first."""
    return conn.execute(_OF_CASES, {"cases": list(cases)}).all()


def opened(rows: Iterable[Any], keys: DeskKeys) -> tuple[OpenNote, ...]:
    """In a thread: decrypting takes its time. What no key opens is said by None."""
    return tuple(
        OpenNote(
            note=note_of(row), text=own.text_of(keys.opening, Own.NOTE, row.id, row.sealed, of=row.case_id)
        )
        for row in rows
    )


def note_of(row: Any) -> Note:
    return Note(
        id=row.id,
        kind=NoteKind(row.kind),
        at=row.at,
        by=row.by,
        done_at=row.done_at,
        done_by=row.done_by,
    )


def tags_of(key: TagKey, text: str) -> tuple[str, ...]:
    """The keyed hashes that a text is found by: each of its words once."""
    return tuple(key.tag(_PURPOSE, word) for word in words_of(text))


def words_of(text: str) -> tuple[str, ...]:
    """The different words of a text, folded: however they are spelt in capitals or accents."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    kept = "".join(sign for sign in plain if not unicodedata.combining(sign))
    found = dict.fromkeys(word for word in re.findall(r"\w+", kept) if len(word) >= SHORTEST_WORD)
    return tuple(found)[:MOST_WORDS]
