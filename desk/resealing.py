"""Re-seals what the desk keeps to its present keys, after a rotation. Opened and closed in memory only.

Safe to stop and to run again at any step: a part is exchanged whole or not at all, and none is ever lost.
What no key opens stays as it is, and is counted. Retired keys may go only when nothing is left closed.
"""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.errors import CannotOpen, KeysMissing
from core.evidence.keys import DeskKeys
from core.evidence.sealing import Recipient, open_part, seal
from core.ledger.port import Ledger
from core.ledger.trail import Entry, record
from desk.opening import TO_DESK
from desk.tables import casework, exports, messages, parts, review, subject_requests, trail

BATCH: Final = 50
RESEALED: Final = "parts_resealed"
"""The action in the trail."""

_START: Final = ("", "", "")
_NOTES_START: Final = ("",)
_KEY = (parts.c.report, parts.c.id, parts.c.road)
_OLD = (
    sa.select(*_KEY, parts.c.sealed)
    .where(
        parts.c.kind.in_(sorted(kind.value for kind in TO_DESK)),
        parts.c.sealed_for != bind("mark"),
        sa.tuple_(*_KEY) > sa.tuple_(bind("report"), bind("part"), bind("road")),
    )
    .order_by(*_KEY)
    .limit(BATCH)
)
_EXCHANGE = (
    sa.update(parts)
    .where(parts.c.report == bind("of"), parts.c.id == bind("part"), parts.c.road == bind("by"))
    .values(sealed=bind("again", type_=sa.LargeBinary), size=bind("length"), sealed_for=bind("mark"))
)

_notes = casework.notes
_OLD_NOTES = (
    sa.select(_notes.c.id, _notes.c.sealed)
    .where(_notes.c.sealed_for != bind("mark"), _notes.c.id > bind("note"))
    .order_by(_notes.c.id)
    .limit(BATCH)
)
_EXCHANGE_NOTE = (
    sa.update(_notes)
    .where(_notes.c.id == bind("of"))
    .values(sealed=bind("again", type_=sa.LargeBinary), sealed_for=bind("mark"))
)

_OLD_MESSAGES = (
    sa.select(messages.c.id, messages.c.sealed)
    .where(
        messages.c.sealed.is_not(None),
        messages.c.sealed_for != bind("mark"),
        messages.c.id > bind("message"),
    )
    .order_by(messages.c.id)
    .limit(BATCH)
)
_EXCHANGE_MESSAGE = (
    sa.update(messages)
    .where(messages.c.id == bind("of"))
    .values(sealed=bind("again", type_=sa.LargeBinary), sealed_for=bind("mark"))
)
_OLD_EXPORTS = (
    sa.select(exports.c.id, exports.c.sealed)
    .where(exports.c.sealed_for != bind("mark"), exports.c.id > bind("export"))
    .order_by(exports.c.id)
    .limit(BATCH)
)
_EXCHANGE_EXPORT = (
    sa.update(exports)
    .where(exports.c.id == bind("of"))
    .values(sealed=bind("again", type_=sa.LargeBinary), sealed_for=bind("mark"))
)
_OLD_REQUESTS = (
    sa.select(subject_requests.c.id, subject_requests.c.sealed)
    .where(subject_requests.c.sealed_for != bind("mark"), subject_requests.c.id > bind("note"))
    .order_by(subject_requests.c.id)
    .limit(BATCH)
)
_EXCHANGE_REQUEST = (
    sa.update(subject_requests)
    .where(subject_requests.c.id == bind("of"))
    .values(sealed=bind("again", type_=sa.LargeBinary), sealed_for=bind("mark"))
)
_sampled = review.sampled
_OLD_REVIEWS = (
    sa.select(_sampled.c.seq, _sampled.c.note.label("sealed"))
    .where(_sampled.c.note.is_not(None), _sampled.c.sealed_for != bind("mark"), _sampled.c.seq > bind("line"))
    .order_by(_sampled.c.seq)
    .limit(BATCH)
)
_EXCHANGE_REVIEW = (
    sa.update(_sampled)
    .where(_sampled.c.seq == bind("of"), _sampled.c.note.is_not(None))
    .values(note=bind("again", type_=sa.LargeBinary), sealed_for=bind("mark"))
)

_Place = tuple[str | int, ...]


class _Lying(NamedTuple):
    """Sealed things of one table: how the old ones are read from a place on, and exchanged."""

    start: _Place
    old: sa.Select[Any]
    named: tuple[str, ...]
    """What the values of a place are called in `old`, and in a row of it."""
    keys: tuple[str, ...]
    exchange: sa.Update
    exchanged: Callable[[Any, bytes], dict[str, Any]]


_PARTS = _Lying(
    start=_START,
    old=_OLD,
    named=("report", "part", "road"),
    keys=("report", "id", "road"),
    exchange=_EXCHANGE,
    exchanged=lambda row, again: {"of": row.report, "part": row.id, "by": row.road, "length": len(again)},
)
_WRITTEN = _Lying(
    start=_NOTES_START,
    old=_OLD_NOTES,
    named=("note",),
    keys=("id",),
    exchange=_EXCHANGE_NOTE,
    exchanged=lambda row, _again: {"of": row.id},
)
_TOLD = _Lying(
    start=_NOTES_START,
    old=_OLD_MESSAGES,
    named=("message",),
    keys=("id",),
    exchange=_EXCHANGE_MESSAGE,
    exchanged=lambda row, _again: {"of": row.id},
)

_ASKED_FOR = _Lying(
    start=_NOTES_START,
    old=_OLD_EXPORTS,
    named=("export",),
    keys=("id",),
    exchange=_EXCHANGE_EXPORT,
    exchanged=lambda row, _again: {"of": row.id},
)

_REQUESTS = _WRITTEN._replace(old=_OLD_REQUESTS, exchange=_EXCHANGE_REQUEST)


_REVIEWED = _Lying(
    start=(0,),
    old=_OLD_REVIEWS,
    named=("line",),
    keys=("seq",),
    exchange=_EXCHANGE_REVIEW,
    exchanged=lambda row, _again: {"of": row.seq},
)


class Resealed(NamedTuple):
    done: int
    closed: int
    """Parts that none of the keys opens; they lie as they were."""


class _Batch(NamedTuple):
    rows: list[dict[str, Any]]
    closed: int


async def reseal(
    ledger: Ledger, keys: DeskKeys, recipients: Sequence[Recipient], *, by: str, now: datetime
) -> Resealed:
    """Seal all that is not sealed to just these recipients to them, and note it in the trail.

    Raises KeysMissing where the desk's present key is not among the recipients, LedgerError with what was
    done so far kept.
    """
    if keys.current.public not in recipients:
        raise KeysMissing("the desk's present key is not among those to seal to")
    lying = (_PARTS, _WRITTEN, _TOLD, _ASKED_FOR, _REQUESTS, _REVIEWED)
    found = [await _reseal(ledger, keys, recipients, each) for each in lying]
    done = Resealed(sum(each.done for each in found), sum(each.closed for each in found))
    detail = {"parts": str(done.done), "left_closed": str(done.closed)}
    entry = Entry(at=now, who=by, action=RESEALED, target="parts", detail=detail)
    await ledger.transact(lambda conn: record(conn, trail, entry))
    return done


async def _reseal(ledger: Ledger, keys: DeskKeys, recipients: Sequence[Recipient], lying: _Lying) -> Resealed:
    mark, place = _mark(recipients), lying.start
    done = closed = 0
    while found := await ledger.read(partial(_old, lying=lying, mark=mark, place=place)):
        batch = await asyncio.to_thread(_sealed_again, found, keys, recipients, lying)
        await ledger.transact(partial(_exchange, lying=lying, rows=batch.rows))
        done, closed = done + len(batch.rows), closed + batch.closed
        place = tuple(getattr(found[-1], key) for key in lying.keys)
    return Resealed(done, closed)


def _mark(recipients: Sequence[Recipient]) -> str:
    """Says to whom, without saying it: the same for the same set."""
    return hashlib.sha256("\n".join(sorted(set(recipients))).encode()).hexdigest()


def _old(conn: sa.Connection, lying: _Lying, mark: str, place: _Place) -> Sequence[Any]:
    return conn.execute(lying.old, {"mark": mark, **dict(zip(lying.named, place, strict=True))}).all()


def _exchange(conn: sa.Connection, lying: _Lying, rows: list[dict[str, Any]]) -> None:
    if rows:
        conn.execute(lying.exchange, rows)


def _sealed_again(
    found: Sequence[Any], keys: DeskKeys, recipients: Sequence[Recipient], lying: _Lying
) -> _Batch:
    mark, rows = _mark(recipients), []
    for row in found:
        try:
            header, body = open_part(row.sealed, keys.opening)
        except CannotOpen:
            continue
        again = seal(body, header, recipients)
        rows.append(lying.exchanged(row, again) | {"again": again, "mark": mark})
    return _Batch(rows, len(found) - len(rows))
