"""When a shard may identify: never two of one bucket within five seconds, and never with no session left.

Discord throws out whoever identifies too often, and exchanges the token of whoever does it a thousand times.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, Protocol

import aiohttp
import discord
import structlog

from bots.discord.sharding import Advice, bucket
from core.clock import Clock
from core.errors import LedgerError
from core.ledger.leases import Leases

log = structlog.get_logger()

APART: Final = timedelta(seconds=5.75)
"""Five seconds, the moment between being allowed and doing it, and what the way to Discord may differ."""
AT_ONCE_S: Final = 0.5
"""A slot that took longer to get is used up: another one is taken."""
LOOK_S: Final = 0.25
BLIND_AFTER_S: Final = 10.0
"""Where the ledger says nothing for so long, somebody waits for help: it is tried without."""
ASK_AGAIN_S: Final = 60.0
UNKNOWN = (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError)

Ask = Callable[[], Awaitable[Advice]]


class Slots(Protocol):
    """Whoever identifies waits here first."""

    async def wait(self, shard: int) -> None:
        """Return when this shard may identify at once. Raises nothing of its own."""


class Budget:
    """The sessions that may still be begun, as Discord says and as was begun here since."""

    def __init__(self, ask: Ask, clock: Clock, advice: Advice) -> None:
        self._ask = ask
        self._clock = clock
        self._advice = advice
        self._asked = clock.monotonic()
        self._spent = 0

    async def spend(self) -> None:
        """Begin one; while there is none, wait."""
        await self._renew()
        while self._advice.left <= self._spent:
            wait = min(max(self._advice.anew_after.total_seconds(), 1.0), ASK_AGAIN_S)
            log.error("discord_no_session_left", wait_s=wait)
            await asyncio.sleep(wait)
            await self._renew()
        self._spent += 1

    async def _renew(self) -> None:
        """What was said lately still holds; where Discord says nothing, what was said last."""
        now = self._clock.monotonic()
        if now - self._asked < ASK_AGAIN_S and self._advice.left > self._spent:
            return
        try:
            self._advice = await self._ask()
        except UNKNOWN as error:
            log.warning("discord_limits_not_told", error=type(error).__name__)
            return
        self._asked, self._spent = now, 0


class Alone:
    """Slots where one process identifies all shards (`Slots`)."""

    def __init__(self, at_once: int, budget: Budget) -> None:
        self._at_once = at_once
        self._budget = budget
        self._one_by_one: dict[int, asyncio.Lock] = {}
        self._last: dict[int, float] = {}

    async def wait(self, shard: int) -> None:
        await self._budget.spend()
        slot = shard % self._at_once
        async with self._one_by_one.setdefault(slot, asyncio.Lock()):
            left = self._last.get(slot, float("-inf")) + APART.total_seconds() - _now()
            await asyncio.sleep(max(left, 0.0))
            self._last[slot] = _now()


class Leased:
    """Slots as leases, where several processes identify (`Slots`)."""

    def __init__(
        self, leases: Leases, at_once: int, budget: Budget, jitter: Callable[[], float], alone: Slots
    ) -> None:
        """`alone` is what is left where the ledger says nothing; `jitter` draws evenly from [0, 1)."""
        self._leases = leases
        self._at_once = at_once
        self._budget = budget
        self._jitter = jitter
        self._alone = alone

    async def wait(self, shard: int) -> None:
        await self._budget.spend()
        name, heard = bucket(shard, self._at_once), _now()
        while True:
            late = _now() - heard >= BLIND_AFTER_S
            if late:
                await asyncio.sleep(self._jitter() * APART.total_seconds())
            taken = await self._taken(name)
            if taken:
                return
            if taken is None and late:
                log.warning("discord_identifies_unleased", shard=shard)
                await self._alone.wait(shard)
                return
            heard = heard if taken is None else _now()
            await asyncio.sleep(LOOK_S)

    async def _taken(self, name: str) -> bool | None:
        """Whether the slot is ours, and fresh; None where nobody says anything. It ends by itself."""
        asked = _now()
        try:
            async with asyncio.timeout(BLIND_AFTER_S / 2):
                lease = await self._leases.take(name, APART)
        except (LedgerError, TimeoutError):
            return None
        return lease is not None and _now() - asked <= AT_ONCE_S


def _now() -> float:
    return asyncio.get_running_loop().time()
