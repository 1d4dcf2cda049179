"""What the screens ask of casework: each call one transaction, each act told to whoever shows the queue."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar

import sqlalchemy as sa
import structlog

from core.errors import LedgerError
from core.ids import ReportId
from core.ledger.trail import Entry, record
from core.reports.model import Priority
from desk.casework import acts, notes, searching
from desk.casework.acts import By
from desk.casework.joins import joins_of
from desk.casework.model import Agreement, Case, CaseState, Join, Note, NoteKind, OpenNote
from desk.casework.place import members_of
from desk.casework.writing import Bench
from desk.news import NEWS
from desk.ranks import SHIPPED, Targets
from desk.tables import trail

HERE_FOR: Final = timedelta(seconds=45)
"""So long after a page was last fresh somebody counts as looking at it; it freshens every twenty seconds."""
NOTES_READ: Final = "notes_read"
"""The action in the trail."""

T = TypeVar("T")
log = structlog.get_logger(__name__)


class AtWork(NamedTuple):
    """A case as its page shows it, without what anybody wrote."""

    case: Case
    reports: tuple[ReportId, ...]
    priority: Priority
    others: tuple[str, ...]
    """Who else has it open."""
    asked: tuple[Agreement, ...]
    notes: tuple[Note, ...]
    joins: tuple[Join, ...]


class Casework:
    """The cases of one desk."""

    def __init__(self, bench: Bench, *, targets: Targets = SHIPPED, words: acts.Words | None = None) -> None:
        """`words`: what each outcome says to whoever reported."""
        self._bench = bench
        self._targets = targets
        self._words = words or {}

    async def at_work(self, report: ReportId, *, by: str) -> AtWork | None:
        """The case that a report is in, for somebody who has its page open; None where there is none.

        Others see from now on that `by` looks at it, unless the ledger takes no writes. Raises LedgerError.
        """
        seen_by = self._bench.by(by)
        try:
            await self._bench.ledger.transact(partial(self._be_present, report=report, by=seen_by))
        except LedgerError as error:
            log.warning("presence_not_kept", error=error.code)
        return await self._bench.ledger.read(partial(self._at_work, report=report, by=seen_by))

    async def take(self, report: ReportId, *, by: str, holder: str) -> Case:
        """See `desk.casework.acts`, for this and the others. All raise InputRefused and LedgerError."""
        return await self._bench.act(partial(acts.take, by=self._bench.by(by), report=report, holder=holder))

    async def let_go(self, report: ReportId, *, by: str) -> Case:
        return await self._bench.act(partial(acts.let_go, by=self._bench.by(by), report=report))

    async def hand_over(self, report: ReportId, to: str, *, by: str, holder: str) -> Case:
        return await self._bench.act(
            partial(acts.hand_over, by=self._bench.by(by), report=report, to=to, holder=holder)
        )

    async def move(self, report: ReportId, to: CaseState, *, by: str, state: CaseState) -> Case:
        return await self._bench.act(
            partial(acts.move, by=self._bench.by(by), report=report, to=to, state=state)
        )

    async def close(self, report: ReportId, outcome: str, *, by: str, state: CaseState) -> Case:
        job = partial(
            acts.close,
            by=self._bench.by(by),
            report=report,
            outcome=outcome,
            state=state,
            new_id=self._bench.new_id(),
            words=self._words,
        )
        return await self._bench.act(job, NEWS)

    async def answer(self, report: ReportId, agreement: str, *, by: str, agrees: bool) -> Case:
        job = partial(
            acts.answer,
            by=self._bench.by(by),
            report=report,
            agreement=agreement,
            agrees=agrees,
            words=self._words,
        )
        return await self._bench.act(job, NEWS)

    async def prioritise(self, report: ReportId, to: Priority, reason: str, *, by: str) -> Case:
        written = await self._bench.write(report, NoteKind.REASON, reason) if reason.strip() else None
        job = partial(
            acts.prioritise,
            by=self._bench.by(by),
            report=report,
            to=to,
            reason=written,
            targets=self._targets,
        )
        return await self._bench.act(job)

    async def note(self, report: ReportId, kind: NoteKind, text: str, *, by: str) -> Case:
        written = await self._bench.write(report, kind, text)
        return await self._bench.act(
            partial(acts.note, by=self._bench.by(by), report=report, written=written)
        )

    async def hold(self, report: ReportId, reason: str, *, by: str) -> Case:
        written = await self._bench.write(report, NoteKind.REASON, reason)
        return await self._bench.act(partial(acts.hold, by=self._bench.by(by), report=report, reason=written))

    async def lift(self, report: ReportId, *, by: str) -> Case:
        return await self._bench.act(partial(acts.lift, by=self._bench.by(by), report=report))

    async def task_done(self, report: ReportId, task: str, *, by: str) -> Case:
        return await self._bench.act(partial(acts.task_done, by=self._bench.by(by), report=report, task=task))

    async def read_notes(self, report: ReportId, *, by: str) -> tuple[OpenNote, ...]:
        """Record that somebody reads what was written, and only then open it."""
        rows = await self._bench.ledger.transact(partial(self._read, report=report, by=self._bench.by(by)))
        return await asyncio.to_thread(notes.opened, rows, self._bench.keys)

    async def search(self, wanted: searching.Wanted, *, by: str) -> searching.Found:
        job = partial(searching.search, by=self._bench.by(by), keys=self._bench.keys, wanted=wanted)
        return await self._bench.ledger.transact(job)

    def _be_present(self, conn: sa.Connection, report: ReportId, by: By) -> None:
        case = acts.case_in(conn, self._bench.scope, report)
        if case is not None:
            acts.be_present(conn, case.id, by)

    def _at_work(self, conn: sa.Connection, report: ReportId, by: By) -> AtWork | None:
        case = acts.case_in(conn, self._bench.scope, report)
        if case is None:
            return None
        members = members_of(conn, case.id)
        ids = tuple(sorted(ReportId(row["id"]) for row in members))
        here = acts.present(conn, case.id, after=by.now - HERE_FOR)
        return AtWork(
            case=case,
            reports=ids,
            priority=acts.most_urgent(members),
            others=tuple(who for who in here if who != by.who),
            asked=acts.asked_of(conn, case.id),
            notes=tuple(map(notes.note_of, notes.notes_of(conn, ids))),
            joins=tuple(joins_of(conn, case.id)),
        )

    def _read(self, conn: sa.Connection, report: ReportId, by: By) -> list[Any]:
        case = acts.case_in(conn, self._bench.scope, report)
        if case is None:
            return []
        found = list(notes.notes_of(conn, [ReportId(row["id"]) for row in members_of(conn, case.id)]))
        if found:
            detail = self._bench.scope.named
            entry = Entry(at=by.now, who=by.who, action=NOTES_READ, target=case.id, detail=detail)
            record(conn, trail, entry)
        return found
