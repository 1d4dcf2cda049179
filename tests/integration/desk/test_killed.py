"""The desk as a real process, killed at each of its steps: what was acknowledged is there, and there once."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa

from core.checkpoints import KillPoint
from core.clock import SystemClock
from core.delivery.wire import NewsKind
from core.evidence.keys import KeyFolder
from core.ids import new_id
from core.ledger import trail as chain
from core.reports.model import Answers, Category, Priority
from core.testing.deliveries import MadeReport
from desk.news import waiting
from desk.service import DeskService
from desk.tables import deliveries, reports, trail
from tests.desk_program import desk_in, ledger_in
from tests.desk_roads import PRACTICE, ROAD, Caller

pytestmark = pytest.mark.process

CLOCK = SystemClock()
ROOT = Path(__file__).parents[3]
ANSWERS = Answers(category=Category.ACCOUNT, own_words="one two three four five six")


@asynccontextmanager
async def running(folder: Path, kill: str) -> AsyncIterator[tuple[Caller, asyncio.subprocess.Process]]:
    command = (sys.executable, "-m", "tests.desk_program", str(folder), kill)
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        origin = ""
        while not origin.startswith("http"):
            line = await asyncio.wait_for(process.stdout.readline(), 60)
            assert line, "the desk did not start"
            origin = line.decode().strip()
        secret = KeyFolder(folder / "keys", CLOCK).road(create=False).webhook_secret
        async with aiohttp.ClientSession() as session:
            yield Caller(origin, secret, CLOCK, session), process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


@asynccontextmanager
async def reopened(folder: Path) -> AsyncIterator[DeskService]:
    ledger = ledger_in(folder)
    await ledger.open()
    yield desk_in(folder, ledger)
    await ledger.close()


def made_in(folder: Path) -> MadeReport:
    keys = KeyFolder(folder / "keys", CLOCK).desk(create=False)
    return MadeReport(new_id, [keys.current.public], now=CLOCK.now(), answers=ANSWERS)


async def rows(desk: DeskService, table: sa.Table) -> int:
    query = sa.select(sa.func.count()).select_from(table)
    return await desk.ledger.read(lambda conn: conn.execute(query).scalar_one())


async def test_killed_after_the_commit_and_before_the_202_it_takes_the_repetition_once(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, KillPoint.RECEIVE) as (caller, process):
        delivery = made_in(tmp_path).delivery()
        with pytest.raises(aiohttp.ClientError):
            await caller.deliver(delivery)
        assert await process.wait() == -signal.SIGKILL
    async with running(tmp_path, "none") as (caller, _):
        assert (await caller.deliver(delivery)).accepted().item == delivery.item
    async with reopened(tmp_path) as desk:
        assert (await rows(desk, reports), await rows(desk, deliveries)) == (1, 1)
        assert [item.kind for item in await waiting(desk.ledger, ROAD, 10)] == [NewsKind.RECEIVED]


async def test_killed_in_the_triage_it_has_the_same_priority_and_reasons_after_a_restart(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, KillPoint.TRIAGE) as (caller, process):
        delivery = made_in(tmp_path).delivery()
        with suppress(aiohttp.ClientError):  # the answer may be lost with the process
            await caller.deliver(delivery)
        assert await process.wait() == -signal.SIGKILL
    async with reopened(tmp_path) as desk:
        await desk.triage.run_once()
        (row,) = (await desk.queue(PRACTICE)).rows
        assert row.priority is Priority.P3
        assert [reason.code for reason in row.reasons] == ["category_account"]
        await desk.measure()
        assert desk.metrics._queue.labels("practice", "P3")._value.get() == 1


async def test_killed_after_a_first_look_the_look_is_recorded_and_is_news_once(tmp_path: Path) -> None:
    async with running(tmp_path, KillPoint.NEWS) as (caller, process):
        made = made_in(tmp_path)
        with suppress(aiohttp.ClientError):
            await caller.deliver(made.delivery())
        assert await process.wait() == -signal.SIGKILL
    async with reopened(tmp_path) as desk:
        again = await desk.look(PRACTICE, made.id, by="ben")
        assert again is not None
        assert not again.first_look
        kinds = [item.kind for item in await waiting(desk.ledger, ROAD, 10)]
        assert sorted(kinds) == [NewsKind.READ, NewsKind.RECEIVED]
        assert await rows(desk, trail) == 2
        assert await desk.ledger.read(lambda conn: chain.verify(conn, trail).ok)


async def test_killed_anywhere_under_load_it_keeps_all_that_it_acknowledged(tmp_path: Path) -> None:
    acknowledged: list[str] = []
    async with running(tmp_path, "none") as (caller, process):
        made = [made_in(tmp_path) for _ in range(40)]

        async def deliver(one: MadeReport) -> None:
            with suppress(aiohttp.ClientError):
                answer = await caller.deliver(one.delivery())
                acknowledged.append(answer.accepted().item)
                if len(acknowledged) == 15:
                    os.kill(process.pid, signal.SIGKILL)

        async with asyncio.TaskGroup() as tasks:
            for one in made:
                tasks.create_task(deliver(one))
    assert len(acknowledged) >= 15
    async with reopened(tmp_path) as desk:
        kept = await desk.ledger.read(lambda conn: set(conn.execute(sa.select(reports.c.id)).scalars()))
        assert set(acknowledged) <= kept
        while await desk.triage.run_once():
            pass
        untriaged = [row for row in (await desk.queue(PRACTICE, limit=200)).rows if row.triaged_at is None]
        assert untriaged == []
