"""What the screens ask of unlocking: asking, a recorded look, and the review."""

import asyncio
from functools import partial

import msgspec

from core.evidence.parts import Identity, PartKind
from core.ids import ReportId
from desk.casework.model import NoteKind
from desk.casework.writing import Bench, said
from desk.model import CannotOpenPart
from desk.news import NEWS
from desk.opening import open_parts
from desk.unlocking import acts
from desk.unlocking.model import Unlock, Verdict


class WhoItIs(msgspec.Struct, frozen=True, kw_only=True):
    """What one recorded look shows. None where no key of the desk opens it."""

    identity: Identity | None
    cannot_open: tuple[CannotOpenPart, ...] = ()

    def __repr__(self) -> str:
        return "<WhoItIs>"


class Unlocking:
    """The unlocks of one desk. All raise InputRefused and LedgerError."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    async def ask(self, report: ReportId, reason: str, *, by: str) -> Unlock:
        """Durable on return, and waiting for the road. A reason there must be."""
        said(reason=reason)
        written = await self._bench.write(report, NoteKind.REASON, reason)
        job = partial(acts.ask, by=self._bench.by(by), report=report, reason=written)
        return await self._bench.act(job, NEWS)

    async def look(self, report: ReportId, *, by: str) -> WhoItIs:
        """Record it, and only then open."""
        kept = await self._bench.act(partial(acts.look, by=self._bench.by(by), report=report))
        kinds = frozenset({PartKind.UNLOCKED})
        found = await asyncio.to_thread(open_parts, kept, self._bench.keys.opening, kinds)
        return WhoItIs(identity=found.unlocked, cannot_open=tuple(found.faults))

    async def review(self, report: ReportId, verdict: Verdict, words: str, *, by: str) -> None:
        """A second person's word, with words of their own."""
        said(reason=words)
        written = await self._bench.write(report, NoteKind.REASON, words)
        job = partial(acts.review, by=self._bench.by(by), report=report, verdict=verdict, words=written)
        await self._bench.act(job)

    async def to_review(self) -> tuple[Unlock, ...]:
        return await self._bench.ledger.read(partial(acts.to_review, scope=self._bench.scope))
