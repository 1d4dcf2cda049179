"""Deletes what was said in cases whose time is over. Figures, the trail and the bare fact of a report stay.

Safe to run anywhere, any number of times: a case is deleted whole or not at all.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.ids import ReportId
from core.ledger.port import Change, Ledger
from core.ledger.trail import Entry, record
from core.reports.model import Category
from desk.casework.model import CaseState
from desk.casework.place import added_since, members_of
from desk.duties.acts import is_open
from desk.keeping.retention import Retention
from desk.subject_access.service import forget
from desk.tables import (
    casework,
    exports,
    links,
    messages,
    news,
    parts,
    reasons,
    releases,
    reports,
    review,
    trail,
    unlocks,
)

ERASED: Final = "case_erased"
"""The action in the trail; who: the desk."""
BATCH: Final = 50

_cases = casework.cases.c
_OVER = (
    sa.select(casework.cases)
    .where(
        _cases.state == CaseState.CLOSED.value,
        _cases.held_since.is_(None),
        _cases.erased_at.is_(None),
        _cases.state_at <= bind("before", type_=_cases.state_at.type),
        sa.tuple_(_cases.state_at, _cases.id)
        > sa.tuple_(bind("after", type_=_cases.state_at.type), bind("last")),
    )
    .order_by(_cases.state_at, _cases.id)
    .limit(BATCH)
)
_CASE = sa.select(casework.cases).where(_cases.id == bind("case"))
_SAID = (parts, reasons, news, links.tags, messages, unlocks, releases)
_OF_REPORT = tuple(sa.delete(table).where(table.c.report == bind("of")) for table in _SAID)
_WORDS = sa.delete(casework.words).where(
    casework.words.c.note.in_(sa.select(casework.notes.c.id).where(casework.notes.c.case_id == bind("of")))
)
_NOTES = sa.delete(casework.notes).where(casework.notes.c.case_id == bind("of"))
_EXPORTS = sa.delete(exports).where(exports.c.case_id == bind("of"))
_ASKED = sa.update(review.sampled).where(review.sampled.c.target == bind("of")).values(note=None)
_ASKED_LONG_AGO = (
    sa.update(review.sampled)
    .where(
        review.sampled.c.note.is_not(None),
        review.sampled.c.answered_at <= bind("before", type_=review.sampled.c.answered_at.type),
    )
    .values(note=None)
)
"""Of a look at no case, and of one whose case was deleted before."""
_PRESENT = sa.delete(casework.present).where(casework.present.c.case_id == bind("of"))
_CONFLICTS = sa.delete(links.conflicts).where(
    sa.or_(links.conflicts.c.report == bind("of"), links.conflicts.c.other == bind("of"))
)
_STRIPPED = sa.update(reports).where(reports.c.id == bind("of")).values(reference_tag=None)
_MARKED = (
    sa.update(casework.cases)
    .where(_cases.id == bind("of"))
    .values(erased_at=bind("when", type_=_cases.erased_at.type))
)
_EARLIEST: Final = "0001-01-01T00:00:00+00:00"


async def erase(ledger: Ledger, retention: Retention, now: datetime) -> int:
    """Delete every case whose time is over by `now`; how many there were. Raises LedgerError."""
    await ledger.transact(partial(forget, now=now))
    await ledger.append(Change(_ASKED_LONG_AGO, [{"before": now - retention.longest}]))
    done = 0
    place: tuple[datetime, str] = (datetime.fromisoformat(_EARLIEST), "")
    while found := await ledger.read(partial(_over, retention=retention, now=now, place=place)):
        for row in found:
            done += await ledger.transact(partial(_erase, case=row.id, retention=retention, now=now))
        place = (found[-1].state_at, found[-1].id)
    return done


def _over(
    conn: sa.Connection, retention: Retention, now: datetime, place: tuple[datetime, str]
) -> Sequence[Any]:
    """Cases that may be over by the shortest time there is, behind this place."""
    asked = {"before": now - retention.shortest, "after": place[0], "last": place[1]}
    return conn.execute(_OVER, asked).all()


def _erase(conn: sa.Connection, case: str, retention: Retention, now: datetime) -> int:
    """One if it was over and is gone now. Judged by the rows as they are."""
    row = conn.execute(_CASE, {"case": case}).mappings().one()
    members = members_of(conn, ReportId(case))
    if not members or not _is_over(row, members, retention, now):
        return 0
    if is_open(conn, [ReportId(case), *(ReportId(each["id"]) for each in members)]):
        return 0  # what is still owed is owed whole
    every = [{"of": member["id"]} for member in members]
    for statement in (*_OF_REPORT, _WORDS, _NOTES, _ASKED, _EXPORTS, _PRESENT, _CONFLICTS, _STRIPPED):
        conn.execute(statement, every)
    conn.execute(_MARKED, {"of": case, "when": now})
    detail = {"desk": row["desk"], "standing": row["standing"], "reports": str(len(members))}
    record(conn, trail, Entry(at=now, who="desk", action=ERASED, target=case, detail=detail))
    return 1


def _is_over(
    row: Mapping[Any, Any], members: Sequence[Mapping[Any, Any]], retention: Retention, now: datetime
) -> bool:
    if row["state"] != CaseState.CLOSED or row["held_since"] is not None or row["erased_at"] is not None:
        return False
    if added_since(members, row["state_at"]):
        return False  # something came after it was closed: somebody has to read that first
    about = {None if each["category"] is None else Category(each["category"]) for each in members}
    return retention.is_over(row["state_at"], about, row["outcome"], now)
