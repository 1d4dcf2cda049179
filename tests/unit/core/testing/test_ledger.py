"""The faults that other tests rely on: each does what its name says, and nothing else."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from core.errors import LedgerConflict, LedgerUnavailable, LedgerUnknown
from core.ledger.counters import counted, counts
from core.ledger.road import counters
from core.ledger.schema import ROAD
from core.testing.clock import FixedClock
from core.testing.ledger import FaultyLedger, MemoryLedger

COUNT = counted(counters, "a", "x")


@pytest.fixture
async def ledger() -> AsyncIterator[FaultyLedger]:
    inner = MemoryLedger(ROAD, FixedClock())
    await inner.open()
    yield FaultyLedger(inner)
    await inner.close()


def total(conn: sa.Connection) -> int:
    return counts(conn, counters).get("x", 0)


def add(conn: sa.Connection) -> None:
    conn.execute(COUNT.statement, COUNT.rows)


async def test_without_a_fault_it_is_the_ledger_inside(ledger: FaultyLedger) -> None:
    await ledger.append(COUNT)
    await ledger.transact(add)

    assert await ledger.read(total) == 2
    assert ledger.ready


async def test_it_fails_at_everything_until_it_is_told_otherwise(
    ledger: FaultyLedger,
) -> None:
    ledger.fail_with(LedgerUnavailable("gone"))

    for call in (ledger.append(COUNT), ledger.transact(add), ledger.read(total), ledger.now()):
        with pytest.raises(LedgerUnavailable, match="gone"):
            await call
    assert not ledger.ready

    ledger.fail_with(None)
    assert await ledger.read(total) == 0
    assert ledger.ready


async def test_it_may_fail_at_some_calls_only(ledger: FaultyLedger) -> None:
    ledger.fail_with(LedgerConflict("no"), on=("append",))

    with pytest.raises(LedgerConflict):
        await ledger.append(COUNT)
    await ledger.transact(add)

    assert await ledger.read(total) == 1


async def test_a_held_call_waits_and_is_then_done(ledger: FaultyLedger) -> None:
    ledger.hold()
    waiting = asyncio.ensure_future(ledger.append(COUNT))
    await ledger.arrived.wait()
    assert ledger.held == 1
    assert await ledger.read(total) == 0

    ledger.release()
    await waiting
    assert ledger.held == 0
    assert await ledger.read(total) == 1


async def test_a_held_call_that_was_given_up_is_never_done(ledger: FaultyLedger) -> None:
    ledger.hold()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await ledger.append(COUNT)
    assert not ledger.arrived.is_set()

    ledger.release()
    assert await ledger.read(total) == 0


async def test_a_held_call_that_was_given_up_may_be_done_anyway(
    ledger: FaultyLedger,
) -> None:
    ledger.hold(done_anyway=True)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await ledger.append(COUNT)
    assert await ledger.read(total) == 0

    ledger.release()
    await ledger.settled()
    assert await ledger.read(total) == 1
    await ledger.append(COUNT)
    assert await ledger.read(total) == 2


async def test_reading_can_be_held_too(ledger: FaultyLedger) -> None:
    ledger.hold(on=("read",))
    await ledger.append(COUNT)
    waiting = asyncio.ensure_future(ledger.read(total))
    await ledger.arrived.wait()

    ledger.release()
    assert await waiting == 1


async def test_a_held_call_meets_the_fault_that_came_meanwhile(ledger: FaultyLedger) -> None:
    ledger.hold()
    waiting = asyncio.ensure_future(ledger.append(COUNT))
    await ledger.arrived.wait()
    ledger.fail_with(LedgerUnavailable("gone"), on=("append",))
    ledger.release()

    with pytest.raises(LedgerUnavailable):
        await waiting


async def test_an_answer_lost_after_the_commit_leaves_the_change_stored(ledger: FaultyLedger) -> None:
    ledger.lose_after_commit()
    with pytest.raises(LedgerUnknown):
        await ledger.append(COUNT)
    with pytest.raises(LedgerUnknown):
        await ledger.transact(add)

    ledger.lose_after_commit(losing=False)
    await ledger.append(COUNT)
    assert await ledger.read(total) == 3
