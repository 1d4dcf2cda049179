"""Migrations: never backwards. What they do to data, on each engine, is in the contract suite."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from core.errors import LedgerUnavailable
from core.ledger import migration
from core.ledger.schema import ROAD, Schema


@pytest.fixture
def conn() -> Iterator[sa.Connection]:
    engine = sa.create_engine("sqlite://")
    with engine.begin() as conn:
        yield conn
    engine.dispose()


def test_a_table_that_no_migration_makes_is_found(conn: sa.Connection) -> None:
    metadata = sa.MetaData()
    for table in ROAD.metadata.tables.values():
        table.to_metadata(metadata)
    sa.Table("forgotten", metadata, sa.Column("id", sa.Integer, primary_key=True))
    metadata.tables["drafts"].append_column(sa.Column("forgotten_too", sa.Text))
    migration.migrate(conn, ROAD)

    found = migration.differences(conn, ROAD._replace(metadata=metadata))

    assert [one[0] for one in found] == ["add_table", "add_column"]


def test_versions_are_numbered_without_a_gap() -> None:
    known = migration.versions(ROAD)

    assert list(known) == [f"{number:04d}" for number in range(1, len(known) + 1)]


def test_migrating_twice_is_migrating_once(conn: sa.Connection) -> None:
    migration.migrate(conn, ROAD)
    with capture_logs() as logs:
        migration.migrate(conn, ROAD)

    assert logs == []


def test_a_newer_database_is_refused_with_both_versions_and_the_mend(conn: sa.Connection) -> None:
    migration.migrate(conn, ROAD)
    conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(LedgerUnavailable, match=r"version 9999, which is newer .* up to \d{4}.*backup"):
        migration.migrate(conn, ROAD)


def test_an_older_database_is_not_read_as_if_it_were_current(conn: sa.Connection) -> None:
    with pytest.raises(LedgerUnavailable, match="version none, this program needs"):
        migration.require_current(conn, ROAD)

    migration.migrate(conn, ROAD)
    migration.require_current(conn, ROAD)


def test_a_schema_without_migrations_is_a_mistake_in_the_code(conn: sa.Connection) -> None:
    with pytest.raises(ModuleNotFoundError, match=r"core\.no_such_package"):
        migration.migrate(conn, Schema("other", sa.MetaData(), "core.no_such_package"))
