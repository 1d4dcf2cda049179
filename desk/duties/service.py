"""What the screens ask of duties: each call one transaction, each act told to whoever shows the queue."""

from datetime import datetime
from functools import partial

import sqlalchemy as sa

from core.ids import ReportId
from desk.casework.acts import case_in
from desk.casework.model import NoteKind
from desk.casework.place import members_of
from desk.casework.writing import Bench, said
from desk.duties import acts
from desk.duties.catalogue import Law
from desk.duties.model import Duty, Receiver, Way
from desk.model import Scope


class Duties:
    """The duties of one desk. All raise InputRefused and LedgerError."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    async def of_case(self, report: ReportId) -> tuple[Duty, ...]:
        return await self._bench.ledger.read(partial(_of_case, scope=self._bench.scope, report=report))

    async def due(self) -> tuple[Duty, ...]:
        return await self._bench.ledger.read(partial(acts.due, scope=self._bench.scope))

    async def owed(self, report: ReportId, law: Law | None, *, by: str) -> Duty:
        """Record it; None: no duty is known."""
        new_id = self._bench.new_id()
        job = partial(acts.owed, by=self._bench.by(by), report=report, law=law, new_id=new_id)
        return await self._bench.act(job)

    async def call_back(
        self,
        report: ReportId,
        duty: str,
        *,
        number: str,
        where: str,
        spoke: str,
        at: datetime | None,
        by: str,
    ) -> Duty:
        """`number` that was rung, `where` it is published, whom they `spoke` to. `at` None: just now."""
        said(number=number, where=where, spoke=spoke)
        text = f"{number.strip()}\n{where.strip()}\n{spoke.strip()}"
        written = await self._bench.write(report, NoteKind.CALLED, text)
        who = self._bench.by(by)
        job = partial(acts.call_back, by=who, report=report, duty=duty, at=at or who.now, written=written)
        return await self._bench.act(job)

    async def hand_on(
        self,
        report: ReportId,
        duty: str,
        *,
        to: Receiver,
        way: Way,
        where: str,
        receipt: str,
        by: str,
    ) -> Duty:
        """`where` it was handed on, and the reference they gave as a `receipt`."""
        said(where=where, receipt=receipt)
        written = await self._bench.write(report, NoteKind.HANDED, f"{where.strip()}\n{receipt.strip()}")
        who = self._bench.by(by)
        job = partial(acts.hand_on, by=who, report=report, duty=duty, to=to, way=way, written=written)
        return await self._bench.act(job)

    async def not_owed(self, report: ReportId, duty: str, reason: str, *, by: str) -> Duty:
        said(reason=reason)
        written = await self._bench.write(report, NoteKind.REASON, reason)
        job = partial(acts.not_owed, by=self._bench.by(by), report=report, duty=duty, written=written)
        return await self._bench.act(job)


def _of_case(conn: sa.Connection, scope: Scope, report: ReportId) -> tuple[Duty, ...]:
    case = case_in(conn, scope, report)
    if case is None:
        return ()
    members = {case.id, *(ReportId(row["id"]) for row in members_of(conn, case.id))}
    return acts.of_cases(conn, sorted(members))
