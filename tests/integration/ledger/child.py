"""A process that writes a ledger until it is killed or its disk refuses, and says what it was told.

Run as `python child.py PLACE WHAT`, a folder or the address of a database; each line of output is the fate
of one append: `stored KEY` and so on.
"""

import asyncio
import os
import resource
import sys
from contextlib import suppress
from itertools import count
from pathlib import Path

from core.clock import SystemClock
from core.errors import LedgerError
from core.ledger.backends import OpenableLedger, open_ledger
from core.ledger.counters import counted
from core.ledger.port import Change
from core.ledger.road import counters, drafts, trail
from core.ledger.schema import ROAD
from core.ledger.trail import Entry, record

INSERT = drafts.insert()
WRITERS = 16
CLOCK = SystemClock()


def say(*words: str) -> None:
    os.write(1, (" ".join(words) + "\n").encode())


async def write(ledger: OpenableLedger, key: str, size: int = 2_000) -> str:
    """One append, and what became of it: stored, unavailable, unknown."""
    now = CLOCK.now()
    row = {"id": key, "community": "c", "state": os.urandom(size), "created_at": now, "updated_at": now}
    try:
        await ledger.append(Change(INSERT, [row]), counted(counters, str(os.getpid()), "drafts"))
    except LedgerError as error:
        fate = error.code.removeprefix("ledger_")
    else:
        fate = "stored"
    say(fate, key)
    return fate


async def write_for_ever(ledger: OpenableLedger, writer: int) -> None:
    for number in count():
        await write(ledger, f"{os.getpid()}-{writer}-{number}")
        if number % 10 == 0:
            entry = Entry(at=CLOCK.now(), who=str(writer), action="wrote", target=str(number))
            with suppress(LedgerError):
                await ledger.transact(lambda conn, entry=entry: record(conn, trail, entry))  # type: ignore[misc]


async def until_killed(ledger: OpenableLedger) -> None:
    async with asyncio.TaskGroup() as tasks:
        for writer in range(WRITERS):
            tasks.create_task(write_for_ever(ledger, writer))


async def file_size(ledger: OpenableLedger) -> None:
    """No file may grow over a limit; then it may again."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
    for number in range(100):
        await write(ledger, f"small-{number}", 20_000)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await write(ledger, "after")
    say("ready", str(ledger.ready))


async def failing_sync(ledger: OpenableLedger) -> None:
    """The disk fails at each sync while a file stands in the folder above; the parent moves it."""
    await write(ledger, "before")
    for key in iter(sys.stdin.readline, ""):
        await write(ledger, key.strip())


async def main(place: str, what: str) -> None:
    url = place if "://" in place else f"sqlite:///{Path(place).absolute()}/road.sqlite"
    ledger = open_ledger(url, ROAD, CLOCK)
    await ledger.open()
    await {"until_killed": until_killed, "file_size": file_size, "failing_sync": failing_sync}[what](ledger)
    await ledger.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
