"""Reads what goes into a pack: sealed parts, receipts, lines of the trail. Then opens it, in memory only.

What the young person did not agree to give away is taken out here, before anything is written anywhere.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.errors import InputRefused
from core.evidence.parts import PartKind
from core.evidence.sealing import digest
from core.ids import ReportId
from core.ledger.trail import Head, head
from core.reports.model import Answers, ReportFacts
from desk.cases import LOOKED, kept_of
from desk.model import Opened, OpenedSupplement, Scope
from desk.opening import Contents, Kept, Keys, missing_of, open_parts, supplements_of, transcripts_of
from desk.pack.asking import DEEDS
from desk.pack.model import Line, PartRecord, Receipt
from desk.tables import deliveries, parts, reports, trail
from desk.talk import messages
from desk.talk.model import OpenMessage

CUSTODY: Final = (LOOKED, *DEEDS)
"""The lines that say whose eyes it passed: those that looked, asked, agreed and exported."""

_REPORTS = (
    sa.select(reports)
    .where(
        reports.c.id.in_(bind("wanted", expanding=True)),
        reports.c.desk == bind("desk"),
        reports.c.standing == bind("standing"),
    )
    .order_by(reports.c.sent_at, reports.c.id)
)
_RECEIVED = (
    sa.select(deliveries)
    .where(deliveries.c.report.in_(bind("wanted", expanding=True)))
    .order_by(deliveries.c.received_at, deliveries.c.item)
)
_PARTS = (
    sa.select(parts)
    .join(reports, sa.and_(reports.c.id == parts.c.report, reports.c.road == parts.c.road))
    .where(parts.c.report.in_(bind("wanted", expanding=True)))
    .order_by(parts.c.report, parts.c.received_at, parts.c.id)
)
_LINES = (
    sa.select(trail)
    .where(trail.c.target.in_(bind("targets", expanding=True)), trail.c.action.in_(CUSTODY))
    .order_by(trail.c.seq)
)


class Lying(NamedTuple):
    """A report as it lies, and what is known of it in clear."""

    kept: Kept
    platform: str
    road: str
    sent_at: datetime
    received_at: datetime
    read_at: datetime
    wrote: tuple[Any, ...]
    """What the desk wrote, as it lies."""


class Gathered(NamedTuple):
    """Everything that goes into a pack, sealed as it lies."""

    reports: tuple[Lying, ...]
    receipts: tuple[Receipt, ...]
    parts: tuple[PartRecord, ...]
    lines: tuple[Line, ...]
    head: Head


class Told(NamedTuple):
    """A report that was opened, without what stays at the desk."""

    lying: Lying
    opened: Opened
    contact_left_out: bool
    wrote: tuple[OpenMessage, ...]


def gather(conn: sa.Connection, scope: Scope, case: ReportId, wanted: Sequence[ReportId]) -> Gathered:
    """In the transaction that records the opening. Raises InputRefused where there is nothing any more."""
    here = {"wanted": list(wanted), **scope.named}
    found = conn.execute(_REPORTS, here).mappings().all()
    ids = [row["id"] for row in found]
    lying = [_lying(conn, row) for row in found]
    if not any(each.kept.parts for each in lying):
        raise InputRefused("export-erased")
    asked = {"wanted": ids}
    return Gathered(
        reports=tuple(lying),
        receipts=tuple(map(_receipt, conn.execute(_RECEIVED, asked))),
        parts=tuple(map(_part, conn.execute(_PARTS, asked))),
        lines=tuple(map(_line, conn.execute(_LINES, {"targets": sorted({case, *ids})}))),
        head=head(conn, trail),
    )


def tell(lying: Lying, keys: Keys) -> Told:
    """Open a report and take out what is not to go. In a thread: decrypting takes its time."""
    contents = open_parts(lying.kept, keys)
    supplements = supplements_of(contents)
    first = contents.facts.answers if contents.facts else None
    stages = [*([first] if first else []), *(each.answers for each in supplements)]
    yes = bool(stages) and stages[-1].team_may_know_name is True and not _may_be_taken_back(contents)
    opened = Opened(
        report=lying.kept.report,
        facts=_given(contents.facts, may_know=yes),
        transcripts=transcripts_of(contents),
        supplements=tuple(_supplement(each, may_know=yes) for each in supplements),
        named=contents.named if yes else None,
        cannot_open=tuple(contents.faults),
        missing=missing_of(contents),
        read_at=lying.read_at,
    )
    left_out = not yes and any(each.contact for each in stages)
    return Told(lying, opened, left_out, messages.opened(lying.wrote, keys))


def _may_be_taken_back(contents: Contents) -> bool:
    """Something they answered cannot be read: a yes from before counts no more."""
    closed = {fault.kind for fault in contents.faults}
    return bool(closed & {PartKind.ANSWERS, PartKind.SUPPLEMENT})


def _given(facts: ReportFacts | None, *, may_know: bool) -> ReportFacts | None:
    """Without the code, with which anybody could read what the desk answers."""
    if facts is None:
        return None
    return msgspec.structs.replace(facts, reference="", answers=_answers(facts.answers, may_know=may_know))


def _supplement(found: OpenedSupplement, *, may_know: bool) -> OpenedSupplement:
    return msgspec.structs.replace(found, answers=_answers(found.answers, may_know=may_know))


def _answers(answers: Answers, *, may_know: bool) -> Answers:
    return answers if may_know else msgspec.structs.replace(answers, contact="")


def _lying(conn: sa.Connection, row: Any) -> Lying:
    return Lying(
        kept=kept_of(conn, row),
        platform=row["platform"],
        road=row["road"],
        sent_at=row["sent_at"],
        received_at=row["received_at"],
        read_at=row["read_at"] or row["received_at"],
        wrote=tuple(messages.messages_of(conn, ReportId(row["id"]))),
    )


def _receipt(row: Any) -> Receipt:
    return Receipt(
        item=row.item,
        report=row.report,
        kind=row.kind,
        road=row.road,
        received_at=row.received_at,
        digest=row.digest,
    )


def _part(row: Any) -> PartRecord:
    return PartRecord(
        report=row.report,
        part=row.id,
        kind=row.kind,
        item=row.item,
        received_at=row.received_at,
        size=len(row.sealed),
        sha256=digest(row.sealed),
        sealed_again=bool(row.sealed_for),
    )


def _line(row: Any) -> Line:
    detail = msgspec.json.decode(row.detail, type=dict[str, str])
    return Line(
        seq=row.seq,
        at=row.at,
        who=row.who,
        action=row.action,
        target=row.target,
        detail=detail,
        hash=row.hash,
    )
