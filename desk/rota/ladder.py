"""Who is to be paged now: a pure decision of what waits, who is on shift, and what was paged before.

Every step tells once of each case, and one page tells of all. Nobody gets more than one page a minute; what
came meanwhile is in the next one. What was not noted as paged is paged again: rather twice than never.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from core.reports.model import Priority
from desk.rota.folding import fold
from desk.rota.model import Page, Step, Team, Waiting

Ladder = Mapping[Priority, Mapping[Step, timedelta]]
"""How long a case has waited when each step is told. A priority that is not in it pages nobody."""

OUTSIDE: Final = ""
"""The `person` of a page to the outside contact."""
PAGE_EVERY: Final = timedelta(minutes=1)


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
            if person not in due and _untold(person, step, reached, paged) and _may(person, paged, now):
                due[person] = _page(person, step, reached, now)
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


def _untold(person: str, step: Step, reached: Sequence[Waiting], paged: Sequence[Page]) -> bool:
    told = {case for page in paged if (page.person, page.step) == (person, step) for case in page.cases}
    return any(one.case not in told for one in reached)


def _may(person: str, paged: Sequence[Page], now: datetime) -> bool:
    return all(page.person != person or now - page.at >= PAGE_EVERY for page in paged)


def _page(person: str, step: Step, reached: Sequence[Waiting], now: datetime) -> Page:
    folded = fold(reached)
    return Page(
        person=person,
        step=step,
        at=now,
        since=min(one.since for one in reached),
        counts=folded.counts,
        apart=len(folded.apart) if folded.flood else 0,
        cases=frozenset(one.case for one in reached),
    )
