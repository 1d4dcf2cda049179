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
from core.ledger.sql import checked
from core.ledger.trail import Entry, record
from desk.casework import notes
from desk.casework.acts import By
from desk.casework.model import CaseState
from desk.model import QueueRow, Scope
from desk.queue import FAULTY, reasons_of, row_of
from desk.ranks import QUEUED
from desk.status import tag_of
from desk.tables import casework, reports, trail

SEARCHED: Final = "searched"
"""The action in the trail."""
MOST: Final = 50
"""Cases that one search shows; whoever finds more asks more narrowly."""
_OF_A_STATE: Final = 500
"""Cases of one state that are looked at, the latest; one community's are all looked at."""
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
        checked(reports.c.desk) == bind("desk"),
        checked(reports.c.standing) == bind("standing"),
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
    detail = {**by.scope.named, "by": " ".join(wanted.kinds)}
    detail["found"] = str(len(rows))
    record(conn, trail, Entry(at=by.now, who=by.who, action=SEARCHED, target="cases", detail=detail))
    return Found(rows=rows, more=len(found) > MOST)


def _rows(conn: sa.Connection, scope: Scope, keys: DeskKeys, wanted: Wanted) -> Sequence[Mapping[Any, Any]]:
    values: dict[str, Any] = scope.named
    known = _known(conn, keys, wanted, values)
    if known is not None:
        values["cases"] = known
        return conn.execute(_narrowed(_ROWS, wanted), values | _given(wanted)).mappings().all()
    return conn.execute(_narrowed(_LISTED, wanted), values | _given(wanted)).mappings().all()


def _known(
    conn: sa.Connection, keys: DeskKeys, wanted: Wanted, values: Mapping[str, Any]
) -> list[ReportId] | None:
    """The cases that can be named before any report is read; None: all are gone through, in their order."""
    if wanted.text:
        return _by_text(conn, keys, wanted.text)
    if wanted.community or not (wanted.holder or _begun(wanted)):
        return None
    return [ReportId(case) for case in conn.scalars(_acted_on(wanted), {**values, **_given(wanted)})]


def _begun(wanted: Wanted) -> bool:
    """A state is asked for that a case has a row of its own for."""
    return wanted.state not in {None, CaseState.NEW}


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
_CLOSED = CaseState.CLOSED.value


def _acted_on(wanted: Wanted) -> sa.Select[Any]:
    """The cases that somebody has, or that are so far: all that are open, and of the closed the latest.

    Read off an index, however many have been closed over the years.
    """
    of = sa.select(_cases.c.id).where(_cases.c.desk == bind("desk"), _cases.c.standing == bind("standing"))
    if wanted.holder:
        of = of.where(_cases.c.holder == bind("who"))
    if _begun(wanted):
        return _latest(of.where(_cases.c.state == bind("stands")))
    unclosed = [state.value for state in CaseState if state is not CaseState.CLOSED]
    parts = [_latest(of.where(_cases.c.state == state)) for state in (*unclosed, _CLOSED)]
    return sa.select(sa.union_all(*(sa.select(part.subquery()) for part in parts)).subquery().c.id)


def _latest(cases: sa.Select[Any]) -> sa.Select[Any]:
    return cases.order_by(_cases.c.state_at.desc(), _cases.c.id).limit(_OF_A_STATE)


def _narrowed(statement: sa.Select[Any], wanted: Wanted) -> sa.Select[Any]:
    if wanted.community:
        statement = statement.where(reports.c.community == bind("place"))
    if wanted.state is CaseState.NEW:  # nobody has acted, or only written something down
        acted = sa.exists().where(_cases.c.id == reports.c.id, _cases.c.state != CaseState.NEW.value)
        statement = statement.where(~acted, reports.c.rank <= QUEUED)
    if wanted.holder or _begun(wanted):
        statement = statement.join(_cases, _cases.c.id == reports.c.id)
    if wanted.holder:
        statement = statement.where(_cases.c.holder == bind("who"))
    return statement.where(_cases.c.state == bind("stands")) if _begun(wanted) else statement


def _given(wanted: Wanted) -> dict[str, str]:
    given = {"place": wanted.community, "who": wanted.holder}
    if _begun(wanted):
        given["stands"] = str(wanted.state)
    return {name: value for name, value in given.items() if value}
