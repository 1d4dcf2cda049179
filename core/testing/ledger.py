"""Ledgers for tests: one in memory, and one around any other that fails when it is told to."""

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Literal, TypeVar

import sqlalchemy as sa

from core.errors import LedgerError, LedgerUnknown
from core.ledger.port import Change, Ledger

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
        self._failing: Collection[Call] = EVERY
        self._losing = False
        self._free = asyncio.Event()
        self._free.set()
        self._holding: Collection[Call] = WRITES
        self.held = 0
        self.arrived = asyncio.Event()

    def fail_with(self, error: LedgerError | None, *, on: Collection[Call] = EVERY) -> None:
        """From now on every call in `on` raises `error` and does nothing; None: works again."""
        self._error = error
        self._failing = on

    def hold(self, *, on: Collection[Call] = WRITES) -> None:
        """From now on every call in `on` waits, as on a disk that does not answer, until `release`."""
        self._free.clear()
        self._holding = on

    def release(self) -> None:
        """Let everything that waits go on; what was cancelled meanwhile is never done."""
        self._free.set()

    def lose_after_commit(self, *, losing: bool = True) -> None:
        """From now on writes are stored and then raise LedgerUnknown, as if the answer got lost."""
        self._losing = losing

    @property
    def ready(self) -> bool:
        return self._inner.ready and self._error is None

    async def append(self, *changes: Change) -> None:
        await self._pass("append")
        await self._inner.append(*changes)
        self._lose()

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        await self._pass("transact")
        result = await self._inner.transact(work)
        self._lose()
        return result

    async def read(self, query: Callable[[sa.Connection], T]) -> T:
        await self._pass("read")
        return await self._inner.read(query)

    async def now(self) -> datetime:
        await self._pass("now")
        return await self._inner.now()

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
