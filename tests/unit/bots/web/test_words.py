"""The words around the dialogue are held to what its own sentences are held to."""

import re

import pytest

from core.settings.shipped import config_dir

CATALOGUE = (config_dir() / "locales" / "en" / "web.ftl").read_text(encoding="utf-8")
SAID = dict(re.findall(r"^(web-[a-z0-9-]+) = (\S.*)$", CATALOGUE, re.MULTILINE))
LABELS = re.compile(r"-(label|help|exit|exit-secondary|hide|back|tell|copy|look|show|show-answer|choose)$")
NEVER = re.compile(
    r"!|\b(oops|sorry|submit|ok|cancel|error|invalid|please note|perpetrator|suspect)\b", re.IGNORECASE
)


def sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.?])\s+", text) if part]


def test_there_are_words_to_measure() -> None:
    assert len(SAID) > 30


@pytest.mark.parametrize("key", SAID)
def test_no_sentence_is_longer_than_fifteen_words(key: str) -> None:
    assert all(len(sentence.split()) <= 15 for sentence in sentences(SAID[key])), SAID[key]


@pytest.mark.parametrize("key", SAID)
def test_nothing_cheers_blames_or_speaks_like_a_machine(key: str) -> None:
    assert not NEVER.search(SAID[key]), SAID[key]


@pytest.mark.parametrize("key", [key for key in SAID if LABELS.search(key)])
def test_a_label_is_short_enough_for_a_button(key: str) -> None:
    assert len(SAID[key]) <= 45
