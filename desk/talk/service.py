"""What the screen asks of the conversation with one young person: each call one transaction."""

import asyncio
from datetime import datetime
from functools import partial
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.clock import Clock
from core.errors import InputRefused
from core.evidence.keys import DeskKeys
from core.evidence.parts import PartKind
from core.ids import NewId, ReportId, new_id
from core.ledger.port import Ledger
from core.ledger.trail import Entry, record
from core.reports.model import Answers
from core.signals.port import Signals
from desk.cases import kept_of
from desk.casework.acts import By, case_in
from desk.model import Scope
from desk.news import NEWS
from desk.opening import Contents, Kept, open_parts
from desk.queue import QUEUE
from desk.rota import urgent
from desk.tables import reports, trail
from desk.talk import messages, writing
from desk.talk.judging import wrong_with
from desk.talk.model import OpenMessage, OpenThread, Reply, Thread

TALK_READ: Final = "conversation_read"
"""The action in the trail."""

_BOTH: Final = frozenset({PartKind.ANSWERS, PartKind.SUPPLEMENT})
"""Their wishes, and what they wrote back."""
_REPORT = sa.select(reports).where(reports.c.id == bind("report"))


class _Lying(NamedTuple):
    kept: Kept
    rows: list[Any]


class Conversation:
    """Of one desk; with each young person about their own report."""

    def __init__(
        self,
        ledger: Ledger,
        signals: Signals,
        clock: Clock,
        keys: DeskKeys,
        scope: Scope,
        *,
        new_id: NewId = new_id,
    ) -> None:
        self._ledger = ledger
        self._signals = signals
        self._clock = clock
        self._keys = keys
        self._scope = scope
        self._new_id = new_id

    async def thread(self, report: ReportId, *, by: str) -> Thread | None:
        """Unopened; None where there is no such report. Raises LedgerError."""
        return await self._ledger.read(partial(writing.thread, by=self._by(by), report=report))

    async def write(self, report: ReportId, text: str, *, by: str, newest: str) -> None:
        """Durable on return. `newest` is what stood there when it was written.

        Raises InputRefused, whose reason is `message-` and one of `judging.Never` where words may not be
        sent; else as `writing.write`. Raises LedgerError.
        """
        text = text.strip()
        if wrong := wrong_with(text):
            raise InputRefused(f"message-{min(wrong)}", field="text")
        written = await asyncio.to_thread(messages.Written, self._keys, report, self._new_id(), text)
        job = partial(writing.write, by=self._by(by), written=written, newest=newest)
        await self._ledger.transact(job)
        for topic in (NEWS, QUEUE):
            await self._signals.wake(topic)

    async def read(self, report: ReportId, *, by: str) -> OpenThread | None:
        """Record that somebody reads it, and only then open both sides. Raises LedgerError."""
        lying = await self._ledger.transact(partial(self._look, report=report, by=self._by(by)))
        return None if lying is None else await asyncio.to_thread(_opened, lying, self._keys)

    def _by(self, who: str) -> By:
        return By(who, self._scope, self._clock.now())

    def _look(self, conn: sa.Connection, report: ReportId, by: By) -> _Lying | None:
        if case_in(conn, self._scope, report) is None:
            return None
        kept = kept_of(conn, conn.execute(_REPORT, {"report": report}).mappings().one())
        rows = list(messages.messages_of(conn, report))
        urgent.come(conn, self._scope, report, by=by.who, now=by.now)
        detail = self._scope.named
        record(conn, trail, Entry(at=by.now, who=by.who, action=TALK_READ, target=report, detail=detail))
        return _Lying(kept, rows)


def _opened(lying: _Lying, keys: DeskKeys) -> OpenThread:
    contents = open_parts(lying.kept, keys.opening, _BOTH)
    replies = [Reply(at=told.added_at, text=told.reply) for _, told in contents.supplements if told.reply]
    lines: list[OpenMessage | Reply] = [*messages.opened(lying.rows, keys.opening), *replies]
    ordered = tuple(sorted(lines, key=_when))
    return OpenThread(lines=ordered, wishes=_wishes(contents), closed=len(contents.faults))


def _wishes(contents: Contents) -> Answers:
    first = [contents.facts.answers] if contents.facts else [Answers()]
    return (first + [told.answers for _, told in contents.supplements])[-1]


def _when(line: OpenMessage | Reply) -> datetime:
    return line.at if isinstance(line, Reply) else line.message.at
