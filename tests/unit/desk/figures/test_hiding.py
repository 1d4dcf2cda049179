"""No number under ten is shown, nor what would give one away."""

from hypothesis import given
from hypothesis import strategies as st

from desk.figures.hiding import LEAST, hidden

COUNTS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 60), max_size=8)


@given(COUNTS)
def test_no_small_number_is_shown(counts: dict[str, int]) -> None:
    shown = {code: value for code, value in counts.items() if code not in hidden(counts)}
    assert all(value == 0 or value >= LEAST for value in shown.values())


@given(COUNTS)
def test_whoever_knows_the_sum_cannot_subtract_their_way_to_a_small_number(counts: dict[str, int]) -> None:
    left_out = hidden(counts)
    some = {code for code, value in counts.items() if value}
    if left_out and left_out != some:
        assert len(left_out) >= 2
        assert sum(counts[code] for code in left_out) >= LEAST


@given(COUNTS)
def test_nothing_is_hidden_where_nothing_is_small(counts: dict[str, int]) -> None:
    large = {code: value + LEAST for code, value in counts.items()}
    assert hidden(large) == frozenset()


def test_a_nought_is_shown_and_one_small_number_takes_the_next_along() -> None:
    assert hidden({"a": 0, "b": 3, "c": 12, "d": 40}) == {"b", "c"}
