"""Ledgers for tests that need many: a schema is migrated once, every further one is a copy of that."""

from pathlib import Path

import sqlalchemy as sa

from core.clock import Clock
from core.ledger.postgresql import PostgresLedger
from core.ledger.schema import Schema
from core.ledger.sqlite import SqliteLedger
from tests.postgres_server import PostgresServer, database_of

_MIGRATED: dict[str, bytes] = {}


async def opened(file: Path, schema: Schema, clock: Clock) -> SqliteLedger:
    """An open ledger in this file, which is new. Whoever opens it closes it."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    ledger = SqliteLedger(file, schema, clock)
    if schema.name not in _MIGRATED:
        await ledger.open()
        await ledger.close()
        _MIGRATED[schema.name] = file.read_bytes()
    file.write_bytes(_MIGRATED[schema.name])
    await ledger.open()
    return ledger


async def template(server: PostgresServer, schema: Schema, clock: Clock) -> str:
    """A database of this server in which the schema is migrated, for others to be copies of."""
    name = f"template_{schema.name}"
    with server.connected() as conn:
        if conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return name
    server.do(f"CREATE DATABASE {name} TEMPLATE template0")
    ledger = on_postgres(server.url(name), schema, clock)
    await ledger.open()
    await ledger.close()
    return name


async def postgres_url(server: PostgresServer, schema: Schema, clock: Clock) -> str:
    """The address of a new database in which the schema is migrated."""
    return server.database(await template(server, schema, clock))


def on_postgres(url: str, schema: Schema, clock: Clock) -> PostgresLedger:
    """A ledger there, not opened yet."""
    return PostgresLedger(sa.make_url(url), schema, clock)


def drop(server: PostgresServer, url: str) -> None:
    server.do(f"DROP DATABASE {database_of(url)} WITH (FORCE)")
