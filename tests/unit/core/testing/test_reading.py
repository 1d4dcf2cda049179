import pytest

from core.testing.reading import ease, sentences, syllables, words


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("cat", 1), ("name", 1), ("people", 2), ("safety", 3), ("emergency", 4), ("username", 3), ("someone", 2),
        ("being", 2), ("messages", 3), ("asked", 1), ("wanted", 2), ("police", 2), ("table", 2), ("does", 1),
        ("can't", 1), ("999", 1), ("you’re", 1), ("created", 3),
    ],
)  # fmt: skip
def test_syllables_are_counted_as_they_are_spoken(word: str, count: int) -> None:
    assert syllables(word) == count


def test_a_text_is_cut_into_its_sentences_and_an_address_is_not_cut() -> None:
    text = "Not sent yet. In danger? Call 999.\nOr look: https://a.example/b.c Then stop"
    assert sentences(text) == ["Not sent yet", "In danger", "Call 999", "Or look: https://a.example/b.c Then stop"]


def test_words_keep_their_apostrophes() -> None:
    assert words("Don't wait for us, it’s fine.") == ["Don't", "wait", "for", "us", "it’s", "fine"]


def test_a_childs_book_is_easy_and_a_law_is_hard() -> None:
    easy = ease(["The cat sat on the mat. It was a big cat. It had a red hat."])
    hard = ease(
        [
            "The competent supervisory authority shall be empowered to adopt implementing provisions concerning "
            "the admissibility of complaints submitted by data subjects pursuant to this regulation."
        ]
    )
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
