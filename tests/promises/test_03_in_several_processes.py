"""Promise 3 where several processes share PostgreSQL: one is killed at each step, the others go on."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import aiohttp
import pytest

from core.checkpoints import KillPoint
from core.ledger.road import outbox
from core.ledger.schema import ROAD
from core.testing.clock import FixedClock
from desk.tables import DESK, deliveries
from desk.tables import parts as desk_parts
from desk.tables import reports as desk_reports
from tests.ledgers import postgres_url
from tests.postgres_server import PostgresServer, postgres
from tests.program import Browser, Program, browsing, running, until, until_there
from tests.replay import WHOLE, Telling, acknowledged, at_the_desk, delivered

pytestmark = pytest.mark.process

DEATHS = (
    # The first two alone: what one process does for all, no other does meanwhile.
    KillPoint.TRIAGE,
    KillPoint.NEWS,
    KillPoint.DELIVER,
    KillPoint.RECEIVE,
    KillPoint.CAPTURE,
    f"{KillPoint.SEAL}:2",
    f"{KillPoint.COMMIT}:2",
    KillPoint.LATE_PART,
    f"{KillPoint.ACKNOWLEDGE}:1",
    f"{KillPoint.ACKNOWLEDGE}:2",
)
ALONE = 2
TRIES = 20


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """One that may be stopped."""
    with postgres() as server:
        yield server


@pytest.fixture
async def shared(server: PostgresServer, clock: FixedClock) -> dict[str, str]:
    """The environment of every process: where both ledgers are."""
    return {
        "ROAD_DATABASE_URL": await postgres_url(server, ROAD, clock),
        "DESK_DATABASE_URL": await postgres_url(server, DESK, clock),
    }


@pytest.fixture
def one(tmp_path: Path, shared: dict[str, str]) -> Program:
    return Program(data=tmp_path / "data", environ=shared)


@pytest.fixture
def other(tmp_path: Path, shared: dict[str, str]) -> Program:
    """Another process of the same installation, with the same keys."""
    return Program(data=tmp_path / "data", environ=shared)


@pytest.fixture
async def browser(one: Program) -> AsyncIterator[Browser]:
    async with browsing(one.public) as browser:
        yield browser


def test_every_kill_point_of_the_web_is_met() -> None:
    assert {death.partition(":")[0] for death in DEATHS} == set(KillPoint) - {KillPoint.NOTIFY}


async def dies(program: Program, death: str, session: aiohttp.ClientSession) -> list[Telling]:
    """Let people tell until the process dies of this; who told. What lay there may kill it at its start."""
    tellings: list[Telling] = []
    async with AsyncExitStack() as ending:
        ending.push_async_callback(gone, program)
        with suppress(AssertionError):
            await program.start(death)
        while program.process is not None and program.process.returncode is None:
            assert len(tellings) < TRIES, f"nobody met {death}"
            tellings.append(Telling(origin=program.public))
            await tellings[-1].tell_until_cut(session)
            await asyncio.wait({asyncio.ensure_future(program.ended())}, timeout=1.0)
        assert await program.ended() == -signal.SIGKILL, death
    return tellings


async def gone(program: Program) -> None:
    if program.process is not None and program.process.returncode is None:
        program.kill()
        await program.ended()


@pytest.mark.soak
async def test_killed_at_each_step_beside_another_all_that_was_acknowledged_arrives_whole_and_once(
    one: Program, other: Program
) -> None:
    tellings: list[Telling] = []
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
        for death in DEATHS[:ALONE]:
            tellings += await dies(one, death, session)
        async with running(other):
            for death in DEATHS[ALONE:]:
                tellings += await dies(one, death, session)
            await until(other, delivered)
            there = await at_the_desk(other)
            for telling in tellings:
                assert acknowledged(telling) <= there.get(telling.report, set())
            async with running(one):
                for telling in tellings:
                    await telling.tell(session)
                await until(other, delivered)
            await until_whole(other, tellings)
            assert sorted(row.id for row in await other.rows(DESK, desk_reports)) == sorted(
                telling.report for telling in tellings
            )
            kinds = [(row.report, row.kind) for row in await other.rows(DESK, desk_parts)]
            once = [part for part in kinds if part[1] != "supplement"]
            assert len(once) == len(set(once))
    assert any("send" in telling.acknowledged for telling in tellings)


async def until_whole(program: Program, tellings: list[Telling]) -> None:
    wanted = {(telling.report, kind) for telling in tellings for kind in WHOLE}

    async def whole(program: Program) -> bool:
        return {(row.report, row.kind) for row in await program.rows(DESK, desk_parts)} == wanted

    await until(program, whole)


async def test_with_the_database_gone_help_stands_nothing_is_called_sent_and_all_goes_on_when_it_is_back(
    server: PostgresServer, one: Program, other: Program, browser: Browser
) -> None:
    async with running(one), running(other), browsing(other.public) as elsewhere:
        first = await browser.get()
        await asyncio.to_thread(server.stop)
        refused = await browser.press(first, "send", category="grooming", danger="no", runs_place="no")
        assert refused.reference is None
        assert "999" in (await elsewhere.get("/help/practice")).words
        assert "999" in refused.words
        await asyncio.to_thread(server.start)
        await one.until("/readyz", desk=True)
        await other.until("/readyz", desk=True)
        # What was refused in one process is sent in another: the page carries all of it.
        sent = await elsewhere.press(first, "send", category="grooming", danger="no", runs_place="no")
        assert sent.reference is not None
        again = await browser.press(first, "send", category="grooming", danger="no", runs_place="no")
        assert again.reference == sent.reference
        await until_there(other, DESK, desk_reports)
        await until(other, delivered)
        assert len(await other.rows(DESK, desk_reports)) == 1


async def test_processes_whose_clocks_are_a_day_apart_share_the_work_and_do_it_once(
    one: Program, other: Program, shared: dict[str, str]
) -> None:
    ahead = Program(data=one.data, environ={**shared, "LIFEBELT_TEST_CLOCK_AHEAD_S": "86400"})
    async with running(one), running(ahead), browsing(one.public) as here, browsing(ahead.public) as there:
        references = [(await each.send()).reference for _ in range(10) for each in (here, there)]
        assert len(set(references)) == len(references)
        assert None not in references
        await until(one, delivered)
        assert len(await one.rows(DESK, desk_reports)) == 20
        assert len(await one.rows(DESK, deliveries)) == 20
        assert all(row.attempts == 1 for row in await one.rows(ROAD, outbox))

        async def triaged(program: Program) -> bool:
            return all(row.triaged_at is not None for row in await program.rows(DESK, desk_reports))

        await until(one, triaged)
