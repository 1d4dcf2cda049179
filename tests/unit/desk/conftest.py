"""A desk on a real ledger, its keys, a road that signs, and a server on loopback."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from core.checkpoints import KillPoint
from core.delivery import wire
from core.delivery.signing import new_secret
from core.evidence.keys import DeskKeys, TagKey
from core.evidence.sealing import new_key
from core.ids import RoadName
from core.ledger.sqlite import SqliteLedger
from core.reports.categories import Categories
from core.reports.triage import Rules
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock
from core.testing.deliveries import MadeReport
from core.testing.ids import counting_ids
from core.testing.ledger import FaultyLedger
from desk.casework.service import Casework
from desk.casework.writing import Bench
from desk.intake import intake_app
from desk.service import DeskService
from desk.tables import DESK
from desk.targets import load_targets
from tests.desk_roads import LIVE, OTHER_ROAD, PRACTICE, ROAD, RULES, Caller, Make
from tests.ledgers import opened


@pytest.fixture
def desk_file(tmp_path: Path) -> Path:
    return tmp_path / "desk" / "desk.sqlite"


@pytest.fixture
async def desk_ledger(desk_file: Path, clock: FixedClock) -> AsyncIterator[SqliteLedger]:
    ledger = await opened(desk_file, DESK, clock)
    yield ledger
    await ledger.close()


@pytest.fixture
def faulty(desk_ledger: SqliteLedger) -> FaultyLedger:
    return FaultyLedger(desk_ledger)


@pytest.fixture(scope="session")
def rules(tmp_path_factory: pytest.TempPathFactory, categories: Categories) -> Rules:
    file = tmp_path_factory.mktemp("rules") / "triage.toml"
    file.write_text(RULES)
    return Rules.load(file, categories)


@pytest.fixture(scope="session")
def keys() -> DeskKeys:
    return DeskKeys(current=new_key(), reference=TagKey(b"r" * 32), linking=TagKey(b"l" * 32))


@pytest.fixture(scope="session")
def secrets() -> dict[RoadName, list[str]]:
    return {ROAD: [new_secret()], OTHER_ROAD: [new_secret()]}


@pytest.fixture
def signals(clock: FixedClock) -> MemorySignals:
    return MemorySignals(clock)


@pytest.fixture
def passed() -> list[KillPoint]:
    """The kill points that were passed."""
    return []


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def desk(
    faulty: FaultyLedger,
    keys: DeskKeys,
    secrets: dict[RoadName, list[str]],
    signals: MemorySignals,
    clock: FixedClock,
    rules: Rules,
    categories: Categories,
    passed: list[KillPoint],
    registry: CollectorRegistry,
    shipped: Path,
) -> DeskService:
    return DeskService(
        ledger=faulty,
        keys=keys,
        signals=signals,
        clock=clock,
        roads=dict(secrets),
        desks={scope.desk: scope.standing for scope in (PRACTICE, LIVE)},
        communities={"school", "club"},
        rules=rules,
        categories=categories,
        targets=load_targets(shipped / "desk.toml"),
        checkpoint=passed.append,
        registry=registry,
    )


@pytest.fixture
def make(keys: DeskKeys, clock: FixedClock) -> Make:
    """Reports sealed to this desk, each with ids of its own."""
    new_id = counting_ids()

    def made(**told: object) -> MadeReport:
        return MadeReport(new_id, [keys.current.public], **{"now": clock.now(), **told})  # type: ignore[arg-type]

    return made


@pytest.fixture
async def served(desk: DeskService) -> AsyncIterator[str]:
    """The intake as the front door mounts it; its origin."""
    app = web.Application()
    app.add_subapp(wire.API, intake_app(desk))
    async with TestServer(app, host="127.0.0.1") as server:
        yield str(server.make_url("")).rstrip("/")


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        yield session


@pytest.fixture
def caller(
    served: str, secrets: dict[RoadName, list[str]], clock: FixedClock, session: aiohttp.ClientSession
) -> Caller:
    return Caller(served, secrets[ROAD][0], clock, session)


@pytest.fixture
def stranger(
    served: str, secrets: dict[RoadName, list[str]], clock: FixedClock, session: aiohttp.ClientSession
) -> Caller:
    """Another road of the same desk."""
    return Caller(served, secrets[OTHER_ROAD][0], clock, session, road=OTHER_ROAD)


@pytest.fixture
def logged() -> Iterator[list[structlog.typing.EventDict]]:
    with capture_logs() as logs:
        yield logs


@pytest.fixture
def work(
    desk: DeskService, faulty: FaultyLedger, signals: MemorySignals, clock: FixedClock, keys: DeskKeys
) -> Casework:
    """The cases of the practice desk."""
    return Casework(Bench(faulty, signals, clock, keys, PRACTICE, counting_ids(0xCA5E)), targets=desk.targets)
