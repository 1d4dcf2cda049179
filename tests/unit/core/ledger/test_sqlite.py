"""SQLite on its bad days: full, read-only, gone, slow, locked, foreign. And what it leaves on the disk."""

import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from core.errors import LedgerConflict, LedgerUnavailable, LedgerUnknown
from core.ledger import sqlite, writer
from core.ledger.port import Change
from core.ledger.road import drafts
from core.ledger.schema import ROAD
from core.ledger.sqlite import SqliteLedger
from core.testing.clock import FixedClock
from tests.unit.core.ledger.conftest import Draft, becomes

driver: Any = vars(sqlite)["sqlite"]  # whichever SQLite the ledger uses
INSERT = drafts.insert()
DELETE = drafts.delete().where(drafts.c.id == sa.bindparam("which"))
Keys = Callable[[SqliteLedger], Any]


def pragma(text: str) -> Callable[[sa.Connection], Any]:
    def ask(conn: sa.Connection) -> Any:
        answer = conn.exec_driver_sql(f"PRAGMA {text}")
        return answer.scalar() if answer.returns_rows else None

    return ask


def content(path: Path) -> bytes:
    return path.read_bytes()


def is_ready(ledger: SqliteLedger) -> bool:
    return ledger.ready


async def reopened(path: Path, clock: FixedClock) -> SqliteLedger:
    ledger = SqliteLedger(path, ROAD, clock)
    await ledger.open()
    return ledger


# What it promises of itself


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("secure_delete", 1),
        ("wal_autocheckpoint", 1000),
        ("temp_store", 2),
        ("trusted_schema", 0),
        ("busy_timeout", 5000),
    ],
)
async def test_the_writing_connection_is_as_careful_as_it_should_be(
    ledger: SqliteLedger, name: str, value: str | int
) -> None:
    assert await ledger.transact(pragma(name)) == value


async def test_a_reading_connection_cannot_write(ledger: SqliteLedger) -> None:
    assert await ledger.read(pragma("query_only")) == 1


async def test_a_read_sees_one_moment_of_the_ledger(ledger: SqliteLedger, draft: Draft) -> None:
    looked, written = threading.Event(), threading.Event()

    def twice(conn: sa.Connection) -> tuple[int, int]:
        first = len(conn.execute(sa.select(drafts)).all())
        looked.set()
        assert written.wait(10)
        return first, len(conn.execute(sa.select(drafts)).all())

    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(ledger.read(twice))
        await asyncio.to_thread(looked.wait, 10)
        await ledger.append(Change(INSERT, [draft("a")]))
        written.set()

    assert reading.result() == (0, 0)


async def test_everything_handed_over_is_committed_before_it_closes(
    path: Path, clock: FixedClock, draft: Draft, keys: Keys
) -> None:
    ledger = await reopened(path, clock)
    writing = [asyncio.ensure_future(ledger.append(Change(INSERT, [draft(str(n))]))) for n in range(600)]
    await asyncio.sleep(0)
    await ledger.close()

    assert await asyncio.gather(*writing) == [None] * 600
    again = await reopened(path, clock)
    assert len(await keys(again)) == 600
    await again.close()


async def test_it_can_be_closed_twice_and_opened_twice(path: Path, clock: FixedClock) -> None:
    ledger = SqliteLedger(path, ROAD, clock)
    await ledger.close()
    await ledger.open()
    await ledger.open()
    assert is_ready(ledger)
    await ledger.close()
    await ledger.close()
    assert not is_ready(ledger)

    await ledger.open()
    assert is_ready(ledger)
    await ledger.close()


# Who may read it, and who writes it


async def test_all_its_files_are_for_their_owner_alone(
    ledger: SqliteLedger, path: Path, draft: Draft
) -> None:
    await ledger.append(Change(INSERT, [draft("a")]))
    modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}

    assert set(modes) >= {"road.sqlite", "road.sqlite-wal", "road.sqlite.lock"}
    assert set(modes.values()) == {0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700


async def test_a_second_writer_is_refused_with_the_process_and_the_mend(
    ledger: SqliteLedger, path: Path, clock: FixedClock
) -> None:
    second = SqliteLedger(path, ROAD, clock)

    with pytest.raises(LedgerUnavailable, match=rf"process {os.getpid()} writes .* already: stop it, or"):
        await second.open()

    await ledger.close()
    await second.open()
    assert second.ready
    await second.close()


async def test_readers_of_another_process_may_join_and_see_what_is_written(
    ledger: SqliteLedger, path: Path, clock: FixedClock, draft: Draft, keys: Keys
) -> None:
    joined = SqliteLedger(path, ROAD, clock, writable=False)
    await joined.open()
    await ledger.append(Change(INSERT, [draft("a")]))

    assert joined.ready
    assert await keys(joined) == ["a"]
    with pytest.raises(LedgerUnavailable, match="reading only"):
        await joined.append(Change(INSERT, [draft("b")]))
    await joined.close()


async def test_it_may_be_read_while_nobody_writes_it(
    path: Path, clock: FixedClock, draft: Draft, keys: Keys
) -> None:
    ledger = await reopened(path, clock)
    await ledger.append(Change(INSERT, [draft("a")]))
    await ledger.close()
    alone = SqliteLedger(path, ROAD, clock, writable=False)
    await alone.open()

    assert await keys(alone) == ["a"]
    await alone.close()


async def test_reading_makes_no_ledger_where_there_is_none(path: Path, clock: FixedClock) -> None:
    alone = SqliteLedger(path, ROAD, clock, writable=False)

    with pytest.raises(LedgerUnavailable, match="is gone"):
        await alone.open()

    assert not path.parent.exists()


# What it leaves on the disk


async def test_what_was_deleted_is_in_none_of_its_files(path: Path, clock: FixedClock, draft: Draft) -> None:
    secret = b"these bytes must not linger " * 200
    ledger = await reopened(path, clock)
    await ledger.append(Change(INSERT, [draft("kept", b"these stay"), draft("gone", secret)]))
    await ledger.append(Change(DELETE, [{"which": "gone"}]))
    await ledger.close()

    found = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"these stay" in found
    assert b"must not linger" not in found


async def test_soon_after_a_write_the_log_is_emptied_too(
    path: Path, clock: FixedClock, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "TIDY_AFTER_S", 0.01)
    ledger = await reopened(path, clock)
    await ledger.append(Change(INSERT, [draft("gone", b"must not linger")]))
    await ledger.append(Change(DELETE, [{"which": "gone"}]))

    assert await becomes(lambda: path.with_name("road.sqlite-wal").stat().st_size == 0)
    assert b"must not linger" not in content(path)
    await ledger.close()


async def test_emptying_the_log_waits_for_no_reader_and_is_done_when_it_has_gone(
    path: Path, clock: FixedClock, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "TIDY_AFTER_S", 0.01)
    monkeypatch.setattr(sqlite, "BUSY_S", 3600.0)
    emptied = noted(monkeypatch, "tidy")
    ledger = await reopened(path, clock)
    await ledger.append(Change(INSERT, [draft("a")]))
    looked, done = threading.Event(), threading.Event()

    def slowly(conn: sa.Connection) -> None:
        conn.execute(sa.select(drafts)).all()
        looked.set()
        assert done.wait(60)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(ledger.read(slowly))
        assert await asyncio.to_thread(looked.wait, 20)
        await ledger.append(Change(INSERT, [draft("b")]))
        assert await becomes(lambda: False in emptied)
        emptied.clear()
        done.set()

    assert await becomes(lambda: True in emptied)
    await ledger.close()


# Bad days


async def test_a_full_disk_refuses_and_takes_again_once_there_is_room(
    ledger: SqliteLedger, draft: Draft, keys: Keys
) -> None:
    await ledger.append(Change(INSERT, [draft("before")]))
    pages = await ledger.transact(pragma("page_count"))
    await ledger.transact(pragma(f"max_page_count = {pages}"))

    with pytest.raises(LedgerUnavailable, match="full: make room"):
        await ledger.append(Change(INSERT, [draft("big", b"x" * 100_000)]))
    assert not is_ready(ledger)
    assert await keys(ledger) == ["before"]

    await ledger.transact(pragma("max_page_count = 1000000"))
    await ledger.append(Change(INSERT, [draft("big", b"x" * 100_000)]))
    assert is_ready(ledger)
    assert await keys(ledger) == ["before", "big"]


async def test_what_still_fits_a_full_disk_is_stored(ledger: SqliteLedger, draft: Draft, keys: Keys) -> None:
    pages = await ledger.transact(pragma("page_count"))
    await ledger.transact(pragma(f"max_page_count = {pages + 1}"))

    told = await asyncio.gather(
        ledger.append(Change(INSERT, [draft("big", b"x" * 100_000)])),
        ledger.append(Change(INSERT, [draft("small", b"x")])),
        ledger.append(Change(INSERT, [draft("big too", b"x" * 100_000)])),
        return_exceptions=True,
    )

    assert [type(one) for one in told] == [LedgerUnavailable, type(None), LedgerUnavailable]
    assert await keys(ledger) == ["small"]


async def test_a_transaction_on_a_full_disk_is_refused_too(
    ledger: SqliteLedger, draft: Draft, keys: Keys
) -> None:
    pages = await ledger.transact(pragma("page_count"))
    await ledger.transact(pragma(f"max_page_count = {pages}"))

    with pytest.raises(LedgerUnavailable, match="full"):
        await ledger.transact(lambda conn: conn.execute(INSERT, draft("big", b"x" * 100_000)))

    assert await keys(ledger) == []


async def test_a_read_only_database_refuses_and_takes_again_by_itself(
    ledger: SqliteLedger, draft: Draft, keys: Keys
) -> None:
    await ledger.transact(pragma("query_only = ON"))

    with pytest.raises(LedgerUnavailable, match="read-only: check the rights"):
        await ledger.append(Change(INSERT, [draft("a")]))

    await ledger.append(Change(INSERT, [draft("b")]))
    assert await keys(ledger) == ["b"]


async def test_a_folder_that_vanishes_refuses_everything_until_it_is_put_back(
    ledger: SqliteLedger, path: Path, draft: Draft, keys: Keys
) -> None:
    await ledger.append(Change(INSERT, [draft("before")]))
    away = path.parent.with_name("away")
    path.parent.rename(away)

    for call in (
        ledger.append(Change(INSERT, [draft("lost")])),
        ledger.transact(lambda conn: conn.execute(INSERT, draft("lost"))),
        ledger.read(lambda conn: conn.execute(sa.select(drafts)).all()),
    ):
        with pytest.raises(LedgerUnavailable, match="is gone or was replaced: put it back"):
            await call
    assert not is_ready(ledger)
    assert not path.parent.exists()

    away.rename(path.parent)
    await ledger.append(Change(INSERT, [draft("after")]))
    assert await keys(ledger) == ["after", "before"]
    assert is_ready(ledger)


async def test_an_empty_folder_where_the_ledger_was_is_no_new_ledger(
    ledger: SqliteLedger, path: Path, draft: Draft
) -> None:
    path.parent.rename(path.parent.with_name("away"))
    path.parent.mkdir()

    for _ in range(2):
        with pytest.raises(LedgerUnavailable, match="gone"):
            await ledger.append(Change(INSERT, [draft("hidden under a mount")]))

    assert list(path.parent.iterdir()) == []


async def test_a_log_that_vanishes_is_no_place_to_store_anything(
    ledger: SqliteLedger, path: Path, draft: Draft, keys: Keys
) -> None:
    await ledger.append(Change(INSERT, [draft("a")]))
    path.with_name("road.sqlite-wal").unlink()

    with pytest.raises(LedgerUnavailable, match="wal is gone"):
        await ledger.append(Change(INSERT, [draft("b")]))

    await ledger.append(Change(INSERT, [draft("c")]))
    assert "c" in await keys(ledger)


async def test_a_ledger_that_vanishes_while_it_commits_says_that_it_does_not_know(
    ledger: SqliteLedger, path: Path, draft: Draft
) -> None:
    def work(conn: sa.Connection) -> None:
        conn.execute(INSERT, draft("who knows"))
        path.parent.rename(path.parent.with_name("away"))

    with pytest.raises(LedgerUnknown):
        await ledger.transact(work)


async def test_another_database_beside_the_old_log_is_not_touched(
    ledger: SqliteLedger, path: Path, clock: FixedClock, draft: Draft
) -> None:
    backup = await reopened(path.with_name("backup.sqlite"), clock)
    await backup.append(Change(INSERT, [draft("from the backup")]))
    await backup.close()
    await ledger.append(Change(INSERT, [draft("a")]))
    path.with_name("backup.sqlite").rename(path)
    before = content(path)

    for _ in range(2):
        with pytest.raises(LedgerUnavailable, match="replaced"):
            await ledger.append(Change(INSERT, [draft("b")]))

    assert content(path) == before


async def test_it_comes_back_by_itself_though_nobody_writes(
    path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, draft: Draft
) -> None:
    monkeypatch.setattr(writer, "TIDY_AFTER_S", 0.01)
    ledger = await reopened(path, clock)
    away = path.parent.with_name("away")
    path.parent.rename(away)
    with pytest.raises(LedgerUnavailable):
        await ledger.append(Change(INSERT, [draft("a")]))
    assert not is_ready(ledger)
    away.rename(path.parent)

    assert await becomes(lambda: ledger.ready)
    await ledger.close()


async def test_it_tells_its_operator_once_that_it_cannot_write_and_once_that_it_can_again(
    ledger: SqliteLedger, path: Path, draft: Draft
) -> None:
    away = path.parent.with_name("away")
    path.parent.rename(away)
    with capture_logs() as logs:
        for number in range(3):
            with pytest.raises(LedgerUnavailable):
                await ledger.append(Change(INSERT, [draft(f"private {number}", b"private")]))
        away.rename(path.parent)
        await ledger.append(Change(INSERT, [draft("private", b"private")]))

    assert [log["event"] for log in logs] == ["ledger_cannot_write", "ledger_writes_again"]
    assert "private" not in str(logs)


async def test_while_the_disk_does_not_answer_callers_may_give_up_and_nothing_is_lost(
    ledger: SqliteLedger, draft: Draft, keys: Keys
) -> None:
    answers = threading.Event()
    stuck = asyncio.ensure_future(ledger.transact(lambda _: answers.wait(20)))
    await asyncio.sleep(0)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await ledger.append(Change(INSERT, [draft("given up on")]))
    answers.set()
    await stuck
    await ledger.append(Change(INSERT, [draft("later")]))

    assert await keys(ledger) == ["given up on", "later"]


async def test_more_than_memory_should_hold_is_refused_at_once(
    ledger: SqliteLedger, draft: Draft, monkeypatch: pytest.MonkeyPatch, keys: Keys
) -> None:
    monkeypatch.setattr(writer, "MAX_WAITING", 3)
    answers = threading.Event()
    stuck = asyncio.ensure_future(ledger.transact(lambda _: answers.wait(20)))
    await asyncio.sleep(0)
    waiting = [asyncio.ensure_future(ledger.append(Change(INSERT, [draft(key)]))) for key in "ab"]
    await asyncio.sleep(0)

    with pytest.raises(LedgerUnavailable, match="does not answer"):
        await ledger.append(Change(INSERT, [draft("c")]))
    answers.set()
    await asyncio.gather(stuck, *waiting)

    await ledger.append(Change(INSERT, [draft("d")]))
    assert await keys(ledger) == ["a", "b", "d"]


async def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(path: Path, clock: FixedClock) -> None:
    path.parent.mkdir()
    letters = b"somebody's letters, " * 100
    path.with_name(path.name).write_bytes(letters)
    ledger = SqliteLedger(path, ROAD, clock)

    with pytest.raises(LedgerUnavailable, match="not a database"):
        await ledger.open()

    assert content(path) == letters
    assert not is_ready(ledger)


async def test_opening_can_be_tried_again(path: Path, clock: FixedClock, draft: Draft, keys: Keys) -> None:
    path.parent.write_bytes(b"in the way")
    ledger = SqliteLedger(path, ROAD, clock)
    for _ in range(2):
        with pytest.raises(LedgerUnavailable):
            await ledger.open()

    path.parent.unlink()
    await ledger.open()
    await ledger.append(Change(INSERT, [draft("a")]))
    assert await keys(ledger) == ["a"]
    await ledger.close()


async def test_opening_that_was_given_up_leaves_nothing_behind(path: Path, clock: FixedClock) -> None:
    ledger = SqliteLedger(path, ROAD, clock)
    opening = asyncio.ensure_future(ledger.open())
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening

    again = await reopened(path, clock)
    assert again.ready
    await again.close()


async def test_a_database_of_a_newer_program_is_refused_and_left_as_it_is(
    path: Path, clock: FixedClock
) -> None:
    ledger = await reopened(path, clock)
    await ledger.transact(
        lambda conn: conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    )
    await ledger.close()
    before = content(path)

    for writable in (True, False):
        with pytest.raises(LedgerUnavailable, match="newer than this program"):
            await SqliteLedger(path, ROAD, clock, writable=writable).open()

    assert content(path) == before


async def test_a_migration_that_fails_half_way_leaves_no_trace(
    path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(conn: sa.Connection, _schema: object) -> None:
        conn.exec_driver_sql("CREATE TABLE half_way (id INTEGER)")
        conn.exec_driver_sql("CREATE TABLE half_way (id INTEGER)")

    with monkeypatch.context() as patch:
        patch.setattr("core.ledger.migration.migrate", fails)
        with pytest.raises(LedgerUnavailable):
            await SqliteLedger(path, ROAD, clock).open()

    ledger = await reopened(path, clock)
    names = await ledger.read(lambda conn: sa.inspect(conn).get_table_names())
    assert "half_way" not in names
    assert "drafts" in names
    await ledger.close()


async def test_an_old_sqlite_is_told_of(
    path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "SAFE_VERSION", (99, 0, 0))
    with capture_logs() as logs:
        ledger = await reopened(path, clock)
    await ledger.close()

    assert [log["mend"] for log in logs if log["event"] == "sqlite_old"] == ["install pysqlite3"]


async def test_a_statement_that_does_not_fit_the_schema_hurts_nobody_else(
    ledger: SqliteLedger, draft: Draft, keys: Keys
) -> None:
    told = await asyncio.gather(
        ledger.append(Change(INSERT, [draft("a")])),
        ledger.append(Change(sa.text("INSERT INTO no_such_table VALUES (1)"), [{}])),
        ledger.append(Change(INSERT, [draft("b")])),
        return_exceptions=True,
    )

    assert [type(one) for one in told] == [type(None), LedgerConflict, type(None)]
    assert await keys(ledger) == ["a", "b"]


async def test_a_number_too_large_for_the_engine_is_a_conflict(ledger: SqliteLedger) -> None:
    with pytest.raises(LedgerConflict):
        await ledger.append(Change(sa.text("SELECT :n"), [{"n": 2**70}]))


async def test_a_rule_that_only_shows_at_the_commit_hurts_only_who_broke_it(
    ledger: SqliteLedger, draft: Draft, keys: Keys
) -> None:
    await ledger.transact(
        lambda conn: conn.exec_driver_sql(
            "CREATE TABLE children (draft TEXT REFERENCES drafts(id) DEFERRABLE INITIALLY DEFERRED)"
        )
    )
    orphan = sa.text("INSERT INTO children VALUES (:draft)")

    told = await asyncio.gather(
        ledger.append(Change(INSERT, [draft("a")])),
        ledger.append(Change(orphan, [{"draft": "nobody"}])),
        ledger.append(Change(orphan, [{"draft": "b"}]), Change(INSERT, [draft("b")])),
        return_exceptions=True,
    )

    assert [type(one) for one in told] == [type(None), LedgerConflict, type(None)]
    assert await keys(ledger) == ["a", "b"]


def failing_commits(ledger: SqliteLedger, error: Exception) -> None:
    """From now on each commit of the writing connection raises instead of happening."""

    def fail(_conn: sa.Connection) -> None:
        raise error

    sa.event.listen(ledger._store._engine, "commit", fail)  # type: ignore[attr-defined]


def engine_error(code: int) -> Exception:
    error: Exception = driver.OperationalError("made up")
    error.sqlite_errorcode = code  # type: ignore[attr-defined]
    return error


async def test_a_commit_that_failed_and_certainly_left_nothing_is_unavailable_and_not_unknown(
    ledger: SqliteLedger, draft: Draft, keys: Keys
) -> None:
    failing_commits(ledger, engine_error(sqlite3.SQLITE_IOERR))

    with pytest.raises(LedgerUnavailable, match="disk does not write"):
        await ledger.append(Change(INSERT, [draft("a")]))

    assert await keys(ledger) == []


async def test_a_commit_that_failed_and_may_be_stored_is_unknown(
    ledger: SqliteLedger, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing_commits(ledger, engine_error(sqlite3.SQLITE_IOERR))
    monkeypatch.setattr(ledger._store, "forget", lambda _conn: False)

    with pytest.raises(LedgerUnknown, match="while committing"):
        await ledger.append(Change(INSERT, [draft("a")]))


async def test_a_commit_whose_traces_cannot_be_removed_is_unknown(
    ledger: SqliteLedger, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_conn: sa.Connection) -> bool:
        raise engine_error(sqlite3.SQLITE_IOERR)

    failing_commits(ledger, engine_error(sqlite3.SQLITE_IOERR))
    monkeypatch.setattr(ledger._store, "forget", fails)

    with pytest.raises(LedgerUnknown):
        await ledger.append(Change(INSERT, [draft("a")]))


def noted(monkeypatch: pytest.MonkeyPatch, name: str) -> list[Any]:
    """What a method of the store has returned in the writing thread, so far."""
    results: list[Any] = []
    real = getattr(sqlite._Store, name)

    def noting(self: object, *given: Any) -> Any:
        results.append(real(self, *given))
        return results[-1]

    monkeypatch.setattr(sqlite._Store, name, noting)
    return results


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("ledger-w")] == []
