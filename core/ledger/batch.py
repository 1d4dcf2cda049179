"""What callers hand to the writer, and how it is executed inside one transaction. Commits nothing.

Order is kept: what was handed over first takes effect first. Like units that follow one another are
executed statement by statement where that comes to the same.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa

from core.clock import Clock
from core.errors import LedgerConflict
from core.ledger.engine import Fault, Store
from core.ledger.shapes import Prepared, Shape

JOBS_AT_MOST_S = 0.02
"""How long jobs may hold up a commit that others wait for."""


class Unit:
    """Changes with one fate, and who waits for them."""

    def __init__(self, changes: tuple[Prepared, ...], done: asyncio.Future[Any]) -> None:
        self.changes = changes
        self.done = done
        self.signature = tuple(id(change.shape) for change in changes)

    @property
    def folds(self) -> bool:
        """Whether executing like units statement by statement is the same as one unit after the other.

        It is where no statement of theirs touches a table that another touches.
        """
        touched = [table for change in self.changes for table in change.shape.tables]
        return len(touched) == len(set(touched))


class Job:
    """A function that reads before it writes, and who waits for what it returns."""

    def __init__(self, work: Callable[[sa.Connection], Any], done: asyncio.Future[Any]) -> None:
        self.work = work
        self.done = done


Task = Unit | Job


class Settled(NamedTuple):
    """The fate of one task, as soon as the transaction is committed."""

    task: Task
    result: Any = None
    error: BaseException | None = None


def execute(conn: sa.Connection, tasks: Sequence[Task], store: Store, clock: Clock) -> list[Settled]:
    """Execute tasks in order, only the first few where jobs take long. Raises what an engine raised.

    A job that fails is taken back and settled with its error; a unit that fails is raised, for the
    whole transaction to be taken back and tried again in smaller parts.
    """
    settled: list[Settled] = []
    if any(isinstance(task, Job) for task in tasks):
        store.before_jobs(conn)
    until = clock.monotonic() + JOBS_AT_MOST_S
    for run in _runs(tasks):
        if isinstance(run, Job):
            if settled and clock.monotonic() > until:
                return settled
            settled.append(_do(conn, run, store))
            continue
        with store.together(conn):
            _execute_units(conn, run)
        settled += [Settled(unit) for unit in run]
    return settled


def _runs(tasks: Sequence[Task]) -> Iterator[Job | list[Unit]]:
    """Each job alone, and like units that follow one another together."""
    for _, alike in groupby(tasks, key=_likeness):
        run = list(alike)
        yield from (task for task in run if isinstance(task, Job))
        units = [task for task in run if isinstance(task, Unit)]
        if units:
            yield units


def _likeness(task: Task) -> tuple[int, ...] | None:
    return task.signature if isinstance(task, Unit) else None


def _do(conn: sa.Connection, job: Job, store: Store) -> Settled:
    savepoint = conn.begin_nested()
    try:
        result = job.work(conn)
        savepoint.commit()
    except BaseException as error:
        # Whatever the caller's function raises is its caller's; the writing thread goes on.
        verdict = store.judge(error, committing=False)
        if verdict.fault is not Fault.ROW:
            raise
        savepoint.rollback()
        return Settled(job, error=_told(error, verdict.reason))
    return Settled(job, result)


def _told(error: BaseException, reason: str) -> BaseException:
    """A function's own error is passed on as it is; an engine's becomes ours."""
    if isinstance(error, (sa.exc.DBAPIError, UnicodeEncodeError)):
        conflict = LedgerConflict(reason)
        conflict.__cause__ = error
        return conflict
    if isinstance(error, StopIteration):
        return RuntimeError("the function given to the ledger raised StopIteration")
    return error


def _execute_units(conn: sa.Connection, units: Sequence[Unit]) -> None:
    if len(units) > 1 and units[0].folds:
        for position, change in enumerate(units[0].changes):
            rows = [row for unit in units for row in unit.changes[position].rows]
            _execute_rows(conn, change.shape, rows)
        return
    for unit in units:
        for shape, rows in unit.changes:
            _execute_rows(conn, shape, rows)


def _execute_rows(conn: sa.Connection, shape: Shape, rows: Sequence[Any]) -> None:
    if shape.sql is None:
        for row in rows:
            conn.execute(shape.statement, row)
        return
    cursor = conn.connection.cursor()
    cursor.executemany(shape.sql, shape.summed(rows))
    cursor.close()
