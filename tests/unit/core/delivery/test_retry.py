from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.delivery.model import Fault, OutboxState
from core.delivery.retry import CALM, DEAD_AFTER, URGENT, Failure, decide, failure_of
from core.errors import DeliveryError, DeliveryRefused, DestinationDown

NOW = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
ALMOST = 0.999999

FAULTS = st.sampled_from([fault for fault in Fault if fault is not Fault.NONE])
FAILURES = st.builds(
    Failure,
    fault=FAULTS,
    retry_after=st.none() | st.timedeltas(timedelta(), timedelta(days=9_000)),
)


def seconds(failure: Failure, *, urgent: bool = False, tries: int = 1, jitter: float = ALMOST) -> float:
    decision = decide(failure, urgent=urgent, tries=tries, now=NOW, jitter=jitter)
    return round((decision.due_at - NOW).total_seconds())


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (DeliveryRefused(400), Fault.REFUSED),
        (DeliveryRefused(401), Fault.TURNED_AWAY),
        (DeliveryRefused(403), Fault.TURNED_AWAY),
        (DeliveryRefused(404), Fault.TURNED_AWAY),
        (DeliveryRefused(405), Fault.TURNED_AWAY),
        (DeliveryRefused(409), Fault.CONFLICT),
        (DeliveryRefused(410), Fault.TURNED_AWAY),
        (DeliveryRefused(413), Fault.REFUSED),
        (DeliveryRefused(415), Fault.REFUSED),
        (DeliveryRefused(422), Fault.REFUSED),
        (DeliveryRefused(301), Fault.TURNED_AWAY),
        (DeliveryRefused(307), Fault.TURNED_AWAY),
        (DestinationDown(), Fault.UNREACHABLE),
        (DestinationDown("busy"), Fault.BUSY),
        (DestinationDown("silent"), Fault.SILENT),
        (DestinationDown("garbage"), Fault.GARBAGE),
        (DestinationDown("a word nobody knows"), Fault.FAILED),
        (DestinationDown(""), Fault.FAILED),
        (DeliveryError("something else"), Fault.FAILED),
    ],
)
def test_every_error_has_one_meaning(error: DeliveryError, fault: Fault) -> None:
    assert failure_of(error).fault is fault


@pytest.mark.parametrize(
    ("tries", "longest"), [(1, 5), (2, 10), (3, 20), (4, 40), (5, 80), (6, 160), (7, 300), (10_000, 300)]
)
def test_a_closed_door_is_knocked_at_every_five_minutes_at_least(tries: int, longest: int) -> None:
    assert seconds(Failure(fault=Fault.UNREACHABLE), tries=tries) == longest


@pytest.mark.parametrize(("tries", "longest"), [(1, 2), (2, 4), (3, 8), (4, 16), (5, 30), (10_000, 30)])
def test_for_what_is_urgent_every_half_minute_at_least(tries: int, longest: int) -> None:
    assert seconds(Failure(fault=Fault.UNREACHABLE), urgent=True, tries=tries) == longest


@pytest.mark.parametrize(
    ("tries", "longest"), [(1, 5), (2, 10), (10, 2560), (11, 5120), (12, 7200), (10_000, 7200)]
)
def test_an_item_that_keeps_failing_is_tried_again_after_seconds_and_then_hours(
    tries: int, longest: int
) -> None:
    assert seconds(Failure(fault=Fault.FAILED), tries=tries) == longest


def test_jitter_spreads_the_wait_over_all_of_it_but_never_under_a_second() -> None:
    failure = Failure(fault=Fault.FAILED)
    assert seconds(failure, tries=10, jitter=0.5) == 1280
    assert seconds(failure, tries=10, jitter=0.0) == 1


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.CONFLICT, Fault.INCOMPLETE, Fault.TURNED_AWAY])
def test_what_repeating_does_not_heal_is_dead_and_visible_at_once(fault: Fault) -> None:
    decision = decide(Failure(fault=fault), urgent=False, tries=1, now=NOW, jitter=0.5)
    assert decision.state is OutboxState.DEAD


@pytest.mark.parametrize("jitter", [0.0, 0.5, ALMOST])
def test_a_dead_letter_is_still_tried_again_within_hours(jitter: float) -> None:
    assert 3600 <= seconds(Failure(fault=Fault.REFUSED), jitter=jitter) <= 7200


def test_an_item_that_fails_for_about_a_day_is_shown_to_somebody() -> None:
    before = decide(Failure(fault=Fault.FAILED), urgent=False, tries=DEAD_AFTER - 1, now=NOW, jitter=0.5)
    after = decide(Failure(fault=Fault.FAILED), urgent=False, tries=DEAD_AFTER, now=NOW, jitter=0.5)
    assert (before.state, after.state) == (OutboxState.READY, OutboxState.DEAD)


@given(tries=st.integers(1, 10**9), fault=st.sampled_from([Fault.UNREACHABLE, Fault.BUSY]))
def test_nobody_at_the_door_kills_no_item_however_long_it_lasts(tries: int, fault: Fault) -> None:
    decision = decide(Failure(fault=fault), urgent=False, tries=tries, now=NOW, jitter=0.5)
    assert decision.state is OutboxState.READY
    assert not decision.counts


@given(failure=FAILURES, tries=st.integers(1, 10**9), jitter=st.floats(0, 1, exclude_max=True))
def test_what_is_urgent_is_never_dead_and_never_waits_over_five_minutes(
    failure: Failure, tries: int, jitter: float
) -> None:
    decision = decide(failure, urgent=True, tries=tries, now=NOW, jitter=jitter)
    assert decision.state is OutboxState.READY
    assert decision.due_at - NOW <= timedelta(minutes=5)


@given(
    failure=FAILURES,
    urgent=st.booleans(),
    tries=st.integers(1, 10**9),
    jitter=st.floats(0, 1, exclude_max=True),
)
def test_nothing_is_ever_given_up(failure: Failure, urgent: bool, tries: int, jitter: float) -> None:
    decision = decide(failure, urgent=urgent, tries=tries, now=NOW, jitter=jitter)
    assert timedelta(seconds=1) <= decision.due_at - NOW <= timedelta(hours=2)
    assert decision.state in {OutboxState.READY, OutboxState.DEAD}


@given(failure=FAILURES, tries=st.integers(1, 40), jitter=st.floats(0, 1, exclude_max=True))
def test_what_is_urgent_never_waits_longer_than_what_is_not(
    failure: Failure, tries: int, jitter: float
) -> None:
    urgent = decide(failure, urgent=True, tries=tries, now=NOW, jitter=jitter)
    calm = decide(failure, urgent=False, tries=tries, now=NOW, jitter=jitter)
    assert urgent.due_at <= calm.due_at


@pytest.mark.parametrize(("asked", "waits"), [(0, 1), (120, 120), (3600, 3600), (10**7, 3600)])
def test_a_destination_may_ask_for_patience_up_to_an_hour(asked: int, waits: int) -> None:
    failure = Failure(fault=Fault.BUSY, retry_after=timedelta(seconds=asked))
    assert seconds(failure, jitter=0.0) == waits


@pytest.mark.parametrize(("asked", "waits"), [(0, 1), (45, 45), (3600, 60)])
def test_but_for_a_minute_at_most_where_life_is_in_danger(asked: int, waits: int) -> None:
    failure = Failure(fault=Fault.BUSY, retry_after=timedelta(seconds=asked))
    assert seconds(failure, urgent=True, jitter=0.0) == waits


def test_the_urgent_paces_are_faster_in_every_respect() -> None:
    for urgent, calm in ((URGENT.door, CALM.door), (URGENT.item, CALM.item), (URGENT.mend, CALM.mend)):
        assert urgent.first < calm.first
        assert urgent.longest < calm.longest
    assert URGENT.patience < CALM.patience
