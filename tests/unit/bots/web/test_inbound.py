import json
from contextlib import suppress
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.web import inbound
from core.dialogue.model import State
from core.errors import InputRefused, TooLarge
from core.evidence.drafts import DraftKey
from core.reports.carrying import packed
from core.reports.model import Answers

KEY = DraftKey(bytes(range(16)))


def body(**fields: str) -> bytes:
    return urlencode({name.replace("__", "."): value for name, value in fields.items()}).encode()


def pressed(**fields: str) -> inbound.Pressed:
    return inbound.pressed(inbound.read_form(body(**fields)))


@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_clearly_refused(sent: bytes) -> None:
    with suppress(InputRefused):
        found = inbound.pressed(inbound.read_form(sent))
        assert set(found.press.values) <= inbound.QUESTIONS


@given(st.dictionaries(st.sampled_from(sorted(inbound.QUESTIONS)), st.text(min_size=1, max_size=200)))
def test_what_was_written_arrives_as_it_was_written(answers: dict[str, str]) -> None:
    sent = {f"answer.{question}": text for question, text in answers.items()}
    encoded = urlencode(sent, errors="surrogatepass").encode()
    found = inbound.pressed(inbound.read_form(encoded)).press.values
    for question, text in answers.items():
        cleaned = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
        whole = cleaned.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
        if whole.strip():
            assert found[question] == whole
        else:
            assert question not in found


def test_bytes_that_are_no_utf8_lose_nothing_around_them() -> None:
    fields = inbound.read_form(b"answer.own_words=help%FFme")
    assert fields["answer.own_words"] == "help\ufffdme"


def test_a_lone_surrogate_becomes_a_mark() -> None:
    fields = inbound.read_form(b"answer.own_words=a%ED%A0%80b")
    assert "\ud800" not in fields["answer.own_words"]
    assert fields["answer.own_words"].startswith("a")
    assert fields["answer.own_words"].endswith("b")


def test_right_to_left_overrides_and_invisible_marks_are_left_for_the_desk_to_show() -> None:
    text = "a\u202eb\u200bc"
    assert pressed(answer__own_words=text).press.values["own_words"] == text


def test_line_ends_of_the_browser_become_ours() -> None:
    assert pressed(answer__own_words="one\r\ntwo").press.values["own_words"] == "one\ntwo"


def test_a_form_larger_than_every_answer_is_refused() -> None:
    with pytest.raises(TooLarge):
        inbound.read_form(b"a" * (inbound.FORM_BYTES + 1))


def test_the_longest_answers_twice_over_still_fit() -> None:
    longest = quote("\U0001f6df" * 1500)
    sent = "&".join(
        f"{prefix}{name}={longest}"
        for prefix in ("answer.", "kept.")
        for name in ("own_words", "about", "contact")
    )
    assert len(inbound.read_form(sent.encode())) == 6


def test_too_many_fields_are_refused() -> None:
    with pytest.raises(InputRefused):
        inbound.read_form("&".join(f"f{n}=1" for n in range(inbound.FIELDS + 1)).encode())


def test_of_a_field_sent_twice_the_last_counts() -> None:
    assert inbound.read_form(b"country=GB&country=DE") == {"country": "DE"}


def test_a_press_knows_its_screen_button_key_and_answers() -> None:
    found = pressed(key=KEY.text, screen="first", button="send", answer__category="grooming", country="gb")
    assert found.key == KEY
    assert (found.press.screen, found.press.button) == ("first", "send")
    assert found.press.values == {"category": "grooming"}
    assert found.country == "GB"


@pytest.mark.parametrize("key", ["", "short", KEY.text + "A", "<script>", "\u202e" * 22])
def test_a_key_that_we_never_gave_is_no_key(key: str) -> None:
    assert pressed(key=key).key is None


@pytest.mark.parametrize("name", ["Send", "../send", "a" * 60, "send me", "<b>", ""])
def test_a_button_or_screen_that_cannot_be_ours_is_none(name: str) -> None:
    assert pressed(button=name, screen=name).press == pressed().press


def test_yes_now_is_an_answer_and_no_button_whatever_stands_beside_it() -> None:
    found = pressed(at_once="danger=yes", answer__danger="no", button="more").press
    assert found.values == {"danger": "yes"}
    assert found.button is None


@pytest.mark.parametrize("at_once", ["", "danger", "=yes", "made_up=yes", "danger="])
def test_a_press_at_once_that_says_nothing_changes_no_answer(at_once: str) -> None:
    assert pressed(at_once=at_once, answer__danger="no").press.values == {"danger": "no"}


def test_going_back_from_help_presses_nothing() -> None:
    assert pressed(button="resume").press.button is None


def test_what_travelled_along_counts_until_it_is_answered_anew() -> None:
    found = pressed(kept__danger="no", kept__own_words="first", answer__own_words="second").press
    assert found.values == {"danger": "no", "own_words": "second"}


def test_an_empty_field_takes_nothing_back() -> None:
    assert pressed(kept__own_words="first", answer__own_words="  ").press.values == {"own_words": "first"}


def test_a_question_that_is_not_ours_is_left_aside() -> None:
    assert pressed(answer__standing="live", answer__reference="LB").press.values == {}


def test_what_could_not_be_stored_comes_back_under_its_key_only() -> None:
    state = State(answers=Answers(own_words="they keep asking"))
    carried = packed(KEY, state)
    assert pressed(key=KEY.text, carried=carried).carried == state
    assert pressed(key=DraftKey(bytes(16)).text, carried=carried).carried is None
    assert pressed(carried=carried).carried is None


def test_what_travelled_broken_is_not_passed_on() -> None:
    found = pressed(key=KEY.text, carried="broken")
    assert (found.carried, found.carried_text) == (None, "")


@pytest.mark.parametrize(
    ("text", "code"), [("gb", "GB"), ("DE", "DE"), ("GBR", None), ("", None), ("1a", None), ("é!", None)]
)
def test_a_country_is_two_letters_or_none(text: str, code: str | None) -> None:
    assert inbound.country_code(text) == code


def conversation(**changes: object) -> bytes:
    sent = {"key": KEY.text, "origin": "https://club.example", "conversation": {"messages": []}}
    return json.dumps(sent | changes).encode()


def test_a_conversation_comes_with_its_key_and_origin() -> None:
    found = inbound.handed(conversation())
    assert (found.key, found.origin, found.late) == (KEY, "https://club.example", False)


def test_only_true_makes_it_late() -> None:
    assert inbound.handed(conversation(late=True)).late is True
    assert inbound.handed(conversation(late="yes")).late is False


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        conversation(key=7),
        conversation(key="made up"),
        conversation(origin=None),
        conversation(conversation=[]),
    ],
)
def test_what_is_no_conversation_is_refused(sent: bytes) -> None:
    with pytest.raises(InputRefused):
        inbound.handed(sent)


def test_more_than_a_megabyte_is_refused_before_it_is_read() -> None:
    with pytest.raises(TooLarge):
        inbound.handed(b" " * (inbound.EVIDENCE_BYTES + 1))


def test_a_lone_surrogate_in_json_does_not_lose_the_conversation() -> None:
    sent = conversation().replace(b'"messages": []', b'"messages": [{"text": "a\\ud800b"}]')
    assert inbound.handed(sent).conversation["messages"] == [{"text": "a\ud800b"}]


def test_a_plus_is_a_blank_and_a_percent_is_kept() -> None:
    sent = f"answer.own_words={quote_plus('100 % + more')}".encode()
    assert inbound.read_form(sent) == {"answer.own_words": "100 % + more"}
