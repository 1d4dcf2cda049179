"""A desk that lies in memory: takes each id once, remembers every attempt, and fails when it is told to."""

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable

import msgspec

from core.clock import Clock
from core.delivery.wire import Accepted, Delivery, NewsAsked, NewsItem, NewsTold, StatusTold
from core.errors import DeliveryError, DeliveryRefused
from core.ids import ItemId

_CONFLICT = 409


class RecordingDestination:
    """The desk's side of `core.delivery.model.Desk`, without a network.

    `attempts` has every call with the bytes it brought, `taken` what was stored, in the order it came.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._faults: deque[DeliveryError] = deque()
        self._fault: DeliveryError | None = None
        self._fault_of: Callable[[Delivery], DeliveryError | None] = lambda _delivery: None
        self._free = asyncio.Event()
        self._free.set()
        self._accepted: dict[ItemId, tuple[str, Accepted]] = {}
        self._news: dict[str, NewsItem] = {}
        self._told = asyncio.Event()
        self.attempts: list[tuple[ItemId, bytes]] = []
        self.taken: list[Delivery] = []
        self.acknowledged: list[str] = []
        self.arrived = asyncio.Event()
        self.known: dict[str, StatusTold] = {}

    def fail_with(self, fault: DeliveryError | None) -> None:
        """From now on every call fails so; None: answers again."""
        self._fault = fault

    def fail_next(self, *faults: DeliveryError) -> None:
        """The next deliveries fail so, one fault each."""
        self._faults.extend(faults)

    def fail_for(self, fault_of: Callable[[Delivery], DeliveryError | None]) -> None:
        """From now on a delivery fails with whatever `fault_of` says of it."""
        self._fault_of = fault_of

    def hold(self) -> None:
        """From now on deliveries wait until `release`; `arrived` is set by the first."""
        self._free.clear()

    def release(self) -> None:
        self._free.set()

    def tell(self, *news: NewsItem) -> None:
        """Have this told to the road until it is acknowledged."""
        self._news |= {item.id: item for item in news}
        self._told.set()

    async def deliver(self, item: ItemId, body: bytes) -> Accepted:
        self.attempts.append((item, body))
        self.arrived.set()
        await self._free.wait()
        delivery = msgspec.json.decode(body, type=Delivery)
        if fault := self._next_fault(delivery):
            raise fault
        return self._take(item, body, delivery)

    async def news(self, asked: NewsAsked) -> NewsTold:
        self._refuse_if_told_to()
        if not self._news:
            self._told.clear()
            await self._wait_for_news(asked.wait_s)
        return NewsTold(news=tuple(self._news.values())[: asked.limit])

    async def acknowledge(self, ids: tuple[str, ...]) -> None:
        self._refuse_if_told_to()
        for known in [one for one in ids if one in self._news]:
            del self._news[known]
        self.acknowledged.extend(ids)

    async def status(self, reference: str) -> StatusTold:
        self._refuse_if_told_to()
        return self.known.get(reference, StatusTold(known=False))

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
