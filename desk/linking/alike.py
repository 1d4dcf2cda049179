"""Which open reports are a flood: of one community, within the hour, about one account or in near wording.

What stands apart is never among those that are folded: other words, more urgent, or somebody works on it.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.ids import ReportId
from core.reports.model import Priority
from desk.casework.model import CaseState
from desk.casework.place import stands_as
from desk.linking import conflicts
from desk.linking.suggesting import NEAR
from desk.linking.values import Kind
from desk.model import Scope
from desk.ranks import QUEUED
from desk.tables import casework, links, reports

WITHIN: Final = timedelta(hours=1)
"""Before and after the one that is looked at."""
FEWEST: Final = 5
"""Reports of one page of the queue that are told to look alike."""
MOST: Final = 1_000
"""Reports that one press folds; the others wait for the next."""
_KINDS: Final = (Kind.ACCOUNT.value, Kind.OWN_WORDS.value, Kind.MESSAGE.value)


class Apart(StrEnum):
    """Why one that is alike is not folded with the others."""

    WORDS = "words"  # told in other words, or in words where the others have none
    URGENT = "urgent"  # more urgent than the one that is looked at
    WORKED = "worked"  # somebody has it, or has acted
    CONFLICT = "conflict"  # whoever told it is reported elsewhere: it goes to a supervisor


class Alike(msgspec.Struct, frozen=True, kw_only=True):
    report: ReportId
    row: Mapping[Any, Any]
    kinds: tuple[Kind, ...]
    """What it has in common with the one that is looked at."""
    apart: Apart | None

    @property
    def stays(self) -> bool:
        return self.apart is not None

    @property
    def priority(self) -> Priority:
        return stands_as(self.row)


class Flood(NamedTuple):
    """What is alike to one report, the oldest first."""

    alike: tuple[Alike, ...]

    @property
    def folded(self) -> tuple[ReportId, ...]:
        return tuple(each.report for each in self.alike if each.apart is None)

    @property
    def digest(self) -> str:
        """Of the ids that would be folded: what was looked at is what is folded."""
        return digest_of(self.folded)


class Group(NamedTuple):
    """Several rows of a page that look alike; `report` leads to all of them."""

    report: ReportId
    reports: int


_tags = links.tags.c
_ONE = sa.select(reports).where(
    reports.c.id == bind("report"), reports.c.desk == bind("desk"), reports.c.standing == bind("standing")
)
_TAGS = sa.select(_tags.tag, _tags.kind).where(_tags.report == bind("report"), _tags.kind.in_(_KINDS))
_OTHERS = reports.alias()
_TAKEN_INTO = sa.exists().where(_OTHERS.c.of_case == reports.c.id)
_FOUND = (
    sa.select(_tags.report, _tags.kind, sa.func.count().label("number"))
    .join(reports, reports.c.id == _tags.report)
    .where(
        _tags.tag.in_(bind("tags", expanding=True)),
        reports.c.desk == bind("desk"),
        reports.c.standing == bind("standing"),
        reports.c.community == bind("community"),
        reports.c.rank <= QUEUED,
        reports.c.of_case.is_(None),
        reports.c.received_at >= bind("since", type_=reports.c.received_at.type),
        reports.c.received_at <= bind("until", type_=reports.c.received_at.type),
        reports.c.id != bind("report"),
        ~_TAKEN_INTO,
    )
    .group_by(_tags.report, _tags.kind)
    .order_by(_tags.report, _tags.kind)
    .limit(MOST * len(_KINDS))
)
_ROWS = (
    sa.select(reports)
    .where(reports.c.id.in_(bind("these", expanding=True)))
    .order_by(reports.c.received_at, reports.c.id)
)
_WITH_WORDS = (
    sa.select(_tags.report)
    .where(_tags.report.in_(bind("these", expanding=True)), _tags.kind == Kind.OWN_WORDS.value)
    .distinct()
)
_WORKED = sa.select(casework.cases.c.id).where(
    casework.cases.c.id.in_(bind("these", expanding=True)),
    sa.or_(casework.cases.c.holder != "", casework.cases.c.state != CaseState.NEW.value),
)
_GROUPS = (
    sa.select(sa.func.min(_tags.report).label("report"), sa.func.count().label("reports"))
    .where(_tags.report.in_(bind("these", expanding=True)), _tags.kind.in_(_KINDS))
    .group_by(_tags.tag, _tags.place)
    .having(sa.func.count() >= FEWEST)
)


def alike(conn: sa.Connection, scope: Scope, report: ReportId) -> Flood:
    """The open reports that are alike to this one, each a case of its own; none where it is not here."""
    asked = {"report": report, **scope.named}
    first = conn.execute(_ONE, asked).mappings().one_or_none()
    tags = [] if first is None else conn.execute(_TAGS, {"report": report}).all()
    if first is None or not tags:
        return Flood(())
    common = _in_common(conn, asked, first, [row.tag for row in tags])
    rows = conn.execute(_ROWS, {"these": list(common)}).mappings().all()
    with_words = set(conn.scalars(_WITH_WORDS, {"these": [*common, report]}))
    held = dict.fromkeys(conn.scalars(_WORKED, {"these": list(common)}), Apart.WORKED)
    held |= dict.fromkeys(conflicts.marked(conn, [ReportId(each) for each in common]), Apart.CONFLICT)
    told = report in with_words
    return Flood(
        tuple(
            Alike(
                report=ReportId(row["id"]),
                row=row,
                kinds=tuple(kind for kind in Kind if kind in common[row["id"]]),
                apart=held.get(row["id"])
                or _apart(
                    row,
                    first,
                    same_words=_same_words(common[row["id"]], told=told, tells=row["id"] in with_words),
                ),
            )
            for row in rows
        )
    )


def groups(conn: sa.Connection, page: Sequence[ReportId]) -> tuple[Group, ...]:
    """Which of the rows of a page look alike, the largest group first."""
    largest: dict[str, int] = {}
    for row in conn.execute(_GROUPS, {"these": list(page)}):
        largest[row.report] = max(row.reports, largest.get(row.report, 0))
    found = (Group(ReportId(report), number) for report, number in largest.items())
    return tuple(sorted(found, key=lambda group: (-group.reports, group.report)))


def digest_of(ids: Sequence[ReportId]) -> str:
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()


def _in_common(
    conn: sa.Connection, asked: Mapping[str, Any], first: Mapping[Any, Any], tags: list[str]
) -> dict[str, set[Kind]]:
    """By report, what it has in common: of a wording NEAR bands at least."""
    near = {"since": first["received_at"] - WITHIN, "until": first["received_at"] + WITHIN}
    values = {**asked, **near, "tags": tags, "community": first["community"]}
    found: dict[str, Counter[Kind]] = defaultdict(Counter)
    for row in conn.execute(_FOUND, values):
        found[row.report][Kind(row.kind)] = row.number
    kinds = {
        report: {kind for kind, number in counted.items() if kind is Kind.ACCOUNT or number >= NEAR}
        for report, counted in found.items()
    }
    return {report: common for report, common in kinds.items() if common}


def _same_words(common: set[Kind], *, told: bool, tells: bool) -> bool:
    """Both in nearly the same words of their own, or neither in more than a few."""
    return Kind.OWN_WORDS in common if told and tells else told == tells


def _apart(row: Mapping[Any, Any], first: Mapping[Any, Any], *, same_words: bool) -> Apart | None:
    if stands_as(row) < stands_as(first):
        return Apart.URGENT
    return None if same_words else Apart.WORDS
