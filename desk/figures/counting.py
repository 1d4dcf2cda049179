"""Counts of a month, kept in the transaction of what they count. No community, no name, nothing of a report.

A report counts when it is first triaged, a first look when it happens, an ending when a case is closed, and
again if it is opened and closed once more.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
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
_WEEKS: Final = "weeks/"


class Figure(StrEnum):
    """What is counted; each by codes of its own."""

    PRIORITY = "priority"
    CATEGORY = "category"
    PLATFORM = "platform"
    FIRST_LOOK = "first_look"  # by priority and Within: how soon a person looked
    OUTCOME = "outcome"
    WAITED = "waited"  # by priority and an edge of EDGES in minutes: for medians


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

EDGES: Final = (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1_440, 2_880, 4_320, 10_080)
"""Minutes within which a first look is counted; what took longer counts at the last."""

Week = str
"""`2026-W48`, of ISO 8601, in UTC."""
Month = str
"""`2026-11`, in UTC."""
Counted = Mapping[Figure, Mapping[str, int]]


def within(waited: timedelta) -> Within:
    return next((name for name, limit in _LIMITS.items() if waited <= limit), Within.LONGER)


def month_of(at: datetime) -> Month:
    return f"{at:%Y-%m}"


def week_of(at: datetime) -> Week:
    return f"{at:%G-W%V}"


def triaged(
    conn: sa.Connection, scope: Scope, at: datetime, priority: Priority, *, category: str, platform: str
) -> None:
    """A report has its first priority."""
    names = [f"{Figure.PRIORITY}/{priority.name}", f"{Figure.PLATFORM}/{_code(platform)}"]
    names += [f"{Figure.CATEGORY}/{category}"] if category else []
    _count(conn, scope, at, names)
    _add(conn, f"{_weekly(scope)}{week_of(at)}")


def looked(conn: sa.Connection, scope: Scope, at: datetime, priority: Priority, sent_at: datetime) -> None:
    """A person has looked at a report for the first time."""
    minutes = (at - sent_at) / timedelta(minutes=1)
    edge = next((edge for edge in EDGES if minutes <= edge), EDGES[-1])
    names = [
        f"{Figure.FIRST_LOOK}/{priority.name}.{within(at - sent_at)}",
        f"{Figure.WAITED}/{priority.name}.{edge}",
    ]
    _count(conn, scope, at, names)


def ended(conn: sa.Connection, scope: Scope, at: datetime, outcome: str) -> None:
    """A case was closed."""
    _count(conn, scope, at, [f"{Figure.OUTCOME}/{outcome}"])


def months(conn: sa.Connection, scope: Scope) -> tuple[Month, ...]:
    """The months in which anything was counted, the latest first."""
    prefix = _prefix(scope)
    month = sa.func.substr(counters.c.name, len(prefix) + 1, len("2026-11"))
    found = conn.scalars(
        sa.select(month).where(counters.c.name.startswith(prefix, autoescape=True)).distinct()
    )
    return tuple(sorted(found, reverse=True))


def of_weeks(conn: sa.Connection, scope: Scope, weeks: Sequence[Week]) -> dict[Week, int]:
    """How many reports were first triaged in each of these weeks."""
    asked = {"names": [f"{_weekly(scope)}{week}" for week in weeks]}
    found = {row.name.removeprefix(_weekly(scope)): int(row.value) for row in conn.execute(_NAMED, asked)}
    return {week: found.get(week, 0) for week in weeks}


def of_month(conn: sa.Connection, scope: Scope, month: Month) -> Counted:
    """All figures of a month."""
    prefix = f"{_prefix(scope)}{month}/"
    found: dict[Figure, dict[str, int]] = defaultdict(dict)
    for name, value in counts(conn, counters, prefix).items():
        figure, _, code = name.removeprefix(prefix).partition("/")
        found[Figure(figure)][code] = value
    return found


_NAMED = (
    sa.select(counters.c.name, sa.func.sum(counters.c.value).label("value"))
    .where(counters.c.name.in_(sa.bindparam("names", expanding=True)))
    .group_by(counters.c.name)
)


def _count(conn: sa.Connection, scope: Scope, at: datetime, names: list[str]) -> None:
    _add(conn, *(f"{_prefix(scope)}{month_of(at)}/{name}" for name in names))


def _add(conn: sa.Connection, *names: str) -> None:
    change = counted(counters, _WRITER, *names)
    conn.execute(change.statement, list(change.rows))


def _prefix(scope: Scope) -> str:
    return f"{_FIGURES}{scope.desk}/{scope.standing.value}/"


def _weekly(scope: Scope) -> str:
    return f"{_WEEKS}{scope.desk}/{scope.standing.value}/"


def _code(text: str) -> str:
    """A road names its platform; what it calls it must fit between the strokes of a counter's name."""
    return "".join(sign if sign.isalnum() else "_" for sign in text)[:30]
