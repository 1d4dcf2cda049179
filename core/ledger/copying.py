"""Moves a whole ledger from one engine to another: table by table, in the order of its keys, looked at again.

Each batch is one transaction, so what was stopped goes on where it was. Whoever writes to either meanwhile
is found out at the end, not lost silently: nothing but the same rows on both sides is called done.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import partial
from itertools import zip_longest
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from core.errors import LedgerConflict, LedgerError
from core.ledger.port import Ledger
from core.ledger.schema import Schema

ROWS_AT_ONCE: Final = 500
BYTES_AT_ONCE: Final = 4_000_000
"""A batch ends after so many rows or bytes, so that memory holds whatever lies in them."""

Row = Mapping[str, Any]


class Copied(NamedTuple):
    """One table, the same on both sides: how many rows it has, and how many of them came now."""

    table: str
    rows: int
    new: int


class NotTheSame(LedgerError):
    """The target holds something else than the source: it is not its copy, or somebody writes meanwhile."""

    code = "ledger_not_the_same"


async def copy(source: Ledger, target: Ledger, schema: Schema, *, tell: Callable[[Copied], None]) -> None:
    """Bring everything in `source` to `target`, which is empty or an unfinished copy, and compare both.

    Both are open, of the current version, and nobody else writes to them. `tell` hears of each table once it
    is the same on both sides. Raises NotTheSame with the table, LedgerConflict for what the other engine
    cannot store, LedgerUnavailable; what was copied by then stays, and the same call goes on from there.
    """
    for table in schema.metadata.sorted_tables:
        new = await _bring(source, target, table)
        tell(Copied(table.name, await _compare(source, target, table), new))


async def _bring(source: Ledger, target: Ledger, table: sa.Table) -> int:
    last = await target.read(partial(_last, table=table))
    insert, new = table.insert(), 0
    async for rows in _batches(source, table, after=last):
        try:
            await target.transact(partial(_store, statement=insert, rows=rows))
        except LedgerConflict as error:
            raise LedgerConflict(f"the table {table.name}: {error}") from error
        new += len(rows)
    return new


async def _compare(source: Ledger, target: Ledger, table: sa.Table) -> int:
    """Row by row. How many there are."""
    count = 0
    theirs = _batches(target, table)
    async for rows in _batches(source, table):
        found = await anext(theirs, None) or ()
        if any(one != other for one, other in zip_longest(rows, found)):
            raise _not_the_same(table)
        count += len(rows)
    if await anext(theirs, None):
        raise _not_the_same(table)
    return count


async def _batches(
    ledger: Ledger, table: sa.Table, after: Sequence[Any] | None = None
) -> AsyncIterator[Sequence[Row]]:
    """All rows behind the key `after`, in the order of their keys, which is the same on every engine."""
    while True:
        rows = await ledger.read(partial(_page, table=table, after=after))
        if not rows:
            return
        yield rows
        after = _key(table, rows[-1])


def _page(conn: sa.Connection, table: sa.Table, after: Sequence[Any] | None) -> list[Row]:
    keys = list(table.primary_key.columns)
    query = sa.select(table).order_by(*keys).limit(ROWS_AT_ONCE)
    if after is not None:
        query = query.where(sa.tuple_(*keys) > sa.tuple_(*map(_literal, keys, after)))
    page: list[Row] = []
    size = 0
    for row in conn.execute(query).mappings():
        page.append(dict(row))
        size += sum(len(value) for value in row.values() if isinstance(value, bytes))
        if size >= BYTES_AT_ONCE:
            break
    return page


def _literal(key: sa.Column[Any], value: Any) -> sa.BindParameter[Any]:
    return sa.literal(value, key.type)


def _last(conn: sa.Connection, table: sa.Table) -> Sequence[Any] | None:
    """The key of the last row that is there."""
    keys = list(table.primary_key.columns)
    row = conn.execute(sa.select(*keys).order_by(*(key.desc() for key in keys)).limit(1)).one_or_none()
    return None if row is None else tuple(row)


def _key(table: sa.Table, row: Row) -> Sequence[Any]:
    return tuple(row[key.name] for key in table.primary_key.columns)


def _store(conn: sa.Connection, statement: sa.Insert, rows: Sequence[Row]) -> None:
    conn.execute(statement, [dict(row) for row in rows])


def _not_the_same(table: sa.Table) -> NotTheSame:
    return NotTheSame(
        f"the table {table.name} is not the same on both sides: copy into an empty database, "
        "and stop everything that writes to either"
    )
