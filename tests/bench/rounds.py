"""Measures variants side by side: interleaved rounds, so that a busy minute hurts all alike, and medians."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from statistics import median

Once = Callable[[], Awaitable[object]]
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


async def rounds(variants: Mapping[str, Once], workers: int, seconds: float) -> dict[str, list[float]]:
    """The rate of each variant in each of five rounds, their order shuffled anew each time."""
    found: dict[str, list[float]] = {name: [] for name in variants}
    for _ in range(ROUNDS):
        for name in random.sample(list(variants), len(variants)):
            found[name].append(await rate(variants[name], workers, seconds))
    return found


def ratio(found: Mapping[str, list[float]], name: str, base: str) -> float:
    """The median over the rounds of one rate by the other of the same round."""
    return median(one / other for one, other in zip(found[name], found[base], strict=True))
