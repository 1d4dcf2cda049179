"""Whoever told one report and is reported in another: known only where they let the desk know their account.

Such a case goes to a supervisor. What is compared are keyed hashes; a way back that is sealed to the road, a
report without a name, and somebody's second account are not seen.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.evidence.keys import TagKey
from core.evidence.parts import Identity
from core.ids import ReportId
from core.ledger.sql import insert_or_ignore
from core.ledger.trail import Entry, record
from desk.linking import suggesting
from desk.linking.values import Kind, Tag, Value, account_of, tags_of
from desk.model import Scope
from desk.tables import links, reports, trail

NOTED: Final = "reporter_is_reported"
"""The action in the trail; who: the desk."""
MOST: Final = 5
"""Reported accounts of one report that are looked up."""


class Crossed(NamedTuple):
    """Hashes to look up: this reporter's account as one that was reported, these accounts as reporters'."""

    as_reported: tuple[Tag, ...] = ()
    as_reporters: tuple[Tag, ...] = ()


_conflicts = links.conflicts.c
_STORE = insert_or_ignore(links.conflicts).execution_options(preserve_rowcount=True)
_IN_CASE = sa.or_(reports.c.id == bind("case"), reports.c.of_case == bind("case"))
_OTHERS = (
    sa.select(_conflicts.other)
    .distinct()
    .join(reports, reports.c.id == _conflicts.report)
    .where(_IN_CASE)
    .order_by(_conflicts.other)
    .limit(suggesting.SHOWN)
)
_HEAD = sa.func.coalesce(reports.c.of_case, reports.c.id)
_MARKED = (
    sa.select(_HEAD)
    .distinct()
    .join(links.conflicts, _conflicts.report == reports.c.id)
    .where(
        sa.or_(
            reports.c.id.in_(bind("cases", expanding=True)),
            reports.c.of_case.in_(bind("cases", expanding=True)),
        )
    )
)


def crossed_of(key: TagKey, values: Collection[Value], named: Identity | None) -> Crossed:
    reported = [value.text for value in values if value.kind is Kind.ACCOUNT][:MOST]
    as_reporters = tags_of(key, tuple(Value(Kind.REPORTER, account) for account in reported))
    if named is None or not named.account:
        return Crossed((), as_reporters)
    own = Value(Kind.ACCOUNT, account_of(named.platform, named.account))
    return Crossed(tags_of(key, (own,)), as_reporters)


def store(conn: sa.Connection, scope: Scope, report: ReportId, crossed: Crossed, now: datetime) -> None:
    """Note every conflict that this report brings, in either way, each with a line in the trail."""
    told = [(report, other) for other in _reports_with(conn, scope, crossed.as_reported)]
    reported = [(other, report) for other in _reports_with(conn, scope, crossed.as_reporters)]
    rows = [{"report": one, "other": other, "at": now} for one, other in (*told, *reported) if one != other]
    for row in rows:
        if conn.execute(_STORE, row).rowcount > 0:
            record(conn, trail, _line(scope, row, now))


def of_case(conn: sa.Connection, case: ReportId) -> tuple[ReportId, ...]:
    """The reports in which somebody is reported who told this case; none: there is no conflict."""
    return tuple(ReportId(other) for other in conn.scalars(_OTHERS, {"case": case}))


def marked(conn: sa.Connection, cases: Sequence[ReportId]) -> frozenset[ReportId]:
    """Those of these cases that go to a supervisor."""
    return frozenset(ReportId(case) for case in conn.scalars(_MARKED, {"cases": list(cases)}))


def _line(scope: Scope, row: Mapping[str, Any], now: datetime) -> Entry:
    detail = {**scope.named, "other": row["other"]}
    return Entry(at=now, who="desk", action=NOTED, target=row["report"], detail=detail)


def _reports_with(conn: sa.Connection, scope: Scope, tags: Collection[Tag]) -> list[Any]:
    return [row.report for tag in tags for row in suggesting.ends_with(conn, scope, tag.tag)]
