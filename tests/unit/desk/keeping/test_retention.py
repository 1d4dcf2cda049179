"""How long a case is kept: the file, and the rule."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SettingsInvalid
from core.reports.categories import Categories
from core.reports.model import Category
from core.testing.clock import START
from desk.casework.outcomes import load_outcomes
from desk.keeping.retention import Retention, load_retention

KEPT = Retention(
    by_category={Category.GROOMING: timedelta(days=700), Category.ACCOUNT: timedelta(days=30)},
    by_outcome={"test": timedelta(days=3)},
    otherwise=timedelta(days=100),
)


def load(folder: Path, categories: Categories, text: str) -> Retention:
    file = folder / "retention.toml"
    file.write_text(text)
    return load_retention(file, categories, {"test"})


def test_what_is_shipped_names_a_time_for_every_category(shipped: Path, categories: Categories) -> None:
    outcomes = load_outcomes(shipped / "outcomes.toml")
    found = load_retention(shipped / "retention.toml", categories, outcomes)
    assert found.by_category.keys() == set(Category)
    assert found.by_category[Category.GROOMING] > found.by_category[Category.BULLYING]
    assert found.shortest == found.by_outcome["test"]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "days"),
        ("[days]\notherwise = 1", "sexual_abuse"),
        ("[days]\notherwise = 0\nsexual_abuse = 1", ">= 1"),
        ("[days]\notherwise = 1\nsexual_abuse = 1\nmade_up = 2", "made_up"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, categories: Categories, text: str, wrong: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        load(tmp_path, categories, text)
    assert wrong in str(refused.value)


def test_one_category_may_have_a_time_of_its_own(tmp_path: Path, categories: Categories) -> None:
    found = load(tmp_path, categories, "[days]\notherwise = 10\nsexual_abuse = 20\nbullying = 5")
    assert found.by_category[Category.BULLYING] == timedelta(days=5)
    assert found.by_category[Category.GROOMING] == timedelta(days=20)


@given(st.sets(st.sampled_from([*Category, None]), min_size=1))
def test_a_case_is_kept_as_long_as_the_longest_of_what_it_is_about(about: set[Category | None]) -> None:
    assert KEPT.keeps(about, "") == max(KEPT.keeps({each}, "") for each in about)


def test_how_it_ended_may_count_before_what_it_was_about() -> None:
    assert KEPT.keeps({Category.GROOMING}, "test") == timedelta(days=3)


def test_it_is_over_on_the_day_and_not_before() -> None:
    until = START + timedelta(days=30)
    assert KEPT.is_over(START, {Category.ACCOUNT}, "", until)
    assert not KEPT.is_over(START, {Category.ACCOUNT}, "", until - timedelta(microseconds=1))
