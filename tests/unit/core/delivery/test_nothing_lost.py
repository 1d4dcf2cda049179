"""Whatever fails in whatever order, what was sent arrives, once, with the bytes of its first attempt."""

import asyncio
import tempfile
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.checkpoints import KillPoint
from core.delivery.lane import Pulse
from core.delivery.worker import Worker
from core.errors import DeliveryError, DeliveryRefused, DestinationDown, LedgerError, LedgerUnavailable
from core.ids import ItemId
from core.ledger.schema import ROAD
from core.ledger.sqlite import SqliteLedger
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock
from core.testing.destination import RecordingDestination
from core.testing.ids import counting_ids
from core.testing.ledger import WRITES, FaultyLedger, MemoryLedger
from core.testing.outbox import DESK, SentReports


class Killed(BaseException):
    """Stands for the process being gone."""


class Happens(StrEnum):
    SENT = "sent"
    SENT_URGENT = "sent urgent"
    DELIVERED = "a worker runs"
    KILLED = "a worker is killed after an answer"
    FULL = "the disk is full after an answer"
    LOST = "the answer of a commit is lost"
    REFUSED = "the desk refuses"
    CONFLICT = "the desk says conflict"
    AWAY = "the desk lets nobody in"
    DOWN = "the desk is down"
    SILENT = "the desk is silent"
    A_WHILE = "half a minute passes"
    HOURS = "hours pass"


FAULTS: dict[Happens, DeliveryError] = {
    Happens.REFUSED: DeliveryRefused(422),
    Happens.CONFLICT: DeliveryRefused(409),
    Happens.AWAY: DeliveryRefused(401),
    Happens.DOWN: DestinationDown(),
    Happens.SILENT: DestinationDown("silent"),
}


class World:
    """A road, a desk, and everything that goes wrong between them."""

    def __init__(self, ledger: SqliteLedger | MemoryLedger, clock: FixedClock) -> None:
        self.clock = clock
        self.ledger = FaultyLedger(ledger)
        self.desk = RecordingDestination(clock)
        self.reports = SentReports(ledger, clock, counting_ids())
        self.sent = list[ItemId]()

    async def let(self, event: Happens) -> None:
        if event in {Happens.SENT, Happens.SENT_URGENT}:
            self.sent.append(await self.reports.send(urgent=event is Happens.SENT_URGENT))
        elif event in {Happens.A_WHILE, Happens.HOURS}:
            self.clock.advance(timedelta(seconds=30) if event is Happens.A_WHILE else timedelta(hours=7))
        elif event in FAULTS:
            self.desk.fail_with(FAULTS[event])
            await self.deliver(lambda _point: None)
            self.desk.fail_with(None)
        else:
            await self.deliver(self._after_an_answer(event))

    async def deliver(self, checkpoint: Callable[[KillPoint], None]) -> None:
        """One worker, as long as it lives; whatever it leaves is the next one's."""
        try:
            await self._worker(checkpoint).run_once()
        except (BaseExceptionGroup, LedgerError):
            pass
        finally:
            self.ledger.fail_with(None)
            self.ledger.lose_after_commit(losing=False)

    async def come_to_rest(self) -> None:
        for _ in range(4):
            self.clock.advance(timedelta(hours=7))
            await self.deliver(lambda _point: None)

    def _after_an_answer(self, event: Happens) -> Callable[[KillPoint], None]:
        def happens(_point: KillPoint) -> None:
            if event is Happens.KILLED:
                raise Killed
            if event is Happens.FULL:
                self.ledger.fail_with(LedgerUnavailable("the disk is full"), on=WRITES)
            if event is Happens.LOST:
                self.ledger.lose_after_commit()

        return happens

    def _worker(self, checkpoint: Callable[[KillPoint], None]) -> Worker:
        signals = MemorySignals(self.clock)
        return Worker(
            self.ledger,
            {DESK: self.desk},
            signals,
            self.clock,
            jitter=lambda: 0.5,
            checkpoint=checkpoint,
            pulse=Pulse(width=2, kept_for_urgent=1),
        )


async def live(events: list[Happens], ledger: SqliteLedger | MemoryLedger, clock: FixedClock) -> None:
    await ledger.open()
    try:
        world = World(ledger, clock)
        for event in events:
            await world.let(event)
        await world.come_to_rest()
        await hold(world)
    finally:
        await ledger.close()


async def hold(world: World) -> None:
    assert sorted(one.item for one in world.desk.taken) == sorted(world.sent)
    bodies = dict[ItemId, set[bytes]]()
    for item, body in world.desk.attempts:
        bodies.setdefault(item, set()).add(body)
    assert all(len(different) == 1 for different in bodies.values())
    for item in world.sent:
        assert (await world.reports.row(item)).state == "delivered"
        assert (await world.reports.report(item)).delivered_at is not None
        assert await world.reports.parts(item) == []


STORIES = st.lists(st.sampled_from(list(Happens)), min_size=3, max_size=25).map(
    lambda events: [Happens.SENT, Happens.SENT_URGENT, *events]
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STORIES)
def test_whatever_happens_everything_arrives_once(events: list[Happens]) -> None:
    clock = FixedClock()
    asyncio.run(live(events, MemoryLedger(ROAD, clock), clock))


@pytest.mark.soak
@settings(max_examples=2_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STORIES)
def test_whatever_happens_for_long_on_a_real_disk_everything_arrives_once(events: list[Happens]) -> None:
    clock = FixedClock()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(live(events, SqliteLedger(Path(folder) / "road.sqlite", ROAD, clock), clock))
