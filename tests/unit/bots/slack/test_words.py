"""The words that stand on Slack alone are as easily read as all others, and fit where they stand."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bots.slack.outbound import OF_A_MODAL
from core.dialogue.model import Say
from core.dialogue.texts import Texts
from core.settings.shipped import config_dir
from core.testing.reading import ease, sentences, syllables, words
from tests.slack_payloads import length

ROOM = Path("bots/slack")
KEY = re.compile(r"^([a-z][\w-]*) =", re.MULTILINE)
NEW = ("not-let-in", "title-welcome", "welcome-")
"""What the dialogue says since there is a page of the app."""
FOR_ADULTS = frozenset({"slack-home-let-in"})
"""Said to whoever runs the workspace, in so many words."""
WORDS_AT_MOST = 14
GRADE_AT_MOST = 6.0
MANY_SYLLABLES = 4
MENU = 24
"""Characters of the name of a shortcut."""
DESCRIPTION = 100
"""Characters of what stands beside a command."""


def keys(texts: Texts) -> list[str]:
    source = (config_dir() / "locales" / "en" / "slack.ftl").read_text(encoding="utf-8")
    return [*KEY.findall(source), *(key for key in texts.places if key.startswith(NEW))]


def spoken(texts: Texts) -> Iterator[tuple[str, str]]:
    for key in keys(texts):
        yield key, texts.say(Say(key, dict.fromkeys(texts.places[key], "Mia")), "en")


def for_children(texts: Texts) -> Iterator[tuple[str, str]]:
    return ((key, text) for key, text in spoken(texts) if key not in FOR_ADULTS)


def test_no_sentence_is_longer_than_fourteen_words(texts: Texts) -> None:
    long = [
        (key, each)
        for key, text in for_children(texts)
        for each in sentences(text)
        if len(words(each)) > WORDS_AT_MOST
    ]
    assert long == []


def test_all_of_it_together_is_for_somebody_of_nine_or_ten(texts: Texts) -> None:
    measured = ease(text for _, text in for_children(texts))
    assert measured.grade < 5.0
    assert measured.flesch_kincaid < 5.0


def test_no_longer_text_is_for_somebody_older_than_eleven(texts: Texts) -> None:
    hard = [
        (key, round(ease([text]).grade, 1))
        for key, text in for_children(texts)
        if len(words(text)) >= 12 and ease([text]).grade > GRADE_AT_MOST
    ]
    assert hard == []


def test_there_are_no_long_words(texts: Texts) -> None:
    long = {
        word.lower()
        for _, text in for_children(texts)
        for word in words(text)
        if syllables(word) >= MANY_SYLLABLES
    }
    assert long == set()


def test_nothing_cheers_blames_or_asks_why(texts: Texts) -> None:
    for key, text in spoken(texts):
        lowered = text.lower()
        assert "!" not in text, key
        assert not any(word in lowered for word in ("oops", "why did", "must", "victim", "abuse")), key


@pytest.mark.parametrize("language", Texts.load(config_dir() / "locales").languages)
def test_what_stands_in_slacks_own_menus_and_buttons_fits_in_every_language(
    texts: Texts, language: str
) -> None:
    for key in texts.places:
        said = texts.say(Say(key, dict.fromkeys(texts.places[key], "x")), language)
        if key.startswith(("slack-submit-", "slack-close", "title-")) and key != "slack-closed":
            assert length(said) <= OF_A_MODAL, key
        if key.startswith("slack-shortcut-"):
            assert length(said) <= MENU, key
        if key.startswith("slack-command-"):
            assert length(said) <= DESCRIPTION, key


def test_every_key_is_shown_by_the_room_or_stands_in_its_manifest(texts: Texts) -> None:
    """What nobody says any more goes."""
    source = "\n".join(path.read_text("utf-8") for path in sorted(ROOM.glob("*.py")))
    manifest = (ROOM / "manifest.yaml").read_text("utf-8")
    for key in keys(texts):
        if key.startswith(("slack-command-", "slack-shortcut-")):
            assert texts.say(Say(key), "en") in manifest, key
        elif key.startswith("slack-") and not key.startswith("slack-submit-"):
            assert re.search(rf"[\"']{key}[\"']", source), key


def test_every_shorter_label_stands_for_one_that_is_too_long(texts: Texts) -> None:
    shorter = [key.removeprefix("slack-submit-") for key in keys(texts) if key.startswith("slack-submit-")]
    assert shorter == ["country"]
    assert length(texts.say(Say("button-use-country"), "en")) > OF_A_MODAL
