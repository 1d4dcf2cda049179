"""What many tests stand on: the shipped data, a clock that stands still, a real ledger in its folder."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from core.advice.helplines import HelpBook
from core.dialogue.flow import Dialogue
from core.dialogue.texts import Texts
from core.ledger.schema import ROAD
from core.ledger.sqlite import SqliteLedger
from core.reports.categories import Categories
from core.settings.shipped import config_dir
from core.testing.clock import FixedClock
from core.testing.ledger import FaultyLedger, MemoryLedger
from tests.ledgers import opened
from tests.postgres_server import PROGRAMS, PostgresServer, postgres

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def shipped() -> Path:
    return config_dir()


@pytest.fixture(scope="session")
def helplines(shipped: Path) -> HelpBook:
    return HelpBook.load(shipped / "helplines.toml")


@pytest.fixture(scope="session")
def categories(shipped: Path) -> Categories:
    return Categories.load(shipped / "categories.toml")


@pytest.fixture(scope="session")
def texts(shipped: Path) -> Texts:
    return Texts.load(shipped / "locales")


@pytest.fixture(scope="session")
def dialogue(helplines: HelpBook, categories: Categories) -> Dialogue:
    return Dialogue(helplines, categories)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
async def road_ledger(tmp_path: Path, clock: FixedClock) -> AsyncIterator[SqliteLedger]:
    ledger = await opened(tmp_path / "data" / "road.db", ROAD, clock)
    yield ledger
    await ledger.close()


@pytest.fixture
async def memory_road(clock: FixedClock) -> AsyncIterator[FaultyLedger]:
    """The road's ledger in memory, for what is about something else; it can be made to fail."""
    inner = MemoryLedger(ROAD, clock)
    await inner.open()
    yield FaultyLedger(inner)
    await inner.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server for all tests of this process that only use it; whoever kills one starts their own."""
    if PROGRAMS is None:
        pytest.skip("needs PostgreSQL: apt-get install postgresql")
    with postgres() as server:
        yield server
