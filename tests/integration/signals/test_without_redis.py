"""Redis killed, frozen, cut off, full or closed to us: nobody waits, nothing is lost, nothing doubled."""

import asyncio

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.clock import SystemClock
from core.ids import new_id
from core.signals.redis import RedisSignals
from core.testing.clock import FixedClock
from tests.redis_server import QUOTED, RedisServer
from tests.signals_room import LONG, NOT_AT_ALL, PULSE, SHARP, connected, heard, run, until
from tests.tcp_proxy import TcpProxy, tcp_proxy

IMPATIENT = PULSE._replace(caller=0.05)
"""As the product: who counts waits a moment at most."""
SOON_S = 10.0
"""No limit of the product: whoever waited for a server that never answers would still be waiting then."""


async def test_who_counts_and_wakes_while_it_is_frozen_goes_on_at_once(server: RedisServer) -> None:
    """Also as long as nobody has found out that it is."""
    async with connected(server.url, pulse=IMPATIENT) as signals:
        await signals.wait("outbox", NOT_AT_ALL)
        assert await signals.count("a", LONG) == 1
        server.freeze()
        async with asyncio.timeout(SOON_S):
            for number in range(2, 500):
                await signals.wake("outbox")
                assert await signals.wait("outbox", NOT_AT_ALL)
                assert await signals.count("a", LONG) == number
        assert signals.connected
        server.thaw()
        await until(lambda: signals._errands._quick)
        assert await signals.count("a", LONG) == 500


async def test_that_it_is_frozen_is_found_out_and_then_nobody_waits_at_all(server: RedisServer) -> None:
    async with connected(server.url, pulse=SHARP) as signals:
        server.freeze()
        await until(lambda: not signals._asking.up and not signals._listening.up)
        async with asyncio.timeout(SOON_S):
            assert await signals.count("a", LONG) == 1
        server.thaw()
        await until(lambda: signals.connected)


async def test_what_is_woken_while_it_is_frozen_is_heard_when_it_goes_on(server: RedisServer) -> None:
    async with connected(server.url, pulse=SHARP) as one, connected(server.url, pulse=SHARP) as other:
        await other.wait("outbox", NOT_AT_ALL)
        server.freeze()
        await one.wake("outbox")
        await until(lambda: not one.connected and not other.connected)
        assert not await other.wait("outbox", NOT_AT_ALL)
        server.thaw()
        await heard(other, "outbox")


async def test_killed_and_started_again_it_is_found_and_no_counter_begins_anew(server: RedisServer) -> None:
    async with connected(server.url) as one, connected(server.url) as other:
        await other.wait("outbox", NOT_AT_ALL)
        assert [await one.count("a", LONG) for _ in range(3)] == [1, 2, 3]
        server.kill()
        async with asyncio.timeout(SOON_S):
            await one.wake("outbox")
            assert await one.count("a", LONG) == 4
        await until(lambda: not one.connected and not other.connected)
        assert await one.count("a", LONG) == 5
        server.start()
        await heard(other, "outbox")
        await until(lambda: one.connected)
        assert await one.count("a", LONG) == 6


async def test_who_was_cut_off_is_told_to_look_at_everything(server: RedisServer, network: TcpProxy) -> None:
    """The other's wake goes through meanwhile, and nobody sends it again."""
    async with connected(server.url) as one, connected(server.at(network.port)) as other:
        await other.wait("outbox", NOT_AT_ALL)
        await network.refuse()
        await until(lambda: not other.connected)
        await one.wake("outbox")
        await one._errands.sent.wait()
        assert not await other.wait("outbox", NOT_AT_ALL)
        await network.accept()
        await heard(other, "outbox")
        assert await other.wait("never waited for before", NOT_AT_ALL)


async def test_what_was_woken_while_cut_off_is_told_to_the_others_later(
    server: RedisServer, network: TcpProxy
) -> None:
    async with connected(server.url) as one, connected(server.at(network.port)) as other:
        await one.wait("outbox", NOT_AT_ALL)
        await network.refuse()
        await until(lambda: not other.connected)
        await other.wake("outbox")
        assert not await one.wait("outbox", NOT_AT_ALL)
        await network.accept()
        await heard(one, "outbox")


async def test_a_line_on_which_nothing_comes_any_more_is_noticed(
    network: TcpProxy, server: RedisServer
) -> None:
    """Neither end says that it is gone, as when a cable is pulled or a firewall forgets."""
    async with connected(server.at(network.port), pulse=SHARP) as signals:
        network.pause()
        await until(lambda: not signals._listening.up and not signals._asking.up)
        network.resume()
        await until(lambda: signals.connected)


async def test_a_slow_server_counts_and_nobody_waits_for_it(server: RedisServer, network: TcpProxy) -> None:
    async with connected(server.at(network.port), pulse=IMPATIENT) as signals:
        network.delay_s = 0.1
        async with asyncio.timeout(SOON_S):
            for number in range(1, 50):
                assert await signals.count("a", LONG) == number
        await until(lambda: server.ask("ZCARD", "test:0:count:a") == "49")
        network.delay_s = 0.0
        await until(lambda: signals._errands._quick)


async def test_a_counter_in_doubt_is_never_counted_twice(server: RedisServer, network: TcpProxy) -> None:
    """Cut between the command and its answer: it may have been done, and is not done again."""
    async with connected(server.at(network.port)) as signals:
        network.delay_s = 0.05
        counting = asyncio.ensure_future(signals.count("a", LONG))
        await until(lambda: server.ask("ZCARD", "test:0:count:a") == "1")
        network.cut()
        assert await counting == 1
        network.delay_s = 0.0
        await until(lambda: signals.connected)
        assert await signals.count("a", LONG) == 2
        assert server.ask("ZCARD", "test:0:count:a") == "2"


STEPS = st.lists(
    st.sampled_from(["cut", "refuse", "accept", "pause", "resume", "one wakes", "other wakes", "count"]),
    min_size=3,
    max_size=10,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_whatever_the_network_does_in_the_end_all_have_looked_and_nothing_counts_twice(
    server: RedisServer, steps: list[str]
) -> None:
    clock, name = FixedClock(), new_id()
    async with (
        tcp_proxy(server.port) as network,
        connected(server.url, clock, namespace=name, pulse=IMPATIENT) as one,
        connected(server.at(network.port), clock, namespace=name, pulse=IMPATIENT) as other,
    ):
        waiting = {"one wakes": other, "other wakes": one}
        for signals in (one, other):
            await signals.wait("outbox", NOT_AT_ALL)
        counted = 0
        for step in steps:
            if step in waiting:
                await (one if step == "one wakes" else other).wake("outbox")
            elif step == "count":
                counted += 1
                await other.count("a", LONG)
            else:
                await asyncio.sleep(0.001)
                await on(network, step)
        network.resume()
        await on(network, "accept")
        for step, signals in waiting.items():
            if step in steps:
                await heard(signals, "outbox")
        await until(lambda: one.connected and other.connected)
        assert await other.count("a", LONG) == counted + 1
        assert 1 <= await one.count("a", LONG) <= counted + 2


async def on(network: TcpProxy, step: str) -> None:
    match step:
        case "cut":
            network.cut()
        case "refuse":
            await network.refuse()
        case "accept":
            await network.refuse()
            await network.accept()
        case "pause":
            network.pause()
        case _:
            network.resume()


async def test_a_start_without_a_server_waits_for_nothing_and_finds_it_later(server: RedisServer) -> None:
    server.kill()
    async with run(RedisSignals(server.url, FixedClock(), namespace="test", pulse=PULSE)) as signals:
        async with asyncio.timeout(SOON_S):
            await signals.wake("outbox")
            assert await signals.count("a", LONG) == 1
        await until(lambda: signals.outside == "away: ConnectionRefusedError")
        server.start()
        await until(lambda: signals.connected)


@pytest.mark.parametrize("how", ["killed", "frozen"])
async def test_a_stop_does_not_wait_for_a_server_that_is_gone(server: RedisServer, how: str) -> None:
    async with asyncio.timeout(SOON_S), connected(server.url, pulse=SHARP) as signals:
        server.kill() if how == "killed" else server.freeze()
        await signals.wake("outbox")


async def test_a_wake_of_just_before_a_stop_is_still_told(server: RedisServer) -> None:
    """As of a command that stores something and ends."""
    async with connected(server.url) as other:
        await other.wait("communities", NOT_AT_ALL)
        async with run(RedisSignals(server.url, FixedClock(), namespace="test", pulse=PULSE)) as signals:
            await signals.wake("communities")
        await heard(other, "communities")


async def test_a_wrong_password_is_said_and_mended_without_us_and_shown_nowhere(server: RedisServer) -> None:
    url = server.url.replace(QUOTED, "s3cret")
    with structlog.testing.capture_logs() as logged:
        async with run(RedisSignals(url, FixedClock(), pulse=PULSE)) as signals:
            await until(lambda: bool(signals._asking.why and signals._listening.why))
            assert signals.outside == "away: AuthenticationError"
            assert await signals.count("a", LONG) == 1
            server.ask("CONFIG", "SET", "requirepass", "s3cret")
            await until(lambda: signals.connected)
            shown = f"{signals.__dict__['_asking']} {signals} {signals.outside}"
    assert "s3cret" not in f"{logged} {shown}"
    assert [each["event"] for each in logged].count("redis_away") == 2  # once a line, not once a try


async def test_rights_that_are_missing_are_said_and_the_rest_is_done(server: RedisServer) -> None:
    rights = "on >s3cret ~* &* +@all -publish"
    server.ask("ACL", "SETUSER", "lifebelt", *rights.split())
    url = f"redis://lifebelt:s3cret@127.0.0.1:{server.port}/0"
    async with run(RedisSignals(url, FixedClock(), pulse=PULSE)) as signals:
        await until(lambda: signals.connected)
        await signals.wake("outbox")
        await until(lambda: signals.outside == "refuses: NoPermissionError")
        assert not signals.connected
        server.ask("ACL", "SETUSER", "lifebelt", "+publish")
        await signals.wake("outbox")
        await until(lambda: signals.connected)


async def test_a_server_that_is_full_still_carries_wakes_and_each_process_counts_alone(
    server: RedisServer,
) -> None:
    clock = SystemClock()
    async with connected(server.url, clock) as one, connected(server.url, clock) as other:
        await other.wait("outbox", NOT_AT_ALL)
        server.ask("CONFIG", "SET", "maxmemory", "1")
        assert [await one.count("a", LONG) for _ in range(3)] == [1, 2, 3]
        assert one.outside == "refuses: OutOfMemoryError"
        await one.wake("outbox")
        await heard(other, "outbox")
        server.ask("CONFIG", "SET", "maxmemory", "0")
        assert [await one.count("a", LONG), await other.count("b", LONG)] == [4, 1]
        assert one.outside == "connected"


async def test_a_message_so_large_that_the_server_drops_us_is_survived(server: RedisServer) -> None:
    server.ask("CONFIG", "SET", "client-output-buffer-limit", "pubsub 1mb 1mb 1")
    async with connected(server.url) as one, connected(server.url) as other:
        await one.wait("outbox", NOT_AT_ALL)
        server.say("test:0:wake", "x" * 20_000_000)
        await other.wake("outbox")
        await heard(one, "outbox")
        await until(lambda: one.connected and other.connected)


async def test_a_flood_of_messages_leaves_the_process_its_loop(server: RedisServer) -> None:
    async with connected(server.url) as signals:
        turns = 0

        async def turn() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        turning = asyncio.ensure_future(turn())
        before = signals._local._wakes
        server.say("test:0:wake", f"{'0' * 32} outbox", times=5_000)
        await until(lambda: signals._local._wakes >= before + 5_000)
        turning.cancel()
        await asyncio.wait({turning})
        assert turns >= 5_000
        assert len(signals._local._topics) <= 2
