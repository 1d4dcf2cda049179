"""The one writing thread of a ledger: takes whatever waits, commits it once, then tells everyone.

Knows no engine: a `Store` connects, watches and judges. Order is kept: what was handed over first is
executed first, whatever it shares a commit with.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from enum import Enum, auto
from itertools import groupby
from typing import Any, NamedTuple, Protocol

import sqlalchemy as sa
import structlog

from core.clock import Clock
from core.errors import LedgerConflict, LedgerError, LedgerUnavailable, LedgerUnknown
from core.ledger.shapes import Prepared, Shape

MAX_BATCH = 256
"""Units in one commit."""
MAX_WAITING = 20_000
"""Units that may wait for a disk that does not answer; more are refused, so that memory holds."""
JOBS_AT_MOST_S = 0.02
"""How long jobs may hold up a commit that others wait for."""

log = structlog.get_logger()


class Fault(Enum):
    """What an engine's error says about the units that were being committed."""

    ROW = auto()  # one of them breaks a rule; nothing was committed
    FULL = auto()  # no room for all of them; nothing was committed
    LOST = auto()  # the engine cannot write now; nothing was committed
    UNKNOWN = auto()  # the engine was lost in the commit


class Verdict(NamedTuple):
    fault: Fault
    reason: str
    """For whoever runs the machine: what is wrong and what to do. Never a value of a row."""


class Store(Protocol):
    """An engine, as the writer needs it. Every call is made in the writer's thread."""

    def connect(self) -> sa.Connection:
        """A writing connection. LedgerUnavailable if that cannot be had now."""

    def check(self) -> None:
        """LedgerUnavailable if what the connection writes is no longer what others would read."""

    def judge(self, error: BaseException, *, committing: bool) -> Verdict:
        """What an error means for the units that were being committed; ROW for what no engine raised."""

    def tidy(self, conn: sa.Connection) -> bool:
        """Called when nothing waits, some time after the last commit; false if it should be called again."""

    def probe(self, conn: sa.Connection) -> None:
        """Write and commit something that changes no row; raises what a real write would."""

    def forget(self, conn: sa.Connection) -> bool:
        """Make certain that a commit which failed half-way is not stored; false if that cannot be had."""


class Unit:
    """Changes with one fate, and who waits for them."""

    def __init__(self, changes: tuple[Prepared, ...], done: asyncio.Future[Any]) -> None:
        self.changes = changes
        self.done = done
        self.signature = tuple(id(change.shape) for change in changes)

    @property
    def folds(self) -> bool:
        """Whether executing like units statement by statement is the same as one unit after the other."""
        touched = [table for change in self.changes for table in change.shape.tables]
        return len(touched) == len(set(touched))


class Job:
    """A function that reads before it writes, and who waits for what it returns."""

    def __init__(self, work: Callable[[sa.Connection], Any], done: asyncio.Future[Any]) -> None:
        self.work = work
        self.done = done


Task = Unit | Job


class Settled(NamedTuple):
    task: Task
    result: Any = None
    error: BaseException | None = None


class _Failed(Exception):
    """A whole attempt failed."""

    def __init__(self, fault: Fault, reason: str) -> None:
        super().__init__(reason)
        self.fault = fault
        self.reason = reason

    def told(self) -> LedgerError:
        """What one waiter is told; each gets an error of its own."""
        error = _ERRORS[self.fault](self.reason)
        error.__cause__ = self.__cause__
        return error


_ERRORS: dict[Fault, type[LedgerError]] = {
    Fault.ROW: LedgerConflict,
    Fault.FULL: LedgerUnavailable,
    Fault.LOST: LedgerUnavailable,
    Fault.UNKNOWN: LedgerUnknown,
}


class Writer:
    """Owns the thread. `start` and `stop` are called once each, by the ledger, on its loop."""

    def __init__(self, store: Store, clock: Clock, *, tidy_after_s: float = 1.0) -> None:
        self._store = store
        self._clock = clock
        self._tidy_after_s = tidy_after_s
        self._inbox: queue.SimpleQueue[list[Task] | None] = queue.SimpleQueue()
        self._tick: list[Task] = []
        self._waiting = 0
        self._conn: sa.Connection | None = None
        self._untidy = False
        self._stopping = False
        self.healthy = False
        self._loop: asyncio.AbstractEventLoop
        self._thread: threading.Thread

    async def start(self) -> None:
        """Connect and begin. LedgerUnavailable if that cannot be done; nothing is left running then."""
        self._loop = asyncio.get_running_loop()
        opened: asyncio.Future[None] = self._loop.create_future()
        self._thread = threading.Thread(target=self._run, args=(opened,), name="ledger-writer", daemon=True)
        self._thread.start()
        try:
            await opened
        except BaseException:
            self._inbox.put(None)
            await asyncio.to_thread(self._thread.join)
            raise

    async def stop(self) -> None:
        """Commit everything that was handed over, then end."""
        self._stopping = True
        self._hand_over()
        self._inbox.put(None)
        await asyncio.to_thread(self._thread.join)

    async def submit(self, make: Callable[[asyncio.Future[Any]], Task]) -> Any:
        """Take a task from the loop, and return or raise what became of it once that is known."""
        if self._stopping:
            raise LedgerUnavailable("the ledger is closed")
        if self._waiting >= MAX_WAITING:
            raise LedgerUnavailable("the disk does not answer: too much is waiting to be written")
        self._waiting += 1
        if not self._tick:
            # Handed over once per tick of the loop: else the first caller gets a commit of its own
            # and everybody else waits for it.
            self._loop.call_soon(self._hand_over)
        done: asyncio.Future[Any] = self._loop.create_future()
        self._tick.append(make(done))
        return await done

    def _hand_over(self) -> None:
        if self._tick:
            self._inbox.put(self._tick)
            self._tick = []

    # From here on, in the writer's thread.

    def _run(self, opened: asyncio.Future[None]) -> None:
        try:
            self._connection()
        except Exception as error:  # noqa: BLE001 - the edge of a thread: whoever opens must hear of it
            self._tell(_settle, opened, None, error)
            return
        self.healthy = True
        self._tell(_settle, opened, None, None)
        for tasks in self._batches():
            self._serve(tasks)
        self._end()

    def _batches(self) -> Iterator[list[Task]]:
        ended = False
        while not ended:
            try:
                first = self._inbox.get(timeout=self._patience())
            except queue.Empty:
                self._idle()
                continue
            tasks, ended = self._gather(first)
            yield from (tasks[at : at + MAX_BATCH] for at in range(0, len(tasks), MAX_BATCH))

    def _gather(self, first: list[Task] | None) -> tuple[list[Task], bool]:
        """What waits by now, about a batch of it, and whether the end was among it."""
        tasks: list[Task] = []
        more = first
        while more is not None:
            tasks += more
            if len(tasks) >= MAX_BATCH or self._inbox.empty():
                return tasks, False
            more = self._inbox.get_nowait()
        return tasks, True

    def _patience(self) -> float | None:
        return self._tidy_after_s if self._untidy or not self.healthy else None

    def _serve(self, tasks: list[Task]) -> None:
        try:
            settled = self._settle(tasks)
        except Exception as error:  # the edge of a thread: it must outlive every fault
            log.exception("ledger_writer_failed")
            told = LedgerUnknown(f"the writer failed: {type(error).__name__}")
            settled = [Settled(task, error=told) for task in tasks]
            self._disconnect()
        self._untidy = True
        self._tell(self._deliver, settled)

    def _settle(self, tasks: Sequence[Task]) -> list[Settled]:
        """The fate of each: a failed batch is halved until what fails stands alone."""
        try:
            settled = self._attempt(tasks)
        except _Failed as failed:
            if len(tasks) == 1 or failed.fault not in (Fault.ROW, Fault.FULL):
                self._note(failed)
                return [Settled(task, error=failed.told()) for task in tasks]
            middle = len(tasks) // 2
            return [*self._settle(tasks[:middle]), *self._settle(tasks[middle:])]
        self._recover()
        rest = tasks[len(settled) :]
        return [*settled, *self._settle(rest)] if rest else settled

    def _note(self, failed: _Failed) -> None:
        if failed.fault is not Fault.ROW:
            self._falter(failed)

    def _falter(self, failed: _Failed) -> None:
        if self.healthy:
            log.error("ledger_cannot_write", fault=failed.fault.name.lower(), reason=failed.reason)
        self.healthy = False
        if failed.fault is not Fault.FULL:
            self._disconnect()

    def _recover(self) -> None:
        if not self.healthy:
            log.info("ledger_writes_again")
        self.healthy = True

    def _attempt(self, tasks: Sequence[Task]) -> list[Settled]:
        """One transaction. Settles only the first few where jobs took long; the rest follow in another."""
        conn = self._checked()
        try:
            transaction = conn.begin()
        except Exception as error:
            raise self._failed(error) from error
        try:
            settled = self._execute(conn, tasks)
        except Exception as error:
            self._roll_back(transaction)
            raise self._failed(error) from error
        self._commit(transaction)
        return settled

    def _checked(self) -> sa.Connection:
        try:
            conn = self._connection()
            self._store.check()
        except LedgerUnavailable as error:
            raise _Failed(Fault.LOST, str(error)) from error
        except Exception as error:
            raise _Failed(Fault.LOST, f"it cannot be opened: {type(error).__name__}") from error
        return conn

    def _connection(self) -> sa.Connection:
        if self._conn is None:
            self._conn = self._store.connect()
        return self._conn

    def _commit(self, transaction: sa.Transaction) -> None:
        try:
            transaction.commit()
        except Exception as error:
            self._roll_back(transaction)
            raise self._resolved(self._failed(error, committing=True)) from error
        try:
            self._store.check()
        except LedgerUnavailable as error:
            raise _Failed(Fault.UNKNOWN, str(error)) from error

    def _resolved(self, failed: _Failed) -> _Failed:
        """A commit that was lost is better known not to have happened, if that can be made certain."""
        if failed.fault is not Fault.UNKNOWN:
            return failed
        self._disconnect()
        try:
            certain = self._store.forget(self._connection())
        except Exception as error:  # noqa: BLE001 - whatever it was, it stays unknown
            log.warning("ledger_commit_unknown", error=type(error).__name__)
            return failed
        return _Failed(Fault.LOST, failed.reason) if certain else failed

    def _roll_back(self, transaction: sa.Transaction) -> None:
        try:
            transaction.rollback()
        except Exception as error:  # noqa: BLE001 - what cannot even roll back is given up
            log.warning("ledger_rollback_failed", error=type(error).__name__)
            self._disconnect()

    def _execute(self, conn: sa.Connection, tasks: Sequence[Task]) -> list[Settled]:
        settled: list[Settled] = []
        until = self._clock.monotonic() + JOBS_AT_MOST_S
        for _, alike in groupby(tasks, key=_signature):
            run = list(alike)
            if isinstance(run[0], Unit):
                _execute_units(conn, [task for task in run if isinstance(task, Unit)])
                settled += [Settled(unit) for unit in run]
                continue
            for job in run:
                if settled and self._clock.monotonic() > until:
                    return settled
                if isinstance(job, Job):
                    settled.append(self._do(conn, job))
        return settled

    def _do(self, conn: sa.Connection, job: Job) -> Settled:
        savepoint = conn.begin_nested()
        try:
            result = job.work(conn)
            savepoint.commit()
        except BaseException as error:
            # Whatever the caller's function raises is its caller's; this thread goes on.
            verdict = self._store.judge(error, committing=False)
            if verdict.fault is not Fault.ROW:
                raise
            savepoint.rollback()
            return Settled(job, error=_told_job(error, verdict.reason))
        return Settled(job, result)

    def _failed(self, error: Exception, *, committing: bool = False) -> _Failed:
        fault, reason = self._store.judge(error, committing=committing)
        return _Failed(fault, reason)

    def _idle(self) -> None:
        """Nothing waits: look whether a fault is gone, and leave no trace of what was deleted."""
        try:
            conn = self._checked()
            if not self.healthy:
                self._store.probe(conn)
            self._untidy = not self._store.tidy(conn)
        except _Failed as failed:
            self._falter(failed)
        except Exception as error:  # noqa: BLE001 - the edge of a thread: it must outlive every fault
            self._falter(self._failed(error))
        else:
            self._recover()

    def _end(self) -> None:
        if self._conn is not None:
            self._idle()
        self._disconnect()

    def _disconnect(self) -> None:
        conn, self._conn = self._conn, None
        self.healthy = False
        if conn is None:
            return
        try:
            conn.close()
        except Exception as error:  # noqa: BLE001 - it is given up whatever it says
            log.warning("ledger_close_failed", error=type(error).__name__)

    def _tell(self, what: Callable[..., None], *told: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(what, *told)
        except RuntimeError:
            log.warning("ledger_loop_gone")

    def _deliver(self, settled: Sequence[Settled]) -> None:
        """On the loop: one wake-up for a whole commit."""
        self._waiting -= len(settled)
        for task, result, error in settled:
            _settle(task.done, result, error)


def _settle(done: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(result)
        return
    done.set_exception(error)


def _told_job(error: BaseException, reason: str) -> BaseException:
    """A function's own error is passed on as it is; an engine's becomes ours."""
    if isinstance(error, (sa.exc.DBAPIError, UnicodeEncodeError)):
        conflict = LedgerConflict(reason)
        conflict.__cause__ = error
        return conflict
    if isinstance(error, StopIteration):
        return RuntimeError("the function given to the ledger raised StopIteration")
    return error


def _signature(task: Task) -> tuple[int, ...] | None:
    return task.signature if isinstance(task, Unit) else None


def _execute_units(conn: sa.Connection, units: Sequence[Unit]) -> None:
    if len(units) == 1 or not units[0].folds:
        for unit in units:
            for shape, rows in unit.changes:
                _execute_rows(conn, shape, rows)
        return
    for position, change in enumerate(units[0].changes):
        _execute_rows(conn, change.shape, [row for unit in units for row in unit.changes[position].rows])


def _execute_rows(conn: sa.Connection, shape: Shape, rows: list[Any]) -> None:
    if shape.sql is None:
        for row in rows:
            conn.execute(shape.statement, row)
        return
    cursor = conn.connection.cursor()
    try:
        cursor.executemany(shape.sql, rows)
    finally:
        cursor.close()
