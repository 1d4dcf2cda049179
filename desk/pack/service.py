"""What the screens ask of exports: each call one transaction or two, sealing and packing done in threads."""

import asyncio
from functools import partial
from typing import NamedTuple

import sqlalchemy as sa

from core.clock import Clock
from core.errors import InputRefused
from core.evidence.keys import DeskKeys
from core.evidence.sealing import Recipient, digest, lock_file, lock_file_with
from core.ids import NewId, ReportId, new_id
from core.ledger.port import Ledger
from desk.casework import acts
from desk.casework.acts import By
from desk.casework.place import members_of
from desk.model import Scope
from desk.pack import asking
from desk.pack.gathering import Gathered, gather
from desk.pack.making import Asked, Pages, make
from desk.pack.model import Export, Purpose, Request
from desk.pack.passphrases import is_passphrase


class Wanted(NamedTuple):
    """What the form of somebody who asks says."""

    purpose: Purpose
    name: str
    reason: str
    recipient: str
    alone: bool

    def __repr__(self) -> str:
        return "<Wanted hidden>"


class OfCase(NamedTuple):
    """What the page of a case shows of its exports."""

    exports: tuple[Export, ...]
    urgent: bool
    """One person may export it alone."""
    erased: bool


class _Begun(NamedTuple):
    asked: Asked
    gathered: Gathered


class Packing:
    """The exports of one desk."""

    def __init__(
        self, ledger: Ledger, clock: Clock, keys: DeskKeys, scope: Scope, *, new_id: NewId = new_id
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._keys = keys
        self._scope = scope
        self._new_id = new_id

    async def of_case(self, report: ReportId) -> OfCase | None:
        """None where there is no such report."""
        return await self._ledger.read(partial(self._of_case, report=report))

    async def waiting(self) -> tuple[Export, ...]:
        """What waits for a second person."""
        return await self._ledger.read(partial(asking.waiting, scope=self._scope))

    async def ask(self, report: ReportId, wanted: Wanted, *, by: str) -> None:
        """All of these raise InputRefused and LedgerError."""
        reason, name, to = asking.checked(wanted.reason, wanted.name, wanted.recipient)
        self._keys.signer  # noqa: B018 - a pack that nobody could sign is not asked for
        case, members = await self._ledger.read(partial(self._members, report=report))
        request = Request(reason=reason, name=name, recipient=to, reports=members)
        id_ = self._new_id()
        lies = await asyncio.to_thread(asking.sealed, self._keys, case, id_, request)
        job = partial(
            asking.ask,
            by=self._by(by),
            report=report,
            sealed_for=case,
            id_=id_,
            purpose=wanted.purpose,
            lies=lies,
            alone=wanted.alone,
        )
        await self._ledger.transact(job)

    async def read(self, report: ReportId, which: str, *, by: str) -> Asked:
        """Record that somebody reads what was asked for, and only then open it. Raises CannotOpen, too."""
        job = partial(asking.read, by=self._by(by), report=report, which=which)
        row = await self._ledger.transact(job)
        request = await asyncio.to_thread(asking.opened, row, self._keys)
        return Asked(asking.export_of(row), request)

    async def answer(self, report: ReportId, which: str, *, by: str, agrees: bool) -> None:
        job = partial(asking.answer, by=self._by(by), report=report, which=which, agrees=agrees)
        await self._ledger.transact(job)

    async def take(self, report: ReportId, which: str, *, by: str, passphrase: str, pages: Pages) -> bytes:
        """The locked file, once. The case is opened only after that is recorded.

        It counts as taken, with the digest of the file, before anybody has a byte of it.
        """
        row = await self._ledger.transact(partial(asking.begin, by=self._by(by), report=report, which=which))
        request = await asyncio.to_thread(asking.opened, row, self._keys)
        job = partial(gather, scope=self._scope, case=ReportId(row["case_id"]), wanted=request.reports)
        begun = _Begun(Asked(asking.export_of(row), request), await self._ledger.read(job))
        locked = await asyncio.to_thread(self._locked, begun, passphrase, pages)
        sha256 = digest(locked)
        await self._ledger.transact(
            partial(asking.taken, by=self._by(by), report=report, which=which, sha256=sha256)
        )
        return locked

    def _locked(self, begun: _Begun, passphrase: str, pages: Pages) -> bytes:
        to = begun.asked.request.recipient
        if not to and not is_passphrase(passphrase):
            raise InputRefused("export-passphrase")
        body = make(begun.asked, begun.gathered, self._keys, pages, scope=self._scope, now=self._clock.now())
        return lock_file(body, Recipient(to)) if to else lock_file_with(body, passphrase)

    def _of_case(self, conn: sa.Connection, report: ReportId) -> OfCase | None:
        case = acts.case_in(conn, self._scope, report)
        if case is None:
            return None
        members = [ReportId(row["id"]) for row in members_of(conn, case.id)]
        found = asking.exports_of(conn, self._scope, members)
        return OfCase(found, asking.is_urgent(conn, case.id), case.erased_at is not None)

    def _members(self, conn: sa.Connection, report: ReportId) -> tuple[ReportId, tuple[ReportId, ...]]:
        case = acts.case_in(conn, self._scope, report)
        if case is None:
            raise InputRefused("case-unknown")
        return case.id, tuple(sorted(ReportId(row["id"]) for row in members_of(conn, case.id)))

    def _by(self, who: str) -> By:
        return By(who, self._scope, self._clock.now())
