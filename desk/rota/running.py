"""Runs the rota of every desk of this process: pages, drills, and what roads are told of who is on duty.

Owned by the desk's service. Looks every few seconds and whenever the queue changes; what is due is stored
before anything is sent, and is sent again until it left.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from core.clock import Clock
from core.delivery.wire import DutyTold
from core.errors import LedgerError
from core.evidence.keys import DeskKeys
from core.ids import NewId, new_id
from core.ledger.port import Ledger
from core.signals.port import Signals
from desk.metrics import DeskMetrics
from desk.model import Scope
from desk.news import NEWS
from desk.queue import QUEUE
from desk.rota import contacts, deciding, pages
from desk.rota.deciding import Board, Plan
from desk.rota.model import PageRecord, Unsent
from desk.rota.sending import Tried, Ways, send
from desk.rota.told import told
from desk.staff.staff_key import StaffKey

PAGES: Final = "desk.pages"
"""The topic that wakes whoever sends pages."""
LOOK_AGAIN: Final = timedelta(seconds=5)
PAUSE_S: Final = 1.0
"""At most so often: a flood wakes it with every report."""
REST: Final = 9
"""After a turn it rests so many times as long as the turn took: a flood must not take all of the process."""
MOST_REST_S: Final = 10.0
STALE: Final = timedelta(seconds=15)
"""What is older is read anew before a road is told."""
FORGET_EVERY: Final = timedelta(hours=1)

log = structlog.get_logger(__name__)


class RotaRun:
    """One per process. `run` for ever; each of its turns can be taken by itself."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        signals: Signals,
        clock: Clock,
        keys: DeskKeys,
        scopes: Sequence[Scope],
        plan: Plan,
        ways: Ways | None,
        metrics: DeskMetrics,
        new_id: NewId = new_id,
    ) -> None:
        """Without `ways` pages stand on the screens of the desk only."""
        self.plan = plan
        self.key = StaffKey(keys.reference)
        self._ledger = ledger
        self._signals = signals
        self._clock = clock
        self._scopes = tuple(scopes)
        self._ways = ways
        self._metrics = metrics
        self._new_id = new_id
        self._told: tuple[DutyTold, ...] | None = None
        self._told_at: datetime | None = None
        self._forgot_at: datetime | None = None

    async def run(self) -> None:
        """For ever. Raises no LedgerError: what failed is tried at the next look."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_deciding(), name="rota")
            tasks.create_task(self._keep_sending(), name="pages")

    async def turn(self) -> None:
        """Decide for every desk, and take over who is on duty. Raises LedgerError."""
        now = self._clock.now()
        for scope in self._scopes:
            await self._decide(scope, now)
        await self.refresh()
        await self._forget(now)

    async def send(self) -> int:
        """Send what is due to be sent; how many pages that were. Raises LedgerError."""
        now = self._clock.now()
        leased = await self._ledger.transact(partial(pages.lease, now=now))
        if leased:
            known = await self._ledger.read(partial(contacts.contacts, key=self.key, now=now))
            addresses = {person: contact.address for person, contact in known.items()}
            async with asyncio.TaskGroup() as group:
                for scope, page in leased:
                    group.create_task(self._send(scope, page, addresses))
        return len(leased)

    async def told(self) -> tuple[DutyTold, ...]:
        """Who is on duty, as roads are told it; of the last few seconds. Raises LedgerError."""
        fresh = self._told_at is not None and self._clock.now() - self._told_at < STALE
        if self._told is None or not fresh:
            await self.refresh()
        return self._told or ()

    async def refresh(self) -> None:
        """Read who is on duty, and wake those who wait for news if that changed. Raises LedgerError."""
        now = self._clock.now()
        known = await self._ledger.read(partial(contacts.contacts, key=self.key, now=now))
        called = {person: contact.shown_as for person, contact in known.items()}
        found = [await self._told_of(scope, called, now) for scope in self._scopes]
        before, self._told, self._told_at = self._told, tuple(found), now
        if before != self._told:
            for topic in (NEWS, QUEUE):
                await self._signals.wake(topic)

    async def board(self, scope: Scope) -> Board:
        """How a desk stands. Raises LedgerError."""
        now = self._clock.now()
        return await self._ledger.read(partial(deciding.board, scope=scope, plan=self.plan, now=now))

    async def _decide(self, scope: Scope, now: datetime) -> None:
        job = partial(deciding.due, scope=scope, plan=self.plan, now=now)
        if not await self._ledger.read(job):
            return
        decide = partial(deciding.decide, scope=scope, plan=self.plan, now=now, new_id=self._new_id)
        done = await self._ledger.transact(decide)
        if done is None or not (done.pages or done.drills):
            return
        for page in (*done.pages, *done.drills):
            self._metrics.paged(page.step, drill=page in done.drills)
            log.warning("paged", step=page.step.value, cases=len(page.cases), drill=page in done.drills)
        for topic in (PAGES, QUEUE):
            await self._signals.wake(topic)

    async def _told_of(self, scope: Scope, called: dict[str, str], now: datetime) -> DutyTold:
        board = await self._ledger.read(partial(deciding.board, scope=scope, plan=self.plan, now=now))
        self._metrics.on_duty(scope, up=board.duty.sign_up)
        return told(
            scope,
            now,
            duty=board.duty,
            shifts=board.shifts,
            hours=self.plan.hours_of(scope),
            called=called,
            waits=board.waits,
        )

    async def _send(self, scope: Scope, page: PageRecord, addresses: dict[str, str]) -> None:
        now = self._clock.now()
        if self._ways is None:
            tried = Tried(page, Unsent.NOWHERE, done=True)
        else:
            tried = await send(self._ways, scope, page, addresses, now)
        self._metrics.sent(tried.fault)
        job = partial(pages.tried, record=tried.record, fault=tried.fault, done=tried.done, now=now)
        await self._ledger.transact(job)

    async def _forget(self, now: datetime) -> None:
        if self._forgot_at is None or now - self._forgot_at >= FORGET_EVERY:
            await self._ledger.transact(partial(pages.forget, now=now))
            self._forgot_at = now

    async def _keep_deciding(self) -> None:
        while True:
            began = self._clock.monotonic()
            try:
                await self.turn()
            except LedgerError as error:
                log.warning("rota_waits", error=error.code)
            took = self._clock.monotonic() - began
            await asyncio.sleep(min(max(PAUSE_S, REST * took), MOST_REST_S))
            await self._signals.wait(QUEUE, LOOK_AGAIN)

    async def _keep_sending(self) -> None:
        while True:
            try:
                while await self.send():
                    pass
            except* LedgerError as failed:
                log.warning("pages_wait", errors=len(failed.exceptions))
            await self._signals.wait(PAGES, LOOK_AGAIN)
