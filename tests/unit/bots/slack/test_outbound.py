"""Every screen there is, as Slack is sent it: within every limit, and with the worst of names."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.slack.names import BUTTON, METADATA, OPEN, OPTION, PAGE, QUESTION, parse
from bots.slack.outbound import CHOSEN, OF_A_MODAL, Carry, Renderer, View
from core.advice.helplines import HelpBook
from core.chat import my_report
from core.dialogue.cards import SCREENS
from core.dialogue.flow import Dialogue
from core.dialogue.model import (
    Ask,
    Button,
    Card,
    Contact,
    Duty,
    Evidence,
    Form,
    Limit,
    Notice,
    NoticeKind,
    Outcome,
    Place,
    Question,
    Say,
    Screen,
    State,
    Style,
)
from core.dialogue.texts import Texts, plain
from core.evidence.drafts import KEY_BYTES, DraftKey
from core.reports.categories import Categories
from core.reports.model import Answers, Category, Standing, YesNo
from core.reports.told import UNREAD_AFTER, Told, ToldLine, lines
from core.settings.shipped import config_dir
from tests.conversation_words import MANY, WORST, check_answering, check_reading, written
from tests.dialogue_room import CANARY, NO_DESK, PLACE, PRACTICE, REFERENCE, names, places, states
from tests.slack_payloads import check_home, check_message, check_modal, elements, length, words

CONFIG = config_dir()
TEXTS = Texts.load(CONFIG / "locales")
HELPLINES = HelpBook.load(CONFIG / "helplines.toml")
DIALOGUE = Dialogue(HELPLINES, Categories.load(CONFIG / "categories.toml"))
RENDERER = Renderer(TEXTS)
KEY = DraftKey(bytes(range(KEY_BYTES)))
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CARDS = sorted(set(SCREENS) - {"more"})
OUTCOMES = {
    "storing": Outcome.STORING,
    "not_known": Outcome.UNKNOWN,
    "not_sent": Outcome.REFUSED,
    "sent": Outcome.STORED,
}
HOSTILE = [
    "*bold* _under_ ~gone~ `code`",
    "```block```",
    "> quoted",
    "<!channel> <!here> <!everyone>",
    "<@U1> <@U1|bob> <#C1|x> <!subteam^S1>",
    "@channel @here #general",
    "https://evil.example/x",
    "<https://evil.example|safe>",
    "<tel:999> <mailto:evil@example.com>",
    "evil.example",
    "evil@example.com",
    ":skull: :+1:",
    "<!date^1392734382^{date}^https://evil.example|x>",
    "&lt;b&gt; &amp;",
    "\\",
    "a\nb\n# c",
    "h\u200bttps://e\u200bvil.example",
    "\u202eevil\u2066 \u05d0",
    "\ue000 \ue000",
    "\ud800",
]

Json = Mapping[str, Any]


def carry(state: State | None = None) -> Carry:
    return Carry(key=KEY, unstored=state)


def rendered(card: Screen, state: State | None = None, told: tuple[ToldLine, ...] = ()) -> View:
    assert isinstance(card, Card)
    return RENDERER.card(card, carry(state), "en", told)


def form_of(form: Screen, state: State | None = None) -> View:
    assert isinstance(form, Form)
    return RENDERER.form(form, carry(state), "en")


def check(screen: Screen, state: State | None = None, told: tuple[ToldLine, ...] = ()) -> View:
    """The view of whatever `screen` is, held to every limit."""
    view = form_of(screen, state) if isinstance(screen, Form) else rendered(screen, state, told)
    check_modal(view)
    return view


def state_at(screen: str, answers: Answers | None = None) -> State:
    outcome = OUTCOMES.get(screen)
    return State(
        at=screen,
        outcome=outcome,
        reference=REFERENCE if outcome is Outcome.STORED else None,
        evidence=Evidence(messages=1, context=20),
        answers=answers or Answers(),
    )


def named(name: str, place: Place = PLACE) -> Place:
    duty = Duty(on_duty=name, opens="8:00", closes="22:00")
    return msgspec.structs.replace(place, community_name=name, desk_name=name, app_run_by=name, duty=duty)


def standing(which: Standing) -> Place:
    desk = None if which is Standing.NONE else PLACE.desk
    return msgspec.structs.replace(PLACE, standing=which, desk=desk)


def unread(place: Place) -> tuple[ToldLine, ...]:
    """The most that is ever told: the warning with all numbers, and what was done."""
    stored = NOON - timedelta(hours=1)
    told = Told(known=True, asked=False, urgent=True, stored_at=stored, received_at=stored)
    return lines(told, NOON, UNREAD_AFTER, DIALOGUE.help(place))


def said(view: Json) -> str:
    return "\n".join(words(view))


def pieces(part: Any, kind: str) -> Iterator[Json]:
    """Every part of this type, wherever it stands."""
    if isinstance(part, Mapping):
        if part.get("type") == kind:
            yield part
        for each in part.values():
            yield from pieces(each, kind)
    elif isinstance(part, list):
        for each in part:
            yield from pieces(each, kind)


def pressable(view: View) -> list[str]:
    """Each button of the dialogue that can be pressed, as often as it can."""
    read = parse(view["callback_id"], view["private_metadata"])
    assert read is not None
    inside = [element["action_id"] for _, element in elements(view["blocks"])]
    found = [name.removeprefix(BUTTON) for name in inside if name.startswith(BUTTON)]
    found += [read.submit] if read.submit else []
    closes = view["close"]["text"]
    return found + (["hide"] if closes == "Hide this" else ["back"] if closes == "Back" else [])


def chosen(view: View) -> dict[str, str]:
    """What stands as chosen, by its question."""
    found = {}
    for _, element in elements(view["blocks"]):
        if "initial_option" in element:
            found[element["action_id"].removeprefix(QUESTION)] = element["initial_option"]["value"]
        elif element["action_id"].startswith(OPTION) and element["text"]["text"].startswith(CHOSEN):
            _, question, value = element["action_id"].split(".")
            found[question] = value
    return found


# Limits.


@pytest.mark.parametrize("which", Standing)
@pytest.mark.parametrize("category", Category)
def test_every_screen_of_every_kind_and_standing_is_within_every_limit(
    category: Category, which: Standing
) -> None:
    place = named("*" * 80, standing(which))
    night = msgspec.structs.replace(place, duty=Duty(opens="8:00"))
    for at, (where, runs) in product(SCREENS, ((place, YesNo.YES), (night, YesNo.NO))):
        state = state_at(at, Answers(danger=YesNo.YES, category=category, runs_place=runs))
        check(DIALOGUE.show(where, state), state, unread(where) if at == "sent" else ())


@pytest.mark.parametrize("language", TEXTS.languages)
@pytest.mark.parametrize("which", Standing)
def test_every_screen_in_every_language_is_within_every_limit(which: Standing, language: str) -> None:
    place = named("x" * 80, msgspec.structs.replace(standing(which), language=language))
    for at in SCREENS:
        screen = DIALOGUE.show(place, state_at(at))
        view = (
            RENDERER.form(screen, carry(), language)
            if isinstance(screen, Form)
            else RENDERER.card(screen, carry(), language, unread(place))
        )
        check_modal(view)
        for name in ("title", "submit", "close"):
            assert length(view.get(name, {}).get("text", "")) <= OF_A_MODAL


@pytest.mark.parametrize("country", sorted(HELPLINES.countries))
def test_every_screen_in_every_country_is_within_every_limit_and_links_only_to_our_data(country: str) -> None:
    place = named("_" * 80, msgspec.structs.replace(PLACE, country=country, staff_route=False))
    night = msgspec.structs.replace(place, duty=Duty(opens="8:00"))
    told = unread(night)
    ours = {notice.contact.url for line in told for notice in line.contacts if notice.contact}
    kinds = ((Category.SEXUAL_EXTORTION, YesNo.NO), (Category.UNSPECIFIED, YesNo.YES))
    for at, (category, runs) in product(SCREENS, kinds):
        state = state_at(at, Answers(category=category, runs_place=runs))
        screen = DIALOGUE.show(night, state)
        view = check(screen, state, told if at == "sent" else ())
        said_here = screen.notices if isinstance(screen, Card) else ()
        linked = {each["url"] for each in pieces(view, "link")}
        assert linked <= ours | {notice.contact.url for notice in said_here if notice.contact}
        assert all(url.startswith("https://") for url in linked)


@settings(max_examples=80)
@given(places, states, st.booleans())
def test_any_state_anywhere_is_within_every_limit(place: Place, state: State, stored: bool) -> None:
    view = check(DIALOGUE.show(place, state), None if stored else state, unread(place))
    assert CANARY not in repr(view)


@settings(max_examples=60)
@given(states)
def test_what_could_not_be_stored_is_in_the_view_and_no_word_of_theirs(state: State) -> None:
    view = check(DIALOGUE.show(PLACE, state), state)
    read = parse(view["callback_id"], view["private_metadata"])
    assert read is not None
    assert read.state is not None
    assert read.state.answers.danger == state.answers.danger
    assert CANARY not in repr(view)


@settings(max_examples=40)
@given(places, st.sampled_from(["en", "en-GB", "xx"]))
def test_the_page_of_the_app_is_within_every_limit_anywhere(place: Place, language: str) -> None:
    check_home(RENDERER.home(DIALOGUE.welcome(place), language))


@settings(max_examples=25)
@given(places)
def test_help_beside_a_press_and_the_answer_to_whoever_writes_are_within_every_limit(place: Place) -> None:
    check_message(RENDERER.aside(DIALOGUE.help(place), KEY, "en"))
    check_message(RENDERER.aside(DIALOGUE.help(place), None, "en"))
    check_message(RENDERER.written("en"))
    check_modal(RENDERER.closed("en"))
    check_modal(RENDERER.code_form("en"))


@pytest.mark.parametrize("fault", [None, "wrong", "empty", "slow"])
@pytest.mark.parametrize("place", [PLACE, PRACTICE, NO_DESK])
def test_what_became_of_a_report_by_its_code_is_within_every_limit(place: Place, fault: str | None) -> None:
    view = check(my_report.card(place, fault=fault), told=() if fault else unread(place))
    assert {"help", "hide"} <= set(pressable(view))


# Ways out.


@pytest.mark.parametrize("which", Standing)
@pytest.mark.parametrize("at", CARDS)
def test_every_button_of_a_card_can_be_pressed_and_none_twice(at: str, which: Standing) -> None:
    for evidence, runs in product((None, Evidence(messages=1)), YesNo):
        state = msgspec.structs.replace(state_at(at, Answers(runs_place=runs)), evidence=evidence)
        card = DIALOGUE.show(standing(which), state)
        assert isinstance(card, Card)
        assert sorted(pressable(rendered(card))) == sorted(button.id for button in card.buttons)


@settings(max_examples=60)
@given(places, states)
def test_no_state_has_a_button_that_cannot_be_pressed(place: Place, state: State) -> None:
    screen = DIALOGUE.show(place, state)
    view = check(screen, state)
    if isinstance(screen, Card):
        assert sorted(pressable(view)) == sorted(button.id for button in screen.buttons)
        assert set(answered_by(view)) == {q.id for q in screen.questions if q.ask is not Ask.TEXT}


def answered_by(view: View) -> set[str]:
    """Every question that can be answered here."""
    inside = [element["action_id"] for _, element in elements(view["blocks"])]
    questions = {name.removeprefix(QUESTION) for name in inside if name.startswith(QUESTION)}
    return questions | {name.split(".")[1] for name in inside if name.startswith(OPTION)}


@pytest.mark.parametrize("which", Standing)
@pytest.mark.parametrize("at", CARDS)
def test_the_danger_exit_is_on_every_card_and_red(at: str, which: Standing) -> None:
    card = DIALOGUE.show(standing(which), state_at(at))
    exits = [
        element
        for _, element in elements(rendered(card)["blocks"])
        if element["action_id"] == f"{BUTTON}help"
    ]
    if card.id == "help":
        assert exits == []
    else:
        assert [(one["style"], one["text"]["text"]) for one in exits] == [("danger", "Get help now")]


@pytest.mark.parametrize("at", sorted(set(CARDS) - {"hidden"}))
def test_hide_this_is_how_every_card_closes(at: str) -> None:
    view = rendered(DIALOGUE.show(PLACE, state_at(at)))
    assert view["close"]["text"] == "Hide this"
    assert view["notify_on_close"] is True


def test_a_form_closes_by_going_back() -> None:
    assert form_of(DIALOGUE.show(PLACE, State(at="more")))["close"]["text"] == "Back"


@pytest.mark.parametrize("at", SCREENS)
def test_practice_stands_above_all_on_every_screen(at: str) -> None:
    view = check(DIALOGUE.show(PRACTICE, state_at(at)))
    assert words(view["blocks"])[0].startswith("Practice: nobody reads this.")
    assert "Practice" not in said(check(DIALOGUE.show(PLACE, state_at(at))))


def test_practice_stands_above_all_in_the_page_of_the_app_and_beside_a_press() -> None:
    page = RENDERER.home(DIALOGUE.welcome(PRACTICE), "en")
    assert words(page["blocks"])[0].startswith("Practice: nobody reads this.")
    beside = RENDERER.aside(DIALOGUE.help(PRACTICE), KEY, "en")
    assert "Practice: nobody reads this." in said(beside)


def test_the_closed_view_says_nothing_of_what_it_was_and_carries_nothing() -> None:
    view = RENDERER.closed("en")
    assert set(view) == {"type", "title", "close", "blocks"}
    assert words(view) == ["Closed", "This is closed.", "Close"]


# What a view says of itself.


@pytest.mark.parametrize("at", sorted(SCREENS))
def test_every_view_tells_its_screen_its_draft_and_which_button_its_submit_is(at: str) -> None:
    state = state_at(at)
    screen = DIALOGUE.show(PLACE, state)
    view = check(screen, state)
    read = parse(view["callback_id"], view["private_metadata"])
    assert read is not None
    assert (read.key, read.screen) == (KEY, screen.id)
    assert (read.submit is None) == ("submit" not in view)


def test_what_the_place_reads_and_what_was_sent_travels_with_the_view() -> None:
    card = DIALOGUE.show(PLACE, state_at("sent"))
    assert isinstance(card, Card)
    for flags in range(8):
        sent, around, outside = (bool(flags & bit) for bit in (1, 2, 4))
        made = Carry(key=KEY, sent=sent, reads_around=around, may_be_let_in=outside)
        view = RENDERER.card(card, made, "en")
        read = parse(view["callback_id"], view["private_metadata"])
        assert read is not None
        assert (read.sent, read.reads_around, read.may_be_let_in) == (sent, around, outside)


def test_three_thousand_characters_of_anything_leave_a_view_that_slack_takes() -> None:
    for symbol in ("a", "é", "漢", "🏴", "\u202e"):
        answers = Answers(own_words=symbol * 3000, about=symbol * 3000, contact=symbol * 3000)
        view = check(DIALOGUE.show(PLACE, State(answers=answers)), State(answers=answers))
        assert length(view["private_metadata"]) <= METADATA
        assert symbol * 3 not in said(view)


# A modal's own buttons.


@pytest.mark.parametrize("language", TEXTS.languages)
def test_what_a_submit_says_is_never_more_than_24_characters(language: str) -> None:
    """All buttons that any screen makes its submit, in every standing."""
    seen = set()
    for which, at, reference in product(Standing, SCREENS, (None, REFERENCE)):
        state = msgspec.structs.replace(state_at(at), reference=reference)
        screen = DIALOGUE.show(standing(which), state)
        view = (
            RENDERER.form(screen, carry(), language)
            if isinstance(screen, Form)
            else RENDERER.card(screen, carry(), language)
        )
        if "submit" in view:
            seen.add(view["callback_id"].rpartition(".")[2])
            assert length(view["submit"]["text"]) <= OF_A_MODAL
    assert seen >= {"send", "next", "country", "check", "try_again"}


def test_a_label_too_long_for_a_submit_has_a_shorter_one_of_its_own() -> None:
    view = check(DIALOGUE.show(PLACE, State(at="country")))
    assert view["submit"]["text"] == "Use this country"
    assert length(TEXTS.say(Say("button-use-country"), "en")) > OF_A_MODAL


def test_a_label_that_fits_stands_in_the_dialogues_own_words() -> None:
    assert check(DIALOGUE.show(PLACE, State()))["submit"]["text"] == "Send to the safety team"


def test_a_button_that_only_opens_a_page_is_no_submit() -> None:
    url = "https://www.ceop.police.uk/Safety-Centre/"
    button = Button(id="ceop", label=Say("button-send"), style=Style.PRIMARY, url=url)
    view = check(Card(id="first", title=Say("title-first"), notices=lead(), buttons=(button,)))
    assert "submit" not in view
    ((_, pressed),) = elements(view["blocks"])
    assert (pressed["action_id"], pressed["url"]) == (f"{PAGE}0", url)


def lead() -> tuple[Notice, ...]:
    return (Notice(text=Say("first-lead"), kind=NoticeKind.LEAD),)


# What was chosen.


def test_yes_now_is_a_button_of_its_own_and_red_and_stays_so_when_chosen() -> None:
    for answers in (Answers(), Answers(danger=YesNo.YES)):
        view = check(DIALOGUE.show(PLACE, State(answers=answers)))
        found = {e["action_id"]: e for _, e in elements(view["blocks"]) if e["action_id"].startswith(OPTION)}
        assert list(found) == [f"{OPTION}danger.{value}" for value in ("yes", "no", "not_sure")]
        assert found[f"{OPTION}danger.yes"]["style"] == "danger"
        assert {each["type"] for each in found.values()} == {"button"}


@pytest.mark.parametrize(("danger", "runs"), list(product([YesNo.NO, YesNo.NOT_SURE], YesNo)))
def test_a_choice_made_is_shown_as_made(danger: YesNo, runs: YesNo) -> None:
    answers = Answers(danger=danger, category=Category.BULLYING, runs_place=runs)
    view = check(DIALOGUE.show(PLACE, State(answers=answers)))
    assert chosen(view) == {"danger": danger.value, "category": "bullying", "runs_place": runs.value}


def test_nothing_is_shown_as_chosen_before_anything_is() -> None:
    assert chosen(check(DIALOGUE.show(PLACE, State()))) == {}


@settings(max_examples=60)
@given(states)
def test_of_any_state_what_was_chosen_is_shown_and_what_was_typed_is_not(state: State) -> None:
    screen = DIALOGUE.show(PLACE, state)
    view = check(screen, state)
    offered = {q.id: q for q in screen.questions if q.ask is not Ask.TEXT}
    assert chosen(view) == {name: q.value for name, q in offered.items() if q.value is not None}
    assert not any("initial_value" in element for _, element in elements(view["blocks"]))


def test_a_list_too_long_for_radios_is_a_select_and_says_how_to_choose() -> None:
    view = check(DIALOGUE.show(PLACE, State()))
    kinds = {e["action_id"]: e for _, e in elements(view["blocks"]) if e["action_id"].startswith(QUESTION)}
    assert kinds[f"{QUESTION}category"]["type"] == "static_select"
    assert kinds[f"{QUESTION}category"]["placeholder"]["text"] == "Choose what fits best"
    assert kinds[f"{QUESTION}runs_place"]["type"] == "radio_buttons"
    assert length(kinds[f"{QUESTION}category"]["placeholder"]["text"]) <= 150


def test_a_question_on_a_card_without_a_submit_is_told_at_once() -> None:
    view = check(DIALOGUE.show(NO_DESK, State(at="hand_off")))
    assert "submit" not in view
    block = next(b for b, e in elements(view["blocks"]) if e["action_id"] == f"{QUESTION}category")
    assert block["type"] == "actions"


def test_nothing_has_to_be_answered() -> None:
    for at in SCREENS:
        view = check(DIALOGUE.show(PLACE, state_at(at)))
        assert all(block["optional"] for block, _ in elements(view["blocks"]) if block["type"] == "input")


def test_a_card_asks_for_no_text() -> None:
    for at, moderators in product(CARDS, (True, False)):
        place = msgspec.structs.replace(PLACE, moderators_may_handle=moderators)
        view = check(DIALOGUE.show(place, state_at(at, Answers(category=Category.BULLYING))))
        assert not list(pieces(view, "plain_text_input"))


# The form.


def test_the_form_opens_empty_and_answers_under_the_names_of_its_questions() -> None:
    state = State(at="more", answers=Answers(own_words=CANARY, about=CANARY))
    view = check(DIALOGUE.show(PLACE, state), state)
    fields = [element for block, element in elements(view["blocks"]) if block["type"] == "input"]
    assert [field["action_id"] for field in fields] == [
        f"{QUESTION}{name}" for name in ("own_words", "about", "who", "age")
    ]
    assert [field.get("multiline") for field in fields] == [True, False, None, None]
    assert {field["max_length"] for field in fields[:2]} == {int(Limit.TEXT)}
    assert chosen(view) == {}
    assert "It is kept." in said(view)


def test_the_form_says_first_that_nothing_is_sent_and_whom_to_call() -> None:
    view = check(DIALOGUE.show(PLACE, State(at="more")))
    assert words(view["blocks"])[0].startswith("This is not sent yet. In danger? Call 999 now.")


def test_the_code_form_fills_nothing_in_and_has_help_on_it() -> None:
    view = RENDERER.code_form("en")
    read = parse(view["callback_id"], view["private_metadata"])
    assert read is not None
    assert (read.screen, read.submit) == ("my_reports", "look")
    inside = {element["action_id"]: element for _, element in elements(view["blocks"])}
    assert set(inside) == {f"{QUESTION}reference", f"{BUTTON}help"}
    assert inside[f"{QUESTION}reference"]["max_length"] == my_report.LONGEST
    assert "initial_value" not in inside[f"{QUESTION}reference"]


def test_two_code_forms_share_no_draft() -> None:
    assert RENDERER.code_form("en")["private_metadata"] != RENDERER.code_form("en")["private_metadata"]


# What is said, and how.


def test_danger_to_life_stands_above_all_else_but_practice_in_large_letters() -> None:
    for place, above in ((PLACE, 0), (PRACTICE, 1)):
        blocks = check(DIALOGUE.help(place))["blocks"]
        assert blocks[above]["type"] == "header"
        assert "999" in blocks[above]["text"]["text"]


def test_the_code_stands_in_a_block_of_its_own() -> None:
    view = check(DIALOGUE.show(PLACE, state_at("sent")))
    blocks = list(pieces(view, "rich_text_preformatted"))
    assert [words([block]) for block in blocks] == [[REFERENCE]]


def test_the_text_to_keep_stands_in_a_block_that_no_name_can_leave() -> None:
    place = msgspec.structs.replace(NO_DESK, community_name="a ``` *b* <!channel>")
    view = check(DIALOGUE.show(place, State()))
    (block,) = pieces(view, "rich_text_preformatted")
    assert "a ``` *b* <!channel>" in block["elements"][0]["text"]


def test_small_print_stands_below_all_questions_and_above_the_buttons() -> None:
    kinds = [block["type"] for block in check(DIALOGUE.show(PLACE, State()))["blocks"]]
    assert kinds[-2:] == ["context", "actions"]
    assert kinds.count("context") == 1


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "http://plain.example/", "https://a b", "//a.example", "https://a>.example"],
)
def test_no_other_address_becomes_a_link(url: str) -> None:
    notice = Notice(
        text=Say("child-chat-page", {"name": "x", "how": url}), contact=Contact(name="x", url=url)
    )
    button = Button(id="o", label=Say("button-send"), url=url)
    view = check(Card(id="first", title=Say("title-first"), notices=(notice,), buttons=(button,)))
    assert list(pieces(view, "link")) == []
    assert list(elements(view["blocks"])) == []


# Names from outside.


def literal(part: Any) -> Iterator[str]:
    """Every type of text object and element that a name stands in."""
    if isinstance(part, Mapping):
        yield from [str(part["type"])] if "type" in part else []
        for each in part.values():
            yield from literal(each)
    elif isinstance(part, list):
        for each in part:
            yield from literal(each)


def every_view(place: Place) -> Iterator[Json]:
    """All that people are shown, in one place."""
    for at in SCREENS:
        yield check(DIALOGUE.show(place, state_at(at)))
    yield RENDERER.home(DIALOGUE.welcome(place), "en")
    yield RENDERER.aside(DIALOGUE.help(place), KEY, "en")
    yield check(my_report.card(place), told=unread(place))


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("which", [Standing.LEAD, Standing.NONE])
def test_a_hostile_name_stands_there_as_it_is_and_changes_nothing_else(name: str, which: Standing) -> None:
    seen = 0
    shown = plain(name).replace("\ue000", "")
    for hostile, harmless in zip(
        every_view(named(name, standing(which))), every_view(named("NAME", standing(which))), strict=True
    ):
        for text, expected in zip(words(hostile), words(harmless), strict=True):
            assert text.replace("\ue000", "") == expected.replace("NAME", shown)
            seen += expected.count("NAME")
        assert list(literal(hostile)) == list(literal(harmless))
    assert seen > 0


@settings(max_examples=15)
@given(names)
def test_nothing_a_name_holds_is_markup_a_link_or_a_mention(name: str) -> None:
    for view in every_view(named(name)):
        assert "mrkdwn" not in set(literal(view))
        assert {"user", "usergroup", "broadcast", "channel", "emoji", "color"}.isdisjoint(literal(view))
        assert all(each.get("emoji") is False for each in pieces(view, "plain_text"))
        assert all(name not in str(each["url"]) for each in pieces(view, "link") if len(name) > 2)


# What became of it.


def test_each_reader_sees_their_own_time() -> None:
    told = (ToldLine(text=Say("told-read"), at=NOON),)
    view = check(DIALOGUE.show(PLACE, state_at("sent")), told=told)
    (moment,) = pieces(view, "date")
    assert moment["timestamp"] == int(NOON.timestamp())
    assert "{time}" in moment["format"]
    assert moment["fallback"] == "22 Nov, 12:00 UTC"


def test_what_became_of_it_stands_beside_its_code() -> None:
    told = (ToldLine(text=Say("told-stored"), at=NOON), ToldLine(text=Say("told-not-read")))
    read = words(check(DIALOGUE.show(PLACE, state_at("sent")), told=told))
    at = next(number for number, text in enumerate(read) if text.startswith("Stored at"))
    assert REFERENCE in read[at - 2 : at]
    assert read[at].endswith("Not opened yet.")


def test_where_there_is_no_code_what_became_of_it_stands_above() -> None:
    told = (ToldLine(text=Say("told-read"), at=NOON),)
    assert words(check(my_report.card(PLACE), told=told)["blocks"])[0].startswith("Read at")


def test_a_warning_stands_above_all_in_large_letters_and_its_numbers_are_not_said_twice() -> None:
    view = check(DIALOGUE.show(PLACE, state_at("sent")), told=unread(PLACE))
    first, second = view["blocks"][:2]
    assert first["text"]["text"] == "Nobody has opened this yet. Please call now."
    assert "999" in "".join(words([second]))
    assert said(view).count("0800 1111") == 1


def test_a_warning_stands_below_practice_only() -> None:
    view = check(DIALOGUE.show(PRACTICE, state_at("sent")), told=unread(PRACTICE))
    first, second = words(view["blocks"])[:2]
    assert first.startswith("Practice")
    assert second == "Nobody has opened this yet. Please call now."


# The page of the app, and messages.


def test_the_page_of_the_app_is_the_same_for_everybody() -> None:
    one, other = (RENDERER.home(DIALOGUE.welcome(PLACE), "en") for _ in range(2))
    assert one == other
    assert "lb1.home." in one["private_metadata"]
    assert KEY.text not in repr(one)


@pytest.mark.parametrize(
    "change",
    [
        {"community_name": "Elsewhere"},
        {"standing": Standing.PRACTICE},
        {"country": "CH"},
        {"desk_name": "The other team"},
        {"app_run_by": "Somebody"},
    ],
    ids=str,
)
def test_what_the_page_says_of_itself_changes_with_what_stands_there(change: dict[str, Any]) -> None:
    before = RENDERER.home(DIALOGUE.welcome(PLACE), "en")
    after = RENDERER.home(DIALOGUE.welcome(msgspec.structs.replace(PLACE, **change)), "en")
    assert before["private_metadata"] != after["private_metadata"]


def test_the_ways_in_stand_on_the_page_above_whom_to_call() -> None:
    view = RENDERER.home(DIALOGUE.welcome(PLACE), "en")
    ways = [element["action_id"] for _, element in elements(view["blocks"])]
    assert ways == [f"{OPEN}{way}" for way in ("report", "help", "advice", "my_reports")]
    kinds = [block["type"] for block in view["blocks"]]
    assert "999" in "".join(words(view["blocks"][kinds.index("actions") + 1 :]))


def test_the_answer_to_whoever_writes_names_nothing_of_what_it_is_about() -> None:
    read = said(RENDERER.written("en")).lower()
    for word in ("report", "safety", "danger", "abuse", "police", "child", "team", "999"):
        assert word not in read
    assert [e["action_id"] for _, e in elements(RENDERER.written("en")["blocks"])] == [
        f"{OPEN}report",
        f"{OPEN}help",
    ]


def test_help_beside_a_press_is_seen_by_who_pressed_alone_and_goes_on_with_their_draft() -> None:
    message = RENDERER.aside(DIALOGUE.help(PLACE), KEY, "en")
    assert message["response_type"] == "ephemeral"
    for word in ("999", "0800 1111", "childline.org.uk", "55"):
        assert word in said(message)
    ways = {element["action_id"]: element.get("value") for _, element in elements(message["blocks"])}
    assert ways == dict.fromkeys([f"{OPEN}report", f"{OPEN}help", f"{OPEN}hide"], KEY.text)
    assert message["text"] == "This did not open. Nothing is sent."


def test_help_beside_a_press_that_captured_nothing_carries_no_draft() -> None:
    message = RENDERER.aside(DIALOGUE.help(PLACE), None, "en")
    assert not any("value" in element for _, element in elements(message["blocks"]))


# What no screen of today has, and one of tomorrow may.


def test_a_text_asked_on_a_card_is_left_to_forms() -> None:
    asked = Question(id="contact", label=Say("question-category"), ask=Ask.TEXT)
    view = check(Card(id="first", title=Say("title-first"), notices=lead(), questions=(asked,)))
    assert list(elements(view["blocks"])) == []


def test_more_small_print_than_fits_is_cut_and_never_refused() -> None:
    small = tuple(Notice(text=Say("unlock"), kind=NoticeKind.SMALL) for _ in range(12))
    view = check(Card(id="first", title=Say("title-first"), notices=(*lead(), *small), buttons=()))
    (context,) = pieces(view, "context")
    assert len(context["elements"]) == 10


def test_a_warning_too_long_for_a_headline_is_said_in_bold() -> None:
    long = Notice(text=Say("not-shown", {"community": "x" * 140}), kind=NoticeKind.DANGER)
    view = check(Card(id="first", title=Say("title-first"), notices=(long,), buttons=()))
    assert view["blocks"][0]["type"] == "rich_text"
    astral = Notice(text=Say("not-shown", {"community": "🏴" * 60}), kind=NoticeKind.DANGER)
    check(Card(id="first", title=Say("title-first"), notices=(astral,), buttons=()))


# What the desk wrote.


@pytest.mark.parametrize("texts", [WORST, MANY], ids=["worst", "many"])
def test_whatever_the_desk_wrote_is_within_every_limit_on_each_screen(texts: tuple[str, ...]) -> None:
    check_reading(check, DIALOGUE, NOON, texts)


def test_answering_and_what_came_of_it_are_within_every_limit() -> None:
    check_answering(check, DIALOGUE)


def test_words_of_the_desk_are_plain_text() -> None:
    (told,) = written(DIALOGUE, NOON, "*b* @everyone <@U1> <https://evil.example|x>", "second\nline")
    view = check(my_report.card(PLACE), told=told)
    texts = [block["text"] for block in view["blocks"] if block["type"] == "section"]
    assert [(text["type"], text["emoji"]) for text in texts] == [("plain_text", False)] * 2
    assert [text["text"] for text in texts] == [
        "*b* @everyone <@U1> <https://evil.example|x>",
        "second\nline",
    ]
