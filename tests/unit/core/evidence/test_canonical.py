from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import CannotOpen
from core.evidence.canonical import decode, encode, without_surrogates
from core.reports.model import Answers

any_text = st.text(st.characters(codec=None, exclude_categories=()), max_size=60)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    text: str = ""
    map: dict[str, str] = {}
    at: datetime | None = None


class KeptLater(Kept, frozen=True, kw_only=True):
    another: int = 7


@given(any_text)
def test_any_text_can_be_written_and_read_again(text: str) -> None:
    assert decode(encode(Answers(own_words=text)), Answers).own_words == without_surrogates(text)


@given(st.text())
def test_sound_text_is_never_changed(text: str) -> None:
    assert without_surrogates(text) == text


@given(any_text)
def test_what_comes_out_has_no_surrogates(text: str) -> None:
    without_surrogates(text).encode()


@pytest.mark.parametrize(
    ("text", "repaired"),
    [
        ("a\ud800b", "a\ufffdb"),
        ("\udc00", "\ufffd"),
        ("\ud83d\ude00", "\U0001f600"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
        ("x\ud83d\ud83d\ude00", "x\ufffd\U0001f600"),
    ],
)
def test_a_lone_surrogate_is_replaced_and_a_pair_is_joined(text: str, repaired: str) -> None:
    assert without_surrogates(text) == repaired


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=6), st.randoms())
def test_the_order_in_which_a_map_was_filled_does_not_show(filled: dict[str, str], random: object) -> None:
    turned = dict(reversed(filled.items()))
    assert encode(Kept(map=filled)) == encode(Kept(map=turned))


def test_surrogates_in_the_names_and_values_of_maps_are_replaced_too() -> None:
    assert decode(encode(Kept(map={"a\ud800": "\udc00"})), Kept).map == {"a\ufffd": "\ufffd"}


def test_the_order_of_a_map_does_not_show_where_it_had_to_be_repaired() -> None:
    one, other = {"b": "\ud800", "a": ""}, {"a": "", "b": "\ud800"}
    assert encode(Kept(map=one)) == encode(Kept(map=other))


def test_times_are_written_in_utc() -> None:
    assert b'"2026-01-02T03:04:05Z"' in encode(Kept(at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)))


def test_a_time_of_another_zone_is_read_as_the_same_moment() -> None:
    there = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2)))
    assert decode(encode(Kept(at=there)), Kept).at == there


def test_a_field_of_a_later_version_is_passed_over() -> None:
    assert decode(encode(KeptLater(text="x")), Kept) == Kept(text="x")


@given(st.binary(max_size=100))
def test_rubbish_is_refused_calmly(rubbish: bytes) -> None:
    try:
        decode(rubbish, Kept)
    except CannotOpen:
        return
    assert msgspec.json.decode(rubbish, type=dict) is not None


@pytest.mark.parametrize(
    "body",
    [b'{"x":' * 100_000, b"[" * 100_000, b'{"text": 1}', b'{"text": "\xff"}', b'{"at": "yesterday"}', b""],
)
def test_what_is_not_the_record_it_should_be_is_refused(body: bytes) -> None:
    with pytest.raises(CannotOpen):
        decode(body, Kept)
