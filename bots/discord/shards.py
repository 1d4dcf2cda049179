"""This process's share of Discord's shards: it takes what is free, and gives up what is too much.

A group of shards whose holder died is taken over by another process in the same loop. A group that is handed
over stays connected until whoever follows is: presses of that moment come to both, and one claims each.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from bots.discord.identifying import APART
from bots.discord.sharding import LEASES, PROCESSES, READY, Plan, share
from core.clock import Clock
from core.errors import LedgerError
from core.ledger.leases import LASTS, Lease, Leases, Seen

log = structlog.get_logger()

LOOK_S: Final = 1.0
"""So often a process looks for what is free."""
HANDED_OVER_S: Final = 15.0
"""A process that ends waits so long for whoever follows, and for each shard as long as that takes."""
UNTAKEN_S: Final = 5.0
"""What was given up for others and nobody took is taken back."""
UNREADY_S: Final = 90.0
"""Who cannot connect for so long leaves it to others, if there are any, for as long."""
BLIND_AFTER_S: Final = 10.0
"""Where the ledger says nothing from the start, the one group of a small app is connected without it."""
ENDING_S: Final = 6.0
ANSWERS_S: Final = 4.0
"""A ledger that is silent for so long is as good as gone."""
_NOT_NOW = (LedgerError, TimeoutError)


class Link(Protocol):
    """The client of one group, and another one whenever that is done for."""

    @property
    def ready(self) -> bool:
        """Whether presses come in by all its shards."""

    async def run(self) -> None:
        """Connected until cancelled."""

    async def leave(self, within_s: float) -> None:
        """Take no more presses, and finish those begun."""


NewLink = Callable[[tuple[int, ...]], Link]


@dataclass(kw_only=True, eq=False)
class Group:
    """One group of shards that this process serves."""

    number: int
    link: Link
    lease: Lease | None
    """None: the ledger said nothing from the start."""
    since: float
    giving_up: asyncio.Event = field(default_factory=asyncio.Event)


class Shards:
    """One object a process."""

    def __init__(
        self, leases: Leases, plan: Plan, new_link: NewLink, clock: Clock, jitter: Callable[[], float]
    ) -> None:
        """`jitter` draws evenly from [0, 1)."""
        self._leases = leases
        self._plan = plan
        self._new_link = new_link
        self._clock = clock
        self._jitter = jitter
        self._name = PROCESSES + leases.new_holder()
        self._seat: Lease | None = None
        self._groups: dict[int, Group] = {}
        self._stopping = asyncio.Event()
        self._not_before = clock.monotonic()
        self._heard = False

    @property
    def ready(self) -> bool:
        """Whether presses of this process's share come in; false where it has none."""
        return bool(self._groups) and all(group.link.ready for group in self._groups.values())

    @property
    def held(self) -> tuple[int, ...]:
        """The groups that are served here."""
        return tuple(sorted(self._groups))

    @property
    def patience_s(self) -> float:
        """How long handing over may take when this process ends: its shards are connected one by one."""
        return HANDED_OVER_S + APART.total_seconds() * sum(map(len, map(self._plan.of, self._groups)))

    def stop(self) -> None:
        """Hand over, and let `run` return."""
        self._stopping.set()

    async def run(self) -> None:
        """Until `stop`, and until all is handed over. Never raises a LedgerError."""
        begun = self._clock.monotonic()
        async with asyncio.TaskGroup() as owner:
            while not self._stopping.is_set():
                try:
                    async with asyncio.timeout(ANSWERS_S):
                        await self._look(owner)
                    self._heard = True
                except _NOT_NOW:
                    self._go_blind(owner, begun)
                await self._pause(LOOK_S if self._heard else LOOK_S / 5)
            await self._give_up_all()

    async def _give_up_all(self) -> None:
        """No member any more, so that nobody waits for this one; then group by group."""
        if self._seat is not None:
            await self._seat.release()
        for group in self._groups.values():
            group.giving_up.set()

    def _go_blind(self, owner: asyncio.TaskGroup, begun: float) -> None:
        """Help needs no ledger. Whoever has many shards has other processes that are connected already."""
        waited = self._clock.monotonic() - begun
        if self._heard or self._plan.groups > 1 or self._groups or waited < BLIND_AFTER_S:
            return
        log.warning("discord_connects_unleased")
        self._begin(owner, 0, None)

    async def _look(self, owner: asyncio.TaskGroup) -> None:
        """Take what is free, or give up what is too much. Raises LedgerError."""
        if not await self._seated(owner):
            return
        now, seen = await self._leases.seen(LEASES)
        taken = {each.name for each in seen if not each.is_free(now)}
        others = sum(name.startswith(PROCESSES) for name in taken - {self._name})
        if others and self._is_stuck():
            await self._step_down()
            return
        most = share(self._plan.groups, others + 1)
        mine = [group for group in self._groups.values() if not group.giving_up.is_set()]
        for group in mine[most:]:
            group.giving_up.set()
        await self._take(owner, self._free(taken), most - len(mine))

    def _free(self, taken: Iterable[str]) -> list[int]:
        """Beginning somewhere, so that processes that look at the same moment rarely want the same."""
        free = [group for group in range(self._plan.groups) if self._plan.lease(group) not in taken]
        free = [group for group in free if group not in self._groups]
        first = int(self._jitter() * len(free))
        return free[first:] + free[:first]

    async def _take(self, owner: asyncio.TaskGroup, free: list[int], room: int) -> None:
        for number in free[: max(room, 0)]:
            lease = await self._leases.take(self._plan.lease(number), LASTS)
            if lease is not None and number not in self._groups:
                self._begin(owner, number, lease)

    async def _seated(self, owner: asyncio.TaskGroup) -> bool:
        """Whether this process says that it is there."""
        if self._seat is not None and not self._seat.over:
            return True
        if self._clock.monotonic() < self._not_before:
            return False
        self._seat = await self._leases.take(self._name, LASTS)
        if self._seat is not None:
            owner.create_task(self._seat.keep(), name="seat")
        return self._seat is not None

    def _is_stuck(self) -> bool:
        now = self._clock.monotonic()
        late = (group for group in self._groups.values() if not group.link.ready)
        return any(now - group.since > UNREADY_S for group in late)

    async def _step_down(self) -> None:
        log.error("discord_leaves_it_to_others", groups=len(self._groups))
        self._not_before = self._clock.monotonic() + UNREADY_S
        await self._give_up_all()

    # One group.

    def _begin(self, owner: asyncio.TaskGroup, number: int, lease: Lease | None) -> None:
        link = self._new_link(self._plan.of(number))
        group = Group(number=number, link=link, lease=lease, since=self._clock.monotonic())
        self._groups[number] = group
        owner.create_task(self._serve(group), name="shards")
        log.info("discord_group_taken", group=number, shards=len(self._plan.of(number)))

    async def _serve(self, group: Group) -> None:
        """Connected as long as the group is ours, and then until whoever follows is."""
        try:
            async with asyncio.TaskGroup() as owner:
                connecting = owner.create_task(group.link.run(), name="group")
                while await self._still_ours(group):
                    pass
                await group.link.leave(ENDING_S)
                connecting.cancel()
        finally:
            del self._groups[group.number]
            log.info("discord_group_left", group=group.number)

    async def _still_ours(self, group: Group) -> bool:
        """Wait until it is not, or has to be given up; whether it is ours again after that.

        A ledger that does not answer ends nothing: while it is gone nobody else can take the group either,
        and help needs none.
        """
        if group.lease is None and not await self._adopted(group):
            return False
        lease = group.lease
        if lease is None:
            return False
        async with asyncio.TaskGroup() as owner:
            tasks = [owner.create_task(lease.keep()), owner.create_task(self._say_ready(group, lease))]
            await _first(lease.until_over(), group.giving_up.wait())
            for task in tasks:
                task.cancel()
        if lease.over and not group.giving_up.is_set():
            log.warning("discord_group_lost", group=group.number)
            return False
        await lease.release()
        group.lease = await self._handed_over(group, lease)
        group.giving_up.clear()
        return group.lease is not None

    async def _adopted(self, group: Group) -> bool:
        """Whether the group that was connected without a lease is ours, once the ledger says so."""
        while not group.giving_up.is_set():
            with suppress(LedgerError):
                group.lease = await self._leases.take(self._plan.lease(group.number), LASTS)
                return group.lease is not None
            await self._pause(LOOK_S)
        return False

    async def _say_ready(self, group: Group, lease: Lease) -> None:
        while True:
            if group.link.ready and await lease.say(READY):
                break
            await asyncio.sleep(LOOK_S / 4)
        log.info("discord_group_ready", group=group.number)

    async def _handed_over(self, group: Group, lease: Lease) -> Lease | None:
        """Wait for whoever follows to be connected. A lease again where nobody wanted the group."""
        begun = self._clock.monotonic()
        while True:
            waited = self._clock.monotonic() - begun
            ending = self._stopping.is_set()
            if ending and waited > self.patience_s:
                return None
            try:
                if await self._followed(group, lease, alone_is_over=ending):
                    return None
                if not ending and waited > UNTAKEN_S and (again := await self._again(group)):
                    return again
            except _NOT_NOW:
                if ending:
                    return None  # nobody can follow without it, either
            await asyncio.sleep(LOOK_S / 4)

    async def _followed(self, group: Group, lease: Lease, *, alone_is_over: bool) -> bool:
        """Whether another process serves it by now, or there is none that could. Raises LedgerError."""
        async with asyncio.timeout(ANSWERS_S):
            now, seen = await self._leases.seen(LEASES)
        name = self._plan.lease(group.number)
        if any(each.name == name and _follows(each, lease) and not each.is_free(now) for each in seen):
            return True
        others = any(each.name.startswith(PROCESSES) and not each.is_free(now) for each in seen)
        return alone_is_over and not others

    async def _again(self, group: Group) -> Lease | None:
        """Take back what nobody took, unless this process leaves it to others."""
        if self._clock.monotonic() < self._not_before:
            return None
        return await self._leases.take(self._plan.lease(group.number), LASTS)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()


def _follows(seen: Seen, lease: Lease) -> bool:
    return seen.fence > lease.held.fence and seen.mark == READY


async def _first(*waits: Awaitable[object]) -> None:
    """Return with the first of them; the others are cancelled."""

    async def waiting(one: Awaitable[object]) -> None:
        await one

    async with asyncio.TaskGroup() as owner:
        tasks = [owner.create_task(waiting(one)) for one in waits]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
