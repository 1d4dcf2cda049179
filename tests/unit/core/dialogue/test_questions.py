import msgspec
import pytest
from hypothesis import given

from core.dialogue.model import Ask, Limit
from core.dialogue.questions import FIRST, MORE, TEXTS, ask, choices, key, length, read, shorten
from core.reports.model import AgeBand, Answers, Category, Who, YesNo
from core.testing.help import StandInCategories
from tests.dialogue_room import CANARY, NO_DESK, PLACE, WEB, answers, any_text

CATEGORIES = StandInCategories()
EVERY_QUESTION = tuple(name for name in Answers.__struct_fields__ if name != "may_push")
"""Whether somebody wants to be told is answered with whether others use their phone."""


def taken(**values: str) -> Answers:
    return read(PLACE, Answers(), values, CATEGORIES).answers


def test_every_answer_of_a_report_has_its_question() -> None:
    asked = {*FIRST, *MORE, *choices(PLACE, Answers(), CATEGORIES), *choices(WEB, Answers(), CATEGORIES)}
    assert asked | {"moderators_may_know"} == set(EVERY_QUESTION)


def test_each_kind_of_answer_is_read_as_what_it_is() -> None:
    assert taken(
        danger="yes", category="meeting", who="friend", age="13_15", others_use_phone="no"
    ) == Answers(
        danger=YesNo.YES,
        category=Category.MEETING,
        who=Who.FRIEND,
        age=AgeBand.THIRTEEN_TO_FIFTEEN,
        others_use_phone=False,
        may_push=False,
    )


def test_nothing_answered_is_nothing_changed() -> None:
    before = Answers(danger=YesNo.NO, own_words=CANARY)
    assert (
        read(PLACE, before, {"danger": "", "own_words": " \n", "stranger": "yes"}, CATEGORIES).answers
        == before
    )


def test_one_wrong_answer_does_not_cost_the_others() -> None:
    found = read(PLACE, Answers(), {"danger": "maybe", "category": "bullying"}, CATEGORIES)
    assert found.fault == "fault-choice"
    assert found.answers.danger is None
    assert found.answers.category is Category.BULLYING


def test_a_wrong_answer_keeps_the_one_of_before() -> None:
    before = Answers(danger=YesNo.YES)
    assert read(PLACE, before, {"danger": "maybe"}, CATEGORIES).answers == before


def test_half_characters_are_marked_and_line_ends_made_one() -> None:
    assert taken(own_words=" he\ud800said\r\nyes\x00 ").own_words == "he\ufffdsaid\nyes"


def test_a_text_is_kept_up_to_its_limit_and_not_a_unit_more() -> None:
    at_the_limit = read(PLACE, Answers(), {"own_words": "x" * Limit.TEXT}, CATEGORIES)
    assert at_the_limit.fault is None
    assert len(at_the_limit.answers.own_words) == Limit.TEXT
    over = read(PLACE, Answers(), {"own_words": "x" * (Limit.TEXT + 1)}, CATEGORIES)
    assert over.fault == "fault-too-long"
    assert len(over.answers.own_words) == Limit.TEXT


@given(any_text)
def test_whatever_is_typed_can_be_written_down_and_is_not_longer_than_allowed(text: str) -> None:
    kept = taken(own_words=text * 200).own_words
    kept.encode()
    assert length(kept) <= Limit.TEXT


@given(any_text)
def test_shortening_never_cuts_a_character_in_two(text: str) -> None:
    for most in (0, 1, 5, 20):
        assert text.startswith(shorten(text, most)) or any("\ud800" <= mark <= "\udfff" for mark in text)
        assert length(shorten(text, most)) <= most


@given(answers)
def test_no_question_carries_a_text_that_was_typed(told: Answers) -> None:
    for question in EVERY_QUESTION:
        assert CANARY not in repr(ask(PLACE, question, told, CATEGORIES))


@pytest.mark.parametrize("question", sorted(TEXTS))
def test_a_text_question_only_says_whether_there_is_one(question: str) -> None:
    blank = ask(PLACE, question, Answers(), CATEGORIES)
    written = ask(PLACE, question, msgspec.structs.replace(Answers(), **{question: CANARY}), CATEGORIES)
    assert (blank.ask, blank.answered, written.answered) == (Ask.TEXT, False, True)
    assert written.hint is not None
    assert written.hint.key == key("hint", question, "answered")


@pytest.mark.parametrize("question", [name for name in EVERY_QUESTION if name not in TEXTS])
@pytest.mark.parametrize("knows_accounts", [True, False])
def test_every_choice_that_is_offered_is_taken_and_shown_again(question: str, knows_accounts: bool) -> None:
    if question == "team_may_know_name" and not knows_accounts:
        return
    place = msgspec.structs.replace(PLACE, moderators_may_handle=True, knows_accounts=knows_accounts)
    before = Answers(category=Category.BULLYING, runs_place=YesNo.NO)
    for option in ask(place, question, before, CATEGORIES).options:
        found = read(place, before, {question: option.value}, CATEGORIES)
        assert found.fault is None
        shown = ask(place, question, found.answers, CATEGORIES).value
        assert shown == (None if option.value == "unspecified" else option.value)


def test_where_there_is_no_desk_only_the_kind_is_taken() -> None:
    everything = dict.fromkeys(EVERY_QUESTION, "yes") | {"category": "bullying"}
    assert read(NO_DESK, Answers(), everything, CATEGORIES).answers == Answers(category=Category.BULLYING)


def test_only_where_an_account_is_known_somebody_may_ask_to_be_told_of_news() -> None:
    known = msgspec.structs.replace(PLACE, knows_accounts=True)
    told = read(known, Answers(), {"others_use_phone": "no_tell"}, CATEGORIES).answers
    assert (told.others_use_phone, told.may_push) == (False, True)
    unknown = msgspec.structs.replace(PLACE, knows_accounts=False)
    assert read(unknown, Answers(), {"others_use_phone": "no_tell"}, CATEGORIES).fault == "fault-choice"


@pytest.mark.parametrize("later", ["yes", "no"])
def test_the_last_word_takes_that_back(later: str) -> None:
    known = msgspec.structs.replace(PLACE, knows_accounts=True)
    told = read(known, Answers(), {"others_use_phone": "no_tell"}, CATEGORIES).answers
    assert read(known, told, {"others_use_phone": later}, CATEGORIES).answers.may_push is False
