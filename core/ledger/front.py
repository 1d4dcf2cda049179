"""A ledger as its callers have it, whatever the engine: one writer, some readers, opened and closed once."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final, Protocol, TypeVar

import sqlalchemy as sa

from core.clock import Clock
from core.errors import LedgerUnavailable
from core.ledger import migration
from core.ledger.batch import Job, Unit
from core.ledger.engine import Store
from core.ledger.port import Change
from core.ledger.schema import Schema
from core.ledger.shapes import Shapes
from core.ledger.writer import Writer

READERS: Final = 4

T = TypeVar("T")


class Reading(Protocol):
    """Connections of one engine that can only read. Called in threads."""

    def query(self, query: Callable[[sa.Connection], T]) -> T:
        """Run it on one of them. LedgerUnavailable if that cannot be done now; its own errors as they are."""

    def close(self) -> None:
        """Let go of all of them."""


class Front:
    """`core.ledger.port.Ledger` over a store and its readers.

    `open` may be called again after it failed, and until it succeeded every other call raises
    LedgerUnavailable. With `writable=False` it only reads, and another process may write meanwhile.
    """

    def __init__(
        self,
        schema: Schema,
        store: Store,
        reading: Reading,
        dialect: sa.Dialect,
        clock: Clock,
        *,
        writable: bool,
    ) -> None:
        self._schema = schema
        self._store = store
        self._reading = reading
        self._shapes = Shapes(dialect)
        self._clock = clock
        self._writable = writable
        self._writer: Writer | None = None
        self._threads: ThreadPoolExecutor
        self._open = False

    async def open(self) -> None:
        """Connect and migrate. LedgerUnavailable, with the mend, if that cannot be done now."""
        if self._open:
            return
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="ledger-reader")
        try:
            await self._begin()
        except BaseException:
            self._let_go()
            raise
        self._open = True

    async def _begin(self) -> None:
        if not self._writable:
            await self._read(self._require_current)
            return
        writer = Writer(self._store, self._clock)
        await writer.start()
        self._writer = writer

    async def close(self) -> None:
        """Commit all that was handed over, then let go."""
        if not self._open:
            return
        self._open = False
        writer, self._writer = self._writer, None
        await asyncio.to_thread(self._end_reading)
        if writer is not None:
            await writer.stop()
        self._store.let_go()

    @property
    def ready(self) -> bool:
        return self._open and (self._writer is None or self._writer.healthy)

    async def append(self, *changes: Change) -> None:
        writer = self._writing()
        prepared = tuple(self._shapes.prepare(change) for change in changes if change.rows)
        if prepared:
            await writer.submit(lambda done: Unit(prepared, done))

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        result: T = await self._writing().submit(lambda done: Job(work, done))
        return result

    async def read(self, query: Callable[[sa.Connection], T]) -> T:
        self._require_open()
        return await self._read(query)

    async def now(self) -> datetime:
        """The time of whoever alone writes here; engines that several write to tell their own."""
        self._require_open()
        return self._clock.now()

    async def _read(self, query: Callable[[sa.Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._reading.query, query)

    def _require_current(self, conn: sa.Connection) -> None:
        migration.require_current(conn, self._schema)

    def _require_open(self) -> None:
        if not self._open:
            raise LedgerUnavailable("the ledger is not open")

    def _writing(self) -> Writer:
        if not self._writable:
            raise LedgerUnavailable("the ledger was opened for reading only")
        if self._writer is None:
            raise LedgerUnavailable("the ledger is not open")
        return self._writer

    def _end_reading(self) -> None:
        self._threads.shutdown()
        self._reading.close()

    def _let_go(self) -> None:
        self._end_reading()
        self._store.let_go()
