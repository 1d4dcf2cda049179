"""Ledgers for tests: one in memory, and one around any other that fails when it is told to."""

import asyncio
from collections.abc import Callable, Collection, Coroutine
from datetime import datetime
from typing import Any, Literal, TypeVar

import sqlalchemy as sa

from core.clock import Clock
from core.errors import LedgerConflict, LedgerError, LedgerUnavailable, LedgerUnknown
from core.ledger.port import Change, Ledger
from core.ledger.schema import Schema

T = TypeVar("T")
Call = Literal["append", "transact", "read", "now"]
EVERY: tuple[Call, ...] = ("append", "transact", "read", "now")
WRITES: tuple[Call, ...] = ("append", "transact")


class FaultyLedger:
    """Any ledger, and the faults a test wants of it (`core.ledger.port.Ledger`).

    `held` counts the calls that wait because of `hold`; `arrived` is set while there are any.
    """

    def __init__(self, inner: Ledger) -> None:
        self._inner = inner
        self._error: LedgerError | None = None
        self._failing: tuple[Call, ...] = EVERY
        self._losing = False
        self._free = asyncio.Event()
        self._free.set()
        self._holding: tuple[Call, ...] = WRITES
        self._done_anyway = False
        self._late: set[asyncio.Task[Any]] = set()
        self.held = 0
        self.arrived = asyncio.Event()

    def fail_with(self, error: LedgerError | None, *, on: tuple[Call, ...] = EVERY) -> None:
        """From now on every call in `on` raises `error` and does nothing; None: works again."""
        self._error = error
        self._failing = on

    def hold(self, *, on: tuple[Call, ...] = WRITES, done_anyway: bool = False) -> None:
        """From now on every call in `on` waits, as on a disk that does not answer, until `release`.

        A call that is cancelled meanwhile is never done, as if it had not been handed over yet; with
        `done_anyway` it is done all the same, as if it had been.
        """
        self._free.clear()
        self._holding = on
        self._done_anyway = done_anyway

    def release(self) -> None:
        """Let everything that waits go on."""
        self._free.set()

    async def settled(self) -> None:
        """Wait until what was cancelled while it was held, and is done anyway, is done."""
        await asyncio.gather(*self._late, return_exceptions=True)

    def lose_after_commit(self, *, losing: bool = True) -> None:
        """From now on writes are stored and then raise LedgerUnknown, as if the answer got lost."""
        self._losing = losing

    @property
    def ready(self) -> bool:
        return self._inner.ready and self._error is None

    async def append(self, *changes: Change) -> None:
        await self._do("append", lambda: self._inner.append(*changes))

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        return await self._do("transact", lambda: self._inner.transact(work))

    async def read(self, query: Callable[[sa.Connection], T]) -> T:
        return await self._do("read", lambda: self._inner.read(query))

    async def now(self) -> datetime:
        return await self._do("now", self._inner.now)

    async def _do(self, call: Call, inner: Callable[[], Coroutine[Any, Any, T]]) -> T:
        if not (self._done_anyway and call in self._holding and not self._free.is_set()):
            return await self._do_now(call, inner)
        task = asyncio.get_running_loop().create_task(self._do_now(call, inner))
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        return await asyncio.shield(task)

    async def _do_now(self, call: Call, inner: Callable[[], Coroutine[Any, Any, T]]) -> T:
        await self._pass(call)
        result = await inner()
        if call in WRITES:
            self._lose()
        return result

    async def _pass(self, call: Call) -> None:
        if call in self._holding and not self._free.is_set():
            await self._wait()
        if self._error is not None and call in self._failing:
            raise type(self._error)(*self._error.args)

    async def _wait(self) -> None:
        self.held += 1
        self.arrived.set()
        try:
            await self._free.wait()
        finally:
            self.held -= 1
            if not self.held:
                self.arrived.clear()

    def _lose(self) -> None:
        if self._losing:
            raise LedgerUnknown("the answer was lost after the commit")


class MemoryLedger:
    """A ledger without disk or thread, for tests that are about something else (`core.ledger.port.Ledger`).

    The same tables, made from the same description; every call is one transaction of its own.
    """

    def __init__(self, schema: Schema, clock: Clock) -> None:
        self._schema = schema
        self._clock = clock
        self._engine: sa.Engine | None = None

    async def open(self) -> None:
        if self._engine is not None:
            return
        engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool, hide_parameters=True)
        sa.event.listen(engine, "connect", _set_up)
        sa.event.listen(engine, "begin", lambda conn: conn.exec_driver_sql("BEGIN"))
        self._schema.metadata.create_all(engine)
        self._engine = engine

    async def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
        self._engine = None

    @property
    def ready(self) -> bool:
        return self._engine is not None

    async def append(self, *changes: Change) -> None:
        await self.transact(lambda conn: _execute(conn, changes))

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        engine = self._opened()
        await asyncio.sleep(0)
        try:
            with engine.begin() as conn:
                return work(conn)
        except (sa.exc.DBAPIError, UnicodeEncodeError) as error:
            raise LedgerConflict(f"a row breaks a rule: {type(error).__name__}") from error

    async def read(self, query: Callable[[sa.Connection], T]) -> T:
        engine = self._opened()
        await asyncio.sleep(0)
        with engine.connect() as conn:
            conn.connection.cursor().execute("PRAGMA query_only = ON")
            try:
                return query(conn)
            except sa.exc.DBAPIError as error:
                raise LedgerUnavailable(f"it cannot be read: {type(error).__name__}") from error
            finally:
                conn.connection.cursor().execute("PRAGMA query_only = OFF")

    async def now(self) -> datetime:
        self._opened()
        return self._clock.now()

    def _opened(self) -> sa.Engine:
        if self._engine is None:
            raise LedgerUnavailable("the ledger is not open")
        return self._engine


def _set_up(conn: Any, _record: object) -> None:
    conn.isolation_level = None
    conn.execute("PRAGMA foreign_keys = ON")


def _execute(conn: sa.Connection, changes: Collection[Change]) -> None:
    for change in changes:
        for row in change.rows:
            conn.execute(change.statement, dict(row))
