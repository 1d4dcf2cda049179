"""A whole ledger moved from SQLite to PostgreSQL: every row, once, however often it was stopped."""

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import LedgerConflict, LedgerUnavailable
from core.ledger import copying
from core.ledger.copying import Copied, NotTheSame, copy
from core.ledger.port import Change, Ledger
from core.ledger.schema import ROAD, Schema
from core.ledger.trail import Entry, head, record, verify
from core.testing.clock import START, FixedClock
from core.testing.ledger import FaultyLedger
from desk.tables import DESK
from tests.ledgers import drop, on_postgres, opened, postgres_url
from tests.postgres_server import PostgresServer

T = TypeVar("T")
SCHEMAS = {schema.name: schema for schema in (ROAD, DESK)}


@pytest.fixture(params=SCHEMAS.values(), ids=list(SCHEMAS))
def schema(request: pytest.FixtureRequest) -> Schema:
    found: Schema = request.param
    return found


@pytest.fixture
async def source(tmp_path: Path, schema: Schema, clock: FixedClock) -> AsyncIterator[Ledger]:
    ledger = await opened(tmp_path / "source.sqlite", schema, clock)
    yield ledger
    await ledger.close()


@pytest.fixture
async def target(postgres_server: PostgresServer, schema: Schema, clock: FixedClock) -> AsyncIterator[Ledger]:
    url = await postgres_url(postgres_server, schema, clock)
    ledger = on_postgres(url, schema, clock)
    await ledger.open()
    yield ledger
    await ledger.close()
    drop(postgres_server, url)


class Cut(FaultyLedger):
    """Every second write fails, sometimes after it was stored."""

    writes = 0

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        self.writes += 1
        if self.writes % 4 == 2:
            raise LedgerUnavailable("cut before")
        done = await super().transact(work)
        if self.writes % 4 == 0:
            raise LedgerUnavailable("cut behind")
        return done


def value(column: sa.Column[Any], number: int) -> Any:
    if isinstance(column.type, sa.LargeBinary):
        return bytes([number % 256, 0, 255]) * (number % 50)
    if isinstance(column.type, sa.Boolean):
        return number % 2 == 0
    if isinstance(column.type, (sa.Integer, sa.BigInteger)):
        return number
    if column.nullable and number % 3 == 0:
        return None
    if isinstance(column.type, sa.String | sa.Text):
        return f"{column.name} {number} ß漢\N{RING BUOY}"
    return START


async def fill(ledger: Ledger, schema: Schema, count: int) -> None:
    """So many rows in every table."""
    for table in schema.metadata.sorted_tables:
        rows = [{column.name: value(column, number) for column in table.columns} for number in range(count)]
        await ledger.append(Change(table.insert(), rows))


async def everything(ledger: Ledger, schema: Schema) -> dict[str, list[Any]]:
    def read(conn: sa.Connection) -> dict[str, list[Any]]:
        return {
            table.name: [tuple(row) for row in conn.execute(sa.select(table).order_by(*table.primary_key))]
            for table in schema.metadata.sorted_tables
        }

    return await ledger.read(read)


async def copied(source: Ledger, target: Ledger, schema: Schema) -> list[Copied]:
    told: list[Copied] = []
    await copy(source, target, schema, tell=told.append)
    return told


async def test_every_row_of_every_table_comes_over_and_is_counted(
    source: Ledger, target: Ledger, schema: Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "ROWS_AT_ONCE", 10)
    monkeypatch.setattr(copying, "BYTES_AT_ONCE", 200)
    await fill(source, schema, 34)

    told = await copied(source, target, schema)

    assert {(one.table, one.rows, one.new) for one in told} == {
        (name, 34, 34) for name in schema.metadata.tables
    }
    assert await everything(target, schema) == await everything(source, schema)


async def test_an_empty_ledger_is_copied_too(source: Ledger, target: Ledger, schema: Schema) -> None:
    assert all(one.rows == 0 for one in await copied(source, target, schema))


async def test_stopped_anywhere_it_goes_on_and_stores_nothing_twice(
    source: Ledger, target: Ledger, schema: Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "ROWS_AT_ONCE", 10)
    await fill(source, schema, 25)
    cut, stops, told = Cut(target), 0, list[Copied]()
    while not told:
        with suppress(LedgerUnavailable):
            told = await copied(source, cut, schema)
        stops += 1

    assert stops > len(schema.metadata.tables)
    assert all(one.rows == 25 for one in told)
    assert await everything(target, schema) == await everything(source, schema)


async def test_copying_again_changes_nothing(source: Ledger, target: Ledger, schema: Schema) -> None:
    await fill(source, schema, 3)
    await copied(source, target, schema)

    assert {(one.rows, one.new) for one in await copied(source, target, schema)} == {(3, 0)}


@pytest.mark.parametrize("meddle", ["changed", "added", "taken away"])
async def test_what_is_not_the_same_on_both_sides_is_found_and_named(
    source: Ledger, target: Ledger, schema: Schema, meddle: str
) -> None:
    await fill(source, schema, 6)
    await copied(source, target, schema)
    counters = schema.metadata.tables["counters"]
    named = counters.c.name.startswith("name 3")
    change = {
        "changed": Change(counters.update().where(named).values(value=99), [{}]),
        "added": Change(counters.insert(), [{"name": "a", "writer": "w", "value": 1}]),
        "taken away": Change(counters.delete().where(named), [{}]),
    }[meddle]
    await target.append(change)

    with pytest.raises(NotTheSame, match="table counters"):
        await copied(source, target, schema)


async def test_the_trail_is_whole_on_the_other_side_and_ends_with_the_same_head(
    source: Ledger, target: Ledger, schema: Schema
) -> None:
    trail = schema.metadata.tables["trail"]
    for number in range(5):
        entry = Entry(at=START, who="ann", action="looked", target=f"{number}", detail={"why": "ß"})
        await source.transact(lambda conn, entry=entry: record(conn, trail, entry))  # type: ignore[misc]

    await copied(source, target, schema)

    before = await source.read(lambda conn: head(conn, trail))
    verdict = await target.read(lambda conn: verify(conn, trail))
    assert (verdict.ok, verdict.entries, verdict.head) == (True, before.entries, before.hash)


async def test_what_the_other_engine_cannot_store_is_said_with_its_table(
    source: Ledger, target: Ledger, schema: Schema
) -> None:
    counters = schema.metadata.tables["counters"]
    await source.append(Change(counters.insert(), [{"name": "a\x00b", "writer": "w", "value": 1}]))

    with pytest.raises(LedgerConflict, match="the table counters"):
        await copied(source, target, schema)


KEYS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=4)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(st.tuples(KEYS, KEYS), unique=True, max_size=12))
async def test_keys_in_any_script_are_in_the_same_order_on_both_sides(
    source: Ledger, target: Ledger, schema: Schema, names: list[tuple[str, str]]
) -> None:
    counters = schema.metadata.tables["counters"]
    rows = [{"name": name, "writer": writer, "value": 1} for name, writer in names]
    await source.append(Change(counters.delete(), [{}]), Change(counters.insert(), rows))
    await target.append(Change(counters.delete(), [{}]))

    await copied(source, target, schema)

    assert await everything(target, schema) == await everything(source, schema)
