"""The hash-chained trail of what people do. Written inside the transaction of the act itself; never changed.

Each entry's hash covers the entry and the hash before it, so a change, a gap or a swap anywhere shows.
A chain alone cannot show that its tail was cut and its head rewritten: its head must be known elsewhere too.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from core.ledger.columns import UtcTime
from core.ledger.sql import insert_or_ignore

GENESIS = "0" * 64
_HEAD = 1


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One act. Says who did what to which thing; never what was read or written in it."""

    at: datetime
    who: str
    action: str
    target: str
    detail: dict[str, str] = {}


class Head(NamedTuple):
    """Where the trail ends: what to note elsewhere, so that a cut tail shows."""

    entries: int
    hash: str


class Verdict(NamedTuple):
    """What checking the whole trail found. `broken_at` is the first entry that does not fit."""

    ok: bool
    entries: int
    head: str
    broken_at: int | None = None
    why: str = ""


def trail_table(metadata: sa.MetaData) -> sa.Table:
    """The trail, and beside it the one row that says where it ends."""
    sa.Table(
        "trail_head",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    return sa.Table(
        "trail",
        metadata,
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),  # JSON
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Index("trail_by_target", "target", "seq"),
        sa.Index("trail_by_who", "who", "seq"),
    )


def record(conn: sa.Connection, table: sa.Table, entry: Entry) -> None:
    """Add an entry, in the transaction of the act. Call it last: it locks the head row until the commit."""
    record_all(conn, table, (entry,))


def record_all(conn: sa.Connection, table: sa.Table, entries: Sequence[Entry]) -> None:
    """Add several, in their order; as `record`. Nothing where there is none."""
    if not entries:
        return
    last, rows = _locked_head(conn, table), []
    for entry in entries:
        row = _row(last.entries + 1, entry)
        last = Head(row["seq"], _link(last.hash, row))
        rows.append(row | {"hash": last.hash})
    conn.execute(table.insert(), rows)
    heads = _heads(table)
    conn.execute(heads.update().where(heads.c.id == _HEAD), {"entries": last.entries, "hash": last.hash})


def head(conn: sa.Connection, table: sa.Table) -> Head:
    """Where the trail ends now."""
    return _head(conn, sa.select(_heads(table))) or Head(0, GENESIS)


def hash_at(conn: sa.Connection, table: sa.Table, seq: int) -> str | None:
    """What this entry is chained by; None where there is no such entry (any more)."""
    found = conn.execute(sa.select(table.c.hash).where(table.c.seq == seq)).scalar_one_or_none()
    return None if found is None else str(found)


def verify(conn: sa.Connection, table: sa.Table) -> Verdict:
    """Follow the chain from its first entry to its head. Reads it all, a thousand entries at a time."""
    last = Head(0, GENESIS)
    rows = conn.execution_options(yield_per=1_000).execute(sa.select(table).order_by(table.c.seq))
    for row in rows.mappings():
        if row["seq"] != last.entries + 1:
            return _broken(last, "an entry is missing")
        if _link(last.hash, dict(row)) != row["hash"]:
            return _broken(last, "the entry does not fit the one before it")
        last = Head(row["seq"], row["hash"])
    if head(conn, table) != last:
        return _broken(last, "the trail does not end where its head says")
    return Verdict(ok=True, entries=last.entries, head=last.hash)


def _broken(last: Head, why: str) -> Verdict:
    return Verdict(ok=False, entries=last.entries, head=last.hash, broken_at=last.entries + 1, why=why)


def _heads(table: sa.Table) -> sa.Table:
    return table.metadata.tables["trail_head"]


def _locked_head(conn: sa.Connection, table: sa.Table) -> Head:
    heads = _heads(table)
    locked = sa.select(heads).with_for_update()
    known = _head(conn, locked)
    if known is not None:
        return known
    conn.execute(insert_or_ignore(heads), {"id": _HEAD, "entries": 0, "hash": GENESIS})
    return _head(conn, locked) or Head(0, GENESIS)


def _head(conn: sa.Connection, select: sa.Select[Any]) -> Head | None:
    row = conn.execute(select).mappings().one_or_none()
    return None if row is None else Head(row["entries"], row["hash"])


def _row(seq: int, entry: Entry) -> dict[str, Any]:
    detail = {_storable(key): _storable(value) for key, value in entry.detail.items()}
    return {
        "seq": seq,
        "at": entry.at.astimezone(UTC),
        "who": _storable(entry.who),
        "action": _storable(entry.action),
        "target": _storable(entry.target),
        "detail": msgspec.json.encode(detail, order="sorted").decode(),
    }


def _link(before: str, row: Mapping[str, Any]) -> str:
    covered = [before, row["seq"], row["at"], row["who"], row["action"], row["target"], row["detail"]]
    return hashlib.sha256(msgspec.json.encode(covered)).hexdigest()


def _storable(text: str) -> str:
    """What both engines can keep: a trail never refuses an act because of odd characters in a name."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "\N{REPLACEMENT CHARACTER}")
