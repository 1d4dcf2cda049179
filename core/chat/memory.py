"""What a process remembers of presses for a while: it only helps, and a restart may take all of it."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final, Generic, TypeVar
from weakref import WeakValueDictionary

import structlog

from core.clock import Clock

log = structlog.get_logger()

MOST: Final = 10_000
TURN_S: Final = 0.5
"""A press waits so long for the one before it on the same screen: three seconds are all there is."""

T = TypeVar("T")


class Memory(Generic[T]):
    """The latest few of something; the oldest are forgotten, by number and after so long."""

    def __init__(self, clock: Clock, lasts: timedelta) -> None:
        self._clock = clock
        self._lasts = lasts.total_seconds()
        self._kept: OrderedDict[str, tuple[float, T]] = OrderedDict()

    def __contains__(self, name: str) -> bool:
        return name in self._kept

    def get(self, name: str) -> T | None:
        found = self._kept.get(name)
        return None if found is None else found[1]

    def pop(self, name: str) -> T | None:
        found = self._kept.pop(name, None)
        return None if found is None else found[1]

    def keep(self, name: str, value: T) -> None:
        self._kept[name] = self._clock.monotonic(), value
        self._kept.move_to_end(name)
        self.forget_old()

    def forget_old(self) -> None:
        """Drop what is past its time, and what is too many."""
        before = self._clock.monotonic() - self._lasts
        while self._kept and (len(self._kept) > MOST or next(iter(self._kept.values()))[0] < before):
            self._kept.popitem(last=False)


class Turns:
    """One press on a screen after another, as they were made: what was chosen first is sent with the rest."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, draft: str) -> AsyncIterator[None]:
        """A turn at this draft. Whoever waits too long goes on without one."""
        lock = self._locks.setdefault(draft, asyncio.Lock())
        try:
            async with asyncio.timeout(TURN_S):
                await lock.acquire()
        except TimeoutError:
            log.warning("press_out_of_turn")
            yield
            return
        try:
            yield
        finally:
            lock.release()
