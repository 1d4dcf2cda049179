"""What all signals must do, whatever carries them."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import Clock
from core.signals.memory import MemorySignals
from core.signals.port import Signals
from core.testing.clock import FixedClock

MAKERS: dict[str, Callable[[Clock], Signals]] = {"memory": MemorySignals}
NOT_AT_ALL = timedelta(0)
LONG = timedelta(minutes=1)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture(params=MAKERS)
def signals(request: pytest.FixtureRequest, clock: FixedClock) -> Signals:
    return MAKERS[request.param](clock)


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


@given(gaps=st.lists(st.integers(0, 400), max_size=30), seconds=st.integers(1, 900))
async def test_a_counter_is_what_counting_by_hand_gives(gaps: list[int], seconds: int) -> None:
    for make in MAKERS.values():
        clock = FixedClock()
        signals = make(clock)
        times: list[float] = []
        for gap in gaps:
            clock.advance(timedelta(seconds=gap))
            times.append(clock.monotonic())
            by_hand = sum(1 for time in times if time > clock.monotonic() - seconds)
            assert await signals.count("a", timedelta(seconds=seconds)) == by_hand
