"""Suggests which cases may belong together, with the reasons; keeps what people refused. Joins nothing.

What one look-up costs does not grow with what is stored. Of a handle, a link or a wording that more than
COMMON reports have, nothing is concluded. An account, address, number or file is never too common: of those
the first and the last ENDS reports are read, so that nobody hides who is known by reporting them often.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
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
from desk.casework.place import members_of
from desk.linking.values import Kind, Tag
from desk.model import Scope
from desk.tables import links, reports, trail

COMMON: Final = 50
"""A weaker value that more reports have says nothing of a person."""
ENDS: Final = 20
"""Of a strong value the first and the last so many reports are read."""
MOST_PLACES: Final = 12
"""Communities that are counted of one value: nothing is decided by more."""
NEAR: Final = 4
"""Of the bands of one text in common: about three quarters of its wording are the same."""
MOST_STRONG: Final = 20
"""Strong values of one report that others are looked up by: who pastes a telephone book holds nobody up."""
MOST_TAGS: Final = 200
"""Values of one case that suggestions are made from, the strongest first."""
_MOST_REFUSED: Final = 30
"""Reports of each of two cases for which a refusal is kept; it holds for the cases they are in."""
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
_WORDING: Final = frozenset({Kind.OWN_WORDS, Kind.MESSAGE})


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
_STRONGEST = sa.case({kind.value: number for number, kind in enumerate(Kind)}, value=_tags.kind, else_=99)
_OF_REPORTS = (
    sa.select(_tags.tag, _tags.kind)
    .where(_tags.report.in_(bind("these", expanding=True)), _tags.kind != Kind.REPORTER.value)
    .group_by(_tags.tag, _tags.kind)
    .order_by(_STRONGEST, _tags.tag)
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
)
_COMMON = _WITH_TAG.limit(COMMON + 1)
_FIRST = _WITH_TAG.order_by(_tags.report).limit(ENDS)
_LAST = _WITH_TAG.order_by(_tags.report.desc()).limit(ENDS)
# From one place to the next in the index, past all reports between.
_FIRST_PLACE = sa.select(sa.func.min(_tags.place).label("place")).where(_tags.tag == bind("wanted"))
_WALK = _FIRST_PLACE.cte("walk", recursive=True)
_STEPS = _WALK.union_all(
    sa.select(
        sa.select(sa.func.min(_tags.place))
        .where(_tags.tag == bind("wanted"), _tags.place > _WALK.c.place)
        .scalar_subquery()
    ).where(_WALK.c.place.is_not(None))
)
_PLACES = sa.select(_STEPS.c.place).where(_STEPS.c.place.is_not(None)).limit(MOST_PLACES)
_CASES = sa.select(sa.func.coalesce(reports.c.of_case, reports.c.id)).where(
    reports.c.id.in_(bind("these", expanding=True))
)
_refused = links.refused.c
_REFUSE = insert_or_ignore(links.refused)
_TAKE_BACK = sa.delete(links.refused).where(_refused.one == bind("first"), _refused.other == bind("second"))
_REFUSED_OF = sa.select(_refused.one, _refused.other).where(
    sa.or_(_refused.one.in_(bind("these", expanding=True)), _refused.other.in_(bind("these", expanding=True)))
)


def store(
    conn: sa.Connection, scope: Scope, community: CommunityId, report: ReportId, tags: Collection[Tag]
) -> None:
    """Keep the hashes of what a report names; what is there stays."""
    if rows := rows_of(scope, community, report, tags):
        conn.execute(_STORE, rows)


def rows_of(
    scope: Scope, community: CommunityId, report: ReportId, tags: Collection[Tag]
) -> list[dict[str, str]]:
    """As they lie in the ledger."""
    place = _place(scope, community)
    return [{"tag": tag, "report": report, "kind": kind.value, "place": place} for kind, tag in tags]


def communities_with(
    conn: sa.Connection,
    scope: Scope,
    tags: Collection[Tag],
    *,
    but: CommunityId,
    known: dict[str, tuple[str, ...]] | None = None,
) -> frozenset[CommunityId]:
    """The other communities from which somebody has reported the same account, address, number or file.

    However many reports there are: MOST_PLACES communities of each value are looked at. `known`: what was
    looked up in this transaction already.
    """
    here, known = _place(scope, CommunityId("")), {} if known is None else known
    for each in _strong(tags):
        if each.tag not in known:
            known[each.tag] = tuple(conn.scalars(_PLACES, {"wanted": each.tag}))
    found = {place for each in _strong(tags) for place in known[each.tag]}
    return frozenset(
        {CommunityId(place.removeprefix(here)) for place in found if place.startswith(here)} - {but}
    )


def reports_with(
    conn: sa.Connection, scope: Scope, tags: Collection[Tag], *, but: ReportId
) -> frozenset[ReportId]:
    """The other reports of the same account, address, number or file; COMMON of them at most."""
    found = (row for tag in _strong(tags) for row in ends_with(conn, scope, tag.tag))
    others = dict.fromkeys(ReportId(row.report) for row in found if row.report != but)
    return frozenset(islice(others, COMMON))


def suggested(conn: sa.Connection, scope: Scope, case: ReportId) -> tuple[Suggestion, ...]:
    """What a case may belong together with, the strongest first; nothing that was refused or is joined."""
    mine = {ReportId(row["id"]) for row in members_of(conn, case)}
    common: dict[ReportId, Counter[Kind]] = defaultdict(Counter)
    about = {}
    for tag, kind in conn.execute(_OF_REPORTS, {"these": sorted(mine)}).all():
        for row in _with_value(conn, scope, Tag(Kind(kind), tag)):
            if row.report not in mine:
                common[ReportId(row.report)][Kind(kind)] += 1
                about[row.report] = row
    refused = _cases_of(conn, _refused_by(conn, mine))
    best: dict[ReportId, Suggestion] = {}
    for report, kinds in common.items():
        made = _suggestion(about[report], kinds)
        if made.case not in refused:
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
    return tuple(sorted(_cases_of(conn, _refused_by(conn, mine)) - {case}))


def _strong(tags: Collection[Tag]) -> Iterator[Tag]:
    """The first few: accounts come before all else."""
    return islice((tag for tag in tags if tag.kind in STRONG), MOST_STRONG)


def ends_with(conn: sa.Connection, scope: Scope, tag: str) -> Sequence[Any]:
    """The first and the last reports with this value, each once; the first come first."""
    asked = {"wanted": tag, **scope.named}
    first = conn.execute(_FIRST, asked).all()
    last = conn.execute(_LAST, asked).all() if len(first) == ENDS else []
    return tuple({row.report: row for row in (*first, *reversed(last))}.values())


def _with_value(conn: sa.Connection, scope: Scope, tag: Tag) -> Sequence[Any]:
    """The reports with this value; none where it is too common to say anything."""
    if tag.kind in STRONG:
        return ends_with(conn, scope, tag.tag)
    asked = {"wanted": tag.tag, **scope.named}
    found = conn.execute(_COMMON, asked).all()
    return () if len(found) > COMMON else found


def _place(scope: Scope, community: CommunityId) -> str:
    return f"{scope.desk}/{scope.standing}/{community}"


def _suggestion(row: Any, kinds: Mapping[Kind, int]) -> Suggestion:
    bands = max((number for kind, number in kinds.items() if kind in _WORDING), default=0)
    return Suggestion(
        case=ReportId(row.of_case or row.report),
        report=ReportId(row.report),
        kinds=_reasons(kinds),
        strength=strength_of(kinds, bands),
        community=CommunityId(row.community),
        sent_at=row.sent_at,
    )


def _reasons(kinds: Collection[Kind]) -> tuple[Kind, ...]:
    """The strongest first. That the same account was there at the same time is no reason of its own."""
    told = set(kinds) - ({Kind.PLACE} if Kind.ACCOUNT in kinds else set())
    return tuple(kind for kind in Kind if kind in told)


def strength_of(kinds: Collection[Kind], bands: int = 0) -> Strength:
    """One strong thing is strong; a handle, a link or near wording, or two weak ones, are some.

    `bands`: of one text, how many are in common. The same room at the same time never makes it stronger.
    """
    if STRONG.intersection(kinds):
        return Strength.STRONG
    weak = set(kinds) - {Kind.PLACE}
    return Strength.SOME if _SOME & weak or bands >= NEAR or len(weak) > 1 else Strength.WEAK


def _order(one: Suggestion) -> tuple[int, int, str]:
    return (one.strength, -len(one.kinds), one.report)


def _refused_by(conn: sa.Connection, mine: set[ReportId]) -> set[ReportId]:
    rows = conn.execute(_REFUSED_OF, {"these": sorted(mine)})
    return {ReportId(report) for row in rows for report in row} - mine


def _pairs(conn: sa.Connection, case: ReportId, other: ReportId) -> list[tuple[str, str]]:
    """The reports of the one with those of the other, the smaller id first; of a large case the first."""
    ones, others = (_ids_of(conn, each) for each in (case, other))
    return [(min(a, b), max(a, b)) for a in ones for b in others]


def _ids_of(conn: sa.Connection, case: ReportId) -> list[str]:
    """The report it began with, and the first of the others."""
    ids = sorted((row["id"] for row in members_of(conn, case)), key=lambda id_: (id_ != case, id_))
    return ids[:_MOST_REFUSED]


def _cases_of(conn: sa.Connection, found: Collection[ReportId]) -> set[ReportId]:
    return {ReportId(case) for case in conn.scalars(_CASES, {"these": sorted(found)})} if found else set()


def _note(conn: sa.Connection, by: By, action: str, case: ReportId, other: ReportId) -> None:
    detail = {**by.scope.named, "other": other}
    record(conn, trail, Entry(at=by.now, who=by.who, action=action, target=case, detail=detail))
