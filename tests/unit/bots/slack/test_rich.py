"""Sentences as rich text: only ways to reach help of our own data stand out, and only they are links."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.slack import rich
from core.dialogue.model import Contact, Say
from core.dialogue.texts import Texts, plain
from tests.web_room import TEXTS

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CHILDLINE = Contact(name="Childline", phone="0800 1111", url="https://www.childline.org.uk/")


def pieces(texts: Texts, say: Say, contact: Contact | None) -> list[tuple[str, str]]:
    found = rich.sentence(texts, say, "en", contact, bold=False)
    return [(each["type"], each["text"]) for each in found]


def test_the_page_of_a_contact_is_a_link_in_its_sentence(texts: Texts) -> None:
    say = Say("child-chat-page", {"name": "Childline", "how": CHILDLINE.url or ""})
    found = rich.sentence(texts, say, "en", CHILDLINE, bold=False)
    (link,) = [each for each in found if each["type"] == "link"]
    assert (link["url"], link["text"]) == ("https://www.childline.org.uk/", "childline.org.uk")
    assert "".join(each["text"] for each in found).replace(
        "childline.org.uk", CHILDLINE.url or ""
    ) == texts.say(say, "en")


def test_the_number_of_a_contact_is_bold_and_no_link(texts: Texts) -> None:
    say = Say("emergency", {"number": "999", "country": "here"})
    found = rich.sentence(texts, say, "en", Contact(name="x", phone="999"), bold=False)
    assert [each["text"] for each in found if each.get("style")] == ["999"]
    assert {each["type"] for each in found} == {"text"}


def test_the_same_address_said_by_somebody_else_is_no_link(texts: Texts) -> None:
    say = Say("not-shown", {"community": "https://www.childline.org.uk/"})
    assert {kind for kind, _ in pieces(texts, say, None)} == {"text"}
    assert {kind for kind, _ in pieces(texts, say, Contact(name="x", url="https://other.example/"))} == {
        "text"
    }


@given(
    st.text(max_size=60), st.none() | st.builds(Contact, name=st.just("x"), url=st.just("https://a.example/"))
)
def test_whatever_a_name_holds_the_sentence_says_it_as_it_is(name: str, contact: Contact | None) -> None:
    texts = TEXTS
    say = Say("not-shown", {"community": name})
    said = "".join(text for _, text in pieces(texts, say, contact))
    assert said.replace("\ue000", "") == texts.say(say, "en").replace("\ue000", "")
    assert plain(name).replace("\ue000", "") in said.replace("\ue000", "")


def test_the_sign_that_stands_for_a_contact_is_put_in_by_no_name(texts: Texts) -> None:
    url = CHILDLINE.url or ""
    say = Say("child-chat-page", {"name": "\ue000\ue000", "how": url})
    assert [kind for kind, _ in pieces(texts, say, CHILDLINE)].count("link") == 1


def test_no_piece_is_empty(texts: Texts) -> None:
    for args in ({"name": "", "how": ""}, {"name": "x", "how": CHILDLINE.url or ""}):
        found = rich.sentence(texts, Say("child-chat-page", dict(args)), "en", CHILDLINE, bold=True)
        assert all(each["text"] for each in found)


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://www.childline.org.uk/", "childline.org.uk"),
        ("https://a.example/x-1?y=2", "a.example/x-1?y=2"),
        ("https://a.example/" + "x" * 40, "a.example"),
    ],
)
def test_an_address_is_written_as_people_write_it(url: str, written: str) -> None:
    assert rich.link(url) == {"type": "link", "url": url, "text": written}


@pytest.mark.parametrize(
    "url",
    [
        *("javascript:alert(1)", "http://plain.example/", "https://a b", "//a.example", "https://a>.example"),
        *("https://", "https://a\n", ' https://a.example"', "tel:999", ""),
    ],
)
def test_only_a_whole_https_address_may_be_pressed(url: str) -> None:
    assert not rich.is_ours(url)


def test_a_moment_is_shown_by_each_readers_own_clock_and_has_words_for_all_else() -> None:
    assert rich.moment(NOON) == {
        "type": "date",
        "timestamp": int(NOON.timestamp()),
        "format": "{date_short_pretty}, {time}",
        "fallback": "22 Nov, 12:00 UTC",
    }
