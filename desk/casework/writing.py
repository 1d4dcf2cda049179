"""What acts on cases share: who acts when, what was written, sealed beforehand, and whom to wake."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, TypeVar

import sqlalchemy as sa

from core.clock import Clock
from core.errors import InputRefused
from core.evidence.keys import DeskKeys
from core.ids import NewId, ReportId, new_id
from core.ledger.port import Ledger
from core.signals.port import Signals
from desk.casework.acts import By, case_in
from desk.casework.model import NoteKind
from desk.casework.notes import Written
from desk.model import Scope
from desk.queue import QUEUE

T = TypeVar("T")


class Bench(NamedTuple):
    """One desk in one standing, and what an act on it needs."""

    ledger: Ledger
    signals: Signals
    clock: Clock
    keys: DeskKeys
    scope: Scope
    new_id: NewId = new_id

    def by(self, who: str) -> By:
        return By(who, self.scope, self.clock.now())

    async def write(self, report: ReportId, kind: NoteKind, text: str) -> Written:
        """A note of the case, sealed in a thread. Raises InputRefused: empty, too long, not here."""
        case = await self.ledger.read(partial(case_in, scope=self.scope, report=report))
        if case is None:
            raise InputRefused("case-unknown")
        return await asyncio.to_thread(Written, self.keys, case.id, self.new_id(), kind, text)

    async def act(self, job: Callable[[sa.Connection], T], *topics: str) -> T:
        """Durable on return; then those who show the queue look again. Raises as `job`, and LedgerError."""
        done = await self.ledger.transact(job)
        for topic in (QUEUE, *topics):
            await self.signals.wake(topic)
        return done


def said(**texts: str) -> None:
    """Raises InputRefused where one of these has no words."""
    for name, text in texts.items():
        if not text.strip():
            raise InputRefused("reason-needed" if name == "reason" else "words-needed", field=name)
