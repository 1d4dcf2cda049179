"""The figures of the desk as a page: a month's reports, how soon somebody looked, how cases ended."""

import re
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Final, NamedTuple

import sqlalchemy as sa
from aiohttp import web  # noqa: TID251 - a room returns an Application

from core.reports.model import Category, Priority
from desk import tallies
from desk.console.charts import Columns, Spans, columns, quantile, spans
from desk.console.gate import SESSION, page
from desk.console.room import CONSOLE, Console
from desk.console.routes import FIGURES, Route
from desk.figures import counting
from desk.figures.counting import EDGES, Counted, Figure, Week, Within
from desk.figures.hiding import LEAST, hidden
from desk.ranks import QUEUED, of_rank
from desk.staff.model import CASEWORK
from desk.tables import reports

WEEKS: Final = 12
MANY: Final = 1_000
_OVERDUE = sa.select(sa.func.count()).select_from(
    sa.select(reports.c.id)
    .where(
        reports.c.desk == sa.bindparam("desk"),
        reports.c.standing == sa.bindparam("standing"),
        reports.c.rank.in_(range(QUEUED + 1)),
        reports.c.due_at < sa.bindparam("now", type_=reports.c.due_at.type),
        reports.c.read_at.is_(None),
    )
    .limit(MANY)
    .subquery()
)
_MONTH = re.compile(r"\d{4}-\d{2}")


class Bar(NamedTuple):
    """One line of a chart; `value` None: hidden. `share` of the largest, in percent."""

    label: str
    value: int | None
    share: float


Chart = tuple[Bar, ...]


async def figures(request: web.Request) -> web.Response:
    """One month; which, is asked for in the address."""
    console = request.app[CONSOLE]
    ledger, scope = console.desk.ledger, console.scope
    known = await ledger.read(lambda conn: counting.months(conn, scope))
    this_month = counting.month_of(console.desk.clock.now())
    asked = request.query.get("month", "")
    month = asked if _MONTH.fullmatch(asked) else (known[0] if known else this_month)
    found = await ledger.read(lambda conn: counting.of_month(conn, scope, month))
    works = bool(request[SESSION].person.roles & CASEWORK)
    weeks = await ledger.read(partial(counting.of_weeks, scope=scope, weeks=_weeks(console)))
    return page(
        request,
        "figures.html",
        month=month,
        months=known or (this_month,),
        waiting=await _waiting(console) if works else (),
        overdue=await ledger.read(partial(_overdue, console=console)) if works else None,
        many=MANY,
        weekly=_weekly(weeks),
        soon=_soon(console, found),
        by_priority=_bars(found, Figure.PRIORITY, {each.name: each.name for each in Priority}),
        by_category=_bars(found, Figure.CATEGORY, _categories(console)),
        by_platform=_bars(found, Figure.PLATFORM, {}),
        by_outcome=_bars(found, Figure.OUTCOME, {code: one.staff for code, one in console.outcomes.items()}),
        looks=_looks(found),
        withins=tuple(Within),
    )


def _overdue(conn: sa.Connection, console: Console) -> int:
    """Cases in the queue that nobody has looked at by when they were due; MANY at most are counted."""
    scope = console.scope
    asked = {"desk": scope.desk, "standing": scope.standing.value, "now": console.desk.clock.now()}
    return int(conn.execute(_OVERDUE, asked).scalar_one())


def _weeks(console: Console) -> tuple[Week, ...]:
    """The last that are over, the earliest first: a week that still runs would look like a fall."""
    now = console.desk.clock.now()
    return tuple(counting.week_of(now - timedelta(weeks=back)) for back in range(WEEKS, 0, -1))


def _weekly(weeks: Mapping[Week, int]) -> Columns | None:
    if not any(weeks.values()):
        return None
    not_shown = hidden(weeks)
    return columns([(week[-2:], None if week in not_shown else value) for week, value in weeks.items()])


def _soon(console: Console, found: Counted) -> Spans | None:
    """Within what time half, and nine of ten, had been looked at; nothing where there were fewer than ten."""
    waited = found.get(Figure.WAITED, {})
    told = {}
    for priority in Priority:
        mine = [(float(edge), waited.get(f"{priority.name}.{edge}", 0)) for edge in EDGES]
        if sum(number for _, number in mine) >= LEAST:
            told[priority.name] = (quantile(mine, 0.5), quantile(mine, 0.9))
    words = {float(edge): _minutes(console, edge) for edge in EDGES}
    marks = [(edge, words[edge]) for edge in (1.0, 10.0, 60.0, 480.0, 2_880.0, float(EDGES[-1]))]
    return spans(told, marks, words) if told else None


def _minutes(console: Console, minutes: int) -> str:
    """In the largest unit; every edge is a whole number of it."""
    for unit, length in (("days", 24 * 60), ("hours", 60), ("minutes", 1)):
        if minutes >= length:
            return console.pages.say(f"desk-figures-{unit}", number=minutes // length)
    raise ValueError("less than a minute")


def _categories(console: Console) -> Mapping[str, str]:
    return {code.value: console.categories[code].professional for code in Category}


async def _waiting(console: Console) -> Chart:
    """Cases in the queue now, exactly: for those who work them."""
    now: dict[str, int] = {priority.name: 0 for priority in Priority}
    for tally in await tallies.queued(console.desk.ledger):
        if tally.scope == console.scope and tally.rank <= QUEUED:
            now[of_rank(tally.rank)[0].name] += tally.reports
    most = max(now.values(), default=0) or 1
    return tuple(Bar(name, value, 100 * value / most) for name, value in now.items())


def _bars(found: Counted, figure: Figure, labels: Mapping[str, str]) -> Chart:
    """What has a label in the order of the labels, else the largest first."""
    counts = dict(found.get(figure, {}))
    not_shown = hidden(counts)
    order = sorted(counts, key=lambda code: -counts[code]) if not labels else [*labels]
    shown = [code for code in order if counts.get(code)]
    shown += sorted(set(counts) - set(shown) - {code for code, value in counts.items() if not value})
    most = max((counts[code] for code in shown if code not in not_shown), default=0) or 1
    return tuple(
        _bar(labels.get(code, code), counts[code], most, shows=code not in not_shown) for code in shown
    )


def _bar(label: str, value: int, most: int, *, shows: bool) -> Bar:
    return Bar(label, value, 100 * value / most) if shows else Bar(label, None, 0)


def _looks(found: Counted) -> Mapping[str, Chart]:
    """For each priority, how soon somebody looked."""
    counts = found.get(Figure.FIRST_LOOK, {})
    charts = {}
    for priority in Priority:
        mine = {each.value: counts.get(f"{priority.name}.{each}", 0) for each in Within}
        not_shown = hidden(mine)
        most = max((value for code, value in mine.items() if code not in not_shown), default=0) or 1
        charts[priority.name] = tuple(
            _bar(code, value, most, shows=code not in not_shown) for code, value in mine.items()
        )
    return {name: chart for name, chart in charts.items() if any(bar.value != 0 for bar in chart)}


ROUTES = (Route("GET", "/figures", figures, "figures", FIGURES),)
