"""How a case can end: what is shipped, and what a desk may not write."""

from pathlib import Path

import pytest

from core.errors import SettingsInvalid
from desk.casework.outcomes import LONGEST_TOLD, load_outcomes


def written(folder: Path, text: str) -> Path:
    file = folder / "outcomes.toml"
    file.write_text(text)
    return file


def test_what_is_shipped_says_what_was_done_in_short_sentences(shipped: Path) -> None:
    for outcome in load_outcomes(shipped / "outcomes.toml").values():
        for sentence in outcome.told.split("."):
            assert len(sentence.split()) < 15


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "outcome"),
        ('[[outcome]]\ncode = "A B"\nstaff = "x"\ntold = ""', "no code"),
        ('[[outcome]]\ncode = "a"\nstaff = " "\ntold = ""', "is empty"),
        ('[[outcome]]\ncode = "a"\nstaff = "x"\ntold = "We will write to you."', "promises"),
        (f'[[outcome]]\ncode = "a"\nstaff = "x"\ntold = "{"x" * (LONGEST_TOLD + 1)}"', "too long"),
        ('[[outcome]]\ncode = "a"\nstaff = "x"\ntold = ""\n' * 2, "twice"),
        ('[[outcome]]\ncode = "a"\nstaff = "x"\ntold = ""\nmore = 1', "more"),
    ],
)
def test_what_is_wrong_is_said_with_the_line(tmp_path: Path, text: str, wrong: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        load_outcomes(written(tmp_path, text))
    assert wrong in str(refused.value)
