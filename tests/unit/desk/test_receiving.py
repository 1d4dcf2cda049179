"""What arrives is taken in once, whatever arrives how often and in what order."""

import asyncio
from datetime import timedelta
from itertools import permutations
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.delivery.wire import Delivery, ItemKind, WirePart
from core.evidence.parts import PartKind
from core.evidence.sealing import digest
from core.ids import PartId
from core.reports.model import Answers, Category, YesNo
from core.testing.clock import FixedClock
from core.testing.deliveries import body_of
from desk.model import QueueRow
from desk.receiving import MAY_CARRY, Fate, wrong_parts
from desk.service import DeskService
from desk.tables import deliveries, news, reports
from tests.desk_roads import OTHER_ROAD, PRACTICE, ROAD, Make

CALM = Answers(category=Category.ACCOUNT, own_words="one two three four five six")
WORSE = Answers(category=Category.GROOMING, own_words="one two three four five six")
DANGER = Answers(danger=YesNo.YES)


async def give(desk: DeskService, delivery: Delivery, road: Any = ROAD) -> Fate:
    return (await desk.receive(road, delivery, digest(body_of(delivery)))).fate


async def count(desk: DeskService, table: sa.Table, report: str) -> int:
    column = table.c.id if table is reports else table.c.report
    query = sa.select(sa.func.count()).select_from(table).where(column == report)
    return await desk.ledger.read(lambda conn: conn.execute(query).scalar_one())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(data=st.data())
async def test_in_any_order_any_number_of_times_with_triage_anywhere_it_comes_to_the_same(
    desk: DeskService, make: Make, data: st.DataObject
) -> None:
    made = make(answers=CALM)
    items = [made.delivery(), made.late(), made.supplement(WORSE), made.supplement(CALM)]
    if data.draw(st.booleans(), label="urgent"):
        items.append(made.supplement(DANGER, urgent=True))
    order = data.draw(st.permutations(range(len(items))), label="order")
    again = data.draw(st.lists(st.sampled_from(range(len(items))), max_size=6), label="again")
    for place in (*order, *again):
        await give(desk, items[place])
        if data.draw(st.booleans(), label="triage"):
            await desk.triage.run_once()
    while await desk.triage.run_once():
        pass
    found = await desk.case(PRACTICE, made.id)
    assert found is not None
    assert found.row.priority == (0 if len(items) == 5 else 1)
    assert {part.id for part in found.parts} == {part.id for item in items for part in item.parts}
    assert await count(desk, reports, made.id) == 1
    assert await count(desk, deliveries, made.id) == len(items)
    assert await count(desk, news, made.id) == 1
    assert not found.row.faulty
    opened = await desk.look(PRACTICE, made.id, by="ann")
    assert opened is not None
    assert len(opened.supplements) == len(items) - 2


async def test_what_arrives_in_one_moment_has_the_fate_it_has_one_after_the_other(
    desk: DeskService, make: Make
) -> None:
    """New reports: one three times, one with other bytes too, one behind an urgent item of its own."""
    plain, twice, forged, early = (
        make(answers=CALM),
        make(answers=CALM),
        make(answers=CALM),
        make(answers=CALM),
    )
    other = msgspec.structs.replace(forged.delivery(), parts=make(answers=WORSE).delivery().parts)
    before = early.supplement(DANGER, urgent=True)
    came = [plain.delivery(), *[twice.delivery()] * 3, forged.delivery(), other, before, early.delivery()]
    fates = await asyncio.gather(*(give(desk, delivery) for delivery in came))
    again = [Fate.ACCEPTED, Fate.REPEATED, Fate.REPEATED]
    assert sorted(fates[1:4]) == sorted(again)
    assert sorted(fates[4:6]) == sorted([Fate.ACCEPTED, Fate.CONFLICT])
    assert {fates[0], *fates[6:]} == {Fate.ACCEPTED}
    rows = {row.report: row for row in (await desk.queue(PRACTICE)).rows}
    assert set(rows) == {plain.id, twice.id, forged.id, early.id}
    assert [report for report, row in rows.items() if row.urgent] == [early.id]
    await desk.measure()
    assert desk.metrics._queue.labels("practice", "untriaged")._value.get() == 4


async def test_the_counts_of_the_queue_agree_with_what_stands_in_it(desk: DeskService, make: Make) -> None:
    kinds = [(CALM, False), (WORSE, False), (DANGER, True)]
    for first, then in permutations(range(3), 2):
        answers, urgent = kinds[first]
        made = make(answers=answers, urgent=urgent)
        await give(desk, made.delivery())
        await desk.triage.run_once()
        more, pressing = kinds[then]
        await give(desk, made.supplement(more, urgent=pressing))
        await desk.triage.run_once()
    await give(desk, make(answers=CALM).delivery())
    await desk.measure()
    rows = (await desk.queue(PRACTICE)).rows
    for name in ("P0", "P1", "P2", "P3", "untriaged"):
        standing = [row for row in rows if _shown(row) == name]
        shown = desk.metrics._queue.labels("practice", name)._value.get()
        assert shown == len(standing), name


def _shown(row: QueueRow) -> str:
    return "untriaged" if row.priority is None else row.priority.name


async def test_a_part_of_another_road_with_the_same_ids_never_meets_a_report(
    desk: DeskService, make: Make
) -> None:
    made = make()
    late = made.late()
    assert await give(desk, late, OTHER_ROAD) is Fate.ACCEPTED  # the report has not come yet
    assert await give(desk, made.delivery()) is Fate.ACCEPTED
    found = await desk.case(PRACTICE, made.id)
    assert found is not None
    assert late.parts[0].id not in {part.id for part in found.parts}


async def test_an_urgent_item_of_another_road_raises_nothing(desk: DeskService, make: Make) -> None:
    made = make(answers=CALM)
    await give(desk, made.supplement(DANGER, urgent=True), OTHER_ROAD)
    await give(desk, made.delivery())
    assert not (await desk.queue(PRACTICE)).rows[0].urgent


async def test_what_was_long_on_its_way_is_due_since_it_was_sent(
    desk: DeskService, make: Make, clock: FixedClock
) -> None:
    made = make(urgent=True)
    clock.advance(timedelta(days=1))
    await give(desk, made.delivery())
    assert (await desk.queue(PRACTICE)).rows[0].due_at == made.now + timedelta(minutes=5)


@pytest.mark.parametrize("kind", ItemKind)
def test_what_an_item_may_carry_leaves_out_what_it_must_not(kind: ItemKind, make: Make) -> None:
    delivery = make().delivery()
    for part in PartKind:
        parts = (WirePart(id=PartId("a"), kind=part, sealed=b"x"),)
        changed = msgspec.structs.replace(delivery, kind=kind, parts=parts)
        wrong = wrong_parts(changed)
        if part not in MAY_CARRY[kind]:
            assert wrong is not None
            assert kind.value in wrong
        elif kind is not ItemKind.REPORT or part is PartKind.ANSWERS:
            assert wrong is None


def test_answers_and_identity_come_with_the_report_alone() -> None:
    assert PartKind.ANSWERS not in MAY_CARRY[ItemKind.SUPPLEMENT] | MAY_CARRY[ItemKind.PART]
    assert PartKind.IDENTITY not in MAY_CARRY[ItemKind.SUPPLEMENT] | MAY_CARRY[ItemKind.PART]
