"""Long runs of the whole system (`make soak`): an hour of load with deaths in it, a standby that takes over.

LIFEBELT_SOAK_MINUTES says how long the load lasts (60), LIFEBELT_SOAK_RATE how many reports a second (5).
"""

import asyncio
import os
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field, replace
from itertools import cycle
from pathlib import Path
from statistics import quantiles

import aiohttp
import pytest

from core.ledger.schema import ROAD
from core.ledger.trail import verify
from core.testing.clock import FixedClock
from desk.tables import DESK, deliveries
from desk.tables import reports as desk_reports
from desk.tables import trail as desk_trail
from tests.ledgers import on_postgres, postgres_url
from tests.postgres_server import PostgresServer, postgres
from tests.program import Program, browsing, running, until
from tests.redis_server import RedisServer, redis_server
from tests.replay import Telling, delivered

pytestmark = [pytest.mark.soak, pytest.mark.process]

MINUTES = float(os.environ.get("LIFEBELT_SOAK_MINUTES", "60"))
RATE = float(os.environ.get("LIFEBELT_SOAK_RATE", "5"))
PROCESSES = 3
WARM_UP_S = min(300.0, MINUTES * 20)
DEATH_EVERY_S = 60.0
RESTART_EVERY_S = 420.0
FROZEN_S = 3.0
LUCK = random.SystemRandom()
GROWTH = 1.3
"""How much larger than after the warm-up the process may be that lives all the time."""


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    with postgres({}) as server:
        yield server


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    folder = tmp_path / "redis"
    folder.mkdir()
    with redis_server(folder) as server:
        yield server


async def environ_on(server: PostgresServer) -> dict[str, str]:
    clock = FixedClock()
    return {
        "ROAD_DATABASE_URL": await postgres_url(server, ROAD, clock),
        "DESK_DATABASE_URL": await postgres_url(server, DESK, clock),
    }


@dataclass
class Load:
    """People who report, in whatever process answers, and again until they are told that it is stored."""

    programs: list[Program]
    told: list[Telling] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    cut: int = 0

    async def last(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        async with (
            asyncio.TaskGroup() as group,
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(20)) as session,
        ):
            people = []
            while time.monotonic() < ends:
                people.append(group.create_task(self._report(session)))
                await asyncio.sleep(LUCK.expovariate(RATE))
            await asyncio.wait(people)

    async def _report(self, session: aiohttp.ClientSession) -> None:
        telling = Telling(origin=LUCK.choice(self.programs).public)
        send, *more = [each for each in telling.requests if each.name in {"send", "tell", "add"}]
        for request in (send, *(more if LUCK.random() < 0.3 else ())):
            await self._insist(telling, request.name, session)
        self.told.append(telling)

    async def _insist(self, telling: Telling, name: str, session: aiohttp.ClientSession) -> None:
        while True:
            where = replace(telling, origin=LUCK.choice(self.programs).public)
            request = next(each for each in where.requests if each.name == name)
            began = time.monotonic()
            with suppress(aiohttp.ClientError, OSError, TimeoutError, AssertionError):
                await where.tell(session, [request])
                if name == "tell" or name in telling.acknowledged:
                    if name == "send":
                        self.seconds.append(time.monotonic() - began)
                    return
            self.cut += 1
            await asyncio.sleep(1)


async def deaths(programs: list[Program], server: PostgresServer, redis: RedisServer) -> None:
    """For ever: one of those that may die is killed and started anew, or one of what they stand on."""
    began = time.monotonic()
    next_restart, worse = began + RESTART_EVERY_S, cycle((_restarted, _frozen))
    while True:
        await asyncio.sleep(DEATH_EVERY_S)
        if time.monotonic() >= next_restart:
            next_restart += RESTART_EVERY_S
            for each in (server, redis):
                await next(worse)(each)
            next(worse)
            continue
        program = LUCK.choice(programs)
        program.kill()
        assert await program.ended() == -signal.SIGKILL
        await program.start()


async def _frozen(server: PostgresServer | RedisServer) -> None:
    server.freeze()
    await asyncio.sleep(FROZEN_S)
    server.thaw()


async def _restarted(server: PostgresServer | RedisServer) -> None:
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)


def memory_of(program: Program) -> int:
    """Bytes that the process holds."""
    assert program.process is not None
    text = Path(f"/proc/{program.process.pid}/status").read_text()
    (line,) = [line for line in text.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) * 1024


@pytest.mark.timeout(0)
async def test_under_load_with_deaths_in_it_every_report_arrives_once_and_memory_does_not_grow(
    tmp_path: Path, server: PostgresServer, redis: RedisServer, capsys: pytest.CaptureFixture[str]
) -> None:
    environ = await environ_on(server) | {"REDIS_URL": redis.url}
    programs = [Program(data=tmp_path / "data", environ=environ) for _ in range(PROCESSES)]
    load = Load(programs)
    async with AsyncExitStack() as ending:
        for program in programs:
            await ending.enter_async_context(running(program))
        await load.last(WARM_UP_S)
        before = memory_of(programs[0])
        dying = asyncio.ensure_future(deaths(programs[1:], server, redis))
        await load.last(MINUTES * 60 - WARM_UP_S)
        dying.cancel()
        with suppress(asyncio.CancelledError):
            await dying
        for program in programs[1:]:
            if program.process is not None and program.process.returncode is not None:
                await program.start()
        after = memory_of(programs[0])
        await until(programs[0], delivered)
        there = [row.id for row in await programs[0].rows(DESK, desk_reports)]
        items = [row.item for row in await programs[0].rows(DESK, deliveries)]
    cuts = quantiles(load.seconds, n=1000)
    with capsys.disabled():
        print(
            f"\n{len(load.told)} reports in {MINUTES:g} min, {load.cut} tries in vain; sent in"
            f" p50 {cuts[499]:.3f} s, p99 {cuts[989]:.3f} s, at most {max(load.seconds):.2f} s;"
            f" memory {before / 1e6:.0f} to {after / 1e6:.0f} MB"
        )
    assert sorted(there) == sorted(telling.report for telling in load.told)
    assert len(items) == len(set(items))
    assert after <= before * GROWTH
    await _trail_is_whole(environ["DESK_DATABASE_URL"])


async def _trail_is_whole(url: str) -> None:
    ledger = on_postgres(url, DESK, FixedClock())
    await ledger.open()
    assert (await ledger.read(lambda conn: verify(conn, desk_trail))).ok
    await ledger.close()


@pytest.fixture
def pair() -> Iterator[tuple[PostgresServer, PostgresServer]]:
    """A server and a standby that has all that the first has told anybody is stored."""
    with postgres({"max_wal_senders": "4", "wal_level": "replica"}) as primary:
        folder = Path(tempfile.mkdtemp(prefix="lifebelt-pg-"))
        standby = PostgresServer(folder, {})
        try:
            standby.follow(primary)
            standby.start()
            primary.do("ALTER SYSTEM SET synchronous_standby_names = 'standby'", "SELECT pg_reload_conf()")
            yield primary, standby
        finally:
            standby.close()
            shutil.rmtree(folder, ignore_errors=True)


async def on_both(primary: PostgresServer, standby: PostgresServer) -> dict[str, str]:
    """Addresses that name both servers and want the one that writes."""
    found = await environ_on(primary)
    hosts = f"host=127.0.0.1:{primary.port}&host=127.0.0.1:{standby.port}&target_session_attrs=read-write"
    return {name: f"postgresql://owner@/{url.rpartition('/')[2]}?{hosts}" for name, url in found.items()}


async def test_a_standby_takes_over_and_nothing_that_was_acknowledged_is_lost(
    tmp_path: Path, pair: tuple[PostgresServer, PostgresServer]
) -> None:
    primary, standby = pair
    environ = await on_both(primary, standby)
    one, other = (Program(data=tmp_path / "data", environ=environ) for _ in range(2))
    async with running(one), running(other):
        before = await _sent(one, 20)
        await asyncio.to_thread(primary.kill)
        async with browsing(one.public) as browser:
            assert "999" in (await browser.get("/help/practice")).words
        await asyncio.to_thread(standby.promote)
        began = time.monotonic()
        for program in (one, other):
            await program.until("/readyz", desk=True)
        print(f"ready {time.monotonic() - began:.1f} s after the promotion")
        after = await _sent(one, 5) | await _sent(other, 5)
        await until(other, delivered)
        assert len(await other.rows(DESK, desk_reports)) == len(before | after) == 30


async def _sent(program: Program, count: int) -> set[str]:
    async with browsing(program.public) as browser:
        references = [(await browser.send()).reference for _ in range(count)]
    assert None not in references
    return {reference for reference in references if reference}
