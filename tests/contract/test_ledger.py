"""What every ledger must do: the stand-in, SQLite, PostgreSQL, and one that could fail."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.clock import Clock
from core.errors import InputRefused, LedgerConflict, LedgerUnavailable
from core.ledger.backends import OpenableLedger
from core.ledger.columns import UtcTime
from core.ledger.port import Change, Ledger
from core.ledger.road import counters, drafts, outbox
from core.ledger.schema import ROAD
from core.ledger.sql import insert_or_ignore
from core.ledger.sqlite import SqliteLedger
from core.testing.clock import START, FixedClock
from core.testing.ledger import FaultyLedger, MemoryLedger
from tests.ledgers import drop, on_postgres, postgres_url

INSERT = drafts.insert()
INSERT_OR_IGNORE = insert_or_ignore(drafts)
PUT = counters.insert()
SET_STATE = drafts.update().where(drafts.c.id == sa.bindparam("which")).values(state=sa.bindparam("to"))
DROP = drafts.delete().where(drafts.c.id == sa.bindparam("which"))
DROP_SOME = drafts.delete().where(drafts.c.id.in_(sa.bindparam("these", expanding=True)))
QUEUE = outbox.insert()


Make = Callable[[], OpenableLedger]
ENGINES = ("memory", "sqlite", "postgresql")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


async def maker(request: pytest.FixtureRequest, engine: str, folder: Path, clock: Clock) -> Make:
    """Makes the one new ledger of this engine, as often as it is asked."""
    if engine == "memory":
        return lambda: MemoryLedger(ROAD, clock)
    if engine != "postgresql":
        return lambda: SqliteLedger(folder / "road.sqlite", ROAD, clock)
    server = request.getfixturevalue("postgres_server")
    url = await postgres_url(server, ROAD, clock)
    request.addfinalizer(lambda: drop(server, url))
    return lambda: on_postgres(url, ROAD, clock)


@pytest.fixture(params=ENGINES)
async def make(request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock) -> Make:
    return await maker(request, request.param, tmp_path, clock)


@pytest.fixture(params=[*ENGINES, "faulty"])
async def ledger(request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock) -> AsyncIterator[Ledger]:
    inner = (await maker(request, request.param, tmp_path, clock))()
    await inner.open()
    yield FaultyLedger(inner) if request.param == "faulty" else inner
    await inner.close()


def draft(key: str, state: bytes = b"", **other: Any) -> dict[str, Any]:
    times = {"created_at": START, "updated_at": START}
    return {"id": key, "community": "a-community", "state": state} | times | other


def count(name: str, value: int = 1) -> dict[str, Any]:
    return {"name": name, "writer": "a", "value": value}


async def states(ledger: Ledger) -> dict[str, bytes]:
    def all_drafts(conn: sa.Connection) -> dict[str, bytes]:
        return {row.id: row.state for row in conn.execute(sa.select(drafts.c.id, drafts.c.state))}

    return await ledger.read(all_drafts)


async def test_what_was_appended_can_be_read(ledger: Ledger) -> None:
    await ledger.append(Change(INSERT, [draft("a", b"\x00\xff"), draft("b", b"2")]))

    assert await states(ledger) == {"a": b"\x00\xff", "b": b"2"}


async def test_an_append_without_rows_changes_nothing(ledger: Ledger) -> None:
    await ledger.append(Change(INSERT, []))
    await ledger.append()

    assert await states(ledger) == {}


async def test_an_empty_row_executes_a_statement_once(ledger: Ledger) -> None:
    await ledger.append(Change(INSERT, [draft("a"), draft("b")]))

    await ledger.append(Change(drafts.delete().where(drafts.c.id == "a"), [{}]))

    assert await states(ledger) == {"b": b""}


async def test_the_changes_of_one_append_are_stored_together_or_not_at_all(ledger: Ledger) -> None:
    await ledger.append(Change(INSERT, [draft("a")]))

    with pytest.raises(LedgerConflict):
        await ledger.append(Change(PUT, [count("x")]), Change(INSERT, [draft("b"), draft("a")]))

    assert await states(ledger) == {"a": b""}
    assert await ledger.read(lambda conn: conn.execute(sa.select(counters)).all()) == []


async def test_a_broken_rule_hurts_only_the_append_that_broke_it(ledger: Ledger) -> None:
    await ledger.append(Change(INSERT, [draft("a")]))

    told = await asyncio.gather(
        *(ledger.append(Change(INSERT, [draft(key)])) for key in ("b", "a", "c", "d", "a", "e")),
        return_exceptions=True,
    )

    assert [type(one) for one in told] == [
        type(None), LedgerConflict, type(None), type(None), LedgerConflict, type(None)
    ]  # fmt: skip
    assert sorted(await states(ledger)) == ["a", "b", "c", "d", "e"]


async def test_a_missing_value_is_a_conflict(ledger: Ledger) -> None:
    with pytest.raises(LedgerConflict):
        await ledger.append(Change(INSERT, [draft("a", community=None)]))


async def test_text_that_no_engine_can_store_is_a_conflict_and_says_nothing_of_it(ledger: Ledger) -> None:
    with pytest.raises(LedgerConflict) as refused:
        await ledger.append(Change(INSERT, [draft("a", community="secret \ud800")]))

    assert "secret" not in str(refused.value)
    assert await states(ledger) == {}


async def test_a_conflict_says_nothing_of_the_values(ledger: Ledger) -> None:
    row = draft("a-very-private-key", b"a very private state")
    await ledger.append(Change(INSERT, [row]))

    with pytest.raises(LedgerConflict) as refused:
        await ledger.append(Change(INSERT, [row]))

    assert "private" not in f"{refused.value} {refused.value.__cause__}"


async def test_a_column_left_out_gets_its_default(ledger: Ledger) -> None:
    row = {
        "item": "i", "report": "r", "kind": "report", "destination": "d", "urgent": True, "state": "ready",
        "due_at": START, "created_at": START,
    }  # fmt: skip
    await ledger.append(Change(QUEUE, [row]))

    stored = await ledger.read(lambda conn: conn.execute(sa.select(outbox)).one())

    assert (stored.attempts, stored.fence, stored.fault, stored.lease_until) == (0, 0, "", None)
    assert stored.urgent is True


async def test_a_time_comes_back_in_utc_to_the_microsecond(ledger: Ledger) -> None:
    elsewhere = datetime(2026, 7, 1, 2, 3, 4, 567890, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    await ledger.append(Change(INSERT, [draft("a", created_at=elsewhere)]))

    stored: datetime = await ledger.read(lambda conn: conn.scalars(sa.select(drafts.c.created_at)).one())

    assert stored == elsewhere
    assert stored.tzinfo is UTC


async def test_a_list_of_any_length_may_be_bound(ledger: Ledger) -> None:
    await ledger.append(Change(INSERT, [draft(key) for key in "abcde"]))

    await ledger.append(Change(DROP_SOME, [{"these": ["a", "c"]}, {"these": ["e"]}]))

    assert sorted(await states(ledger)) == ["b", "d"]


async def test_what_exists_is_left_alone_where_that_was_asked(ledger: Ledger) -> None:
    await ledger.append(Change(INSERT, [draft("a", b"first")]))

    await ledger.append(Change(INSERT_OR_IGNORE, [draft("a", b"second"), draft("b", b"new")]))

    assert await states(ledger) == {"a": b"first", "b": b"new"}


async def test_ignoring_what_exists_does_not_ignore_a_missing_value(ledger: Ledger) -> None:
    with pytest.raises(LedgerConflict):
        await ledger.append(Change(INSERT_OR_IGNORE, [draft("a", community=None)]))


async def test_appends_take_effect_in_the_order_they_were_made(ledger: Ledger) -> None:
    await asyncio.gather(
        ledger.append(Change(INSERT, [draft("a", b"0")])),
        ledger.append(Change(SET_STATE, [{"which": "a", "to": b"1"}]), Change(PUT, [count("x")])),
        ledger.append(Change(DROP, [{"which": "a"}])),
        ledger.append(Change(INSERT, [draft("a", b"2")])),
        ledger.append(Change(SET_STATE, [{"which": "a", "to": b"3"}]), Change(PUT, [count("y")])),
    )

    assert await states(ledger) == {"a": b"3"}


async def test_many_writers_lose_nothing(ledger: Ledger) -> None:
    async def write(writer: int) -> None:
        for number in range(25):
            await ledger.append(Change(INSERT, [draft(f"{writer}-{number}")]))

    await asyncio.gather(*(write(writer) for writer in range(16)))

    assert len(await states(ledger)) == 400


async def test_a_cancelled_append_does_no_harm_to_those_beside_it(ledger: Ledger) -> None:
    first = asyncio.ensure_future(ledger.append(Change(INSERT, [draft("a")])))
    second = asyncio.ensure_future(ledger.append(Change(INSERT, [draft("b")])))
    await asyncio.sleep(0)
    first.cancel()

    await second
    with pytest.raises(asyncio.CancelledError):
        await first

    assert "b" in await states(ledger)


async def test_a_transaction_returns_what_its_work_returned_and_sees_what_it_wrote(ledger: Ledger) -> None:
    def work(conn: sa.Connection) -> int:
        conn.execute(INSERT, draft("a"))
        return len(conn.execute(sa.select(drafts)).all())

    assert await ledger.transact(work) == 1
    assert await states(ledger) == {"a": b""}


async def test_a_transaction_whose_work_fails_changes_nothing_and_raises_its_error(ledger: Ledger) -> None:
    def work(conn: sa.Connection) -> None:
        conn.execute(INSERT, draft("a"))
        raise InputRefused("not like this", field="state")

    with pytest.raises(InputRefused, match="not like this") as refused:
        await ledger.transact(work)

    assert refused.value.field == "state"
    assert await states(ledger) == {}


async def test_a_transaction_that_breaks_a_rule_is_a_conflict(ledger: Ledger) -> None:
    await ledger.append(Change(INSERT, [draft("a")]))

    with pytest.raises(LedgerConflict):
        await ledger.transact(lambda conn: conn.execute(INSERT, [draft("b"), draft("a")]))

    assert sorted(await states(ledger)) == ["a"]


async def test_a_transaction_with_text_that_cannot_be_stored_is_a_conflict(ledger: Ledger) -> None:
    with pytest.raises(LedgerConflict):
        await ledger.transact(lambda conn: conn.execute(INSERT, draft("a", community="\udfff")))

    assert await states(ledger) == {}


async def test_a_failed_transaction_leaves_those_beside_it_alone(ledger: Ledger) -> None:
    def fail(conn: sa.Connection) -> None:
        conn.execute(INSERT, draft("bad"))
        raise InputRefused("no")

    told = await asyncio.gather(
        ledger.append(Change(INSERT, [draft("a")])),
        ledger.transact(fail),
        ledger.transact(lambda conn: conn.execute(INSERT, draft("b")).rowcount),
        ledger.append(Change(INSERT, [draft("c")])),
        return_exceptions=True,
    )

    assert [type(one) for one in told] == [type(None), InputRefused, int, type(None)]
    assert sorted(await states(ledger)) == ["a", "b", "c"]


async def test_a_transaction_may_try_something_and_take_it_back(ledger: Ledger) -> None:
    def work(conn: sa.Connection) -> None:
        conn.execute(INSERT, draft("kept"))
        attempt = conn.begin_nested()
        conn.execute(INSERT, draft("dropped"))
        attempt.rollback()

    await ledger.transact(work)

    assert await states(ledger) == {"kept": b""}


async def test_of_two_transactions_that_look_before_they_leap_one_sees_the_other(ledger: Ledger) -> None:
    def take(conn: sa.Connection) -> bool:
        if conn.execute(sa.select(drafts)).first() is not None:
            return False
        conn.execute(INSERT, draft("the only one"))
        return True

    assert sorted(await asyncio.gather(*(ledger.transact(take) for _ in range(5)))) == [False] * 4 + [True]


async def test_transactions_and_appends_keep_their_order(ledger: Ledger) -> None:
    seen = await asyncio.gather(
        ledger.append(Change(INSERT, [draft("a")])),
        ledger.transact(lambda conn: len(conn.execute(sa.select(drafts)).all())),
        ledger.append(Change(INSERT, [draft("b")])),
        ledger.transact(lambda conn: len(conn.execute(sa.select(drafts)).all())),
    )

    assert list(seen) == [None, 1, None, 2]


async def test_a_read_cannot_write(ledger: Ledger) -> None:
    with pytest.raises(LedgerUnavailable):
        await ledger.read(lambda conn: conn.execute(INSERT, draft("a")))

    assert await states(ledger) == {}


async def test_a_read_that_fails_raises_its_own_error(ledger: Ledger) -> None:
    def query(_conn: sa.Connection) -> None:
        raise InputRefused("no such page")

    with pytest.raises(InputRefused, match="no such page"):
        await ledger.read(query)


async def test_the_ledger_tells_an_aware_time_that_does_not_go_backwards(ledger: Ledger) -> None:
    first, second = await ledger.now(), await ledger.now()

    assert first.tzinfo is UTC
    assert first <= second


async def test_it_is_ready_once_it_is_open(ledger: Ledger) -> None:
    assert ledger.ready


async def test_before_it_is_open_and_after_it_is_closed_nothing_can_be_done(make: Make) -> None:
    ledger = make()

    async def refuses_everything() -> None:
        for call in (
            ledger.append(Change(INSERT, [draft("a")])),
            ledger.transact(lambda conn: conn.execute(INSERT, draft("a"))),
            ledger.read(lambda conn: conn.execute(sa.select(drafts)).all()),
            ledger.now(),
        ):
            with pytest.raises(LedgerUnavailable):
                await call
        assert not ledger.ready

    await refuses_everything()
    await ledger.open()
    await ledger.close()
    await refuses_everything()


# What a model of the tables, a plain dictionary, would do with each step; None where it breaks a rule.
KEYS = st.sampled_from("abc")
STATES = st.binary(max_size=2)
STEPS = st.one_of(
    st.tuples(st.just("insert"), KEYS, STATES),
    st.tuples(st.just("ignore"), KEYS, STATES),
    st.tuples(st.just("set"), KEYS, STATES),
    st.tuples(st.just("drop"), KEYS, st.just(b"")),
)
UNITS = st.lists(st.lists(STEPS, min_size=1, max_size=3), max_size=12)
Step = tuple[str, str, bytes]


def change(step: Step) -> Change:
    what, key, state = step
    if what == "insert":
        return Change(INSERT, [draft(key, state)])
    if what == "ignore":
        return Change(INSERT_OR_IGNORE, [draft(key, state)])
    if what == "set":
        return Change(SET_STATE, [{"which": key, "to": state}])
    return Change(DROP, [{"which": key}])


def expected(before: dict[str, bytes], unit: list[Step]) -> dict[str, bytes] | None:
    after = dict(before)
    for what, key, state in unit:
        if what == "insert" and key in after:
            return None
        if what in ("insert", "ignore"):
            after.setdefault(key, state)
        elif what == "set" and key in after:
            after[key] = state
        elif what == "drop":
            after.pop(key, None)
    return after


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(units=UNITS)
async def test_concurrent_appends_do_what_they_would_have_done_one_after_the_other(
    ledger: Ledger, units: list[list[Step]]
) -> None:
    await ledger.transact(lambda conn: conn.execute(drafts.delete()))
    model: dict[str, bytes] = {}
    refused = []
    for unit in units:
        after = expected(model, unit)
        refused.append(after is None)
        model = model if after is None else after

    told = await asyncio.gather(
        *(ledger.append(*(change(step) for step in unit)) for unit in units), return_exceptions=True
    )

    assert [isinstance(one, LedgerConflict) for one in told] == refused
    assert await states(ledger) == model


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        UtcTime().process_bind_param(datetime(2026, 1, 1), None)  # noqa: DTZ001 - the very fault
