"""The triage run: after the 202, opens what came in, lets the rules decide, stores the priority and why.

Unseen by people. Whatever it cannot open or decide is kept, listed and alarmed, and is never less than P1.
It may raise, never lower; run again after a crash, or by two processes at once, it comes to the same.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec
import sqlalchemy as sa
import structlog
from sqlalchemy import bindparam as bind

from core.checkpoints import Checkpoint, KillPoint
from core.clock import Clock
from core.errors import LedgerConflict, LedgerError, ReferenceInvalid
from core.evidence.keys import DeskKeys
from core.evidence.model import Transcript
from core.evidence.parts import PartKind
from core.ids import PartId, ReportId
from core.ledger.port import Ledger
from core.ledger.sql import insert_or_ignore
from core.ledger.trail import Entry, record
from core.reports.model import Answers, Category, Priority, ReportFacts, Supplement
from core.reports.triage import Reason, TriageFacts
from core.reports.triage import Triage as Decision
from core.signals.port import Signals
from desk import tallies
from desk.cases import kept_of
from desk.casework.place import put, works_with
from desk.figures import counting
from desk.linking import conflicts, raising, suggesting
from desk.linking.conflicts import Crossed, crossed_of
from desk.linking.values import Tag, reporters_of, tags_of, values_of
from desk.model import CannotOpenPart, Fault, Scope
from desk.opening import TO_TRIAGE, Contents, Kept, open_parts
from desk.queue import QUEUE
from desk.ranks import Targets, due, rank, taken_for
from desk.receiving import RECEIVED
from desk.status import tag_of
from desk.tables import NO_FAULT, parts, reasons, reports, trail
from desk.traces import where

BATCH: Final = 20
LOOK_AGAIN: Final = timedelta(seconds=5)
_NAMED: Final = frozenset({PartKind.NAMED})
UNOPENED = "part_cannot_be_opened"
"""The action in the trail."""

log = structlog.get_logger(__name__)


_SHUT: Final = Reason("cannot_open", "A part of it cannot be opened or read.")
_FAILED: Final = Reason("triage_failed", "The rules failed on it.")
_URGENT: Final = Reason("marked_urgent", "It was sent as a danger to life.")

Decide = Callable[[TriageFacts], Decision]
"""`core.reports.triage.triage` with its rules and categories."""


class Found(NamedTuple):
    """What came of one report, before it is stored."""

    kept: Kept
    decision: Decision
    category: Category | None
    reference_tag: str | None
    faults: tuple[CannotOpenPart, ...]
    tags: tuple[Tag, ...] = ()
    """What it names that another report may name too, as keyed hashes."""
    has_words: bool = False
    """Somebody wrote something of their own; what, is not kept here."""
    crossed: Crossed = Crossed()
    """Whether its reporter is reported elsewhere, or the other way about: what to look up."""


class TriageRun:
    """Owned by the desk's service, which runs it as a task."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        keys: DeskKeys,
        decide: Decide,
        targets: Targets,
        signals: Signals,
        clock: Clock,
        checkpoint: Checkpoint,
    ) -> None:
        self._ledger = ledger
        self._keys = keys
        self._decide = decide
        self._targets = targets
        self._signals = signals
        self._clock = clock
        self._checkpoint = checkpoint

    async def run(self) -> None:
        """For ever. Tries once more what could not be opened before: the keys may be back."""
        retried = False
        while True:
            try:
                retried = retried or await self.try_again()
                while await self.run_once():
                    pass
            except LedgerError as error:
                log.warning("triage_waits", error=error.code)
            await self._signals.wait(RECEIVED, LOOK_AGAIN)

    async def run_once(self) -> int:
        """Take the most urgent of what waits, at most BATCH reports; how many were triaged."""
        waiting = await self._ledger.read(_waiting)
        done = 0
        for report in waiting:
            try:
                await self._take(report)
                done += 1
            except LedgerConflict as error:
                log.critical("triage_cannot_store", report=report, error=error.code)
        if done:
            await self._signals.wake(QUEUE)
        return done

    async def try_again(self) -> bool:
        """Put what could not be opened back on the list; true when that is done."""
        await self._ledger.transact(_put_back)
        return True

    async def _take(self, report: ReportId) -> None:
        kept = await self._ledger.read(lambda conn: _kept(conn, report))
        contents, tags, crossed = await asyncio.to_thread(self._open, kept)
        others = await self._ledger.read(lambda conn: _others(conn, kept, tags))
        found = await asyncio.to_thread(self._look, kept, contents, others)
        found = found._replace(tags=tags, crossed=crossed)
        now = self._clock.now()
        news = await self._ledger.transact(lambda conn: _store(conn, found, now, self._targets))
        self._checkpoint(KillPoint.TRIAGE)
        for fault in news:
            log.error(UNOPENED, report=report, part=fault.part, kind=fault.kind, fault=fault.fault)

    def _open(self, kept: Kept) -> tuple[Contents | None, tuple[Tag, ...], Crossed]:
        """In a thread: decrypting takes its time. None, and no tags, where it cannot even be tried."""
        try:
            contents = open_parts(kept, self._keys.opening, TO_TRIAGE)
        except Exception as error:  # noqa: BLE001 - no report may keep the others from being triaged
            log.critical("triage_failed", report=kept.report, error=type(error).__name__, where=where(error))
            return None, (), Crossed()
        try:
            return contents, *self._hashes(kept, contents)
        except Exception as error:  # noqa: BLE001 - what cannot be linked is triaged all the same
            failed = {"error": type(error).__name__, "where": where(error)}
            log.error("links_not_read", report=kept.report, **failed)  # noqa: TRY400 - a traceback quotes
            return contents, (), Crossed()

    def _hashes(self, kept: Kept, contents: Contents) -> tuple[tuple[Tag, ...], Crossed]:
        """The name that somebody gave the desk is read for its hash only; the rules never see it."""
        key, values = self._keys.linking, values_of(contents)
        named = open_parts(kept, self._keys.opening, _NAMED).named
        return (*tags_of(key, values), *reporters_of(key, named)), crossed_of(key, values, named)

    def _look(self, kept: Kept, contents: Contents | None, others: int) -> Found:
        """Whatever a report brings, somebody gets to read it."""
        try:
            return self._examined(kept, _required(contents), others)
        except Exception as error:  # noqa: BLE001 - no report may keep the others from being triaged
            log.critical("triage_failed", report=kept.report, error=type(error).__name__, where=where(error))
            decision = Decision(taken_for(urgent=False), (_FAILED,))
            return Found(kept, decision, None, None, _answers_failed(kept))

    def _examined(self, kept: Kept, contents: Contents, others: int) -> Found:
        decision, failed = self._decided(kept, contents, others)
        return Found(
            kept=kept,
            decision=decision,
            category=_category(contents),
            reference_tag=self._tag(contents.facts),
            faults=(*contents.faults, *failed),
            has_words=any(told.own_words.strip() for told in _answers(contents)),
        )

    def _decided(
        self, kept: Kept, contents: Contents, others: int
    ) -> tuple[Decision, tuple[CannotOpenPart, ...]]:
        try:
            decision = self._decide(_facts(contents, others))
        except Exception as error:  # noqa: BLE001 - no rule may keep a report from being seen
            log.critical("triage_failed", report=kept.report, error=type(error).__name__, where=where(error))
            return Decision(taken_for(urgent=False), (_FAILED,)), _answers_failed(kept)
        if not contents.faults:
            return decision, ()
        at_least = min(decision.priority, taken_for(urgent=False))
        return Decision(at_least, (*decision.reasons, _SHUT)), ()

    def _tag(self, facts: ReportFacts | None) -> str | None:
        try:
            return None if facts is None else tag_of(self._keys.reference, facts.reference)
        except ReferenceInvalid:
            return None


_WAITING = (
    sa.select(reports.c.id)
    .join(parts, sa.and_(parts.c.report == reports.c.id, parts.c.road == reports.c.road))
    .where(parts.c.triaged_at.is_(None))
    .group_by(reports.c.id)
    .order_by(reports.c.urgent.desc(), reports.c.triaged_at.isnot(None), reports.c.received_at, reports.c.id)
    .limit(BATCH)
)
_REPORT = sa.select(reports).where(reports.c.id == bind("report"))
_FAULTS = sa.select(parts.c.id, parts.c.fault).where(
    parts.c.report == bind("report"), parts.c.road == bind("road"), parts.c.fault != NO_FAULT
)
_AGAIN = sa.update(parts).where(parts.c.fault != NO_FAULT).values(triaged_at=None)
_SEEN = (
    sa.update(parts)
    .where(parts.c.report == bind("of"), parts.c.road == bind("by"), parts.c.id == bind("part"))
    .values(triaged_at=bind("at", type_=parts.c.triaged_at.type), fault=bind("found"))
)
_TRIAGED = (
    sa.update(reports)
    .where(reports.c.id == bind("of"))
    .values(
        triaged_at=bind("at", type_=reports.c.triaged_at.type),
        priority=bind("to"),
        rank=bind("stands"),
        due_at=bind("until", type_=reports.c.due_at.type),
        own_due_at=bind("own", type_=reports.c.own_due_at.type),
        lowered_at=bind("lowered", type_=reports.c.lowered_at.type),
        category=bind("about"),
        reference_tag=bind("tag"),
        has_words=bind("wrote"),
    )
)
_CODES = sa.select(reasons.c.code).where(reasons.c.report == bind("report"))
_INSERT_REASONS = insert_or_ignore(reasons)


def _put_back(conn: sa.Connection) -> None:
    conn.execute(_AGAIN)


def _waiting(conn: sa.Connection) -> tuple[ReportId, ...]:
    """Reports with parts that no triage took into account: the urgent first, then those never triaged."""
    return tuple(ReportId(row.id) for row in conn.execute(_WAITING))


def _kept(conn: sa.Connection, report: ReportId) -> Kept:
    return kept_of(conn, conn.execute(_REPORT, {"report": report}).mappings().one())


def _required(contents: Contents | None) -> Contents:
    if contents is None:
        raise ValueError("it could not be opened")
    return contents


def _others(conn: sa.Connection, kept: Kept, tags: tuple[Tag, ...]) -> int:
    """From how many other communities the same account, address, number or file was reported."""
    return len(suggesting.communities_with(conn, kept.scope, tags, but=kept.community))


def _link(conn: sa.Connection, found: Found, now: datetime, targets: Targets) -> None:
    """Keep what it names as hashes, and raise who is known. No link may keep a report from being triaged."""
    kept, savepoint = found.kept, conn.begin_nested()
    try:
        suggesting.store(conn, kept.scope, kept.community, kept.report, found.tags)
        conflicts.store(conn, kept.scope, kept.report, found.crossed, now)
        raising.raise_known(conn, kept, found.tags, now, targets)
        savepoint.commit()
    except sa.exc.DBAPIError:
        raise
    except Exception as error:  # noqa: BLE001 - the same
        savepoint.rollback()
        failed = {"error": type(error).__name__, "where": where(error)}
        log.error("links_not_kept", report=kept.report, **failed)  # noqa: TRY400 - a traceback quotes


def _facts(contents: Contents, others: int) -> TriageFacts:
    """All that the rules may look at; nothing told where the answers cannot be read."""
    told = tuple(_answers(contents))
    staff = any(_about_staff(captured.transcript) for captured in contents.captured)
    if contents.facts is None:
        return TriageFacts(told=told, subject_is_staff=staff, other_reports=others)
    return TriageFacts(told=told, role=contents.facts.role, subject_is_staff=staff, other_reports=others)


def _about_staff(transcript: Transcript) -> bool:
    """The platform shows whoever was pressed on to run or moderate the place."""
    by_message = any(message.reported and message.author.is_staff for message in transcript.messages)
    return by_message or (transcript.subject is not None and transcript.subject.is_staff)


def _answers(contents: Contents) -> list[Answers]:
    """All answers as they stood, the oldest first."""
    first = [contents.facts.answers] if contents.facts else []
    return first + [_stage(told) for _, told in contents.supplements]


def _stage(told: Supplement) -> Answers:
    """Of what was written back the words count, like those told before."""
    return msgspec.structs.replace(told.answers, own_words=told.reply) if told.reply else told.answers


def _category(contents: Contents) -> Category | None:
    """As last told."""
    told = _answers(contents)
    return told[-1].category if told else None


def _answers_failed(kept: Kept) -> tuple[CannotOpenPart, ...]:
    return tuple(
        CannotOpenPart(part=part.id, kind=part.kind, fault=Fault.TRIAGE_FAILED)
        for part in kept.parts
        if part.kind is PartKind.ANSWERS
    )


def _store(conn: sa.Connection, found: Found, now: datetime, targets: Targets) -> tuple[CannotOpenPart, ...]:
    """Write what was found, judged against the row as it is now; the faults that are new."""
    row = conn.execute(_REPORT, {"report": found.kept.report}).mappings().one()
    faulty = conn.execute(_FAULTS, {"report": row["id"], "road": row["road"]})
    known = {part.id: part.fault for part in faulty}
    decision = _with_urgent(found.decision, row)
    priority, lowered = _judged(conn, decision, row)
    stands = rank(Priority(priority), triaged=True)
    values = {
        "of": row["id"],
        "at": now,
        "to": int(priority),
        "lowered": lowered,
        "stands": stands,
        "until": _until(row, row["due_at"], priority, now, targets),
        "own": row["own_due_at"] and _until(row, row["own_due_at"], priority, now, targets),
        "about": found.category or row["category"],
        "tag": found.reference_tag or row["reference_tag"],
        "wrote": found.has_words or bool(row["has_words"]),
    }
    conn.execute(_TRIAGED, values)
    conn.execute(_SEEN, _seen(found, row, now))
    if decision.reasons:
        conn.execute(_INSERT_REASONS, [_reason(row, why, now) for why in decision.reasons])
    scope = found.kept.scope
    tallies.moved(conn, scope, row["rank"], stands)
    if row["triaged_at"] is None:
        about = found.category.value if found.category else ""
        counting.triaged(conn, scope, now, priority, category=about, platform=row["platform"])
    if works_with(conn, row):
        put(conn, ReportId(row["of_case"] or row["id"]))
    _link(conn, found, now, targets)
    fresh = tuple(fault for fault in found.faults if known.get(fault.part) != fault.fault)
    for fault in fresh:
        record(conn, trail, _alarm(scope, found.kept.report, fault, now))
    return fresh


def _judged(conn: sa.Connection, decision: Decision, row: Any) -> tuple[Priority, datetime | None]:
    """The priority, and since when a person's word counts: until there is a reason they did not know."""
    if row["priority"] is None:
        return decision.priority, None
    codes = {why.code for why in decision.reasons}
    if row["lowered_at"] is not None and codes <= _codes(conn, row["id"]):
        return Priority(row["priority"]), row["lowered_at"]
    return Priority(min(decision.priority, row["priority"])), None


def _codes(conn: sa.Connection, report: str) -> frozenset[str]:
    """The reasons it has had so far: what a person who lowered it knew of raises it no more."""
    return frozenset(conn.scalars(_CODES, {"report": report}))


def _with_urgent(decision: Decision, row: Any) -> Decision:
    """The road's word stands, whatever the rules here make of it."""
    if not row["urgent"] or decision.priority is Priority.P0:
        return decision
    return Decision(Priority.P0, (*decision.reasons, _URGENT))


def _until(row: Any, so_far: datetime, priority: Priority, now: datetime, targets: Targets) -> datetime:
    """At first counted from the sending; what is raised later is due from then, never later than before."""
    if row["triaged_at"] is None:
        first = due(priority, row["sent_at"], row["received_at"], targets)
        return min(first, so_far) if row["urgent"] else first
    return min(so_far, now + targets[priority]) if priority < row["priority"] else so_far


def _seen(found: Found, row: Any, now: datetime) -> list[dict[str, Any]]:
    faults: dict[PartId, str] = {fault.part: fault.fault.value for fault in found.faults}
    return [
        {"of": row["id"], "by": row["road"], "part": part.id, "at": now, "found": faults.get(part.id, "")}
        for part in found.kept.parts
    ]


def _reason(row: Any, why: Reason, now: datetime) -> dict[str, Any]:
    return {"report": row["id"], "code": why.code, "text": why.text, "at": now}


def _alarm(scope: Scope, report: ReportId, fault: CannotOpenPart, now: datetime) -> Entry:
    detail = {
        **scope.named,
        "part": fault.part,
        "kind": fault.kind.value,
        "fault": fault.fault.value,
    }
    return Entry(at=now, who="desk", action=UNOPENED, target=report, detail=detail)
