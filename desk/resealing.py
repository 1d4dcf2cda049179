"""Re-seals what the desk keeps to its present keys, after a rotation. Opened and closed in memory only.

Safe to stop and to run again at any step: a part is exchanged whole or not at all, and none is ever lost.
What no key opens stays as it is, and is counted. Retired keys may go only when nothing is left closed.
"""

import asyncio
import hashlib
from collections.abc import Sequence
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
from desk.opening import TO_PEOPLE
from desk.tables import parts, trail

BATCH: Final = 50
RESEALED: Final = "parts_resealed"
"""The action in the trail."""

_START: Final = ("", "", "")
_KEY = (parts.c.report, parts.c.id, parts.c.road)
_OLD = (
    sa.select(*_KEY, parts.c.sealed)
    .where(
        parts.c.kind.in_(sorted(kind.value for kind in TO_PEOPLE)),
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

_Place = tuple[str, str, str]


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
    """Seal every part that is not sealed to just these recipients to them, and note it in the trail.

    Raises KeysMissing where the desk's present key is not among the recipients, LedgerError with what was
    done so far kept.
    """
    if keys.current.public not in recipients:
        raise KeysMissing("the desk's present key is not among those to seal to")
    mark, place = _mark(recipients), _START
    done = closed = 0
    while found := await ledger.read(partial(_old, mark=mark, place=place)):
        batch = await asyncio.to_thread(_sealed_again, found, keys, recipients, mark)
        await ledger.transact(partial(_exchange, rows=batch.rows))
        done, closed = done + len(batch.rows), closed + batch.closed
        place = (found[-1].report, found[-1].id, found[-1].road)
    detail = {"parts": str(done), "left_closed": str(closed)}
    entry = Entry(at=now, who=by, action=RESEALED, target="parts", detail=detail)
    await ledger.transact(lambda conn: record(conn, trail, entry))
    return Resealed(done, closed)


def _mark(recipients: Sequence[Recipient]) -> str:
    """Says to whom, without saying it: the same for the same set."""
    return hashlib.sha256("\n".join(sorted(set(recipients))).encode()).hexdigest()


def _old(conn: sa.Connection, mark: str, place: _Place) -> Sequence[Any]:
    report, part, road = place
    return conn.execute(_OLD, {"mark": mark, "report": report, "part": part, "road": road}).all()


def _exchange(conn: sa.Connection, rows: list[dict[str, Any]]) -> None:
    if rows:
        conn.execute(_EXCHANGE, rows)


def _sealed_again(found: Sequence[Any], keys: DeskKeys, recipients: Sequence[Recipient], mark: str) -> _Batch:
    rows = []
    for row in found:
        try:
            header, body = open_part(row.sealed, keys.opening)
        except CannotOpen:
            continue
        again = seal(body, header, recipients)
        rows.append(
            {
                "of": row.report,
                "part": row.id,
                "by": row.road,
                "again": again,
                "length": len(again),
                "mark": mark,
            }
        )
    return _Batch(rows, len(found) - len(rows))
