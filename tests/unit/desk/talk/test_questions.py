"""The beginnings of messages: as shipped, and what a desk's own file may not say."""

from pathlib import Path

import pytest

from core.errors import SettingsInvalid
from core.testing.reading import ease, sentences, words
from desk.talk.questions import Question, leads, load_questions

GOOD = '[[question]]\nkey = "what"\ntext = "What happened?"\n'


def test_the_shipped_questions_are_read_in_the_order_of_the_file(shipped: Path) -> None:
    keys = [question.key for question in load_questions(shipped / "questions.toml")]
    assert keys == ["more", "now", "what", "who", "where", "safe", "help", "heard"]


def test_the_shipped_questions_are_read_by_a_child_of_nine(shipped: Path) -> None:
    texts = [question.text for question in load_questions(shipped / "questions.toml")]
    assert ease(texts).grade <= 4.0
    assert max(len(words(said)) for text in texts for said in sentences(text)) <= 14


def test_a_desk_may_write_its_own(tmp_path: Path) -> None:
    file = tmp_path / "questions.toml"
    file.write_text(GOOD)
    assert load_questions(file) == (Question(key="what", text="What happened?"),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        GOOD.replace("What happened?", ""),
        GOOD.replace("What happened?", "a" * 301),
        GOOD.replace("What happened?", "Did he touch you?"),
        GOOD.replace("What happened?", "Please send us a picture."),
        GOOD.replace('"what"', '"What now"'),
        GOOD + 'say = "x"\n',
        GOOD + GOOD,
    ],
)
def test_what_cannot_be_is_refused_with_its_file_and_a_mend(tmp_path: Path, text: str) -> None:
    file = tmp_path / "questions.toml"
    file.write_text(text)
    with pytest.raises(SettingsInvalid, match=r"questions\.toml.*Mend"):
        load_questions(file)


@pytest.mark.parametrize(
    "text",
    [
        "Did he touch you?",
        "Thank you. Was it him?",
        "Wasn\u2019t it him?",
        "So were you afraid?",
        "Why did you go?",
    ],
)
def test_a_question_with_its_answer_in_it_or_with_blame_leads(text: str) -> None:
    assert leads(text)


@pytest.mark.parametrize(
    "text", ["What happened then?", "Where did this start?", "You did well. How are you?"]
)
def test_an_open_question_does_not_lead(text: str) -> None:
    assert not leads(text)
