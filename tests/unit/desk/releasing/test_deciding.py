"""Promise 4 as a function: what a community's moderators may know of, for any answers at all."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.evidence.model import Author, Transcript
from core.reports.categories import Categories
from core.reports.model import Answers, Category, YesNo
from core.settings.shipped import config_dir
from core.testing.deliveries import transcript
from desk.releasing.deciding import Basis, why_not

CATEGORIES = Categories.load(config_dir() / "categories.toml")
AT = datetime(2026, 1, 1, tzinfo=UTC)
YES = Answers(category=Category.BULLYING, moderators_may_know=True, runs_place=YesNo.NO)
ANSWERS = some.builds(
    Answers,
    category=some.sampled_from(Category),
    moderators_may_know=some.sampled_from([None, False, True]),
    runs_place=some.sampled_from([None, *YesNo]),
)


def said(*, by_staff: bool = False) -> tuple[Transcript, ...]:
    return (transcript(at=AT, by_staff=by_staff),)


@given(ANSWERS, some.booleans())
def test_on_their_answers_only_what_they_may_handle_with_a_yes_and_about_nobody_who_runs_it(
    answers: Answers, by_staff: bool
) -> None:
    may = why_not(answers, said(by_staff=by_staff), Basis.ANSWERS, CATEGORIES) is None
    handled = CATEGORIES[answers.category].moderators_may_handle
    yes = answers.moderators_may_know is True and answers.runs_place is YesNo.NO
    assert may == (handled and yes and not by_staff)


@given(ANSWERS)
def test_said_to_the_desk_a_yes_never_lets_those_know_whom_it_is_about(answers: Answers) -> None:
    refused = why_not(answers, said(), Basis.CONVERSATION, CATEGORIES)
    assert (refused is not None) == (answers.runs_place is YesNo.YES)


@pytest.mark.parametrize("basis", Basis)
def test_an_account_that_the_platform_shows_to_be_staff_counts_without_any_answer(basis: Basis) -> None:
    pressed = Transcript(
        source=said()[0].source,
        platform="web",
        messages=(),
        subject=Author(id="1", shown="x", is_staff=True),
    )
    assert why_not(YES, (pressed,), basis, CATEGORIES) == "release-staff"
