"""Counts of a month, kept in the transaction of what they count. No community, no name, nothing of a report.

A report counts when it is first triaged, a first look when it happens, an ending when a case is closed, and
again if it is opened and closed once more.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import sqlalchemy as sa

from core.ledger.counters import counted, counts
from core.reports.model import Priority
from desk.model import Scope
from desk.tables import counters

_WRITER: Final = "desk"
_FIGURES: Final = "figures/"


class Figure(StrEnum):
    """What is counted; each by codes of its own."""

    PRIORITY = "priority"
    CATEGORY = "category"
    PLATFORM = "platform"
    FIRST_LOOK = "first_look"  # by priority and Within: how soon a person looked
    OUTCOME = "outcome"


class Within(StrEnum):
    """How long a report waited for its first look, from its sending."""

    MINUTES_5 = "5_minutes"
    HOUR = "1_hour"
    DAY = "1_day"
    DAYS_3 = "3_days"
    LONGER = "longer"


_LIMITS: Final = {
    Within.MINUTES_5: timedelta(minutes=5),
    Within.HOUR: timedelta(hours=1),
    Within.DAY: timedelta(days=1),
    Within.DAYS_3: timedelta(days=3),
}

Month = str
"""`2026-11`, in UTC."""
Counted = Mapping[Figure, Mapping[str, int]]


def within(waited: timedelta) -> Within:
    return next((name for name, limit in _LIMITS.items() if waited <= limit), Within.LONGER)


def month_of(at: datetime) -> Month:
    return f"{at:%Y-%m}"


def triaged(
    conn: sa.Connection, scope: Scope, at: datetime, priority: Priority, *, category: str, platform: str
) -> None:
    """A report has its first priority."""
    names = [f"{Figure.PRIORITY}/{priority.name}", f"{Figure.PLATFORM}/{_code(platform)}"]
    names += [f"{Figure.CATEGORY}/{category}"] if category else []
    _count(conn, scope, at, names)


def looked(conn: sa.Connection, scope: Scope, at: datetime, priority: Priority, sent_at: datetime) -> None:
    """A person has looked at a report for the first time."""
    _count(conn, scope, at, [f"{Figure.FIRST_LOOK}/{priority.name}.{within(at - sent_at)}"])


def ended(conn: sa.Connection, scope: Scope, at: datetime, outcome: str) -> None:
    """A case was closed."""
    _count(conn, scope, at, [f"{Figure.OUTCOME}/{outcome}"])


def months(conn: sa.Connection, scope: Scope) -> tuple[Month, ...]:
    """The months in which anything was counted, the latest first."""
    found = counts(conn, counters, _prefix(scope))
    return tuple(sorted({name.removeprefix(_prefix(scope)).split("/")[0] for name in found}, reverse=True))


def of_month(conn: sa.Connection, scope: Scope, month: Month) -> Counted:
    """All figures of a month."""
    prefix = f"{_prefix(scope)}{month}/"
    found: dict[Figure, dict[str, int]] = defaultdict(dict)
    for name, value in counts(conn, counters, prefix).items():
        figure, _, code = name.removeprefix(prefix).partition("/")
        found[Figure(figure)][code] = value
    return found


def _count(conn: sa.Connection, scope: Scope, at: datetime, names: list[str]) -> None:
    change = counted(counters, _WRITER, *(f"{_prefix(scope)}{month_of(at)}/{name}" for name in names))
    conn.execute(change.statement, list(change.rows))


def _prefix(scope: Scope) -> str:
    return f"{_FIGURES}{scope.desk}/{scope.standing.value}/"


def _code(text: str) -> str:
    """A road names its platform; what it calls it must fit between the strokes of a counter's name."""
    return "".join(sign if sign.isalnum() else "_" for sign in text)[:30]
