"""Whether anybody is named as on duty: single rules, and a week on a clock that is moved."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from core.testing.clock import FixedClock
from desk.rota.duty import Call, Duty, Hours, Opening, Why, duty, uncovered
from desk.rota.model import Place, Reply, Shift

MONDAY = datetime(2026, 3, 23, tzinfo=UTC)
"""The clocks of London go forward on its Sunday."""
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
OPEN = Hours(
    zone=ZoneInfo("Europe/London"),
    week={day: (Opening(starts=time(8), until=time(22)),) for day in range(7)},
    blocked=frozenset({date(2026, 3, 26)}),
)


def shift(day: int, person: str = "Ann", **how: object) -> Shift:
    starts = MONDAY + day * DAY + 8 * HOUR
    told = {"place": Place.ON_CALL, "starts": starts, "ends": starts + 14 * HOUR, "reply": Reply.ACCEPTED}
    return Shift(id=f"{day}{person}", person=person, planned_by="Di", **{**told, **how})  # type: ignore[arg-type]


def call(hours: float, *, answered: float | None = None, drill: bool = False) -> Call:
    """A call to be answered within five minutes; `answered`: after so many."""
    at = MONDAY + hours * HOUR
    done = None if answered is None else at + timedelta(minutes=answered)
    return Call(at=at, answer_by=at + timedelta(minutes=5), answered_at=done, drill=drill)


def at(hours: float, *calls: Call, shifts: tuple[Shift, ...] = (shift(0),)) -> Duty:
    return duty(shifts, OPEN, calls, MONDAY + hours * HOUR)


def test_only_a_shift_that_its_person_accepted_counts() -> None:
    assert at(10) == Duty(names=("Ann",), why=Why.ON_DUTY)
    for reply in (Reply.ASKED, Reply.DECLINED):
        assert at(10, shifts=(shift(0, reply=reply),)) == Duty(names=(), why=Why.NO_SHIFT)


def test_the_person_on_call_is_named_before_the_second() -> None:
    assert at(10, shifts=(shift(0, "Bo", place=Place.SECOND), shift(0, "Cy"))).names == ("Cy", "Bo")


def test_two_unanswered_pages_in_a_row_take_the_sign_down_and_one_does_not() -> None:
    assert at(12, call(9)).sign_up
    assert at(12, call(9), call(10)) == Duty(names=(), why=Why.PAGES_MISSED)
    assert at(12, call(9), call(10, answered=1), call(11)).sign_up


def test_an_answer_that_came_too_late_is_no_answer() -> None:
    assert at(12, call(9, answered=6), call(10, answered=6)).why is Why.PAGES_MISSED
    assert at(12, call(9, answered=5), call(10, answered=5)).sign_up


def test_a_page_answered_in_time_puts_the_sign_up_again() -> None:
    assert at(12, call(9), call(10), call(11, answered=2)).sign_up


def test_a_page_that_may_still_be_answered_is_not_missed_yet() -> None:
    assert at(10 + 4 / 60, call(9), call(10)).sign_up
    assert not at(10 + 6 / 60, call(9), call(10)).sign_up


def test_a_missed_drill_takes_the_sign_down_until_a_drill_is_answered() -> None:
    missed = call(9, drill=True)
    assert at(12, missed).why is Why.DRILL_MISSED
    assert at(12, missed, call(10, answered=1)).why is Why.DRILL_MISSED
    assert at(12, missed, call(10, answered=1, drill=True)).sign_up


def test_a_week_hour_by_hour_names_somebody_just_while_they_are_there() -> None:
    """Tuesday declined, Thursday blocked, Friday from ten two pages missed until one is answered at 14."""
    shifts = [shift(day) for day in range(7) if day != 1] + [shift(1, reply=Reply.DECLINED)]
    calls = [call(4 * 24 + 9), call(4 * 24 + 10), call(4 * 24 + 14, answered=1)]
    clock, named = FixedClock(MONDAY + HOUR / 2), dict[int, list[int]]()
    for _ in range(7 * 24):
        known = [one for one in calls if one.at <= clock.now()]
        if duty(shifts, OPEN, known, clock.now()).sign_up:
            named.setdefault((clock.now() - MONDAY).days, []).append(clock.now().hour)
        clock.advance(HOUR)
    day = list(range(8, 22))
    assert named == {
        0: day,
        2: day,
        4: [8, 9, *range(14, 22)],
        5: day,
        6: list(range(8, 21)),  # the clocks went forward: 22 in London is 21 UTC
    }


moments = st.datetimes(datetime(2026, 3, 20), datetime(2026, 4, 5), timezones=st.just(UTC))  # noqa: DTZ001 - given above


@given(moments)
def test_a_desk_that_is_staffed_is_so_until_the_stretch_ends(now: datetime) -> None:
    until = OPEN.staffed_until(now)
    assert (until is not None) is OPEN.staffed(now)
    if until is not None:
        assert OPEN.staffed(until - timedelta(seconds=1))
        assert not OPEN.staffed(until)


@given(moments, st.integers(1, 72))
def test_the_first_staffed_moment_is_within_and_nothing_before_it_is(since: datetime, hours: int) -> None:
    until = since + hours * HOUR
    found = OPEN.staffed_from(since, until)
    minutes = (since + timedelta(minutes=15) * step for step in range(hours * 4))
    assert not any(OPEN.staffed(at) for at in minutes if found is None or at < found)
    if found is not None:
        assert since <= found < until
        assert OPEN.staffed(found)


spans = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 14), st.sampled_from(Reply)), max_size=6)


@given(spans)
def test_what_nobody_has_accepted_is_what_is_open_and_covered_by_no_shift(
    made: list[tuple[int, int, Reply]],
) -> None:
    shifts = [
        shift(0, starts=MONDAY + starts * HOUR, ends=MONDAY + (starts + hours) * HOUR, reply=reply)
        for starts, hours, reply in made
    ]
    found = uncovered(OPEN, MONDAY.date(), shifts)
    for quarter in range(24 * 4):
        now = MONDAY + quarter * HOUR / 4
        alone = OPEN.staffed(now) and not any(one.covers(now) for one in shifts)
        assert any(starts <= now < ends for starts, ends in found) is alone


def test_nothing_is_uncovered_on_a_blocked_day() -> None:
    assert uncovered(OPEN, date(2026, 3, 26), ()) == ()


def test_a_night_in_two_stretches_is_one() -> None:
    night = (Opening(starts=time(22)), Opening(starts=time(0), until=time(6)))
    always = Hours(zone=ZoneInfo("UTC"), week=dict.fromkeys(range(7), night))
    assert always.staffed_until(MONDAY + 23 * HOUR) == MONDAY + 30 * HOUR
