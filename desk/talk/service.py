"""What the screen asks of the conversation with one young person: each call one transaction."""

import asyncio
from datetime import datetime
from functools import partial
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.errors import InputRefused
from core.evidence.keys import DeskKeys
from core.evidence.parts import PartKind
from core.ids import ReportId
from core.reports.model import Answers
from desk.cases import kept_of
from desk.casework.acts import By, acted, case_in
from desk.casework.writing import Bench
from desk.news import NEWS
from desk.opening import Contents, Kept, open_parts
from desk.tables import reports
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

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    async def thread(self, report: ReportId, *, by: str) -> Thread | None:
        """Unopened; None where there is no such report. Raises LedgerError."""
        return await self._bench.ledger.read(partial(writing.thread, by=self._bench.by(by), report=report))

    async def write(self, report: ReportId, text: str, *, by: str, newest: str) -> None:
        """Durable on return. `newest` is what stood there when it was written.

        Raises InputRefused, whose reason is `message-` and one of `judging.Never` where words may not be
        sent; else as `writing.write`. Raises LedgerError.
        """
        text = text.strip()
        if wrong := wrong_with(text):
            raise InputRefused(f"message-{min(wrong)}", field="text")
        written = await asyncio.to_thread(
            messages.Written, self._bench.keys, report, self._bench.new_id(), text
        )
        job = partial(writing.write, by=self._bench.by(by), written=written, newest=newest)
        await self._bench.act(job, NEWS)

    async def read(self, report: ReportId, *, by: str) -> OpenThread | None:
        """Record that somebody reads it, and only then open both sides. Raises LedgerError."""
        lying = await self._bench.ledger.transact(partial(self._look, report=report, by=self._bench.by(by)))
        return None if lying is None else await asyncio.to_thread(_opened, lying, self._bench.keys)

    def _look(self, conn: sa.Connection, report: ReportId, by: By) -> _Lying | None:
        if case_in(conn, self._bench.scope, report) is None:
            return None
        kept = kept_of(conn, conn.execute(_REPORT, {"report": report}).mappings().one())
        rows = list(messages.messages_of(conn, report))
        acted(conn, by, TALK_READ, report)
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
