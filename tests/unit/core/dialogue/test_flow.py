"""The conversation told in examples: what is said, in which order, and what is wished."""

import msgspec
import pytest

from core.dialogue.flow import Dialogue
from core.dialogue.model import (
    Ask,
    Card,
    Duty,
    Evidence,
    Form,
    NoticeKind,
    Outcome,
    Place,
    Press,
    State,
    Turn,
    Wish,
)
from core.dialogue.texts import Texts
from core.reports.model import Category, Standing, YesNo
from core.testing.help import StandInCategories, StandInHelp
from tests.dialogue_room import (
    CANARY,
    NIGHT,
    NO_DESK,
    NO_STAFF_ROUTE,
    PLACE,
    PRACTICE,
    REFERENCE,
    WEB,
    button_ids,
    keys,
    said,
    words_of,
)

EVIDENCE = Evidence(messages=1, context=4)


@pytest.fixture(scope="module")
def dialogue() -> Dialogue:
    return Dialogue(StandInHelp(), StandInCategories())


class Person:
    """Somebody pressing, in one place, one screen after the other; the road does what `outcomes` say."""

    def __init__(
        self, dialogue: Dialogue, place: Place = PLACE, evidence: Evidence | None = EVIDENCE
    ) -> None:
        self.dialogue, self.place = dialogue, place
        self.turn: Turn = dialogue.open(place, evidence)
        self.wishes: list[Wish] = []

    def press(self, button: str | None = None, screen: str | None = None, **values: str) -> "Person":
        press = Press(screen=screen or self.turn.screen.id, button=button, values=values)
        self.turn = self.dialogue.answer(self.place, self.turn.state, press)
        if self.turn.wish is not None:
            self.wishes.append(self.turn.wish)
        return self

    def becomes(self, outcome: Outcome) -> "Person":
        reference = REFERENCE if outcome is Outcome.STORED else None
        self.turn = self.dialogue.outcome(self.place, self.turn.state, outcome, reference)
        if self.turn.wish is not None:
            self.wishes.append(self.turn.wish)
        return self

    def sends(self, **values: str) -> "Person":
        return self.press("send", **values).becomes(Outcome.STORED)

    @property
    def screen(self) -> Card | Form:
        return self.turn.screen

    @property
    def state(self) -> State:
        return self.turn.state


# The first screen.


def test_the_first_screen_asks_three_things_and_offers_four_ways(dialogue: Dialogue) -> None:
    screen = Person(dialogue).screen
    assert [question.id for question in screen.questions] == ["danger", "category", "runs_place"]
    assert button_ids(screen) == ("send", "more", "help", "hide")


def test_yes_now_is_a_press_of_its_own_and_no_other_choice_is(dialogue: Dialogue) -> None:
    options = [option for question in Person(dialogue).screen.questions for option in question.options]
    assert [option.value for option in options if option.sends_at_once] == ["yes"]
    assert options[0].sends_at_once


def test_all_fifteen_kinds_are_offered_and_the_last_is_i_cant_say(dialogue: Dialogue) -> None:
    category = Person(dialogue).screen.questions[1]
    assert len(category.options) == 15
    assert category.options[-1].value == "unspecified"
    assert all(option.description is not None for option in category.options)


def test_the_first_words_are_kind_and_then_say_who_reads(dialogue: Dialogue) -> None:
    lead, reads, *_ = said(Person(dialogue).screen)
    assert (lead.kind, lead.text.key) == (NoticeKind.LEAD, "first-lead")
    assert reads.text.key == "reads-on-duty-until"
    assert reads.text.args == {"who": "Mia", "desk": "the Harbour team", "closes": "22:00"}


@pytest.mark.parametrize(
    ("duty", "key"),
    [
        (Duty(on_duty="Mia"), "reads-on-duty"),
        (Duty(on_duty="Mia", opens="8:00", closes="22:00"), "reads-on-duty-until"),
        (Duty(opens="8:00", closes="22:00"), "reads-nobody-opens"),
        (Duty(), "reads-nobody"),
    ],
)
def test_when_it_is_read_follows_from_the_duty(dialogue: Dialogue, duty: Duty, key: str) -> None:
    place = msgspec.structs.replace(PLACE, duty=duty)
    assert key in keys(dialogue.open(place).screen)


def test_without_an_accepted_shift_no_screen_says_that_anybody_is_on_duty(
    dialogue: Dialogue, texts: Texts
) -> None:
    person = Person(dialogue, NIGHT)
    first = words_of(person.screen, texts)
    sent = words_of(person.sends(category="bullying").screen, texts)
    for screen in (first, sent):
        assert "Mia" not in screen
        assert "22:00" not in screen
        assert "on duty" not in screen


def test_what_was_saved_is_said_only_where_something_was(dialogue: Dialogue, texts: Texts) -> None:
    assert "We saved the message, and 4 around it." in words_of(dialogue.open(PLACE, EVIDENCE).screen, texts)
    assert "We saved the message." in words_of(dialogue.open(PLACE, Evidence(messages=1)).screen, texts)
    assert "saved" not in words_of(dialogue.open(PLACE).screen, texts)
    assert "saved" not in words_of(dialogue.open(PLACE, Evidence(messages=0)).screen, texts)


def test_the_one_exception_to_the_hidden_name_is_on_the_first_screen(
    dialogue: Dialogue, texts: Texts
) -> None:
    words = words_of(dialogue.open(PLACE).screen, texts)
    assert "If someone could die or be badly hurt" in words
    assert "we can unlock your name and tell the police" in words
    assert "We don't know your name" in words_of(dialogue.open(WEB).screen, texts)


def test_who_runs_the_app_is_said_where_the_platform_needs_it(dialogue: Dialogue, texts: Texts) -> None:
    place = msgspec.structs.replace(PLACE, app_run_by="Harbour Trust")
    assert "Harbour Trust runs this app here." in words_of(dialogue.open(place).screen, texts)
    assert "runs this app" not in words_of(dialogue.open(PLACE).screen, texts)


def test_moderators_are_an_exception_only_where_they_may_handle_anything(dialogue: Dialogue) -> None:
    without = msgspec.structs.replace(PLACE, moderators_may_handle=False)
    assert "not-shown-unless-yes" in keys(dialogue.open(PLACE).screen)
    assert "not-shown" in keys(dialogue.open(without).screen)


def test_in_a_school_it_is_not_said_that_nobody_there_can_see_it(dialogue: Dialogue) -> None:
    place = msgspec.structs.replace(PLACE, standing=Standing.LEAD)
    assert "not-shown-lead" in keys(dialogue.open(place).screen)


# Sending.


def test_two_presses_send(dialogue: Dialogue) -> None:
    person = Person(dialogue).press("send")
    assert person.wishes == [Wish.SEND]
    assert "not-yet" in keys(person.screen)
    person.becomes(Outcome.STORED)
    assert person.screen.id == "sent"
    assert person.state.reference == REFERENCE


def test_the_sent_screen_has_the_code_the_advice_and_a_way_to_talk(dialogue: Dialogue, texts: Texts) -> None:
    screen = Person(dialogue).sends(category="sexual_extortion").screen
    words = words_of(screen, texts)
    assert f"Your code is {REFERENCE}." in words
    assert "Don't pay." in words
    assert "0800 1111" in words
    assert button_ids(screen) == ("advice", "talk", "add", "help", "hide")


def test_at_two_in_the_morning_nobody_is_asked_to_wait(dialogue: Dialogue, texts: Texts) -> None:
    words = words_of(Person(dialogue, NIGHT).sends(category="sexual_extortion").screen, texts)
    assert "Sent. Nobody is here right now." in words
    assert "We open at 8:00. Please don't wait for us." in words
    assert "CEOP" in words
    assert "Call 999 now." in words


def test_while_somebody_is_on_duty_no_child_is_asked_to_tell_it_twice(
    dialogue: Dialogue, texts: Texts
) -> None:
    person = Person(dialogue)
    before = words_of(Person(dialogue).press("advice", category="grooming").screen, texts)
    after = words_of(person.sends(category="grooming").screen, texts)
    assert "CEOP" in before
    assert "CEOP" not in after


def test_a_repeated_send_shows_the_same_code_and_wishes_nothing(dialogue: Dialogue) -> None:
    person = Person(dialogue).sends(category="bullying")
    shown = person.screen
    person.press("send", screen="first", category="bullying")
    assert person.wishes == [Wish.SEND]
    assert person.screen == shown


def test_the_code_never_changes_once_it_was_shown(dialogue: Dialogue) -> None:
    person = Person(dialogue).sends().press("add").press("next", own_words="more").press("send")
    turn = dialogue.outcome(PLACE, person.state, Outcome.STORED, "LB-ANOTHER")
    assert turn.state.reference == REFERENCE


def test_a_send_with_new_answers_after_sent_is_added(dialogue: Dialogue) -> None:
    person = Person(dialogue).sends()
    person.press("send", screen="first", category="self_harm")
    assert person.wishes == [Wish.SEND, Wish.ADD]
    person.becomes(Outcome.STORED)
    assert person.state.added == 1
    assert "sent-added" in keys(person.screen)


def test_a_choice_on_an_old_first_screen_is_added_at_once(dialogue: Dialogue) -> None:
    person = Person(dialogue).sends().press(screen="first", category="self_harm")
    assert person.wishes == [Wish.SEND, Wish.ADD]


@pytest.mark.parametrize(
    ("outcome", "screen"),
    [(Outcome.STORING, "storing"), (Outcome.UNKNOWN, "not_known"), (Outcome.REFUSED, "not_sent")],
)
def test_what_is_not_stored_is_not_called_sent(dialogue: Dialogue, outcome: Outcome, screen: str) -> None:
    person = Person(dialogue).press("send").becomes(outcome)
    assert person.screen.id == screen
    assert person.state.reference is None
    assert "emergency" in keys(person.screen)
    assert "child-line-call" in keys(person.screen)
    assert f"{screen.replace('_', '-')}-dont-wait" in keys(person.screen)


def test_looking_again_asks_the_road_and_tells_what_it_says(dialogue: Dialogue) -> None:
    person = Person(dialogue).press("send").becomes(Outcome.STORING).press("check")
    assert person.wishes == [Wish.SEND, Wish.ASK_AGAIN]
    person.becomes(Outcome.UNKNOWN)
    assert person.screen.id == "not_known"
    person.press("check").becomes(Outcome.STORED)
    assert person.screen.id == "sent"


def test_looking_again_works_for_a_state_that_could_not_be_kept(dialogue: Dialogue) -> None:
    turn = dialogue.answer(PLACE, State(), Press(screen="storing", button="check"))
    assert turn.wish is Wish.ASK_AGAIN
    assert dialogue.outcome(PLACE, turn.state, Outcome.STORED, REFERENCE).screen.id == "sent"
    assert dialogue.outcome(PLACE, turn.state, Outcome.REFUSED).screen.id == "not_sent"


def test_send_while_it_is_still_being_stored_asks_instead_of_sending_twice(dialogue: Dialogue) -> None:
    person = Person(dialogue).press("send").becomes(Outcome.STORING).press("send", screen="first")
    assert person.wishes == [Wish.SEND, Wish.ASK_AGAIN]


def test_what_was_refused_is_sent_again_by_try_again(dialogue: Dialogue) -> None:
    person = Person(dialogue).press("send", category="bullying").becomes(Outcome.REFUSED).press("try_again")
    assert person.wishes == [Wish.SEND, Wish.SEND]
    assert person.becomes(Outcome.STORED).screen.id == "sent"


def test_try_again_carries_what_could_not_be_kept(dialogue: Dialogue) -> None:
    press = Press(
        screen="not_sent", button="try_again", values={"category": "meeting", "own_words": "he is here"}
    )
    turn = dialogue.answer(PLACE, State(), press)
    assert turn.wish is Wish.SEND
    assert turn.state.answers.category is Category.MEETING
    assert turn.state.answers.own_words == "he is here"


def test_a_press_that_could_not_be_kept_is_said_plainly_and_sends_nothing_when_tried_again(
    dialogue: Dialogue,
) -> None:
    person = Person(dialogue).becomes(Outcome.REFUSED)
    assert person.screen.id == "not_saved"
    assert {"not-saved-lead", "emergency", "child-line-call"} <= keys(person.screen)
    person.press("try_again", category="bullying")
    assert person.screen.id == "first"
    assert person.wishes == []
    assert person.state.answers.category is Category.BULLYING


@pytest.mark.parametrize(("button", "screen"), [("help", "help"), ("talk", "helplines"), ("hide", "hidden")])
def test_help_and_leaving_stay_open_when_nothing_can_be_kept(
    dialogue: Dialogue, button: str, screen: str
) -> None:
    person = Person(dialogue).press(button, danger="yes")
    person.turn = dialogue.outcome(PLACE, msgspec.structs.replace(person.state, wished=None), Outcome.REFUSED)
    assert person.screen.id == screen


@pytest.mark.parametrize("outcome", [Outcome.STORING, Outcome.UNKNOWN])
def test_after_yes_now_the_help_card_offers_to_look_again_until_it_is_settled(
    dialogue: Dialogue, outcome: Outcome
) -> None:
    person = Person(dialogue).press(danger="yes").becomes(outcome)
    assert person.screen.id == "help"
    assert "check" in button_ids(person.screen)
    assert "look-again" in keys(person.screen)
    person.press("check")
    assert person.wishes == [Wish.SEND, Wish.ASK_AGAIN]
    assert person.screen.id == "help"


def test_looking_again_from_help_stays_there_and_says_that_the_team_has_it(
    dialogue: Dialogue, texts: Texts
) -> None:
    person = Person(dialogue).press(danger="yes").becomes(Outcome.STORING).press("check")
    person.becomes(Outcome.STORED)
    assert person.screen.id == "help"
    assert "The team has it, marked urgent." in words_of(person.screen, texts)
    assert REFERENCE in words_of(person.screen, texts)
    assert "check" not in button_ids(person.screen)


def test_looking_again_from_help_stays_there_and_says_plainly_that_it_is_not_sent(
    dialogue: Dialogue, texts: Texts
) -> None:
    person = Person(dialogue).press(danger="yes").becomes(Outcome.STORING).press("check")
    person.becomes(Outcome.REFUSED)
    assert person.screen.id == "help"
    assert "Not sent. We could not store it." in words_of(person.screen, texts)
    assert "still storing" not in words_of(person.screen, texts)
    person.press("try_again")
    assert person.wishes[-1] is Wish.SEND
    assert person.becomes(Outcome.STORED).screen.id == "help"
    assert "The team has it, marked urgent." in words_of(person.screen, texts)


@pytest.mark.parametrize(
    ("outcome", "key"),
    [
        (Outcome.STORING, "storing-added-lead"),
        (Outcome.UNKNOWN, "not-known-added-lead"),
        (Outcome.REFUSED, "not-sent-added-lead"),
    ],
)
def test_help_says_what_is_true_of_what_was_added(dialogue: Dialogue, outcome: Outcome, key: str) -> None:
    person = Person(dialogue).sends().press("add").press("next", own_words="more").press("send")
    assert key in keys(person.becomes(outcome).press("help").screen)


def test_the_screens_that_do_not_know_yet_say_how_to_look_again(dialogue: Dialogue) -> None:
    person = Person(dialogue).press("send").becomes(Outcome.STORING)
    assert "look-again" in keys(person.screen)
    assert "look-again" not in keys(person.press("check").becomes(Outcome.REFUSED).screen)


@pytest.mark.parametrize("outcome", [Outcome.STORED, Outcome.REFUSED])
def test_looking_again_takes_nobody_away_from_choosing_a_country(
    dialogue: Dialogue, outcome: Outcome
) -> None:
    person = Person(dialogue).press("send").becomes(Outcome.STORING).press("help").press("country")
    person.press("check").becomes(outcome)
    assert person.screen.id == "country"
    assert person.press("back").screen.id == "help"


def test_the_same_outcome_told_twice_counts_once(dialogue: Dialogue) -> None:
    person = Person(dialogue).sends().press("add").press("next", own_words="more").press("send")
    person.becomes(Outcome.STORED).becomes(Outcome.STORED)
    assert person.state.added == 1


# Danger.


def test_yes_now_sends_at_once_and_help_is_the_next_screen(dialogue: Dialogue, texts: Texts) -> None:
    person = Person(dialogue).press(danger="yes")
    assert person.wishes == [Wish.SEND]
    assert person.screen.id == "help"
    assert "Not sent yet." in words_of(person.screen, texts)
    assert "The team has it" not in words_of(person.screen, texts)
    person.becomes(Outcome.STORED)
    assert person.screen.id == "help"
    assert "The team has it, marked urgent." in words_of(person.screen, texts)
    assert REFERENCE in words_of(person.screen, texts)


@pytest.mark.parametrize("outcome", [Outcome.STORING, Outcome.REFUSED, Outcome.UNKNOWN])
def test_danger_that_is_not_stored_keeps_help_open_and_says_so(
    dialogue: Dialogue, texts: Texts, outcome: Outcome
) -> None:
    person = Person(dialogue).press(danger="yes").becomes(outcome)
    assert person.screen.id == "help"
    assert "The team has it" not in words_of(person.screen, texts)
    assert person.press("back").screen.id in {"storing", "not_sent", "not_known"}


@pytest.mark.parametrize("button", ["help", "hide", "leave", "talk", "advice", "country", "back"])
def test_what_promises_to_send_nothing_sends_nothing_beside_yes_now(dialogue: Dialogue, button: str) -> None:
    person = Person(dialogue).press(button, danger="yes")
    assert Wish.SEND not in person.wishes
    assert person.state.answers.danger is YesNo.YES


def test_yes_now_told_after_sending_is_added_at_once(dialogue: Dialogue, texts: Texts) -> None:
    person = Person(dialogue).sends(danger="not_sure").press(screen="first", danger="yes")
    assert person.wishes == [Wish.SEND, Wish.ADD]
    assert person.screen.id == "help"
    assert "marked urgent" not in words_of(person.screen, texts)
    assert "marked urgent" in words_of(person.becomes(Outcome.STORED).screen, texts)


def test_yes_now_told_while_the_first_write_is_under_way_follows_it(dialogue: Dialogue, texts: Texts) -> None:
    person = Person(dialogue).press("send").becomes(Outcome.STORING).press(screen="first", danger="yes")
    assert person.wishes == [Wish.SEND, Wish.ASK_AGAIN]
    person.becomes(Outcome.STORED)
    assert person.wishes == [Wish.SEND, Wish.ASK_AGAIN, Wish.ADD]
    assert "marked urgent" not in words_of(person.screen, texts)
    person.becomes(Outcome.STORED)
    assert "marked urgent" in words_of(person.screen, texts)
    assert person.state.added == 1


def test_yes_now_does_not_stand_in_the_way_of_telling_more(dialogue: Dialogue) -> None:
    person = Person(dialogue).press(danger="yes").becomes(Outcome.REFUSED)
    person.press("more", screen="first", danger="yes")
    assert person.screen.id == "more"


def test_nobody_waits_for_a_team_that_is_not_there(dialogue: Dialogue, texts: Texts) -> None:
    words = words_of(Person(dialogue, NIGHT).press(danger="yes").becomes(Outcome.STORED).screen, texts)
    assert "Please don't wait for us." in words


# Help, helplines, country.


def test_help_gives_the_number_with_its_country_a_silent_way_and_a_child_line(
    dialogue: Dialogue, texts: Texts
) -> None:
    words = words_of(dialogue.help(PLACE), texts)
    assert "Call 999 now (United Kingdom)." in words
    assert "press 55" in words
    assert "Talk to Childline: 0800 1111" in words
    assert "Chat with Childline: https://www.childline.org.uk/" in words
    assert "country" in button_ids(dialogue.help(PLACE))


def test_a_chat_is_never_given_as_an_emergency_service(dialogue: Dialogue) -> None:
    found = keys(dialogue.help(PLACE, "CH"))
    assert "child-chat-text" in found
    assert not any(key.startswith("silent") for key in found)


def test_a_contact_can_be_pressed_where_it_stands(dialogue: Dialogue) -> None:
    notices = {notice.text.key: notice for notice in dialogue.help(PLACE).notices}
    contact = notices["child-line-call"].contact
    assert contact is not None
    assert contact.phone == "0800 1111"
    assert notices["emergency"].kind is NoticeKind.DANGER


def test_the_other_emergency_numbers_say_whom_they_reach(dialogue: Dialogue, texts: Texts) -> None:
    words = words_of(dialogue.help(PLACE, "DE"), texts)
    assert "Call 110 now (Germany)." in words
    assert "For an ambulance or a fire, call 112" in words
    assert "For an ambulance, call 113" in words
    assert "For the police, call 111" in words
    assert "You can also call 114" in words
    assert "140" not in words  # whom it reaches has no word of ours


@pytest.mark.parametrize("country", [None, "ZZ", "XX", "", "QQ"])
def test_where_no_number_is_known_the_local_one_and_the_directory_are_given(
    dialogue: Dialogue, texts: Texts, country: str | None
) -> None:
    place = msgspec.structs.replace(PLACE, country=country)
    words = words_of(dialogue.help(place), texts)
    assert "Call your local emergency number now." in words
    assert "https://childhelplineinternational.org/" in words


def test_the_country_is_never_taken_from_the_language(dialogue: Dialogue, texts: Texts) -> None:
    place = msgspec.structs.replace(PLACE, country=None, language="en-GB")
    assert "999" not in words_of(dialogue.help(place), texts)


def test_the_child_changes_the_country_and_comes_back_to_help(dialogue: Dialogue, texts: Texts) -> None:
    person = Person(dialogue).press("help").press("country")
    assert person.screen.id == "country"
    person.press("country", country="DE")
    assert person.screen.id == "help"
    assert "Call 110 now (Germany)." in words_of(person.screen, texts)
    assert "Call 110 now." in words_of(
        person.press("back").press("send").becomes(Outcome.STORED).screen, texts
    )


def test_a_country_that_is_chosen_in_a_list_needs_no_other_press(dialogue: Dialogue) -> None:
    person = Person(dialogue).press("help").press("country").press(None, country="DE")
    assert person.screen.id == "help"
    assert person.state.country == "DE"


def test_somewhere_else_gives_the_directory_whatever_the_community_says(
    dialogue: Dialogue, texts: Texts
) -> None:
    person = Person(dialogue).press("help").press("country").press("country", country="ZZ")
    assert "Call your local emergency number now." in words_of(person.screen, texts)


def test_every_country_is_on_some_page_and_the_pages_come_round(texts: Texts) -> None:
    many = [chr(65 + one) + chr(65 + two) for one in range(3) for two in range(20)]
    dialogue = Dialogue(StandInHelp(*many), StandInCategories())
    person = Person(dialogue).press("help").press("country")
    offered: list[str] = []
    for _ in range(3):
        options = [option.value for option in person.screen.questions[0].options]
        assert len(options) <= 25
        assert options[-2:] == ["ZZ", "more"]
        offered += options[:-2]
        person.press("country", country="more")
        assert person.screen.id == "country"
    assert sorted(offered) == sorted({"GB", "CH", "DE", *many})
    assert person.screen.questions[0].options[0].value == "GB"


def test_a_country_nobody_offers_is_refused_and_the_old_one_stays(dialogue: Dialogue) -> None:
    person = Person(dialogue).press("help").press("country").press("country", country="Atlantis")
    assert person.screen.id == "country"
    assert "fault-choice" in keys(person.screen)
    assert person.state.country is None


def test_helplines_offer_the_child_line_and_the_crisis_lines(dialogue: Dialogue, texts: Texts) -> None:
    words = words_of(Person(dialogue).press("talk").screen, texts)
    assert "0800 1111" in words
    assert "SHOUT to 85258" in words
    assert "116 123" in words


@pytest.mark.parametrize("category", Category)
def test_each_kind_has_advice_of_its_own(dialogue: Dialogue, texts: Texts, category: Category) -> None:
    screen = Person(dialogue).press("advice", category=category).screen
    found = keys(screen)
    code = category.replace("_", "-")
    assert {f"advice-{code}-now", f"advice-{code}-who", "danger"} <= found
    assert "adult" in words_of(screen, texts) or "someone" in words_of(screen, texts)


def test_a_picture_can_be_taken_down_and_a_link_reported(dialogue: Dialogue) -> None:
    assert "takedown-page" in keys(Person(dialogue).press("advice", category="image_shared").screen)
    assert "hotline-page" in keys(Person(dialogue).press("advice", category="csam_found").screen)
    assert "crisis-text" in keys(Person(dialogue).press("advice", category="self_harm").screen)


def test_bullying_is_not_sent_to_the_police(dialogue: Dialogue) -> None:
    found = keys(Person(dialogue).press("advice", category="bullying").screen)
    assert not any(key.startswith(("report-place", "hotline", "takedown")) for key in found)


def test_somebody_under_thirteen_is_sent_to_a_grown_up(dialogue: Dialogue, texts: Texts) -> None:
    young = Person(dialogue).press("more", category="grooming").press("next", age="10_12", who="me")
    assert "a grown-up you trust" in words_of(young.press("back").press("advice").screen, texts)
    unknown = Person(dialogue).press("advice", category="grooming")
    assert "an adult you trust" in words_of(unknown.screen, texts)


def test_an_adult_who_tells_of_a_child_is_not_sent_to_a_grown_up(dialogue: Dialogue, texts: Texts) -> None:
    adult = Person(dialogue).press("more", category="grooming").press("next", age="10_12", who="child")
    words = words_of(adult.press("back").press("advice").screen, texts)
    assert "a grown-up you trust" not in words
    assert "Stay calm and listen." in words


def test_a_moderator_is_told_not_to_open_or_save_pictures(dialogue: Dialogue, texts: Texts) -> None:
    moderator = Person(dialogue).press("more").press("next", who="moderate").press("back").press("advice")
    assert "Don't open or save pictures. The link is enough." in words_of(moderator.screen, texts)


# Telling more.


def test_tell_more_first_asks_four_things_on_one_form(dialogue: Dialogue, texts: Texts) -> None:
    screen = Person(dialogue).press("more", category="bullying").screen
    assert isinstance(screen, Form)
    assert [question.id for question in screen.questions] == ["own_words", "about", "who", "age"]
    words = texts.say(screen.notice.text, "en")
    assert "Call 999 now." in words
    assert "Get help now and Hide this are one step back." in words


def test_the_form_leads_to_the_choices_and_these_to_sent(dialogue: Dialogue) -> None:
    person = Person(dialogue).press("more").press("next", own_words="he asked for a picture", who="me")
    assert person.screen.id == "choices"
    assert [question.id for question in person.screen.questions] == ["team_may_know_name", "others_use_phone"]
    person.press("send", team_may_know_name="yes", others_use_phone="no")
    assert person.wishes == [Wish.SEND]
    answers = person.state.answers
    assert (answers.own_words, answers.team_may_know_name, answers.others_use_phone) == (
        "he asked for a picture", True, False,
    )  # fmt: skip


def test_a_form_sent_without_a_button_is_a_form_sent(dialogue: Dialogue) -> None:
    person = Person(dialogue).press("more").press(None, own_words="words")
    assert person.screen.id == "choices"
    assert person.state.answers.own_words == "words"


@pytest.mark.parametrize("category", ["bullying", "hate_extremism", "account"])
def test_moderators_are_asked_about_only_for_what_they_may_handle(dialogue: Dialogue, category: str) -> None:
    person = Person(dialogue).press("more", category=category, runs_place="no").press("next")
    assert "moderators_may_know" in [question.id for question in person.screen.questions]


@pytest.mark.parametrize(
    ("place", "category", "runs_place"),
    [
        (PLACE, "grooming", "no"),
        (PLACE, "unspecified", "no"),
        (PLACE, "bullying", "not_sure"),
        (PLACE, "bullying", "yes"),
        (PLACE, "bullying", ""),
        (msgspec.structs.replace(PLACE, moderators_may_handle=False), "bullying", "no"),
    ],
)
def test_moderators_are_not_asked_about_otherwise_and_a_yes_does_not_count(
    dialogue: Dialogue, place: Place, category: str, runs_place: str
) -> None:
    person = Person(dialogue, place).press("more", category=category, runs_place=runs_place).press("next")
    assert "moderators_may_know" not in [question.id for question in person.screen.questions]
    person.press("send", moderators_may_know="yes")
    assert person.state.answers.moderators_may_know is None


def test_a_yes_to_the_moderators_falls_when_the_kind_changes(dialogue: Dialogue) -> None:
    person = Person(dialogue).press("more", category="bullying", runs_place="no").press("next")
    person.press("back", moderators_may_know="yes")
    assert person.state.answers.moderators_may_know is True
    person.press("send", category="grooming")
    assert person.state.answers.moderators_may_know is None


def test_where_no_account_is_known_a_name_may_be_given_instead(dialogue: Dialogue) -> None:
    person = Person(dialogue, WEB).press("more", category="bullying", runs_place="no").press("next")
    asked = {question.id: question for question in person.screen.questions}
    assert list(asked) == ["contact", "moderators_may_know", "others_use_phone"]
    assert asked["contact"].ask is Ask.TEXT
    person.press("send", contact="Sam, after school", team_may_know_name="yes")
    assert person.state.answers.contact == "Sam, after school"
    assert person.state.answers.team_may_know_name is None


def test_own_words_are_never_shown_back_but_known_to_be_there(dialogue: Dialogue, texts: Texts) -> None:
    person = Person(dialogue).press("more").press("next", own_words=CANARY, about=CANARY).press("more")
    assert isinstance(person.screen, Form)
    own_words = person.screen.questions[0]
    assert own_words.answered
    assert own_words.value is None
    assert CANARY not in words_of(person.screen, texts)
    person.press("next", own_words="")
    assert person.state.answers.own_words == CANARY


def test_after_it_is_stored_the_draft_keeps_the_own_words_no_longer(dialogue: Dialogue) -> None:
    person = (
        Person(dialogue).press("more").press("next", own_words=CANARY, about=CANARY, who="me").press("send")
    )
    assert person.state.answers.own_words == CANARY
    person.becomes(Outcome.STORED)
    assert person.state.answers.own_words == person.state.answers.about == ""
    assert person.state.answers.who is not None


def test_after_it_was_refused_the_own_words_are_kept(dialogue: Dialogue) -> None:
    person = (
        Person(dialogue).press("more").press("next", own_words=CANARY).press("send").becomes(Outcome.REFUSED)
    )
    assert person.press("try_again").state.answers.own_words == CANARY


def test_more_can_be_told_after_sending(dialogue: Dialogue, texts: Texts) -> None:
    person = Person(dialogue).sends().press("add").press("next", own_words="one more thing")
    assert person.screen.id == "choices"
    assert "What you added is not sent yet." in words_of(person.screen, texts)
    person.press("send")
    assert person.wishes == [Wish.SEND, Wish.ADD]
    assert person.state.answers.own_words == "one more thing"
    person.becomes(Outcome.STORED)
    assert person.state.reference == REFERENCE
    assert "That is sent too." in words_of(person.screen, texts)


def test_what_was_added_but_not_sent_is_said_on_the_sent_screen(dialogue: Dialogue, texts: Texts) -> None:
    person = Person(dialogue).sends().press("add").press("next", own_words="one more thing").press("back")
    assert person.screen.id == "sent"
    assert "What you added is not sent yet." in words_of(person.screen, texts)


def test_an_addition_that_is_refused_leaves_the_report_sent(dialogue: Dialogue, texts: Texts) -> None:
    person = Person(dialogue).sends().press("add").press("next", own_words="more").press("send")
    person.becomes(Outcome.REFUSED)
    words = words_of(person.screen, texts)
    assert "Your report is sent. What you added is not." in words
    assert REFERENCE in words
    assert person.press("try_again").wishes == [Wish.SEND, Wish.ADD, Wish.ADD]


def test_a_text_that_is_too_long_is_kept_from_its_beginning_and_said_so(dialogue: Dialogue) -> None:
    person = Person(dialogue).press("more").press("next", own_words="🙂" * 2000)
    assert person.screen.id == "choices"
    assert "fault-too-long" in keys(person.screen)
    assert person.state.answers.own_words == "🙂" * 1500
    assert "fault-too-long" not in keys(person.press("help").screen)


def test_a_wrong_choice_leads_to_a_card_and_the_rest_is_kept(dialogue: Dialogue) -> None:
    person = Person(dialogue).press("more").press("next", age="a hundred", own_words="words")
    assert isinstance(person.screen, Card)
    assert "fault-choice" in keys(person.screen)
    assert person.state.answers.own_words == "words"
    assert person.state.answers.age is None


# The people who run the place.


def test_a_report_about_those_who_run_the_place_goes_to_a_desk_that_is_not_theirs(dialogue: Dialogue) -> None:
    assert Person(dialogue).press("send", runs_place="yes").wishes == [Wish.SEND]


def test_without_such_a_desk_nothing_is_sent_and_other_places_are_named(
    dialogue: Dialogue, texts: Texts
) -> None:
    person = Person(dialogue, NO_STAFF_ROUTE).press("send", runs_place="yes", category="grooming")
    assert person.wishes == []
    assert person.screen.id == "hand_off"
    words = words_of(person.screen, texts)
    assert "So we did not send it." in words
    assert "What we saved is deleted within a day." in words
    assert "CEOP" in words
    assert "Blockworld" in words
    assert isinstance(person.screen, Card)
    assert person.screen.copy_text is not None


def test_danger_from_those_who_run_the_place_shows_help_and_sends_nothing(
    dialogue: Dialogue, texts: Texts
) -> None:
    person = Person(dialogue, NO_STAFF_ROUTE).press("send", runs_place="yes", danger="yes")
    assert person.wishes == []
    assert person.screen.id == "help"
    assert "Not sent." in words_of(person.screen, texts)
    assert person.press("back").screen.id == "hand_off"


def test_a_slip_of_the_finger_about_who_runs_the_place_can_be_mended(dialogue: Dialogue) -> None:
    person = Person(dialogue, NO_STAFF_ROUTE).press("send", runs_place="yes").press("back")
    assert person.screen.id == "first"
    assert person.screen.questions[2].value == "yes"
    assert person.press("send", runs_place="no").wishes == [Wish.SEND]


# No desk, and practice.


def test_without_a_desk_there_is_a_sheet_to_keep_and_nothing_to_send(
    dialogue: Dialogue, texts: Texts
) -> None:
    person = Person(dialogue, NO_DESK)
    words = words_of(person.screen, texts)
    assert person.screen.id == "hand_off"
    assert "send" not in button_ids(person.screen)
    assert "We don't send or keep anything." in words
    assert "saved" not in words
    assert "CEOP" in words
    assert person.state.evidence is None
    assert person.press("send", screen="first", danger="yes", own_words=CANARY).wishes == []
    assert person.state.answers.own_words == ""


def test_the_text_to_copy_follows_what_is_chosen(dialogue: Dialogue, texts: Texts) -> None:
    person = Person(dialogue, NO_DESK).press(None, category="meeting")
    assert isinstance(person.screen, Card)
    assert person.screen.copy_text is not None
    copied = texts.say(person.screen.copy_text, "en")
    assert "Someone from online wants to meet me" in copied
    assert "Blockworld" in copied


def test_in_practice_every_screen_says_first_that_nobody_reads_it(dialogue: Dialogue, texts: Texts) -> None:
    person = Person(dialogue, PRACTICE)
    screens = [person.screen, person.press("help").screen, person.press("back").press("talk").screen]
    screens += [
        person.press("back").press("send").becomes(Outcome.STORED).screen,
        person.press("advice").screen,
    ]
    screens += [
        person.press("back").press("add").screen,
        person.press("next").screen,
        person.press("hide").screen,
    ]
    for screen in screens:
        assert texts.say(said(screen)[0].text, "en").startswith("Practice: nobody reads this."), screen.id
    assert "Mia" not in "".join(words_of(screen, texts) for screen in screens)


# Leaving, and going back.


def test_hiding_empties_the_screen_and_leaves_only_help(dialogue: Dialogue, texts: Texts) -> None:
    person = Person(dialogue).sends(category="self_harm").press("hide")
    assert person.wishes[-1] is Wish.HIDE
    assert button_ids(person.screen) == ("help",)
    words = words_of(person.screen, texts)
    assert REFERENCE not in words
    assert "hurt" not in words
    assert person.press("help").press("back").screen.id == "hidden"


def test_going_back_walks_the_way_that_was_come(dialogue: Dialogue) -> None:
    person = Person(dialogue).press("help", category="bullying").press("talk").press("country")
    way = [person.press("back").screen.id for _ in range(4)]
    assert way == ["helplines", "help", "first", "first"]
    assert person.screen.questions[1].value == "bullying"


def test_back_from_a_screen_of_before_goes_to_what_it_became(dialogue: Dialogue) -> None:
    person = Person(dialogue).press("help").press("back").sends().press("help", screen="first").press("back")
    assert person.screen.id == "sent"


def test_help_on_a_sent_screen_whose_state_is_lost_does_not_say_not_sent(
    dialogue: Dialogue, texts: Texts
) -> None:
    turn = dialogue.answer(PLACE, State(), Press(screen="sent", button="help"))
    words = words_of(turn.screen, texts)
    assert "We don't know yet if it is sent." in words
    assert "Not sent yet" not in words
