"""What somebody who is reported may be told of it. Pure, and on the side of whoever reported.

That there is a report at all can tell who made it: so it is said only where many are closed, mild and surely
about them. Otherwise the answer has the same words as where nothing is held. Nothing that anybody wrote or
that was captured is ever given: which message was pressed on shows who pressed.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar

import msgspec

from core.ids import ReportId
from core.reports.model import Category
from desk.figures.hiding import LEAST

ENOUGH: Final = LEAST
"""Reports of one kind, or of one year, before it is spoken of: no smaller figure is shown anywhere else."""
T = TypeVar("T", Category, int)


class Why(StrEnum):
    """Why a report, or a part of one, is not spoken of. The words and the law: the catalogue."""

    OPEN = "open"  # somebody works on it
    CRIME = "crime"  # it went to police or another service, or is on hold for them
    ABUSE = "abuse"  # sexual abuse, or nobody knows yet what
    DANGER = "danger"  # it is, or was, a danger to life
    UNSURE = "unsure"  # a handle or a name may be somebody else's
    FEW = "few"  # so few that it would show who reported
    WORDS = "words"  # what a reporter said or wrote
    MESSAGES = "messages"  # what was captured, their own messages too
    WORK = "work"  # notes, links, assessments, who worked on it


ALWAYS: Final = (Why.WORDS, Why.MESSAGES, Why.WORK)
"""Parts that are withheld of every report."""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A report that names them, as far as deciding needs it."""

    report: ReportId
    category: Category | None
    sexual_abuse: bool
    received_at: datetime
    closed: bool
    handed_on: bool
    danger: bool
    surely: bool
    """By the platform's own id of the account, an e-mail address or a number."""


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    report: ReportId
    why: tuple[Why, ...]
    """Empty: it may be spoken of."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What they may be told, and for the desk's own file what is withheld of which report."""

    categories: tuple[Category, ...] = ()
    """Kinds of reports, in the order of their codes; empty: the answer of those of whom nothing is held."""
    years: tuple[int, ...] = ()
    judged: tuple[Judged, ...] = ()


def decide(held: Sequence[Held]) -> Answer:
    reasons = {each.report: _why(each) for each in held}
    free = [each for each in held if not reasons[each.report]]
    categories = _many(each.category for each in free if each.category is not None)
    years = _many(each.received_at.year for each in free)
    if not (categories and years):
        reasons = {report: why or (Why.FEW,) for report, why in reasons.items()}
        categories, years = (), ()
    return Answer(
        categories=categories,
        years=years,
        judged=tuple(Judged(report=report, why=why) for report, why in sorted(reasons.items())),
    )


def _many(told: Iterable[T]) -> tuple[T, ...]:
    """Those that so many reports have in common that none of them shows who made it."""
    return tuple(sorted(each for each, count in Counter(told).items() if count >= ENOUGH))


def _why(held: Held) -> tuple[Why, ...]:
    unknown = held.category in {None, Category.UNSPECIFIED, Category.OTHER}
    found = {
        Why.OPEN: not held.closed,
        Why.CRIME: held.handed_on,
        Why.ABUSE: held.sexual_abuse or unknown,
        Why.DANGER: held.danger,
        Why.UNSURE: not held.surely,
    }
    return tuple(why for why, so in found.items() if so)
