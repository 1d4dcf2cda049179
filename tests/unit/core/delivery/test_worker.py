import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
import structlog

from core.checkpoints import Checkpoint, KillPoint, no_checkpoint
from core.delivery import outbox
from core.delivery.lane import Pulse
from core.delivery.model import OUTBOX_TOPIC, Destination, Fault, OutboxState
from core.delivery.wire import Accepted, ItemKind
from core.delivery.worker import Worker
from core.errors import DeliveryError, DeliveryRefused, DestinationDown, LedgerError, LedgerUnavailable
from core.ids import DeskName, ItemId
from core.ledger.port import Ledger
from core.ledger.sqlite import SqliteLedger
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock
from core.testing.destination import RecordingDestination
from core.testing.ledger import WRITES, Call, FaultyLedger
from core.testing.outbox import DESK, SentReports

OTHER = DeskName("other")
LEASE = Pulse().lease
CANARY = b"canary-4711"

MakeWorker = Callable[..., Worker]


class Killed(BaseException):
    """Stands for the process being gone."""


def killed(_point: KillPoint) -> None:
    raise Killed


@pytest.fixture
def signals(clock: FixedClock) -> MemorySignals:
    return MemorySignals(clock)


@pytest.fixture
def worker_for(
    ledger: SqliteLedger, desk: RecordingDestination, clock: FixedClock, signals: MemorySignals
) -> MakeWorker:
    def make(
        *,
        on: Ledger = ledger,
        to: dict[DeskName, Destination] | None = None,
        checkpoint: Checkpoint = no_checkpoint,
        pulse: Pulse | None = None,
    ) -> Worker:
        return Worker(
            on,
            to or {DESK: desk},
            signals,
            clock,
            jitter=lambda: 0.5,
            checkpoint=checkpoint,
            pulse=pulse or Pulse(),
        )

    return make


@pytest.fixture
def worker(worker_for: MakeWorker) -> Worker:
    return worker_for()


def taken(desk: RecordingDestination) -> list[ItemId]:
    return [delivery.item for delivery in desk.taken]


async def test_what_was_sent_is_delivered_and_the_road_keeps_no_copy(
    worker: Worker, desk: RecordingDestination, sent: SentReports, clock: FixedClock
) -> None:
    item = await sent.send(sealed=[b"answers", b"reported"])
    assert await worker.run_once() == 1
    (delivery,) = desk.taken
    assert (delivery.item, delivery.kind) == (item, ItemKind.REPORT)
    assert [part.sealed for part in delivery.parts] == [b"answers", b"reported"]
    assert await sent.parts(item) == []
    assert (await sent.row(item)).state == OutboxState.DELIVERED
    assert (await sent.report(item)).delivered_at == clock.now()


async def test_what_is_delivered_is_delivered_once(
    worker: Worker, desk: RecordingDestination, sent: SentReports, clock: FixedClock
) -> None:
    await sent.send()
    assert await worker.run_once() == 1
    clock.advance(timedelta(days=30))
    assert await worker.run_once() == 0
    assert len(desk.attempts) == 1


async def test_more_than_fits_side_by_side_is_all_delivered_the_urgent_first(
    worker: Worker, desk: RecordingDestination, sent: SentReports
) -> None:
    calm = [await sent.send() for _ in range(30)]
    urgent = [await sent.send(urgent=True) for _ in range(3)]
    assert await worker.run_once() == 33
    assert set(taken(desk)[:3]) == set(urgent)
    assert set(taken(desk)) == {*urgent, *calm}


async def test_killed_between_the_answer_and_its_commit_it_is_delivered_again_with_the_same_bytes(
    worker_for: MakeWorker, desk: RecordingDestination, sent: SentReports, clock: FixedClock
) -> None:
    item = await sent.send(sealed=[b"b", b"a", b"c"])
    with pytest.raises(BaseExceptionGroup) as died:
        await worker_for(checkpoint=killed).run_once()
    assert died.value.subgroup(Killed)
    assert (await sent.report(item)).delivered_at is None
    clock.advance(LEASE)
    assert await worker_for().run_once() == 1
    first, second = desk.attempts
    assert first == second
    assert len(desk.taken) == 1


async def test_what_the_desk_received_first_is_what_the_report_says(
    worker_for: MakeWorker, sent: SentReports, clock: FixedClock
) -> None:
    item, received = await sent.send(), clock.now()
    with pytest.raises(BaseExceptionGroup):
        await worker_for(checkpoint=killed).run_once()
    clock.advance(timedelta(hours=1))
    await worker_for().run_once()
    assert (await sent.report(item)).delivered_at == received


async def test_the_checkpoint_stands_after_the_answer_and_before_the_commit(
    worker_for: MakeWorker, desk: RecordingDestination, sent: SentReports
) -> None:
    seen: list[tuple[KillPoint, int]] = []
    item = await sent.send()
    await worker_for(checkpoint=lambda point: seen.append((point, len(desk.taken)))).run_once()
    assert seen == [(KillPoint.DELIVER, 1)]
    assert (await sent.row(item)).state == OutboxState.DELIVERED


async def test_two_workers_on_one_ledger_share_the_work_and_deliver_nothing_twice(
    worker_for: MakeWorker, desk: RecordingDestination, sent: SentReports
) -> None:
    items = [await sent.send() for _ in range(40)]
    delivered = await asyncio.gather(worker_for().run_once(), worker_for().run_once())
    assert sum(delivered) == 40
    assert sorted(item for item, _ in desk.attempts) == sorted(items)


async def test_whoever_was_too_slow_completes_nothing_and_breaks_nothing(
    worker_for: MakeWorker, desk: RecordingDestination, sent: SentReports, clock: FixedClock
) -> None:
    item = await sent.send()
    desk.hold()
    async with asyncio.TaskGroup() as group:
        slow = group.create_task(worker_for().run_once())
        await desk.arrived.wait()
        clock.advance(LEASE)
        quick = group.create_task(worker_for().run_once())
        await desk.until(lambda: len(desk.attempts) == 2)
        desk.release()
    assert sorted([slow.result(), quick.result()]) == [0, 1]
    assert taken(desk) == [item]
    assert (await sent.row(item)).fence == 2


async def test_a_desk_gone_for_a_day_gets_every_report_the_urgent_first(
    worker: Worker, desk: RecordingDestination, sent: SentReports, clock: FixedClock
) -> None:
    desk.fail_with(DestinationDown())
    urgent, calm = [], []
    for hour in range(24):
        calm.append(await sent.send())
        if hour % 6 == 0:
            urgent.append(await sent.send(urgent=True))
        for _ in range(2):
            await worker.run_once()
            clock.advance(timedelta(minutes=30))
    assert desk.taken == []
    desk.fail_with(None)
    clock.advance(timedelta(minutes=5))
    assert await worker.run_once() == 28
    assert set(taken(desk)[:4]) == set(urgent)
    assert set(taken(desk)) == {*urgent, *calm}
    assert [(await sent.row(item)).state for item in calm] == [OutboxState.DELIVERED] * 24


async def test_while_a_desk_is_gone_only_a_few_knock_for_all(
    worker: Worker, desk: RecordingDestination, sent: SentReports, clock: FixedClock
) -> None:
    for _ in range(100):
        await sent.send()
    desk.fail_with(DestinationDown())
    for _ in range(60):
        await worker.run_once()
        clock.advance(timedelta(minutes=1))
    assert len(desk.attempts) < 60


async def test_the_first_that_gets_in_again_calls_all_who_would_have_waited_longer(
    worker: Worker, desk: RecordingDestination, sent: SentReports, clock: FixedClock
) -> None:
    calm = [await sent.send() for _ in range(30)]
    urgent = await sent.send(urgent=True)
    desk.fail_with(DestinationDown())
    for _ in range(10):
        clock.advance(timedelta(minutes=5))
        await worker.run_once()
    clock.advance(timedelta(seconds=30))
    assert (await sent.row(calm[0])).due_at > clock.now() >= (await sent.row(urgent)).due_at
    desk.fail_with(None)
    assert await worker.run_once() == 31
    assert taken(desk)[0] == urgent


FAULTS = [
    (DeliveryRefused(301), Fault.TURNED_AWAY, OutboxState.DEAD, 2.5),
    (DeliveryRefused(401), Fault.TURNED_AWAY, OutboxState.DEAD, 2.5),
    (DeliveryRefused(410), Fault.TURNED_AWAY, OutboxState.DEAD, 2.5),
    (DeliveryRefused(409), Fault.CONFLICT, OutboxState.DEAD, 3600),
    (DeliveryRefused(413), Fault.REFUSED, OutboxState.DEAD, 3600),
    (DeliveryRefused(422), Fault.REFUSED, OutboxState.DEAD, 3600),
    (DestinationDown(), Fault.UNREACHABLE, OutboxState.READY, 2.5),
    (DestinationDown("busy"), Fault.BUSY, OutboxState.READY, 2.5),
    (DestinationDown("busy", retry_after=timedelta(minutes=9)), Fault.BUSY, OutboxState.READY, 540),
    (DestinationDown("failed"), Fault.FAILED, OutboxState.READY, 2.5),
    (DestinationDown("silent"), Fault.SILENT, OutboxState.READY, 2.5),
    (DestinationDown("garbage"), Fault.GARBAGE, OutboxState.READY, 2.5),
]


@pytest.mark.parametrize(("error", "fault", "state", "wait"), FAULTS)
async def test_what_is_not_taken_waits_as_its_fault_asks(
    worker: Worker,
    desk: RecordingDestination,
    sent: SentReports,
    clock: FixedClock,
    error: DeliveryError,
    fault: Fault,
    state: OutboxState,
    wait: float,
) -> None:
    item = await sent.send()
    desk.fail_next(error)
    assert await worker.run_once() == 0
    row = await sent.row(item)
    assert (row.fault, row.state) == (fault, state)
    assert row.due_at - clock.now() == timedelta(seconds=wait)
    assert await sent.parts(item) == [b"answers"]


@pytest.mark.parametrize(("error", "fault", "_state", "_wait"), FAULTS)
async def test_what_is_urgent_is_tried_again_within_a_minute_whatever_the_fault(
    worker: Worker,
    desk: RecordingDestination,
    sent: SentReports,
    clock: FixedClock,
    error: DeliveryError,
    fault: Fault,
    _state: OutboxState,
    _wait: float,
) -> None:
    item = await sent.send(urgent=True)
    desk.fail_next(error)
    await worker.run_once()
    row = await sent.row(item)
    assert (row.fault, row.state) == (fault, OutboxState.READY)
    clock.advance(timedelta(minutes=1))
    assert await worker.run_once() == 1


async def test_an_item_whose_parts_are_gone_is_shown_and_nothing_is_sent(
    worker: Worker, desk: RecordingDestination, sent: SentReports
) -> None:
    item = await sent.send(sealed=[])
    assert await worker.run_once() == 0
    assert desk.attempts == []
    row = await sent.row(item)
    assert (row.fault, row.state) == (Fault.INCOMPLETE, OutboxState.DEAD)


@pytest.mark.parametrize("reason", ["busy", "failed", "silent", "garbage", "unreachable"])
@pytest.mark.parametrize("urgent", [True, False], ids=["urgent", "calm"])
async def test_an_item_that_the_desk_cannot_take_keeps_no_other_out(
    worker: Worker,
    desk: RecordingDestination,
    sent: SentReports,
    clock: FixedClock,
    reason: str,
    urgent: bool,
) -> None:
    poison = await sent.send(urgent=urgent)
    others = [await sent.send(urgent=index % 2 == 0) for index in range(6)]
    desk.fail_for(lambda delivery: DestinationDown(reason) if delivery.item == poison else None)
    for _ in range(12):
        await worker.run_once()
        clock.advance(timedelta(minutes=5))
    assert set(taken(desk)) == set(others)


async def test_one_desks_silence_is_not_another_desks(
    worker_for: MakeWorker, desk: RecordingDestination, sent: SentReports, clock: FixedClock
) -> None:
    other = RecordingDestination(clock)
    desk.fail_with(DestinationDown())
    await sent.send()
    theirs = await sent.send(desk=OTHER)
    assert await worker_for(to={DESK: desk, OTHER: other}).run_once() == 1
    assert taken(other) == [theirs]


class Broken:
    """A destination with a fault nobody thought of."""

    async def deliver(self, item: ItemId, body: bytes) -> Accepted:
        raise ValueError(item + body.decode())


async def test_a_destination_with_a_fault_nobody_thought_of_loses_nothing_and_logs_no_content(
    worker_for: MakeWorker, sent: SentReports
) -> None:
    item = await sent.send(sealed=[CANARY])
    with structlog.testing.capture_logs() as logs:
        assert await worker_for(to={DESK: Broken()}).run_once() == 0
    assert (await sent.row(item)).fault == Fault.FAILED
    assert any(line["event"] == "destination_broken" and line["error"] == "ValueError" for line in logs)
    assert "a-community" not in str(logs)


async def test_no_log_line_carries_a_community_or_content(
    worker: Worker, desk: RecordingDestination, sent: SentReports
) -> None:
    await sent.send(sealed=[CANARY])
    await sent.send(sealed=[CANARY])
    desk.fail_next(DeliveryRefused(422, "no"))
    with structlog.testing.capture_logs() as logs:
        await worker.run_once()
    assert {line["event"] for line in logs} == {"delivered", "not_delivered"}
    assert not [word for word in ("canary", "a-community", DESK + "'") if word in str(logs)]


async def test_a_ledger_that_fails_before_the_commit_leads_to_the_same_delivery_again(
    worker_for: MakeWorker,
    ledger: SqliteLedger,
    desk: RecordingDestination,
    sent: SentReports,
    clock: FixedClock,
) -> None:
    faulty = FaultyLedger(ledger)

    def fail(_point: KillPoint) -> None:
        faulty.fail_with(LedgerUnavailable("the disk is full"), on=WRITES)

    item = await sent.send()
    assert await worker_for(on=faulty, checkpoint=fail).run_once() == 0
    faulty.fail_with(None)
    clock.advance(LEASE)
    assert await worker_for(on=faulty).run_once() == 1
    assert taken(desk) == [item]
    assert desk.attempts[0] == desk.attempts[1]


async def test_a_commit_whose_answer_was_lost_is_not_done_twice(
    worker_for: MakeWorker,
    ledger: SqliteLedger,
    desk: RecordingDestination,
    sent: SentReports,
    clock: FixedClock,
) -> None:
    faulty = FaultyLedger(ledger)
    await sent.send()
    worker = worker_for(on=faulty, checkpoint=lambda _point: faulty.lose_after_commit())
    assert await worker.run_once() == 0
    faulty.lose_after_commit(losing=False)
    clock.advance(LEASE)
    assert await worker.run_once() == 0
    assert len(desk.attempts) == 1


def running(worker: Worker, group: asyncio.TaskGroup) -> asyncio.Task[None]:
    return group.create_task(worker.run())


async def test_a_signal_is_enough_to_have_it_delivered(
    worker_for: MakeWorker, desk: RecordingDestination, sent: SentReports, signals: MemorySignals
) -> None:
    worker = worker_for(pulse=Pulse(poll=timedelta(hours=1)))
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        running(worker, group)
        for number in range(3):
            desk.arrived.clear()
            await sent.send()
            await signals.wake(OUTBOX_TOPIC)
            await desk.arrived.wait()
            assert len(desk.attempts) == number + 1
        worker.stop()


async def test_without_any_signal_polling_finds_it(
    worker_for: MakeWorker, desk: RecordingDestination, sent: SentReports
) -> None:
    worker = worker_for(pulse=Pulse(poll=timedelta(milliseconds=10)))
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        running(worker, group)
        await sent.send()
        await desk.arrived.wait()
        worker.stop()


async def test_stopping_lets_the_attempt_under_way_end(
    worker: Worker, desk: RecordingDestination, sent: SentReports
) -> None:
    item = await sent.send()
    desk.hold()
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        running(worker, group)
        await desk.arrived.wait()
        worker.stop()
        desk.release()
    assert (await sent.row(item)).state == OutboxState.DELIVERED


async def test_stopped_it_begins_no_attempt(
    worker: Worker, desk: RecordingDestination, sent: SentReports
) -> None:
    item = await sent.send()
    worker.stop()
    async with asyncio.timeout(20):
        await worker.run()
    assert desk.attempts == []
    assert (await sent.row(item)).state == OutboxState.READY


async def test_cancelled_in_the_middle_it_is_repeated_by_whoever_comes_next(
    worker_for: MakeWorker, desk: RecordingDestination, sent: SentReports, clock: FixedClock
) -> None:
    item = await sent.send()
    desk.hold()
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        task = running(worker_for(), group)
        await desk.arrived.wait()
        task.cancel()
    assert task.cancelled()
    desk.release()
    clock.advance(LEASE)
    assert await worker_for().run_once() == 1
    assert taken(desk) == [item]


class Refusing(FaultyLedger):
    """Says when it has refused, and when it has refused again."""

    def __init__(self, inner: Ledger) -> None:
        super().__init__(inner)
        self.refused = asyncio.Event()
        self.again = asyncio.Event()

    async def _pass(self, call: Call) -> None:
        try:
            await super()._pass(call)
        except LedgerError:
            (self.again if self.refused.is_set() else self.refused).set()
            raise


async def test_it_starts_before_its_ledger_and_goes_on_when_that_is_there(
    worker_for: MakeWorker, ledger: SqliteLedger, desk: RecordingDestination, sent: SentReports
) -> None:
    closed = Refusing(ledger)
    closed.fail_with(LedgerUnavailable("not open yet"))
    await sent.send()
    worker = worker_for(on=closed, pulse=Pulse(poll=timedelta(milliseconds=10)))
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        running(worker, group)
        await closed.refused.wait()
        assert desk.attempts == []
        closed.fail_with(None)
        await desk.arrived.wait()
        worker.stop()


async def test_a_ledger_that_takes_no_writes_is_not_pestered_until_it_does(
    worker_for: MakeWorker,
    ledger: SqliteLedger,
    desk: RecordingDestination,
    sent: SentReports,
    signals: MemorySignals,
) -> None:
    full = Refusing(ledger)
    full.fail_with(LedgerUnavailable("the disk is full"), on=WRITES)
    await sent.send()
    worker = worker_for(on=full, pulse=Pulse(poll=timedelta(hours=1)))
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        running(worker, group)
        await full.refused.wait()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await full.again.wait()
        full.fail_with(None)
        await signals.wake(OUTBOX_TOPIC)
        await desk.arrived.wait()
        worker.stop()


async def test_after_a_restart_nobody_waits_for_a_door_that_was_closed_before(
    worker_for: MakeWorker, desk: RecordingDestination, sent: SentReports, ledger: SqliteLedger
) -> None:
    item = await sent.send()
    desk.fail_next(DeliveryRefused(401))
    await worker_for().run_once()
    assert (await sent.row(item)).state == OutboxState.DEAD
    desk.arrived.clear()
    worker = worker_for()
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        running(worker, group)
        await desk.arrived.wait()
        worker.stop()
    assert taken(desk) == [item]


async def test_many_that_hang_leave_room_for_the_urgent(
    worker_for: MakeWorker, desk: RecordingDestination, sent: SentReports, signals: MemorySignals
) -> None:
    for _ in range(20):
        await sent.send()
    desk.hold(only=lambda delivery: not delivery.urgent)
    worker = worker_for(pulse=Pulse(poll=timedelta(hours=1), width=4, kept_for_urgent=1))
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        running(worker, group)
        await desk.until(lambda: len(desk.attempts) == 3)
        urgent = await sent.send(urgent=True)
        await signals.wake(OUTBOX_TOPIC)
        await desk.until(lambda: bool(desk.taken))
        assert taken(desk) == [urgent]
        assert len(desk.attempts) == 4
        desk.release()
        await desk.until(lambda: len(desk.taken) == 21)
        worker.stop()


async def test_an_attempt_without_an_end_is_ended_before_its_lease(
    worker_for: MakeWorker, desk: RecordingDestination, sent: SentReports
) -> None:
    item = await sent.send()
    desk.hold()
    worker = worker_for(pulse=Pulse(attempt=timedelta(milliseconds=20)))
    assert await worker.run_once() == 0
    assert (await sent.row(item)).fault == Fault.SILENT
    assert Pulse().attempt < Pulse().lease


async def test_what_somebody_requeued_goes_out(
    worker: Worker, desk: RecordingDestination, sent: SentReports, ledger: SqliteLedger
) -> None:
    item = await sent.send()
    desk.fail_next(DeliveryRefused(422))
    await worker.run_once()
    assert await worker.run_once() == 0
    now = await ledger.now()
    assert await ledger.transact(partial(outbox.requeue, items=[item], now=now)) == 1
    assert await worker.run_once() == 1


async def test_what_comes_while_a_lane_lets_it_gather_is_taken_together(
    worker_for: MakeWorker, ledger: SqliteLedger, desk: RecordingDestination, sent: SentReports
) -> None:
    """A pause without an end: nothing more is taken, and a stop is still heard at once."""
    worker = worker_for(pulse=Pulse(gather=timedelta(hours=1)))
    await sent.send()
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(worker.run())
        await desk.until(lambda: len(desk.taken) == 1)
        later = [await sent.send() for _ in range(3)]
        assert await worker_for().run_once() == 3
        worker.stop()
    assert taken(desk)[1:] == later


async def test_while_more_waits_than_there_is_room_for_nothing_pauses(
    worker_for: MakeWorker, desk: RecordingDestination, sent: SentReports
) -> None:
    worker = worker_for(pulse=Pulse(gather=timedelta(hours=1), width=4))
    items = [await sent.send() for _ in range(7)]
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(worker.run())
        await desk.until(lambda: len(desk.taken) == len(items))
        worker.stop()
    assert sorted(taken(desk)) == items
