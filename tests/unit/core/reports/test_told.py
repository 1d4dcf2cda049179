import re
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.delivery.wire import MessageTold
from core.dialogue.flow import Dialogue
from core.dialogue.model import NoticeKind, Say
from core.reports.told import PAGE, Told, ToldLine, lines, numbers, pages
from tests.web_room import CATEGORIES, HELPLINES, NOON, TEXTS, place

FIVE = timedelta(minutes=5)
HELP = Dialogue(HELPLINES, CATEGORIES).help(place())


def said(told: Told, later: timedelta = timedelta(0)) -> list[str]:
    return [line.text.key for line in lines(told, NOON + later, FIVE, HELP)]


def urgent() -> Told:
    return Told(known=True, urgent=True, stored_at=NOON)


def test_a_report_that_is_stored_and_no_more_says_so() -> None:
    assert said(Told(known=True, stored_at=NOON)) == ["told-stored", "told-not-read"]


def test_a_report_that_arrived_says_since_when() -> None:
    found = lines(Told(known=True, stored_at=NOON, received_at=NOON), NOON, FIVE, HELP)
    assert ToldLine(text=found[0].text, at=NOON) == found[0]
    assert found[0].text.key == "told-received"


def test_a_report_that_was_read_says_when_and_no_longer_that_it_was_not() -> None:
    read = Told(known=True, urgent=True, stored_at=NOON, received_at=NOON, read_at=NOON + FIVE)
    assert said(read, timedelta(hours=2)) == ["told-received", "told-read"]


@pytest.mark.parametrize(
    ("later", "calls"), [(FIVE - timedelta(seconds=1), False), (FIVE, True), (timedelta(hours=9), True)]
)
def test_an_urgent_report_unopened_for_five_minutes_sends_its_reporter_to_the_telephone(
    later: timedelta, calls: object
) -> None:
    assert ("told-unread" in said(urgent(), later)) is calls


def test_that_warning_comes_first_and_with_the_numbers() -> None:
    first = lines(urgent(), NOON + FIVE, FIVE, HELP)[0]
    assert first.danger
    assert any(notice.contact and notice.contact.phone == "999" for notice in first.contacts)


def test_a_report_that_is_not_urgent_frightens_nobody() -> None:
    assert "told-unread" not in said(Told(known=True, stored_at=NOON), timedelta(days=1))


def test_an_unknown_code_says_that_it_is_unknown() -> None:
    assert said(Told(known=False)) == ["told-unknown"]


def test_when_nobody_could_be_asked_it_is_not_called_unknown() -> None:
    assert said(Told(known=False, asked=False)) == ["told-not-asked"]


def test_the_numbers_are_whom_to_call_and_nothing_else() -> None:
    assert {notice.kind for notice in numbers(HELP)} <= {NoticeKind.DANGER, NoticeKind.HELP}
    assert numbers(HELP)


@pytest.mark.parametrize("key", ["told-stored", "told-received", "told-read", "told-not-read", "told-unread"])
def test_what_is_told_is_what_is_done_and_never_what_somebody_will_do(key: str) -> None:
    said = TEXTS.say(Say(key), "en")
    assert not re.search(r"\b(will|shall|soon|going to)\b", said, re.IGNORECASE)


# What the desk wrote.


def wrote(name: str, text: str = "We read it.", minutes: int = 0, *, outcome: bool = False) -> MessageTold:
    return MessageTold(id=name, at=NOON + timedelta(minutes=minutes), text=text, outcome=outcome)


def test_what_the_desk_wrote_stands_behind_what_was_done_and_each_with_its_time() -> None:
    told = Told(
        known=True,
        received_at=NOON,
        read_at=NOON,
        messages=(wrote("a", "One."), wrote("b", "Two.", 5, outcome=True)),
    )
    found = lines(told, NOON, FIVE, HELP)
    assert [line.text.key for line in found] == ["told-received", "told-read", "told-wrote", "told-outcome"]
    assert [(line.wrote, line.at) for line in found[2:]] == [("One.", NOON), ("Two.", NOON + FIVE)]


def test_of_a_report_whose_desk_wrote_nobody_says_that_it_was_not_opened() -> None:
    told = Told(known=True, urgent=True, stored_at=NOON, messages=(wrote("a"),))
    assert said(told, timedelta(hours=1)) == ["told-stored", "told-wrote"]


def test_where_it_is_only_known_that_the_desk_wrote_that_is_said_and_where_to_read_it() -> None:
    told = Told(known=True, urgent=True, stored_at=NOON, received_at=NOON, message_at=NOON)
    assert said(told, timedelta(hours=1)) == ["told-received", "told-message"]
    assert said(msgspec.structs.replace(told, messages=(wrote("a"),))) == ["told-received", "told-wrote"]


def test_that_the_desk_could_not_be_asked_is_said_also_of_a_report_that_was_read() -> None:
    assert said(Told(known=True, asked=False, received_at=NOON, read_at=NOON))[-1] == "told-not-asked"


def test_words_of_the_desk_have_no_marks_that_hide_or_reorder_others() -> None:
    line = ToldLine(text=Say("told-wrote"), wrote="  one\u202e\u200b \x07\n\n\u2028two\r\nthree ")
    assert line.paragraphs == ("one", "two", "three")


texts = st.text(max_size=6_000) | st.integers(1, 6_000).map("x. ".__mul__)


@settings(max_examples=40)
@given(st.lists(texts, max_size=6))
def test_page_by_page_every_word_is_there_once_the_newest_page_first(written: list[str]) -> None:
    messages = tuple(wrote(str(number), text, number) for number, text in enumerate(written))
    found = pages(messages)
    pieces = [piece for page in reversed(found) for piece in page]
    for message in messages:
        assert "".join(piece.text for piece in pieces if piece.id == message.id) == message.text
    assert [piece.at for piece in pieces] == sorted(piece.at for piece in pieces)
    assert all(sum(len(piece.text) for piece in page) <= PAGE for page in found)
    assert len(found) == 1 or all(found)
