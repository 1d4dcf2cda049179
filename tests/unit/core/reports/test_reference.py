import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ReferenceInvalid
from core.evidence.drafts import DraftKey
from core.reports.reference import ALPHABET, check_symbol, parse_reference, reference_of

SHAPE = re.compile(r"LB-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]")
references = st.binary(min_size=16, max_size=16).map(lambda raw: reference_of(DraftKey(raw)))

symbols_of_a_reference = st.text(alphabet=ALPHABET, min_size=12, max_size=12)


def bare(reference: str) -> str:
    return reference.removeprefix("LB").replace("-", "")


def refused(text: str) -> bool:
    try:
        parse_reference(text)
    except ReferenceInvalid:
        return True
    return False


@given(references)
def test_a_reference_has_the_shape_people_are_told(reference: str) -> None:
    assert SHAPE.fullmatch(reference)


def test_a_key_always_gives_the_same_reference() -> None:
    assert reference_of(DraftKey(b"k" * 16)) == "LB-R5D8-5ZDP-SNG9-A"


def test_keys_that_differ_in_one_bit_give_other_references() -> None:
    keys = [DraftKey((1 << bit).to_bytes(16)) for bit in range(128)]
    assert len({reference_of(key) for key in keys}) == 128


def test_the_symbols_are_spread_evenly() -> None:
    told = "".join(bare(reference_of(DraftKey(number.to_bytes(16))))[:12] for number in range(4000))
    counts = [told.count(symbol) for symbol in ALPHABET]
    assert min(counts) > 1300
    assert max(counts) < 1700


@given(references)
def test_a_reference_is_read_back_as_it_is_written(reference: str) -> None:
    assert parse_reference(reference) == reference


@given(references)
def test_a_reference_is_read_without_its_prefix(reference: str) -> None:
    assert parse_reference(bare(reference)) == reference


@given(references, st.data())
def test_people_may_type_it_as_they_like(reference: str, data: st.DataObject) -> None:
    prefix = data.draw(st.sampled_from(["LB", "lb", "Lb", "1b", "IB", ""]))
    between = st.text(alphabet=" -_.\t\n\u00a0\u2013\u2014\u2212", max_size=2)
    dressed = prefix
    for symbol in bare(reference):
        looks = {"0": "0Oo", "1": "1IiLl"}.get(symbol, symbol + symbol.lower())
        dressed += data.draw(between) + data.draw(st.sampled_from(looks))
    assert parse_reference(dressed + data.draw(between)) == reference


@given(references)
def test_full_width_letters_are_the_same_letters(reference: str) -> None:
    wide = "".join(chr(ord(symbol) + 0xFEE0) for symbol in reference)
    assert parse_reference(wide) == reference


@given(references)
def test_every_single_wrong_symbol_is_caught(reference: str) -> None:
    symbols = bare(reference)
    for place, wrong in itertools.product(range(13), ALPHABET):
        if wrong != symbols[place]:
            assert refused(symbols[:place] + wrong + symbols[place + 1 :])


@given(references)
def test_every_swap_of_two_different_symbols_is_caught(reference: str) -> None:
    symbols = bare(reference)
    for one, other in itertools.combinations(range(13), 2):
        swapped = list(symbols)
        swapped[one], swapped[other] = swapped[other], swapped[one]
        assert refused("".join(swapped)) is (symbols[one] != symbols[other])


def test_the_check_catches_every_error_of_one_place_and_every_swap_in_principle() -> None:
    """The check is linear: it is enough to look at each difference in each place, and each pair of places."""
    zero = "0" * 12
    effects = [
        [ALPHABET.index(check_symbol(zero[:place] + symbol + zero[place + 1 :])) for symbol in ALPHABET]
        for place in range(12)
    ] + [list(range(32))]
    for one in effects:
        assert sorted(one) == list(range(32))
    for one, other in itertools.combinations(effects, 2):
        assert all(one[symbol] != other[symbol] for symbol in range(1, 32))


@given(symbols_of_a_reference, symbols_of_a_reference)
def test_the_check_is_linear_as_the_proof_needs(one: str, other: str) -> None:
    def number(symbols: str) -> list[int]:
        return [ALPHABET.index(symbol) for symbol in symbols]

    added = "".join(ALPHABET[a ^ b] for a, b in zip(number(one), number(other), strict=True))
    total = ALPHABET.index(check_symbol(one)) ^ ALPHABET.index(check_symbol(other))
    assert ALPHABET.index(check_symbol(added)) == total


@given(references, st.integers(0, 12))
def test_a_symbol_left_out_or_doubled_is_caught(reference: str, place: int) -> None:
    symbols = bare(reference)
    assert refused(symbols[:place] + symbols[place + 1 :])
    assert refused(symbols[:place] + symbols[place] + symbols[place:])


@given(references, st.sampled_from("Uu!#éß漢\0"), st.integers(0, 12))
def test_a_symbol_that_is_none_is_caught(reference: str, wrong: str, place: int) -> None:
    symbols = bare(reference)
    assert refused(symbols[:place] + wrong + symbols[place + 1 :])


@given(st.text(max_size=80))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    try:
        reference = parse_reference(text)
    except ReferenceInvalid:
        return
    assert parse_reference(reference) == reference


@pytest.mark.parametrize("text", ["", "LB", "LB-", "-" * 13, "0" * 12, "LB" * 8, "0" * 10_000_000])
def test_what_is_plainly_no_reference_is_refused_at_once(text: str) -> None:
    assert refused(text)


def test_the_refusal_does_not_repeat_what_was_typed() -> None:
    with pytest.raises(ReferenceInvalid) as said:
        parse_reference("MY-SECRET-WORDS")
    assert "SECRET" not in str(said.value)
