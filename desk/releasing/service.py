"""Lets a community's moderators know that there is a case, or that they may act now. Shows nobody anything.

The answers are opened in memory to decide, as the triage does; what moderators get is the kind, the priority
and the time. A press that is refused is recorded too: it tells whoever pressed something of the answers.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.delivery.wire import NewsKind
from core.errors import InputRefused
from core.ids import ReportId
from core.reports.categories import Categories
from core.reports.model import Answers, Category
from desk.cases import kept_of
from desk.casework import notes
from desk.casework.acts import By, acted
from desk.casework.model import NoteKind
from desk.casework.place import stands_as
from desk.casework.writing import Bench, said
from desk.model import Scope
from desk.news import NEWS, insert_news, news_row
from desk.opening import Kept, missing_of, open_parts
from desk.releasing.deciding import Basis, latest_answers, why_not
from desk.tables import releases, reports

ACTIONS: Final = {NewsKind.RELEASED: "moderators_told", NewsKind.GO_AHEAD: "moderators_may_act"}
REFUSED: Final = "moderators_not_told"
"""The actions in the trail."""

_REPORT = sa.select(reports).where(
    reports.c.id == bind("report"), reports.c.desk == bind("desk"), reports.c.standing == bind("standing")
)
_OF_REPORT = sa.select(releases).where(releases.c.report == bind("report")).order_by(releases.c.at)
_NEW = sa.insert(releases)


class Release(NamedTuple):
    kind: NewsKind
    basis: Basis
    at: datetime
    by: str


class Releasing:
    """The releases of one desk. All raise InputRefused and LedgerError."""

    def __init__(self, bench: Bench, categories: Categories) -> None:
        self._bench = bench
        self._categories = categories

    async def of_report(self, report: ReportId) -> tuple[Release, ...]:
        found = await self._bench.ledger.read(lambda conn: conn.execute(_OF_REPORT, {"report": report}).all())
        return tuple(Release(NewsKind(row.kind), Basis(row.basis), row.at, row.by) for row in found)

    async def release(self, report: ReportId, basis: Basis, reason: str, *, by: str) -> None:
        """They may know that there is a case, of what kind, how urgent, since when."""
        if basis is Basis.CONVERSATION:
            said(reason=reason)
        who = self._bench.by(by)
        kept = await self._bench.ledger.read(partial(_kept, scope=self._bench.scope, report=report))
        answers = await self._allowed(kept, basis, who)
        written = await self._bench.write(report, NoteKind.REASON, reason) if reason.strip() else None
        job = partial(_release, by=who, report=report, basis=basis, about=answers.category, reason=written)
        await self._bench.act(job, NEWS)

    async def go_ahead(self, report: ReportId, reason: str, *, by: str) -> None:
        """They may act against the account now, a time-out say. Only after they were let know."""
        said(reason=reason)
        written = await self._bench.write(report, NoteKind.REASON, reason)
        job = partial(_go_ahead, by=self._bench.by(by), report=report, reason=written)
        await self._bench.act(job, NEWS)

    async def _allowed(self, kept: Kept, basis: Basis, by: By) -> Answers:
        contents = await asyncio.to_thread(open_parts, kept, self._bench.keys.opening)
        answers = latest_answers(contents)
        if answers is None or contents.faults or missing_of(contents):
            raise InputRefused("release-closed")  # what cannot be read may be what forbids it
        captured = [each.transcript for each in contents.captured]
        refused = why_not(answers, captured, basis, self._categories)
        if refused is not None:
            await self._bench.act(partial(_refused, by=by, report=kept.report, basis=basis))
            raise InputRefused(refused)
        return answers


def _refused(conn: sa.Connection, by: By, report: ReportId, basis: Basis) -> None:
    acted(conn, by, REFUSED, report, basis=basis.value)


def _kept(conn: sa.Connection, scope: Scope, report: ReportId) -> Kept:
    return kept_of(conn, _report(conn, scope, report))


def _report(conn: sa.Connection, scope: Scope, report: ReportId) -> Mapping[Any, Any]:
    asked = {"report": report, **scope.named}
    found = conn.execute(_REPORT, asked).mappings().one_or_none()
    if found is None:
        raise InputRefused("case-unknown")
    return found


def _release(  # noqa: PLR0917 - one act, as it is stored
    conn: sa.Connection,
    by: By,
    report: ReportId,
    basis: Basis,
    about: Category,
    reason: notes.Written | None,
) -> None:
    if _known(conn, report, NewsKind.RELEASED) is not None:
        raise InputRefused("release-done")
    row = _report(conn, by.scope, report)
    told = {"category": row["category"] or about.value, "priority": int(stands_as(row))}
    _store(conn, by, row, NewsKind.RELEASED, told | {"basis": basis.value}, reason)


def _go_ahead(conn: sa.Connection, by: By, report: ReportId, reason: notes.Written | None) -> None:
    row = _report(conn, by.scope, report)
    before = _known(conn, report, NewsKind.RELEASED)
    if before is None:
        raise InputRefused("release-first")
    if _known(conn, report, NewsKind.GO_AHEAD) is not None:
        raise InputRefused("release-done")
    told = {"category": before.category, "priority": before.priority, "basis": before.basis}
    _store(conn, by, row, NewsKind.GO_AHEAD, told, reason)


def _store(  # noqa: PLR0917 - one row of the table
    conn: sa.Connection,
    by: By,
    row: Mapping[Any, Any],
    kind: NewsKind,
    told: Mapping[str, Any],
    reason: notes.Written | None,
) -> None:
    if reason is not None:
        notes.store(conn, reason, by=by.who, now=by.now)
    conn.execute(_NEW, {"report": row["id"], "kind": kind.value, "at": by.now, "by": by.who, **told})
    conn.execute(insert_news, [news_row(row["road"], row["id"], kind, by.now)])
    acted(conn, by, ACTIONS[kind], row["id"], basis=told["basis"])


def _known(conn: sa.Connection, report: ReportId, kind: NewsKind) -> Any:
    rows = conn.execute(_OF_REPORT, {"report": report}).all()
    return next((row for row in rows if row.kind == kind), None)
