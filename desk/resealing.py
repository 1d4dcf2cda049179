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


def _own(table: sa.Table, *, key: str = "id", column: str = "sealed", start: str | int = "") -> _Lying:
    """What the desk wrote itself, of one table; where nothing is sealed there is nothing to exchange."""
    id_, lies, mark = table.c[key], table.c[column], table.c.sealed_for
    old = (
        sa.select(id_, lies.label("sealed"))
        .where(lies.is_not(None), mark != bind("mark"), id_ > bind("after"))
        .order_by(id_)
        .limit(BATCH)
    )
    exchange = (
        sa.update(table)
        .where(id_ == bind("of"), lies.is_not(None))
        .values({column: bind("again", type_=sa.LargeBinary), "sealed_for": bind("mark")})
    )
    return _Lying(
        start=(start,),
        old=old,
        named=("after",),
        keys=(key,),
        exchange=exchange,
        exchanged=lambda row, _again: {"of": getattr(row, key)},
    )


_ALL: Final = (
    _PARTS,
    _own(casework.notes),
    _own(messages),
    _own(exports),
    _own(subject_requests),
    _own(review.sampled, key="seq", column="note", start=0),
)
"""Everything that lies sealed to the desk's keys."""


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
    found = [await _reseal(ledger, keys, recipients, each) for each in _ALL]
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
