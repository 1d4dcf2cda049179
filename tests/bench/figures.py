"""What a subject found out: figures, each against another of the same run and against its aim."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

import msgspec

from tests.bench.engines import Engine
from tests.bench.rounds import ROUNDS, ratio


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """How a subject is to be measured, and where it may write."""

    folder: Path
    seconds: float = 1.0
    """Of each variant in each round."""
    rounds: int = ROUNDS
    slow_ms: int = 0
    """Added to every sync of the disk."""
    engines: tuple[Engine, ...] = (Engine.SQLITE,)
    most: int = 1_000_000
    """The most rows, servers or reports that a subject makes."""


class Aim(NamedTuple):
    limit: float
    at_most: bool = False

    def met(self, value: float) -> bool:
        return value <= self.limit if self.at_most else value >= self.limit

    def __str__(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.limit:g}"


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a table. `ratio` is to `base`; `aim` is for the ratio, or for the value without one."""

    what: str
    value: float
    unit: str
    base: str = ""
    ratio: float | None = None
    spread: tuple[float, float] | None = None
    """The smallest and the largest ratio of a round."""
    aim: tuple[float, bool] | None = None

    @property
    def goal(self) -> Aim | None:
        return Aim(*self.aim) if self.aim else None

    @property
    def met(self) -> bool | None:
        """None where there is no aim."""
        return None if self.goal is None else self.goal.met(self.value if self.ratio is None else self.ratio)


def against(
    found: Mapping[str, list[float]], name: str, base: str, unit: str, aim: Aim | None = None
) -> Figure:
    """One variant against another, by the median of the rounds' ratios."""
    each = [one / other for one, other in zip(found[name], found[base], strict=True)]
    return Figure(
        what=name,
        value=median(found[name]),
        unit=unit,
        base=base,
        ratio=ratio(found, name, base),
        spread=(min(each), max(each)),
        aim=aim and (aim.limit, aim.at_most),
    )


def alone(found: Mapping[str, list[float]], name: str, unit: str, aim: Aim | None = None) -> Figure:
    """A figure that is compared with nothing but its aim."""
    return Figure(what=name, value=median(found[name]), unit=unit, aim=aim and (aim.limit, aim.at_most))


HEADER = "| | median | against | ratio | from, to | aim | |\n|---|---:|---|---:|---|---|---|"


def table(figures: Sequence[Figure]) -> str:
    """Figures as a table of Markdown."""
    return "\n".join([HEADER, *map(_line, figures)])


def _line(figure: Figure) -> str:
    told = "" if figure.met is None else ("passed" if figure.met else "**missed**")
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    spread = ", ".join(f"{end:.2f}" for end in figure.spread or ())
    value = f"{_rounded(figure.value)} {figure.unit}"
    cells = (figure.what, value, figure.base, ratio, spread, str(figure.goal or ""), told)
    return f"| {' | '.join(cells)} |"


def _rounded(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
