"""The triage run: what it stores, what it never does, and what it finds after a crash."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from core.checkpoints import KillPoint
from core.delivery.wire import Delivery
from core.errors import LedgerUnavailable
from core.evidence.keys import DeskKeys
from core.evidence.sealing import new_key
from core.ids import CommunityId, ReportId
from core.ledger import trail as chain
from core.reports.model import Answers, Category, Priority, YesNo
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock
from core.testing.deliveries import body_of, transcript
from core.testing.ledger import FaultyLedger
from desk import triaging
from desk.model import CaseRecord, Fault, QueueRow
from desk.queue import QUEUE
from desk.receiving import RECEIVED
from desk.service import DeskService
from desk.tables import parts, reports, trail
from tests.desk_roads import LIVE, PRACTICE, ROAD, Make

HACKED = Answers(
    category=Category.ACCOUNT, own_words="somebody got into my account last week and posts there"
)
BULLIED = Answers(category=Category.BULLYING, own_words="they call me names in the game chat every evening")


class Watched(MemorySignals):
    """Says when somebody waits for what is received."""

    def __init__(self, clock: FixedClock) -> None:
        super().__init__(clock)
        self.waits = asyncio.Event()

    async def wait(self, topic: str, at_most: timedelta) -> bool:
        if topic == RECEIVED:
            self.waits.set()
        return await super().wait(topic, at_most)


async def give(desk: DeskService, delivery: Delivery) -> None:
    await desk.receive(ROAD, delivery, body_of(delivery).hex()[:64])


async def row(desk: DeskService, report: ReportId) -> QueueRow:
    return (await record(desk, report)).row


async def record(desk: DeskService, report: ReportId) -> CaseRecord:
    found = await desk.case(PRACTICE, report)
    assert found is not None
    return found


async def test_it_stores_the_priority_its_reasons_the_category_and_when_it_is_due(
    desk: DeskService, make: Make, clock: FixedClock, passed: list[KillPoint]
) -> None:
    made = make(answers=HACKED)
    await give(desk, made.delivery())
    clock.advance(timedelta(seconds=1))
    assert await desk.triage.run_once() == 1
    found = await row(desk, made.id)
    assert (found.priority, found.category) == (Priority.P3, Category.ACCOUNT)
    assert [reason.code for reason in found.reasons] == ["category_account"]
    assert found.due_at == made.now + timedelta(hours=72)
    assert found.triaged_at == clock.now()
    assert passed == [KillPoint.RECEIVE, KillPoint.TRIAGE]


async def test_before_it_has_run_a_report_stands_as_what_it_is_taken_for(
    desk: DeskService, make: Make
) -> None:
    calm, urgent = make(answers=HACKED), make(answers=HACKED, urgent=True)
    await give(desk, calm.delivery())
    await give(desk, urgent.delivery())
    page = await desk.queue(PRACTICE)
    assert [found.report for found in page.rows] == [urgent.id, calm.id]
    assert [found.priority for found in page.rows] == [None, None]
    assert [found.due_at - calm.now for found in page.rows] == [timedelta(minutes=5), timedelta(hours=1)]


async def test_what_the_road_called_urgent_is_p0_whatever_the_rules_here_say(
    desk: DeskService, make: Make
) -> None:
    made = make(answers=HACKED, urgent=True)
    await give(desk, made.delivery())
    await desk.triage.run_once()
    found = await row(desk, made.id)
    assert found.priority is Priority.P0
    assert [reason.code for reason in found.reasons] == ["category_account", "marked_urgent"]


async def test_a_report_about_staff_is_seen_in_the_reported_message(desk: DeskService, make: Make) -> None:
    plain, staff = make(answers=HACKED), make(answers=HACKED)
    staff = make(answers=HACKED, said=transcript(at=plain.now, by_staff=True))
    for made in (plain, staff):
        await give(desk, made.delivery())
    await desk.triage.run_once()
    before, after = await row(desk, plain.id), await row(desk, staff.id)
    assert before.priority is not None
    assert after.priority is not None
    assert after.priority < before.priority


async def test_a_supplement_raises_and_moves_the_due_time_forward(
    desk: DeskService, make: Make, clock: FixedClock
) -> None:
    made = make(answers=HACKED)
    await give(desk, made.delivery())
    await desk.triage.run_once()
    clock.advance(timedelta(hours=10))
    worse = msgspec.structs.replace(HACKED, category=Category.GROOMING)
    await give(desk, made.supplement(worse))
    await desk.triage.run_once()
    found = await row(desk, made.id)
    assert (found.priority, found.category) == (Priority.P1, Category.GROOMING)
    assert found.due_at == clock.now() + timedelta(hours=1)
    assert found.added_at == clock.now()
    assert {"category_account", "category_grooming"} <= {reason.code for reason in found.reasons}


async def test_a_supplement_never_lowers_and_never_puts_off(
    desk: DeskService, make: Make, clock: FixedClock
) -> None:
    made = make(answers=Answers(category=Category.GROOMING, danger=YesNo.YES), urgent=True)
    await give(desk, made.delivery())
    await desk.triage.run_once()
    before = await row(desk, made.id)
    clock.advance(timedelta(hours=1))
    await give(desk, made.supplement(Answers(category=Category.ACCOUNT, danger=YesNo.NO, own_words="x")))
    await desk.triage.run_once()
    after = await row(desk, made.id)
    assert (after.priority, after.due_at) == (Priority.P0, before.due_at)
    assert set(before.reasons) <= set(after.reasons)


async def test_an_urgent_supplement_stands_first_before_any_triage(
    desk: DeskService, make: Make, clock: FixedClock
) -> None:
    calm, other = make(answers=HACKED), make(answers=Answers(danger=YesNo.YES), urgent=True)
    for made in (calm, other):
        await give(desk, made.delivery())
    await desk.triage.run_once()
    clock.advance(timedelta(hours=1))
    await give(desk, calm.supplement(HACKED, urgent=True))
    page = await desk.queue(PRACTICE)
    assert [found.report for found in page.rows] == [calm.id, other.id]
    assert page.rows[0].due_at == clock.now() + timedelta(minutes=5)
    await desk.triage.run_once()
    assert (await row(desk, calm.id)).priority is Priority.P0


async def test_an_urgent_supplement_that_came_before_its_report_counts(desk: DeskService, make: Make) -> None:
    made = make(answers=HACKED)
    await give(desk, made.supplement(HACKED, urgent=True))
    assert await desk.triage.run_once() == 0
    await give(desk, made.delivery())
    await desk.triage.run_once()
    assert (await row(desk, made.id)).priority is Priority.P0


@pytest.mark.parametrize("priority", [Priority.P0, Priority.P1])
async def test_what_these_keys_do_not_open_is_kept_listed_alarmed_and_never_less_than_p1(
    desk: DeskService, make: Make, logged: list[dict[str, Any]], priority: Priority
) -> None:
    made = make(answers=HACKED, urgent=priority is Priority.P0)
    made.recipients = (new_key().public,)
    delivery = made.delivery()
    await give(desk, delivery)
    await desk.triage.run_once()
    found = await record(desk, made.id)
    assert found.row.priority is priority
    assert found.row.faulty
    assert "cannot_open" in {reason.code for reason in found.row.reasons}
    assert [part.fault for part in found.parts if part.kind == "answers"] == [Fault.NO_KEY]
    assert {part.id for part in found.parts} == {part.id for part in delivery.parts}
    assert [event["fault"] for event in logged if event["event"] == triaging.UNOPENED] == [Fault.NO_KEY]
    noted = await desk.ledger.read(lambda conn: conn.execute(sa.select(trail.c.action, trail.c.target)).all())
    assert noted == [(triaging.UNOPENED, made.id)]
    assert await desk.ledger.read(lambda conn: chain.verify(conn, trail).ok)


async def test_a_part_of_another_report_is_not_read_as_one_of_this(desk: DeskService, make: Make) -> None:
    victim, thief = make(), make()
    stolen = msgspec.structs.replace(victim.delivery(), report=thief.id, draft="0" * 64, item=thief.id)
    await give(desk, stolen)
    await desk.triage.run_once()
    found = await record(desk, thief.id)
    assert {part.fault for part in found.parts if part.kind != "identity"} == {Fault.OTHER_REPORT}


@pytest.mark.parametrize(
    "changed", [{"desk": LIVE.desk}, {"standing": LIVE.standing}, {"report": ReportId("other")}]
)
async def test_answers_that_say_they_are_of_another_desk_standing_or_report_are_a_fault(
    desk: DeskService, make: Make, changed: dict[str, Any]
) -> None:
    made = make()
    await give(desk, made.delivery(msgspec.structs.replace(made.facts, **changed)))
    await desk.triage.run_once()
    assert (await row(desk, made.id)).faulty


async def test_answers_of_another_community_are_a_fault(desk: DeskService, make: Make) -> None:
    made = make()
    other = msgspec.structs.replace(made.facts, community=CommunityId("club"))
    await give(desk, made.delivery(other))
    await desk.triage.run_once()
    assert (await row(desk, made.id)).faulty


async def test_when_the_key_is_back_a_restart_opens_what_was_closed(
    desk: DeskService, make: Make, keys: DeskKeys, clock: FixedClock
) -> None:
    lost = new_key()
    made = make(answers=HACKED)
    made.recipients = (lost.public,)
    await give(desk, made.delivery())
    await desk.triage.run_once()
    desk.triage._keys = DeskKeys(
        current=keys.current, retired=(lost,), reference=keys.reference, linking=keys.linking
    )
    await desk.triage.try_again()
    clock.advance(timedelta(minutes=1))
    assert await desk.triage.run_once() == 1
    found = await record(desk, made.id)
    assert (found.row.category, found.row.faulty) == (Category.ACCOUNT, False)
    assert found.row.priority is Priority.P1  # a machine never lowers
    assert all(part.fault is None or part.id == made.reported.id for part in found.parts)


async def test_a_fault_that_stays_is_alarmed_once(desk: DeskService, make: Make) -> None:
    made = make()
    made.recipients = (new_key().public,)
    await give(desk, made.delivery())
    for _ in range(3):
        await desk.triage.run_once()
        await desk.triage.try_again()
    counted = await desk.ledger.read(
        lambda conn: conn.execute(sa.select(sa.func.count()).select_from(trail)).scalar()
    )
    assert counted == 1


async def test_rules_that_fail_keep_no_report_from_being_seen(
    desk: DeskService, make: Make, logged: list[dict[str, Any]]
) -> None:
    def broken(_facts: object) -> Any:
        raise KeyError("CANARY")

    desk.triage._decide = broken
    made, urgent = make(answers=HACKED), make(answers=HACKED, urgent=True)
    for one in (made, urgent):
        await give(desk, one.delivery())
    assert await desk.triage.run_once() == 2
    assert (await row(desk, made.id)).priority is Priority.P1
    assert (await row(desk, urgent.id)).priority is Priority.P0
    assert (await row(desk, made.id)).faulty
    assert "triage_failed" in {event["event"] for event in logged}
    assert "CANARY" not in str(logged)


async def test_the_urgent_are_triaged_first_however_many_wait(desk: DeskService, make: Make) -> None:
    waiting = [make(answers=HACKED) for _ in range(triaging.BATCH + 5)]
    urgent = make(answers=HACKED, urgent=True)
    for made in (*waiting, urgent):
        await give(desk, made.delivery())
    assert await desk.triage.run_once() == triaging.BATCH
    assert (await row(desk, urgent.id)).triaged_at is not None
    assert await desk.triage.run_once() == 6
    assert await desk.triage.run_once() == 0


async def test_a_crash_between_the_202_and_the_triage_is_made_good_by_the_next_run(
    desk: DeskService, make: Make, faulty: FaultyLedger
) -> None:
    made = make(answers=HACKED)
    await give(desk, made.delivery())
    faulty.lose_after_commit()  # stored, and the process never heard of it
    with pytest.raises(Exception, match="lost"):
        await desk.triage.run_once()
    faulty.lose_after_commit(losing=False)
    assert await desk.triage.run_once() == 0
    assert (await row(desk, made.id)).priority is Priority.P3


async def test_two_runs_at_once_come_to_the_same(desk: DeskService, make: Make) -> None:
    made = [make(answers=BULLIED) for _ in range(5)]
    for one in made:
        await give(desk, one.delivery())
    await asyncio.gather(desk.triage.run_once(), desk.triage.run_once())
    rows = [await row(desk, one.id) for one in made]
    assert {found.priority for found in rows} == {Priority.P2}
    assert {len(found.reasons) for found in rows} == {len(rows[0].reasons)}
    await desk.measure()
    shown = desk.metrics._queue.labels("practice", "P2")._value.get()
    assert shown == 5


async def test_it_waits_out_a_ledger_that_is_gone_and_goes_on(
    desk: DeskService, make: Make, faulty: FaultyLedger, clock: FixedClock
) -> None:
    made = make(answers=HACKED)
    await give(desk, made.delivery())
    faulty.fail_with(LedgerUnavailable("gone"))
    signals = Watched(clock)
    desk.triage._signals = signals
    async with asyncio.TaskGroup() as tasks:
        run = tasks.create_task(desk.triage.run())
        await signals.waits.wait()
        faulty.fail_with(None)
        await signals.wake(RECEIVED)
        assert await signals.wait(QUEUE, timedelta(seconds=30))
        run.cancel()
    assert (await row(desk, made.id)).triaged_at is not None


async def test_what_nobody_but_the_road_can_open_is_never_tried(desk: DeskService, make: Make) -> None:
    made = make(answers=HACKED)
    await give(desk, made.delivery())
    await desk.triage.run_once()
    found = await record(desk, made.id)
    assert {part.kind.value: part.fault for part in found.parts}["identity"] is None
    assert not found.row.faulty


async def test_nothing_told_lies_in_the_clear_columns(desk: DeskService, make: Make) -> None:
    made = make(
        answers=Answers(category=Category.OTHER, own_words="CANARY", about="CANARY", contact="CANARY")
    )
    await give(desk, made.delivery())
    await desk.triage.run_once()
    everything = await desk.ledger.read(
        lambda conn: [
            tuple(found) for table in (reports, parts, trail) for found in conn.execute(sa.select(table))
        ]
    )
    assert "CANARY" not in repr(everything)
    assert made.reference not in repr(everything)


async def lowered(desk: DeskService, report: ReportId, priority: Priority) -> None:
    """As a person does it."""
    by_person = sa.update(reports).where(reports.c.id == report)
    values = by_person.values(priority=int(priority), lowered_at=desk.clock.now())
    await desk.ledger.transact(lambda conn: conn.execute(values).rowcount)


async def test_what_a_person_lowered_stays_so_until_there_is_a_reason_they_did_not_know(
    desk: DeskService, make: Make
) -> None:
    made = make(answers=msgspec.structs.replace(HACKED, danger=YesNo.YES), urgent=True)
    await give(desk, made.delivery())
    await desk.triage.run_once()
    await lowered(desk, made.id, Priority.P2)
    await give(desk, made.supplement(msgspec.structs.replace(made.answers, about="a friend")))
    await desk.triage.run_once()
    found = await row(desk, made.id)
    assert (found.priority, found.lowered) == (Priority.P2, True)
    await give(desk, made.supplement(Answers(danger=YesNo.YES, category=Category.GROOMING)))
    await desk.triage.run_once()
    found = await row(desk, made.id)
    assert (found.priority, found.lowered) == (Priority.P0, False)


async def test_said_to_be_urgent_anew_it_is_so_whatever_a_person_made_of_it(
    desk: DeskService, make: Make
) -> None:
    made = make(answers=Answers(danger=YesNo.YES), urgent=True)
    await give(desk, made.delivery())
    await desk.triage.run_once()
    await lowered(desk, made.id, Priority.P3)
    await give(desk, made.supplement(Answers(danger=YesNo.YES), urgent=True))
    await desk.triage.run_once()
    assert (await row(desk, made.id)).priority is Priority.P0
