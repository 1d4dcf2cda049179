"""Group commit in its barest form, for what is written by hand: hand-over and wake-up are as ours."""

import asyncio
import os
import queue
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol


class Committing(Protocol):
    """Stores records durably, on return, in the calling thread."""

    def commit(self, records: Sequence[Any]) -> None: ...
    def close(self) -> None: ...


class TickWriter:
    """One thread that commits whatever waits."""

    def __init__(self, store: Committing, most: int = 256) -> None:
        self._store = store
        self._most = most
        self._inbox: queue.SimpleQueue[list[tuple[Any, asyncio.Future[None]]]] = queue.SimpleQueue()
        self._tick: list[tuple[Any, asyncio.Future[None]]] = []
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    async def put(self, record: Any) -> None:
        if not self._tick:
            self._loop.call_soon(self._hand_over)
        done = self._loop.create_future()
        self._tick.append((record, done))
        await done

    def close(self) -> None:
        self._inbox.put([])
        self._thread.join()
        self._store.close()

    def _hand_over(self) -> None:
        self._inbox.put(self._tick)
        self._tick = []

    def _run(self) -> None:
        while waiting := self._inbox.get():
            while len(waiting) < self._most and not self._inbox.empty():
                waiting += self._inbox.get_nowait()
            self._store.commit([record for record, _ in waiting])
            self._loop.call_soon_threadsafe(_tell, waiting)


def _tell(told: list[tuple[Any, asyncio.Future[None]]]) -> None:
    for _, done in told:
        done.set_result(None)


class RawLog:
    """A file, written and synced."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)

    def commit(self, records: Sequence[bytes]) -> None:
        os.write(self._file, b"".join(records))
        os.fdatasync(self._file)

    def close(self) -> None:
        os.close(self._file)
