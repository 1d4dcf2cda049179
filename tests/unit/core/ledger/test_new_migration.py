import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.ledger import migration, new_migration
from core.ledger.columns import UtcTime
from core.ledger.schema import ROAD, Schema


@pytest.fixture
def schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Schema]:
    """A made-up room with one table and no migration yet."""
    (tmp_path / "made_up" / "migrations").mkdir(parents=True)
    (tmp_path / "made_up" / "__init__.py").write_text("")
    (tmp_path / "made_up" / "migrations" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    metadata = sa.MetaData()
    sa.Table("things", metadata, sa.Column("id", sa.Text, primary_key=True), sa.Column("at", UtcTime))
    yield Schema("made up", metadata, "made_up.migrations")
    for name in [name for name in sys.modules if name.startswith("made_up")]:
        del sys.modules[name]
    migration.forget_steps()


def migrated(schema: Schema) -> list[object]:
    migration.forget_steps()
    engine = sa.create_engine("sqlite://")
    with engine.begin() as conn:
        migration.migrate(conn, schema)
        found = migration.differences(conn, schema)
    engine.dispose()
    return found


def test_what_it_writes_leads_to_the_tables(schema: Schema) -> None:
    first = new_migration.write(schema, "The first tables.")
    assert first.name == "v0001_the_first_tables.py"
    assert "sa.String(length=27)" in first.read_text()
    assert migrated(schema) == []

    sa.Table("more", schema.metadata, sa.Column("id", sa.Text, primary_key=True))
    second = new_migration.write(schema, "More of them")

    assert 'down_revision = "0001"' in second.read_text().replace("'", '"')
    assert migrated(schema) == []


def test_there_is_nothing_to_write_where_nothing_changed() -> None:
    with pytest.raises(ValueError, match="nothing to write"):
        new_migration.render(ROAD, "Nothing")
