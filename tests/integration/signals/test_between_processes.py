"""Two processes over one real Redis: what crosses, what does not, what lies there, and who may do what."""

import asyncio
import re
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.ids import new_id
from core.signals.memory import MAX_COUNT
from core.signals.redis import NAMESPACE
from tests.program import PATIENCE_S
from tests.redis_server import QUOTED, RedisServer
from tests.signals_room import LONG, NOT_AT_ALL, connected, heard

HERE = Path(__file__).parent
README = HERE.parents[2] / "README.md"


async def test_a_wake_of_one_process_is_heard_by_the_others_and_once_by_itself(server: RedisServer) -> None:
    async with connected(server.url) as one, connected(server.url) as other, connected(server.url) as third:
        for signals in (one, other, third):
            await signals.wait("outbox", NOT_AT_ALL)
        before = one._local._wakes
        await one.wake("outbox")
        await heard(other, "outbox")
        await heard(third, "outbox")
        await one.wait("marker", NOT_AT_ALL)
        await other.wake("marker")  # comes after our own wake, on the same channel
        await heard(one, "marker")
        assert one._local._wakes == before + 2


async def test_a_fleet_counts_together_and_each_counter_by_itself(server: RedisServer) -> None:
    clock = SystemClock()
    async with connected(server.url, clock) as one, connected(server.url, clock) as other:
        assert [await each.count("a", LONG) for each in (one, other, one, other)] == [1, 2, 3, 4]
        assert await other.count("b", LONG) == 1


async def test_a_fleet_s_counter_stops_at_a_thousand_and_stays_small(server: RedisServer) -> None:
    clock = SystemClock()
    async with connected(server.url, clock) as one, connected(server.url, clock) as other:
        for _ in range(6):
            counts = await asyncio.gather(
                *(each.count("a", LONG) for each in (one, other) for _ in range(90))
            )
        assert max(counts) == MAX_COUNT
        (key,) = server.ask("KEYS", "*").split()
        assert int(server.ask("ZCARD", key)) == MAX_COUNT


async def test_installations_with_a_number_of_a_database_each_do_not_meet(server: RedisServer) -> None:
    ours, theirs = (server.at(server.port, database) for database in (1, 2))
    async with connected(ours) as one, connected(ours) as other, connected(theirs) as stranger:
        for signals in (other, stranger):
            await signals.wait("outbox", NOT_AT_ALL)
        assert [await each.count("a", LONG) for each in (one, other)] == [1, 2]
        assert await stranger.count("a", LONG) == 1
        await stranger.wake("theirs")
        await one.wake("outbox")
        await heard(other, "outbox")
        assert not await stranger.wait("outbox", NOT_AT_ALL)


async def test_what_lies_in_redis_are_hashes_and_moments_for_an_hour_at_most(server: RedisServer) -> None:
    async with connected(server.url, namespace=NAMESPACE) as one, connected(server.url) as other:
        await other.wait("outbox", NOT_AT_ALL)
        await one.wake("outbox")
        assert await one.count("look-up/0f0f", timedelta(days=1)) == 1
        (key,) = server.ask("KEYS", "*").split()
        assert key == "lifebelt:0:count:look-up/0f0f"
        assert 0 < int(server.ask("PTTL", key)) <= 3_600_000
        (member,) = server.ask("ZRANGE", key, "0", "-1").split()
        assert re.fullmatch(rf"\d+-{one._me}-\d+", member)


async def test_over_a_unix_socket_too(server: RedisServer) -> None:
    url = f"unix://:{QUOTED}@{server.socket}?db=3"
    async with connected(url) as one, connected(server.at(server.port, 3)) as other:
        await other.wait("outbox", NOT_AT_ALL)
        await one.wake("outbox")
        await heard(other, "outbox")


async def test_the_rights_that_the_readme_gives_are_enough_and_allow_nothing_else(
    server: RedisServer,
) -> None:
    line = re.search(r"ACL SETUSER (.+)", README.read_text())
    assert line is not None
    server.ask("ACL", "SETUSER", *line[1].replace("PASSWORD", "s3cret").split())
    url = f"redis://lifebelt:s3cret@127.0.0.1:{server.port}/0"
    async with connected(url, namespace=NAMESPACE) as one, connected(url, namespace=NAMESPACE) as other:
        await other.wait("outbox", NOT_AT_ALL)
        await one.wake("outbox")
        await heard(other, "outbox")
        assert [await each.count("a", LONG) for each in (one, other)] == [1, 2]
        assert (one.outside, other.outside) == ("connected", "connected")
    for forbidden in (
        ["GET", "lifebelt:x"],
        ["KEYS", "*"],
        ["ZADD", "other", "1", "x"],
        ["PUBLISH", "other", "x"],
    ):
        assert "no permissions" in server.ask("ACL", "DRYRUN", "lifebelt", *forbidden)


async def test_a_process_of_its_own_is_heard_and_counted_with(server: RedisServer) -> None:
    name = new_id()
    async with connected(server.url, SystemClock(), namespace=name) as signals:
        await signals.wait("outbox", NOT_AT_ALL)
        assert await signals.count("a", LONG) == 1
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(HERE / "child.py"), server.url, name),
            cwd=HERE.parents[2],
            env={"PYTHONPATH": str(HERE.parents[2])},
            stdout=asyncio.subprocess.PIPE,
        )
        await heard(signals, "outbox")
        async with asyncio.timeout(PATIENCE_S):
            said, _ = await process.communicate()
        assert (process.returncode, re.findall(rb"^\d+$", said, re.MULTILINE)) == (0, [b"2", b"3", b"4"])
        assert await signals.count("a", LONG) == 5


@pytest.mark.parametrize("words", ["", "x" * 3_000_000, "nobody outbox", f"{'0' * 32} {'x' * 200}"])
async def test_what_a_stranger_says_on_the_channel_wakes_nobody(server: RedisServer, words: str) -> None:
    async with connected(server.url) as one, connected(server.url) as other:
        await one.wait("outbox", NOT_AT_ALL)
        before = one._local._wakes
        server.say("test:0:wake", words)
        await one.wait("marker", NOT_AT_ALL)
        await other.wake("marker")
        await heard(one, "marker")
        assert one._local._wakes == before + 1
        assert not await one.wait("outbox", NOT_AT_ALL)


async def test_what_a_stranger_laid_under_a_counter_s_name_counts_for_nothing(server: RedisServer) -> None:
    async with connected(server.url) as signals:
        server.ask("SET", "test:0:count:a", "1000000")
        assert [await signals.count("a", LONG) for _ in range(2)] == [1, 2]
        assert signals.connected
