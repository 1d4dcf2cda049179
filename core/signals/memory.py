"""Signals between the parts of one process. Nothing here survives it, and nothing has to."""

import asyncio
from collections import OrderedDict, deque
from datetime import timedelta
from typing import Any
from weakref import WeakKeyDictionary

from core.clock import Clock

MAX_KEYS = 100_000
MAX_COUNT = 1_000
LONGEST_WINDOW = timedelta(hours=1)
FRESH_S = 10.0
"""So long a wake counts for someone who waits on its topic for the first time, and may just have looked."""


class _Topic:
    def __init__(self, woken_at: float) -> None:
        self.last_wake = 0
        self.woken_at = woken_at
        self.waiting: set[asyncio.Future[None]] = set()


class MemorySignals:
    """Wake-ups and counters in memory (`core.signals.port.Signals`). A waiter is a task.

    At most `max_keys` topics and as many counters are kept; what was touched longest ago is forgotten
    first. A counter stops at a thousand.
    """

    def __init__(self, clock: Clock, *, max_keys: int = MAX_KEYS) -> None:
        self._clock = clock
        self._max_keys = max_keys
        self._wakes = 0
        self._all_woken_at = float("-inf")
        self._topics: OrderedDict[str, _Topic] = OrderedDict()
        self._counters: OrderedDict[str, deque[float]] = OrderedDict()
        self._seen: WeakKeyDictionary[asyncio.Task[Any], dict[str, int]] = WeakKeyDictionary()

    async def wake(self, topic: str) -> None:
        self._wake(self._topic(topic))

    def wake_all(self) -> None:
        """Wake every topic, those too that nobody has waited on so far: any of them may have been missed."""
        self._all_woken_at = self._clock.monotonic()
        for state in self._topics.values():
            self._wake(state)

    async def wait(self, topic: str, at_most: timedelta) -> bool:
        state = self._topic(topic)
        seen = self._seen_by_this_task()
        before = seen[topic] if topic in seen else self._newcomer(state)
        if state.last_wake == before:
            await _woken(state, at_most)
        seen[topic] = state.last_wake
        return state.last_wake != before

    async def count(self, key: str, window: timedelta) -> int:
        now = self._clock.monotonic()
        times = self._counter(key)
        times.append(now)
        while times[0] <= now - LONGEST_WINDOW.total_seconds():
            times.popleft()
        since = now - min(window, LONGEST_WINDOW).total_seconds()
        return sum(1 for time in times if time > since)

    async def run(self) -> None:
        """Nothing has to be carried (`core.signals.backends.RunnableSignals`)."""

    def stop(self) -> None:
        """Nothing waits to be sent."""

    @property
    def outside(self) -> str | None:
        return None

    @property
    def connected(self) -> bool:
        return True

    def _wake(self, state: _Topic) -> None:
        self._wakes += 1
        state.last_wake = self._wakes
        state.woken_at = self._clock.monotonic()
        for waiting in state.waiting:
            if not waiting.done():
                waiting.set_result(None)

    def _newcomer(self, state: _Topic) -> int:
        """What a first wait takes as seen: a wake of just now may have come between its look and its wait."""
        fresh = self._clock.monotonic() - state.woken_at < FRESH_S
        return -1 if fresh else state.last_wake

    def _seen_by_this_task(self) -> dict[str, int]:
        task = asyncio.current_task()
        return {} if task is None else self._seen.setdefault(task, {})

    def _topic(self, name: str) -> _Topic:
        state = self._topics.get(name)
        if state is None:
            self._make_room()
            state = self._topics[name] = _Topic(self._all_woken_at)
        self._topics.move_to_end(name)
        return state

    def _make_room(self) -> None:
        if len(self._topics) < self._max_keys:
            return
        idle = next((name for name, state in self._topics.items() if not state.waiting), None)
        if idle is not None:
            del self._topics[idle]

    def _counter(self, key: str) -> deque[float]:
        times = self._counters.get(key)
        if times is None:
            if len(self._counters) >= self._max_keys:
                self._counters.popitem(last=False)
            times = self._counters[key] = deque(maxlen=MAX_COUNT)
        self._counters.move_to_end(key)
        return times


async def _woken(state: _Topic, at_most: timedelta) -> None:
    waiting = asyncio.get_running_loop().create_future()
    state.waiting.add(waiting)
    try:
        async with asyncio.timeout(at_most.total_seconds()):
            await waiting
    except TimeoutError:
        return
    finally:
        state.waiting.discard(waiting)
