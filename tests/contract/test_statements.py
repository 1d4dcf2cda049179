"""Statements that the product makes once and keeps: SQLite runs them elsewhere, here PostgreSQL does."""

import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

import core
import desk
from core.clock import Clock
from core.ledger.schema import ROAD, Schema
from desk.tables import DESK
from tests.ledgers import postgres_url
from tests.postgres_server import PostgresServer

DOLLARS = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
LATE = re.compile(r"(\(?)__\[POSTCOMPILE_[^\]]*\]")
"""What is written into the statement when it is executed."""


def modules() -> Iterator[str]:
    for package in (core, desk):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" not in found.name:
                yield found.name


def statements() -> Iterator[tuple[str, sa.Executable]]:
    for name in modules():
        for attribute, value in vars(importlib.import_module(name)).items():
            if isinstance(value, sa.sql.expression.UpdateBase | sa.Select):
                yield f"{name}.{attribute}", value


FOUND = dict(statements())


def text(statement: sa.Executable) -> str:
    """As the engine gets it; a list of changing length with nothing in it."""
    compiled = statement.compile(dialect=DOLLARS)  # type: ignore[attr-defined]
    return LATE.sub(lambda found: "(NULL" if found[1] else "1", str(compiled))


def is_of_the_desk(statement: sa.Executable) -> bool:
    tables = {each for each in sa.sql.visitors.iterate(statement) if isinstance(each, sa.Table)}  # type: ignore[arg-type]
    return all(table.metadata is DESK.metadata for table in tables)


def test_there_are_many() -> None:
    assert len(FOUND) > 50


@pytest.mark.parametrize("schema", [ROAD, DESK], ids=["road", "desk"])
async def test_postgresql_understands_every_statement(
    postgres_server: PostgresServer, clock: Clock, schema: Schema
) -> None:
    url = await postgres_url(postgres_server, schema, clock)
    refused = {}
    with postgres_server.connected(url.rpartition("/")[2]) as conn:
        conn.execute(f"SET search_path = {schema.name}".encode())
        for name, statement in FOUND.items():
            if is_of_the_desk(statement) is (schema is DESK):
                result = conn.pgconn.prepare(b"", text(statement).encode())
                if result.error_message:
                    refused[name] = result.error_message.decode()

    assert refused == {}
