"""The way to one destination: leases what is due, lets attempts run side by side, records how each ended.

While nobody answers at the door, one item at a time knocks for all; the first that gets in calls the others.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import msgspec
import structlog

from core.checkpoints import Checkpoint, KillPoint
from core.clock import Clock
from core.delivery import outbox
from core.delivery.assemble import Parcel, assemble
from core.delivery.metrics import Metrics
from core.delivery.model import Destination, Fault, Leased, OutboxState, Receipt
from core.delivery.receipts import Receipts
from core.delivery.retry import Decision, Failure, decide, failure_of
from core.delivery.wire import Accepted
from core.errors import DeliveryError, LedgerError
from core.ids import DeskName, ItemId
from core.ledger.port import Ledger

log = structlog.get_logger()

Taken = tuple[tuple[Leased, Parcel | None], ...]
"""What was leased, and what is to be handed over; None where that is not in the ledger."""


class Pulse(msgspec.Struct, frozen=True, kw_only=True):
    """How a worker goes about it."""

    lease: timedelta = timedelta(seconds=30)
    """Also how long an item waits whose worker was killed in the middle of an attempt."""
    attempt: timedelta = timedelta(seconds=20)
    """The longest an attempt may take, whatever the destination allows itself; shorter than the lease."""
    poll: timedelta = timedelta(seconds=5)
    """How often to look where no signal came."""
    gather: timedelta = timedelta(milliseconds=50)
    """After all that was due is taken, so long a lane lets what comes next gather: it is taken together."""
    width: int = 18
    """Attempts at once in one lane."""
    kept_for_urgent: int = 2
    """Of these, so many are never given to what is not urgent."""


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """What all lanes of a worker work with."""

    ledger: Ledger
    clock: Clock
    jitter: Callable[[], float]
    checkpoint: Checkpoint
    metrics: Metrics
    pulse: Pulse


class Lane:
    """Everything for one destination. Owned by one worker, used in one loop."""

    def __init__(self, name: DeskName, destination: Destination, shared: Shared) -> None:
        self._name = name
        self._destination = destination
        self._shared = shared
        self._receipts = Receipts(shared.ledger)
        self._look = asyncio.Event()
        self._stopped = asyncio.Event()
        self._under_way = 0
        self._knocks = 0
        self._rung = False
        self._more = False

    @property
    def _stopping(self) -> bool:
        return self._stopped.is_set()

    def look(self) -> None:
        """There may be something to do."""
        self._look.set()

    def stop(self) -> None:
        """Begin no further attempt."""
        self._stopped.set()
        self._look.set()

    async def run(self) -> None:
        """Until stopped and empty-handed, or cancelled."""
        async with asyncio.TaskGroup() as attempts:
            while not self._stopping:
                self._look.clear()
                taken = await self._take_if_possible()
                for leased, parcel in taken or ():
                    attempts.create_task(self._attempt(leased, parcel), name="delivery_attempt")
                if not taken:
                    await self._rest(blind=taken is None)
                elif not self._more:
                    await self._gather()

    async def sweep(self) -> int:
        """Try all that is due until nothing is left untried; how many were delivered. Raises LedgerError."""
        delivered, tried = 0, set[ItemId]()
        while await self._is_due() and (taken := await self._take()):
            async with asyncio.TaskGroup() as group:
                attempts = [group.create_task(self._attempt(*one)) for one in taken]
            delivered += sum(attempt.result() for attempt in attempts)
            items = {leased.item for leased, _ in taken}
            if items <= tried:
                break
            tried |= items
        return delivered

    async def _is_due(self) -> bool:
        now = await self._shared.ledger.now()
        return await self._next_due(now) == now

    async def _take_if_possible(self) -> Taken | None:
        """None: the ledger did not let us."""
        try:
            await self._ring_once()
            return await self._take()
        except LedgerError as fault:
            log.warning("outbox_not_leased", fault=fault.code)
            return None

    async def _ring_once(self) -> None:
        """After a start, when settings may have been mended, nothing waits for a door closed before."""
        if self._rung:
            return
        now = await self._shared.ledger.now()
        await self._shared.ledger.transact(partial(outbox.reopen, destination=self._name, now=now))
        self._rung = True

    async def _take(self) -> Taken:
        room = self._room()
        if not room:
            return ()
        ledger, lasts = self._shared.ledger, self._shared.pulse.lease
        now = await ledger.now()
        if self._stopping:
            return ()
        calm = self._room_for_calm(room)
        leased = await ledger.transact(
            partial(
                outbox.lease,
                destination=self._name,
                now=now,
                lasts=lasts,
                limit=calm or room,
                urgent_only=not calm,
            )
        )
        self._more = not calm or len(leased) >= calm
        parcels = await self._assembled(leased)
        self._under_way += len(leased)
        return tuple((one, parcels.get(one.item)) for one in leased)

    async def _assembled(self, leased: Sequence[Leased]) -> Mapping[ItemId, Parcel]:
        """One that cannot be read for a reason nobody thought of stops no other."""
        try:
            return await self._shared.ledger.read(partial(assemble, leased=leased))
        except LedgerError:
            raise
        except Exception as error:  # noqa: BLE001 - what a driver makes of a broken row is its own
            if len(leased) > 1:
                alone = [await self._assembled([one]) for one in leased]
                return {item: parcel for found in alone for item, parcel in found.items()}
            log.error("item_not_assembled", item=leased[0].item, error=type(error).__name__)  # noqa: TRY400 - no content
            return {}

    def _room(self) -> int:
        width = 2 if self._knocks else self._shared.pulse.width
        return max(width - self._under_way, 0)

    def _room_for_calm(self, room: int) -> int:
        kept = 1 if self._knocks else self._shared.pulse.kept_for_urgent
        return max(room - kept, 0)

    async def _rest(self, *, blind: bool) -> None:
        """Until somebody says look, or something falls due, or it is time to look anyway."""
        poll = self._shared.pulse.poll.total_seconds()
        try:
            async with asyncio.timeout(poll if blind else await self._nothing_until()):
                await self._look.wait()
        except TimeoutError:
            return

    async def _gather(self) -> None:
        """A moment, unless it is to stop."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._shared.pulse.gather.total_seconds()):
                await self._stopped.wait()

    async def _nothing_until(self) -> float:
        """Seconds. While all room is taken, the end of an attempt says look."""
        poll = self._shared.pulse.poll.total_seconds()
        if not self._room_for_calm(self._room()):
            return poll
        try:
            now = await self._shared.ledger.now()
            due = await self._next_due(now)
        except LedgerError:
            return poll
        return poll if due is None else min(max((due - now).total_seconds(), _SOON), poll)

    async def _next_due(self, now: datetime) -> datetime | None:
        lasts = self._shared.pulse.lease
        return await self._shared.ledger.read(
            partial(outbox.next_due, destination=self._name, now=now, lasts=lasts)
        )

    async def _attempt(self, leased: Leased, parcel: Parcel | None) -> bool:
        delivered = False
        try:
            delivered = await self._deliver(leased, parcel)
        except LedgerError as fault:  # the lease ends by itself, and the attempt is made again
            log.warning("delivery_not_recorded", item=leased.item, fault=fault.code)
        except Exception as error:  # noqa: BLE001 - the edge of a task: one odd item or desk stops no other
            log.error("delivery_failed", item=leased.item, error=type(error).__name__)  # noqa: TRY400 - no content
        finally:
            self._under_way -= 1
            if self._more or self._knocks or not delivered:
                self._look.set()
        return delivered

    async def _deliver(self, leased: Leased, parcel: Parcel | None) -> bool:
        knocks = self._knocks
        if parcel is None:
            return await self._postpone(leased, Failure(fault=Fault.INCOMPLETE), knocks)
        outcome = await self._hand_over(leased, parcel)
        if isinstance(outcome, Failure):
            return await self._postpone(leased, outcome, knocks)
        self._shared.checkpoint(KillPoint.DELIVER)
        return await self._complete(leased, parcel, outcome)

    async def _hand_over(self, leased: Leased, parcel: Parcel) -> Accepted | Failure:
        try:
            async with asyncio.timeout(self._shared.pulse.attempt.total_seconds()):
                return await self._destination.deliver(leased.item, parcel.body)
        except DeliveryError as fault:
            return failure_of(fault)
        except TimeoutError:
            return Failure(fault=Fault.SILENT)
        except Exception as fault:  # noqa: BLE001 - the edge of a task: one bad item must not stop the rest
            log.error("destination_broken", item=leased.item, error=type(fault).__name__)  # noqa: TRY400 - a traceback may quote what was sent
            return Failure(fault=Fault.FAILED)

    async def _complete(self, leased: Leased, parcel: Parcel, accepted: Accepted) -> bool:
        receipt = Receipt(leased=leased, parts=parcel.parts, received_at=accepted.received_at)
        if not await self._receipts.note(receipt):
            log.warning("lease_lost", item=leased.item, after="delivery")
            return False
        self._shared.metrics.delivered()
        log.info(
            "delivered", item=leased.item, kind=leased.kind, urgent=leased.urgent, attempts=leased.attempts
        )
        await self._let_the_others_in()
        return True

    async def _let_the_others_in(self) -> None:
        if not self._knocks:
            return
        self._knocks = 0
        self._look.set()
        now = await self._shared.ledger.now()
        freed = await self._shared.ledger.transact(partial(outbox.reopen, destination=self._name, now=now))
        log.info("destination_back", due=freed)

    async def _postpone(self, leased: Leased, failure: Failure, knocks: int) -> bool:
        """Always false: nothing was delivered."""
        now = await self._shared.ledger.now()
        tries = knocks + 1 if failure.of_the_door else leased.attempts
        jitter = self._shared.jitter()
        decision = decide(failure, urgent=leased.urgent, tries=tries, now=now, jitter=jitter)
        if failure.of_the_door:
            self._knocks = max(self._knocks, tries)
        job = partial(outbox.postpone, leased=leased, failure=failure, decision=decision)
        if not await self._shared.ledger.transact(job):
            log.warning("lease_lost", item=leased.item, after=failure.fault)
            return False
        self._shared.metrics.attempted(failure.fault)
        level = log.error if decision.state is OutboxState.DEAD else log.warning
        level("not_delivered", **_told(leased, failure, decision))
        return False


_SOON = 0.05  # seconds; nothing is ever asked more often than this


def _told(leased: Leased, failure: Failure, decision: Decision) -> dict[str, object]:
    return {
        "item": leased.item,
        "urgent": leased.urgent,
        "attempts": leased.attempts,
        "fault": failure.fault.value,
        "status": failure.status,
        "state": decision.state.value,
        "due_at": decision.due_at.isoformat(),
    }
