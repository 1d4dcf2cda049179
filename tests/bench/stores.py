"""What our ledger is measured against: a bare log file, and the same rows by hand-written SQL.

Both are handed over once per tick of the loop and told in one wake-up per commit, as the ledger is, so that
what is compared is the storing.
"""

import asyncio
import os
import queue
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from core.ids import new_id
from core.ledger import sqlite
from core.ledger.counters import counted
from core.ledger.port import Change
from core.ledger.road import counters, outbox, parts, reports

driver: Any = vars(sqlite)["sqlite"]  # the SQLite that the ledger uses
SEALED = os.urandom(8_000)


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


INTO_REPORTS = (
    "INSERT INTO reports (id, draft, community, platform, desk, standing, urgent, reference_tag, sent_at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
INTO_PARTS = (
    "INSERT INTO parts (id, draft, desk, kind, item, sealed, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
INTO_OUTBOX = (
    "INSERT INTO outbox (item, report, kind, destination, urgent, state, attempts, due_at, fence, fault, "
    "created_at) VALUES (?, ?, ?, ?, ?, ?, 0, ?, 0, '', ?)"
)
INTO_COUNTERS = (
    "INSERT INTO counters (name, writer, value) VALUES (?, ?, 1) "
    "ON CONFLICT (name, writer) DO UPDATE SET value = value + excluded.value"
)


class ByHand:
    """The rows of one report, by statements written by hand, on the tables the ledger made."""

    def __init__(self, path: Path) -> None:
        self._conn = driver.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "foreign_keys = ON"):
            self._conn.execute(f"PRAGMA {pragma}")

    def commit(self, records: Sequence[tuple[str, str, str]]) -> None:
        conn = self._conn
        conn.execute("BEGIN IMMEDIATE")
        conn.executemany(
            INTO_REPORTS, [(i, i + i, "c", "web", "d", "practice", 0, i + i, at) for i, _, at in records]
        )
        conn.executemany(INTO_PARTS, [(p, i + i, "d", "answers", i, SEALED, at) for i, p, at in records])
        conn.executemany(INTO_OUTBOX, [(i, i, "report", "d", 0, "ready", at, at) for i, _, at in records])
        conn.executemany(INTO_COUNTERS, [("reports", "a")] * len(records))
        conn.execute("COMMIT")

    def close(self) -> None:
        self._conn.close()


def by_hand() -> tuple[str, str, str]:
    now = datetime.now(UTC).isoformat(timespec="microseconds")[:-6] + "Z"
    return new_id(), new_id(), now


REPORT, PART, ITEM = reports.insert(), parts.insert(), outbox.insert()


def report() -> tuple[Change, ...]:
    """What one Send commits: the report, a sealed part of 8 KB, its place in the outbox, a count."""
    report, now = new_id(), datetime.now(UTC)
    row = {
        "id": report, "draft": report + report, "community": "c", "platform": "web", "desk": "d",
        "standing": "practice", "urgent": False, "reference_tag": report + report, "may_push": False,
        "sent_at": now,
    }  # fmt: skip
    part = {
        "id": new_id(), "draft": report + report, "desk": "d", "kind": "answers", "item": report,
        "sealed": SEALED, "created_at": now,
    }  # fmt: skip
    item = {
        "item": report, "report": report, "kind": "report", "destination": "d", "urgent": False,
        "state": "ready", "due_at": now, "created_at": now,
    }  # fmt: skip
    return (
        Change(REPORT, [row]),
        Change(PART, [part]),
        Change(ITEM, [item]),
        counted(counters, "a", "reports"),
    )
