"""Who is to be paged now: a pure decision of what waits, who is on shift, and what was paged before.

Every step tells once of each case, and one page tells of all. Nobody gets more than one page a minute; what
came meanwhile is in the next one. What was not noted as paged is paged again: rather twice than never. The
last step is repeated for as long as a danger to life waits.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from core.ids import ReportId
from core.reports.model import Priority
from desk.rota.folding import fold
from desk.rota.model import Page, Step, Team, Waiting

Ladder = Mapping[Priority, Mapping[Step, timedelta]]
"""How long a case has waited when each step is told. A priority that is not in it pages nobody."""

OUTSIDE: Final = ""
"""The `person` of a page to the outside contact."""
PAGE_EVERY: Final = timedelta(minutes=1)
AGAIN: Final = timedelta(minutes=15)
"""So often the outside contact is told anew while a P0 waits."""


def _minutes(*steps: int) -> Mapping[Step, timedelta]:
    return {step: timedelta(minutes=after) for step, after in zip(Step, steps, strict=True)}


SHIPPED: Final[Ladder] = {Priority.P0: _minutes(0, 5, 10, 15), Priority.P1: _minutes(0, 30, 60, 120)}


def pages_due(
    waiting: Sequence[Waiting],
    team: Team,
    paged: Sequence[Page],
    now: datetime,
    *,
    ladder: Ladder = SHIPPED,
) -> tuple[Page, ...]:
    """The pages to send now, at most one a person; `waiting` is all that nobody has acknowledged."""
    due: dict[str, Page] = {}
    for step in Step:
        reached = [one for one in waiting if step in _steps(one, team, ladder, now)]
        for person in _people(step, team):
            if person in due or not _may(person, paged, now):
                continue
            if untold := _untold(person, step, reached, paged, now):
                due[person] = _page(person, step, reached, untold, now)
    return tuple(due.values())


def _steps(one: Waiting, team: Team, ladder: Ladder, now: datetime) -> Iterator[Step]:
    """The steps that a case has reached. Where nobody is on shift a P0 is at the outside contact at once."""
    after = ladder.get(one.priority, {})
    yield from (step for step, wait in after.items() if now - one.since >= wait)
    if one.priority is Priority.P0 and not (team.on_call or team.second):
        yield Step.OUTSIDE


def _people(step: Step, team: Team) -> tuple[str, ...]:
    """Who is told at a step; where nobody is on call, the second is told at once."""
    people = {
        Step.ON_CALL: team.on_call or team.second,
        Step.SECOND: team.second,
        Step.SUPERVISORS: team.supervisors,
        Step.OUTSIDE: (OUTSIDE,),
    }
    return people[step]


def _untold(
    person: str, step: Step, reached: Sequence[Waiting], paged: Sequence[Page], now: datetime
) -> frozenset[ReportId]:
    """What they were not told of at this step since it waits, or are to be told of again."""
    theirs = sorted((page for page in paged if (page.person, page.step) == (person, step)), key=_at)
    told = {case: page.at for page in theirs for case in page.cases}
    return frozenset(one.case for one in reached if _is_untold(one, step, told.get(one.case), now))


def _is_untold(one: Waiting, step: Step, told: datetime | None, now: datetime) -> bool:
    if told is None or told < one.since:
        return True
    return step is Step.OUTSIDE and one.priority is Priority.P0 and now - told >= AGAIN


def _at(page: Page) -> datetime:
    return page.at


def _may(person: str, paged: Sequence[Page], now: datetime) -> bool:
    return all(page.person != person or now - page.at >= PAGE_EVERY for page in paged)


def _page(
    person: str, step: Step, reached: Sequence[Waiting], untold: frozenset[ReportId], now: datetime
) -> Page:
    folded = fold(reached)
    return Page(
        person=person,
        step=step,
        at=now,
        since=min(one.since for one in reached),
        counts=folded.counts,
        apart=len(folded.apart) if folded.flood else 0,
        cases=untold,
    )
