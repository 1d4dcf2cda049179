"""How the writing thread shares commits, and what it does when something goes wrong that nobody foresaw."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from core.errors import LedgerConflict, LedgerUnavailable, LedgerUnknown
from core.ledger import batch, writer
from core.ledger.batch import Job
from core.ledger.engine import Fault, Verdict
from core.ledger.port import Change
from core.ledger.road import counters, drafts
from core.ledger.shapes import Shape
from core.ledger.sqlite import SqliteLedger
from core.ledger.writer import Writer
from core.testing.clock import FixedClock
from tests.unit.core.ledger.conftest import Draft, becomes

INSERT = drafts.insert()
PUT = counters.insert()
Keys = Callable[[SqliteLedger], Any]


class Commits:
    """How many transactions of a ledger were committed, and how many were taken back."""

    def __init__(self, ledger: SqliteLedger) -> None:
        self.done = self.undone = 0
        sa.event.listen(ledger._store._engine, "commit", self._committed)  # type: ignore[attr-defined]
        sa.event.listen(ledger._store._engine, "rollback", self._rolled_back)  # type: ignore[attr-defined]

    def _committed(self, _conn: sa.Connection) -> None:
        self.done += 1

    def _rolled_back(self, _conn: sa.Connection) -> None:
        self.undone += 1


def one(draft: dict[str, Any]) -> Change:
    return Change(INSERT, [draft])


async def test_what_is_handed_over_in_one_tick_shares_one_commit(ledger: SqliteLedger, draft: Draft) -> None:
    commits = Commits(ledger)
    await asyncio.gather(*(ledger.append(one(draft(str(n)))) for n in range(16)))

    assert commits.done == 1


async def test_transactions_share_the_commit_too(ledger: SqliteLedger, draft: Draft) -> None:
    commits = Commits(ledger)
    await asyncio.gather(
        ledger.append(one(draft("a"))),
        *(ledger.transact(lambda conn: conn.execute(sa.select(drafts)).all()) for _ in range(10)),
        ledger.append(one(draft("b"))),
    )

    assert commits.done == 1


async def test_what_waits_while_a_commit_is_under_way_shares_the_next(
    ledger: SqliteLedger, draft: Draft
) -> None:
    commits = Commits(ledger)
    began, answers = threading.Event(), threading.Event()

    def slowly(_conn: sa.Connection) -> None:
        began.set()
        assert answers.wait(20)

    stuck = asyncio.ensure_future(ledger.transact(slowly))
    assert await asyncio.to_thread(began.wait, 20)
    waiting = []
    for number in range(10):
        await asyncio.sleep(0)
        waiting.append(asyncio.ensure_future(ledger.append(one(draft(str(number))))))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    answers.set()
    await asyncio.gather(stuck, *waiting)

    assert commits.done == 2


async def test_a_commit_takes_no_more_than_a_batch(
    ledger: SqliteLedger, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "MAX_BATCH", 10)
    commits = Commits(ledger)
    await asyncio.gather(*(ledger.append(one(draft(str(n)))) for n in range(25)))

    assert commits.done == 3


async def test_everyone_of_a_commit_is_told_in_one_wake_up(
    ledger: SqliteLedger, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    woken: list[object] = []
    real = loop.call_soon_threadsafe

    def counting(callback: Callable[..., Any], *given: Any) -> asyncio.Handle:
        woken.append(callback)
        return real(callback, *given)

    monkeypatch.setattr(loop, "call_soon_threadsafe", counting)
    await asyncio.gather(*(ledger.append(one(draft(str(n)))) for n in range(16)))

    assert len(woken) == 1


async def test_a_bad_row_is_found_by_halving(ledger: SqliteLedger, draft: Draft, keys: Keys) -> None:
    await ledger.append(one(draft("5")))
    commits = Commits(ledger)
    told = await asyncio.gather(
        *(ledger.append(one(draft(str(n)))) for n in range(16)), return_exceptions=True
    )

    assert [number for number, answer in enumerate(told) if answer is not None] == [5]
    assert isinstance(told[5], LedgerConflict)
    assert len(await keys(ledger)) == 16
    assert (commits.done, commits.undone) == (4, 5)


async def test_units_of_one_kind_go_to_the_driver_together_and_others_keep_their_place(
    ledger: SqliteLedger, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    executed: list[tuple[str, int]] = []
    real = batch._execute_rows

    def noting(conn: sa.Connection, shape: Shape, rows: list[Any]) -> None:
        executed.append((next(iter(shape.tables)), len(rows)))
        real(conn, shape, rows)

    def count(name: str) -> Change:
        return Change(PUT, [{"name": name, "writer": "a", "value": 1}])

    monkeypatch.setattr(batch, "_execute_rows", noting)
    await asyncio.gather(
        ledger.append(one(draft("a")), count("a")),
        ledger.append(one(draft("b")), count("b")),
        ledger.append(one(draft("c"))),
        ledger.append(one(draft("d")), one(draft("e"))),
        ledger.append(one(draft("f")), one(draft("g"))),
    )

    together = [("drafts", 2), ("counters", 2)]
    one_by_one = [("drafts", 1)] * 4  # the same table twice in a unit: folding would change the order
    assert executed == [*together, ("drafts", 1), *one_by_one]


async def test_long_jobs_do_not_hold_up_the_commit_of_what_came_before_them(
    ledger: SqliteLedger, clock: FixedClock, draft: Draft
) -> None:
    commits = Commits(ledger)
    slow = timedelta(seconds=batch.JOBS_AT_MOST_S + 0.001)
    await asyncio.gather(
        ledger.append(one(draft("a"))),
        *(ledger.transact(lambda _: clock.advance(slow)) for _ in range(3)),
        ledger.append(one(draft("b"))),
    )

    assert commits.done == 3


async def test_a_job_that_would_end_the_process_ends_only_itself(
    ledger: SqliteLedger, draft: Draft, keys: Keys
) -> None:
    class Killed(BaseException):
        pass

    def kill(conn: sa.Connection) -> None:
        conn.execute(INSERT, draft("a"))
        raise Killed

    with pytest.raises(Killed):
        await ledger.transact(kill)

    await ledger.append(one(draft("b")))
    assert await keys(ledger) == ["b"]


async def test_a_job_that_raises_what_a_future_cannot_carry_is_told_of(ledger: SqliteLedger) -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        await ledger.transact(lambda _: next(iter(())))


async def test_each_waiter_gets_an_error_of_its_own(ledger: SqliteLedger, draft: Draft) -> None:
    row = draft("a")
    await ledger.append(one(row))
    first, second = await asyncio.gather(
        ledger.append(one(row)), ledger.append(one(row)), return_exceptions=True
    )

    assert isinstance(first, LedgerConflict)
    assert isinstance(second, LedgerConflict)
    assert first is not second


class Broken:
    """A store that raises where a test tells it to (`core.ledger.engine.Store`)."""

    def __init__(self) -> None:
        self.opened: list[sqlite3.Connection] = []
        self.engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool, creator=self._open)
        self.raising: dict[str, Exception] = {}
        self.verdict = Verdict(Fault.LOST, "made up")
        self.probed = threading.Event()

    def _maybe(self, name: str) -> None:
        if name in self.raising:
            raise self.raising[name]

    def _open(self) -> sqlite3.Connection:
        self.opened.append(sqlite3.connect(":memory:", check_same_thread=False))
        return self.opened[-1]

    def close(self) -> None:
        """What the writer gave up the pool has forgotten: each is closed here."""
        self.engine.dispose()
        for conn in self.opened:
            conn.close()

    def connect(self) -> sa.Connection:
        self._maybe("connect")
        return self.engine.connect()

    def check(self) -> None:
        self._maybe("check")

    def judge(self, error: BaseException, *, committing: bool) -> Verdict:  # noqa: ARG002 - the port's
        self._maybe("judge")
        return self.verdict

    def before_jobs(self, conn: sa.Connection) -> None:  # noqa: ARG002 - the port's
        self._maybe("before_jobs")

    def together(self, conn: sa.Connection) -> AbstractContextManager[object]:  # noqa: ARG002 - the port's
        self._maybe("together")
        return nullcontext()

    def let_go(self) -> None:
        self._maybe("let_go")

    def tidy(self, conn: sa.Connection) -> bool:  # noqa: ARG002 - the port's
        self._maybe("tidy")
        return True

    def probe(self, conn: sa.Connection) -> None:  # noqa: ARG002 - the port's
        self.probed.set()
        self._maybe("probe")

    def forget(self, conn: sa.Connection) -> bool:  # noqa: ARG002 - the port's
        return True


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Broken]:
    monkeypatch.setattr(writer, "TIDY_AFTER_S", 0.005)
    made = Broken()
    yield made
    made.close()


def job(done: asyncio.Future[Any]) -> Job:
    return Job(lambda conn: conn.exec_driver_sql("SELECT 7").scalar_one(), done)


def failing_job(done: asyncio.Future[Any]) -> Job:
    return Job(lambda conn: conn.exec_driver_sql("SELECT nonsense"), done)


async def test_an_unforeseen_fault_of_the_thread_leaves_nobody_waiting(
    store: Broken, clock: FixedClock
) -> None:
    broken = Writer(store, clock)
    await broken.start()
    store.raising["judge"] = ZeroDivisionError()
    with capture_logs() as logs, pytest.raises(LedgerUnknown, match="ZeroDivisionError"):
        await broken.submit(failing_job)
    store.raising.clear()

    assert [log["event"] for log in logs if log["log_level"] == "error"] == ["ledger_writer_failed"]
    assert await broken.submit(job) == 7
    await broken.stop()


async def test_what_cannot_be_connected_for_an_unforeseen_reason_is_unavailable(
    store: Broken, clock: FixedClock
) -> None:
    broken = Writer(store, clock)
    await broken.start()
    with pytest.raises(LedgerUnavailable):
        await broken.submit(failing_job)
    store.raising["connect"] = ZeroDivisionError()

    with pytest.raises(LedgerUnavailable, match="ZeroDivisionError"):
        await broken.submit(job)
    store.raising.clear()
    assert await broken.submit(job) == 7
    await broken.stop()


async def test_it_looks_by_itself_whether_it_can_write_again(store: Broken, clock: FixedClock) -> None:
    broken = Writer(store, clock)
    await broken.start()
    store.raising["probe"] = OSError("still broken")
    with pytest.raises(LedgerUnavailable):
        await broken.submit(failing_job)
    for _ in range(3):
        store.probed.clear()
        assert await asyncio.to_thread(store.probed.wait, 10)
    assert not broken.healthy

    store.raising.clear()
    assert await becomes(lambda: broken.healthy)
    await broken.stop()


async def test_an_idle_fault_is_no_end(store: Broken, clock: FixedClock) -> None:
    broken = Writer(store, clock)
    await broken.start()
    await broken.submit(job)
    store.raising["tidy"] = OSError("made up")
    assert await asyncio.to_thread(store.probed.wait, 10)
    store.raising.clear()

    assert await broken.submit(job) == 7
    await broken.stop()


async def test_whoever_opens_hears_why_it_cannot_be(store: Broken, clock: FixedClock) -> None:
    store.raising["connect"] = LedgerUnavailable("not today")
    broken = Writer(store, clock)

    with pytest.raises(LedgerUnavailable, match="not today"):
        await broken.start()

    assert not any(thread.name == "ledger-writer" for thread in threading.enumerate())


async def test_after_the_end_nothing_is_taken(store: Broken, clock: FixedClock) -> None:
    ended = Writer(store, clock)
    await ended.start()
    await ended.stop()

    with pytest.raises(LedgerUnavailable, match="closed"):
        await ended.submit(job)
