"""Every subject of the benchmark runs, with next to nothing to measure. Nothing is said about speed."""

import importlib
from pathlib import Path

import pytest

from tests.bench.child import SUBJECTS
from tests.bench.figures import Aim, Figure, Setting, against, table
from tests.bench.report import BEGINS, ENDS, Measured, write

pytestmark = pytest.mark.process


@pytest.mark.parametrize("subject", SUBJECTS)
async def test_a_subject_measures_and_its_table_can_be_drawn(subject: str, tmp_path: Path) -> None:
    setting = Setting(folder=tmp_path, seconds=0.02, rounds=1, most=20)

    figures = await importlib.import_module(f"tests.bench.{subject}").measure(setting)

    assert figures
    assert all(figure.value > 0 for figure in figures)
    assert table(figures).count("\n") == len(figures) + 1


def test_a_ratio_is_that_of_the_same_round_and_is_held_against_its_aim() -> None:
    found = {"ours": [8.0, 2.0, 4.0], "bare": [10.0, 4.0, 4.0]}

    figure = against(found, "ours", "bare", "/s", Aim(0.8))

    assert (figure.ratio, figure.spread, figure.met) == (0.8, (0.5, 1.0), True)
    assert not Aim(1.15, at_most=True).met(1.2)


def test_the_tables_go_between_the_marks_of_a_document(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text(f"# Before\n{BEGINS}\n{ENDS}\nafter\n")
    old, new, other = (
        Measured(subject, 2, [Figure(what="ours", value=value, unit="/s")], 0.5)
        for subject, value in (("ledger", 1234), ("ledger", 5678), ("intake", 42))
    )

    write(document, [old, other])
    write(document, [new])

    text = document.read_text()
    assert text.startswith("# Before\n")
    assert text.endswith("\nafter\n")
    assert "| ours | 5,678 /s |" in text
    assert "| ours | 42 /s |" in text
    assert "1,234" not in text
