import asyncio
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from core.errors import LedgerConflict
from core.ledger.counters import counted, counts
from core.ledger.port import Change
from core.ledger.road import counters, drafts
from core.ledger.schema import ROAD
from core.testing.clock import FixedClock
from core.testing.ledger import MemoryLedger
from tests.unit.core.ledger.conftest import Draft


@pytest.fixture
async def memory(clock: FixedClock) -> AsyncIterator[MemoryLedger]:
    ledger = MemoryLedger(ROAD, clock)
    await ledger.open()
    yield ledger
    await ledger.close()


async def read(ledger: MemoryLedger, prefix: str = "") -> dict[str, int]:
    return await ledger.read(lambda conn: counts(conn, counters, prefix))


async def test_a_counter_starts_with_the_first_count(memory: MemoryLedger) -> None:
    assert await read(memory) == {}

    await memory.append(counted(counters, "a", "sent"))

    assert await read(memory) == {"sent": 1}


async def test_the_counts_of_all_writers_are_summed(memory: MemoryLedger) -> None:
    await asyncio.gather(
        memory.append(counted(counters, "a", "sent", "urgent")),
        memory.append(counted(counters, "b", "sent", by=3)),
        memory.append(counted(counters, "a", "sent")),
    )

    assert await read(memory) == {"sent": 5, "urgent": 1}
    rows = await memory.read(lambda conn: conn.execute(sa.select(counters.c.writer, counters.c.value)).all())
    assert sorted(tuple(row) for row in rows) == [("a", 1), ("a", 2), ("b", 3)]


async def test_what_was_not_stored_is_not_counted(memory: MemoryLedger, draft: Draft) -> None:
    row = draft("a")
    await memory.append(Change(drafts.insert(), [row]), counted(counters, "a", "drafts"))

    with pytest.raises(LedgerConflict):
        await memory.append(counted(counters, "a", "drafts"), Change(drafts.insert(), [row]))

    assert await read(memory) == {"drafts": 1}


async def test_counters_are_found_by_the_start_of_their_name_taken_literally(memory: MemoryLedger) -> None:
    await memory.append(counted(counters, "a", "sent_p0", "sent_p1", "sentXp2", "read"))

    assert await read(memory, "sent_") == {"sent_p0": 1, "sent_p1": 1}
