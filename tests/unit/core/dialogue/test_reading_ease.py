"""Every sentence of the catalogue that a child may be shown, measured. `-rP` prints the figures."""

import re
from collections.abc import Iterator
from itertools import product

import pytest

from core.dialogue.model import Say
from core.dialogue.texts import Texts
from core.settings.shipped import config_dir
from core.testing.reading import ease, sentences, syllables, words

FILES = ("dialogue", "help", "advice", "categories", "web", "discord", "slack", "conversation")
"""The files whose every sentence a child may be shown."""
NOT_FOR_CHILDREN = "practice-"
"""The made-up chat of the practice room, and how to try it: for whoever sets this up."""
_KEY = re.compile(r"^([a-z][\w-]*) =", re.MULTILINE)
SAMPLES: dict[str, tuple[str | int, ...]] = {
    "age": ("under_13", "any"),
    "messages": (1, 3),
    "context": (1, 4),
    "left": (1, 2),
    "number": ("999",),
    "how": ("116 111",),
    "what": ("People are mean to me",),
    "country": ("Ireland",),
}
WORDS_AT_MOST = 14
GRADE_OF_ALL = 4.0
GRADE_OF_A_TEXT = 6.0
MANY_SYLLABLES = 4
LONG_ENOUGH = 12  # words: fewer are no text that a measure of reading could judge
LONG_WORDS = {"emergency", "moderator", "moderators", "ordinary"}
"""The only words of four syllables and more."""


def keys_for_children() -> Iterator[str]:
    for file in FILES:
        source = (config_dir() / "locales" / "en" / f"{file}.ftl").read_text(encoding="utf-8")
        yield from (key for key in _KEY.findall(source) if not key.startswith(NOT_FOR_CHILDREN))


def spoken(texts: Texts) -> Iterator[tuple[str, str]]:
    """Every key a child may be shown, in each of its variants."""
    for key in keys_for_children():
        places = sorted(texts.places[key])
        for values in product(*(SAMPLES.get(place, ("Mia",)) for place in places)):
            yield key, texts.say(Say(key, dict(zip(places, values, strict=True))), "en")


def test_no_sentence_is_longer_than_fourteen_words(texts: Texts) -> None:
    too_long = [
        (key, sentence)
        for key, text in spoken(texts)
        for sentence in sentences(text)
        if len(words(sentence)) > WORDS_AT_MOST
    ]
    assert too_long == []


def test_the_whole_catalogue_is_for_somebody_of_nine_or_ten(texts: Texts) -> None:
    measured = ease(text for _, text in spoken(texts))
    print(measured)
    assert measured.sentences > 300
    assert measured.grade < GRADE_OF_ALL
    assert measured.flesch_kincaid < GRADE_OF_ALL


def test_each_longer_text_is_for_somebody_of_eleven_at_the_most(texts: Texts) -> None:
    hard = [
        (key, round(ease([text]).grade, 1), text)
        for key, text in spoken(texts)
        if len(words(text)) >= LONG_ENOUGH and ease([text]).grade > GRADE_OF_A_TEXT
    ]
    assert hard == []


def test_long_words_are_few_and_known(texts: Texts) -> None:
    long = {
        word.lower() for _, text in spoken(texts) for word in words(text) if syllables(word) >= MANY_SYLLABLES
    }
    assert long - LONG_WORDS == set()


def test_no_text_cheers_blames_or_asks_why(texts: Texts) -> None:
    for key, text in spoken(texts):
        assert "!" not in text, key
        assert "oops" not in text.lower(), key
        assert "why did you" not in text.lower(), key
        assert "perpetrator" not in text.lower(), key
        assert "commit suicide" not in text.lower(), key


@pytest.mark.parametrize("promise", ["free", "all night", "24", "open now", "within the hour", "we will"])
def test_no_text_promises_what_nobody_has_checked(texts: Texts, promise: str) -> None:
    loud = [key for key, text in spoken(texts) if promise in text.lower()]
    assert loud == []


def test_no_button_says_submit_ok_or_cancel(texts: Texts) -> None:
    buttons = {text.lower() for key, text in spoken(texts) if key.startswith(("button-", "web-"))}
    assert not buttons & {"submit", "ok", "cancel"}
