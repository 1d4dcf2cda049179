"""Who is paged when nobody answers; and a flood of false alarms, simulated with figures."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from core.ids import CommunityId, ReportId
from core.reports.model import Priority
from core.testing.clock import START, FixedClock
from desk.rota.folding import fold
from desk.rota.ladder import OUTSIDE, PAGE_EVERY, SHIPPED, pages_due
from desk.rota.model import Page, Step, Team, Waiting

TEAM = Team(on_call=("Ann",), second=("Bo",), supervisors=("Cy", "Di"))
FLOOD = CommunityId("flooded")
MINUTE = timedelta(minutes=1)


def waits(case: str = "one", **how: object) -> Waiting:
    told = {
        "priority": Priority.P0, "since": START, "community": FLOOD, "road_urgent": True,
        "own_words": False, "names_another": False,
    }  # fmt: skip
    return Waiting(case=ReportId(case), **{**told, **how})  # type: ignore[arg-type]


def told(waiting: list[Waiting], minutes: int, team: Team = TEAM) -> list[tuple[int, str, Step]]:
    """Everybody who was paged minute by minute, with nobody answering."""
    clock, paged = FixedClock(), list[Page]()
    for _ in range(minutes + 1):
        paged += pages_due(waiting, team, paged, clock.now())
        clock.advance(MINUTE)
    return [(int((page.at - START) / MINUTE), page.person, page.step) for page in paged]


def test_an_unanswered_page_climbs_from_the_person_on_call_to_the_outside_contact() -> None:
    assert told([waits()], 60) == [
        (0, "Ann", Step.ON_CALL),
        (5, "Bo", Step.SECOND),
        (10, "Cy", Step.SUPERVISORS),
        (10, "Di", Step.SUPERVISORS),
        (15, OUTSIDE, Step.OUTSIDE),
        (30, OUTSIDE, Step.OUTSIDE),
        (45, OUTSIDE, Step.OUTSIDE),
        (60, OUTSIDE, Step.OUTSIDE),
    ]


def test_what_is_urgent_and_no_danger_to_life_is_outside_once() -> None:
    outside = [page for page in told([waits(priority=Priority.P1)], 300) if page[2] is Step.OUTSIDE]
    assert outside == [(120, OUTSIDE, Step.OUTSIDE)]


def test_what_waits_anew_is_told_anew_to_whoever_was_told_of_it_before() -> None:
    before = pages_due([waits()], TEAM, (), START)
    later = START + timedelta(hours=3)
    (page,) = pages_due([waits(since=later)], TEAM, before, later)
    assert (page.person, page.cases) == ("Ann", frozenset({ReportId("one")}))


def test_with_nobody_on_shift_a_p0_is_at_the_outside_contact_at_once() -> None:
    assert told([waits()], 0, Team(supervisors=("Cy",))) == [(0, OUTSIDE, Step.OUTSIDE)]


def test_with_nobody_on_call_the_second_is_paged_at_once() -> None:
    assert told([waits()], 0, Team(second=("Bo",))) == [(0, "Bo", Step.ON_CALL)]


def test_what_is_not_urgent_pages_nobody() -> None:
    assert told([waits(priority=Priority.P2), waits("two", priority=Priority.P3)], 300) == []


def test_what_was_acknowledged_is_paged_no_further() -> None:
    first = pages_due([waits()], TEAM, (), START)
    assert pages_due([], TEAM, first, START + timedelta(hours=1)) == ()


def test_a_page_that_was_not_noted_before_a_kill_is_sent_again() -> None:
    assert pages_due([waits()], TEAM, (), START) == pages_due([waits()], TEAM, (), START)
    assert pages_due([waits()], TEAM, (), START)


def test_somebody_who_stands_on_two_steps_is_told_at_both_and_never_twice_in_a_minute() -> None:
    team = Team(on_call=("Ann",), second=("Ann",), supervisors=("Ann",))
    assert [minute for minute, *_ in told([waits()], 14, team)] == [0, 5, 10]


arrivals = st.lists(st.tuples(st.integers(0, 30), st.sampled_from(Priority)), max_size=30)


@given(arrivals)
def test_every_urgent_case_reaches_every_step_and_nobody_gets_two_pages_a_minute(
    came: list[tuple[int, Priority]],
) -> None:
    cases = [
        waits(str(number), since=START + minute * MINUTE, priority=priority)
        for number, (minute, priority) in enumerate(came)
    ]
    clock, paged = FixedClock(), list[Page]()
    for _ in range(2 * 180):
        here = [case for case in cases if case.since <= clock.now()]
        paged += pages_due(here, TEAM, paged, clock.now())
        clock.advance(MINUTE / 2)
    for step in Step:
        reached = {case for page in paged if page.step is step for case in page.cases}
        assert reached == {case.case for case in cases if case.priority in SHIPPED}
    times: dict[str, list[Page]] = {}
    for page in paged:
        times.setdefault(page.person, []).append(page)
    for pages in times.values():
        assert all(later.at - page.at >= PAGE_EVERY for page, later in pairwise(pages))


def test_a_thousand_false_p0_fold_into_ten_pages_and_do_not_hide_the_true_one() -> None:
    """1,000 from one community in ten minutes; the true one comes in the sixth, and nobody answers before."""
    every = timedelta(minutes=10) / 1_000
    false = [waits(f"false-{number}", since=START + number * every) for number in range(1_000)]
    came = START + timedelta(minutes=5, seconds=31)
    true = waits("true", since=came, community=CommunityId("other"), own_words=True, names_another=True)
    clock, paged = FixedClock(), list[Page]()
    for _ in range(10 * 60):
        here = [case for case in (*false, true) if case.since <= clock.now()]
        paged += pages_due(here, TEAM, paged, clock.now())
        clock.advance(timedelta(seconds=1))
    folded = fold([*false, true])
    first = next(page for page in paged if page.person == "Ann" and true.case in page.cases)
    counts = Counter(page.person for page in paged)
    print(
        f"1001 P0 in 10 min: pages {dict(counts)}; the true one paged after"
        f" {(first.at - came).seconds} s, listed {folded.rows.index(true) + 1} of {len(folded.rows)}"
    )
    assert max(counts.values()) <= 10
    assert first.at - came <= PAGE_EVERY
    assert first.apart == 1
    assert folded.apart == (true,)
    assert set(folded.rows) == {*false, true}
    assert folded.counts == {Priority.P0: 1_001}


def test_a_flood_from_many_communities_still_lists_the_rarest_first() -> None:
    false = [waits(f"{number}", community=CommunityId(f"c{number % 100}")) for number in range(1_000)]
    true = waits("true", own_words=True)
    assert fold([*false, true]).rows[0] == true


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=80))
def test_folding_leaves_nothing_out_and_shows_nothing_twice(looks: list[tuple[int, bool]]) -> None:
    waiting = [
        waits(str(number), community=CommunityId(str(community)), own_words=words)
        for number, (community, words) in enumerate(looks)
    ]
    assert sorted(one.case for one in fold(waiting).rows) == sorted(one.case for one in waiting)
