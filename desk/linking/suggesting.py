"""Suggests which cases may belong together, with the reasons; keeps what people refused. Joins nothing.

What one look-up costs does not grow with what is stored: of a value that more than COMMON reports have,
nothing is concluded, and no more of them are read.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from enum import IntEnum
from itertools import islice
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.ids import CommunityId, ReportId
from core.ledger.sql import checked, insert_or_ignore
from core.ledger.trail import Entry, record
from desk.casework.acts import By
from desk.casework.place import case_of, members_of
from desk.linking.values import Kind, Tag
from desk.model import Scope
from desk.tables import links, reports, trail

COMMON: Final = 50
"""A value that more reports have says nothing of a person."""
MOST_STRONG: Final = 20
"""Strong values of one report that others are looked up by: who pastes a telephone book holds nobody up."""
MOST_TAGS: Final = 400
"""Values of one case that suggestions are made from."""
SHOWN: Final = 20
"""Suggestions of one case."""
REFUSED: Final = "link_refused"
TAKEN_BACK: Final = "link_refusal_taken_back"
"""The actions in the trail."""


class Strength(IntEnum):
    STRONG = 0
    SOME = 1
    WEAK = 2


STRONG: Final = frozenset({Kind.ACCOUNT, Kind.EMAIL, Kind.PHONE, Kind.FILE_HASH})
_SOME: Final = frozenset({Kind.HANDLE, Kind.LINK})


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """Another case that may be about the same person."""

    case: ReportId
    report: ReportId
    """The one of it that has most in common."""
    kinds: tuple[Kind, ...]
    """What they have in common, the strongest first: the reasons."""
    strength: Strength
    community: CommunityId
    sent_at: datetime


_tags = links.tags.c
_STORE = insert_or_ignore(links.tags)
_OF_REPORTS = (
    sa.select(_tags.tag, _tags.kind)
    .where(_tags.report.in_(bind("these", expanding=True)))
    .distinct()
    .limit(MOST_TAGS)
)
_WITH_TAG = (
    sa.select(_tags.report, reports.c.community, reports.c.of_case, reports.c.sent_at)
    .join(reports, reports.c.id == _tags.report)
    .where(
        _tags.tag == bind("wanted"),
        checked(reports.c.desk) == bind("desk"),
        checked(reports.c.standing) == bind("standing"),
    )
    .limit(COMMON + 1)
)
_refused = links.refused.c
_REFUSE = insert_or_ignore(links.refused)
_TAKE_BACK = sa.delete(links.refused).where(_refused.one == bind("first"), _refused.other == bind("second"))
_REFUSED_OF = sa.select(_refused.one, _refused.other).where(
    sa.or_(_refused.one.in_(bind("these", expanding=True)), _refused.other.in_(bind("these", expanding=True)))
)


def store(conn: sa.Connection, report: ReportId, tags: Collection[Tag]) -> None:
    """Keep the hashes of what a report names; what is there stays."""
    if tags:
        conn.execute(_STORE, [{"tag": tag, "report": report, "kind": kind.value} for kind, tag in tags])


def communities_with(
    conn: sa.Connection, scope: Scope, tags: Collection[Tag], *, but: CommunityId
) -> frozenset[CommunityId]:
    """The other communities from which somebody has reported the same account, address, number or file."""
    found = (row for tag in _strong(tags) for row in _having(conn, scope, tag.tag))
    return frozenset({CommunityId(row.community) for row in found} - {but})


def reports_with(
    conn: sa.Connection, scope: Scope, tags: Collection[Tag], *, but: ReportId
) -> frozenset[ReportId]:
    """The other reports of the same account, address, number or file; COMMON of them at most."""
    found = (row for tag in _strong(tags) for row in _having(conn, scope, tag.tag))
    others = dict.fromkeys(ReportId(row.report) for row in found if row.report != but)
    return frozenset(islice(others, COMMON))


def suggested(conn: sa.Connection, scope: Scope, case: ReportId) -> tuple[Suggestion, ...]:
    """What a case may belong together with, the strongest first; nothing that was refused or is joined."""
    mine = {ReportId(row["id"]) for row in members_of(conn, case)}
    common: dict[ReportId, set[Kind]] = defaultdict(set)
    about = {}
    for tag, kind in conn.execute(_OF_REPORTS, {"these": sorted(mine)}).all():
        for row in _having(conn, scope, tag):
            if row.report not in mine:
                common[ReportId(row.report)].add(Kind(kind))
                about[row.report] = row
    for report in _refused_by(conn, mine):
        common.pop(report, None)
    best: dict[ReportId, Suggestion] = {}
    for report, kinds in common.items():
        row = about[report]
        made = _suggestion(ReportId(row.of_case or report), report, kinds, row.community, row.sent_at)
        best[made.case] = min(made, best.get(made.case, made), key=_order)
    return tuple(sorted(best.values(), key=_order))[:SHOWN]


def refuse(conn: sa.Connection, by: By, case: ReportId, other: ReportId) -> None:
    """These two are not about the same person: never suggested again until it is taken back. Recorded."""
    rows = [
        {"one": first, "other": second, "at": by.now, "by": by.who}
        for first, second in _pairs(conn, case, other)
    ]
    conn.execute(_REFUSE, rows)
    _note(conn, by, REFUSED, case, other)


def take_back(conn: sa.Connection, by: By, case: ReportId, other: ReportId) -> None:
    """They may be suggested again. Recorded."""
    conn.execute(
        _TAKE_BACK, [{"first": first, "second": second} for first, second in _pairs(conn, case, other)]
    )
    _note(conn, by, TAKEN_BACK, case, other)


def refused_of(conn: sa.Connection, case: ReportId) -> tuple[ReportId, ...]:
    """The cases that somebody said this one does not belong with."""
    mine = {ReportId(row["id"]) for row in members_of(conn, case)}
    found = {case_of(conn, report) for report in _refused_by(conn, mine)}
    return tuple(sorted(each for each in found if each is not None and each != case))


def _strong(tags: Collection[Tag]) -> Iterator[Tag]:
    """The first few: accounts come before all else."""
    return islice((tag for tag in tags if tag.kind in STRONG), MOST_STRONG)


def _having(conn: sa.Connection, scope: Scope, tag: str) -> Sequence[Any]:
    """The reports with this value; none where it is too common to say anything."""
    asked = {"wanted": tag, "desk": scope.desk, "standing": scope.standing.value}
    found = conn.execute(_WITH_TAG, asked).all()
    return () if len(found) > COMMON else found


def _suggestion(
    case: ReportId, report: ReportId, kinds: set[Kind], community: str, sent_at: datetime
) -> Suggestion:
    ordered = tuple(kind for kind in Kind if kind in kinds)
    return Suggestion(
        case=case,
        report=report,
        kinds=ordered,
        strength=strength_of(kinds),
        community=CommunityId(community),
        sent_at=sent_at,
    )


def strength_of(kinds: Collection[Kind]) -> Strength:
    """One strong thing is strong; one handle or link, or two weak ones, are some."""
    if STRONG.intersection(kinds):
        return Strength.STRONG
    return Strength.SOME if _SOME.intersection(kinds) or len(kinds) > 1 else Strength.WEAK


def _order(one: Suggestion) -> tuple[int, int, str]:
    return (one.strength, -len(one.kinds), one.report)


def _refused_by(conn: sa.Connection, mine: set[ReportId]) -> set[ReportId]:
    rows = conn.execute(_REFUSED_OF, {"these": sorted(mine)})
    return {ReportId(report) for row in rows for report in row} - mine


def _pairs(conn: sa.Connection, case: ReportId, other: ReportId) -> list[tuple[str, str]]:
    """Every report of the one with every report of the other, the smaller id first."""
    ones, others = ([row["id"] for row in members_of(conn, each)] for each in (case, other))
    return [(min(a, b), max(a, b)) for a in ones for b in others]


def _note(conn: sa.Connection, by: By, action: str, case: ReportId, other: ReportId) -> None:
    detail = {"desk": by.scope.desk, "standing": by.scope.standing.value, "other": other}
    record(conn, trail, Entry(at=by.now, who=by.who, action=action, target=case, detail=detail))
