"""Whatever is held, the answer shows nothing of who reported."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.ids import ReportId
from core.reports.model import Category
from desk.subject_access.deciding import ENOUGH, Held, Why, decide

AT = datetime(2026, 3, 1, tzinfo=UTC)
HELD = some.builds(
    Held,
    report=some.uuids().map(lambda made: ReportId(made.hex)),
    category=some.one_of(some.none(), some.sampled_from(Category)),
    sexual_abuse=some.booleans(),
    received_at=some.integers(0, 900).map(lambda days: AT + timedelta(days=days)),
    closed=some.booleans(),
    handed_on=some.booleans(),
    danger=some.booleans(),
    surely=some.booleans(),
)


def mild(number: int, **told: object) -> Held:
    plain: dict[str, object] = {
        "report": ReportId(f"{number:032x}"), "category": Category.BULLYING, "sexual_abuse": False,
        "received_at": AT, "closed": True, "handed_on": False, "danger": False, "surely": True,
    }  # fmt: skip
    return Held(**(plain | told))  # type: ignore[arg-type]


@given(some.lists(HELD, max_size=30))
def test_nothing_is_spoken_of_but_what_is_closed_mild_sure_and_many(held: list[Held]) -> None:
    answer = decide(held)
    spoken = {each.report for each in answer.judged if not each.why}
    assert not spoken or len(spoken) >= ENOUGH
    for each in held:
        if each.report in spoken:
            assert (each.closed, each.surely) == (True, True)
            assert (each.handed_on, each.danger, each.sexual_abuse) == (False, False, False)


@given(some.lists(HELD, max_size=30))
def test_where_nothing_is_spoken_of_the_answer_is_that_of_nobody(held: list[Held]) -> None:
    answer = decide(held)
    if all(each.why for each in answer.judged):
        assert (answer.categories, answer.years) == (decide([]).categories, decide([]).years)


@given(some.lists(HELD, max_size=30, unique_by=lambda each: each.report))
def test_every_report_is_in_the_desks_own_list_with_its_reasons(held: list[Held]) -> None:
    assert [each.report for each in decide(held).judged] == sorted(each.report for each in held)


def test_many_mild_ones_are_spoken_of_by_kind_and_year() -> None:
    answer = decide([mild(number) for number in range(ENOUGH)])
    assert (answer.categories, answer.years) == ((Category.BULLYING,), (2026,))


def test_a_kind_and_a_year_that_few_share_are_not_spoken_of_beside_others() -> None:
    last_year = AT - timedelta(days=365)
    held = [mild(number) for number in range(ENOUGH)]
    held += [mild(98, category=Category.ACCOUNT), mild(99, received_at=last_year)]
    answer = decide(held)
    assert (answer.categories, answer.years) == ((Category.BULLYING,), (2026,))


@pytest.mark.parametrize("count", [1, ENOUGH - 1])
def test_of_few_one_would_point_at_who_reported(count: int) -> None:
    answer = decide([mild(number) for number in range(count)])
    assert {each.why for each in answer.judged} == {(Why.FEW,)}
