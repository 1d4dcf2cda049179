"""Cases of several reports: taken together and apart again, and where they stand in the queue meanwhile."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import InputRefused
from core.ids import ReportId
from core.ledger import trail as chain
from core.reports.model import Answers, Category, YesNo
from core.testing.clock import FixedClock
from core.testing.deliveries import MadeReport, body_of
from desk import tallies
from desk.casework.joins import join, joins_of, undo
from desk.casework.model import CaseState, Join
from desk.casework.place import put
from desk.ranks import CLOSED
from desk.service import DeskService
from desk.tables import casework, reports, trail
from tests.desk_roads import LIVE, PRACTICE, ROAD, Make

WORDS = "one two three four five six"
KINDS: list[dict[str, Any]] = [
    {"answers": Answers(category=Category.ACCOUNT, own_words=WORDS)},
    {"answers": Answers(category=Category.BULLYING, own_words=WORDS)},
    {"answers": Answers(category=Category.GROOMING, own_words=WORDS)},
    {"answers": Answers(danger=YesNo.YES), "urgent": True},
]
CALM, URGENT = 0, 3


async def reported(desk: DeskService, make: Make, *kinds: int) -> list[MadeReport]:
    made = [make(**KINDS[kind]) for kind in kinds]
    for one in made:
        await desk.receive(ROAD, one.delivery(), one.id * 2)
    while await desk.triage.run_once():
        pass
    return made


async def joined(desk: DeskService, case: ReportId, other: ReportId, name: str = "1") -> Join:
    now = desk.clock.now()
    return await desk.ledger.transact(
        lambda conn: join(conn, PRACTICE, case=case, other=other, id=name, by="Ann", now=now)
    )


async def undone(desk: DeskService, name: str = "1") -> Join:
    now = desk.clock.now()
    return await desk.ledger.transact(lambda conn: undo(conn, PRACTICE, name, by="Bo", now=now))


async def closed(desk: DeskService, case: ReportId) -> None:
    now = desk.clock.now()
    row = {
        "id": case, "desk": PRACTICE.desk, "standing": PRACTICE.standing.value, "state": CaseState.CLOSED,
        "state_at": now, "state_by": "Ann", "holder": "", "outcome": "",
    }  # fmt: skip

    def close(conn: sa.Connection) -> None:
        conn.execute(sa.insert(casework.cases), row)
        put(conn, case)

    await desk.ledger.transact(close)


async def queue(desk: DeskService) -> list[ReportId]:
    return [row.report for row in (await desk.queue(PRACTICE)).rows]


async def places(desk: DeskService) -> dict[str, tuple[Any, ...]]:
    wanted = sa.select(reports.c.id, reports.c.of_case, reports.c.rank, reports.c.due_at)
    rows = await desk.ledger.read(lambda conn: conn.execute(wanted).all())
    return {row.id: tuple(row[1:]) for row in rows}


async def counted_right(desk: DeskService) -> bool:
    """The counts that are kept are those that a scan finds."""
    kept = {tally.rank: tally.reports for tally in await tallies.queued(desk.ledger)}
    return kept == Counter(place[1] for place in (await places(desk)).values())


async def test_a_case_of_several_stands_once_where_its_most_urgent_report_would(
    desk: DeskService, make: Make
) -> None:
    calm, urgent, other = await reported(desk, make, CALM, URGENT, 2)
    await joined(desk, calm.id, urgent.id)
    assert await queue(desk) == [calm.id, other.id]
    assert await counted_right(desk)


async def test_undone_each_stands_where_it_stood(desk: DeskService, make: Make) -> None:
    calm, urgent, _ = await reported(desk, make, CALM, URGENT, 2)
    before = await places(desk)
    await joined(desk, calm.id, urgent.id)
    await undone(desk)
    assert await places(desk) == before


async def test_who_took_what_into_what_and_who_undid_it_is_known_and_in_the_trail(
    desk: DeskService, make: Make, clock: FixedClock
) -> None:
    one, other = await reported(desk, make, CALM, CALM)
    await joined(desk, one.id, other.id)
    clock.advance(timedelta(minutes=1))
    await undone(desk)
    (known,) = await desk.ledger.read(lambda conn: joins_of(conn, one.id))
    assert (known.by, known.undone_by, known.reports) == ("Ann", "Bo", (other.id,))
    assert known.undone_at == clock.now()
    rows = await desk.ledger.read(lambda conn: conn.execute(sa.select(trail).order_by(trail.c.seq)).all())
    assert [(row.who, row.action, row.target) for row in rows] == [
        ("Ann", "case_joined", one.id),
        ("Bo", "join_undone", one.id),
    ]
    assert (await desk.ledger.read(lambda conn: chain.verify(conn, trail))).ok


async def test_one_case_cannot_be_taken_into_itself_nor_into_another_desks(
    desk: DeskService, make: Make
) -> None:
    one, other = await reported(desk, make, CALM, CALM)
    elsewhere = make(standing=LIVE.standing, desk=LIVE.desk)
    await desk.receive(ROAD, elsewhere.delivery(), elsewhere.id * 2)
    await joined(desk, one.id, other.id)
    for wrong in (one.id, other.id, elsewhere.id, ReportId("unknown")):
        with pytest.raises(InputRefused):
            await joined(desk, one.id, wrong, "2")


async def test_what_was_taken_on_since_is_undone_from_the_last(desk: DeskService, make: Make) -> None:
    first, second, third = await reported(desk, make, CALM, CALM, CALM)
    await joined(desk, second.id, third.id, "1")
    await joined(desk, first.id, second.id, "2")
    with pytest.raises(InputRefused, match="join-later"):
        await undone(desk, "1")
    await undone(desk, "2")
    assert (await places(desk))[third.id][0] == second.id
    await undone(desk, "1")
    assert {place[0] for place in (await places(desk)).values()} == {None}
    with pytest.raises(InputRefused, match="join-unknown"):
        await undone(desk, "1")


async def test_something_urgent_for_a_report_taken_in_raises_the_case_it_is_in(
    desk: DeskService, make: Make, clock: FixedClock
) -> None:
    one, other, urgent = await reported(desk, make, CALM, CALM, 2)
    await joined(desk, one.id, other.id)
    assert await queue(desk) == [urgent.id, one.id]
    more = other.supplement(Answers(danger=YesNo.YES), urgent=True)
    await desk.receive(ROAD, more, body_of(more).hex()[:64])
    assert await queue(desk) == [one.id, urgent.id]
    while await desk.triage.run_once():
        pass
    assert await queue(desk) == [one.id, urgent.id]
    assert await counted_right(desk)


async def test_a_triage_of_the_first_report_leaves_the_case_where_the_urgent_one_put_it(
    desk: DeskService, make: Make
) -> None:
    calm, urgent, other = await reported(desk, make, CALM, URGENT, 2)
    await joined(desk, calm.id, urgent.id)
    more = calm.supplement(Answers(category=Category.ACCOUNT, own_words=f"{WORDS} seven"))
    await desk.receive(ROAD, more, body_of(more).hex()[:64])
    while await desk.triage.run_once():
        pass
    assert await queue(desk) == [calm.id, other.id]
    assert await counted_right(desk)


async def test_what_is_closed_leaves_the_queue_and_comes_back_when_something_is_added(
    desk: DeskService, make: Make, clock: FixedClock
) -> None:
    one, other = await reported(desk, make, CALM, 2)
    clock.advance(timedelta(minutes=1))
    await closed(desk, one.id)
    assert await queue(desk) == [other.id]
    assert (await places(desk))[one.id][1] == CLOSED
    clock.advance(timedelta(minutes=1))
    more = one.supplement(Answers(own_words="it happened again"))
    await desk.receive(ROAD, more, body_of(more).hex()[:64])
    assert await queue(desk) == [other.id, one.id]
    while await desk.triage.run_once():
        pass
    assert set(await queue(desk)) == {one.id, other.id}
    assert await counted_right(desk)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=15)
@given(
    kinds=st.lists(st.integers(0, 3), min_size=3, max_size=6),
    pairs=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=6),
)
async def test_whatever_was_joined_is_undone_step_by_step_without_a_trace_in_the_queue(
    desk: DeskService, make: Make, kinds: list[int], pairs: list[tuple[int, int]]
) -> None:
    made = await reported(desk, make, *kinds)
    stood = [await places(desk)]
    names: list[str] = []
    for one, other in pairs:
        try:
            done = await joined(
                desk, made[one % len(made)].id, made[other % len(made)].id, f"{made[0].id[-20:]}-{len(names)}"
            )
        except InputRefused:
            continue
        names.append(done.id)
        stood.append(await places(desk))
        assert await counted_right(desk)
    for name in reversed(names):
        assert await places(desk) == stood.pop()
        await undone(desk, name)
        assert await counted_right(desk)
    assert await places(desk) == stood.pop()
