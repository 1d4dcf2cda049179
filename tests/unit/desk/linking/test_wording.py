"""Near-identical wording: the same text is always found, small changes nearly always, other texts never."""

import random

from hypothesis import given
from hypothesis import strategies as st

from desk.linking.wording import BANDS, FEWEST, RUN, bands_of

TOLD = (
    "he keeps asking me to send him pictures and says he will tell my mum and everybody at school "
    "if I do not answer him tonight before ten"
)
WORDS = st.lists(st.text("abcdefgh", min_size=2, max_size=6), min_size=FEWEST + RUN + 8, unique=True)


@given(words=WORDS, joint=st.sampled_from([" ", ", ", "\n", " … "]))
def test_the_same_words_are_always_found_however_they_are_set(words: list[str], joint: str) -> None:
    assert bands_of(" ".join(words)) == bands_of(joint.join(words).upper())


@given(words=WORDS)
def test_texts_without_a_run_in_common_have_nothing_in_common(words: list[str]) -> None:
    assert not set(bands_of(" ".join(words))) & set(bands_of(" ".join(reversed(words))))


@given(words=st.lists(st.sampled_from(["you", "me", "go"]), max_size=FEWEST + RUN - 2))
def test_a_text_of_a_few_words_says_nothing(words: list[str]) -> None:
    assert bands_of(" ".join(words)) == ()


def test_a_word_or_two_changed_is_found_nearly_always() -> None:
    """Seeded: a thousand changes of one word, and of two."""
    chance = random.Random(7)  # noqa: S311 - no secret: the same changes at each run
    whole = set(bands_of(TOLD))
    for changed, at_least in ((1, 985), (2, 850)):
        found = 0
        for number in range(1_000):
            words = TOLD.split()
            for at in chance.sample(range(len(words)), changed):
                words[at] = f"other{number}"
            found += bool(whole & set(bands_of(" ".join(words))))
        assert found >= at_least, (changed, found)


def test_one_text_costs_a_few_values_whatever_its_length() -> None:
    assert len(bands_of(TOLD * 500)) == BANDS
    assert bands_of("") == ()
