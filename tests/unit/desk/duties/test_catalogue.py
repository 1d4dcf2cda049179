"""The catalogue of duties: what is shipped loads, and what is wrong is said with the line."""

from pathlib import Path

import pytest

from core.errors import SettingsInvalid
from desk.duties.catalogue import load_duties

WHOLE = """[[duty]]
code = "a"
title = "t"
law = "l"
country = "GB"
binds = "desk"
to = "police"
limit = "at once"
minutes = 30
source = "s"
checked = 2026-01-01
sure = "source"
"""


def test_each_duty_that_is_shipped_says_where_it_was_read(shipped: Path) -> None:
    laws = load_duties(shipped / "duties.toml")
    assert all(law.source and law.minutes for law in laws.values())
    assert {"platform", "desk", "school"} == {law.binds.value for law in laws.values()}


@pytest.mark.parametrize(
    ("line", "instead", "wrong"),
    [
        ('code = "a"', 'code = "A B"', "no code"),
        ('country = "GB"', 'country = "Britain"', "no country"),
        ('binds = "desk"', 'binds = "none"', "binds nobody"),
        ('limit = "at once"', 'limit = " "', "is empty"),
        ("minutes = 30", "minutes = 0", "minutes"),
        ('sure = "source"', 'sure = "certain"', "sure"),
    ],
)
def test_what_is_wrong_is_said_with_the_line(tmp_path: Path, line: str, instead: str, wrong: str) -> None:
    file = tmp_path / "duties.toml"
    file.write_text(WHOLE.replace(line, instead))
    with pytest.raises(SettingsInvalid) as refused:
        load_duties(file)
    assert wrong in str(refused.value)


def test_a_code_stands_once(tmp_path: Path) -> None:
    file = tmp_path / "duties.toml"
    file.write_text(WHOLE + WHOLE)
    with pytest.raises(SettingsInvalid, match="stands twice"):
        load_duties(file)
