"""Every screen there is, in every standing, and with the worst that names and texts can hold."""

from functools import cache

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.web.outbound import HelpView, Pages, View, ways
from core.dialogue.cards import SCREENS
from core.dialogue.flow import Dialogue
from core.dialogue.model import (
    Ask,
    Button,
    Card,
    Contact,
    Evidence,
    Form,
    Notice,
    NoticeKind,
    Option,
    Outcome,
    Place,
    Press,
    Question,
    Say,
    State,
    Style,
)
from core.dialogue.texts import Texts
from core.evidence.drafts import DraftKey
from core.reports.model import Answers, Standing
from core.reports.told import ToldLine
from tests.web_pages import Page
from tests.web_room import CATEGORIES, HELPLINES, NOON, TEXTS, place, web_settings

KEY = DraftKey(bytes(range(16)))
DIALOGUE = Dialogue(HELPLINES, CATEGORIES)
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus=alert(1) x='",
    "javascript:alert(1)",
    "{{ 7*7 }}{% raw %}",
    "</textarea></form><form action=https://evil.example>",
    "\u202eevil\u2066",
    "\ud800",
    "\0\x08",
]


class Words(Texts):
    """A catalogue in which every sentence is the same hostile text."""

    def __init__(self, text: str) -> None:
        super().__init__({})
        self.languages = ("en",)
        self._text = text

    def say(self, say: Say, language: str) -> str:  # noqa: ARG002
        return self._text


@cache
def pages(texts: Texts = TEXTS, exit_url: str = "") -> Pages:
    return Pages(texts, web_settings(), lambda _community: exit_url)


def shown(view: View, texts: Texts = TEXTS) -> Page:
    return Page(pages(texts).screen(view))


def view_of(screen: Card | Form, where: Place | None = None) -> View:
    return View(place=where or place(), screen=screen, key=KEY)


def state_at(screen: str) -> State:
    outcomes = {
        "storing": Outcome.STORING,
        "not_known": Outcome.UNKNOWN,
        "not_sent": Outcome.REFUSED,
        "sent": Outcome.STORED,
    }
    sent = screen == "sent"
    return State(
        at=screen,
        outcome=outcomes.get(screen),
        reference="LB-7KQ2-M4XD-9T3V-H" if sent else None,
        evidence=Evidence(messages=1, context=12),
    )


def assert_harmless(page: Page) -> None:
    for tag, attributes in page.tags:
        assert not any(name.startswith("on") or name == "style" for name in attributes), (tag, attributes)
        for name in ("href", "src", "action", "formaction"):
            target = attributes.get(name, "/")
            assert target.startswith(("/", "https://", "http://", "tel:", "sms:")), (tag, target)
    assert all(script["src"].startswith("/") for script in page.all("script"))
    assert all(form["action"].startswith("/") for form in page.all("form"))
    assert not page.all("img")


@pytest.mark.parametrize("standing", Standing)
@pytest.mark.parametrize("screen", SCREENS)
def test_every_screen_in_every_standing_has_both_ways_out_and_one_heading(
    screen: str, standing: Standing
) -> None:
    page = shown(view_of(DIALOGUE.show(place(standing), state_at(screen)), place(standing)))
    assert_harmless(page)
    assert len(page.all("h1")) == 1
    assert page.all("button", **{"class": "danger-exit", "formaction": "/help/park"})
    exits = [link for link in page.all("a") if link["href"] == "https://www.bbc.co.uk/weather"]
    assert len(exits) == 2
    assert all("noreferrer" in link["rel"] and link["target"] == "_top" for link in exits)


@pytest.mark.parametrize("screen", SCREENS)
def test_every_practice_screen_says_so_above_the_danger_exit(screen: str) -> None:
    where = place(Standing.PRACTICE)
    html = pages().screen(view_of(DIALOGUE.show(where, state_at(screen)), where))
    assert 0 < html.index("Practice: nobody reads this.") < html.index("danger-exit")


@pytest.mark.parametrize("screen", SCREENS)
def test_no_other_screen_calls_itself_practice(screen: str) -> None:
    assert "Practice" not in shown(view_of(DIALOGUE.show(place(), state_at(screen)))).text


@pytest.mark.parametrize("screen", SCREENS)
def test_the_key_is_in_a_hidden_field_and_nowhere_else(screen: str) -> None:
    html = pages().screen(view_of(DIALOGUE.show(place(), state_at(screen))))
    assert html.count(KEY.text) == 1
    assert Page(html).hidden()["key"] == KEY.text


def everything(text: str) -> Card:
    """A card with every kind of part, every one saying `text`."""
    contact = Contact(name=text, phone=text, text=text, url=text)
    options = tuple(Option(value=text or "x", label=Say("a"), description=Say("a")) for _ in range(7))
    return Card(
        id="first",
        title=Say("a"),
        notices=tuple(Notice(text=Say("a"), kind=kind, contact=contact) for kind in NoticeKind),
        questions=(
            Question(id="danger", label=Say("a"), options=options, hint=Say("a"), value=text),
            Question(id="own_words", label=Say("a"), ask=Ask.TEXT, hint=Say("a"), answered=True),
            Question(
                id="who",
                label=Say("a"),
                options=(Option(value=text or "x", label=Say("a"), sends_at_once=True),),
            ),
        ),
        buttons=(
            Button(id="send", label=Say("a"), style=Style.PRIMARY),
            Button(id="ceop", label=Say("a"), url=text),
        ),
        copy_text=Say("a"),
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_markup_or_a_link_of_its_own(text: str) -> None:
    where = msgspec.structs.replace(place(), community_name=text, desk_name=text)
    told = (ToldLine(text=Say("a"), at=NOON, danger=True, contacts=(Notice(text=Say("a")),)),)
    view = View(place=where, screen=everything(text), key=KEY, country=text, told=told, polls=True)
    page = shown(view, Words(text))
    assert_harmless(page)
    assert len(page.all("form")) == 1


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80))
def test_whatever_is_said_the_page_stays_whole(text: str) -> None:
    page = shown(view_of(everything(text)), Words(text))
    assert_harmless(page)
    assert page.hidden()["key"] == KEY.text


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "ftp://a.example/", "https://a b"]
)
def test_a_button_that_leads_to_no_web_page_is_left_out(url: str) -> None:
    card = Card(
        id="first",
        title=Say("title-first"),
        notices=(),
        buttons=(Button(id="o", label=Say("button-send"), url=url),),
    )
    assert url not in pages().screen(view_of(card))


def test_a_button_with_a_page_opens_it_without_telling_from_where() -> None:
    url = "https://www.ceop.police.uk/"
    card = Card(
        id="first",
        title=Say("title-first"),
        notices=(),
        buttons=(Button(id="o", label=Say("button-send"), url=url),),
    )
    (link,) = shown(view_of(card)).all("a", href=url)
    assert "noreferrer" in link["rel"]
    assert "noopener" in link["rel"]


def test_what_could_not_be_stored_travels_and_is_never_shown() -> None:
    state = State(answers=Answers(own_words="only between us"))
    view = View(place=place(), screen=DIALOGUE.show(place(), state_at("not_sent")), key=KEY, unstored=state)
    html = pages().screen(view)
    assert "only between us" not in html
    assert Page(html).hidden()["carried"]


def test_a_text_that_was_given_is_never_shown_back() -> None:
    state = State(at="more", answers=Answers(own_words="my secret words", about="that person"))
    html = pages().screen(view_of(DIALOGUE.show(place(), state)))
    assert "my secret words" not in html
    assert "that person" not in html


def test_yes_now_is_a_press_of_its_own_beside_the_two_others() -> None:
    page = shown(view_of(DIALOGUE.show(place(), State())))
    assert page.all("button", name="at_once", value="danger=yes")
    assert [field["value"] for field in page.all("input", name="answer.danger")] == ["no", "not_sure"]


def test_all_categories_stand_in_a_list_that_opens_each_with_its_description() -> None:
    page = shown(view_of(DIALOGUE.show(place(), State())))
    radios = page.all("input", type="radio", name="answer.category")
    assert len(radios) == 15
    described = {tag["id"] for tag in page.all("p") if "id" in tag}
    assert all(radio["aria-describedby"] in described for radio in radios)
    assert page.all("details")


def test_enter_on_a_card_presses_nothing_and_on_a_form_goes_on() -> None:
    for screen, does in (("first", "resume"), ("more", "next")):
        page = shown(view_of(DIALOGUE.show(place(), state_at(screen))))
        first_button = next(attributes for tag, attributes in page.tags if tag == "button")
        assert first_button["value"] == does
        assert "data-enter" in first_button


def test_a_form_has_a_way_back() -> None:
    assert shown(view_of(DIALOGUE.show(place(), state_at("more")))).all("button", name="button", value="back")


def test_a_code_is_never_broken_over_two_lines() -> None:
    html = pages().screen(view_of(DIALOGUE.show(place(), state_at("sent"))))
    assert '<b class="reference-code">LB-7KQ2-M4XD-9T3V-H</b>' in html


def test_numbers_for_when_the_line_is_down_come_with_the_page() -> None:
    numbers = tuple(notice for notice in DIALOGUE.help(place()).notices if notice.contact)
    view = msgspec.structs.replace(view_of(DIALOGUE.show(place(), State())), numbers=numbers)
    html = pages().screen(view)
    assert "tel:999" in html[html.index("<template") :]


def test_a_page_empties_itself_within_fifteen_minutes_with_and_without_script() -> None:
    page = shown(view_of(DIALOGUE.show(place(), State())))
    (refresh,) = page.all("meta", **{"http-equiv": "refresh"})
    seconds, _, target = refresh["content"].partition(";")
    assert 0 < int(seconds) <= 900
    assert target.strip() == "url=/hidden"
    (body,) = page.all("body")
    assert 0 < int(body["data-empties-after"]) <= 900


def test_nothing_in_the_tab_says_what_this_is_about() -> None:
    page = pages().screen(view_of(DIALOGUE.show(place(), State())))
    title = page[page.index("<title>") + 7 : page.index("</title>")]
    assert title == "Lifebelt"


@pytest.mark.parametrize(
    ("contact", "hrefs"),
    [
        (Contact(name="Childline", phone="0800 1111"), ["tel:08001111"]),
        (Contact(name="Notruf", phone="110 or 112"), ["tel:110"]),
        (Contact(name="Line", phone="+49 (0) 116-111"), ["tel:+490116111"]),
        (Contact(name="Shout", text="SHOUT to 85258"), ["sms:85258?&body=SHOUT"]),
        (Contact(name="Emergency", text="999"), ["sms:999"]),
        (Contact(name="Odd", text="HELP ME to 85258"), ["sms:85258"]),
        (Contact(name="Chat", url="https://chat.example/"), ["https://chat.example/"]),
        (Contact(name="None", phone="ask at the desk", text="any time", url="javascript:alert(1)"), []),
        (Contact(name="Nothing"), []),
    ],
)
def test_each_way_to_reach_somebody_is_a_link_that_does_it(contact: Contact, hrefs: list[str]) -> None:
    assert [way.href for way in ways(contact)] == hrefs


@settings(deadline=None)
@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_no_contact_gives_another_kind_of_link(phone: str, text: str, url: str) -> None:
    for way in ways(Contact(name="x", phone=phone, text=text, url=url)):
        assert way.href.startswith(("tel:", "sms:", "http://", "https://"))
        assert not set(way.href) & set(' "<>\n')


def test_every_country_of_our_data_is_shown_with_links_that_work() -> None:
    for country in HELPLINES.countries:
        card = DIALOGUE.help(place(), country)
        page = Page(
            pages().help(HelpView(place=place(), card=card, country=country, countries=("GB", country)))
        )
        assert_harmless(page)
        assert [link for link in page.all("a") if link["href"].startswith(("tel:", "sms:", "https://"))], (
            country
        )


def test_help_with_nothing_typed_leads_to_telling_and_with_something_back_to_it() -> None:
    card = DIALOGUE.help(place())
    fresh = Page(pages().help(HelpView(place=place(), card=card, country="GB")))
    assert fresh.all("a", href="/report/park")
    begun = HelpView(
        place=place(), card=card, country="GB", key=KEY, was=Press(screen="more", values={"own_words": "x"})
    )
    page = Page(pages().help(begun))
    assert page.all("button", value="resume")
    assert page.hidden() == {"key": KEY.text, "screen": "more", "kept.own_words": "x", "country": "GB"}


def test_help_after_sending_does_not_say_that_it_is_not_sent() -> None:
    before = HelpView(place=place(), card=DIALOGUE.help(place()), country="GB", key=KEY)
    assert "Not sent yet" in Page(pages().help(before)).text
    after = msgspec.structs.replace(before, sent=True, card=DIALOGUE.help(place(), beside=True))
    assert "Not sent yet" not in Page(pages().help(after)).text


def test_a_page_to_write_to_is_linked_once() -> None:
    page = Page(pages().help(HelpView(place=place(), card=DIALOGUE.help(place()), country="GB")))
    links = [link["href"] for link in page.all("a") if "childline" in link["href"]]
    assert len(links) == len(set(links)) == 1


def test_a_community_may_leave_to_a_page_of_its_own_but_only_to_a_page() -> None:
    def leads_to(exit_url: str) -> str:
        html = pages(exit_url=exit_url).screen(view_of(DIALOGUE.show(place(), State())))
        return Page(html).all("body")[0]["data-exit"]

    assert leads_to("https://www.wikipedia.org/") == "https://www.wikipedia.org/"
    assert leads_to("javascript:alert(1)") == "https://www.bbc.co.uk/weather"
    assert leads_to("") == "https://www.bbc.co.uk/weather"


def test_the_neutral_page_is_neutral() -> None:
    page = Page(pages().nothing("en"))
    assert page.text == "This page is empty This page is empty"
    assert not page.all("a")


def test_the_button_has_its_words_in_every_language() -> None:
    for language, words in pages().button_words().items():
        assert language in TEXTS.languages
        assert all(words.values())
