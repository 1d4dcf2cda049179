"""Ratios within one run: our ledger to a bare log file, to SQL by hand, and to itself without group commit.

Run from the root: `python -m tests.bench [--seconds S] [--slow-ms MS]`. `--slow-ms 2` adds two milliseconds
to every sync (it needs a C compiler), as many a real disk does. Absolute figures say more about the machine.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

import sqlalchemy as sa
import structlog

from core.clock import SystemClock
from core.ids import new_id
from core.ledger import writer
from core.ledger.port import Change
from core.ledger.road import drafts
from core.ledger.schema import ROAD
from core.ledger.sqlite import SqliteLedger
from tests.bench.rounds import Once, ratio, rounds
from tests.bench.stores import SEALED, ByHand, RawLog, TickWriter, by_hand, driver, report

SLOW_SYNC = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static int late(int done) { usleep(1000 * atoi(getenv("SLOW_MS"))); return done; }
int fsync(int fd) { return late(((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd)); }
int fdatasync(int fd) { return late(((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd)); }
"""
DRAFT = drafts.insert()
DROP = drafts.delete().where(drafts.c.id == sa.bindparam("which"))


@asynccontextmanager
async def opened(folder: Path, name: str) -> AsyncIterator[SqliteLedger]:
    ledger = SqliteLedger(folder / f"{name}.sqlite", ROAD, SystemClock())
    await ledger.open()
    yield ledger
    await ledger.close()


@asynccontextmanager
async def variants(folder: Path) -> AsyncIterator[dict[str, Once]]:
    """The raw log, SQL by hand and our ledger, each on a file of its own."""
    async with opened(folder, "hand"):
        pass  # its tables
    async with opened(folder, "ours") as ours:
        raw = TickWriter(RawLog(folder / "raw.log"))
        hand = TickWriter(ByHand(folder / "hand.sqlite"))
        yield {
            "raw log": lambda: raw.put(SEALED),
            "SQL by hand": lambda: hand.put(by_hand()),
            "our ledger": lambda: ours.append(*report()),
        }
        raw.close()
        hand.close()


async def appends(folder: Path, seconds: float) -> None:
    print("One report (report, 8 KB part, outbox, counter), durable; raw log: its 8 KB alone")
    print(f"{'writers':>8} {'variant':<14} {'per second':>11} {'/ raw log':>10} {'/ by hand':>10}")
    for workers in (1, 16, 128):
        place = folder / str(workers)
        place.mkdir(mode=0o700)
        async with variants(place) as those:
            found = await rounds(those, workers, seconds)
        for name in those:
            to_raw, to_hand = ratio(found, name, "raw log"), ratio(found, name, "SQL by hand")
            print(f"{workers:>8} {name:<14} {median(found[name]):>11,.0f} {to_raw:>10.2f} {to_hand:>10.2f}")


async def grouping(folder: Path, seconds: float) -> None:
    print("\nGroup commit against one transaction per unit, 16 writers")
    grouped = writer.MAX_BATCH
    async with opened(folder, "grouped") as together, opened(folder, "alone") as alone:

        def batch_of(size: int, ledger: SqliteLedger) -> Once:
            async def once() -> None:
                writer.MAX_BATCH = size
                await ledger.append(*report())

            return once

        those = {"grouped": batch_of(grouped, together), "one by one": batch_of(1, alone)}
        found = await rounds(those, 16, seconds)
    writer.MAX_BATCH = grouped
    for name in those:
        print(f"{name:<14} {median(found[name]):>11,.0f} {ratio(found, name, 'one by one'):>10.2f}")


async def forgetting(folder: Path, seconds: float) -> None:
    print("\nOverwriting what is deleted (secure_delete): 8 KB drafts made and deleted again, 16 writers")
    async with opened(folder, "overwritten") as careful, opened(folder, "left") as careless:
        await careless.transact(lambda conn: conn.exec_driver_sql("PRAGMA secure_delete = OFF"))
        found = await rounds(
            {"overwritten": lambda: come_and_go(careful), "left lying": lambda: come_and_go(careless)},
            16,
            seconds,
        )
    for name, rates in found.items():
        print(f"{name:<14} {median(rates):>11,.0f} {ratio(found, name, 'left lying'):>10.2f}")


async def come_and_go(ledger: SqliteLedger) -> None:
    key, now = new_id(), await ledger.now()
    row = {"id": key, "community": "c", "state": SEALED, "created_at": now, "updated_at": now}
    await ledger.append(Change(DRAFT, [row]))
    await ledger.append(Change(DROP, [{"which": key}]))


async def measure(seconds: float) -> None:
    with tempfile.TemporaryDirectory(dir=".") as name:
        folder = Path(name)
        for what in (appends, grouping, forgetting):
            place = folder / what.__name__
            place.mkdir(mode=0o700)
            await what(place, seconds)


def again_on_a_slow_disk(milliseconds: int, seconds: float) -> None:
    with tempfile.TemporaryDirectory() as name:
        source, library = Path(name, "slow.c"), Path(name, "slow.so")
        source.write_text(SLOW_SYNC)
        subprocess.run(["cc", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)
        slow = {"LD_PRELOAD": str(library), "SLOW_MS": str(milliseconds)}
        command = [sys.executable, "-m", "tests.bench", "--seconds", str(seconds)]
        subprocess.run(command, env=os.environ | slow, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each variant in each of five rounds")
    parser.add_argument("--slow-ms", type=int, default=0, help="added to every sync of the disk")
    given = parser.parse_args()
    if given.slow_ms:
        print(f"Every sync takes {given.slow_ms} ms longer\n")
        again_on_a_slow_disk(given.slow_ms, given.seconds)
        return
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    print(f"SQLite {driver.sqlite_version}, Python {sys.version.split()[0]}; medians of five rounds\n")
    asyncio.run(measure(given.seconds))


if __name__ == "__main__":
    main()
