"""What the desk never asks of a young person, and what it may well say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.talk.judging import MAX_TEXT, Never, wrong_with


@pytest.mark.parametrize(
    "text",
    [
        "Thank you for telling us. What would you like to tell us next?",
        "Never send money. Don't send more pictures.",
        "You don\u2019t have to tell us your password.",
        "Did they ask you to send a picture?",
        "Did they want to move to another app?",
        "We read this on 28.11.2026 at 14:05. Call 999 if you are in danger.",
        "We read this on 2026-11-28 at 14:05.",
        "What happened on Discord, as you remember it?",
        "What can you tell us about the pictures?",
        "Tell us what they wanted the money for.",
    ],
)
def test_what_the_desk_may_say_is_sent(text: str) -> None:
    assert wrong_with(text) == frozenset()


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("", Never.EMPTY),
        (" \n\u200b", Never.EMPTY),
        ("a" * (MAX_TEXT + 1), Never.LONG),
        ("Look at https://example.org/a", Never.LINK),
        ("Look at example.org", Never.LINK),
        ("Look at exam\u200bple.org", Never.LINK),
        ("Write to ann@example.org", Never.LINK),
        ("Call 0800 1111 now", Never.PHONE),
        ("Call +44 (0) 20-7946-0958", Never.PHONE),
        ("Call \uff10\uff18\uff10\uff10 \uff11\uff11\uff11\uff11", Never.PHONE),
        ("Please send us a picture of it", Never.PICTURE),
        ("Can you show me the photos they made?", Never.PICTURE),
        ("If someone asked, please send the photo", Never.PICTURE),
        ("If not, send a selfie", Never.PICTURE),
        ("Don't send a photo but send us a video", Never.PICTURE),
        ("Did they send a picture and can you show us the video", Never.PICTURE),
        ("What did they do? Send the s\u200bcreenshot", Never.PICTURE),
        ("Tell me your password", Never.SECRET),
        ("Could you give us the code", Never.SECRET),
        ("Could you send some money", Never.MONEY),
        ("You need to buy a gift card", Never.MONEY),
        ("Let's talk on WhatsApp", Never.ELSEWHERE),
        ("Could we move to another app?", Never.ELSEWHERE),
        ("Add me on Snapchat", Never.ELSEWHERE),
    ],
)
def test_what_the_desk_never_asks_for_is_refused_with_its_reason(text: str, never: Never) -> None:
    assert wrong_with(text) == {never}


@given(st.text(max_size=300))
def test_a_request_is_found_whatever_stands_in_the_sentence_before_it(before: str) -> None:
    assert Never.PICTURE in wrong_with(f"{before}\nPlease send us a picture")


@given(st.text(max_size=4_000))
def test_any_text_at_all_has_an_answer(text: str) -> None:
    assert (Never.LONG in wrong_with(text)) == (len(text) > MAX_TEXT)
