"""What travels in the ids and in the metadata of views: all of it, within what they hold, and only ours."""

import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.slack.names import (
    BUTTON,
    METADATA,
    OPTION,
    QUESTION,
    Carried,
    button_of,
    option_of,
    parse,
    question_of,
)
from core.dialogue import cards
from core.dialogue.model import State
from core.dialogue.questions import TEXTS
from core.evidence.drafts import KEY_BYTES, DraftKey
from core.reports.model import Answers, Category, YesNo
from tests.dialogue_room import BUTTONS, CANARY, any_text, states

KEY = DraftKey(bytes(range(KEY_BYTES)))
CALLBACK = 255

keys = st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES).map(DraftKey)
carried = st.builds(
    Carried,
    key=keys,
    screen=st.sampled_from([*sorted(cards.SCREENS), "my_report", "my_reports"]),
    submit=st.none() | st.sampled_from([*BUTTONS, "look"]),
    sent=st.booleans(),
    reads_around=st.booleans(),
    may_be_let_in=st.booleans(),
    state=st.none() | states,
)


def view_with(state: State | None, key: DraftKey = KEY) -> Carried:
    return Carried(key=key, screen="not_saved", submit="try_again", state=state)


def came_of(made: Carried) -> Carried:
    read = parse(made.callback, made.metadata)
    assert read is not None
    return read


def whole(state: State) -> State:
    """The state as MessagePack gives it back; half characters are no text that it takes."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=State)


# The whole of it.


@settings(max_examples=80)
@given(carried)
def test_what_is_written_is_read_again_and_fits_slack(made: Carried) -> None:
    assert len(made.callback) <= CALLBACK
    assert len(made.metadata) <= METADATA
    assert (made.callback + made.metadata).isascii()
    assert came_of(made) == made


@pytest.mark.parametrize("symbol", ["a", "é", "漢", "🏴", "ب"])
def test_three_thousand_characters_of_any_script_fit_and_the_choices_stay(symbol: str) -> None:
    """One symbol is packed to nothing, so that mixed ones are tried below."""
    answers = Answers(own_words=symbol * 3000, category=Category.BULLYING, danger=YesNo.NO)
    read = came_of(view_with(State(answers=answers)))
    assert read.state is not None
    assert read.state.answers.category is Category.BULLYING
    assert read.state.answers.own_words in {"", symbol * 3000}


@settings(max_examples=20)
@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=2500, max_size=3000),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=3000),
)
def test_whatever_was_typed_it_fits_and_the_choices_stay(words: str, about: str) -> None:
    answers = Answers(own_words=words, about=about, contact=words, category=Category.SELF_HARM)
    made = view_with(State(answers=answers))
    assert len(made.metadata) <= METADATA
    state = came_of(made).state
    assert state is not None
    assert state.answers.category is Category.SELF_HARM
    assert state.answers in {answers, msgspec.structs.replace(answers, **dict.fromkeys(TEXTS, ""))}


def test_what_is_too_long_travels_without_texts_and_short_words_travel_whole() -> None:
    noise = "".join(chr(0x4E00 + (number * 7919) % 20_000) for number in range(3000))
    long = came_of(view_with(State(answers=Answers(own_words=noise, about="him", danger=YesNo.YES))))
    assert long.state == State(answers=Answers(danger=YesNo.YES))
    short = State(answers=Answers(own_words="he keeps asking", about="him"))
    assert came_of(view_with(short)).state == short


def test_a_state_that_is_too_long_without_texts_travels_not_at_all_and_the_view_is_still_ours() -> None:
    noise = "".join(chr(0x4E00 + (number * 7919) % 20_000) for number in range(3000))
    made = view_with(State(fault=noise))
    assert len(made.metadata) <= METADATA
    assert came_of(made) == view_with(None)


def test_views_handed_out_by_this_version_are_read_by_every_later_one() -> None:
    """Written down once: a change that breaks an open view of before has to change the version."""
    made = Carried(key=KEY, screen="first", submit="send", reads_around=True)
    assert (made.callback, made.metadata) == ("lb1.first.send", "lb1.AAECAwQFBgcICQoLDA0ODw.2.")
    bare = Carried(key=KEY, screen="my_reports", sent=True, may_be_let_in=True)
    assert (bare.callback, bare.metadata) == ("lb1.my_reports.-", "lb1.AAECAwQFBgcICQoLDA0ODw.5.")


# What is not ours.


@given(any_text | st.text(max_size=120), any_text | st.text(max_size=120))
def test_nothing_foreign_is_taken_for_ours_and_nothing_fails(callback: str, metadata: str) -> None:
    assert parse(callback, metadata) is None


@settings(max_examples=80)
@given(carried, st.data())
def test_one_sign_changed_never_fails_and_never_reads_another_state(
    made: Carried, data: st.DataObject
) -> None:
    text = made.metadata
    at = data.draw(st.integers(0, len(text) - 1))
    sign = data.draw(st.characters(codec="utf-8", exclude_characters=text[at]))
    read = parse(made.callback, text[:at] + sign + text[at + 1 :])
    assert read is None or read.state in {None, made.state}
    assert read is None or read.key != made.key or read.state is None or read.state == made.state


@settings(max_examples=40)
@given(states, keys)
def test_what_another_draft_carried_is_not_taken(state: State, key: DraftKey) -> None:
    made = view_with(state)
    foreign = made.metadata.replace(KEY.text, key.text)
    read = parse(made.callback, foreign)
    assert read is not None
    assert (read.state is None) == (key != KEY)
    assert (read.screen, read.submit) == ("not_saved", "try_again")


@settings(max_examples=40)
@given(states, st.integers(1, 60))
def test_a_state_that_was_cut_or_has_more_behind_it_is_none_and_the_press_still_counts(
    state: State, cut: int
) -> None:
    made = view_with(state)
    for changed in (made.metadata[:-cut], made.metadata + "A" * cut):
        read = parse(made.callback, changed)
        assert read is None or read == view_with(None)


@pytest.mark.parametrize(
    ("callback", "metadata"),
    [
        ("lb2.first.send", "lb1.{key}.0."),
        ("lb1.first.send", "lb2.{key}.0."),
        ("lb1.first.send", "lb1.{key}.8."),
        ("lb1.first.send", "lb1.{key}.0"),
        ("lb1.first.send", "lb1.short.0."),
        ("lb1.first.send", "lb1.{key}.0.=="),
        ("lb1.first.send", "lb1.{key}.0.\n"),
        ("lb1.first.send", ""),
        ("lb1.first.send\n", "lb1.{key}.0."),
        ("lb1.FIRST.send", "lb1.{key}.0."),
        ("lb1.first", "lb1.{key}.0."),
        ("lb1.first.", "lb1.{key}.0."),
        (" lb1.first.send", "lb1.{key}.0."),
        ("", "lb1.{key}.0."),
        ("lb1.home.x", "lb1.home.abc"),
    ],
)
def test_what_is_not_quite_ours_is_none(callback: str, metadata: str) -> None:
    assert parse("lb1.first.send", f"lb1.{KEY.text}.0.") is not None
    assert parse(callback, metadata.format(key=KEY.text)) is None


def test_a_key_with_bits_that_no_key_has_is_none() -> None:
    """The last of 22 signs holds four bits more than sixteen bytes have."""
    for sign in "BCDEFGHIJKLMNOP":
        assert parse("lb1.first.send", f"lb1.{KEY.text[:-1]}{sign}.0.") is None


# What it tells.


@settings(max_examples=40)
@given(states)
def test_no_text_of_a_child_can_be_read_in_a_view(state: State) -> None:
    answers = msgspec.structs.replace(state.answers, own_words=CANARY, about=CANARY, contact=CANARY)
    made = view_with(msgspec.structs.replace(state, answers=answers))
    assert CANARY not in made.metadata + made.callback


def test_the_key_is_not_in_what_is_printed_of_it() -> None:
    assert KEY.text not in repr(Carried(key=KEY, screen="first"))


# Ids of elements.


@given(any_text | st.text(max_size=60))
def test_any_id_of_an_element_is_read_without_an_error(text: str) -> None:
    assert button_of(text) is None or text.startswith(BUTTON)
    assert question_of(text) is None or text.startswith(QUESTION)
    assert option_of(text) == {} or text.startswith(OPTION)


@pytest.mark.parametrize(
    ("action", "answer"),
    [
        ("o.danger.yes", {"danger": "yes"}),
        ("o.danger.", {}),
        ("o.danger", {}),
        ("o.danger.yes.no", {}),
        ("o.Danger.yes", {}),
        ("o.danger.y\n", {}),
        ("q.danger.yes", {}),
        (f"o.danger.{'x' * 41}", {}),
        ("oxdanger.yes", {}),
    ],
)
def test_an_answer_by_itself_is_a_question_and_its_value(action: str, answer: dict[str, str]) -> None:
    assert option_of(action) == answer


def test_every_button_and_question_of_the_dialogue_fits_an_id() -> None:
    for name in BUTTONS:
        assert button_of(f"{BUTTON}{name}") == name
        assert re.fullmatch(r"[a-z_]{1,20}", name)
    assert question_of(f"{QUESTION}own_words") == "own_words"
    for screen in (*cards.SCREENS, "my_report", "my_reports"):
        assert re.fullmatch(r"[a-z_]{1,20}", screen)
