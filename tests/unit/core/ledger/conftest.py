"""One small table, a ledger with it on a real file, and ways to look at it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from core.ledger.port import Ledger
from core.ledger.road import drafts
from core.ledger.schema import ROAD
from core.ledger.sqlite import SqliteLedger
from core.testing.clock import START, FixedClock

Draft = Callable[..., dict[str, Any]]


async def becomes(true: Callable[[], bool]) -> bool:
    """Whether something comes true within twenty seconds, looking again and again in a thread."""
    nothing = threading.Event()
    return await asyncio.to_thread(lambda: any(true() or nothing.wait(0.002) for _ in range(10_000)))


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "road.sqlite"


@pytest.fixture
async def ledger(path: Path, clock: FixedClock) -> AsyncIterator[SqliteLedger]:
    opened = SqliteLedger(path, ROAD, clock)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def draft() -> Draft:
    def make(key: str, state: bytes = b"state") -> dict[str, Any]:
        times = {"created_at": START, "updated_at": START}
        return {"id": key, "community": "a-community", "state": state} | times

    return make


@pytest.fixture
def keys() -> Callable[[Ledger], Any]:
    async def read(ledger: Ledger) -> list[str]:
        return await ledger.read(lambda conn: sorted(conn.scalars(sa.select(drafts.c.id)).all()))

    return read
