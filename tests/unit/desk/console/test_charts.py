"""Where the marks of a chart stand: from nought, in proportion, and never outside the drawing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.console.charts import WIDTH, columns, quantile, spans

MARKS = ((1.0, "1 min"), (60.0, "1 h"), (1440.0, "1 d"))
WORDS = {1.0: "1 min", 60.0: "1 h", 1440.0: "1 d"}


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=12))
def test_columns_are_as_high_as_their_values_and_stand_in_the_drawing(values: list[int]) -> None:
    drawn = columns([(str(number), value) for number, value in enumerate(values)])
    top = int(drawn.ticks[-1].label.replace(",", ""))
    for column in drawn.columns:
        assert column.high == pytest.approx(120 * (column.value or 0) / top, abs=0.1)
        assert column.top + column.high == pytest.approx(drawn.base, abs=0.2)
        assert 0 <= column.left <= column.left + column.wide <= WIDTH


def test_the_axis_begins_at_nought() -> None:
    assert columns([("1", 7)]).ticks[0].label == "0"


@pytest.mark.parametrize(("most", "top"), [(0, "2"), (3, "4"), (5, "10"), (41, "100"), (2_345, "4,000")])
def test_the_axis_ends_at_a_round_number(most: int, top: str) -> None:
    assert columns([("1", most)]).ticks[-1].label == top


def test_what_is_hidden_has_no_column() -> None:
    (column,) = columns([("1", None)]).columns
    assert column.high == 0


def test_half_and_nine_of_ten_are_read_off_the_counts() -> None:
    counts = [(1.0, 5), (60.0, 4), (1440.0, 1)]
    assert (quantile(counts, 0.5), quantile(counts, 0.9), quantile(counts, 1)) == (1.0, 60.0, 1440.0)


def test_a_span_goes_from_the_smaller_to_the_larger() -> None:
    (span,) = spans({"P0": (1.0, 1440.0)}, MARKS, WORDS).spans
    assert (span.first, span.last) == ("1 min", "1 d")
    assert span.start < span.end <= WIDTH
