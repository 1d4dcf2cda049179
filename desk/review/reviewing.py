"""Draws lines from the trail and keeps what a second person says of them, in the ledger's transactions."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.errors import InputRefused
from core.evidence.keys import DeskKeys, TagKey
from core.ledger.port import Ledger
from core.ledger.sql import insert_or_ignore
from core.ledger.trail import Entry, record
from desk import own
from desk.casework.acts import By
from desk.model import Scope
from desk.own import Own
from desk.review.model import Answer, Review, Sampled, Why, why
from desk.tables import review as tables
from desk.tables import trail

ANSWERED: Final = "review_answered"
NOTE_READ: Final = "review_note_read"
"""The actions in the trail."""
BATCH: Final = 2_000
SHOWN: Final = 50
COUNTED: Final = 100
"""Open ones that are counted at most."""
LONGEST: Final = 2_000

_sampled = tables.sampled
_marks = tables.marks
_MARK = sa.select(_marks.c.seq).where(_marks.c.id == 1)
_FIRST_MARK = insert_or_ignore(_marks)
_FIRST_LINE = sa.select(sa.func.min(trail.c.seq)).where(trail.c.at >= bind("since", type_=trail.c.at.type))
_LINES = sa.select(trail).where(trail.c.seq > bind("mark")).order_by(trail.c.seq).limit(BATCH)
_MOVE = sa.update(_marks).where(_marks.c.id == 1, _marks.c.seq == bind("before")).values(seq=bind("after"))
_DRAW = insert_or_ignore(_sampled)
_OURS = sa.and_(_sampled.c.desk == bind("desk"), _sampled.c.standing == bind("standing"))
_OPEN = sa.select(_sampled).where(
    _OURS, _sampled.c.answer == sa.literal_column("''", sa.Text), _sampled.c.who != bind("me")
)
_ANSWERED = (
    sa.select(_sampled)
    .where(_OURS, _sampled.c.answered_at.is_not(None))
    .order_by(_sampled.c.answered_at.desc(), _sampled.c.seq)
    .limit(SHOWN)
)
_ONE = sa.select(_sampled).where(_OURS, _sampled.c.seq == bind("which"))
_ANSWER = (
    sa.update(_sampled)
    .where(_sampled.c.seq == bind("which"))
    .values(
        answer=bind("said"),
        answered_at=bind("when", type_=_sampled.c.answered_at.type),
        answered_by=bind("by"),
        note=bind("sealed", type_=_sampled.c.note.type),
    )
)


async def draw(ledger: Ledger, key: TagKey, settings: Review, now: datetime) -> None:
    """Go through what the trail has had since the last time. Raises LedgerError."""
    while await ledger.transact(partial(_draw, key=key, settings=settings, now=now)):
        pass


def open_ones(conn: sa.Connection, by: By) -> tuple[Sampled, ...]:
    """What waits for this person's word, the oldest first: nothing that they did themselves."""
    asked = _bound(by.scope) | {"me": by.who}
    return tuple(map(_of_row, conn.execute(_OPEN.order_by(_sampled.c.seq).limit(SHOWN), asked).mappings()))


def open_count(conn: sa.Connection, by: By) -> int:
    """How many wait for this person's word; COUNTED at most."""
    few = sa.select(sa.func.count()).select_from(_OPEN.limit(COUNTED).subquery())
    return int(conn.execute(few, _bound(by.scope) | {"me": by.who}).scalar_one())


def answered(conn: sa.Connection, scope: Scope) -> tuple[Sampled, ...]:
    """What people said of late, the latest first."""
    return tuple(map(_of_row, conn.execute(_ANSWERED, _bound(scope)).mappings()))


def answer(conn: sa.Connection, by: By, seq: int, said: Answer, note: bytes | None) -> None:
    """Keep what somebody says of a line that is another's. Recorded.

    Raises InputRefused where there is no such line, it is their own, or somebody has answered.
    """
    row = conn.execute(_ONE, _bound(by.scope) | {"which": seq}).mappings().one_or_none()
    if row is None or row["answer"]:
        raise InputRefused("review-gone")
    if row["who"] == by.who:
        raise InputRefused("review-own")
    values = {"which": seq, "said": said.value, "when": by.now, "by": by.who, "sealed": note}
    conn.execute(_ANSWER, values)
    _note(conn, by, ANSWERED, row["target"], seq, answer=said.value)


def read_note(conn: sa.Connection, by: By, seq: int) -> bytes:
    """The sealed note; that it was read is recorded. Raises InputRefused where there is none."""
    row = conn.execute(_ONE, _bound(by.scope) | {"which": seq}).mappings().one_or_none()
    if row is None or row["note"] is None:
        raise InputRefused("review-gone")
    _note(conn, by, NOTE_READ, row["target"], seq)
    return bytes(row["note"])


def sealed(keys: DeskKeys, seq: int, text: str) -> bytes | None:
    """What somebody wrote, sealed; None where they wrote nothing. Raises InputRefused if too long."""
    text = text.strip()
    if len(text) > LONGEST:
        raise InputRefused("note-long", field="note")
    return own.sealed(keys, Own.REVIEW, str(seq), text.encode(errors="replace")) if text else None


def opened(keys: DeskKeys, seq: int, note: bytes) -> str | None:
    """What the note says; None where no key opens it, or it is another line's."""
    return own.text_of(keys.opening, Own.REVIEW, str(seq), note)


def _draw(conn: sa.Connection, key: TagKey, settings: Review, now: datetime) -> bool:
    """Whether there may be more."""
    since = now - timedelta(days=settings.days)
    mark = _mark(conn, since)
    rows = conn.execute(_LINES, {"mark": mark}).mappings().all()
    if not rows:
        return False
    if conn.execute(_MOVE, {"before": mark, "after": rows[-1]["seq"]}).rowcount == 0:
        return False  # another process goes through it at this moment
    drawn = [found for row in rows if row["at"] >= since and (found := _drawn(row, key, settings))]
    if drawn:
        conn.execute(_DRAW, drawn)
    return len(rows) == BATCH


def _mark(conn: sa.Connection, since: datetime) -> int:
    """Up to where the trail was gone through; at first, up to what is too old to be asked about."""
    known = conn.execute(_MARK).scalar_one_or_none()
    if known is None:
        first = conn.execute(_FIRST_LINE, {"since": since}).scalar_one_or_none()
        known = 0 if first is None else first - 1
        conn.execute(_FIRST_MARK, {"id": 1, "seq": known})
    return int(known)


def _drawn(row: Any, key: TagKey, settings: Review) -> dict[str, Any] | None:
    reason = why(key, row["action"], row["seq"], row["hash"], settings.share)
    detail = msgspec.json.decode(row["detail"], type=dict[str, str])
    if reason is None or "desk" not in detail or "standing" not in detail:
        return None
    kept = {name: row[name] for name in ("seq", "at", "who", "action", "target")}
    return kept | {
        "desk": detail["desk"],
        "standing": detail["standing"],
        "why": reason.value,
        "answer": "",
        "answered_by": "",
        "sealed_for": "",
    }


def _note(conn: sa.Connection, by: By, action: str, target: str, seq: int, **more: str) -> None:
    detail = _bound(by.scope) | {"line": str(seq)} | more
    record(conn, trail, Entry(at=by.now, who=by.who, action=action, target=target, detail=detail))


def _of_row(row: Any) -> Sampled:
    return Sampled(
        seq=row["seq"],
        at=row["at"],
        who=row["who"],
        action=row["action"],
        target=row["target"],
        why=Why(row["why"]),
        answer=Answer(row["answer"]) if row["answer"] else None,
        answered_at=row["answered_at"],
        answered_by=row["answered_by"],
        noted=row["note"] is not None,
    )


def _bound(scope: Scope) -> dict[str, str]:
    return {"desk": scope.desk, "standing": scope.standing.value}
