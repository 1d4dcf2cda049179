"""Stories that touch no other, as the rows they end up as: what the desk's rooms would have made of them.

A test holds every row against the desk's own work. Whatever takes two people or touches another report is
not written here but played (`desk.demo.playing`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, cast

import msgspec
import sqlalchemy as sa

from core.ledger.port import Change
from core.ledger.trail import Entry
from core.reports.categories import Categories
from core.reports.model import Answers, Priority
from core.reports.triage import Rules, Triage, TriageFacts, triage
from desk import tallies
from desk.cases import LOOKED
from desk.casework.model import CaseState
from desk.demo.making import Made
from desk.demo.playing import RECEIVED_AFTER, TRIAGED_AFTER, Desk, digest_of
from desk.demo.stories import WORDS, Story
from desk.figures import counting
from desk.linking.suggesting import rows_of as rows_linking
from desk.linking.values import tags_of, values_of
from desk.ranks import CLOSED, due, rank
from desk.receiving import Incoming, rows_of
from desk.rota import urgent
from desk.rota.urgent import Noted
from desk.status import tag_of
from desk.tables import casework, counters, deliveries, links, parts, reasons, reports, rota

_INSERT: Final = {
    table: sa.insert(table)
    for table in (deliveries, reports, parts, reasons, links.tags, casework.cases, rota.urgent)
}
_WRITER: Final = "desk"


class Sums:
    """Takes what the rooms would add to their counters, and sums it up."""

    def __init__(self) -> None:
        self._sums: Counter[str] = Counter()

    def execute(self, _statement: object, rows: Iterable[Mapping[str, Any]]) -> None:
        """What `sa.Connection.execute` is given for counters, and nothing else."""
        for row in rows:
            self._sums[row["name"]] += row["value"]

    def change(self) -> Change:
        rows = [{"name": name, "writer": _WRITER, "value": value} for name, value in self._sums.items()]
        return Change(sa.insert(counters), rows)

    @property
    def conn(self) -> sa.Connection:
        """As the rooms want to be given it."""
        return cast("sa.Connection", self)


class Writing:
    """Collects the rows of stories until they are taken."""

    def __init__(self, desk: Desk, sums: Sums) -> None:
        self._desk = desk
        self._sums = sums
        self._rows: dict[sa.Table, list[dict[str, Any]]] = defaultdict(list)
        self.trail: list[Entry] = []

    def taken(self) -> Iterator[Change]:
        """What was collected, once."""
        rows, self._rows = self._rows, defaultdict(list)
        yield from (Change(_INSERT[table], rows[table]) for table in _INSERT if rows[table])

    def write(self, story: Story, made: Made, decision: Triage) -> None:
        received_at, triaged_at = story.sent_at + RECEIVED_AFTER, story.sent_at + TRIAGED_AFTER
        incoming = Incoming(self._desk.road, made.delivery, digest_of(made), received_at)
        found = rows_of(incoming, self._desk.targets)
        self._rows[deliveries].append(found.delivery)
        self._rows[parts] += [row | {"triaged_at": triaged_at} for row in found.parts]
        self._rows[reports].append(self._report(story, made, decision, found.report))
        self._rows[reasons] += [
            {"report": story.id, "code": why.code, "text": why.text, "at": triaged_at}
            for why in decision.reasons
        ]
        tags = tags_of(self._desk.keys.linking, values_of(made.contents))
        self._rows[links.tags] += rows_linking(self._desk.scope, made.delivery.community, story.id, tags)
        self._count(story, decision, found.report["rank"])
        self._come(story, decision.priority)
        self._work(story)

    def _report(self, story: Story, made: Made, decision: Triage, row: dict[str, Any]) -> dict[str, Any]:
        facts = made.contents.facts
        fate, received_at = story.fate, row["received_at"]
        return row | {
            "triaged_at": story.sent_at + TRIAGED_AFTER,
            "priority": int(decision.priority),
            "rank": _stands(story, decision.priority),
            "due_at": due(decision.priority, story.sent_at, received_at, self._desk.targets),
            "category": story.answers.category,
            "reference_tag": None if facts is None else tag_of(self._desk.keys.reference, facts.reference),
            "read_at": fate.looked_at,
            "read_by": fate.by if fate.looked_at else "",
            "has_words": bool(story.answers.own_words.strip()),
        }

    def _count(self, story: Story, decision: Triage, entered: int) -> None:
        scope, conn, fate = self._desk.scope, self._sums.conn, story.fate
        triaged = rank(decision.priority, triaged=True)
        tallies.entered(conn, scope, entered)
        tallies.moved(conn, scope, entered, triaged)
        tallies.moved(conn, scope, triaged, _stands(story, decision.priority))
        counting.triaged(
            conn,
            scope,
            story.sent_at + TRIAGED_AFTER,
            decision.priority,
            category=story.answers.category.value,
            platform=story.platform,
        )
        if fate.looked_at:
            counting.looked(conn, scope, fate.looked_at, decision.priority, story.sent_at)
        if fate.closed_at:
            counting.ended(conn, scope, fate.closed_at, fate.outcome)

    def _work(self, story: Story) -> None:
        fate = story.fate
        told = {"desk": self._desk.scope.desk, "standing": self._desk.scope.standing.value}
        deeds = (
            (fate.looked_at, LOOKED, {"first": "yes"}),
            (fate.taken_at, "case_taken", {"before": ""}),
            (fate.closed_at, "case_closed", {"outcome": fate.outcome}),
        )
        self.trail += [
            Entry(at=at, who=fate.by, action=action, target=story.id, detail=told | detail)
            for at, action, detail in deeds
            if at
        ]
        if fate.taken_at:
            self._rows[casework.cases].append(self._case(story))

    def _come(self, story: Story, priority: Priority) -> None:
        """Who came to what was urgent; every act after the look says so anew."""
        fate = story.fate
        if fate.looked_at is None or priority > Priority.P1:
            return
        last = fate.closed_at or fate.taken_at or fate.looked_at
        noted = Noted(story.id, priority, story.sent_at, fate.looked_at, answered_at=last, opened=True)
        self._rows[rota.urgent].append(
            urgent.row_of(self._desk.scope, noted, by=fate.by, opened_at=fate.looked_at)
        )

    def _case(self, story: Story) -> dict[str, Any]:
        fate = story.fate
        state = CaseState.CLOSED if fate.closed_at else CaseState.WORKING
        return {
            "id": story.id,
            "desk": self._desk.scope.desk,
            "standing": self._desk.scope.standing.value,
            "state": state.value,
            "state_at": fate.closed_at or fate.taken_at,
            "state_by": fate.by,
            "holder": fate.by,
            "held_at": fate.taken_at,
            "outcome": fate.outcome,
        }


def decided(desk: Desk, story: Story) -> Triage:
    """What the rules make of a story that nobody else tells of."""
    # No rule looks for anything in words that are made up: with them, few answers are the same.
    told = msgspec.structs.replace(story.answers, own_words=f"{WORDS} Somebody wrote.", about="")
    return _decided(told, desk.rules, desk.categories)


@lru_cache(maxsize=10_000)
def _decided(told: Answers, rules: Rules, categories: Categories) -> Triage:
    return triage(TriageFacts(told=(told,)), rules, categories)


def is_plain(story: Story, decision: Triage) -> bool:
    """Whether it may be written: it touches no other, takes no second person, and has no note."""
    return not story.recurring and not story.fate.note and decision.priority is not Priority.P0


def _stands(story: Story, priority: Priority) -> int:
    return CLOSED if story.fate.closed_at else rank(priority, triaged=True)
