"""Counts that are kept, never scanned: one row per counter and writer, summed on reading.

An increment is a change in the same unit as what it counts, so both are stored or neither. A writer
has a row of its own, so that two processes never wait for each other's counts.
"""

from functools import cache

import sqlalchemy as sa

from core.ledger.port import Change
from core.ledger.sql import add_to


def counter_table(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "counters",
        metadata,
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("writer", sa.String(100), primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )


def counted(table: sa.Table, writer: str, *names: str, by: int = 1) -> Change:
    """Each of `names` goes up by `by`. `writer` names this process's place, and stays when it restarts."""
    rows = [{"name": name, "writer": writer, "value": by} for name in names]
    return Change(_added(table), rows)


def counts(conn: sa.Connection, table: sa.Table, prefix: str = "") -> dict[str, int]:
    """The sum over all writers of every counter whose name starts with `prefix`."""
    total = sa.func.sum(table.c.value)
    query = sa.select(table.c.name, total).group_by(table.c.name).order_by(table.c.name)
    if prefix:
        query = query.where(table.c.name.startswith(prefix, autoescape=True))
    return {name: int(value) for name, value in conn.execute(query)}


@cache
def _added(table: sa.Table) -> sa.Executable:
    return add_to(table, "value")
