from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evidence.keys import TagKey
from core.testing.clock import START
from desk.staff.staff_key import StaffKey

KEY = StaffKey(TagKey(b"s" * 32))
LASTS = timedelta(minutes=5)


class Kept(msgspec.Struct, frozen=True):
    word: str


class Other(msgspec.Struct, frozen=True):
    word: str


@given(st.text(max_size=100))
def test_what_was_sealed_is_opened_as_it_was(word: str) -> None:
    assert KEY.open(KEY.seal(Kept(word), START), Kept, START, LASTS) == Kept(word)


def test_another_key_opens_nothing() -> None:
    sealed = KEY.seal(Kept("word"), START)
    assert StaffKey(TagKey(b"t" * 32)).open(sealed, Kept, START) is None


def test_what_was_sealed_as_one_kind_is_not_opened_as_another() -> None:
    assert KEY.open(KEY.seal(Kept("word"), START), Other, START) is None


def test_a_seal_with_an_end_is_not_opened_after_it() -> None:
    sealed = KEY.seal(Kept("word"), START)
    assert KEY.open(sealed, Kept, START + LASTS, LASTS)
    assert KEY.open(sealed, Kept, START + LASTS + timedelta(seconds=1), LASTS) is None
    assert KEY.open(sealed, Kept, START + timedelta(days=4_000))


@given(st.text(max_size=200))
def test_what_was_never_sealed_is_not_opened(made_up: str) -> None:
    assert KEY.open(made_up, Kept, START, LASTS) is None


@pytest.mark.parametrize("at", [0, 20, -1])
def test_a_changed_seal_is_not_opened(at: int) -> None:
    sealed = KEY.seal(Kept("word"), START)
    other = "B" if sealed[at] == "A" else "A"
    changed = sealed[:at] + other + (sealed[at + 1 :] if at >= 0 else "")
    assert KEY.open(changed, Kept, START) is None


def test_two_seals_of_one_value_are_of_one_length_and_differ() -> None:
    one, two = KEY.seal(Kept("same"), START), KEY.seal(Kept("else"), START)
    assert len(one) == len(two)
    assert one != KEY.seal(Kept("same"), START)


def test_the_key_never_shows_itself() -> None:
    assert repr(KEY) == "<StaffKey hidden>"
