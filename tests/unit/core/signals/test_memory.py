import asyncio
from datetime import timedelta

from core.signals.memory import FRESH_S, MAX_COUNT, MemorySignals
from core.testing.clock import FixedClock

NOT_AT_ALL = timedelta(0)
LONG = timedelta(minutes=1)


async def test_a_flood_of_keys_takes_the_place_of_the_oldest_only() -> None:
    signals = MemorySignals(FixedClock(), max_keys=3)
    for key in ("a", "untouched", "b", "a", "c"):
        await signals.count(key, LONG)

    assert await signals.count("a", LONG) == 3
    assert await signals.count("untouched", LONG) == 1


async def test_a_flood_of_keys_does_not_grow_the_memory() -> None:
    signals = MemorySignals(FixedClock(), max_keys=3)
    for number in range(100):
        await signals.count(f"key {number}", LONG)
        await signals.wake(f"topic {number}")

    assert len(signals._counters) == len(signals._topics) == 3


async def test_a_counter_stops_at_a_thousand() -> None:
    signals = MemorySignals(FixedClock())
    for _ in range(MAX_COUNT + 5):
        last = await signals.count("a", LONG)

    assert last == MAX_COUNT


async def test_a_flood_of_topics_takes_nobody_s_place_who_waits() -> None:
    signals = MemorySignals(FixedClock(), max_keys=2)
    waiting = asyncio.ensure_future(signals.wait("outbox", LONG))
    await asyncio.sleep(0)
    for number in range(5):
        await signals.wake(f"topic {number}")
    await signals.wake("outbox")

    assert await waiting


async def test_a_topic_forgotten_and_made_again_loses_no_wake() -> None:
    signals = MemorySignals(FixedClock(), max_keys=1)
    await signals.wait("outbox", NOT_AT_ALL)
    await signals.wake("outbox")
    await signals.wait("outbox", NOT_AT_ALL)
    await signals.wake("something else")
    await signals.wake("outbox")

    assert await signals.wait("outbox", NOT_AT_ALL)


async def test_a_wake_is_fresh_until_its_time_is_over() -> None:
    clock = FixedClock()
    signals = MemorySignals(clock)
    await signals.wake("news")
    clock.advance(timedelta(seconds=FRESH_S - 0.1))

    assert await signals.wait("news", NOT_AT_ALL)
    clock.advance(timedelta(seconds=0.2))
    newcomer = asyncio.ensure_future(signals.wait("news", NOT_AT_ALL))
    assert not await newcomer


async def test_what_a_waiter_saw_is_forgotten_with_the_waiter() -> None:
    signals = MemorySignals(FixedClock())
    await asyncio.ensure_future(signals.wait("news", NOT_AT_ALL))
    await asyncio.sleep(0)

    assert len(signals._seen) == 0
