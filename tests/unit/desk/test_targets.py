"""The due times: as shipped, and what an operator's file may not say."""

from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import SettingsInvalid
from core.reports.model import Priority
from core.testing.clock import START
from desk.ranks import SHIPPED, due
from desk.targets import load_targets

GOOD = "[due_minutes]\nP0 = 5\nP1 = 60\nP2 = 1440\nP3 = 4320\n"


def test_the_shipped_file_says_what_is_the_default(shipped: Path) -> None:
    assert load_targets(shipped / "desk.toml") == SHIPPED
    assert SHIPPED[Priority.P0] == timedelta(minutes=5)


@pytest.mark.parametrize(
    "text",
    [
        "",
        GOOD.replace("P0 = 5\n", ""),
        GOOD.replace("P0 = 5", "P0 = 0"),
        GOOD.replace("P0 = 5", "P0 = -1"),
        GOOD.replace("P0 = 5", 'P0 = "5"'),
        GOOD.replace("P0 = 5", "P0 = 61"),
        GOOD.replace("P3 = 4320", "P3 = 4320\nP4 = 5000"),
    ],
)
def test_what_cannot_be_is_refused_with_its_file_and_a_mend(tmp_path: Path, text: str) -> None:
    file = tmp_path / "desk.toml"
    file.write_text(text)
    with pytest.raises(SettingsInvalid, match=r"desk\.toml.*Mend"):
        load_targets(file)


def test_a_road_whose_clock_is_ahead_cannot_put_a_report_off() -> None:
    ahead = START + timedelta(days=2)
    assert due(Priority.P0, ahead, START, SHIPPED) == START + timedelta(minutes=5)


def test_a_report_that_was_long_on_its_way_is_due_since_it_was_sent() -> None:
    late = START + timedelta(days=1)
    assert due(Priority.P0, START, late, SHIPPED) == START + timedelta(minutes=5)
