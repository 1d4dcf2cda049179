from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from core.delivery import outbox
from core.delivery.model import Fault, Leased, OutboxState, Receipt
from core.delivery.retry import CALM, URGENT, Decision, Failure
from core.delivery.wire import ItemKind
from core.errors import LedgerConflict
from core.ids import DeskName, ItemId, PartId
from core.ledger import road
from core.ledger.port import Change
from core.ledger.road import parts
from core.ledger.sqlite import SqliteLedger
from core.testing.clock import FixedClock
from core.testing.outbox import DESK, SentReports

OTHER = DeskName("other")
LASTS = timedelta(seconds=30)
TRIED = Failure(fault=Fault.FAILED)


async def lease(
    ledger: SqliteLedger, *, desk: DeskName = DESK, limit: int = 10, urgent_only: bool = False
) -> tuple[Leased, ...]:
    now = await ledger.now()
    job = partial(outbox.lease, destination=desk, now=now, lasts=LASTS, limit=limit, urgent_only=urgent_only)
    return await ledger.transact(job)


async def postpone(
    ledger: SqliteLedger, leased: Leased, failure: Failure, wait: timedelta, *, dead: bool = False
) -> bool:
    decision = Decision(
        state=OutboxState.DEAD if dead else OutboxState.READY,
        due_at=await ledger.now() + wait,
        counts=not failure.of_the_door,
    )
    job = partial(outbox.postpone, leased=leased, failure=failure, decision=decision)
    return await ledger.transact(job)


async def complete(ledger: SqliteLedger, leased: Leased, sent: list[PartId] | None = None) -> bool:
    now = await ledger.now()
    held = sa.select(parts.c.id).where(parts.c.item == leased.item)
    ids = await ledger.read(lambda conn: list(conn.scalars(held))) if sent is None else sent
    receipt = Receipt(leased=leased, parts=tuple(ids), received_at=now)
    (noted,) = await ledger.transact(partial(outbox.complete, receipts=[receipt], now=now))
    return noted


async def next_due(ledger: SqliteLedger) -> datetime | None:
    now = await ledger.now()
    return await ledger.read(partial(outbox.next_due, destination=DESK, now=now, lasts=LASTS))


def items(leased: tuple[Leased, ...]) -> list[ItemId]:
    return [one.item for one in leased]


async def test_what_was_just_sent_is_due_at_once(ledger: SqliteLedger, sent: SentReports) -> None:
    item = await sent.send()
    assert items(await lease(ledger)) == [item]


async def test_what_is_leased_is_nobody_elses_until_the_lease_ends(
    ledger: SqliteLedger, sent: SentReports, clock: FixedClock
) -> None:
    item = await sent.send()
    await lease(ledger)
    clock.advance(LASTS - timedelta(microseconds=1))
    assert items(await lease(ledger)) == []
    clock.advance(timedelta(microseconds=1))
    assert items(await lease(ledger)) == [item]


async def test_the_urgent_go_first_then_the_longest_due(
    ledger: SqliteLedger, sent: SentReports, clock: FixedClock
) -> None:
    old = await sent.send()
    clock.advance(timedelta(hours=1))
    newer, urgent, urgent_too = await sent.send(), await sent.send(urgent=True), await sent.send(urgent=True)
    assert items(await lease(ledger)) == [urgent, urgent_too]
    assert items(await lease(ledger)) == [old, newer]


async def test_room_kept_for_the_urgent_is_given_to_nobody_else(
    ledger: SqliteLedger, sent: SentReports
) -> None:
    await sent.send()
    urgent = await sent.send(urgent=True)
    assert items(await lease(ledger, urgent_only=True)) == [urgent]


async def test_one_destinations_items_are_not_anothers(ledger: SqliteLedger, sent: SentReports) -> None:
    await sent.send()
    theirs = await sent.send(desk=OTHER)
    assert items(await lease(ledger, desk=OTHER)) == [theirs]


async def test_a_lease_counts_as_an_attempt_even_if_its_worker_dies(
    ledger: SqliteLedger, sent: SentReports, clock: FixedClock
) -> None:
    item = await sent.send()
    await lease(ledger)
    clock.advance(LASTS)
    (second,) = await lease(ledger)
    assert (second.attempts, second.fence) == (2, 2)
    assert (await sent.row(item)).attempts == 2


async def test_whoever_lost_the_lease_completes_nothing(
    ledger: SqliteLedger, sent: SentReports, clock: FixedClock
) -> None:
    item = await sent.send()
    (slow,) = await lease(ledger)
    clock.advance(LASTS)
    (quick,) = await lease(ledger)
    assert not await complete(ledger, slow)
    assert await sent.parts(item) == [b"answers"]
    assert (await sent.report(item)).delivered_at is None
    assert await complete(ledger, quick)


async def test_whoever_lost_the_lease_postpones_nothing(
    ledger: SqliteLedger, sent: SentReports, clock: FixedClock
) -> None:
    item = await sent.send()
    (slow,) = await lease(ledger)
    clock.advance(LASTS)
    (quick,) = await lease(ledger)
    assert await complete(ledger, quick)
    assert not await postpone(ledger, slow, TRIED, timedelta(hours=1))
    assert (await sent.row(item)).state == OutboxState.DELIVERED


async def test_what_is_delivered_is_never_leased_again(
    ledger: SqliteLedger, sent: SentReports, clock: FixedClock
) -> None:
    await sent.send()
    (leased,) = await lease(ledger)
    assert await complete(ledger, leased)
    clock.advance(timedelta(days=30))
    assert await lease(ledger) == ()
    assert await next_due(ledger) is None


async def test_what_is_delivered_is_noted_and_the_road_keeps_no_copy(
    ledger: SqliteLedger, sent: SentReports, clock: FixedClock
) -> None:
    item = await sent.send(sealed=[b"answers", b"reported"])
    clock.advance(timedelta(seconds=2))
    (leased,) = await lease(ledger)
    assert await complete(ledger, leased)
    assert await sent.parts(item) == []
    assert (await sent.report(item)).delivered_at == clock.now()
    assert (await sent.row(item)).delivered_at == clock.now()


async def test_a_part_that_was_not_in_the_parcel_is_kept(ledger: SqliteLedger, sent: SentReports) -> None:
    item = await sent.send(sealed=[b"sent", b"not sent"])
    (leased,) = await lease(ledger)
    first = sa.select(parts.c.id).where(parts.c.sealed == b"sent")
    assert await complete(ledger, leased, await ledger.read(lambda conn: list(conn.scalars(first))))
    assert await sent.parts(item) == [b"not sent"]


async def test_a_supplement_that_arrives_says_nothing_of_its_report(
    ledger: SqliteLedger, sent: SentReports
) -> None:
    report = await sent.send()
    supplement = await sent.add(report)
    for leased in await lease(ledger):
        if leased.item == supplement:
            assert await complete(ledger, leased)
    assert (await sent.report(report)).delivered_at is None
    assert await sent.parts(report) == [b"answers"]


async def test_a_desk_whose_clock_runs_ahead_receives_nothing_in_the_future(
    ledger: SqliteLedger, sent: SentReports, clock: FixedClock
) -> None:
    item = await sent.send()
    (leased,) = await lease(ledger)
    now = await ledger.now()
    later = now + timedelta(days=400)
    receipt = Receipt(leased=leased, parts=(), received_at=later)
    await ledger.transact(partial(outbox.complete, receipts=[receipt], now=now))
    assert (await sent.report(item)).delivered_at == now


async def test_what_is_postponed_is_due_when_it_was_decided(
    ledger: SqliteLedger, sent: SentReports, clock: FixedClock
) -> None:
    item = await sent.send()
    (leased,) = await lease(ledger)
    assert await postpone(ledger, leased, TRIED, timedelta(minutes=7))
    assert await next_due(ledger) == clock.now() + timedelta(minutes=7)
    clock.advance(timedelta(minutes=7) - timedelta(microseconds=1))
    assert await lease(ledger) == ()
    clock.advance(timedelta(microseconds=1))
    assert items(await lease(ledger)) == [item]


async def test_a_dead_letter_is_tried_again_when_it_is_due(
    ledger: SqliteLedger, sent: SentReports, clock: FixedClock
) -> None:
    item = await sent.send()
    (leased,) = await lease(ledger)
    await postpone(ledger, leased, Failure(fault=Fault.REFUSED), timedelta(hours=2), dead=True)
    assert (await sent.row(item)).state == OutboxState.DEAD
    clock.advance(timedelta(hours=2))
    (again,) = await lease(ledger)
    assert (again.item, again.fault) == (item, Fault.REFUSED)


async def test_the_end_of_a_lease_is_the_next_time_to_look(
    ledger: SqliteLedger, sent: SentReports, clock: FixedClock
) -> None:
    await sent.send()
    await lease(ledger)
    assert await next_due(ledger) == clock.now() + LASTS


async def test_behind_a_closed_door_the_others_wait_and_go_first_afterwards(
    ledger: SqliteLedger, sent: SentReports, clock: FixedClock
) -> None:
    knocker = await sent.send()
    waiting = await sent.send()
    (leased,) = await lease(ledger, limit=1)
    await postpone(ledger, leased, Failure(fault=Fault.UNREACHABLE), timedelta(minutes=5))
    assert await lease(ledger) == ()
    clock.advance(timedelta(minutes=5))
    assert items(await lease(ledger)) == [waiting, knocker]


async def test_a_knock_at_a_closed_door_is_not_an_attempt(ledger: SqliteLedger, sent: SentReports) -> None:
    item = await sent.send()
    (leased,) = await lease(ledger)
    await postpone(ledger, leased, Failure(fault=Fault.UNREACHABLE), timedelta(minutes=5))
    assert (await sent.row(item)).attempts == 0


async def test_a_closed_door_keeps_neither_the_urgent_nor_other_desks_waiting(
    ledger: SqliteLedger, sent: SentReports
) -> None:
    await sent.send()
    (leased,) = await lease(ledger)
    urgent, theirs = await sent.send(urgent=True), await sent.send(desk=OTHER)
    await postpone(ledger, leased, Failure(fault=Fault.UNREACHABLE), timedelta(minutes=5))
    assert items(await lease(ledger)) == [urgent]
    assert items(await lease(ledger, desk=OTHER)) == [theirs]


async def test_an_item_that_fails_alone_keeps_nobody_waiting(ledger: SqliteLedger, sent: SentReports) -> None:
    await sent.send()
    other = await sent.send()
    (leased,) = await lease(ledger, limit=1)
    await postpone(ledger, leased, TRIED, timedelta(hours=2))
    assert items(await lease(ledger)) == [other]


async def test_when_the_door_opens_all_who_waited_at_it_are_due(
    ledger: SqliteLedger, sent: SentReports, clock: FixedClock
) -> None:
    turned_away, alone_at_fault, never_tried = await sent.send(), await sent.send(), await sent.send()
    away, fault, _ = await lease(ledger)
    await postpone(ledger, fault, TRIED, timedelta(hours=2))
    await postpone(ledger, away, Failure(fault=Fault.TURNED_AWAY), timedelta(hours=1), dead=True)
    clock.advance(LASTS)
    now = await ledger.now()
    assert await ledger.transact(partial(outbox.reopen, destination=DESK, now=now)) == 1
    assert set(items(await lease(ledger))) == {turned_away, never_tried}
    assert (await sent.row(alone_at_fault)).due_at > now


async def test_what_somebody_mended_is_due_again_from_the_beginning(
    ledger: SqliteLedger, sent: SentReports, clock: FixedClock
) -> None:
    mended, other = await sent.send(), await sent.send()
    for leased in await lease(ledger):
        await postpone(ledger, leased, Failure(fault=Fault.REFUSED), timedelta(hours=2), dead=True)
    now = await ledger.now()
    assert await ledger.transact(partial(outbox.requeue, items=[mended], now=now)) == 1
    row = await sent.row(mended)
    assert (row.state, row.attempts, row.due_at) == (OutboxState.READY, 0, now)
    assert (await sent.row(other)).state == OutboxState.DEAD
    assert await ledger.transact(partial(outbox.requeue, items=None, now=now)) == 2


async def test_neither_delivered_nor_leased_items_are_requeued(
    ledger: SqliteLedger, sent: SentReports
) -> None:
    await sent.send()
    await sent.send()
    first, _ = await lease(ledger)
    await complete(ledger, first)
    now = await ledger.now()
    assert await ledger.transact(partial(outbox.requeue, items=None, now=now)) == 0


async def test_dead_letters_show_what_needs_somebody_the_urgent_first(
    ledger: SqliteLedger, sent: SentReports
) -> None:
    calm, waiting, urgent = await sent.send(), await sent.send(), await sent.send(urgent=True)
    for leased in (*await lease(ledger), *await lease(ledger)):
        if leased.item != waiting:
            failure = Failure(fault=Fault.REFUSED)
            await postpone(ledger, leased, failure, timedelta(hours=2), dead=not leased.urgent)
    shown = await ledger.read(outbox.dead_letters)
    assert [line.item for line in shown] == [urgent, calm]
    assert [line.state for line in shown] == [OutboxState.READY, OutboxState.DEAD]


async def test_items_for_a_desk_that_is_no_longer_configured_are_found(
    ledger: SqliteLedger, sent: SentReports
) -> None:
    await sent.send()
    await sent.send(desk=OTHER)
    await sent.send(desk=OTHER)
    assert await ledger.read(partial(outbox.unserved, destinations=[DESK])) == {OTHER: 2}


@pytest.mark.parametrize(
    ("before", "now", "again"),
    [
        (Fault.SILENT, Fault.CONFLICT, True),
        (Fault.NONE, Fault.REFUSED, True),
        (Fault.REFUSED, Fault.REFUSED, False),
        (Fault.SILENT, Fault.FAILED, False),
    ],
)
async def test_another_kind_of_fault_is_another_alarm(
    ledger: SqliteLedger,
    sent: SentReports,
    clock: FixedClock,
    before: Fault,
    now: Fault,
    again: bool,
) -> None:
    item = await sent.send()
    alarmed = sa.update(road.outbox).values(alarmed_at=clock.now(), fault=before)
    await ledger.append(Change(alarmed, [{}]))
    (leased,) = await lease(ledger)
    await postpone(ledger, leased, Failure(fault=now), timedelta(hours=1))
    assert ((await sent.row(item)).alarmed_at is None) is again


async def test_an_item_is_put_in_once(ledger: SqliteLedger, sent: SentReports) -> None:
    item = await sent.send()
    await lease(ledger)
    row = await sent.row(item)
    again = outbox.outbox_row(
        item=item,
        report=row.report,
        kind=ItemKind.REPORT,
        destination=DESK,
        urgent=False,
        at=row.created_at,
    )
    with pytest.raises(LedgerConflict):
        await ledger.append(Change(sa.insert(road.outbox), [again]))
    assert (await sent.row(item)).state == OutboxState.LEASED


@pytest.mark.parametrize("urgent", [True, False], ids=["urgent", "calm"])
async def test_nobody_waits_for_a_time_that_a_clock_set_while_it_ran_ahead(
    ledger: SqliteLedger,
    sent: SentReports,
    clock: FixedClock,
    urgent: bool,
) -> None:
    item = await sent.send(urgent=urgent)
    ahead = sa.update(road.outbox).values(due_at=clock.now() + timedelta(days=400))
    await ledger.append(Change(ahead, [{}]))
    assert await next_due(ledger) == clock.now()
    assert items(await lease(ledger)) == [item]


async def test_a_lease_given_by_a_clock_that_ran_ahead_has_ended(
    ledger: SqliteLedger, sent: SentReports, clock: FixedClock
) -> None:
    item = await sent.send()
    await lease(ledger)
    ahead = sa.update(road.outbox).values(lease_until=clock.now() + timedelta(days=400))
    await ledger.append(Change(ahead, [{}]))
    assert items(await lease(ledger)) == [item]


async def test_the_longest_wait_that_is_ever_set_is_waited_for(
    ledger: SqliteLedger, sent: SentReports
) -> None:
    await sent.send()
    await sent.send(urgent=True)
    for leased in (*await lease(ledger), *await lease(ledger)):
        await postpone(ledger, leased, TRIED, URGENT.longest if leased.urgent else CALM.longest)
    assert await lease(ledger) == ()


async def test_what_a_dead_process_held_is_due_at_once_for_the_one_that_follows(
    ledger: SqliteLedger, sent: SentReports
) -> None:
    item = await sent.send()
    (held,) = await lease(ledger)
    assert await ledger.transact(partial(outbox.abandon, now=await ledger.now())) == 1
    (again,) = await lease(ledger)
    assert (again.item, again.fence) == (item, held.fence + 1)
    assert not await complete(ledger, held)
    assert await complete(ledger, again)
    assert await ledger.transact(partial(outbox.abandon, now=await ledger.now())) == 0


async def test_a_time_of_receipt_that_news_brought_first_stays(
    ledger: SqliteLedger, sent: SentReports, clock: FixedClock
) -> None:
    item, told = await sent.send(), clock.now()
    await ledger.append(Change(sa.update(road.reports).values(delivered_at=told), [{}]))
    clock.advance(timedelta(minutes=1))
    (leased,) = await lease(ledger)
    assert await complete(ledger, leased)
    assert (await sent.report(item)).delivered_at == told


@pytest.mark.parametrize("urgent", [True, False])
async def test_what_is_due_is_read_off_an_index_however_much_waits(
    ledger: SqliteLedger, *, urgent: bool
) -> None:
    """Nothing is sorted and nothing scanned: what one lease costs does not grow with what lies there."""
    moments = outbox._moments(DESK, await ledger.now(), LASTS) | {"most": 3}

    def plan(conn: sa.Connection) -> list[str]:
        asked: list[tuple[str, Any]] = []
        sa.event.listen(conn, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
        conn.execute(outbox._DUE[urgent], moments)
        ((statement, values),) = asked
        return [row[3] for row in conn.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", values)]

    steps = [step for step in await ledger.read(plan) if "outbox" in step or "B-TREE" in step]
    by_time = [step for step in steps if "outbox_new" in step or "due_at" in step]
    leased = [step for step in steps if step not in by_time]
    assert len(by_time) == 5
    assert all("USING INDEX outbox_due (destination=? AND state=?" in step for step in leased)
    assert len(leased) == 2


async def test_what_waits_again_and_what_is_new_go_in_the_order_in_which_they_became_due(
    ledger: SqliteLedger, sent: SentReports, clock: FixedClock
) -> None:
    waits = await sent.send()
    (leased,) = await lease(ledger)
    clock.advance(timedelta(seconds=1))
    new = await sent.send()
    await postpone(ledger, leased, TRIED, timedelta(seconds=1))
    clock.advance(timedelta(seconds=2))
    newest = await sent.send()
    assert items(await lease(ledger, limit=2)) == [new, waits]
    assert items(await lease(ledger)) == [newest]
