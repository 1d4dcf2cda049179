"""What roads are told of who is on duty: names as they want to be called, and times that are kept early."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.delivery.wire import DutyTold
from desk.rota.duty import Duty, Why
from desk.rota.model import Place, Reply, Shift
from desk.rota.told import LEAST, SOMEBODY, told, usually, who
from tests.desk_roads import PRACTICE
from tests.unit.desk.rota.conftest import HOURS

DAY = datetime(2026, 3, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def shift(starts: float, ends: float, person: str = "Ann", reply: Reply = Reply.ACCEPTED) -> Shift:
    return Shift(
        id=person,
        person=person,
        place=Place.ON_CALL,
        starts=DAY + starts * HOUR,
        ends=DAY + ends * HOUR,
        planned_by="Di",
        reply=reply,
    )


def at(hour: float, *shifts: Shift, why: Why = Why.NO_SHIFT, names: tuple[str, ...] = ()) -> DutyTold:
    duty = Duty(names=names, why=why)
    return told(PRACTICE, DAY + hour * HOUR, duty=duty, shifts=shifts, hours=HOURS, called={}, waits=())


def on_duty(hour: float, *shifts: Shift) -> DutyTold:
    return at(hour, *shifts, why=Why.ON_DUTY, names=tuple(one.person for one in shifts))


def test_only_those_who_said_so_are_named() -> None:
    assert who(("Ann", "Bo"), {"Bo": "Sam"}) == ("Sam",)
    assert who(("Ann", "Bo"), {"Ann": "Sam", "Bo": "Sam"}) == ("Sam",)
    assert who(("Ann", "Bo"), {"Ann": ""}) == (SOMEBODY,)
    assert who((), {"Ann": "Sam"}) == ()


def test_somebody_is_there_until_the_last_of_them_goes_or_the_desk_closes() -> None:
    assert on_duty(10, shift(8, 16), shift(9, 18, "Bo")).until == DAY + 18 * HOUR
    assert on_duty(10, shift(8, 23)).until == DAY + 22 * HOUR


@pytest.mark.parametrize(
    ("hour", "shifts", "opens"),
    [
        (3, [shift(8, 16)], 8),
        (3, [shift(6, 16)], 8),  # within the hours of the desk
        (3, [shift(12, 16), shift(9, 10, "Bo")], 9),
        (3, [shift(8, 16, reply=Reply.ASKED)], None),
        (3, [shift(22, 24)], None),  # all of it when the desk is closed
        (23, [shift(4 * 24, 4 * 24 + 23)], None),  # Sunday the eighth is blocked
        (3, [], None),
    ],
)
def test_it_opens_when_somebody_who_accepted_comes_within_the_hours(
    hour: float, shifts: list[Shift], opens: float | None
) -> None:
    assert at(hour, *shifts).opens == (None if opens is None else DAY + opens * HOUR)


@pytest.mark.parametrize("why", [Why.DRILL_MISSED, Why.PAGES_MISSED])
def test_a_sign_that_was_taken_down_promises_no_time(why: Why) -> None:
    assert at(3, shift(8, 16), why=why) == DutyTold(desk=PRACTICE.desk, standing=PRACTICE.standing)


@given(st.lists(st.integers(0, 24 * 60), min_size=LEAST, max_size=40))
def test_half_of_them_were_read_within_the_time_that_is_told(minutes: list[int]) -> None:
    shown = usually([minute * MINUTE for minute in minutes])
    assert shown is not None
    assert sum(minute <= shown for minute in minutes) * 2 >= len(minutes)


def test_a_few_and_what_takes_days_promise_nothing() -> None:
    assert usually([MINUTE] * (LEAST - 1)) is None
    assert usually([timedelta(days=2)] * LEAST) is None


def test_what_begins_in_more_than_a_day_has_no_hour_told() -> None:
    assert at(20, shift(8 + 48, 16 + 48)).opens is None
    assert at(20, shift(8 + 24, 16 + 24)).opens == DAY + 32 * HOUR


def test_most_are_three_of_four() -> None:
    assert usually([4 * MINUTE, 4 * MINUTE, 5 * MINUTE, 5 * HOUR, 5 * HOUR]) == 360
    assert usually([4 * MINUTE] * 7 + [5 * HOUR]) == 5
