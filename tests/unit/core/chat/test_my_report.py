"""What travels with a screen about a report, and what each press on it leads to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.chat import my_report
from core.chat.my_report import Ticket, new_ticket, ticket_of
from core.dialogue.flow import Dialogue
from core.dialogue.model import Card, Outcome, Place, Screen
from core.evidence.drafts import KEY_BYTES, DraftKey
from core.reports.reference import number_of, parse_reference, reference_from
from core.reports.told import PAGES
from tests.dialogue_room import NO_DESK, PLACE, PRACTICE, button_ids, too_large
from tests.web_room import CATEGORIES, HELPLINES, TEXTS

DIALOGUE = Dialogue(HELPLINES, CATEGORIES)
numbers = st.integers(0, (1 << 60) - 1)


@given(numbers)
def test_a_reference_is_sixty_bits_and_nothing_else(number: int) -> None:
    reference = reference_from(number)
    assert parse_reference(reference) == reference
    assert number_of(reference.lower()) == number


@given(numbers, st.integers(0, PAGES - 1), st.binary(min_size=7, max_size=7))
def test_what_a_screen_carries_comes_back_whole(number: int, page: int, random: bytes) -> None:
    ticket = Ticket(reference_from(number), page, random.hex())
    assert ticket_of(DraftKey.parse(ticket.key.text)) == ticket


@given(st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES))
def test_any_key_is_a_ticket_or_none_and_never_an_error(raw: bytes) -> None:
    found = ticket_of(DraftKey(raw))
    assert found is None or found.key == DraftKey(raw)


def test_each_screen_has_something_random_of_its_own() -> None:
    reference = reference_from(7)
    assert new_ticket(reference).key != new_ticket(reference).key


@pytest.mark.parametrize("place", [PLACE, PRACTICE, NO_DESK])
def test_every_screen_about_a_report_is_within_every_limit_and_has_both_ways_out(place: Place) -> None:
    cards: list[Screen] = [
        my_report.card(place, answers=True, more=True, looks=True),
        *(my_report.nothing_sent(place, fault) for fault in ("no-answer", "too-long", "words-lost")),
        my_report.lost(place),
        *(DIALOGUE.answered(place, outcome) for outcome in Outcome),
    ]
    for screen in (*cards, DIALOGUE.answer_form(place)):
        assert too_large(screen, TEXTS, "en") == []
        assert not isinstance(screen, Card) or {"help", "hide"} <= set(button_ids(screen))


def test_the_form_names_the_number_the_ways_out_and_what_nobody_asks_for() -> None:
    notice = TEXTS.say(DIALOGUE.answer_form(PLACE).notice.text, "en")
    for said in ("999", "Get help now", "Hide this", "pictures, passwords or money", "cannot be sent"):
        assert said in notice
