"""Finding cases: by a reference, an id, a community, who has it, how far it is, or words of its notes.

What was typed is never stored or logged; that somebody searched, and by what kind of thing, is in the trail.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.errors import ReferenceInvalid
from core.evidence.keys import DeskKeys
from core.ids import ReportId
from core.ledger.trail import Entry, record
from desk.casework import notes
from desk.casework.acts import By
from desk.casework.model import CaseState
from desk.model import QueueRow, Scope
from desk.queue import FAULTY, reasons_of, row_of
from desk.status import tag_of
from desk.tables import casework, reports, trail

SEARCHED: Final = "searched"
"""The action in the trail."""
MOST: Final = 50
"""Cases that one search shows; whoever finds more asks more narrowly."""
_BY_TAG: Final = 2_000
"""Notes looked at for one word: a word that stands in more is too common to find anything by."""

_cases = casework.cases
_HEAD = sa.func.coalesce(reports.c.of_case, reports.c.id)
_BY_REFERENCE = sa.select(_HEAD.label("id")).where(reports.c.reference_tag == bind("tag"))
_BY_ID = sa.select(_HEAD.label("id")).where(reports.c.id == bind("text"))
_WITH_WORD = sa.select(casework.words.c.note).where(casework.words.c.tag == bind("tag")).limit(_BY_TAG)
_CASES_OF = (
    sa.select(_HEAD.label("id"))
    .join(casework.notes, casework.notes.c.case_id == reports.c.id)
    .where(casework.notes.c.id.in_(bind("notes", expanding=True)))
    .distinct()
)
_ROWS = (
    sa.select(reports, FAULTY)
    .where(
        reports.c.id.in_(bind("cases", expanding=True)),
        reports.c.desk == bind("desk"),
        reports.c.standing == bind("standing"),
    )
    .order_by(reports.c.rank, reports.c.due_at, reports.c.id)
    .limit(MOST + 1)
)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for; everything that is set must be so."""

    text: str = ""
    """A reference, the id of a report, or words of notes."""
    community: str = ""
    holder: str = ""
    state: CaseState | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """What is asked by, without what was asked for: what the trail may know."""
        return tuple(name for name in self.__struct_fields__ if getattr(self, name))

    def __repr__(self) -> str:
        return f"<Wanted {' '.join(self.kinds)}>"


class Found(msgspec.Struct, frozen=True, kw_only=True):
    rows: tuple[QueueRow, ...]
    more: bool
    """There are more than are shown."""


def search(conn: sa.Connection, by: By, keys: DeskKeys, wanted: Wanted) -> Found:
    """Record that somebody searches, and find. Nothing asked finds nothing."""
    found = _rows(conn, by.scope, keys, wanted) if wanted.kinds else []
    why = reasons_of(conn, [row["id"] for row in found])
    rows = tuple(row_of(row, why.get(row["id"], ())) for row in found[:MOST])
    detail = {"desk": by.scope.desk, "standing": by.scope.standing.value, "by": " ".join(wanted.kinds)}
    detail["found"] = str(len(rows))
    record(conn, trail, Entry(at=by.now, who=by.who, action=SEARCHED, target="cases", detail=detail))
    return Found(rows=rows, more=len(found) > MOST)


def _rows(conn: sa.Connection, scope: Scope, keys: DeskKeys, wanted: Wanted) -> Sequence[Mapping[Any, Any]]:
    values: dict[str, Any] = {"desk": scope.desk, "standing": scope.standing.value}
    if wanted.text:
        values["cases"] = _by_text(conn, keys, wanted.text)
        return conn.execute(_narrowed(_ROWS, wanted), values | _given(wanted)).mappings().all()
    return conn.execute(_narrowed(_LISTED, wanted), values | _given(wanted)).mappings().all()


def _by_text(conn: sa.Connection, keys: DeskKeys, text: str) -> list[ReportId]:
    try:
        found = conn.scalars(_BY_REFERENCE, {"tag": tag_of(keys.reference, text)}).all()
    except ReferenceInvalid:
        found = conn.scalars(_BY_ID, {"text": text.strip()}).all() or _by_words(conn, keys, text)
    return [ReportId(case) for case in found]


def _by_words(conn: sa.Connection, keys: DeskKeys, text: str) -> Sequence[str]:
    """The cases of the notes that have every one of these words."""
    having: set[str] | None = None
    for tag in notes.tags_of(keys.linking, text):
        with_word = set(conn.scalars(_WITH_WORD, {"tag": tag}))
        having = with_word if having is None else having & with_word
    return conn.scalars(_CASES_OF, {"notes": sorted(having)}).all() if having else ()


_LISTED = (
    sa.select(reports, FAULTY)
    .where(
        reports.c.desk == bind("desk"), reports.c.standing == bind("standing"), reports.c.of_case.is_(None)
    )
    .order_by(reports.c.rank, reports.c.due_at, reports.c.id)
    .limit(MOST + 1)
)


def _narrowed(statement: sa.Select[Any], wanted: Wanted) -> sa.Select[Any]:
    if wanted.community:
        statement = statement.where(reports.c.community == bind("place"))
    if wanted.holder or wanted.state not in {None, CaseState.NEW}:
        statement = statement.join(_cases, _cases.c.id == reports.c.id)
    if wanted.holder:
        statement = statement.where(_cases.c.holder == bind("who"))
    if wanted.state is CaseState.NEW:  # nobody has acted, or only written something down
        begun = sa.exists().where(_cases.c.id == reports.c.id, _cases.c.state != CaseState.NEW.value)
        return statement.where(~begun)
    return statement if wanted.state is None else statement.where(_cases.c.state == bind("stands"))


def _given(wanted: Wanted) -> dict[str, str]:
    given = {"place": wanted.community, "who": wanted.holder}
    if wanted.state not in {None, CaseState.NEW}:
        given["stands"] = str(wanted.state)
    return {name: value for name, value in given.items() if value}
