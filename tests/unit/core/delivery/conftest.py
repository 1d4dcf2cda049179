from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.ledger.schema import ROAD
from core.ledger.sqlite import SqliteLedger
from core.testing.clock import FixedClock
from core.testing.destination import RecordingDestination
from core.testing.ids import counting_ids
from core.testing.outbox import SentReports
from tests.ledgers import opened


@pytest.fixture
async def ledger(tmp_path: Path, clock: FixedClock) -> AsyncIterator[SqliteLedger]:
    ledger = await opened(tmp_path / "road.sqlite", ROAD, clock)
    yield ledger
    await ledger.close()


@pytest.fixture
def sent(ledger: SqliteLedger, clock: FixedClock) -> SentReports:
    return SentReports(ledger, clock, counting_ids())


@pytest.fixture
def desk(clock: FixedClock) -> RecordingDestination:
    return RecordingDestination(clock)
