"""Every screen there is, as Discord is sent it: within every limit, and with the worst of names."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import discord
import msgspec
import pytest
import simcord
from discord import ui
from discord.ext import commands
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.discord.custom_ids import CustomId, new_opening, parse
from bots.discord.outbound import CALM, CHOSEN, DANGER, Carry, Renderer, escape, link
from core.advice.helplines import HelpBook
from core.chat import my_report
from core.dialogue.cards import SCREENS
from core.dialogue.flow import Dialogue
from core.dialogue.model import (
    Button,
    Card,
    Contact,
    Duty,
    Evidence,
    Form,
    Limit,
    Notice,
    NoticeKind,
    Option,
    Outcome,
    Place,
    Question,
    Say,
    Screen,
    State,
)
from core.dialogue.texts import Texts, plain
from core.evidence.drafts import KEY_BYTES, DraftKey
from core.reports.categories import Categories
from core.reports.model import Answers, Category, Standing, YesNo
from core.reports.told import UNREAD_AFTER, Told, ToldLine, lines
from core.settings.shipped import config_dir
from tests.conversation_words import MANY, WORST, check_answering, check_reading, written
from tests.dialogue_room import CANARY, NO_DESK, PLACE, PRACTICE, REFERENCE, places, states
from tests.discord_payloads import (
    BUTTON,
    CONTAINER,
    LABEL,
    SELECT,
    TEXT,
    Component,
    check_message,
    check_modal,
    components_of,
    custom_ids,
    of_type,
    texts,
    walk,
)

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
    "**bold** __under__ ~~gone~~ ||hid||",
    "# a heading",
    "-# small",
    "> quoted",
    "- item",
    "1. item",
    "@everyone @here <@123456> <@&1> <#1>",
    "https://evil.example/x",
    "[safe](https://evil.example)",
    "discord.gg/evil",
    ":skull: <:x:1> <a:x:1> <t:1:R> </x:1>",
    "`code` ```block```",
    "\\",
    "a\nb\n## c",
    "h\u200bttps://e\u200bvil.example",
    "evil@example.com",
    "\u202eevil\u2066",
]

Payload = list[Component]


def carry(state: State | None = None) -> Carry:
    return Carry(key=KEY, opening="Ab3_-z", unstored=state)


def rendered(card: Screen, state: State | None = None, told: tuple[ToldLine, ...] = ()) -> Payload:
    assert isinstance(card, Card)
    return components_of(RENDERER.card(card, carry(state), "en", told))


def modal(form: Screen, state: State | None = None) -> dict[str, Any]:
    assert isinstance(form, Form)
    return RENDERER.form(form, carry(state), "en").to_dict()


def check(screen: Screen, state: State | None = None, told: tuple[ToldLine, ...] = ()) -> Payload:
    """The components of whatever `screen` is, held to every limit."""
    if isinstance(screen, Form):
        opened = modal(screen, state)
        check_modal(opened)
        components: Payload = opened["components"]
        return components
    payload = rendered(screen, state, told)
    check_message(payload)
    return payload


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


def unread(place: Place) -> tuple[ToldLine, ...]:
    """The most that is ever told: the warning with all numbers, and what was done."""
    stored = NOON - timedelta(hours=1)
    told = Told(known=True, asked=False, urgent=True, stored_at=stored, received_at=stored)
    return lines(told, NOON, UNREAD_AFTER, DIALOGUE.help(place))


def said(payload: Payload) -> str:
    return "\n".join(texts(payload))


def bare(text: str) -> str:
    """A text without what is escaped in it."""
    return re.sub(r"\\[^0-9A-Za-z\s]", "", text)


def reds(payload: Payload) -> Payload:
    return [box for box in payload if box.get("accent_color") == DANGER]


# Limits.


@pytest.mark.parametrize("standing", Standing)
@pytest.mark.parametrize("category", Category)
def test_every_screen_of_every_kind_and_standing_is_within_every_limit(
    category: Category, standing: Standing
) -> None:
    desk = None if standing is Standing.NONE else PLACE.desk
    place = named("*" * 80, msgspec.structs.replace(PLACE, standing=standing, desk=desk))
    night = msgspec.structs.replace(place, duty=Duty(opens="8:00"))
    for at, where, runs in product(SCREENS, (place, night), YesNo):
        state = state_at(at, Answers(danger=YesNo.YES, category=category, runs_place=runs))
        check(DIALOGUE.show(where, state), state, unread(where) if at == "sent" else ())


@pytest.mark.parametrize("country", sorted(HELPLINES.countries))
def test_every_screen_in_every_country_is_within_every_limit_and_links_only_to_our_data(country: str) -> None:
    place = named("_" * 80, msgspec.structs.replace(PLACE, country=country, staff_route=False))
    night = msgspec.structs.replace(place, duty=Duty(opens="8:00"))
    kinds = (Category.SEXUAL_EXTORTION, Category.CSAM_FOUND, Category.SELF_HARM, Category.UNSPECIFIED)
    for at, category, runs in product(SCREENS, kinds, (YesNo.YES, YesNo.NO)):
        state = state_at(at, Answers(category=category, runs_place=runs))
        screen = DIALOGUE.show(night, state)
        payload = check(screen, state, unread(night) if at == "sent" else ())
        ours = {notice.contact.url for notice in _contacts(screen, night) if notice.contact}
        links = re.findall(r"<(https://[^>]+)>", said(payload))
        assert set(links) <= ours
        assert said(payload).count("://") == len(links)


def _contacts(screen: Screen, place: Place) -> Iterator[Notice]:
    yield from screen.notices if isinstance(screen, Card) else ()
    yield from (notice for line in unread(place) for notice in line.contacts)


@settings(max_examples=300)
@given(places, states, st.booleans())
def test_any_state_anywhere_is_within_every_limit(place: Place, state: State, stored: bool) -> None:
    payload = check(DIALOGUE.show(place, state), None if stored else state, unread(place))
    assert CANARY not in repr(payload)


@given(states)
def test_what_could_not_be_stored_is_in_every_id_and_no_word_of_theirs(state: State) -> None:
    screen = DIALOGUE.show(PLACE, state)
    payload = check(screen, state)
    ids = custom_ids(payload) if isinstance(screen, Card) else [modal(screen, state)["custom_id"]]
    assert ids
    for text in ids:
        read = parse(text)
        assert read is not None
        assert read.carried is not None
        assert read.carried.answers.danger == state.answers.danger


# Ways out.


@pytest.mark.parametrize("standing", Standing)
@pytest.mark.parametrize("at", CARDS)
def test_the_danger_exit_is_on_every_card_and_red(at: str, standing: Standing) -> None:
    desk = None if standing is Standing.NONE else PLACE.desk
    place = msgspec.structs.replace(PLACE, standing=standing, desk=desk)
    card = DIALOGUE.show(place, state_at(at))
    exits = [
        button
        for button in of_type(rendered(card), BUTTON)
        if (read := parse(button["custom_id"])) and read.button == "help"
    ]
    if card.id == "help":
        assert exits == []
    else:
        assert [(one["style"], one["label"]) for one in exits] == [(4, "Get help now")]


@pytest.mark.parametrize("at", sorted(set(CARDS) - {"hidden"}))
def test_hide_this_is_on_every_card(at: str) -> None:
    pressed = [parse(text) for text in custom_ids(rendered(DIALOGUE.show(PLACE, state_at(at))))]
    assert "hide" in [read.button for read in pressed if read]


@pytest.mark.parametrize("at", SCREENS)
def test_practice_stands_above_all_on_every_screen(at: str) -> None:
    payload = check(DIALOGUE.show(PRACTICE, state_at(at)))
    assert payload[0]["type"] == TEXT
    assert payload[0]["content"].removeprefix("## ").startswith("Practice: nobody reads this.")
    assert "Practice" not in said(check(DIALOGUE.show(PLACE, state_at(at))))


def test_the_closed_view_says_nothing_of_what_it_was() -> None:
    payload = components_of(RENDERER.closed("en"))
    check_message(payload)
    assert payload == [{"type": TEXT, "content": "This is closed."}]


# Ids.


@pytest.mark.parametrize("at", CARDS)
def test_every_press_on_a_card_tells_its_screen_draft_and_opening(at: str) -> None:
    card = DIALOGUE.show(PLACE, state_at(at))
    assert isinstance(card, Card)
    read = [parse(text) for text in custom_ids(rendered(card))]
    for found in read:
        assert found is not None
        assert (found.key, found.screen, found.opening) == (KEY, card.id, "Ab3_-z")
        assert (found.button is None) != (found.question is None)
    assert [found.button for found in read if found and found.button] == [one.id for one in card.buttons]


def test_a_question_few_can_answer_by_a_press_and_of_many_by_a_list() -> None:
    payload = rendered(DIALOGUE.show(PLACE, State()))
    read = [parse(text) for text in custom_ids(payload)]
    asked = [(one.question, one.value) for one in read if one and one.question]
    yes_no = ["yes", "no", "not_sure"]
    danger, staff = [("danger", one) for one in yes_no], [("runs_place", one) for one in yes_no]
    assert asked == [*danger, ("category", None), *staff]
    (categories,) = of_type(payload, SELECT)
    assert len(categories["options"]) == len(Category)
    assert categories["placeholder"] == "Choose what fits best"
    assert all(option["description"] for option in categories["options"])


def test_two_openings_of_one_screen_share_no_id() -> None:
    def ids(screen: Screen) -> set[str]:
        opened = Carry(key=KEY, opening=new_opening())
        if isinstance(screen, Form):
            return {str(RENDERER.form(screen, opened, "en").custom_id)}
        return set(custom_ids(components_of(RENDERER.card(screen, opened, "en"))))

    for at in SCREENS:
        screen = DIALOGUE.show(PLACE, state_at(at))
        assert not ids(screen) & ids(screen)


# What was chosen.


def test_a_choice_made_is_marked_by_a_sign_too() -> None:
    answers = Answers(danger=YesNo.NO, category=Category.BULLYING, runs_place=YesNo.NOT_SURE)
    payload = rendered(DIALOGUE.show(PLACE, State(answers=answers)))
    marked = [one["label"] for one in of_type(payload, BUTTON) if one["label"].startswith(CHOSEN)]
    assert marked == [f"{CHOSEN}No", f"{CHOSEN}Not sure"]
    (categories,) = of_type(payload, SELECT)
    assert [one["value"] for one in categories["options"] if one["default"]] == ["bullying"]


def test_nothing_is_marked_before_anything_is_chosen() -> None:
    payload = rendered(DIALOGUE.show(PLACE, State()))
    assert CHOSEN not in repr(payload)
    assert "'default': True" not in repr(payload)


def test_yes_now_is_red_and_stays_red_when_chosen() -> None:
    for answers in (Answers(), Answers(danger=YesNo.YES)):
        payload = rendered(DIALOGUE.show(PLACE, State(answers=answers)))
        (now,) = [one for one in of_type(payload, BUTTON) if "Yes, now" in one["label"]]
        assert now["style"] == 4


# The form.


def test_the_form_opens_empty_and_answers_under_the_names_of_its_questions() -> None:
    words = Answers(own_words=CANARY, about=CANARY, who=None)
    state = State(at="more", answers=words)
    opened = modal(DIALOGUE.show(PLACE, state), state)
    check_modal(opened)
    fields = [label["component"] for label in of_type(opened["components"], LABEL)]
    assert [field["custom_id"] for field in fields] == ["own_words", "about", "who", "age"]
    assert [field["type"] for field in fields] == [4, 4, 21, 21]
    assert [field.get("style") for field in fields] == [2, 1, None, None]
    assert {field["max_length"] for field in fields[:2]} == {int(Limit.TEXT)}
    assert CANARY not in repr(opened)
    assert "'default': True" not in repr(opened)
    assert "It is kept." in repr(opened)


def test_the_form_says_first_that_nothing_is_sent_and_whom_to_call() -> None:
    first = modal(DIALOGUE.show(PLACE, State(at="more")))["components"][0]
    assert first["type"] == TEXT
    assert first["content"].startswith("This is not sent yet. In danger? Call 999 now.")


def test_the_submitted_form_tells_which_draft_it_is_of() -> None:
    state = State(at="more", answers=Answers(danger=YesNo.NO))
    read = parse(modal(DIALOGUE.show(PLACE, state), state)["custom_id"])
    assert read is not None
    assert (read.key, read.screen, read.button) == (KEY, "more", "next")
    assert read.carried is not None
    assert read.carried.answers.danger is YesNo.NO


def test_a_choice_of_more_than_ten_in_a_form_is_a_list() -> None:
    options = tuple(Option(value=f"v{one}", label=Say("button-send")) for one in range(11))
    asked = Question(id="category", label=Say("question-category"), options=options, value="v3")
    form = DIALOGUE.show(PLACE, State(at="more"))
    assert isinstance(form, Form)
    opened = modal(msgspec.structs.replace(form, questions=(asked,)))
    check_modal(opened)
    (field,) = of_type(opened["components"], SELECT)
    assert [one["value"] for one in field["options"] if one["default"]] == ["v3"]


# What is said, and how.


def test_red_is_only_beside_danger_to_life() -> None:
    for at in CARDS:
        card = DIALOGUE.show(PLACE, state_at(at))
        assert isinstance(card, Card)
        boxes = reds(rendered(card))
        assert len(boxes) == any(notice.kind is NoticeKind.DANGER for notice in card.notices)
        assert all("999" in said([box]) for box in boxes)
        assert {box["accent_color"] for box in of_type(rendered(card), CONTAINER)} <= {CALM, DANGER}


def test_help_begins_with_the_number_in_red_and_large() -> None:
    box = rendered(DIALOGUE.help(PLACE))[0]
    assert box["accent_color"] == DANGER
    assert "## Call **999** now (United Kingdom)." in texts([box])


def test_what_became_of_it_is_said_before_whom_else_to_call_after_sending() -> None:
    first, second, *_ = rendered(DIALOGUE.show(PLACE, state_at("sent")))
    assert (first["accent_color"], second["accent_color"]) == (CALM, DANGER)
    assert "It's sent." in said([first])


def test_the_code_stands_in_a_block_of_its_own() -> None:
    payload = rendered(DIALOGUE.show(PLACE, state_at("sent")))
    assert f"Your code is\n```\n{REFERENCE}\n```\nKeep it where only you look." in texts(payload)


def test_the_text_to_keep_is_a_block_that_no_name_can_leave() -> None:
    place = msgspec.structs.replace(NO_DESK, community_name="a ``` **b**")
    blocks = [text for text in texts(rendered(DIALOGUE.show(place, State()))) if text.startswith("```")]
    assert len(blocks) == 1
    assert blocks[0].count("```") == 2
    assert "a ''' **b**" in blocks[0]


def test_small_print_stands_between_the_questions_and_the_buttons() -> None:
    (box,) = rendered(DIALOGUE.show(PLACE, State()))
    kinds = [one["content"][:2] if one["type"] == TEXT else one["type"] for one in box["components"]]
    assert kinds[-3:] == ["-#", 14, 1]
    assert kinds.count("-#") == 1


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://www.childline.org.uk/", "[childline.org.uk](<https://www.childline.org.uk/>)"),
        ("https://a.example/x-1?y=2", "[a.example/x-1?y=2](<https://a.example/x-1?y=2>)"),
        ("https://a.example/" + "x" * 40, "[a.example](<https://a.example/" + "x" * 40 + ">)"),
        ("https://a.example/_x_", "<https://a.example/_x_>"),
    ],
)
def test_an_address_of_ours_is_a_link_as_people_write_it(url: str, written: str) -> None:
    assert link(url) == written


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "http://plain.example/", "https://a b", "//a.example", "https://a>.example"],
)
def test_no_other_address_becomes_a_link(url: str) -> None:
    contact = Contact(name="x", url=url)
    notice = Notice(text=Say("child-chat-page", {"name": "x", "how": url}), contact=contact)
    button = Button(id="o", label=Say("button-send"), url=url)
    card = Card(id="first", title=Say("title-first"), notices=(notice,), buttons=(button,))
    payload = rendered(card)
    assert "://" not in bare(said(payload))
    assert of_type(payload, BUTTON) == []


def test_a_button_with_a_page_of_ours_opens_it() -> None:
    url = "https://www.ceop.police.uk/Safety-Centre/"
    button = Button(id="ceop", label=Say("button-send"), url=url)
    payload = rendered(Card(id="first", title=Say("title-first"), notices=(), buttons=(button,)))
    check_message(payload)
    assert [(one["style"], one["url"]) for one in of_type(payload, BUTTON)] == [(5, url)]


# Names from outside.


@given(st.text(max_size=80) | st.sampled_from(HOSTILE) | st.text("\\`*_~|<>#[](){}@:./+=!&-1a ", max_size=30))
def test_an_escaped_name_has_no_markup_left_and_reads_the_same(text: str) -> None:
    escaped = escape(text)
    assert not set(bare(escaped)) & set("\\`*_~|<>#[](){}@:./+-")
    assert re.sub(r"\\([^0-9A-Za-z\s])", r"\1", escaped) == plain(text)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("standing", sorted(set(Standing) - {Standing.NONE}))
def test_a_hostile_name_changes_nothing_but_the_name(name: str, standing: Standing) -> None:
    place = msgspec.structs.replace(PLACE, standing=standing)
    seen = 0
    for at in CARDS:
        hostile, harmless = (
            texts(rendered(DIALOGUE.show(named(one, place), state_at(at)))) for one in (name, "NAME")
        )
        for text, expected in zip(hostile, harmless, strict=True):
            if not text.startswith("```"):
                assert text.replace(escape(name), "NAME") == expected
                seen += expected.count("NAME")
    assert seen > 0


# What became of it.


def test_each_reader_sees_their_own_time() -> None:
    told = (ToldLine(text=Say("told-read"), at=NOON),)
    payload = check(DIALOGUE.show(PLACE, state_at("sent")), told=told)
    seconds = int(NOON.timestamp())
    assert f"Read at <t:{seconds}:t> (<t:{seconds}:R>)" in texts(payload)
    assert texts(payload).index("## Sent") < texts(payload).index(
        f"Read at <t:{seconds}:t> (<t:{seconds}:R>)"
    )


def test_a_warning_stands_above_all_in_red_and_its_numbers_are_not_said_twice() -> None:
    payload = check(DIALOGUE.show(PLACE, state_at("sent")), told=unread(PLACE))
    assert texts(payload)[0] == "## Nobody has opened this yet. Please call now."
    assert [box["accent_color"] for box in payload] == [DANGER, CALM]
    assert said(payload).count("0800 1111") == 1
    assert "Call **999** now" in said(reds(payload))


def test_a_warning_stands_below_practice_only() -> None:
    payload = check(DIALOGUE.show(PRACTICE, state_at("sent")), told=unread(PRACTICE))
    assert payload[0]["content"].startswith("## Practice")
    assert payload[1]["accent_color"] == DANGER


# discord.py keeps none of them.


def test_without_a_loop_too_they_are_finished_and_still_say_all() -> None:
    card, form = DIALOGUE.show(PLACE, State()), DIALOGUE.show(PLACE, State(at="more"))
    assert isinstance(card, Card)
    assert isinstance(form, Form)
    for view in (RENDERER.card(card, carry(), "en"), RENDERER.closed("en")):
        assert view.is_finished()
        check_message(components_of(view))
    opened = RENDERER.form(form, carry(), "en")
    assert opened.is_finished()
    check_modal(opened.to_dict())


async def _kept(*, ours: bool) -> tuple[int, int]:
    """How many views and forms discord.py keeps after it sent, changed and opened one."""
    bot = commands.Bot(command_prefix="!", intents=discord.Intents.none())
    card, form = DIALOGUE.show(PLACE, State()), DIALOGUE.show(PLACE, State(at="more"))
    assert isinstance(card, Card)
    assert isinstance(form, Form)

    def view() -> ui.LayoutView:
        if ours:
            return RENDERER.card(card, carry(), "en")
        plain_view = ui.LayoutView(timeout=None)
        plain_view.add_item(ui.ActionRow(ui.Button[Any](label="a", custom_id="a")))
        return plain_view

    @bot.tree.command(name="report", description="r")
    async def report(interaction: discord.Interaction) -> None:
        await interaction.response.send_message(view=view(), ephemeral=True)
        await interaction.edit_original_response(view=view())

    @bot.tree.command(name="more", description="m")
    async def more(interaction: discord.Interaction) -> None:
        other = ui.Modal(title="a", custom_id="a")
        other.add_item(ui.TextDisplay("a"))
        await interaction.response.send_modal(RENDERER.form(form, carry(), "en") if ours else other)

    async with simcord.run(bot, strict_sync=False) as env:
        channel = env.create_guild().create_text_channel("c")
        child = env.guild.add_member(env.create_user("child"))
        await child.slash(channel, "report")
        await child.slash(channel, "more")
        store = bot._connection._view_store
        return len(store._views) + len(store._synced_message_views), len(store._modals)


async def test_discord_py_keeps_no_view_and_no_form_of_ours() -> None:
    assert await _kept(ours=True) == (0, 0)


async def test_discord_py_would_have_kept_others() -> None:
    views, forms = await _kept(ours=False)
    assert views > 0
    assert forms == 1


def test_every_component_of_a_message_is_counted() -> None:
    payload = rendered(DIALOGUE.show(PLACE, State()))
    view = RENDERER.card(DIALOGUE.help(PLACE), carry(), "en")
    assert view.total_children_count == len(list(walk(components_of(view))))
    assert len(list(walk(payload))) > 20


def test_an_id_of_the_renderer_is_the_one_of_the_table() -> None:
    made = CustomId(key=KEY, screen="first", opening="Ab3_-z", button="send").text
    assert made in custom_ids(rendered(DIALOGUE.show(PLACE, State())))


# What the desk wrote.


@pytest.mark.parametrize("texts", [WORST, MANY], ids=["worst", "many"])
def test_whatever_the_desk_wrote_is_within_every_limit_on_each_screen(texts: tuple[str, ...]) -> None:
    check_reading(check, DIALOGUE, NOON, texts)


def test_answering_and_what_came_of_it_are_within_every_limit() -> None:
    check_answering(check, DIALOGUE)


def test_words_of_the_desk_are_no_markup_no_mention_and_no_link() -> None:
    (told,) = written(DIALOGUE, NOON, "**b** @everyone <@1> [x](https://evil.example) # t", "second\nline")
    payload = check(my_report.card(PLACE), told=told)
    quoted = [line for line in said(payload).splitlines() if line.startswith("> ")]
    assert bare(quoted[0]) != quoted[0]
    assert re.sub(r"\\(.)", r"\1", quoted[0]) == "> **b** @everyone <@1> [x](https://evil.example) # t"
    assert not re.search(r"(?<!\\)[*@<\[#:]", quoted[0])
    assert quoted[1:] == ["> second", "> line"]
