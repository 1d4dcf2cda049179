"""Signals over a real Redis, as one process has them: run beside the test, ended with it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from core.clock import Clock
from core.signals.lines import Pulse
from core.signals.memory import FRESH_S
from core.signals.redis import RedisSignals
from core.testing.clock import FixedClock
from tests.program import PATIENCE_S

POLL_S = 0.002
PULSE = Pulse(connect=PATIENCE_S, answer=PATIENCE_S, idle=0.1, caller=PATIENCE_S, longest_pause=0.1)
"""Takes no server for dead that is only slow, as a busy machine makes it: a test waits for what happens."""
SHARP = PULSE._replace(connect=0.5, answer=0.3)
"""Where a test is about a server that says nothing any more."""
NOT_AT_ALL = timedelta(0)
LONG = timedelta(minutes=1)


async def until(so: Callable[[], bool]) -> None:
    """Wait until something is so that tells nobody by itself."""
    async with asyncio.timeout(PATIENCE_S):
        while not so():  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(POLL_S)


@asynccontextmanager
async def run(signals: RedisSignals) -> AsyncIterator[RedisSignals]:
    """For as long as the body runs."""
    async with asyncio.TaskGroup() as group:
        group.create_task(signals.run())
        try:
            yield signals
        finally:
            signals.stop()


@asynccontextmanager
async def connected(
    url: str, clock: Clock | None = None, *, namespace: str = "test", pulse: Pulse = PULSE
) -> AsyncIterator[RedisSignals]:
    """As one process has them that has stood for a while: nothing counts as just woken."""
    clock = clock or FixedClock()
    async with run(RedisSignals(url, clock, namespace=namespace, pulse=pulse)) as signals:
        await until(lambda: signals.connected)
        if isinstance(clock, FixedClock):
            clock.advance(timedelta(seconds=FRESH_S))
        yield signals


async def heard(signals: RedisSignals, topic: str) -> None:
    """Wait until somebody else's wake arrived; the caller has waited for this topic before."""
    async with asyncio.timeout(PATIENCE_S):
        while not await signals.wait(topic, LONG):
            pass
