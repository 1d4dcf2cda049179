"""The desk while it runs: what intake and console ask of it, and the tasks it owns. Knows no HTTP."""

import asyncio
from collections.abc import Container, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Final

import structlog
from prometheus_client import CollectorRegistry

from core.checkpoints import Checkpoint, KillPoint, no_checkpoint
from core.clock import Clock
from core.delivery.signing import check_secret
from core.delivery.wire import Delivery, DutyTold, MessagesRead, NewsTold, StatusTold
from core.errors import LedgerError
from core.evidence.keys import DeskKeys
from core.ids import CommunityId, DeskName, ReportId, RoadName
from core.ledger.port import Ledger
from core.reports.categories import Categories
from core.reports.model import Standing
from core.reports.triage import Rules, triage
from core.signals.port import Signals
from desk import cases, status
from desk.keeping.erasing import erase
from desk.keeping.retention import Retention
from desk.metrics import DeskMetrics
from desk.model import CaseRecord, Opened, Page, Scope
from desk.news import NEWS, acknowledge, waiting
from desk.queue import QUEUE, WHOLE, Asked, queue_page
from desk.ranks import SHIPPED, Targets
from desk.receiving import CONFLICT, RECEIVED, Fate, Incoming, Received, receive
from desk.review.model import Review
from desk.review.reviewing import draw
from desk.rota.deciding import Plan
from desk.rota.running import RotaRun
from desk.rota.sending import Ways
from desk.triaging import TriageRun

LOOK_AGAIN: Final = timedelta(seconds=5)
"""So often those who wait look by themselves: a lost signal delays, and loses nothing."""
KEEPING: Final = "desk.keeping"
"""The topic that wakes whoever deletes what is over; nobody needs to."""
REVIEWING: Final = "desk.reviewing"
"""The topic that wakes whoever draws from the trail; nobody needs to."""
DRAW_EVERY: Final = timedelta(minutes=1)
ERASE_EVERY: Final = timedelta(hours=1)
MEASURE_EVERY: Final = timedelta(seconds=15)
LOOK_UPS: Final = 300
"""References one road may look up in a minute."""

log = structlog.get_logger(__name__)


class DeskService:
    """One per process. `run` until `stop`; the ledger is opened before and closed after by its owner.

    `roads` is asked at every request: taking a road out of it revokes it. `communities` likewise.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        keys: DeskKeys,
        signals: Signals,
        clock: Clock,
        roads: Mapping[RoadName, Sequence[str]],
        desks: Mapping[DeskName, Standing],
        communities: Container[str],
        rules: Rules,
        categories: Categories,
        targets: Targets = SHIPPED,
        retention: Retention | None = None,
        plan: Plan | None = None,
        ways: Ways | None = None,
        review: Review = Review(),  # noqa: B008 - a value
        checkpoint: Checkpoint = no_checkpoint,
        registry: CollectorRegistry | None = None,
    ) -> None:
        """Raises KeysMissing where a road's secret is none. Without `retention` nothing is deleted.

        Without `plan` no desk is ever staffed; without `ways` pages leave by none.
        """
        for secret in (secret for secrets in roads.values() for secret in secrets):
            check_secret(secret)
        self.ledger = ledger
        self.signals = signals
        self.clock = clock
        self.scopes = tuple(Scope(desk=desk, standing=standing) for desk, standing in desks.items())
        self.metrics = DeskMetrics(registry or CollectorRegistry())
        self.keys = keys
        self._roads = roads
        self._communities = communities
        self.targets = targets
        self._retention = retention
        self._review = review
        self._checkpoint = checkpoint
        self._stopping = asyncio.Event()
        self.triage = TriageRun(
            ledger=ledger,
            keys=keys,
            decide=partial(triage, rules=rules, categories=categories),
            targets=targets,
            signals=signals,
            clock=clock,
            checkpoint=checkpoint,
        )
        self.rota = RotaRun(
            ledger=ledger,
            signals=signals,
            clock=clock,
            keys=keys,
            scopes=self.scopes,
            plan=plan or Plan(),
            ways=ways,
            metrics=self.metrics,
        )
        nobody = tuple(DutyTold(desk=scope.desk, standing=scope.standing) for scope in self.scopes)
        self._last_told: dict[RoadName, tuple[DutyTold, ...]] = dict.fromkeys(roads, nobody)

    async def run(self) -> None:
        """Triage, page and measure until `stop`. What is begun then is stored or not; a restart finds it."""
        async with asyncio.TaskGroup() as tasks:
            runs = (self.triage.run(), self.rota.run(), self._measure(), self._erase(), self._draw())
            owned = [tasks.create_task(run) for run in runs]
            await self._stopping.wait()
            for task in owned:
                task.cancel()

    async def _erase(self) -> None:
        """Hourly: what was said in cases whose time is over."""
        while self._retention is not None:
            try:
                if erased := await erase(self.ledger, self._retention, self.clock.now()):
                    log.info("cases_erased", cases=erased)
            except LedgerError as error:
                log.warning("cases_not_erased", error=error.code)
            await self.signals.wait(KEEPING, ERASE_EVERY)

    async def _draw(self) -> None:
        """Every minute: what of the trail a second person is shown."""
        while True:
            try:
                await draw(self.ledger, self.keys.linking, self._review, self.clock.now())
            except LedgerError as error:
                log.warning("reviews_not_drawn", error=error.code)
            await self.signals.wait(REVIEWING, DRAW_EVERY)

    async def stop(self) -> None:
        """Answer those who wait for news, and let `run` end."""
        self._stopping.set()
        await self.signals.wake(NEWS)

    def secrets_of(self, road: RoadName) -> Sequence[str]:
        """Current first, then those being retired; none for an unknown or revoked road."""
        return self._roads.get(road, ())

    def serves(self, desk: DeskName, standing: Standing) -> bool:
        return Scope(desk=desk, standing=standing) in self.scopes

    def knows(self, community: CommunityId) -> bool:
        return community in self._communities

    async def receive(self, road: RoadName, delivery: Delivery, digest: str) -> Received:
        """Durable on return if accepted or repeated; a conflict is in the trail. Raises LedgerError."""
        incoming = Incoming(road, delivery, digest, self.clock.now())
        received = await receive(self.ledger, incoming, self.targets)
        self._checkpoint(KillPoint.RECEIVE)
        self.metrics.taken.labels(received.fate.value).inc()
        if received.fate is Fate.CONFLICT:
            log.error(CONFLICT, item=delivery.item, road=road)
        if received.fate is Fate.ACCEPTED:
            for topic in (RECEIVED, NEWS, QUEUE):
                await self.signals.wake(topic)
        return received

    async def news(self, road: RoadName, limit: int, at_most: timedelta) -> NewsTold:
        """What the road has not acknowledged, and who is on duty now.

        Waits for news, or for another word on duty than this road had last, `at_most` so long. Raises
        LedgerError.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + at_most.total_seconds()
        while True:
            found, duty = await waiting(self.ledger, road, limit), await self.rota.told()
            left, is_new = until - loop.time(), duty != self._last_told.get(road)
            if found or is_new or left <= 0 or self._stopping.is_set():
                self._last_told[road] = duty
                return NewsTold(news=found, duty=duty)
            await self.signals.wait(NEWS, min(timedelta(seconds=left), LOOK_AGAIN))

    async def acknowledge(self, road: RoadName, ids: Sequence[str]) -> None:
        """Durable on return. Raises LedgerError."""
        await acknowledge(self.ledger, road, ids)

    async def may_look_up(self, road: RoadName) -> bool:
        """Whether this road has look-ups left within the minute."""
        key = self.keys.reference.tag("look-ups", road)
        return await self.signals.count(key, timedelta(minutes=1)) <= LOOK_UPS

    async def status(self, road: RoadName, reference: str) -> StatusTold:
        """Unknown, misspelt and another road's look the same. Raises LedgerError."""
        return await status.told(self.ledger, self.keys, road, self.scopes, reference)

    async def shown(self, road: RoadName, read: MessagesRead) -> None:
        """These messages stood on the screen of whoever has this reference. Raises LedgerError."""
        now = self.clock.now()
        await status.shown(self.ledger, self.keys.reference, road, self.scopes, read, now=now)

    async def queue(
        self, scope: Scope, *, after: str | None = None, limit: int = 50, only: Asked = WHOLE
    ) -> Page:
        """See `desk.queue.queue_page`."""
        return await queue_page(self.ledger, scope, after=after, limit=limit, only=only)

    async def case(self, scope: Scope, report: ReportId) -> CaseRecord | None:
        """See `desk.cases.case`."""
        return await cases.case(self.ledger, scope, report)

    async def look(self, scope: Scope, report: ReportId, *, by: str) -> Opened | None:
        """See `desk.cases.look`; wakes whoever waits for the news of a first look."""
        opened = await cases.look(self.ledger, self.keys.opening, scope, report, by=by, now=self.clock.now())
        if opened is not None and opened.first_look:
            self._checkpoint(KillPoint.NEWS)
            for topic in (NEWS, QUEUE):
                await self.signals.wake(topic)
        return opened

    async def measure(self) -> None:
        """Bring the gauges up to date; for whoever serves /metrics. Raises LedgerError."""
        await self.metrics.measure(self.ledger, self.clock.now())

    async def _measure(self) -> None:
        while True:
            try:
                await self.measure()
            except LedgerError as error:
                log.warning("desk_not_measured", error=error.code)
            with suppress(TimeoutError):
                async with asyncio.timeout(MEASURE_EVERY.total_seconds()):
                    await self._stopping.wait()
