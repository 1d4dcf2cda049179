"""PostgreSQL on its bad days, and several processes on it at once: what is told to be stored is stored."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from core.chat import claims
from core.chat.claims import LedgerClaims
from core.errors import LedgerError, LedgerUnavailable
from core.ledger import postgresql
from core.ledger import trail as trails
from core.ledger.counters import counted, counts
from core.ledger.leases import Leases
from core.ledger.port import Change, Ledger
from core.ledger.postgresql import PostgresLedger, rights
from core.ledger.road import counters, drafts, leases, trail
from core.ledger.schema import ROAD
from core.ledger.trail import Entry, record
from core.testing.clock import START, FixedClock
from desk.tables import DESK
from tests.ledgers import on_postgres, postgres_url
from tests.postgres_server import PostgresServer, database_of, postgres
from tests.tcp_proxy import tcp_proxy

ROOT = Path(__file__).parents[3]
CHILD = Path(__file__).with_name("child.py")
INSERT = drafts.insert()

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """One that may be killed."""
    with postgres() as server:
        yield server


@pytest.fixture
async def ledger(server: PostgresServer, clock: FixedClock) -> AsyncIterator[PostgresLedger]:
    ledger = on_postgres(await postgres_url(server, ROAD, clock), ROAD, clock)
    await ledger.open()
    yield ledger
    await ledger.close()


def draft(key: str, size: int = 10) -> Change:
    times = {"created_at": START, "updated_at": START}
    return Change(INSERT, [{"id": key, "community": "c", "state": os.urandom(size)} | times])


async def stored(ledger: Ledger) -> set[str]:
    return set(await ledger.read(lambda conn: conn.scalars(sa.select(drafts.c.id)).all()))


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - another process tells nobody
            await asyncio.sleep(0.02)


# Several processes.


class Writing:
    """A process that writes for ever, and what it was told of each key."""

    def __init__(self, url: str) -> None:
        self.fates: dict[str, str] = {}
        self._process = subprocess.Popen(
            [sys.executable, str(CHILD), url, "until_killed"],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            words = line.decode().split()
            if line.endswith(b"\n") and len(words) == len(("fate", "key")):
                self.fates[words[1]] = words[0]

    def of(self, fate: str) -> set[str]:
        return {key for key, found in self.fates.copy().items() if found == fate}

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reading.join()
        if self._process.stdout is not None:
            self._process.stdout.close()


@pytest.fixture
def start() -> Iterator[Callable[[str], Writing]]:
    started: list[Writing] = []

    def begin(url: str) -> Writing:
        started.append(Writing(url))
        return started[-1]

    yield begin
    for each in started:
        each.kill()


async def nothing_is_lost(ledger: Ledger, writing: list[Writing]) -> None:
    """What was stored is there, what was refused is not, the counts and the trail agree with the rest."""
    there = await stored(ledger)
    for each in writing:
        assert each.of("stored") <= there
        assert not each.of("unavailable") & there
    assert await ledger.read(lambda conn: counts(conn, counters)) == {"drafts": len(there)}
    verdict = await ledger.read(lambda conn: trails.verify(conn, trail))
    assert verdict.ok, verdict
    assert verdict.entries > 0


async def test_processes_that_write_together_and_are_killed_lose_nothing_and_keep_one_trail(
    server: PostgresServer, clock: FixedClock, start: Callable[[str], Writing]
) -> None:
    url = await postgres_url(server, ROAD, clock)
    writing = [start(url) for _ in range(2)]
    for _ in range(2):
        await until(lambda: all(len(each.of("stored")) > 150 for each in writing[-2:]))
        writing[-1].kill()
        writing.append(start(url))
    for each in writing:
        each.kill()

    ledger = on_postgres(url, ROAD, clock)
    await ledger.open()
    await nothing_is_lost(ledger, writing)
    await ledger.close()


@pytest.mark.parametrize("how", ["restarted", "killed", "frozen"])
async def test_whatever_happens_to_the_server_they_go_on_by_themselves(
    server: PostgresServer, clock: FixedClock, start: Callable[[str], Writing], how: str
) -> None:
    url = await postgres_url(server, ROAD, clock)
    writing = [start(url) for _ in range(2)]
    await until(lambda: all(len(each.of("stored")) > 100 for each in writing))

    if how == "frozen":
        server.freeze()
        await asyncio.to_thread(threading.Event().wait, 0.5)
        server.thaw()
    else:
        await asyncio.to_thread(server.stop if how == "restarted" else server.kill)
        await until(lambda: all(each.of("unavailable") for each in writing))
        await asyncio.to_thread(server.start)
    before = [len(each.of("stored")) for each in writing]
    await until(
        lambda: all(len(each.of("stored")) > then + 50 for each, then in zip(writing, before, strict=True))
    )
    for each in writing:
        each.kill()

    ledger = on_postgres(url, ROAD, clock)
    await ledger.open()
    await nothing_is_lost(ledger, writing)
    await ledger.close()


async def test_of_many_processes_that_look_before_they_leap_one_sees_the_other(
    server: PostgresServer, clock: FixedClock
) -> None:
    url = await postgres_url(server, ROAD, clock)

    def take(conn: sa.Connection) -> bool:
        if conn.execute(sa.select(drafts)).first() is not None:
            return False
        conn.execute(INSERT, draft("the only one").rows[0])
        return True

    async with AsyncExitStack() as ending:
        ledgers = [on_postgres(url, ROAD, clock) for _ in range(5)]
        for each in ledgers:
            await each.open()
            ending.push_async_callback(each.close)
        taken = await asyncio.gather(*(each.transact(take) for each in ledgers for _ in range(4)))

    assert taken.count(True) == 1


async def test_appends_and_what_others_read_before_they_write_come_to_the_same_as_one_after_the_other(
    server: PostgresServer, clock: FixedClock
) -> None:
    """Each job stores how many there were; each append adds one. In some order all of it must be true."""
    url = await postgres_url(server, ROAD, clock)
    first, second = on_postgres(url, ROAD, clock), on_postgres(url, ROAD, clock)
    await first.open()
    await second.open()

    def number(conn: sa.Connection, name: str) -> int:
        found = conn.execute(sa.select(sa.func.count()).select_from(drafts)).scalar_one()
        conn.execute(INSERT, draft(f"{found:05d} {name}").rows[0])
        return int(found)

    async def count(ledger: Ledger, name: str) -> list[int]:
        return [await ledger.transact(lambda conn: number(conn, name)) for _ in range(20)]

    async def add(ledger: Ledger, name: str) -> None:
        for each in range(20):
            await ledger.append(draft(f"{name} {each}"))

    found = await asyncio.gather(count(first, "a"), count(second, "b"), count(second, "c"))
    await asyncio.gather(add(first, "a"), add(second, "b"), count(first, "d"))

    assert sorted(chain.from_iterable(found)) == list(range(60))
    assert len(await stored(first)) == 120
    await first.close()
    await second.close()


async def test_of_many_processes_one_gets_a_lease_and_one_answers_a_press(
    server: PostgresServer, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "WITHIN_S", 30.0)
    url = await postgres_url(server, ROAD, clock)
    async with AsyncExitStack() as ending:
        ledgers = [on_postgres(url, ROAD, clock) for _ in range(3)]
        for each in ledgers:
            await each.open()
            ending.push_async_callback(each.close)
        names = iter(range(1_000))
        held = [Leases(each, leases, clock, lambda: f"{next(names)}") for each in ledgers]
        told = [LedgerClaims(each, f"{number}") for number, each in enumerate(ledgers)]
        for thing in ("first", "second"):
            taken = await asyncio.gather(*(each.take(thing) for each in held for _ in range(2)))
            assert sum(lease is not None for lease in taken) == 1
        first = await asyncio.gather(*(each.take("discord/1") for each in told))
        assert sum(first) == 1
        assert await asyncio.gather(*(each.take("discord/1") for each in told)) == first


async def test_a_process_that_stands_still_in_a_transaction_holds_the_others_up_for_a_moment_only(
    server: PostgresServer, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    quickly = [each.replace(str(postgresql.SILENT_MS), "300") for each in postgresql._SETTINGS]
    monkeypatch.setattr(postgresql, "_SETTINGS", tuple(quickly))
    url = await postgres_url(server, ROAD, clock)
    frozen, other = on_postgres(url, ROAD, clock), on_postgres(url, ROAD, clock)
    await frozen.open()
    await other.open()
    begun, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def stand_still(conn: sa.Connection) -> None:
        conn.execute(INSERT, draft("frozen").rows[0])
        loop.call_soon_threadsafe(begun.set)
        go_on.wait(30)

    standing = asyncio.ensure_future(frozen.transact(stand_still))
    await begun.wait()
    await other.transact(lambda conn: conn.execute(INSERT, draft("other").rows[0]).rowcount)
    assert await stored(other) == {"other"}
    go_on.set()
    await standing

    assert await stored(other) == {"other", "frozen"}
    await frozen.close()
    await other.close()


async def test_a_new_database_is_migrated_once_by_all_who_come_at_the_same_moment(
    server: PostgresServer, clock: FixedClock
) -> None:
    url = server.database()
    ledgers = [on_postgres(url, schema, clock) for schema in (ROAD, DESK) for _ in range(3)]

    with capture_logs() as logs:
        await asyncio.gather(*(each.open() for each in ledgers))

    steps = [(line["ledger"], line["version"]) for line in logs if line["event"] == "ledger_migrated"]
    assert len(steps) == len(set(steps)) > 0
    for each in ledgers:
        await each.close()


# Its life.


async def test_it_tells_the_servers_time_and_not_its_own(ledger: PostgresLedger, clock: FixedClock) -> None:
    clock.advance(timedelta(days=400))

    assert abs(await ledger.now() - datetime.now(UTC)) < timedelta(minutes=1)


async def test_a_server_that_is_gone_shows_before_anybody_writes_and_when_it_is_back(
    server: PostgresServer, ledger: PostgresLedger
) -> None:
    await asyncio.to_thread(server.stop)
    await until(lambda: not ledger.ready)
    with pytest.raises(LedgerUnavailable, match=r"cannot be reached|stops"):
        await ledger.append(draft("refused"))
    with pytest.raises(LedgerUnavailable):
        await ledger.read(lambda conn: conn.execute(sa.select(drafts)).all())

    await asyncio.to_thread(server.start)
    await until(lambda: ledger.ready)
    await ledger.append(draft("after"))

    assert await stored(ledger) == {"after"}


async def test_connections_cut_while_nobody_used_them_are_not_noticed(
    server: PostgresServer, ledger: PostgresLedger
) -> None:
    await ledger.append(draft("before"))
    await stored(ledger)
    server.do(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'lifebelt%'"
    )

    assert await stored(ledger) == {"before"}
    await until(lambda: ledger.ready)
    await ledger.append(draft("after"))


async def test_connections_cut_at_any_moment_lose_nothing_that_was_called_stored(
    server: PostgresServer, clock: FixedClock
) -> None:
    url = await postgres_url(server, ROAD, clock)
    async with tcp_proxy(server.port) as network:
        ledger = on_postgres(url.replace(f":{server.port}/", f":{network.port}/"), ROAD, clock)
        await ledger.open()
        fates: dict[str, str] = {}

        async def write(writer: int) -> None:
            for number in range(60):
                key = f"{writer}-{number}"
                try:
                    await ledger.append(draft(key), counted(counters, "a", "drafts"))
                    fates[key] = "stored"
                except LedgerError as error:
                    fates[key] = error.code

        async def cut() -> None:
            while len(fates) < 8 * 60:
                await asyncio.sleep(0.01)
                network.cut()

        await asyncio.gather(cut(), *(write(writer) for writer in range(8)))
        await until(lambda: ledger.ready)
        there = await stored(ledger)
        await ledger.close()

    assert network.met > 20
    assert {key for key, fate in fates.items() if fate == "stored"} <= there
    assert not {key for key, fate in fates.items() if fate == "ledger_unavailable"} & there
    assert len(there) > 0


async def test_what_a_network_holds_back_is_stored_once_it_passes_it_on(
    server: PostgresServer, clock: FixedClock
) -> None:
    url = await postgres_url(server, ROAD, clock)
    async with tcp_proxy(server.port) as network:
        ledger = on_postgres(url.replace(f":{server.port}/", f":{network.port}/"), ROAD, clock)
        await ledger.open()
        network.pause()
        waiting = asyncio.ensure_future(ledger.append(draft("late")))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(waiting), 0.3)
        network.resume()
        await waiting

        assert await stored(ledger) == {"late"}
        await ledger.close()


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("postgresql://owner@127.0.0.1:1/made", "cannot be reached"),
        ("postgresql://owner@127.0.0.1:{port}/nowhere", "cannot be reached|no database of that name"),
        (
            "postgresql://nobody_here:a-secret@127.0.0.1:{port}/postgres",
            "cannot be reached|lets this role not in",
        ),
    ],
)
async def test_what_cannot_be_opened_says_the_mend_and_no_password(
    server: PostgresServer, clock: FixedClock, address: str, says: str
) -> None:
    ledger = on_postgres(address.format(port=server.port), ROAD, clock)

    with pytest.raises(LedgerUnavailable, match=says) as refused:
        await ledger.open()

    assert "a-secret" not in str(refused.value)
    assert not ledger.ready


async def test_a_database_that_could_not_hold_every_script_is_refused(
    server: PostgresServer, clock: FixedClock
) -> None:
    server.do("CREATE DATABASE narrow TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")

    with pytest.raises(LedgerUnavailable, match="UTF8"):
        await on_postgres(server.url("narrow"), ROAD, clock).open()


async def test_a_database_set_to_forget_is_written_to_its_disk_all_the_same(
    server: PostgresServer, clock: FixedClock
) -> None:
    url = await postgres_url(server, ROAD, clock)
    server.do(f"ALTER DATABASE {database_of(url)} SET synchronous_commit = off")
    ledger = on_postgres(url, ROAD, clock)

    with capture_logs() as logs:
        await ledger.open()

    shown = await ledger.transact(lambda conn: conn.exec_driver_sql("SHOW synchronous_commit").scalar_one())
    assert shown == "on"
    # The server of these tests never syncs, and that is said.
    assert any(line["event"] == "postgresql_forgets" for line in logs)
    await ledger.close()


async def test_text_sorts_as_its_bytes_do_whatever_the_language_of_the_database(
    ledger: PostgresLedger,
) -> None:
    query = (
        "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'road'"
        " AND table_name != 'alembic_version' AND collation_name IS DISTINCT FROM 'C'"
        " AND data_type IN ('text', 'character varying')"
    )

    assert await ledger.read(lambda conn: conn.exec_driver_sql(query).scalar_one()) == 0


# Rights.


async def test_a_road_reads_nothing_of_the_desk_and_changes_nothing_of_what_people_did(
    server: PostgresServer, clock: FixedClock
) -> None:
    url = await postgres_url(server, ROAD, clock)
    database = database_of(url)
    owner = on_postgres(url, DESK, clock)
    await owner.open()
    await owner.close()
    for role, schema in (("a_road", ROAD), ("a_desk", DESK)):
        with suppress(psycopg.errors.DuplicateObject):
            server.do(f"CREATE ROLE {role} LOGIN")
        server.do(*rights(schema, role), database=database)

    road = on_postgres(server.url(database, "a_road"), ROAD, clock)
    await road.open()
    await road.append(draft("a"))
    entry = Entry(at=START, who="ann", action="set", target="x")
    await road.transact(lambda conn: record(conn, trail, entry))
    assert await stored(road) == {"a"}
    await road.close()

    with pytest.raises(LedgerUnavailable):
        await on_postgres(server.url(database, "a_road"), DESK, clock).open()
    with server.connected(database, "a_road") as conn:
        for statement in (
            "SELECT * FROM desk.reports",
            "SELECT * FROM desk.parts",
            "DELETE FROM road.trail",
            "UPDATE road.trail SET who = 'nobody'",
            "UPDATE road.alembic_version SET version_num = '0001'",
            "CREATE TABLE road.mine ()",
            "DROP TABLE road.drafts",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(statement.encode())
    with server.connected(database, "a_desk") as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("SELECT * FROM road.drafts")


async def test_a_role_that_may_not_make_tables_says_what_it_lacks(
    server: PostgresServer, clock: FixedClock
) -> None:
    with suppress(psycopg.errors.DuplicateObject):
        server.do("CREATE ROLE powerless LOGIN")
    database = database_of(server.database())

    with pytest.raises(LedgerUnavailable, match="lacks a right: see `lifebelt ledger"):
        await on_postgres(server.url(database, "powerless"), ROAD, clock).open()


# A full disk.


@pytest.fixture
def small_disk(tmp_path: Path, server: PostgresServer) -> Iterator[Path]:
    """A file system of its own, of sixteen megabytes, on which the server may write."""
    where = server.folder / "small"
    where.mkdir()
    mounted = os.geteuid() == 0 and _mount("-t", "tmpfs", "-o", "size=16m", "tmpfs", str(where))
    if not mounted:
        pytest.skip("mounting a file system is not allowed here")
    server.own(where)
    yield where
    subprocess.run(["umount", "--lazy", str(where)], check=True)


def _mount(*options: str) -> bool:
    return subprocess.run(["mount", *options], check=False, capture_output=True).returncode == 0


async def test_a_full_disk_refuses_and_takes_again_once_there_is_room(
    server: PostgresServer, clock: FixedClock, small_disk: Path
) -> None:
    server.do(f"CREATE TABLESPACE small LOCATION '{small_disk}'")
    server.do("CREATE DATABASE small TEMPLATE template0 TABLESPACE small")
    ledger = on_postgres(server.url("small"), ROAD, clock)
    await ledger.open()
    kept: set[str] = set()

    with pytest.raises(LedgerUnavailable, match="disk is full: make room"):
        await until_full(ledger, kept)
    assert not ledger.ready
    assert _mount("-o", "remount,size=64m", str(small_disk))
    await ledger.append(draft("after", 100_000))

    assert await stored(ledger) == kept | {"after"}
    await ledger.close()
    server.do("DROP DATABASE small WITH (FORCE)", "DROP TABLESPACE small")


async def until_full(ledger: Ledger, kept: set[str]) -> None:
    while True:
        key = f"{len(kept)}"
        await ledger.append(draft(key, 100_000))
        kept.add(key)
