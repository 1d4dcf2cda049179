"""What travels in the ids of components: all of it, in a hundred characters, and nothing that is not ours."""

import base64
import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.discord import custom_ids
from bots.discord.custom_ids import CustomId, new_opening, parse
from core.advice.helplines import HelpBook
from core.dialogue import cards
from core.dialogue.flow import Dialogue
from core.dialogue.model import Card, Evidence, Outcome, Screen, State, Wish
from core.dialogue.questions import TEXTS
from core.evidence.drafts import KEY_BYTES, DraftKey
from core.reports.categories import Categories
from core.reports.model import AgeBand, Answers, Category, Who, YesNo
from core.reports.reference import reference_of
from core.settings.shipped import config_dir
from tests.dialogue_room import BUTTONS, CANARY, NO_DESK, PLACE, WEB, any_text, button_ids, states

CONFIG = config_dir()
HELPLINES = HelpBook.load(CONFIG / "helplines.toml")
CATEGORIES = Categories.load(CONFIG / "categories.toml")
DIALOGUE = Dialogue(HELPLINES, CATEGORIES)
KEY = DraftKey(bytes(range(KEY_BYTES)))
OPENING = "Ab3_-z"
LONGEST = 100

keys = st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES).map(DraftKey)
openings = st.text("abcXYZ019_-", min_size=6, max_size=6)
screens = st.sampled_from(sorted({**custom_ids.SCREENS, **custom_ids.OTHER_SCREENS}))
buttons = st.sampled_from(sorted({**custom_ids.BUTTONS, **custom_ids.OTHER_BUTTONS}))
questions = st.sampled_from(sorted(custom_ids.QUESTIONS))
values = st.none() | st.from_regex(r"[A-Za-z0-9_]{1,20}", fullmatch=True)
carried = st.none() | states


@st.composite
def ids(draw: st.DrawFn) -> CustomId:
    made = CustomId(key=draw(keys), screen=draw(screens), opening=draw(openings), carried=draw(carried))
    match draw(st.sampled_from(["button", "question", "neither"])):
        case "button":
            return msgspec.structs.replace(made, button=draw(buttons))
        case "question":
            return msgspec.structs.replace(made, question=draw(questions), value=draw(values))
        case _:
            return made


def every_screen() -> list[Screen]:
    """Every screen in every standing a reporter can be in, with everything that may be asked there."""
    bullied = Answers(category=Category.BULLYING, runs_place=YesNo.NO)
    seen = [
        State(at=at, outcome=outcome, reference=reference, answers=bullied, unsent=unsent)
        for at in cards.SCREENS
        for outcome in (None, *Outcome)
        for reference in (None, "LB")
        for unsent in (False, True)
    ]
    return [DIALOGUE.show(place, state) for place in (PLACE, WEB, NO_DESK) for state in seen]


def id_with(state: State, key: DraftKey = KEY) -> CustomId:
    return CustomId(key=key, screen="not_sent", opening=OPENING, button="try_again", carried=state)


def what_travelled(state: State, key: DraftKey = KEY) -> State:
    found = parse(id_with(state, key).text)
    assert found is not None
    assert found.carried is not None
    return found.carried


# The whole id.


@given(ids())
def test_every_id_fits_discord_and_says_again_what_was_put_in(made: CustomId) -> None:
    text = made.text
    assert 1 <= len(text) <= LONGEST
    assert text.isascii()
    assert text.isprintable()
    read = parse(text)
    assert read is not None
    assert msgspec.structs.replace(read, carried=None) == msgspec.structs.replace(made, carried=None)
    assert (read.carried is None) == (made.carried is None)
    assert read.text == text


@given(ids(), ids())
def test_two_presses_that_differ_have_two_ids(one: CustomId, other: CustomId) -> None:
    told = [msgspec.structs.replace(made, carried=None) for made in (one, other)]
    assert (told[0] == told[1]) or one.text != other.text


@given(any_text | st.text(max_size=120) | st.binary(max_size=120).map(lambda raw: raw.decode("latin-1")))
def test_nothing_foreign_is_taken_for_ours_and_nothing_fails(text: str) -> None:
    read = parse(text)
    assert read is None or text.startswith(read.text)


@given(ids(), st.data())
def test_an_id_with_one_sign_changed_never_fails_and_never_tells_of_another_report(
    made: CustomId, data: st.DataObject
) -> None:
    text = made.text
    at = data.draw(st.integers(0, len(text) - 1))
    sign = data.draw(st.characters(codec="ascii"))
    read = parse(text[:at] + sign + text[at + 1 :])
    if read is not None and read.carried is not None:
        assert read.carried.reference in {None, reference_of(read.key)}


@pytest.mark.parametrize(
    "changed",
    [
        lambda text: "lb2" + text[3:],
        lambda text: " " + text,
        lambda text: text + "\n",
        lambda text: text.upper(),
        lambda text: text[:20],
        lambda text: text[:3] + "?" + text[4:],
        lambda text: text[:5] + "?" + text[6:],
        lambda text: text[:27] + "B" + text[28:],
        lambda _text: "",
    ],
)
def test_what_is_not_quite_an_id_of_ours_is_none(changed: object) -> None:
    assert callable(changed)
    text = CustomId(key=KEY, screen="first", opening=OPENING, button="send").text
    assert parse(text) is not None
    assert parse(changed(text)) is None


def test_ids_handed_out_by_this_version_are_read_by_every_later_one() -> None:
    """Written down once: a change that breaks an open screen of before has to change the prefix."""
    state = State(
        at="help",
        back_to=("first", "hidden"),
        answers=Answers(
            danger=YesNo.NOT_SURE,
            category=Category.OTHER,
            runs_place=YesNo.NO,
            who=Who.MODERATE_HERE,
            age=AgeBand.ADULT,
            team_may_know_name=True,
            moderators_may_know=False,
            others_use_phone=True,
            may_push=False,
        ),
        country="ZZ",
        page=3,
        reference=reference_of(KEY),
        outcome=Outcome.UNKNOWN,
        evidence=Evidence(messages=2, context=20, truncated=True, source="pasted", person=True),
        added=2,
        unsent=True,
        wished=Wish.ASK_AGAIN,
        fault="fault-too-long",
    )
    written = "lb1nbrAAECAwQFBgcICQoLDA0ODwAb3_-z~ACctFALI6kZlROYAOCMhM336"
    assert id_with(state).text == written
    assert what_travelled(state) == state
    asked = CustomId(key=KEY, screen="first", opening=OPENING, question="danger", value="not_sure").text
    assert asked == "lb1fqdAAECAwQFBgcICQoLDA0ODwAb3_-z.not_sure"


def test_an_opening_is_six_random_signs_that_need_no_quoting() -> None:
    seen = {new_opening() for _ in range(100)}
    assert len(seen) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{6}", opening) for opening in seen)


def test_the_key_is_not_in_what_an_id_says_of_itself() -> None:
    assert KEY.text not in repr(CustomId(key=KEY, screen="first", opening=OPENING))


# The tables.


def test_every_screen_of_the_dialogue_has_a_code() -> None:
    assert set(custom_ids.SCREENS) == set(cards.SCREENS)


def test_every_button_and_question_that_can_be_shown_has_a_code() -> None:
    shown = every_screen()
    assert {screen.id for screen in shown} == set(cards.SCREENS)
    pressed = {button for screen in shown for button in button_ids(screen)}
    assert len(pressed) > 10
    assert pressed <= set(custom_ids.BUTTONS)
    assert set(BUTTONS) == set(custom_ids.BUTTONS)
    asked = {question.id for screen in shown for question in screen.questions}
    assert asked == set(custom_ids.QUESTIONS)


def test_every_value_that_a_press_can_give_travels() -> None:
    for screen in every_screen():
        for question in screen.questions if isinstance(screen, Card) else ():
            for option in question.options:
                made = CustomId(
                    key=KEY, screen=screen.id, opening=OPENING, question=question.id, value=option.value
                )
                assert parse(made.text) == made


@pytest.mark.parametrize(
    "table",
    [
        custom_ids.SCREENS,
        custom_ids.OTHER_SCREENS,
        custom_ids.BUTTONS,
        custom_ids.OTHER_BUTTONS,
        custom_ids.QUESTIONS,
    ],
)
def test_codes_are_one_small_letter_each_and_none_twice(table: dict[str, str]) -> None:
    assert all(re.fullmatch("[a-z]", code) for code in table.values())
    assert len(set(table.values())) == len(table)


def test_no_screen_of_this_room_shares_its_code_or_name_with_the_dialogues() -> None:
    assert not set(custom_ids.SCREENS) & set(custom_ids.OTHER_SCREENS)
    assert not set(custom_ids.SCREENS.values()) & set(custom_ids.OTHER_SCREENS.values())
    assert not set(custom_ids.BUTTONS.values()) & set(custom_ids.OTHER_BUTTONS.values())


def test_what_is_in_no_table_is_refused_where_it_is_made_not_where_it_is_pressed() -> None:
    for unknown in ({"screen": "elsewhere"}, {"button": "buy"}, {"question": "why"}):
        with pytest.raises(KeyError):
            _ = CustomId(**({"key": KEY, "screen": "first", "opening": OPENING} | unknown)).text  # type: ignore[arg-type]


# What could not be stored.


def test_every_answer_is_either_packed_or_known_to_be_a_text() -> None:
    assert set(Answers.__struct_fields__) == set(custom_ids.ANSWERS) | custom_ids.DROPPED
    assert custom_ids.DROPPED == TEXTS
    assert not set(custom_ids.ANSWERS) & custom_ids.DROPPED


def test_all_else_of_a_state_is_packed() -> None:
    assert set(State.__struct_fields__) == set(custom_ids.STATE)
    assert set(Evidence.__struct_fields__) == set(custom_ids.EVIDENCE)


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("danger", YesNo),
        ("category", Category),
        ("runs_place", YesNo),
        ("who", Who),
        ("age", AgeBand),
        ("team_may_know_name", (True, False)),
        ("moderators_may_know", (True, False)),
        ("others_use_phone", (True, False)),
        ("may_push", (True, False)),
    ],
)
def test_each_answer_there_is_travels(name: str, kinds: type[YesNo]) -> None:
    for value in kinds:
        answers = msgspec.structs.replace(Answers(), **{name: value})
        assert what_travelled(State(answers=answers)).answers == answers


@pytest.mark.parametrize(("name", "kinds"), [("outcome", Outcome), ("wished", Wish), ("at", cards.SCREENS)])
def test_each_place_outcome_and_wish_travels(name: str, kinds: type[Outcome]) -> None:
    for value in kinds:
        state = msgspec.structs.replace(State(), **{name: value})
        assert what_travelled(state) == state


def test_every_fault_that_can_be_said_travels() -> None:
    catalogue = (CONFIG / "locales" / "en" / "dialogue.ftl").read_text(encoding="utf-8")
    faults = re.findall(r"^(fault-[\w-]+) =", catalogue, re.MULTILINE)
    assert len(faults) > 1
    for fault in faults:
        assert what_travelled(State(fault=fault)).fault == fault


def test_every_country_we_know_of_travels_and_nothing_that_is_none() -> None:
    for country in (*HELPLINES.countries, cards.ELSEWHERE, "AA"):
        assert what_travelled(State(country=country)).country == country
    for odd in ("", "gb", "G", "GBR", "É1", "G1", None):
        assert what_travelled(State(country=odd)).country is None


@given(keys, states)
def test_what_travels_is_the_state_without_its_texts(key: DraftKey, state: State) -> None:
    came = what_travelled(state, key)
    kept = {name: getattr(state.answers, name) for name in custom_ids.ANSWERS}
    assert came.answers == Answers(**kept)
    assert (came.reference is None) == (state.reference is None)
    assert came.reference in {None, reference_of(key)}
    for name in ("outcome", "unsent", "wished", "fault", "added"):
        assert getattr(came, name) == getattr(state, name)
    assert came.evidence == state.evidence
    assert came.at == (state.at if state.at in cards.SCREENS else "first")
    assert came.back_to == tuple(screen for screen in state.back_to if screen in cards.SCREENS)[-4:]
    assert 0 <= came.page < 32


@given(states)
def test_no_text_of_a_child_is_in_an_id(state: State) -> None:
    with_words = msgspec.structs.replace(
        state, answers=msgspec.structs.replace(state.answers, own_words=CANARY, about=CANARY, contact=CANARY)
    )
    without = msgspec.structs.replace(
        state, answers=msgspec.structs.replace(state.answers, own_words="", about="", contact="")
    )
    assert id_with(with_words).text == id_with(without).text


@given(states, keys)
def test_what_another_draft_carried_is_not_taken(state: State, key: DraftKey) -> None:
    text = id_with(state).text
    ours, _, part = text.partition("~")
    foreign = ours.replace(KEY.text, key.text) + "~" + part
    read = parse(foreign)
    assert read is not None
    assert read.button == "try_again"
    assert (read.carried is None) == (key != KEY)


@given(states, st.data())
def test_a_carried_part_that_was_changed_or_cut_is_none_and_the_press_still_counts(
    state: State, data: st.DataObject
) -> None:
    ours, _, part = id_with(state).text.partition("~")
    at = data.draw(st.integers(0, len(part) - 1))
    sign = data.draw(st.characters(codec="utf-8", exclude_characters="\n" + part[at]))
    for changed in (part[:at] + sign + part[at + 1 :], part[:at] or "A", part + "A", "é" * 9):
        read = parse(f"{ours}~{changed}")
        assert read is not None
        assert read.carried is None
        assert read.button == "try_again"


def test_a_carried_part_with_values_that_are_none_of_ours_is_no_state() -> None:
    """Bound to the right key, so that only the values are wrong: who has the screen can make such a one."""
    fields = list(custom_ids.STATE.items())
    start = 0
    for name, field in fields:
        if name in {"at", "back_to", "country", "outcome", "wished", "fault", "answers"}:
            packed = ((1 << field.bits) - 1 << start).to_bytes(custom_ids._BYTES)
            check = custom_ids._check(KEY, packed)
            text = base64.urlsafe_b64encode(packed + check).decode()
            assert custom_ids._carried(KEY, text) is None, name
        start += field.bits
    beyond = (1 << start).to_bytes(custom_ids._BYTES)
    text = base64.urlsafe_b64encode(beyond + custom_ids._check(KEY, beyond)).decode()
    assert custom_ids._carried(KEY, text) is None


@given(states)
def test_every_state_that_travelled_has_a_screen(state: State) -> None:
    came = what_travelled(state)
    assert DIALOGUE.show(PLACE, came).id in cards.SCREENS
