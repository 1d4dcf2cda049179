"""What must be true of the conversation whatever anybody presses, over stand-in and shipped data."""

import re

import msgspec
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from core.advice.helplines import HelpBook
from core.dialogue.flow import NEVER_SENDS, Dialogue
from core.dialogue.model import (
    Card,
    Evidence,
    Form,
    Limit,
    NoticeKind,
    Outcome,
    Place,
    Press,
    Screen,
    State,
    Wish,
)
from core.dialogue.questions import length
from core.dialogue.standing import has_desk, may_send, moderators_may_be_asked
from core.dialogue.texts import Texts
from core.reports.categories import Categories
from core.reports.model import Answers, Standing, YesNo
from core.settings.shipped import config_dir
from core.testing.help import StandInCategories, StandInHelp
from tests.dialogue_room import (
    CANARY,
    NO_DESK,
    NO_STAFF_ROUTE,
    PLACE,
    PRACTICE,
    REFERENCE,
    SAYS_NOT_SENT,
    SAYS_SENT,
    WEB,
    any_text,
    button_ids,
    desk_places,
    evidences,
    honest_presses,
    keys,
    places,
    presses,
    said,
    states,
    too_large,
    words_of,
)

CONFIG = config_dir()
CATEGORIES = Categories.load(CONFIG / "categories.toml")
TEXTS = Texts.load(CONFIG / "locales")
HELPLINES = HelpBook.load(CONFIG / "helplines.toml")
SHIPPED = Dialogue(HELPLINES, CATEGORIES)
STAND_IN = Dialogue(StandInHelp("FR", "US", "JP"), StandInCategories())
dialogues = st.sampled_from([SHIPPED, STAND_IN])
outcomes = st.sampled_from(Outcome)


def assert_whole(screen: Screen, place: Place, state: State) -> None:
    """All that is promised of every single screen."""
    for language in TEXTS.languages:
        assert too_large(screen, TEXTS, language) == []
    words = words_of(screen, TEXTS)
    assert CANARY not in words
    if isinstance(screen, Card):
        assert screen.id == "help" or "help" in button_ids(screen)
        assert screen.id == "hidden" or "hide" in button_ids(screen)
    else:
        assert "Get help now" in TEXTS.say(screen.notice.text, "en")
        assert "Hide this" in TEXTS.say(screen.notice.text, "en")
    if place.standing is Standing.PRACTICE:
        assert TEXTS.say(said(screen)[0].text, "en").startswith("Practice: nobody reads this.")
    if state.reference is None:
        assert not keys(screen) & SAYS_SENT
        silent = state.beside and screen.id in BESIDE
        assert not has_desk(place) or isinstance(screen, Form) or silent or keys(screen) & SAYS_NOT_SENT


BESIDE = {"help", "advice", "helplines", "country", "hidden"}
"""The only screens that may say nothing of whether anything was sent: where nobody here can know it."""


@given(dialogues, places, states, presses)
def test_only_help_is_ever_beside_a_report_and_telling_begins_anew(
    dialogue: Dialogue, place: Place, state: State, press: Press
) -> None:
    turn = dialogue.answer(place, state, press)
    assert not turn.state.beside or (state.beside and turn.screen.id in BESIDE)


# Any state, any press.


@given(dialogues, places, states)
def test_every_state_has_a_whole_screen(dialogue: Dialogue, place: Place, state: State) -> None:
    screen = dialogue.show(place, state)
    assert_whole(screen, place, state)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(dialogues, places, states, presses)
def test_every_press_gives_a_turn_with_a_whole_screen(
    dialogue: Dialogue, place: Place, state: State, press: Press
) -> None:
    turn = dialogue.answer(place, state, press)
    assert_whole(turn.screen, place, turn.state)
    assert turn.screen == dialogue.show(place, turn.state)
    assert turn.state.at == turn.screen.id


@given(dialogues, places, states, outcomes, st.sampled_from([None, REFERENCE]))
def test_every_outcome_gives_a_turn_with_a_whole_screen(
    dialogue: Dialogue, place: Place, state: State, outcome: Outcome, reference: str | None
) -> None:
    turn = dialogue.outcome(place, state, outcome, reference)
    assert_whole(turn.screen, place, turn.state)
    assert turn.state.reference is None or outcome is Outcome.STORED or state.reference is not None


@pytest.mark.parametrize(
    "value", ["x" * 100_000, "\ud800" * 100_000, "🙂" * 50_000, "\x00" * 100_000, "\u202e" * 9]
)
@pytest.mark.parametrize("place", [PLACE, WEB, NO_DESK])
def test_the_largest_junk_gives_a_turn(place: Place, value: str) -> None:
    names = (*Answers.__struct_fields__, "country", value)
    for screen in (*("first", "more", "choices", "country", "help", "not_saved"), value):
        press = Press(screen=screen, button=value, values=dict.fromkeys(names, value))
        turn = SHIPPED.answer(place, State(), press)
        assert_whole(turn.screen, place, turn.state)
        assert all(
            length(text) <= Limit.TEXT for text in (turn.state.answers.own_words, turn.state.answers.contact)
        )
        turn.state.answers.own_words.encode()
        msgspec.json.encode(turn.state)


@given(dialogues, places, states, presses)
def test_a_state_survives_being_written_down(
    dialogue: Dialogue, place: Place, state: State, press: Press
) -> None:
    turn = dialogue.answer(place, state, press)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(turn.state), type=State) == turn.state
    assert msgspec.json.decode(msgspec.json.encode(turn.state), type=State) == turn.state


@given(dialogues, places, states, presses)
def test_the_same_press_on_the_same_state_gives_the_same_turn(
    dialogue: Dialogue, place: Place, state: State, press: Press
) -> None:
    assert dialogue.answer(place, state, press) == dialogue.answer(place, state, press)


# Help and leaving.


@given(dialogues, places, states, presses)
def test_help_is_one_press_away_and_never_sends(
    dialogue: Dialogue, place: Place, state: State, press: Press
) -> None:
    turn = dialogue.answer(place, state, msgspec.structs.replace(press, button="help"))
    assert turn.wish is None
    assert turn.screen.id == "help"
    first = next(notice for notice in said(turn.screen) if notice.kind is not NoticeKind.PRACTICE)
    assert first.kind is NoticeKind.DANGER or turn.state.fault is not None
    assert any(key.startswith(("emergency", "directory", "child")) for key in keys(turn.screen))
    assert "country" in button_ids(turn.screen)


@given(dialogues, places, states, presses, st.sampled_from(["hide", "leave"]))
def test_leaving_is_one_press_away(
    dialogue: Dialogue, place: Place, state: State, press: Press, button: str
) -> None:
    turn = dialogue.answer(place, state, msgspec.structs.replace(press, button=button))
    assert (turn.wish, turn.screen.id) == (Wish.HIDE, "hidden")


@given(dialogues, places, st.none() | st.text(max_size=5))
def test_help_needs_no_state_at_all(dialogue: Dialogue, place: Place, country: str | None) -> None:
    card = dialogue.help(place, country)
    assert_whole(card, place, State())
    assert said(card)[-1] is not None
    assert any(notice.kind is NoticeKind.DANGER for notice in card.notices)


# Wishes.


@given(dialogues, places, states, presses)
def test_a_report_is_sent_only_by_send_or_by_yes_now(
    dialogue: Dialogue, place: Place, state: State, press: Press
) -> None:
    turn = dialogue.answer(place, state, press)
    if turn.wish not in {Wish.SEND, Wish.ADD}:
        return
    assert press.button not in NEVER_SENDS
    assert may_send(place, turn.state.answers)
    assert turn.wish is Wish.SEND if state.reference is None else turn.wish is Wish.ADD
    yes_now = press.values.get("danger") == YesNo.YES
    late = state.reference is not None and press.button not in {"send", "try_again"}
    assert press.button in {"send", "try_again"} or yes_now or late


@given(dialogues, places, states, presses)
def test_where_there_is_no_desk_nothing_is_ever_wished_or_kept(
    dialogue: Dialogue, place: Place, state: State, press: Press
) -> None:
    place = msgspec.structs.replace(place, standing=Standing.NONE, desk=None)
    blank = msgspec.structs.replace(state, answers=Answers(), reference=None, outcome=None)
    turn = dialogue.answer(place, blank, press)
    assert turn.wish in {None, Wish.HIDE}
    assert msgspec.structs.replace(turn.state.answers, category=Answers().category) == Answers()
    assert "send" not in button_ids(turn.screen)
    assert dialogue.open(place, Evidence(messages=1)).state.evidence is None


@given(dialogues, desk_places, states, presses)
def test_nothing_is_sent_to_those_it_is_about(
    dialogue: Dialogue, place: Place, state: State, press: Press
) -> None:
    place = msgspec.structs.replace(place, staff_route=False)
    about_staff = msgspec.structs.replace(state.answers, runs_place=YesNo.YES)
    values = {name: value for name, value in press.values.items() if name != "runs_place"}
    press = msgspec.structs.replace(press, values=values)
    turn = dialogue.answer(place, msgspec.structs.replace(state, answers=about_staff), press)
    assert turn.wish not in {Wish.SEND, Wish.ADD}


@given(dialogues, desk_places, evidences)
def test_send_is_on_the_first_screen_wherever_there_is_a_desk(
    dialogue: Dialogue, place: Place, evidence: Evidence | None
) -> None:
    turn = dialogue.open(place, evidence)
    assert turn.screen.id == "first"
    assert "send" in button_ids(turn.screen)
    assert dialogue.answer(place, turn.state, Press(screen="first", button="send")).wish is Wish.SEND


@given(dialogues, desk_places, states, presses)
def test_a_send_repeated_after_it_is_stored_wishes_nothing(
    dialogue: Dialogue, place: Place, state: State, press: Press
) -> None:
    press = msgspec.structs.replace(press, button="send", screen="first")
    sent = dialogue.answer(place, msgspec.structs.replace(state, reference=None, outcome=None), press)
    assume(sent.wish is Wish.SEND)
    stored = dialogue.outcome(place, sent.state, Outcome.STORED, REFERENCE)
    values = {
        name: value for name, value in press.values.items() if name not in {"own_words", "about", "contact"}
    }
    again = dialogue.answer(place, stored.state, msgspec.structs.replace(press, values=values))
    assert again.wish is None
    assert again.state.reference == REFERENCE


@given(dialogues, desk_places, states, presses)
def test_moderators_are_never_let_in_where_they_could_not_be_asked_about(
    dialogue: Dialogue, place: Place, state: State, press: Press
) -> None:
    answers = dialogue.answer(place, state, press).state.answers
    assert answers.moderators_may_know is None or moderators_may_be_asked(place, answers, CATEGORIES)


@given(dialogues, desk_places, states, presses)
def test_a_name_is_asked_for_only_as_the_place_can_know_it(
    dialogue: Dialogue, place: Place, state: State, press: Press
) -> None:
    answers = dialogue.answer(place, state, press).state.answers
    if place.knows_accounts:
        assert answers.contact == state.answers.contact
    else:
        assert answers.team_may_know_name == state.answers.team_may_know_name


# Ways.


@given(dialogues, places, states, presses)
def test_a_form_never_leads_to_a_form(dialogue: Dialogue, place: Place, state: State, press: Press) -> None:
    turn = dialogue.answer(place, state, msgspec.structs.replace(press, screen="more"))
    assert isinstance(turn.screen, Card)


@given(dialogues, places, states)
def test_going_back_ends_at_home_and_loses_nothing(dialogue: Dialogue, place: Place, state: State) -> None:
    at = state
    for _ in range(len(state.back_to) + 2):
        at = dialogue.answer(place, at, Press(button="back")).state
        assert at.answers.own_words == state.answers.own_words
        assert at.evidence == state.evidence
        assert at.reference == state.reference
    assert at.back_to == ()
    settled = dialogue.answer(place, at, Press(button="back")).state
    assert settled.at in {at.at, "first", "hand_off"}


@given(dialogues, desk_places, states, st.data())
def test_what_was_answered_stays_through_help_advice_and_back(
    dialogue: Dialogue, place: Place, state: State, data: st.DataObject
) -> None:
    start = dialogue.answer(place, state, Press(button="refresh")).state
    at = start
    for _ in range(6):
        button = data.draw(st.sampled_from(["help", "back", "advice", "talk", "country", "refresh"]))
        at = dialogue.answer(place, at, Press(button=button)).state
    assert at.answers == start.answers
    assert at.unsent == start.unsent


@given(dialogues, desk_places, st.data())
def test_from_everywhere_a_stored_end_is_three_presses_away(
    dialogue: Dialogue, place: Place, data: st.DataObject
) -> None:
    place = msgspec.structs.replace(place, staff_route=True)
    turn = dialogue.open(place)
    for _ in range(data.draw(st.integers(0, 8))):
        turn = dialogue.answer(place, turn.state, data.draw(honest_presses(turn.screen)))
        if turn.wish in {Wish.SEND, Wish.ADD, Wish.ASK_AGAIN}:
            turn = dialogue.outcome(place, turn.state, data.draw(outcomes), REFERENCE)
    for button in ("refresh", "send", "try_again", "check"):
        turn = dialogue.answer(place, turn.state, Press(screen=turn.screen.id, button=button))
        if turn.wish is not None:
            turn = dialogue.outcome(place, turn.state, Outcome.STORED, REFERENCE)
    assert turn.state.reference == REFERENCE
    assert turn.screen.id in {"sent", "help"}


@given(dialogues, places, st.data())
def test_every_screen_that_is_offered_can_be_reached_and_left(
    dialogue: Dialogue, place: Place, data: st.DataObject
) -> None:
    turn = dialogue.open(place)
    for _ in range(10):
        before = turn
        turn = dialogue.answer(place, turn.state, data.draw(honest_presses(turn.screen)))
        assert_whole(turn.screen, place, turn.state)
        assert not (isinstance(before.screen, Form) and isinstance(turn.screen, Form))
        if turn.wish in {Wish.SEND, Wish.ADD, Wish.ASK_AGAIN}:
            turn = dialogue.outcome(place, turn.state, data.draw(outcomes), REFERENCE)
            assert_whole(turn.screen, place, turn.state)


# What is said.


@given(dialogues, places.filter(lambda place: place.duty.on_duty is None), states, presses)
def test_no_time_to_wait_is_named_without_an_accepted_shift(
    dialogue: Dialogue, place: Place, state: State, press: Press
) -> None:
    screen = dialogue.answer(place, state, press).screen
    assert not keys(screen) & {"reads-on-duty", "reads-on-duty-until", "on-duty", "sent-on-duty"}


@given(dialogues, places, states)
def test_the_country_stands_beside_the_number(dialogue: Dialogue, place: Place, state: State) -> None:
    words = words_of(dialogue.show(place, msgspec.structs.replace(state, at="help")), TEXTS)
    number = re.search(r"Call (\S+) now", words)
    assert number is None or re.search(r"Call \S+ now \(.+\)\.", words)
    assert number is not None or "Call your local emergency number now" in words


@given(dialogues, states, any_text.map(lambda text: f"{text}{CANARY}"))
def test_their_own_words_are_in_no_screen(dialogue: Dialogue, state: State, text: str) -> None:
    press = Press(screen="more", button="next", values={"own_words": text, "about": text})
    for place in (PLACE, PRACTICE, NO_STAFF_ROUTE):
        screen = dialogue.answer(place, state, press).screen
        assert CANARY not in repr(screen)


class Pressing(RuleBasedStateMachine):
    """Somebody pressing at random, on old screens too, over a road that stores, fails or forgets."""

    @initialize(place=places, evidence=evidences)
    def opens(self, place: Place, evidence: Evidence | None) -> None:
        self.place = place
        self.turn = SHIPPED.open(place, evidence)
        self.seen: list[Screen] = [self.turn.screen]
        self.stored = 0

    @rule(data=st.data())
    def presses_what_is_shown(self, data: st.DataObject) -> None:
        self._press(data.draw(honest_presses(self.turn.screen)))

    @rule(data=st.data())
    def presses_on_an_old_screen(self, data: st.DataObject) -> None:
        self._press(data.draw(honest_presses(data.draw(st.sampled_from(self.seen)))))

    @rule(press=presses)
    def presses_junk(self, press: Press) -> None:
        self._press(press)

    @rule(outcome=outcomes)
    def hears_from_the_road(self, outcome: Outcome) -> None:
        """The road answers, as often as it is asked again."""
        for _ in range(2):
            if self.turn.state.wished not in {Wish.SEND, Wish.ADD, Wish.ASK_AGAIN}:
                return
            self.stored += outcome is Outcome.STORED
            self.turn = SHIPPED.outcome(self.place, self.turn.state, outcome, REFERENCE)
            self.seen.append(self.turn.screen)

    @rule()
    def is_written_down_and_read_again(self) -> None:
        state = msgspec.msgpack.decode(msgspec.msgpack.encode(self.turn.state), type=State)
        assert SHIPPED.show(self.place, state) == self.turn.screen

    def _press(self, press: Press) -> None:
        before = self.turn.state
        self.turn = SHIPPED.answer(self.place, before, press)
        self.seen.append(self.turn.screen)
        assert self.turn.wish == self.turn.state.wished
        if self.turn.wish in {Wish.SEND, Wish.ADD}:
            assert has_desk(self.place)

    @invariant()
    def says_sent_only_after_something_was_stored(self) -> None:
        if getattr(self, "stored", 0) == 0 and hasattr(self, "turn"):
            assert self.turn.state.reference is None
            assert not keys(self.turn.screen) & SAYS_SENT

    @invariant()
    def shows_a_whole_screen(self) -> None:
        if hasattr(self, "turn"):
            assert_whole(self.turn.screen, self.place, self.turn.state)


TestPressing = Pressing.TestCase
TestPressing.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
