"""Signals between processes, carried by Redis. It holds the only copy of nothing, and nobody waits for it.

Everything is done in this process first; what crosses to others is handed to two lines that are kept in the
background. While they are cut, each process does by itself what it can, and the others find out by polling.
"""

import asyncio
import random
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from core.clock import Clock
from core.ids import NewId, new_id
from core.signals.errands import MICROSECOND, Errands, Tick
from core.signals.lines import PULSE, Cut, Line, Pulse, Wire, database
from core.signals.memory import LONGEST_WINDOW, MAX_COUNT, MemorySignals

NAMESPACE = "lifebelt"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TOPIC = re.compile(r"[ -~]{1,100}")
_MESSAGE = re.compile(rb"([0-9a-f]{32}) ([ -~]{1,100})")


class RedisSignals:
    """Wake-ups and counters over Redis (`core.signals.port.Signals`), for as long as `run` runs.

    Wakes that could not be sent wait, one for each topic; after every reconnection all topics are woken here,
    since wakes may have been missed. A counter is the larger of what this process and the fleet counted, so
    that no outage sets it back; for that the clocks of hosts agree as well as signing demands anyway.

    Two installations on one server take two numbers of a database, which stand in all names here.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        *,
        namespace: str = NAMESPACE,
        new_id: NewId = new_id,
        jitter: Callable[[], float] = random.random,
        pulse: Pulse = PULSE,
    ) -> None:
        """Connects to nothing yet. `core.signals.backends.address_fault` has no fault with `url`."""
        names = f"{namespace}:{database(url)}"
        self._clock = clock
        self._pulse = pulse
        self._me = new_id()
        self._channel = f"{names}:wake"
        self._counter = f"{names}:count:"
        self._counted = 0
        self._local = MemorySignals(clock)
        self._stopping = asyncio.Event()
        self._listening = Line("subscription", url, jitter=jitter, pulse=pulse)
        self._asking = Line("commands", url, jitter=jitter, pulse=pulse)
        self._errands = Errands(self._asking, self._channel, self._me, pulse)

    async def wake(self, topic: str) -> None:
        """Here at once, elsewhere behind the caller's back. What is not plain ASCII stays here."""
        await self._local.wake(topic)
        if _TOPIC.fullmatch(topic):
            self._errands.publish(topic)

    async def wait(self, topic: str, at_most: timedelta) -> bool:
        return await self._local.wait(topic, at_most)

    async def count(self, key: str, window: timedelta) -> int:
        here = await self._local.count(key, window)
        everywhere = await self._errands.count(self._tick(key, window))
        return max(here, min(everywhere or 0, MAX_COUNT))

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            lines = (
                group.create_task(self._listening.keep(self._listen), name="redis_subscription"),
                group.create_task(self._asking.keep(self._errands.run), name="redis_commands"),
            )
            await self._stopping.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pulse.answer):
                    await self._errands.sent.wait()
            for line in lines:
                line.cancel()

    def stop(self) -> None:
        self._stopping.set()

    @property
    def outside(self) -> str | None:
        cut = [line.why for line in (self._asking, self._listening) if not line.up]
        if cut:
            return f"away: {' '.join(filter(None, dict.fromkeys(cut))) or 'connecting'}"
        return f"refuses: {self._errands.refused}" if self._errands.refused else "connected"

    @property
    def connected(self) -> bool:
        return self.outside == "connected"

    def _tick(self, key: str, window: timedelta) -> Tick:
        self._counted += 1
        now = self._clock.now()
        since = now - min(window, LONGEST_WINDOW)
        at = (now - _EPOCH) // MICROSECOND
        name = f"{at}-{self._me}-{self._counted}"
        return Tick(f"{self._counter}{key}", at, (since - _EPOCH) // MICROSECOND, name)

    async def _listen(self, wire: Wire) -> None:
        await wire.tell("SUBSCRIBE", self._channel)
        if await wire.read(self._pulse.answer) is None:
            raise Cut("silent")
        self._listening.works()
        self._local.wake_all()
        while True:
            topic = heard(await self._next(wire), self._me)
            if topic is not None:
                await self._local.wake(topic)
            await asyncio.sleep(0)  # a flood must not keep the loop to itself

    async def _next(self, wire: Wire) -> Any:
        """The next reply, whatever it is; a server that is silent is asked whether it lives."""
        said = await wire.read(self._pulse.idle)
        if said is None:
            await wire.tell("PING")
            said = await wire.read(self._pulse.answer)
        if said is None:
            raise Cut("silent")
        return said


def heard(said: Any, me: str) -> str | None:
    """The topic that somebody else woke; None for what is no wake, or our own."""
    match said:
        case [b"message", _, bytes(words)]:
            found = _MESSAGE.fullmatch(words)
        case _:
            return None
    if found is None or found[1].decode() == me:
        return None
    return found[2].decode()
