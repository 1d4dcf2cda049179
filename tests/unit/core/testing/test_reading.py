import pytest

from core.testing.reading import ease, sentences, syllables, words

COUNTS = {
    1: ["cat", "name", "asked", "does", "can't", "999", "you\u2019re"],
    2: ["people", "someone", "being", "wanted", "police", "table"],
    3: ["safety", "username", "messages", "created"],
    4: ["emergency", "everybody", "moderator"],
}


@pytest.mark.parametrize(
    ("count", "word"), [(count, word) for count, known in COUNTS.items() for word in known]
)
def test_syllables_are_counted_as_they_are_spoken(count: int, word: str) -> None:
    assert syllables(word) == count


def test_a_text_is_cut_into_its_sentences_and_an_address_is_not_cut() -> None:
    look = "Or look: https://a.example/b.c Then stop"
    assert sentences(f"Not sent yet. In danger? Call 999.\n{look}") == [
        "Not sent yet",
        "In danger",
        "Call 999",
        look,
    ]


def test_words_keep_their_apostrophes() -> None:
    assert words("Don't wait for us, it\u2019s fine.") == ["Don't", "wait", "for", "us", "it\u2019s", "fine"]


def test_a_childs_book_is_easy_and_a_law_is_hard() -> None:
    easy = ease(["The cat sat on the mat. It was a big cat. It had a red hat."])
    law = (
        "The competent supervisory authority shall be empowered to adopt implementing provisions "
        "concerning the admissibility of complaints submitted by data subjects pursuant to this regulation."
    )
    hard = ease([law])
    assert easy.grade < 1
    assert hard.grade > 14
    assert easy.sentences == 3
    assert hard.words == 24


def test_the_grade_is_the_middle_of_the_three_measures() -> None:
    measured = ease(["You can tell a teacher what happened to you at school."])
    assert measured.grade == sorted([measured.flesch_kincaid, measured.ari, measured.coleman_liau])[1]


def test_nothing_to_read_is_said_so() -> None:
    with pytest.raises(ValueError, match="nothing to read"):
        ease(["...", ""])
