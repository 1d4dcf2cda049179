"""What somebody waits who wakes or counts: in memory, over a healthy Redis, a frozen one, and none at all.

Called by whoever measures, in a running loop: `await signals.measure(folder)`. Alone, from the root:
`python -m tests.bench.signals`. Needs redis-server.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import NamedTuple

import structlog

from core.clock import SystemClock
from core.ids import new_id
from core.signals.memory import MemorySignals
from core.signals.port import Signals
from core.signals.redis import RedisSignals
from tests.redis_server import RedisServer, redis_server
from tests.signals_room import run, until

CALLS = 2_000
AT_ONCE = 16
WINDOW = timedelta(minutes=10)
Once = Callable[[], Awaitable[object]]


class Waits(NamedTuple):
    """Seconds that one call took: in the middle, of all but one in a hundred, and the longest."""

    p50: float
    p99: float
    longest: float


async def measure(folder: Path, *, calls: int = CALLS) -> dict[str, Waits]:
    """Print and return the waits, by what was called and on what; puts a server of its own into `folder`."""
    print(f"What one call waits, microseconds; {calls} calls of each, {AT_ONCE} at once")
    print(f"{'signals':<22} {'call':<6} {'p50':>9} {'p99':>9} {'longest':>9}")
    found = await _both("in memory", MemorySignals(SystemClock()), calls)
    with redis_server(folder / "redis") as server:
        async with run(RedisSignals(server.url, SystemClock(), namespace=new_id())) as signals:
            await until(lambda: signals.connected)
            found |= await _both("Redis, healthy", signals, calls)
            server.freeze()
            found |= await _both("Redis, just frozen", signals, calls)
            await until(lambda: not signals.connected)
            found |= await _both("Redis, frozen, known", signals, calls)
            server.thaw()
            await until(lambda: signals.connected)
            await _killed(server, signals)
            found |= await _both("Redis, dead", signals, calls)
    return found


async def _killed(server: RedisServer, signals: RedisSignals) -> None:
    server.kill()
    await until(lambda: not signals.connected)


async def _both(name: str, signals: Signals, calls: int) -> dict[str, Waits]:
    """`count` first: it is the one that may wait, and meets a server that has only just frozen."""
    key = new_id()
    these: dict[str, Once] = {
        "count": lambda: signals.count(key, WINDOW),
        "wake": lambda: signals.wake("outbox"),
    }
    return {f"{name}: {call}": await _waits(name, call, once, calls) for call, once in these.items()}


async def _waits(name: str, call: str, once: Once, calls: int) -> Waits:
    took: list[float] = []
    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(_repeat(once, calls // AT_ONCE, took))
    hundredths = quantiles(took, n=100)
    waits = Waits(hundredths[49], hundredths[98], max(took))
    figures = " ".join(f"{seconds * 1e6:>9,.0f}" for seconds in waits)
    print(f"{name:<22} {call:<6} {figures}")
    return waits


async def _repeat(once: Once, times: int, took: list[float]) -> None:
    for _ in range(times):
        began = perf_counter()
        await once()
        took.append(perf_counter() - began)
        await asyncio.sleep(0)


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder)))


if __name__ == "__main__":
    main()
