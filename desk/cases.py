"""One report for a person: its metadata, and the look that is recorded before anything is opened.

Opens in this process only, and only after the look is durable in the trail. Nothing opened is kept.
"""

import asyncio
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.delivery.wire import NewsKind
from core.evidence.parts import PartKind
from core.ids import CommunityId, DeskName, PartId, ReportId, RoadName
from core.ledger.port import Ledger
from core.ledger.trail import Entry, record
from core.reports.model import Standing
from desk.casework.place import stands_as
from desk.figures import counting
from desk.model import CaseRecord, Fault, Opened, PartRecord, Scope
from desk.news import insert_news, news_row
from desk.opening import (
    Kept,
    KeptPart,
    Keys,
    missing_of,
    open_parts,
    supplements_of,
    transcripts_of,
)
from desk.queue import FAULTY, reasons_of, row_of
from desk.rota import urgent
from desk.tables import parts, reports, trail

LOOKED = "looked"
"""The action in the trail."""

_REPORT = sa.select(reports, FAULTY).where(
    reports.c.id == bind("report"), reports.c.desk == bind("desk"), reports.c.standing == bind("standing")
)
_PARTS = (
    sa.select(parts)
    .where(parts.c.report == bind("report"), parts.c.road == bind("road"))
    .order_by(parts.c.received_at, parts.c.id)
)
_LISTED = _PARTS.with_only_columns(parts.c.id, parts.c.kind, parts.c.received_at, parts.c.size, parts.c.fault)
_FIRST_LOOK = (
    sa.update(reports)
    .where(reports.c.id == bind("report"), reports.c.read_at.is_(None))
    .values(read_at=bind("at", type_=reports.c.read_at.type), read_by=bind("by"))
)


class _Looked(NamedTuple):
    kept: Kept
    read_at: datetime
    first: bool


async def case(ledger: Ledger, scope: Scope, report: ReportId) -> CaseRecord | None:
    """What lies in clear about a report of this desk and standing; None where there is no such report."""
    return await ledger.read(lambda conn: _case(conn, scope, report))


async def look(
    ledger: Ledger, keys: Keys, scope: Scope, report: ReportId, *, by: str, now: datetime
) -> Opened | None:
    """Record that `by` looks, and the news of a first look, in one transaction; only then open.

    None where this desk and standing has no such report. Raises LedgerError: then nothing was opened,
    and the look may or may not be recorded. Cancelled after the commit, the look stays recorded.
    """
    looked = await ledger.transact(lambda conn: _look(conn, scope, report, by, now))
    if looked is None:
        return None
    contents = await asyncio.to_thread(open_parts, looked.kept, keys)
    return Opened(
        report=report,
        facts=contents.facts,
        transcripts=transcripts_of(contents),
        supplements=supplements_of(contents),
        named=contents.named,
        cannot_open=tuple(contents.faults),
        missing=missing_of(contents),
        read_at=looked.read_at,
        first_look=looked.first,
    )


def kept_of(conn: sa.Connection, found: Any) -> Kept:
    """A row of `reports` with its sealed parts, in order of arrival."""
    rows = conn.execute(_PARTS, {"report": found["id"], "road": found["road"]})
    return Kept(
        report=ReportId(found["id"]),
        scope=Scope(desk=DeskName(found["desk"]), standing=Standing(found["standing"])),
        community=CommunityId(found["community"]),
        draft=found["draft"],
        parts=tuple(KeptPart(PartId(row.id), PartKind(row.kind), row.sealed) for row in rows),
    )


def _found(conn: sa.Connection, scope: Scope, report: ReportId) -> Any:
    values = {"report": report, **scope.named}
    return conn.execute(_REPORT, values).mappings().one_or_none()


def _case(conn: sa.Connection, scope: Scope, report: ReportId) -> CaseRecord | None:
    found = _found(conn, scope, report)
    if found is None:
        return None
    listed = conn.execute(_LISTED, {"report": report, "road": found["road"]})
    return CaseRecord(
        scope=scope,
        road=RoadName(found["road"]),
        row=row_of(found, reasons_of(conn, [report]).get(report, ())),
        parts=tuple(
            PartRecord(
                id=PartId(row.id),
                kind=PartKind(row.kind),
                received_at=row.received_at,
                size=row.size,
                fault=Fault(row.fault) if row.fault else None,
            )
            for row in listed
        ),
    )


def _look(conn: sa.Connection, scope: Scope, report: ReportId, by: str, now: datetime) -> _Looked | None:
    found = _found(conn, scope, report)
    if found is None:
        return None
    first = found["read_at"] is None
    if first:
        conn.execute(_FIRST_LOOK, {"report": report, "at": now, "by": by})
        conn.execute(insert_news, [news_row(found["road"], report, NewsKind.READ, now)])
        counting.looked(conn, scope, now, stands_as(found), found["sent_at"])
    detail = {**scope.named, "first": "yes" if first else "no"}
    urgent.come(conn, scope, report, by=by, now=now)
    kept = kept_of(conn, found)
    record(conn, trail, Entry(at=now, who=by, action=LOOKED, target=report, detail=detail))
    return _Looked(kept, now if first else found["read_at"], first)
