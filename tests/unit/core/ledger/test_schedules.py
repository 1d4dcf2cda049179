"""What is due every so often is done by one process each time."""

import asyncio
from datetime import timedelta
from itertools import count

import pytest

from core.errors import LedgerUnavailable
from core.ledger.leases import Held, Leases
from core.ledger.road import leases as table
from core.ledger.schedules import TAKES, Job, Schedule
from core.testing.clock import FixedClock
from core.testing.ledger import FaultyLedger

EVERY = timedelta(hours=1)


class Processes:
    """Several processes over one ledger, each of which offers to do the same work."""

    def __init__(self, ledger: FaultyLedger, clock: FixedClock) -> None:
        self.done: list[str] = []
        self.fails = False
        self.dies = False
        self.did = asyncio.Event()
        numbers = count()
        leases = [Leases(ledger, table, clock, lambda: f"h{next(numbers)}") for _ in range(3)]
        self.offers = [Schedule(of, "sweep", EVERY, self.job(f"p{n}")) for n, of in enumerate(leases)]

    def job(self, name: str) -> Job:
        async def work(_held: Held) -> None:
            if self.fails:
                raise LedgerUnavailable("full")
            if self.dies:
                await asyncio.Event().wait()
            self.done.append(name)
            self.did.set()

        return work

    async def turns(self) -> list[str]:
        self.done.clear()
        await asyncio.gather(*(offer.turn() for offer in self.offers))
        return list(self.done)


@pytest.fixture
def ledger(memory_road: FaultyLedger) -> FaultyLedger:
    return memory_road


@pytest.fixture
def processes(ledger: FaultyLedger, clock: FixedClock) -> Processes:
    return Processes(ledger, clock)


async def test_of_three_processes_one_does_it_each_time(processes: Processes, clock: FixedClock) -> None:
    for _ in range(3):
        assert len(await processes.turns()) == 1
        clock.advance(EVERY / 2)
        assert await processes.turns() == []
        clock.advance(EVERY / 2)


async def test_what_failed_is_due_at_once(processes: Processes) -> None:
    processes.fails = True
    with pytest.raises(LedgerUnavailable):
        await processes.turns()
    processes.fails = False
    assert len(await processes.turns()) == 1


async def test_where_a_process_died_in_the_middle_another_does_it_soon(
    processes: Processes, clock: FixedClock, ledger: FaultyLedger
) -> None:
    processes.dies = True
    dying = asyncio.ensure_future(processes.offers[0].turn())
    await asyncio.sleep(0.01)
    ledger.fail_with(LedgerUnavailable("it is dead, and gives nothing back"))
    dying.cancel()
    await asyncio.wait({dying})
    ledger.fail_with(None)
    processes.dies = False
    assert await processes.turns() == []
    clock.advance(TAKES)
    assert len(await processes.turns()) == 1


async def test_while_the_ledger_is_gone_it_is_tried_again_at_the_next_look(
    processes: Processes, ledger: FaultyLedger
) -> None:
    ledger.fail_with(LedgerUnavailable("gone"))
    running = asyncio.ensure_future(processes.offers[0].run(timedelta(milliseconds=1)))
    await asyncio.sleep(0.01)
    ledger.fail_with(None)
    await asyncio.wait_for(processes.did.wait(), 5)
    running.cancel()
    await asyncio.wait({running})
