"""Several processes over one ledger, and a Discord that notes who identifies when; time jumps."""

import asyncio
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Self

from bots.discord.identifying import Alone, Budget, Leased
from bots.discord.sharding import Advice, Plan
from bots.discord.shards import NewLink, Shards
from core.errors import LedgerUnavailable
from core.ledger.leases import Leases
from core.ledger.road import leases as table
from core.ledger.schema import ROAD
from core.testing.clock import START
from core.testing.ledger import FaultyLedger, MemoryLedger
from tests.unit.core.chat.jumping_loop import now

CONNECTS_S = 0.3
WITHIN_S = 5.0
"""Two of one bucket within this are thrown out by Discord."""


class LoopClock:
    """Shows the loop's time, which begins at START."""

    def now(self) -> datetime:
        return START + timedelta(seconds=now())

    def monotonic(self) -> float:
        return now()


@dataclass
class Session:
    """One shard of one process, connected."""

    shard: int
    process: str
    begun: float
    blind: bool = False
    """Begun without a slot, because the ledger said nothing: Discord may throw it out, and it comes again."""
    ended: float | None = None


@dataclass
class Gateway:
    """Discord, as strict as it is."""

    at_once: int = 1
    left: int = 1000
    sessions: list[Session] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    down_for: set[str] = field(default_factory=set)
    """Processes whose line to Discord is broken."""

    def identify(self, shard: int, process: str, *, blind: bool) -> Session:
        slot = shard % self.at_once
        for other in self.sessions:
            leased = not (blind or other.blind) or other.process == process
            if leased and other.shard % self.at_once == slot and now() - other.begun < WITHIN_S:
                self.violations.append(f"{process} identifies {shard} {now() - other.begun:.2f} s after")
        self.left -= 1
        if self.left < 0:
            self.violations.append("no session was left")
        session = Session(shard, process, now(), blind)
        self.sessions.append(session)
        return session

    def serving(self) -> dict[int, list[str]]:
        """Shard to who is connected for it now."""
        found: dict[int, list[str]] = {}
        for session in self.sessions:
            if session.ended is None:
                found.setdefault(session.shard, []).append(session.process)
        return found

    def longest_twice(self) -> float:
        """So long one shard was connected twice at most."""
        longest = 0.0
        for number, one in enumerate(self.sessions):
            for other in self.sessions[number + 1 :]:
                if one.shard == other.shard:
                    ended = min(one.ended or now(), other.ended or now())
                    longest = max(longest, ended - max(one.begun, other.begun))
        return longest

    def longest_gap(self, shard: int) -> float:
        """So long nobody was connected for it, between the first who was and now."""
        gap, until = 0.0, None
        for each in sorted((one for one in self.sessions if one.shard == shard), key=lambda one: one.begun):
            gap = max(gap, each.begun - until) if until is not None else gap
            until = max(until or 0.0, now() if each.ended is None else each.ended)
        return max(gap, now() - until) if until is not None else now()

    async def advice(self) -> Advice:
        return Advice(1, self.at_once, self.left, timedelta(seconds=30))


class Link:
    """Connects one shard after another, each in its turn."""

    def __init__(self, gateway: Gateway, process: "Process", shards: tuple[int, ...]) -> None:
        self._gateway = gateway
        self._process = process
        self._shards = shards
        self.ready = False
        self.left = False

    async def run(self) -> None:
        sessions: list[Session] = []
        try:
            for shard in self._shards:
                await self._reached()
                await self._process.slots.wait(shard)
                blind = not self._process.ledger.ready
                sessions.append(self._gateway.identify(shard, self._process.name, blind=blind))
                await asyncio.sleep(CONNECTS_S)
            self.ready = True
            await asyncio.Event().wait()
        finally:
            for session in sessions:
                session.ended = now()

    async def leave(self, _within_s: float) -> None:
        self.left = True

    async def _reached(self) -> None:
        while True:
            if self._process.name not in self._gateway.down_for:
                return
            await asyncio.sleep(1)


class Process:
    """One `lifebelt bots discord`."""

    def __init__(self, name: str, inner: MemoryLedger, gateway: Gateway, plan: Plan, seed: int) -> None:
        self.name = name
        self.ledger = FaultyLedger(inner)
        clock, numbers, chance = LoopClock(), count(), random.Random(seed)  # noqa: S311
        leases = Leases(self.ledger, table, clock, lambda: f"{name}-{next(numbers)}")
        budget = Budget(gateway.advice, clock, Advice(1, gateway.at_once, gateway.left))
        alone = Alone(gateway.at_once, budget)
        self.slots = Leased(leases, gateway.at_once, budget, chance.random, alone)
        self.links: list[Link] = []
        self.shards = Shards(leases, plan, self._new(gateway), clock, chance.random)
        self.task = asyncio.ensure_future(self.shards.run())

    def _new(self, gateway: Gateway) -> NewLink:
        def new(shards: tuple[int, ...]) -> Link:
            self.links.append(Link(gateway, self, shards))
            return self.links[-1]

        return new

    async def kill(self) -> None:
        """Nothing is given back, and the line breaks at once."""
        self.ledger.fail_with(LedgerUnavailable("dead"))
        self.task.cancel()
        await asyncio.wait({self.task})

    def cut_off(self) -> None:
        """From the ledger, and from nothing else."""
        self.ledger.fail_with(LedgerUnavailable("no way there"))

    def back(self) -> None:
        self.ledger.fail_with(None)

    async def stop(self) -> float:
        """As when it is told to end; how long that took."""
        begun = now()
        self.shards.stop()
        await self.task
        return now() - begun


class World:
    """All of them."""

    def __init__(self, plan: Plan, at_once: int = 1) -> None:
        self.plan = plan
        self.gateway = Gateway(at_once)
        self.inner = MemoryLedger(ROAD, LoopClock())
        self.processes: list[Process] = []

    async def __aenter__(self) -> Self:
        await self.inner.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in self.processes:
            await process.kill()
        await self.inner.close()

    def start(self) -> Process:
        number = len(self.processes)
        process = Process(f"p{number}", self.inner, self.gateway, self.plan, seed=number)
        self.processes.append(process)
        return process

    @property
    def alive(self) -> list[Process]:
        return [process for process in self.processes if not process.task.done()]

    async def settled(self) -> None:
        """So long that whatever was begun has come to its end."""
        await asyncio.sleep(60 + 6 * self.plan.shards)
