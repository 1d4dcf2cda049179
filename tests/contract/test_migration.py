"""Migrations on each engine: complete, and each earlier version comes up to date with what lies in it."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from core.ledger import migration
from core.ledger.schema import ROAD, Schema
from desk.tables import DESK
from tests.ledgers import drop

SCHEMAS = {schema.name: schema for schema in (ROAD, DESK)}
VERSIONS = [(name, version) for name, schema in SCHEMAS.items() for version in migration.versions(schema)]


@pytest.fixture(params=["sqlite", "postgresql"])
def conn(request: pytest.FixtureRequest) -> Iterator[sa.Connection]:
    if request.param == "sqlite":
        yield from connected("sqlite://")
        return
    server = request.getfixturevalue("postgres_server")
    url = server.database()
    yield from connected(url.replace("postgresql:", "postgresql+psycopg:"))
    drop(server, url)


def connected(url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url)
    with engine.begin() as conn:
        yield conn
    engine.dispose()


def reflected(conn: sa.Connection) -> sa.MetaData:
    found = sa.MetaData()
    found.reflect(conn)
    return found


def value(column: sa.Column[Any]) -> Any:
    """Something that both engines give back as it was."""
    if isinstance(column.type, sa.LargeBinary):
        return b"\x00\xff"
    if isinstance(column.type, sa.Boolean):
        return True
    return 1 if isinstance(column.type, sa.Integer) else f"some {column.name}"


def fill(conn: sa.Connection) -> dict[str, dict[str, Any]]:
    """One row in every table, as that version has it."""
    rows = {}
    for table in reflected(conn).sorted_tables:
        if table.name != "alembic_version":
            rows[table.name] = {column.name: value(column) for column in table.columns}
            conn.execute(table.insert(), rows[table.name])
    return rows


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=list(SCHEMAS))
def test_the_migrations_lead_to_the_tables_in_the_code(conn: sa.Connection, schema: Schema) -> None:
    migration.migrate(conn, schema)

    assert migration.differences(conn, schema) == []


@pytest.mark.parametrize(("name", "start"), VERSIONS)
def test_data_of_every_earlier_version_survives_until_the_newest(
    conn: sa.Connection, name: str, start: str
) -> None:
    schema = SCHEMAS[name]
    migration.migrate(conn, schema, until=start)
    assert migration.version(conn) == start
    rows = fill(conn)

    migration.migrate(conn, schema)

    assert migration.version(conn) == migration.versions(schema)[-1]
    assert migration.differences(conn, schema) == []
    now = reflected(conn)
    for table, row in rows.items():
        stored = conn.execute(sa.select(now.tables[table])).mappings().one()
        assert {key: stored[key] for key in row} == row
