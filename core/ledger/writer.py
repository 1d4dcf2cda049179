"""The one writing thread of a ledger: takes whatever waits, commits it once, then tells everyone.

Knows no engine: a `Store` connects, watches and judges. It outlives every fault but the end of the process.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
import structlog

from core.clock import Clock
from core.errors import LedgerConflict, LedgerError, LedgerUnavailable, LedgerUnknown
from core.ledger.batch import Settled, Task, execute
from core.ledger.engine import Fault, Store

MAX_BATCH = 256
"""Units in one commit."""
MAX_WAITING = 20_000
"""Units that may wait for a disk that does not answer; more are refused, so that memory holds."""
RACES = 20
"""So often the same is tried again where another process was quicker."""
TIDY_AFTER_S = 1.0
"""So long after its last write, and while it cannot write, an idle ledger is looked after."""

log = structlog.get_logger()


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
    Fault.RACE: LedgerUnavailable,
    Fault.CUT: LedgerUnavailable,
    Fault.FULL: LedgerUnavailable,
    Fault.LOST: LedgerUnavailable,
    Fault.UNKNOWN: LedgerUnknown,
}


class Writer:
    """Owns the thread. `start` and `stop` are called once each, by the ledger, on its loop."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
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
        self.healthy = self._untidy = True
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
        return TIDY_AFTER_S if self._untidy or not self.healthy else None

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
            settled = self._tried(tasks)
        except _Failed as failed:
            if len(tasks) == 1 or failed.fault not in (Fault.ROW, Fault.FULL):
                self._note(failed)
                return [Settled(task, error=failed.told()) for task in tasks]
            middle = len(tasks) // 2
            return [*self._settle(tasks[:middle]), *self._settle(tasks[middle:])]
        self._recover()
        rest = tasks[len(settled) :]
        return [*settled, *self._settle(rest)] if rest else settled

    def _tried(self, tasks: Sequence[Task]) -> list[Settled]:
        """Where nothing was committed for no fault of the tasks', the same again.

        Of those who race, the one ahead gets through; a connection may have broken while nobody used it.
        """
        cut = False
        for _ in range(RACES):
            try:
                return self._attempt(tasks)
            except _Failed as failed:
                if failed.fault is not Fault.RACE and (cut or failed.fault is not Fault.CUT):
                    raise
                cut = cut or failed.fault is Fault.CUT
                if failed.fault is Fault.CUT:
                    self._disconnect()
        return self._attempt(tasks)

    def _note(self, failed: _Failed) -> None:
        if failed.fault not in (Fault.ROW, Fault.RACE):
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
            settled = execute(conn, tasks, self._store, self._clock)
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

    def _commit(self, transaction: sa.RootTransaction) -> None:
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
        if failed.fault is not Fault.UNKNOWN or self._conn is None:
            return failed
        try:
            certain = self._store.forget(self._conn)
        except Exception as error:  # noqa: BLE001 - whatever it was, it stays unknown
            log.warning("ledger_commit_unknown", error=type(error).__name__)
            return failed
        return _Failed(Fault.LOST, failed.reason) if certain else failed

    def _roll_back(self, transaction: sa.RootTransaction) -> None:
        try:
            transaction.rollback()
            # After a commit that failed, SQLAlchemy holds the transaction for ended; the engine may not.
            transaction.connection.connection.rollback()
        except Exception as error:  # noqa: BLE001 - what cannot even roll back is given up
            log.warning("ledger_rollback_failed", error=type(error).__name__)
            self._disconnect()

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
