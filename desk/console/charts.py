"""Charts as plain values: where each mark stands, in units of the drawing. Pure; the templates draw.

Every axis begins at nought or says that it does not; every mark has its number beside it.
"""

from collections.abc import Mapping, Sequence
from math import log
from typing import Final, NamedTuple

WIDTH: Final = 360
_LEFT: Final = 34
_RIGHT: Final = 6
_TOP: Final = 18
_HIGH: Final = 120
_LINE: Final = 34
_LABEL: Final = 30


class Mark(NamedTuple):
    """A stretch of an axis: its place, and what is written there."""

    at: float
    label: str


class Column(NamedTuple):
    """`value` None: too small to be shown; then there is no column, and the place says so."""

    label: str
    value: int | None
    left: float
    top: float
    wide: float
    high: float

    @property
    def middle(self) -> float:
        return self.left + self.wide / 2


class Columns(NamedTuple):
    columns: tuple[Column, ...]
    ticks: tuple[Mark, ...]
    base: float
    high: float


class Span(NamedTuple):
    """From one value to another on an axis, of one kind of report; both in words."""

    label: str
    start: float
    end: float
    first: str
    last: str
    at: float


class Spans(NamedTuple):
    spans: tuple[Span, ...]
    ticks: tuple[Mark, ...]
    high: float


def columns(values: Sequence[tuple[str, int | None]]) -> Columns:
    """A column for each value, from nought; in the order given."""
    top = _round(max((value or 0 for _, value in values), default=0))
    place = (WIDTH - _LEFT - _RIGHT) / max(1, len(values))
    drawn = tuple(
        Column(
            label=label,
            value=value,
            left=round(_LEFT + place * (number + 0.15), 1),
            top=round(_TOP + _HIGH * (1 - (value or 0) / top), 1),
            wide=round(place * 0.7, 1),
            high=round(_HIGH * (value or 0) / top, 1),
        )
        for number, (label, value) in enumerate(values)
    )
    ticks = tuple(Mark(round(_TOP + _HIGH * (1 - part), 1), f"{round(top * part):,}") for part in (0, 0.5, 1))
    return Columns(drawn, ticks, _TOP + _HIGH, _TOP + _HIGH + _LINE)


def spans(
    found: Mapping[str, tuple[float, float]], marks: Sequence[tuple[float, str]], words: Mapping[float, str]
) -> Spans:
    """From the smaller to the larger of two, on an axis whose every mark is several times the one before."""
    low, far = marks[0][0], marks[-1][0]

    def place(value: float) -> float:
        share = log(min(max(value, low), far) / low) / log(far / low)
        return round(_LABEL + (WIDTH - _LABEL - 2 * _RIGHT) * share, 1)

    drawn = tuple(
        Span(label, place(first), place(last), words[first], words[last], _TOP + _LINE * (number + 0.5))
        for number, (label, (first, last)) in enumerate(found.items())
    )
    ticks = tuple(Mark(place(value), label) for value, label in marks)
    return Spans(drawn, ticks, _TOP + _LINE * max(1, len(found)) + _LINE / 2)


def quantile(counts: Sequence[tuple[float, int]], share: float) -> float:
    """The edge within which this share of all lie; of edges in order with how many lie within each alone."""
    wanted = share * sum(number for _, number in counts)
    seen = 0.0
    for edge, number in counts:
        seen += number
        if seen >= wanted:
            return edge
    return counts[-1][0]


def _round(most: int) -> int:
    """The top of an axis: the next of 2, 4, 10, 20, 40, 100 …"""
    top = 2
    while top < most:
        top = top * 2 if str(top)[0] in "12" else top // 4 * 10
    return top
