"""What is counted, when, and that counting again counts once."""

from datetime import timedelta

import pytest

from core.reports.model import Priority
from core.testing.clock import FixedClock
from core.testing.deliveries import body_of
from desk.casework.model import CaseState
from desk.casework.service import Casework
from desk.figures import counting
from desk.figures.counting import Counted, Figure, Within, month_of, within
from desk.service import DeskService
from tests.desk_cases import CALM, URGENT, reported
from tests.desk_roads import LIVE, PRACTICE, ROAD, Make


async def counted(desk: DeskService) -> Counted:
    month = month_of(desk.clock.now())
    return await desk.ledger.read(lambda conn: counting.of_month(conn, PRACTICE, month))


@pytest.mark.parametrize(
    ("waited", "name"),
    [
        (timedelta(0), Within.MINUTES_5),
        (timedelta(minutes=5), Within.MINUTES_5),
        (timedelta(minutes=5, seconds=1), Within.HOUR),
        (timedelta(hours=24), Within.DAY),
        (timedelta(days=3), Within.DAYS_3),
        (timedelta(days=30), Within.LONGER),
    ],
)
def test_how_long_it_waited_has_a_name(waited: timedelta, name: Within) -> None:
    assert within(waited) is name


async def test_a_report_counts_once_however_often_it_is_triaged(desk: DeskService, make: Make) -> None:
    made = await reported(desk, make, **CALM)
    more = made.supplement(made.answers)
    await desk.receive(ROAD, more, body_of(more).hex()[:64])
    await desk.triage.run_once()
    found = await counted(desk)
    assert found[Figure.PRIORITY] == {"P3": 1}
    assert found[Figure.CATEGORY] == {"account": 1}
    assert found[Figure.PLATFORM] == {"web": 1}


async def test_the_first_look_counts_by_how_long_it_took_and_no_other(
    desk: DeskService, make: Make, clock: FixedClock
) -> None:
    made = await reported(desk, make, **URGENT)
    clock.advance(timedelta(minutes=30))
    for who in ("Ann", "Tom"):
        await desk.look(PRACTICE, made.id, by=who)
    assert (await counted(desk))[Figure.FIRST_LOOK] == {f"{Priority.P0.name}.{Within.HOUR}": 1}


async def test_how_a_case_ended_counts_when_it_is_closed(
    desk: DeskService, make: Make, work: Casework
) -> None:
    made, urgent = await reported(desk, make, **CALM), await reported(desk, make, **URGENT)
    await work.close(made.id, "helped", by="Ann", state=CaseState.NEW)
    await work.close(urgent.id, "helped", by="Ann", state=CaseState.NEW)
    assert (await counted(desk))[Figure.OUTCOME] == {"helped": 1}
    found = await work.at_work(urgent.id, by="Tom")
    assert found is not None
    await work.answer(urgent.id, found.asked[0].id, by="Tom", agrees=True)
    assert (await counted(desk))[Figure.OUTCOME] == {"helped": 2}


async def test_another_desks_are_not_mixed_in(desk: DeskService, make: Make, clock: FixedClock) -> None:
    await reported(desk, make, **CALM)
    month = month_of(clock.now())
    assert await desk.ledger.read(lambda conn: counting.of_month(conn, LIVE, month)) == {}
    assert await desk.ledger.read(lambda conn: counting.months(conn, PRACTICE)) == (month,)
    assert await desk.ledger.read(lambda conn: counting.months(conn, LIVE)) == ()


async def test_a_report_counts_in_the_week_of_its_triage(
    desk: DeskService, make: Make, clock: FixedClock
) -> None:
    await reported(desk, make, **CALM)
    weeks = (counting.week_of(clock.now()), "2020-W01")
    found = await desk.ledger.read(lambda conn: counting.of_weeks(conn, PRACTICE, weeks))
    assert found == {weeks[0]: 1, "2020-W01": 0}
    other = await desk.ledger.read(lambda conn: counting.of_weeks(conn, LIVE, weeks))
    assert not any(other.values())


async def test_how_long_it_waited_counts_at_the_next_edge(
    desk: DeskService, make: Make, clock: FixedClock
) -> None:
    made = await reported(desk, make, **URGENT)
    clock.advance(timedelta(minutes=11))
    await desk.look(PRACTICE, made.id, by="Ann")
    assert (await counted(desk))[Figure.WAITED] == {"P0.15": 1}
