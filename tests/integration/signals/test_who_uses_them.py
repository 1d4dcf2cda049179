"""What stands on signals, over two processes: the live console, what admins set, and a whole program."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from core.ids import CommunityId
from core.ledger.schema import ROAD
from core.settings.communities import COMMUNITIES_TOPIC, AdminChange, Communities
from core.settings.loader import load
from core.signals.redis import NAMESPACE
from core.testing.clock import FixedClock
from desk.console import queue
from desk.queue import QUEUE
from desk.tables import DESK, deliveries
from desk.tables import reports as desk_reports
from lifebelt import House, Part, Running
from tests.desk_room import browser, desk_room
from tests.ledgers import opened
from tests.program import COMMUNITY, PATIENCE_S, Program, browsing, command, running, until_there
from tests.redis_server import PASSWORD, QUOTED, RedisServer
from tests.signals_room import NOT_AT_ALL, connected, heard, until

THERE = CommunityId(COMMUNITY)


async def test_a_screen_of_one_process_is_told_what_another_did(
    server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "LOOK_AGAIN", timedelta(hours=1))
    async with (
        connected(server.url) as here,
        connected(server.url) as there,
        desk_room(tmp_path, signals=here) as room,
        browser(room) as ann,
    ):
        await room.person()
        await ann.sign_in()
        cookie = {"Cookie": f"lifebelt_desk={ann.cookie('lifebelt_desk')}"}
        async with (
            asyncio.timeout(PATIENCE_S),
            aiohttp.ClientSession() as session,
            session.get(f"{room.origin}/live", headers=cookie) as stream,
        ):
            assert await stream.content.readline() == b"event: queue\n"
            await until(lambda: QUEUE in here._local._topics and bool(here._local._topics[QUEUE].waiting))
            await there.wake(QUEUE)
            said = [await stream.content.readline() for _ in range(3)]
            assert said[-1] == b"event: queue\n"


async def test_what_an_admin_sets_in_one_process_is_in_force_in_the_others(
    server: RedisServer, tmp_path: Path
) -> None:
    clock, settings = FixedClock(), load(None)
    ledger = await opened(tmp_path / "road.db", ROAD, clock)
    async with connected(server.url) as here, connected(server.url) as there:
        house = House(settings=settings, parts=frozenset(Part), clock=clock)
        vars(house).update(signals=here, road_ledger=ledger)
        keeping = asyncio.ensure_future(Running(house)._keep_communities())
        await until(lambda: COMMUNITIES_TOPIC in here._local._topics)
        change = AdminChange(THERE, "name", "Chess", "ann", clock.now())
        await Communities(settings).set(ledger, change)
        await there.wake(COMMUNITIES_TOPIC)
        await until(lambda: house.communities.get(THERE).name == "Chess")  # type: ignore[union-attr]
        keeping.cancel()
        await asyncio.wait({keeping})
    await ledger.close()


async def test_the_command_that_sets_something_says_so_before_it_ends(
    server: RedisServer, tmp_path: Path
) -> None:
    async with connected(server.url, namespace=NAMESPACE) as signals:
        await signals.wait(COMMUNITIES_TOPIC, NOT_AT_ALL)
        words = ("settings", COMMUNITY, "name", "Chess")
        code, said = await command(*words, data=tmp_path / "data", environ={"REDIS_URL": server.url})
        assert (code, "Chess" in said) == (0, True)
        await heard(signals, COMMUNITIES_TOPIC)


async def told(program: Program) -> tuple[int, str]:
    """What the program says of itself, and of Redis."""
    async with aiohttp.ClientSession() as session, session.get(f"{program.desk}/readyz") as answer:
        return answer.status, json.loads(await answer.text())["redis"]


async def until_told(program: Program, says: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            status, redis = await told(program)
            assert status == 200
            if redis.startswith(says):
                return
            await asyncio.sleep(0.05)


async def metric(program: Program) -> str:
    async with aiohttp.ClientSession() as session, session.get(f"{program.desk}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    return next(line for line in lines if line.startswith("lifebelt_redis_connected "))


@pytest.mark.process
async def test_reports_pressed_while_redis_is_frozen_killed_and_back_arrive_once_each(
    server: RedisServer, tmp_path: Path
) -> None:
    program = Program(data=tmp_path / "data", environ={"REDIS_URL": server.url})
    server.freeze()
    async with running(program), browsing(program.public) as somebody:
        await until_told(program, "away: ")
        assert await metric(program) == "lifebelt_redis_connected 0.0"
        sent = [await somebody.send()]
        await until_there(program, DESK, desk_reports, 1)
        server.thaw()
        await until_told(program, "connected")
        assert await metric(program) == "lifebelt_redis_connected 1.0"
        server.kill()
        sent.append(await somebody.send())
        await until_told(program, "away: ")
        sent.append(await somebody.send())
        await until_there(program, DESK, desk_reports, 3)
        server.start()
        await until_told(program, "connected")
        sent.append(await somebody.send())
        await until_there(program, DESK, desk_reports, 4)
        assert len({page.reference for page in sent} - {None}) == 4
        assert len(await program.rows(DESK, deliveries)) == 4
        assert await program.stop() == 0
    assert PASSWORD not in program.output
    assert QUOTED not in program.output
    assert "redis_away" in program.output
