"""config/example.toml is what the model says, and what an operator uncomments is what the loader takes."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import fields

from core.datafile import Fault
from core.settings import example
from core.settings.loader import load
from core.settings.model import Settings

Write = Callable[[str], Path]
Faults = Callable[..., list[Fault]]


def test_the_shipped_example_is_the_rendering_of_the_model(shipped: Path) -> None:
    assert (shipped / "example.toml").read_text(encoding="utf-8") == example.render()


def test_as_it_stands_the_example_changes_nothing(write: Write) -> None:
    assert load(write(example.render())) == load(None)


def test_every_setting_there_is_stands_in_it() -> None:
    values = tomllib.loads(example.uncommented(example.render()))
    assert values.keys() == {field.name for field in fields(Settings)}
    for name, sample in example.SAMPLES.items():
        table = values
        for step in name.split("."):
            table = table[step]
        assert list(table) == [field.name for field in fields(sample)]


def test_uncommented_with_real_keys_it_is_taken_whole(write: Write, key: str, recovery: str) -> None:
    text = example.uncommented(example.render())
    text = text.replace(f'recipients = ["{example.KEY}"]', f'recipients = ["{key}"]')
    loaded = load(write(text.replace(f'recovery = "{example.KEY}"', f'recovery = "{recovery}"')))
    centre = msgspec.structs.replace(loaded.desks["centre"], recipients=(example.KEY,), recovery=example.KEY)
    assert centre == example.SAMPLES["desks.centre"]
    assert loaded.communities["chess-club"] == example.SAMPLES["communities.chess-club"]
    assert loaded.live["centre"] == example.SAMPLES["live.centre"]


def test_the_sample_keys_are_refused_for_nobody_could_open_what_is_sealed_to_them(faults: Faults) -> None:
    told = {fault.key for fault in faults(example.uncommented(example.render()))}
    assert told == {"desks.centre.recipients", "desks.centre.recovery"}


@pytest.mark.parametrize("name", list(example.SAMPLES))
def test_every_setting_has_a_sentence(name: str) -> None:
    said = example._said(type(example.SAMPLES[name]))
    assert set(said) == {field.name for field in fields(example.SAMPLES[name])}
    assert all(sentence.endswith(".") for sentence in said.values())


def test_no_line_is_too_long_for_a_terminal() -> None:
    assert max(map(len, example.render().splitlines())) <= example.WIDTH
