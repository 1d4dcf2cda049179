"""Hours and ladders as an operator writes them: what they come to, and what is refused."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import SettingsInvalid
from core.ids import DeskName
from desk.rota.ladder import SHIPPED
from desk.rota.plan import load_hours, load_ladder

LADDER = """
[ladder_minutes.P0]
on_call = 0
second = 5
supervisors = 10
outside = 15

[ladder_minutes.P1]
on_call = 0
second = 30
supervisors = 60
outside = 120
"""
HOURS = """
[[hours]]
desk = "school"
zone = "Europe/London"
monday = ["00:00-06:00", "08:00-24:00"]
blocked = [2026-04-06]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "desk.toml"


def test_a_ladder_is_read_as_written(file: Path) -> None:
    file.write_text(LADDER)
    assert load_ladder(file) == SHIPPED


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("second = 5", "second = 11"),
        ("outside = 15", "outside = -1"),
        ("outside = 15\n", ""),
        ("ladder_minutes.P1", "ladder_minutes.P2"),
        ("ladder_minutes", "rungs"),
    ],
)
def test_a_ladder_that_cannot_be_climbed_is_refused_with_a_mend(file: Path, old: str, new: str) -> None:
    file.write_text(LADDER.replace(old, new))
    with pytest.raises(SettingsInvalid, match=r"desk\.toml.*Mend"):
        load_ladder(file)


@pytest.mark.parametrize(
    ("at", "staffed"),
    [
        (datetime(2026, 3, 23, 5, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 23, 6, 0, tzinfo=UTC), False),
        (datetime(2026, 3, 23, 23, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 24, 12, 0, tzinfo=UTC), False),
        (datetime(2026, 3, 29, 23, 30, tzinfo=UTC), True),  # Monday in London by then
        (datetime(2026, 4, 6, 12, 0, tzinfo=UTC), False),  # blocked
    ],
)
def test_a_desk_is_staffed_by_its_own_clock(file: Path, at: datetime, staffed: bool) -> None:
    file.write_text(HOURS)
    assert load_hours(file)[DeskName("school")].staffed(at) is staffed


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Europe/London", "Europe/Londno"),
        ("Europe/London", "../etc"),
        ("Europe/London", ""),
        ("00:00-06:00", "22:00-06:00"),
        ("00:00-06:00", "06:00-06:00"),
        ("00:00-06:00", "0-6"),
        ("monday", "moonday"),
        ("2026-04-06", '"Easter"'),
        ("\n[[hours]]", '\n[[hours]]\ndesk = "school"\nzone = "UTC"\n[[hours]]'),
    ],
)
def test_hours_that_cannot_be_are_refused_with_a_mend(file: Path, old: str, new: str) -> None:
    file.write_text(HOURS.replace(old, new))
    with pytest.raises(SettingsInvalid, match=r"desk\.toml.*Mend"):
        load_hours(file)
