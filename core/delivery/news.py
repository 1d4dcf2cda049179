"""Brings a desk's news back: a poller for each desk stores it, a notifier tells people that there is some.

What is told is that there is news, never what. The desk's words are not fetched here.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog

from core.checkpoints import Checkpoint, KillPoint, no_checkpoint
from core.delivery import newsbox
from core.delivery.duty import OnDuty
from core.delivery.metrics import Metrics
from core.delivery.model import NEWS_TOPIC, Desk, NewsState
from core.delivery.newsbox import Due
from core.delivery.retry import Pace
from core.delivery.unlocking import Unlocker
from core.delivery.wayback import OpenIdentity, WayBack
from core.delivery.wire import NewsAsked, NewsItem, NewsKind
from core.errors import DeliveryError, LedgerError, SealError
from core.ids import DeskName, ReportId
from core.ledger.port import Ledger
from core.platform import Platform
from core.signals.port import Signals

log = structlog.get_logger()

UPDATE = "you-have-an-update"
"""The key of all that anybody is told unasked."""

ASKED = NewsAsked()
POLLING = Pace(timedelta(seconds=1), timedelta(minutes=1))
TELLING = Pace(timedelta(seconds=5), timedelta(hours=1))
MENDING = timedelta(hours=1)
"""How often an identity that does not open is tried: the key may have been put back."""
GIVEN_UP_AFTER = timedelta(days=1)
"""A note that comes later than this is no help; the reference still shows everything."""
LEASE = timedelta(seconds=30)
REACH_S = 10.0  # seconds that a platform has to tell one person
POLL = timedelta(seconds=30)
BATCH = 20
_BREATH = 0.25  # seconds; a desk that answers at once with nothing is not asked more often


class Poller:
    """Asks one desk for news for as long as it runs. Cancelling it at any moment loses nothing."""

    def __init__(
        self,
        name: DeskName,
        desk: Desk,
        ledger: Ledger,
        signals: Signals,
        *,
        jitter: Callable[[], float],
        checkpoint: Checkpoint = no_checkpoint,
        asked: NewsAsked = ASKED,
        on_duty: OnDuty | None = None,
        unlocker: Unlocker | None = None,
    ) -> None:
        """`on_duty` is told whom the desk names, with every answer.

        Without an `unlocker` no identity is ever unlocked for this desk.
        """
        self._on_duty = on_duty
        self._unlocker = unlocker
        self._name = name
        self._desk = desk
        self._ledger = ledger
        self._signals = signals
        self._jitter = jitter
        self._checkpoint = checkpoint
        self._asked = asked
        self._failures = 0
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Until it is cancelled, or until `stop` and the answer after it. Raises nothing of its own."""
        while not self._stopped.is_set():
            await self._pause(await self._turn())

    def stop(self) -> None:
        """Ask no more."""
        self._stopped.set()

    async def run_once(self) -> int:
        """Ask, store, acknowledge; how much news there was. Raises DeliveryError and LedgerError.

        What was stored and not acknowledged is told again, and stored once.
        """
        answer = await self._desk.news(self._asked)
        if self._on_duty is not None:
            await self._on_duty.heard(self._name, answer.duty)
        told = answer.news
        if told:
            await self._keep(told)
            self._checkpoint(KillPoint.NEWS)
            await self._desk.acknowledge(tuple(item.id for item in told))
        return len(told)

    async def _keep(self, told: tuple[NewsItem, ...]) -> None:
        now = await self._ledger.now()
        for item in told:
            if item.kind is NewsKind.UNLOCK and self._unlocker is not None:
                await self._unlocker.unlock(self._ledger, self._signals, item, now)
        await self._ledger.append(*newsbox.stored(self._name, told, now))
        await self._signals.wake(NEWS_TOPIC)
        log.info("news_stored", count=len(told))

    async def _turn(self) -> float:
        """One round; the seconds to wait before the next."""
        try:
            found = await self.run_once()
        except (DeliveryError, LedgerError) as fault:
            log.warning("news_not_fetched", fault=fault.code, failures=self._failures + 1)
            return self._later()
        except Exception as error:  # noqa: BLE001 - the edge of a task: one odd desk stops nothing else
            log.error("news_failed", error=type(error).__name__)  # noqa: TRY400 - nothing more may be said
            return self._later()
        self._failures = 0
        return 0.0 if found else _BREATH

    def _later(self) -> float:
        self._failures += 1
        return max(POLLING.ceiling(self._failures).total_seconds() * self._jitter(), _BREATH)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopped.wait()
        except TimeoutError:
            return


class Notifier:
    """Tells people on the platforms of this process, once each, that there is news.

    Killed between telling and noting it, it tells again: better twice than never.
    """

    def __init__(
        self,
        ledger: Ledger,
        platforms: Mapping[str, Platform],
        open_identity: OpenIdentity,
        signals: Signals,
        *,
        jitter: Callable[[], float],
        checkpoint: Checkpoint = no_checkpoint,
        metrics: Metrics | None = None,
    ) -> None:
        self._ledger = ledger
        self._platforms = platforms
        self._open = open_identity
        self._signals = signals
        self._jitter = jitter
        self._checkpoint = checkpoint
        self._metrics = metrics or Metrics()
        self._stopping = False

    async def run(self) -> None:
        """Until it is cancelled, or until `stop` and whoever is being told. Never raises a LedgerError."""
        while not self._stopping:
            try:
                await self.run_once()
            except LedgerError as fault:
                log.warning("news_not_readable", fault=fault.code)
            if not self._stopping:
                await self._signals.wait(NEWS_TOPIC, POLL)

    async def stop(self) -> None:
        """Begin to tell nobody else."""
        self._stopping = True
        await self._signals.wake(NEWS_TOPIC)

    async def run_once(self) -> int:
        """Tell all whom it is time to tell; how many were. Raises LedgerError."""
        told, now = 0, await self._ledger.now()
        if unread := await self._ledger.read(partial(newsbox.undelivered, now=now)):
            await self._ledger.append(*unread)
        while due := await self._take():
            async with asyncio.TaskGroup() as group:
                telling = [group.create_task(self._tell_once(each), name="tell") for each in _by_report(due)]
            told += sum(task.result() for task in telling)
        return told

    async def _take(self) -> tuple[Due, ...]:
        if self._stopping:
            return ()
        now = await self._ledger.now()
        job = partial(newsbox.lease, platforms=tuple(self._platforms), now=now, lasts=LEASE, limit=BATCH)
        return await self._ledger.transact(job)

    async def _tell_once(self, several: Sequence[Due]) -> bool:
        """Several things that are new of one report are one update."""
        first, *others = several
        told = await self._tell(first)
        for other in others:
            await (self._finish(other, NewsState.TOLD) if told else self._tell(other))
        return told

    async def _tell(self, due: Due) -> bool:
        if not due.may_push:
            return await self._finish(due, NewsState.NOBODY)
        try:
            way_back = self._open(due)
        except SealError as fault:
            log.error("identity_does_not_open", news=due.id, fault=fault.code)  # noqa: TRY400 - nothing more may be said
            return await self._later(due, MENDING)
        if not way_back.way_back:
            return await self._finish(due, NewsState.NOBODY)
        reached = await self._reach(way_back)
        if reached is None:
            return await self._later(due, TELLING.ceiling(due.fence) * self._jitter())
        self._checkpoint(KillPoint.NOTIFY)
        return await self._finish(due, NewsState.TOLD if reached else NewsState.NOBODY)

    async def _reach(self, to: WayBack) -> bool | None:
        """Whether they were told; None: it did not work now, or not in this process."""
        platform = self._platforms.get(to.platform)
        if platform is None:
            return None
        try:
            async with asyncio.timeout(REACH_S):
                return await platform.reach(to.community, to.way_back, UPDATE)
        except Exception as fault:  # noqa: BLE001 - the edge of a task, and a platform's error may name a person
            log.warning("nobody_reached", platform=platform.name, error=type(fault).__name__)
            return None

    async def _finish(self, due: Due, state: NewsState) -> bool:
        if not await self._ledger.transact(partial(newsbox.finish, due=due, state=state)):
            log.warning("news_lease_lost", news=due.id)
            return False
        self._metrics.told(state)
        return state is NewsState.TOLD

    async def _later(self, due: Due, wait: timedelta) -> bool:
        now = await self._ledger.now()
        if now - due.at >= GIVEN_UP_AFTER:
            return await self._finish(due, NewsState.NOBODY)
        await self._ledger.transact(partial(newsbox.later, due=due, until=_after(now, wait)))
        return False


def _by_report(due: Sequence[Due]) -> Iterable[Sequence[Due]]:
    found: dict[ReportId, list[Due]] = {}
    for one in due:
        found.setdefault(one.report, []).append(one)
    return found.values()


def _after(now: datetime, wait: timedelta) -> datetime:
    return now + max(wait, timedelta(seconds=1))
