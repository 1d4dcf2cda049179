"""What is to be done at a Redis server: bounded, in batches, each batch one way there and back.

Wakes are kept until they were sent: to send one twice does no harm. Counts are sent once, or not at all.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, NamedTuple

import structlog

from core.signals.lines import Command, Line, Pulse, Refused, Wire
from core.signals.memory import LONGEST_WINDOW, MAX_COUNT

log = structlog.get_logger(__name__)

MOST_TOPICS = 1_000
MOST_COUNTS = 1_000
BATCH = 100
MICROSECOND = timedelta(microseconds=1)
_HOUR_US = LONGEST_WINDOW // MICROSECOND
_HOUR_MS = LONGEST_WINDOW // timedelta(milliseconds=1)
_PING: Command = ("PING",)


class Tick(NamedTuple):
    """One more for the counter `key`; times are microseconds of the caller's clock."""

    key: str
    at: int
    since: int
    name: str
    """Of this very tick: no other has it."""


class _Asked(NamedTuple):
    tick: Tick
    answer: asyncio.Future[int | None]


class Errands:
    """Takes wakes and counts at any time; `run` brings them to the server while a line stands."""

    def __init__(self, line: Line, channel: str, sender: str, pulse: Pulse) -> None:
        self._line = line
        self._channel = channel
        self._sender = sender
        self._pulse = pulse
        self._topics: OrderedDict[str, None] = OrderedDict()
        self._counts: deque[_Asked] = deque()
        self._work = asyncio.Event()
        self._quick = False
        self._refusals = {"wakes": "", "counts": ""}
        self.sent = asyncio.Event()
        """Set while no wake waits to be sent."""
        self.sent.set()

    @property
    def refused(self) -> str:
        """The kind of error with which the server last refused wakes or counts; empty where it does both."""
        return " ".join(filter(None, dict.fromkeys(self._refusals.values())))

    def publish(self, topic: str) -> None:
        """Soon, and once for all wakes of this topic until then."""
        self._topics[topic] = None
        self._topics.move_to_end(topic)
        if len(self._topics) > MOST_TOPICS:
            self._topics.popitem(last=False)
        self.sent.clear()
        self._work.set()

    async def count(self, tick: Tick) -> int | None:
        """What the fleet counted, if the server says so in time. While it is slow, nobody waits for it."""
        if not self._line.up or len(self._counts) >= MOST_COUNTS:
            return None
        answer: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        self._counts.append(_Asked(tick, answer))
        self._work.set()
        return await self._in_time(answer) if self._quick else None

    async def run(self, wire: Wire) -> None:
        """Until the line is cut. Whoever waits then is let go."""
        try:
            await self._ask(wire, [_PING])
            self._line.works()
            self._work.set()  # for what could not be sent before
            while True:
                await self._something_to_do()
                await self._one_batch(wire)
        finally:
            self._quick = False
            _answer(self._counts, [])
            self._counts.clear()

    async def _in_time(self, answer: asyncio.Future[int | None]) -> int | None:
        try:
            async with asyncio.timeout(self._pulse.caller):
                return await answer
        except TimeoutError:
            self._quick = False
            return None

    async def _something_to_do(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pulse.idle):
                await self._work.wait()

    async def _one_batch(self, wire: Wire) -> None:
        """What waits; where nothing does, a question whether the server lives."""
        topics, counts = self._take()
        wakes = [("PUBLISH", self._channel, f"{self._sender} {topic}") for topic in topics]
        ticks = [command for asked in counts for command in commands_of(asked.tick)]
        try:
            replies = await self._ask(wire, [*wakes, *ticks] or [_PING])
        except BaseException:
            self._put_back(topics)
            _answer(counts, [])
            raise
        if not self._topics:
            self.sent.set()
        self._note("wakes", replies[: len(wakes)])
        self._note("counts", replies[len(wakes) :] if ticks else [])
        _answer(counts, replies[len(wakes) :])

    async def _ask(self, wire: Wire, commands: Sequence[Command]) -> list[Any]:
        """The replies; and from how long they took, whether anybody may wait for the next."""
        clock = asyncio.get_running_loop().time
        began = clock()
        replies = await wire.ask(commands)
        self._quick = clock() - began < self._pulse.caller
        return replies

    def _take(self) -> tuple[list[str], list[_Asked]]:
        topics = list(self._topics)
        self._topics.clear()
        counts = [self._counts.popleft() for _ in range(min(BATCH, len(self._counts)))]
        if not self._counts:
            self._work.clear()
        return topics, counts

    def _put_back(self, topics: Sequence[str]) -> None:
        later = list(self._topics)
        self._topics = OrderedDict.fromkeys([*topics, *later][-MOST_TOPICS:])

    def _note(self, what: str, replies: Sequence[Any]) -> None:
        if not replies:
            return
        why = next((reply.why for reply in replies if isinstance(reply, Refused)), "")
        if why and why != self._refusals[what]:
            log.warning("redis_refuses", what=what, why=why)
        self._refusals[what] = why


_PER_TICK = 7


def commands_of(tick: Tick) -> list[Command]:
    """Add it, forget what is past an hour or a thousand, count; the key dies an hour after the last of these.

    All of it or nothing: a key never stays without its end.
    """
    return [
        ("MULTI",),
        ("ZADD", tick.key, tick.at, tick.name),
        ("ZREMRANGEBYSCORE", tick.key, "-inf", tick.at - _HOUR_US),
        ("ZREMRANGEBYRANK", tick.key, 0, -MAX_COUNT - 1),
        ("ZCOUNT", tick.key, f"({tick.since}", "+inf"),
        ("PEXPIRE", tick.key, _HOUR_MS),
        ("EXEC",),
    ]


def _answer(counts: Iterable[_Asked], replies: Sequence[Any]) -> None:
    """To each who counted, what the server said; where it said nothing, nothing."""
    for at, asked in enumerate(counts):
        of_this = replies[at * _PER_TICK : (at + 1) * _PER_TICK]
        if not asked.answer.done():
            asked.answer.set_result(_value(of_this))


def _value(replies: Sequence[Any]) -> int | None:
    match replies:
        case [*_, [_, _, _, int(value), _]]:
            return value
        case _:
            return None
