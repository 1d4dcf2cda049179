"""Rows written by hand on either engine: statements as text, one connection, one transaction a batch.

Durable as the ledger is: on SQLite the same pragmas; on PostgreSQL what the server is set to.
"""

from collections.abc import Callable, Sequence
from typing import Any

import psycopg
import sqlalchemy as sa

from core.ledger import sqlite
from tests.bench.engines import Engine

driver: Any = vars(sqlite)["sqlite"]  # the SQLite that the ledger uses
PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "foreign_keys = ON")

Rows = Callable[[Sequence[Any]], list[Sequence[Any]]]
Writes = Sequence[tuple[str, Rows]]
"""Statements with `?`, each with what makes its rows of a batch of records."""


class ByHand:
    """Stores each batch by these statements (`tests.bench.tick.Committing`)."""

    def __init__(self, url: str, writes: Writes, *, schema: str = "", before: str = "") -> None:
        """`schema`: where the tables lie on PostgreSQL; `before` makes one where there is none."""
        engine, self._conn = _connected(url, schema)
        if before:
            self._conn.execute(before)
        self._execute = _pipelined if engine is Engine.POSTGRESQL else _in_a_row
        percent = engine is Engine.POSTGRESQL
        self._writes = [(text.replace("?", "%s") if percent else text, rows) for text, rows in writes]

    def commit(self, records: Sequence[Any]) -> None:
        self._execute(self._conn, [(text, rows(records)) for text, rows in self._writes])

    def close(self) -> None:
        self._conn.close()


def _in_a_row(conn: Any, writes: Sequence[tuple[str, Sequence[Any]]]) -> None:
    conn.execute("BEGIN IMMEDIATE")
    for text, rows in writes:
        conn.executemany(text, rows)
    conn.execute("COMMIT")


def _pipelined(conn: Any, writes: Sequence[tuple[str, Sequence[Any]]]) -> None:
    with conn.pipeline(), conn.transaction(), conn.cursor() as cursor:
        for text, rows in writes:
            cursor.executemany(text, rows)


def _connected(url: str, schema: str) -> tuple[Engine, Any]:
    address = sa.make_url(url)
    if address.get_backend_name() == Engine.SQLITE:
        conn = driver.connect(address.database, isolation_level=None, check_same_thread=False)
        for pragma in PRAGMAS:
            conn.execute(f"PRAGMA {pragma}")
        return Engine.SQLITE, conn
    whole = address.set(drivername="postgresql").render_as_string(hide_password=False)
    conn = psycopg.connect(whole, autocommit=True)
    conn.execute(f"SET search_path = {schema or 'public'}".encode())
    return Engine.POSTGRESQL, conn
