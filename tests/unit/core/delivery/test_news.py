import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
import structlog

from core.checkpoints import Checkpoint, KillPoint, no_checkpoint
from core.delivery.model import Desk, NewsState
from core.delivery.news import GIVEN_UP_AFTER, LEASE, MENDING, UPDATE, Notifier, Poller
from core.delivery.newsbox import Due
from core.delivery.wayback import OpenIdentity, WayBack
from core.delivery.wire import Accepted, NewsAsked, NewsItem, NewsKind, NewsTold, StatusTold
from core.errors import (
    CannotOpen,
    DeliveryRefused,
    DestinationDown,
    KeysMissing,
    LedgerUnavailable,
    SealError,
)
from core.evidence.parts import PartKind
from core.ids import CommunityId, DeskName, ItemId, ReportId
from core.ledger.port import Ledger
from core.ledger.road import news, parts, reports
from core.ledger.sqlite import SqliteLedger
from core.reports.retention import sweep
from core.reports.told import UNREAD_AFTER
from core.signals.memory import MemorySignals
from core.testing.clock import START, FixedClock
from core.testing.destination import RecordingDestination
from core.testing.ledger import WRITES, FaultyLedger
from core.testing.outbox import DESK, PLATFORM, SentReports
from core.testing.platform import RecordingPlatform

OTHER = DeskName("other")
SEALED = b"sealed to the road"
BACK = WayBack(platform=PLATFORM, community=CommunityId("a-community"), way_back=b"channel 7")
CANARY = "canary-4711"


class Killed(BaseException):
    """Stands for the process being gone."""


def killed(_point: KillPoint) -> None:
    raise Killed


@pytest.fixture
def signals(clock: FixedClock) -> MemorySignals:
    return MemorySignals(clock)


@pytest.fixture
def platform() -> RecordingPlatform:
    return RecordingPlatform(PLATFORM)


@pytest.fixture
def poller_for(
    ledger: SqliteLedger, desk: RecordingDestination, signals: MemorySignals
) -> Callable[..., Poller]:
    def make(
        *,
        on: Ledger = ledger,
        name: DeskName = DESK,
        of: Desk = desk,
        checkpoint: Checkpoint = no_checkpoint,
        wait_s: float = 0,
    ) -> Poller:
        asked = NewsAsked(wait_s=wait_s)
        return Poller(name, of, on, signals, jitter=lambda: 0.0, checkpoint=checkpoint, asked=asked)

    return make


@pytest.fixture
def notifier_for(
    ledger: SqliteLedger, platform: RecordingPlatform, signals: MemorySignals
) -> Callable[..., Notifier]:
    def make(
        *,
        on: Ledger = ledger,
        opens: OpenIdentity = lambda _due: BACK,
        platforms: tuple[RecordingPlatform, ...] = (platform,),
        checkpoint: Checkpoint = no_checkpoint,
    ) -> Notifier:
        by_name = {one.name: one for one in platforms}
        return Notifier(on, by_name, opens, signals, jitter=lambda: 0.5, checkpoint=checkpoint)

    return make


def about(
    report: ItemId, kind: NewsKind = NewsKind.READ, *, at: datetime = START, sealed: bytes | None = SEALED
) -> NewsItem:
    return NewsItem(id=f"{report}.{kind}", report=ReportId(report), kind=kind, at=at, identity=sealed)


@pytest.fixture
def rows(ledger: SqliteLedger) -> Callable[[], Any]:
    async def read() -> list[sa.Row[Any]]:
        everything = sa.select(news).order_by(news.c.id)
        return await ledger.read(lambda conn: list(conn.execute(everything)))

    return read


async def test_news_is_stored_then_acknowledged_and_the_report_says_when(
    poller_for: Callable[..., Poller], desk: RecordingDestination, sent: SentReports, clock: FixedClock
) -> None:
    item = await sent.send()
    clock.advance(timedelta(hours=1))
    desk.tell(
        about(item, NewsKind.RECEIVED, at=START + timedelta(minutes=1)),
        about(item, at=START + timedelta(minutes=2)),
    )
    assert await poller_for().run_once() == 2
    report = await sent.report(item)
    assert report.delivered_at == START + timedelta(minutes=1)
    assert report.read_at == START + timedelta(minutes=2)
    assert desk.acknowledged == [f"{item}.received", f"{item}.read"]
    assert await poller_for().run_once() == 0


@pytest.mark.parametrize("kind", NewsKind)
async def test_nobody_is_told_but_that_it_was_read_or_that_the_desk_wrote(
    poller_for: Callable[..., Poller],
    notifier_for: Callable[..., Notifier],
    platform: RecordingPlatform,
    desk: RecordingDestination,
    sent: SentReports,
    ledger: SqliteLedger,
    kind: NewsKind,
) -> None:
    """Whoever keeps what is between road and desk waiting tells nobody of it by that."""
    desk.tell(about(await sent.send(), kind))
    await poller_for().run_once()
    waits = sa.update(news).values(state=NewsState.WAITING, identity=SEALED)
    await ledger.transact(lambda conn: conn.execute(waits))
    pushed = kind in {NewsKind.READ, NewsKind.MESSAGE}
    assert await notifier_for().run_once() == pushed
    assert len(platform.told) == pushed


async def test_a_report_says_when_its_desk_last_wrote_and_no_other_desk_has_a_say(
    poller_for: Callable[..., Poller], desk: RecordingDestination, sent: SentReports, clock: FixedClock
) -> None:
    item = await sent.send()
    clock.advance(timedelta(hours=1))
    for minutes in (5, 2):
        written = about(item, NewsKind.MESSAGE, at=START + timedelta(minutes=minutes))
        desk.tell(msgspec.structs.replace(written, id=f"{item}.{minutes}"))
    await poller_for().run_once()
    assert (await sent.report(item)).message_at == START + timedelta(minutes=5)
    desk.tell(about(item, NewsKind.MESSAGE, at=START + timedelta(minutes=9)))
    await poller_for(name=OTHER).run_once()
    assert (await sent.report(item)).message_at == START + timedelta(minutes=5)


@pytest.mark.parametrize("kind", sorted(set(NewsKind) - {NewsKind.READ, NewsKind.MESSAGE}))
async def test_news_of_another_kind_does_not_wait_to_be_told(
    poller_for: Callable[..., Poller],
    desk: RecordingDestination,
    sent: SentReports,
    rows: Callable[[], Any],
    kind: NewsKind,
) -> None:
    desk.tell(about(await sent.send(), kind))
    await poller_for().run_once()
    assert [row.state for row in await rows()] == [NewsState.NOBODY]


async def test_only_that_it_was_read_is_worth_a_push(
    poller_for: Callable[..., Poller], desk: RecordingDestination, sent: SentReports, rows: Callable[[], Any]
) -> None:
    item = await sent.send()
    desk.tell(about(item, NewsKind.RECEIVED), about(item))
    await poller_for().run_once()
    read, received = await rows()
    assert (read.kind, read.state, read.identity) == ("read", NewsState.WAITING, SEALED)
    assert (received.kind, received.state, received.identity) == ("received", NewsState.NOBODY, None)


async def test_without_an_identity_there_is_nobody_to_tell(
    poller_for: Callable[..., Poller], desk: RecordingDestination, sent: SentReports, rows: Callable[[], Any]
) -> None:
    desk.tell(about(await sent.send(), sealed=None))
    await poller_for().run_once()
    assert [row.state for row in await rows()] == [NewsState.NOBODY]


async def test_killed_between_storing_and_acknowledging_it_is_told_again_and_stored_once(
    poller_for: Callable[..., Poller],
    notifier_for: Callable[..., Notifier],
    desk: RecordingDestination,
    platform: RecordingPlatform,
    sent: SentReports,
    rows: Callable[[], Any],
) -> None:
    desk.tell(about(await sent.send()))
    with pytest.raises(Killed):
        await poller_for(checkpoint=killed).run_once()
    assert desk.acknowledged == []
    assert await notifier_for().run_once() == 1
    assert await poller_for().run_once() == 1
    assert await notifier_for().run_once() == 0
    assert len(await rows()) == len(platform.told) == 1


async def test_the_checkpoint_of_news_stands_after_the_commit_and_before_the_acknowledgement(
    poller_for: Callable[..., Poller], desk: RecordingDestination, sent: SentReports
) -> None:
    seen: list[tuple[KillPoint, int]] = []
    desk.tell(about(await sent.send()))
    await poller_for(checkpoint=lambda point: seen.append((point, len(desk.acknowledged)))).run_once()
    assert seen == [(KillPoint.NEWS, 0)]


async def test_what_could_not_be_stored_is_not_acknowledged(
    poller_for: Callable[..., Poller], ledger: SqliteLedger, desk: RecordingDestination, sent: SentReports
) -> None:
    desk.tell(about(await sent.send()))
    faulty = FaultyLedger(ledger)
    faulty.fail_with(LedgerUnavailable("the disk is full"), on=WRITES)
    with pytest.raises(LedgerUnavailable):
        await poller_for(on=faulty).run_once()
    assert desk.acknowledged == []


async def test_a_desk_has_no_say_about_reports_that_went_to_another(
    poller_for: Callable[..., Poller], desk: RecordingDestination, sent: SentReports
) -> None:
    item = await sent.send()
    desk.tell(about(item))
    await poller_for(name=OTHER).run_once()
    assert (await sent.report(item)).read_at is None


async def test_the_first_time_read_stays_and_none_lies_in_the_future(
    poller_for: Callable[..., Poller], desk: RecordingDestination, sent: SentReports, clock: FixedClock
) -> None:
    item = await sent.send()
    desk.tell(about(item, at=START + timedelta(days=400)))
    await poller_for().run_once()
    clock.advance(timedelta(hours=1))
    desk.tell(NewsItem(id="again", report=ReportId(item), kind=NewsKind.READ, at=clock.now()))
    await poller_for().run_once()
    assert (await sent.report(item)).read_at == START


class Moody:
    """A desk that fails, then tells, and says when it was asked."""

    def __init__(self, behind: RecordingDestination, *faults: Exception) -> None:
        self._behind = behind
        self._faults = list(faults)
        self.done = asyncio.Event()

    async def news(self, asked: NewsAsked) -> NewsTold:
        if self._faults:
            raise self._faults.pop(0)
        return await self._behind.news(asked)

    async def acknowledge(self, ids: tuple[str, ...]) -> None:
        await self._behind.acknowledge(ids)
        self.done.set()

    async def deliver(self, item: ItemId, body: bytes) -> Accepted:
        return await self._behind.deliver(item, body)

    async def status(self, reference: str) -> StatusTold:
        return await self._behind.status(reference)


async def test_it_goes_on_asking_after_every_fault_of_desk_and_ledger(
    poller_for: Callable[..., Poller], ledger: SqliteLedger, desk: RecordingDestination, sent: SentReports
) -> None:
    item = await sent.send()
    desk.tell(about(item))
    moody = Moody(
        desk, DestinationDown(), DeliveryRefused(401), LedgerUnavailable("gone"), DestinationDown("garbage")
    )
    poller = poller_for(of=moody, wait_s=30)
    with structlog.testing.capture_logs() as logs:
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            running = group.create_task(poller.run())
            await moody.done.wait()
            poller.stop()
            running.cancel()
    assert (await sent.report(item)).read_at == START
    assert [line["failures"] for line in logs if line["event"] == "news_not_fetched"] == [1, 2, 3, 4]


async def test_it_waits_longer_after_each_failure_up_to_a_minute_and_never_asks_without_a_breath(
    poller_for: Callable[..., Poller], desk: RecordingDestination
) -> None:
    poller = poller_for()
    poller._jitter = lambda: 1.0
    desk.fail_with(DestinationDown())
    assert [await poller._turn() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    desk.fail_with(None)
    assert 0 < await poller._turn() < 1
    desk.fail_with(DestinationDown())
    assert await poller._turn() == 1


async def test_stopped_it_asks_no_more(poller_for: Callable[..., Poller], desk: RecordingDestination) -> None:
    poller = poller_for()
    poller.stop()
    desk.fail_with(DestinationDown())
    async with asyncio.timeout(5):
        await poller.run()


@pytest.fixture
async def waiting(poller_for: Callable[..., Poller], desk: RecordingDestination, sent: SentReports) -> ItemId:
    """News of one report, stored and not told yet."""
    item = await sent.send()
    desk.tell(about(item))
    await poller_for().run_once()
    return item


async def test_the_person_is_told_that_there_is_news_and_nothing_of_it(
    notifier_for: Callable[..., Notifier],
    platform: RecordingPlatform,
    waiting: ItemId,
    rows: Callable[[], Any],
) -> None:
    assert await notifier_for().run_once() == 1
    assert platform.told == [(BACK.community, b"channel 7", UPDATE)]
    (row,) = await rows()
    assert (row.state, row.identity) == (NewsState.TOLD, None)


async def test_that_it_was_read_and_that_the_desk_wrote_is_one_update(
    poller_for: Callable[..., Poller],
    notifier_for: Callable[..., Notifier],
    platform: RecordingPlatform,
    desk: RecordingDestination,
    sent: SentReports,
    rows: Callable[[], Any],
) -> None:
    item, other = await sent.send(), await sent.send()
    desk.tell(about(item), about(item, NewsKind.MESSAGE), about(other))
    await poller_for().run_once()
    assert await notifier_for().run_once() == 2
    assert len(platform.told) == 2
    assert {row.state for row in await rows()} == {NewsState.TOLD}


async def test_the_person_is_told_once(
    notifier_for: Callable[..., Notifier], platform: RecordingPlatform, waiting: ItemId, clock: FixedClock
) -> None:
    await notifier_for().run_once()
    clock.advance(timedelta(days=1))
    assert await notifier_for().run_once() == 0
    assert len(platform.told) == 1


async def test_two_processes_tell_a_person_once(
    notifier_for: Callable[..., Notifier], platform: RecordingPlatform, waiting: ItemId
) -> None:
    told = await asyncio.gather(notifier_for().run_once(), notifier_for().run_once())
    assert sorted(told) == [0, 1]
    assert len(platform.told) == 1


async def test_whoever_lost_the_lease_notes_nothing(
    notifier_for: Callable[..., Notifier],
    platform: RecordingPlatform,
    waiting: ItemId,
    clock: FixedClock,
    rows: Callable[[], Any],
) -> None:
    platform.hold()
    other = RecordingPlatform(PLATFORM)
    async with asyncio.TaskGroup() as group:
        slow = group.create_task(notifier_for().run_once())
        await platform.arrived.wait()
        clock.advance(LEASE)
        assert await notifier_for(platforms=(other,)).run_once() == 1
        platform.reachable = False
        platform.release()
    assert slow.result() == 0
    assert [row.state for row in await rows()] == [NewsState.TOLD]


async def test_killed_between_telling_and_noting_it_tells_again(
    notifier_for: Callable[..., Notifier],
    platform: RecordingPlatform,
    waiting: ItemId,
    clock: FixedClock,
    rows: Callable[[], Any],
) -> None:
    with pytest.raises(BaseExceptionGroup):
        await notifier_for(checkpoint=killed).run_once()
    assert [row.state for row in await rows()] == [NewsState.WAITING]
    assert await notifier_for().run_once() == 0
    clock.advance(LEASE)
    assert await notifier_for().run_once() == 1
    assert len(platform.told) == 2


async def test_whoever_is_not_to_be_reached_is_not(
    notifier_for: Callable[..., Notifier],
    platform: RecordingPlatform,
    waiting: ItemId,
    rows: Callable[[], Any],
) -> None:
    silent = WayBack(platform=PLATFORM, community=BACK.community, way_back=b"")
    assert await notifier_for(opens=lambda _due: silent).run_once() == 0
    assert platform.told == []
    assert [(row.state, row.identity) for row in await rows()] == [(NewsState.NOBODY, None)]


async def test_whoever_cannot_be_reached_any_more_is_left_alone(
    notifier_for: Callable[..., Notifier],
    platform: RecordingPlatform,
    waiting: ItemId,
    rows: Callable[[], Any],
) -> None:
    platform.reachable = False
    assert await notifier_for().run_once() == 0
    assert [(row.state, row.identity) for row in await rows()] == [(NewsState.NOBODY, None)]


async def test_a_platform_that_fails_is_asked_again_and_its_error_stays_out_of_the_log(
    notifier_for: Callable[..., Notifier], platform: RecordingPlatform, waiting: ItemId, clock: FixedClock
) -> None:
    platform.fault = RuntimeError(CANARY)
    with structlog.testing.capture_logs() as logs:
        assert await notifier_for().run_once() == 0
    assert CANARY not in str(logs)
    assert "channel 7" not in str(logs)
    platform.fault = None
    assert await notifier_for().run_once() == 0
    clock.advance(timedelta(seconds=3))
    assert await notifier_for().run_once() == 1


async def test_after_a_day_nobody_is_told_any_more(
    notifier_for: Callable[..., Notifier],
    platform: RecordingPlatform,
    waiting: ItemId,
    clock: FixedClock,
    rows: Callable[[], Any],
) -> None:
    platform.fault = RuntimeError()
    clock.advance(GIVEN_UP_AFTER)
    await notifier_for().run_once()
    assert [(row.state, row.identity) for row in await rows()] == [(NewsState.NOBODY, None)]


@pytest.mark.parametrize("fault", [CannotOpen("damaged"), KeysMissing("no key")])
async def test_an_identity_that_does_not_open_waits_for_its_key_and_says_so(
    notifier_for: Callable[..., Notifier],
    platform: RecordingPlatform,
    waiting: ItemId,
    clock: FixedClock,
    fault: SealError,
) -> None:
    def closed(_due: Due) -> WayBack:
        raise fault

    with structlog.testing.capture_logs() as logs:
        assert await notifier_for(opens=closed).run_once() == 0
    assert [line["log_level"] for line in logs if line["event"] == "identity_does_not_open"] == ["error"]
    clock.advance(MENDING)
    assert await notifier_for().run_once() == 1


async def test_people_of_a_platform_that_runs_elsewhere_are_left_to_that_process(
    notifier_for: Callable[..., Notifier], waiting: ItemId, rows: Callable[[], Any]
) -> None:
    elsewhere = RecordingPlatform("elsewhere")
    assert await notifier_for(platforms=(elsewhere,)).run_once() == 0
    assert [(row.state, row.fence) for row in await rows()] == [(NewsState.WAITING, 0)]
    assert await notifier_for().run_once() == 1


async def test_of_a_report_the_road_has_forgotten_nobody_is_told_as_nobody_knows_their_wish(
    poller_for: Callable[..., Poller],
    notifier_for: Callable[..., Notifier],
    desk: RecordingDestination,
    platform: RecordingPlatform,
    clock: FixedClock,
) -> None:
    desk.tell(about(ItemId("f" * 32)))
    await poller_for().run_once()
    elsewhere = RecordingPlatform("elsewhere")
    assert await notifier_for(platforms=(elsewhere,)).run_once() == 0
    clock.advance(timedelta(minutes=1))
    assert await notifier_for().run_once() == 0
    assert platform.told == []


async def test_whoever_did_not_ask_to_be_told_is_not_and_their_identity_is_emptied_unopened(
    waiting: ItemId,
    notifier_for: Callable[..., Notifier],
    platform: RecordingPlatform,
    ledger: SqliteLedger,
    rows: Callable[[], Any],
) -> None:
    never = sa.update(reports).where(reports.c.id == waiting).values(may_push=False)
    await ledger.transact(lambda conn: conn.execute(never).rowcount)

    def opened(_due: Due) -> WayBack:
        raise AssertionError("nobody may open it")

    assert await notifier_for(opens=opened).run_once() == 0
    assert platform.told == []
    assert [(row.state, row.identity) for row in await rows()] == [(NewsState.NOBODY, None)]


async def test_a_signal_is_enough_to_have_somebody_told(
    poller_for: Callable[..., Poller],
    notifier_for: Callable[..., Notifier],
    desk: RecordingDestination,
    platform: RecordingPlatform,
    sent: SentReports,
) -> None:
    notifier = notifier_for()
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(notifier.run())
        desk.tell(about(await sent.send()))
        await poller_for().run_once()
        await platform.arrived.wait()
        await notifier.stop()
    assert len(platform.told) == 1


async def test_the_notifier_outlives_its_ledger(
    notifier_for: Callable[..., Notifier],
    ledger: SqliteLedger,
    signals: MemorySignals,
    platform: RecordingPlatform,
    waiting: ItemId,
) -> None:
    faulty = FaultyLedger(ledger)
    faulty.fail_with(LedgerUnavailable("gone"))
    faulty.hold(on=("now",))
    notifier = notifier_for(on=faulty)
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(notifier.run())
        await faulty.arrived.wait()
        faulty.release()
        await asyncio.sleep(0)
        faulty.fail_with(None)
        await signals.wake("news")
        await platform.arrived.wait()
        await notifier.stop()


async def received(
    poller_for: Callable[..., Poller], desk: RecordingDestination, sent: SentReports, *, urgent: bool = True
) -> ItemId:
    """A report that the desk has, and that nobody opened."""
    item = await sent.send(urgent=urgent)
    desk.tell(about(item, NewsKind.RECEIVED))
    await poller_for().run_once()
    return item


async def test_after_five_minutes_unopened_whoever_wished_it_is_told_once_that_there_is_something(
    poller_for: Callable[..., Poller],
    notifier_for: Callable[..., Notifier],
    desk: RecordingDestination,
    sent: SentReports,
    platform: RecordingPlatform,
    clock: FixedClock,
    rows: Callable[[], Any],
) -> None:
    await received(poller_for, desk, sent)
    clock.advance(UNREAD_AFTER - timedelta(seconds=1))
    assert await notifier_for().run_once() == 0
    clock.advance(timedelta(seconds=1))
    assert [await notifier_for().run_once() for _ in range(2)] == [1, 0]
    assert platform.told == [(BACK.community, b"channel 7", UPDATE)]
    assert [row.identity for row in await rows()] == [None]


async def test_opened_in_time_nobody_is_told_that_it_was_not(
    poller_for: Callable[..., Poller],
    notifier_for: Callable[..., Notifier],
    desk: RecordingDestination,
    sent: SentReports,
    platform: RecordingPlatform,
    clock: FixedClock,
    rows: Callable[[], Any],
) -> None:
    item = await received(poller_for, desk, sent)
    desk.tell(about(item, at=clock.now()))
    await poller_for().run_once()
    await notifier_for().run_once()
    clock.advance(UNREAD_AFTER)
    await notifier_for().run_once()
    assert len(platform.told) == 1  # that it was read
    assert [row.identity for row in await rows()] == [None, None]


@pytest.mark.parametrize(("urgent", "wished"), [(False, True), (True, False)])
async def test_what_is_not_urgent_or_was_not_wished_keeps_nobodys_identity(
    poller_for: Callable[..., Poller],
    desk: RecordingDestination,
    sent: SentReports,
    ledger: SqliteLedger,
    rows: Callable[[], Any],
    *,
    urgent: bool,
    wished: bool,
) -> None:
    item = await sent.send(urgent=urgent)
    await ledger.transact(lambda conn: conn.execute(sa.update(reports).values(may_push=wished)))
    desk.tell(about(item, NewsKind.RECEIVED))
    await poller_for().run_once()
    assert [(row.state, row.identity) for row in await rows()] == [(NewsState.NOBODY, None)]


@pytest.fixture
async def undelivered(sent: SentReports, ledger: SqliteLedger, clock: FixedClock) -> ItemId:
    """An urgent report that no desk has, five minutes after it was sent."""
    item = await sent.send(urgent=True)
    sealed = {"kind": PartKind.IDENTITY.value, "sealed": SEALED}
    await ledger.transact(lambda conn: conn.execute(sa.update(parts).values(**sealed)))
    clock.advance(UNREAD_AFTER)
    return item


async def test_what_reached_no_desk_is_told_of_as_well_and_once(
    notifier_for: Callable[..., Notifier], platform: RecordingPlatform, undelivered: ItemId
) -> None:
    assert [await notifier_for().run_once() for _ in range(2)] == [1, 0]
    assert platform.told == [(BACK.community, b"channel 7", UPDATE)]


async def test_told_of_while_no_desk_had_it_they_are_not_told_again_when_one_has(
    poller_for: Callable[..., Poller],
    notifier_for: Callable[..., Notifier],
    desk: RecordingDestination,
    platform: RecordingPlatform,
    undelivered: ItemId,
    clock: FixedClock,
) -> None:
    await notifier_for().run_once()
    desk.tell(about(undelivered, NewsKind.RECEIVED, at=clock.now()))
    await poller_for().run_once()
    clock.advance(UNREAD_AFTER)
    await notifier_for().run_once()
    assert len(platform.told) == 1


@pytest.mark.parametrize("kind", [NewsKind.UNLOCK, NewsKind.RELEASED, NewsKind.GO_AHEAD])
async def test_what_is_between_road_and_desk_is_nobodys_push(
    poller_for: Callable[..., Poller],
    notifier_for: Callable[..., Notifier],
    desk: RecordingDestination,
    sent: SentReports,
    kind: NewsKind,
) -> None:
    desk.tell(about(await sent.send(), kind))
    await poller_for().run_once()
    assert await notifier_for().run_once() == 0


async def test_told_of_it_once_they_are_not_told_again_after_the_hourly_clearing(
    notifier_for: Callable[..., Notifier],
    platform: RecordingPlatform,
    undelivered: ItemId,
    ledger: SqliteLedger,
) -> None:
    await notifier_for().run_once()
    await sweep(ledger)
    assert await notifier_for().run_once() == 0
    assert len(platform.told) == 1
