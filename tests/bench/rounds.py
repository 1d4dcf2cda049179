"""Measures variants side by side: interleaved rounds, so that a busy minute hurts all alike, and medians."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from statistics import median

Once = Callable[[], Awaitable[object]]
Measure = Callable[[], Awaitable[float]]
Found = dict[str, list[float]]
ROUNDS = 5


async def rate(once: Once, workers: int, seconds: float) -> float:
    """How often a second so many workers, each waiting for its own, get `once` done."""
    until = time.perf_counter() + seconds

    async def work() -> int:
        done = 0
        while time.perf_counter() < until:
            await once()
            done += 1
        return done

    began = time.perf_counter()
    done = await asyncio.gather(*(work() for _ in range(workers)))
    return sum(done) / (time.perf_counter() - began)


async def pace(once: Once, seconds: float) -> float:
    """The median of how many seconds `once` takes, one after another."""
    taken: list[float] = []
    until = time.perf_counter() + seconds
    while not taken or time.perf_counter() < until:
        began = time.perf_counter()
        await once()
        taken.append(time.perf_counter() - began)
    return median(taken)


async def interleaved(variants: Mapping[str, Measure], times: int = ROUNDS) -> Found:
    """What each variant measures in each of the rounds, their order shuffled anew each time."""
    found: Found = {name: [] for name in variants}
    for _ in range(times):
        for name in random.sample(list(variants), len(variants)):
            found[name].append(await variants[name]())
    return found


async def rounds(
    variants: Mapping[str, Once], workers: int, seconds: float, times: int = ROUNDS
) -> dict[str, list[float]]:
    """The rate of each variant in each round."""

    def measure(once: Once) -> Measure:
        return lambda: rate(once, workers, seconds)

    return await interleaved({name: measure(once) for name, once in variants.items()}, times)


def ratio(found: Mapping[str, list[float]], name: str, base: str) -> float:
    """The median over the rounds of one figure by the other of the same round."""
    return median(one / other for one, other in zip(found[name], found[base], strict=True))
