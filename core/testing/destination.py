"""A desk that lies in memory: takes each id once, remembers every attempt, and fails when it is told to."""

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable

import msgspec

from core.clock import Clock
from core.delivery.wire import Accepted, Delivery, DutyTold, NewsAsked, NewsItem, NewsTold, StatusTold
from core.errors import DeliveryError, DeliveryRefused
from core.ids import ItemId

_CONFLICT = 409


class RecordingDestination:
    """The desk's side of `core.delivery.model.Desk`, without a network.

    `attempts` has every call with the bytes it brought, `taken` what was stored, in the order it came;
    `arrived` is set by every attempt.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._faults: deque[DeliveryError] = deque()
        self._fault: DeliveryError | None = None
        self._fault_of: Callable[[Delivery], DeliveryError | None] = lambda _delivery: None
        self._held: Callable[[Delivery], bool] = lambda _delivery: False
        self._free = asyncio.Event()
        self._free.set()
        self._accepted: dict[ItemId, tuple[str, Accepted]] = {}
        self._news: dict[str, NewsItem] = {}
        self._told = asyncio.Event()
        self._changed = asyncio.Condition()
        self.attempts: list[tuple[ItemId, bytes]] = []
        self.taken: list[Delivery] = []
        self.acknowledged: list[str] = []
        self.arrived = asyncio.Event()
        self.known: dict[str, StatusTold] = {}
        self.duty: tuple[DutyTold, ...] = ()
        self.shown: list[tuple[str, str]] = []
        """Reference and id of every message that was said to be read, in order."""
        self.asked_to_note = asyncio.Event()
        """Set by every try to say so."""

    def fail_with(self, fault: DeliveryError | None) -> None:
        """From now on every call fails so; None: answers again."""
        self._fault = fault

    def fail_next(self, *faults: DeliveryError) -> None:
        """The next deliveries fail so, one fault each."""
        self._faults.extend(faults)

    def fail_for(self, fault_of: Callable[[Delivery], DeliveryError | None]) -> None:
        """From now on a delivery fails with whatever `fault_of` says of it."""
        self._fault_of = fault_of

    def hold(self, only: Callable[[Delivery], bool] = lambda _delivery: True) -> None:
        """From now on deliveries, or those that `only` picks, wait until `release`."""
        self._held = only
        self._free.clear()

    def release(self) -> None:
        self._free.set()

    def tell(self, *news: NewsItem) -> None:
        """Have this told to the road until it is acknowledged."""
        self._news |= {item.id: item for item in news}
        self._told.set()

    async def deliver(self, item: ItemId, body: bytes) -> Accepted:
        self.attempts.append((item, body))
        await self._say_so()
        delivery = msgspec.json.decode(body, type=Delivery)
        if self._held(delivery):
            await self._free.wait()
        if fault := self._next_fault(delivery):
            raise fault
        accepted = self._take(item, body, delivery)
        await self._say_so()
        return accepted

    async def until(self, something: Callable[[], bool]) -> None:
        """Wait until it is true of the attempts made and the deliveries taken."""
        async with self._changed:
            await self._changed.wait_for(something)

    async def news(self, asked: NewsAsked) -> NewsTold:
        self._refuse_if_told_to()
        if not self._news:
            self._told.clear()
            await self._wait_for_news(asked.wait_s)
        return NewsTold(news=tuple(self._news.values())[: asked.limit], duty=self.duty)

    async def acknowledge(self, ids: tuple[str, ...]) -> None:
        self._refuse_if_told_to()
        for known in [one for one in ids if one in self._news]:
            del self._news[known]
        self.acknowledged.extend(ids)

    async def status(self, reference: str) -> StatusTold:
        self._refuse_if_told_to()
        return self.known.get(reference, StatusTold(known=False))

    async def messages_read(self, reference: str, ids: tuple[str, ...]) -> None:
        self.asked_to_note.set()
        self._refuse_if_told_to()
        self.shown.extend((reference, each) for each in ids)
        await self._say_so()

    async def _say_so(self) -> None:
        self.arrived.set()
        async with self._changed:
            self._changed.notify_all()

    def _refuse_if_told_to(self) -> None:
        if self._fault is not None:
            raise self._fault

    def _next_fault(self, delivery: Delivery) -> DeliveryError | None:
        if self._faults:
            return self._faults.popleft()
        return self._fault or self._fault_of(delivery)

    def _take(self, item: ItemId, body: bytes, delivery: Delivery) -> Accepted:
        digest = hashlib.sha256(body).hexdigest()
        if item not in self._accepted:
            accepted = Accepted(item=item, received_at=self._clock.now())
            self._accepted[item] = (digest, accepted)
            self.taken.append(delivery)
        before, accepted = self._accepted[item]
        if before != digest:
            raise DeliveryRefused(_CONFLICT)
        return accepted

    async def _wait_for_news(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._told.wait()
        except TimeoutError:
            return
