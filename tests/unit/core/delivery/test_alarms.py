import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
import structlog

from core.delivery.alarms import (
    LONG,
    NOT_TRIED,
    OF_THE_OUTBOX,
    SHOWN,
    UNHEARD_AGAIN_AFTER,
    Alarm,
    AlarmKind,
    Alarms,
)
from core.delivery.bells import subject, text
from core.delivery.model import Fault
from core.delivery.worker import Worker
from core.dialogue.texts import Texts
from core.errors import DeliveryRefused, DestinationDown, LedgerUnavailable
from core.ids import ItemId
from core.ledger.port import Change, Ledger
from core.ledger.road import outbox
from core.ledger.schema import ROAD
from core.signals.memory import MemorySignals
from core.testing.clock import START, FixedClock
from core.testing.destination import RecordingDestination
from core.testing.ids import counting_ids
from core.testing.ledger import EVERY, WRITES, Call, FaultyLedger, MemoryLedger
from core.testing.outbox import COMMUNITY, DESK, SentReports

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


class RecordingBell:
    """Somebody outside who can be told."""

    def __init__(self, name: str = "bell") -> None:
        self.name = name
        self.rung: list[Alarm] = []
        self.fault: Exception | None = None
        self.heard = asyncio.Event()

    async def ring(self, alarm: Alarm) -> None:
        if self.fault is not None:
            raise self.fault
        self.rung.append(alarm)
        self.heard.set()


@pytest.fixture
async def ledger(clock: FixedClock) -> AsyncIterator[MemoryLedger]:
    ledger = MemoryLedger(ROAD, clock)
    await ledger.open()
    yield ledger
    await ledger.close()


@pytest.fixture
def sent(ledger: MemoryLedger, clock: FixedClock) -> SentReports:
    return SentReports(ledger, clock, counting_ids())


@pytest.fixture
def bell() -> RecordingBell:
    return RecordingBell()


@pytest.fixture
def alarms(ledger: MemoryLedger, bell: RecordingBell, clock: FixedClock) -> Alarms:
    return Alarms(ledger, [bell], clock=clock)


@pytest.fixture
def worker(ledger: MemoryLedger, desk: RecordingDestination, clock: FixedClock) -> Worker:
    return Worker(ledger, {DESK: desk}, MemorySignals(clock), clock, jitter=lambda: 0.5)


def kinds(bell: RecordingBell) -> list[AlarmKind]:
    return [alarm.kind for alarm in bell.rung]


async def test_danger_to_life_undelivered_for_a_minute_raises_the_alarm(
    alarms: Alarms, bell: RecordingBell, sent: SentReports, clock: FixedClock
) -> None:
    item = await sent.send(urgent=True)
    clock.advance(MINUTE - timedelta(microseconds=1))
    assert await alarms.run_once() == ()
    clock.advance(timedelta(microseconds=1))
    await alarms.run_once()
    assert bell.rung == [
        Alarm(kind=AlarmKind.URGENT, count=1, since=START, items=(item,), faults={NOT_TRIED: 1})
    ]


async def test_how_long_danger_to_life_may_wait_is_a_setting(
    ledger: MemoryLedger, bell: RecordingBell, sent: SentReports, clock: FixedClock
) -> None:
    await sent.send(urgent=True)
    clock.advance(timedelta(seconds=10))
    await Alarms(ledger, [bell], clock=clock, urgent_after=timedelta(seconds=10)).run_once()
    assert kinds(bell) == [AlarmKind.URGENT]


async def test_what_is_delivered_in_time_raises_none(
    alarms: Alarms, bell: RecordingBell, worker: Worker, sent: SentReports, clock: FixedClock
) -> None:
    await sent.send(urgent=True)
    await worker.run_once()
    clock.advance(timedelta(days=1))
    assert await alarms.run_once() == ()
    assert alarms.standing == ()


async def test_an_alarm_is_raised_once_and_again_every_hour_while_it_lasts(
    alarms: Alarms, bell: RecordingBell, sent: SentReports, clock: FixedClock
) -> None:
    await sent.send(urgent=True)
    clock.advance(MINUTE)
    for _ in range(150):
        await alarms.run_once()
        clock.advance(MINUTE)
    assert len(bell.rung) == 3


async def test_an_alarm_ends_with_its_reason(
    alarms: Alarms, bell: RecordingBell, worker: Worker, sent: SentReports, clock: FixedClock
) -> None:
    await sent.send(urgent=True)
    clock.advance(MINUTE)
    await alarms.run_once()
    assert [alarm.kind for alarm in alarms.standing] == [AlarmKind.URGENT]
    await worker.run_once()
    clock.advance(HOUR)
    with structlog.testing.capture_logs() as logs:
        await alarms.run_once()
    assert alarms.standing == ()
    assert len(bell.rung) == 1
    assert [line["kind"] for line in logs if line["event"] == "alarm_over"] == ["urgent_undelivered"]


@pytest.mark.parametrize("urgent", [True, False], ids=["urgent", "calm"])
@pytest.mark.parametrize(
    ("status", "fault", "calm_kind"),
    [
        (409, Fault.CONFLICT, AlarmKind.CONFLICT),
        (422, Fault.REFUSED, AlarmKind.DEAD),
        (413, Fault.REFUSED, AlarmKind.DEAD),
        (401, Fault.TURNED_AWAY, AlarmKind.DEAD),
        (302, Fault.TURNED_AWAY, AlarmKind.DEAD),
        (410, Fault.TURNED_AWAY, AlarmKind.DEAD),
    ],
)
async def test_what_repeating_does_not_heal_raises_the_alarm_at_once(
    alarms: Alarms,
    bell: RecordingBell,
    worker: Worker,
    desk: RecordingDestination,
    sent: SentReports,
    status: int,
    fault: Fault,
    calm_kind: AlarmKind,
    urgent: bool,
) -> None:
    await sent.send(urgent=urgent)
    desk.fail_next(DeliveryRefused(status))
    await worker.run_once()
    await alarms.run_once()
    assert kinds(bell) == [AlarmKind.URGENT if urgent else calm_kind]
    assert bell.rung[0].faults == {fault: 1}


async def test_a_desk_that_is_down_for_an_hour_raises_the_alarm_for_what_is_not_urgent_too(
    alarms: Alarms,
    bell: RecordingBell,
    worker: Worker,
    desk: RecordingDestination,
    sent: SentReports,
    clock: FixedClock,
) -> None:
    await sent.send()
    desk.fail_with(DestinationDown())
    await worker.run_once()
    clock.advance(LONG - MINUTE)
    assert await alarms.run_once() == ()
    clock.advance(MINUTE)
    await alarms.run_once()
    assert bell.rung[0].faults == {Fault.UNREACHABLE: 1}
    assert kinds(bell) == [AlarmKind.WAITING]


async def test_a_fault_of_another_kind_is_told_without_waiting_for_the_hour(
    alarms: Alarms,
    bell: RecordingBell,
    worker: Worker,
    desk: RecordingDestination,
    sent: SentReports,
    clock: FixedClock,
) -> None:
    await sent.send(urgent=True)
    desk.fail_with(DestinationDown())
    await worker.run_once()
    clock.advance(MINUTE)
    await alarms.run_once()
    desk.fail_with(DeliveryRefused(409))
    await worker.run_once()
    await alarms.run_once()
    assert [alarm.faults for alarm in bell.rung] == [{Fault.UNREACHABLE: 1}, {Fault.CONFLICT: 1}]


async def test_a_flood_of_refused_items_folds_into_few_alarms_and_all_are_counted(
    alarms: Alarms,
    bell: RecordingBell,
    worker: Worker,
    desk: RecordingDestination,
    sent: SentReports,
    clock: FixedClock,
) -> None:
    desk.fail_with(DeliveryRefused(422))
    for _ in range(60):
        await sent.send()
        await worker.run_once()
        await alarms.run_once()
        clock.advance(MINUTE)
    assert len(bell.rung) <= 5
    assert bell.rung[-1].count >= 45
    assert len(bell.rung[-1].items) == SHOWN


async def test_a_second_danger_to_life_is_told_within_a_minute(
    alarms: Alarms, bell: RecordingBell, sent: SentReports, clock: FixedClock
) -> None:
    await sent.send(urgent=True)
    clock.advance(timedelta(seconds=30))
    await sent.send(urgent=True)
    clock.advance(timedelta(seconds=30))
    await alarms.run_once()
    clock.advance(MINUTE)
    await alarms.run_once()
    assert [alarm.count for alarm in bell.rung] == [1, 2]


async def test_a_bell_nobody_answers_is_rung_again_in_two_minutes(
    alarms: Alarms, bell: RecordingBell, sent: SentReports, clock: FixedClock
) -> None:
    await sent.send(urgent=True)
    clock.advance(MINUTE)
    bell.fault = DestinationDown()
    with structlog.testing.capture_logs() as logs:
        await alarms.run_once()
    assert [line["log_level"] for line in logs if line["event"] == "alarm_not_heard"] == ["error"]
    bell.fault = None
    clock.advance(UNHEARD_AGAIN_AFTER - timedelta(seconds=1))
    assert await alarms.run_once() == ()
    clock.advance(timedelta(seconds=1))
    await alarms.run_once()
    assert len(bell.rung) == 1


async def test_one_bell_that_breaks_does_not_silence_the_other(
    ledger: MemoryLedger, bell: RecordingBell, sent: SentReports, clock: FixedClock
) -> None:
    broken = RecordingBell("broken")
    broken.fault = RuntimeError("nobody thought of this")
    alarms = Alarms(ledger, [broken, bell], clock=clock)
    await sent.send(urgent=True)
    clock.advance(MINUTE)
    await alarms.run_once()
    clock.advance(UNHEARD_AGAIN_AFTER)
    await alarms.run_once()
    assert len(bell.rung) == 1


async def test_with_no_bell_at_all_the_log_says_so_at_error_level_hourly(
    ledger: MemoryLedger, sent: SentReports, clock: FixedClock
) -> None:
    alarms = Alarms(ledger, [], clock=clock)
    await sent.send(urgent=True)
    clock.advance(MINUTE)
    with structlog.testing.capture_logs() as logs:
        for _ in range(90):
            await alarms.run_once()
            clock.advance(MINUTE)
    said = [line for line in logs if line["event"] == "alarm"]
    assert [(line["log_level"], line["bells"]) for line in said] == [("error", 0)] * 2
    assert not alarms.heard
    assert alarms.standing


async def test_two_processes_raise_an_alarm_once(
    ledger: MemoryLedger, bell: RecordingBell, sent: SentReports, clock: FixedClock
) -> None:
    await sent.send(urgent=True)
    clock.advance(MINUTE)
    await Alarms(ledger, [bell], clock=clock).run_once()
    await Alarms(ledger, [bell], clock=clock).run_once()
    assert len(bell.rung) == 1


async def test_on_a_full_disk_the_alarm_still_goes_out_once(
    ledger: MemoryLedger, bell: RecordingBell, sent: SentReports, clock: FixedClock
) -> None:
    faulty = FaultyLedger(ledger)
    alarms = Alarms(faulty, [bell], clock=clock)
    await sent.send(urgent=True)
    clock.advance(MINUTE)
    faulty.fail_with(LedgerUnavailable("the disk is full"), on=WRITES)
    for _ in range(90):
        await alarms.run_once()
        clock.advance(MINUTE)
    assert kinds(bell).count(AlarmKind.URGENT) == 2


async def test_on_a_full_disk_a_bell_nobody_answers_is_rung_every_two_minutes_and_not_oftener(
    ledger: MemoryLedger, bell: RecordingBell, sent: SentReports, clock: FixedClock
) -> None:
    faulty = FaultyLedger(ledger)
    alarms = Alarms(faulty, [bell], clock=clock)
    await sent.send(urgent=True)
    clock.advance(MINUTE)
    faulty.fail_with(LedgerUnavailable("the disk is full"), on=WRITES)
    bell.fault = DestinationDown()
    raised = list[Alarm]()
    for _ in range(20):
        raised += await alarms.run_once()
        clock.advance(MINUTE / 2)
    assert [alarm.kind for alarm in raised].count(AlarmKind.URGENT) == 5


@pytest.mark.parametrize("calls", [WRITES, EVERY], ids=["takes no writes", "is gone"])
async def test_a_ledger_that_takes_nothing_for_a_minute_raises_the_alarm_hourly_until_it_works(
    ledger: MemoryLedger, bell: RecordingBell, clock: FixedClock, calls: tuple[Call, ...]
) -> None:
    faulty = FaultyLedger(ledger)
    alarms = Alarms(faulty, [bell], clock=clock)
    faulty.fail_with(LedgerUnavailable("the disk is full"), on=calls)
    assert await alarms.run_once() == ()
    for _ in range(90):
        clock.advance(MINUTE)
        await alarms.run_once()
    gone = Alarm(kind=AlarmKind.LEDGER, count=0, since=START, items=(), faults={})
    assert bell.rung == [gone, gone]
    faulty.fail_with(None)
    clock.advance(2 * HOUR)
    assert await alarms.run_once() == ()


async def test_a_ledger_that_stumbles_for_a_moment_raises_no_alarm(
    ledger: MemoryLedger, bell: RecordingBell, clock: FixedClock
) -> None:
    faulty = FaultyLedger(ledger)
    alarms = Alarms(faulty, [bell], clock=clock)
    for _ in range(10):
        faulty.fail_with(LedgerUnavailable("gone"))
        await alarms.run_once()
        clock.advance(timedelta(seconds=50))
        faulty.fail_with(None)
        await alarms.run_once()
    assert bell.rung == []


async def test_while_it_runs_it_looks_again_and_again_whatever_the_ledger_does(
    ledger: MemoryLedger, bell: RecordingBell, sent: SentReports, clock: FixedClock
) -> None:
    faulty = FaultyLedger(ledger)
    faulty.fail_with(LedgerUnavailable("not open yet"))
    alarms = Alarms(faulty, [bell], clock=clock, look_s=0.001)
    await sent.send(urgent=True)
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(alarms.run())
        clock.advance(MINUTE)
        faulty.fail_with(None)
        await bell.heard.wait()
        alarms.stop()
    assert kinds(bell) == [AlarmKind.URGENT]


async def test_a_process_killed_while_telling_leaves_the_alarm_due(
    ledger: MemoryLedger, bell: RecordingBell, sent: SentReports, clock: FixedClock
) -> None:
    faulty = FaultyLedger(ledger)
    await sent.send(urgent=True)
    clock.advance(MINUTE)
    bell.fault = BaseExceptionGroup("killed", [KeyboardInterrupt()])  # type: ignore[assignment]
    with pytest.raises(BaseExceptionGroup):
        await Alarms(faulty, [bell], clock=clock).run_once()
    bell.fault = None
    clock.advance(UNHEARD_AGAIN_AFTER)
    await Alarms(ledger, [bell], clock=clock).run_once()
    assert len(bell.rung) == 1


async def test_an_item_whose_desk_nobody_configured_raises_the_alarm_too(
    alarms: Alarms, bell: RecordingBell, worker: Worker, sent: SentReports, clock: FixedClock, ledger: Ledger
) -> None:
    await sent.send(urgent=True)
    await ledger.append(Change(sa.update(outbox).values(destination="gone"), [{}]))
    await worker.run_once()
    clock.advance(MINUTE)
    await alarms.run_once()
    assert kinds(bell) == [AlarmKind.URGENT]


def test_the_alarm_about_the_ledger_has_its_words(texts: Texts) -> None:
    alarm = Alarm(kind=AlarmKind.LEDGER, count=0, since=START, items=(), faults={})
    said = text(alarm, lambda say: texts.say(say, "en"))
    assert said.startswith("Lifebelt: no report can be stored\n")
    assert "2026-03-04 05:06 UTC" in said


@pytest.mark.parametrize("kind", OF_THE_OUTBOX)
@pytest.mark.parametrize("count", [1, 3])
def test_every_alarm_has_its_words_with_numbers_ids_and_times(
    texts: Texts, kind: AlarmKind, count: int
) -> None:
    ids = tuple(ItemId(f"{number:032x}") for number in range(count))
    alarm = Alarm(kind=kind, count=count, since=START, items=ids, faults={"unreachable": count})
    said = text(alarm, lambda say: texts.say(say, "en"))
    assert str(count) in subject(alarm, lambda say: texts.say(say, "en"))
    assert all(one in said for one in ids)
    assert "2026-03-04 05:06 UTC" in said
    assert "unreachable" in said


async def test_an_alarm_says_nothing_of_content_community_or_desk(
    alarms: Alarms, bell: RecordingBell, sent: SentReports, clock: FixedClock, texts: Texts
) -> None:
    await sent.send(urgent=True, sealed=[b"canary-4711"])
    clock.advance(MINUTE)
    with structlog.testing.capture_logs() as logs:
        await alarms.run_once()
    said = text(bell.rung[0], lambda say: texts.say(say, "en"))
    for word in ("canary", COMMUNITY):
        assert word not in said
        assert word not in str(logs)
        assert word not in repr(bell.rung[0])
