"""What all signals must do, whatever carries them."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ids import new_id
from core.signals.memory import MemorySignals
from core.signals.port import Signals
from core.signals.redis import RedisSignals
from core.testing.clock import FixedClock
from tests.redis_server import RedisServer, redis_server
from tests.signals_room import connected, until

Maker = Callable[[FixedClock], AbstractAsyncContextManager[Signals]]
NOT_AT_ALL = timedelta(0)
LONG = timedelta(minutes=1)


class Apart:
    """Two processes over one Redis: what one wakes, the other waits for; they count in turn."""

    def __init__(self, one: RedisSignals, other: RedisSignals) -> None:
        self._one = one
        self._other = other
        self._turns = itertools.cycle((one, other))

    async def wake(self, topic: str) -> None:
        """And wait until it has arrived: the contract is about what comes then."""
        before = self._other._local._wakes
        await self._one.wake(topic)
        await until(lambda: self._other._local._wakes > before)

    async def wait(self, topic: str, at_most: timedelta) -> bool:
        return await self._other.wait(topic, at_most)

    async def count(self, key: str, window: timedelta) -> int:
        return await next(self._turns).count(key, window)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@asynccontextmanager
async def in_memory(clock: FixedClock) -> AsyncIterator[Signals]:
    yield MemorySignals(clock)


@pytest.fixture(scope="module", params=["memory", "redis", "two over redis"])
def make(request: pytest.FixtureRequest) -> Maker:
    if request.param == "memory":
        return in_memory
    server: RedisServer = request.getfixturevalue("server")

    @asynccontextmanager
    async def over_redis(clock: FixedClock) -> AsyncIterator[Signals]:
        async with connected(server.url, clock, namespace=new_id()) as signals:
            yield signals

    @asynccontextmanager
    async def apart(clock: FixedClock) -> AsyncIterator[Signals]:
        name = new_id()
        async with (
            connected(server.url, clock, namespace=name) as one,
            connected(server.url, clock, namespace=name) as other,
        ):
            yield Apart(one, other)

    return over_redis if request.param == "redis" else apart


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
async def signals(make: Maker, clock: FixedClock) -> AsyncIterator[Signals]:
    async with make(clock) as signals:
        yield signals


async def test_someone_who_waits_is_woken(signals: Signals) -> None:
    waiting = asyncio.ensure_future(signals.wait("outbox", LONG))
    await asyncio.sleep(0)
    await signals.wake("outbox")

    assert await waiting


async def test_everyone_who_waits_is_woken(signals: Signals) -> None:
    waiting = [asyncio.ensure_future(signals.wait("outbox", LONG)) for _ in range(3)]
    await asyncio.sleep(0)
    await signals.wake("outbox")

    assert await asyncio.gather(*waiting) == [True, True, True]


async def test_a_wait_ends_by_itself(signals: Signals) -> None:
    assert not await signals.wait("outbox", timedelta(milliseconds=5))


async def test_another_topic_wakes_nobody(signals: Signals) -> None:
    await signals.wake("news")

    assert not await signals.wait("outbox", NOT_AT_ALL)


async def test_a_wake_between_two_waits_is_not_lost(signals: Signals) -> None:
    await signals.wait("outbox", NOT_AT_ALL)
    await signals.wake("outbox")

    assert await signals.wait("outbox", NOT_AT_ALL)


async def test_a_wake_between_two_waits_is_not_lost_though_another_waiter_took_it(signals: Signals) -> None:
    await signals.wait("outbox", NOT_AT_ALL)
    other = asyncio.ensure_future(signals.wait("outbox", LONG))
    await asyncio.sleep(0)
    await signals.wake("outbox")

    assert await other
    assert await signals.wait("outbox", NOT_AT_ALL)


async def test_many_wakes_between_two_waits_are_one(signals: Signals) -> None:
    await signals.wait("outbox", NOT_AT_ALL)
    for _ in range(3):
        await signals.wake("outbox")

    assert await signals.wait("outbox", NOT_AT_ALL)
    assert not await signals.wait("outbox", NOT_AT_ALL)


async def test_a_newcomer_counts_a_wake_of_just_now(signals: Signals) -> None:
    await signals.wake("news")

    assert await signals.wait("news", NOT_AT_ALL)


async def test_a_newcomer_does_not_count_a_wake_of_long_ago(signals: Signals, clock: FixedClock) -> None:
    await signals.wake("news")
    clock.advance(timedelta(minutes=1))

    assert not await signals.wait("news", NOT_AT_ALL)


async def test_waiting_can_be_cancelled_and_the_next_wait_still_works(signals: Signals) -> None:
    waiting = asyncio.ensure_future(signals.wait("outbox", LONG))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await signals.wake("outbox")

    assert await signals.wait("outbox", NOT_AT_ALL)


async def test_a_counter_counts_what_lies_within_its_window(signals: Signals, clock: FixedClock) -> None:
    window = timedelta(minutes=1)
    assert [await signals.count("a", window) for _ in range(3)] == [1, 2, 3]

    clock.advance(timedelta(seconds=59))
    assert await signals.count("a", window) == 4
    clock.advance(timedelta(seconds=1))
    assert await signals.count("a", window) == 2


async def test_counters_do_not_mix(signals: Signals) -> None:
    await signals.count("a", LONG)

    assert await signals.count("b", LONG) == 1


async def test_a_window_is_an_hour_at_most(signals: Signals, clock: FixedClock) -> None:
    await signals.count("a", timedelta(days=1))
    clock.advance(timedelta(hours=1))

    assert await signals.count("a", timedelta(days=1)) == 1


@settings(max_examples=50)
@given(gaps=st.lists(st.integers(0, 400), max_size=30), seconds=st.integers(1, 900))
async def test_a_counter_is_what_counting_by_hand_gives(make: Maker, gaps: list[int], seconds: int) -> None:
    clock = FixedClock()
    async with make(clock) as signals:
        times: list[float] = []
        for gap in gaps:
            clock.advance(timedelta(seconds=gap))
            times.append(clock.monotonic())
            by_hand = sum(1 for time in times if time > clock.monotonic() - seconds)
            assert await signals.count("a", timedelta(seconds=seconds)) == by_hand
