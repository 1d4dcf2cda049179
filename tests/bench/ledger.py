"""The ledger itself: against a bare log file, SQL by hand, one transaction each, and what is left lying."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import sqlalchemy as sa

from core.clock import SystemClock
from core.ids import new_id
from core.ledger import writer
from core.ledger.backends import OpenableLedger, open_ledger
from core.ledger.port import Change
from core.ledger.road import drafts
from core.ledger.schema import ROAD
from tests.bench.by_hand import ByHand
from tests.bench.engines import Engine, New, databases
from tests.bench.figures import Aim, Figure, Setting, against, alone
from tests.bench.rounds import Once, rounds
from tests.bench.sending import SEALED, WRITES, report, sent
from tests.bench.tick import RawLog, TickWriter

WORKERS = (1, 16, 128)
DRAFT = drafts.insert()
DROP = drafts.delete().where(drafts.c.id == sa.bindparam("which"))


async def measure(setting: Setting) -> list[Figure]:
    figures: list[Figure] = []
    for engine in setting.engines:
        async with databases(engine, setting.folder) as new:
            for workers in WORKERS:
                figures += await appends(engine, new, workers, setting)
            figures += await grouping(engine, new, setting)
            if engine is Engine.SQLITE:
                figures += await forgetting(new, setting)
    return figures


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[OpenableLedger]:
    ledger = open_ledger(url, ROAD, SystemClock())
    await ledger.open()
    yield ledger
    await ledger.close()


@asynccontextmanager
async def variants(new: New, folder: Path, workers: int) -> AsyncIterator[dict[str, Once]]:
    """The raw log, SQL by hand and our ledger, each on a file of its own."""
    url = new(f"hand_{workers}")
    async with opened(url):
        pass  # its tables
    async with opened(new(f"ours_{workers}")) as ours:
        raw = TickWriter(RawLog(folder / f"raw-{workers}.log"))
        hand = TickWriter(ByHand(url, WRITES, schema=ROAD.name))
        yield {
            "raw log": lambda: raw.put(SEALED),
            "by hand": lambda: hand.put(sent()),
            "ours": lambda: ours.append(*report()),
        }
        raw.close()
        hand.close()


async def appends(engine: Engine, new: New, workers: int, setting: Setting) -> list[Figure]:
    """One report (report, 8 KB part, outbox, counter), durable; the raw log holds its 8 KB alone."""
    named = {"raw log": f"raw log, {workers} writers"}
    named |= {"by hand": f"SQL by hand, {engine}, {workers} writers"}
    named |= {"ours": f"ledger, {engine}, {workers} writers"}
    async with variants(new, setting.folder, workers) as those:
        once = {named[name]: what for name, what in those.items()}
        found = await rounds(once, workers, setting.seconds, setting.rounds)
    return [
        alone(found, named["raw log"], "/s"),
        against(found, named["ours"], named["raw log"], "/s"),
        against(found, named["ours"], named["by hand"], "/s"),
    ]


async def grouping(engine: Engine, new: New, setting: Setting) -> list[Figure]:
    """The same ledger with group commit and without, 16 writers."""
    most = writer.MAX_BATCH
    names = f"group commit, {engine}, 16 writers", f"one transaction each, {engine}"
    async with opened(new("grouped")) as together, opened(new("one_by_one")) as apart:

        def batch_of(size: int, ledger: OpenableLedger) -> Once:
            async def once() -> None:
                writer.MAX_BATCH = size
                await ledger.append(*report())

            return once

        those = dict(zip(names, (batch_of(most, together), batch_of(1, apart)), strict=True))
        found = await rounds(those, 16, setting.seconds, setting.rounds)
    writer.MAX_BATCH = most
    aim = Aim(8) if setting.slow_ms else None
    return [alone(found, names[1], "/s"), against(found, names[0], names[1], "/s", aim)]


async def forgetting(new: New, setting: Setting) -> list[Figure]:
    """What overwriting costs of what is deleted: 8 KB drafts made and deleted again, 16 writers."""
    careful_, careless_ = "drafts overwritten when deleted", "drafts left lying"
    async with opened(new("overwritten")) as careful, opened(new("left")) as careless:
        await careless.transact(lambda conn: conn.exec_driver_sql("PRAGMA secure_delete = OFF"))
        those: dict[str, Once] = {
            careful_: lambda: come_and_go(careful),
            careless_: lambda: come_and_go(careless),
        }
        found = await rounds(those, 16, setting.seconds, setting.rounds)
    return [against(found, careful_, careless_, "/s")]


async def come_and_go(ledger: OpenableLedger) -> None:
    key, now = new_id(), await ledger.now()
    row = {"id": key, "community": "c", "state": SEALED, "created_at": now, "updated_at": now}
    await ledger.append(Change(DRAFT, [row]))
    await ledger.append(Change(DROP, [{"which": key}]))
