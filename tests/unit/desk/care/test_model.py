"""A pause is suggested after so many looks or so long, and no longer once there was one."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SettingsInvalid
from core.settings.shipped import config_dir
from core.testing.clock import START
from desk.care.model import (
    Care,
    Choice,
    Sitting,
    after_a_look,
    choices_of,
    choices_text,
    load_care,
    suggests_pause,
)

CARE = Care(pause_after_looks=3, pause_after_minutes=60, break_minutes=10)


def _looked(*minutes: int) -> Sitting | None:
    sitting = None
    for minute in minutes:
        sitting = after_a_look(sitting, START + timedelta(minutes=minute), CARE)
    return sitting


def test_so_many_looks_without_a_break_suggest_one() -> None:
    assert not suggests_pause(_looked(0, 1), START + timedelta(minutes=2), CARE)
    assert suggests_pause(_looked(0, 1, 2), START + timedelta(minutes=2), CARE)


def test_so_long_without_a_break_suggests_one() -> None:
    few = Care(pause_after_looks=100, pause_after_minutes=30, break_minutes=20)
    sitting = Sitting(since=START, looks=2, last_at=START + timedelta(minutes=29))
    assert not suggests_pause(sitting, START + timedelta(minutes=29), few)
    assert suggests_pause(sitting, START + timedelta(minutes=30), few)


def test_a_break_begins_anew() -> None:
    assert _looked(0, 1, 2, 12) == Sitting(
        since=START + timedelta(minutes=12), looks=1, last_at=START + timedelta(minutes=12)
    )


def test_whoever_pauses_is_told_no_more() -> None:
    assert not suggests_pause(_looked(0, 1, 2), START + timedelta(minutes=12), CARE)


def test_whoever_never_looked_needs_no_pause() -> None:
    assert not suggests_pause(None, START, CARE)


def test_the_shipped_settings_are_the_ones_that_stand_without_a_file() -> None:
    assert load_care(config_dir() / "desk.toml") == Care()


def test_a_setting_that_is_none_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "desk.toml"
    file.write_text("[care]\npause_after_looks = 0\n")
    with pytest.raises(SettingsInvalid):
        load_care(file)


@given(st.frozensets(st.sampled_from(Choice)))
def test_what_was_chosen_is_read_as_it_was_written(chosen: frozenset[Choice]) -> None:
    assert choices_of(choices_text(chosen)) == chosen


def test_a_choice_of_a_later_version_counts_for_nothing() -> None:
    assert choices_of("greyscale serif") == {Choice.GREYSCALE}
