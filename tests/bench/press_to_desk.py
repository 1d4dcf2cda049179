"""From the press to the desk: the real program, people who press Send by HTTP, and the queue that shows it.

They press at a steady pace, whether or not the program keeps up, in this process; the program has its own.
Visible is what lies in the desk's queue, which is read beside the program.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from statistics import median, quantiles
from typing import Any

import sqlalchemy as sa

from core.clock import SystemClock
from core.evidence.drafts import DraftKey
from core.ids import ReportId
from core.ledger.backends import OpenableLedger, open_ledger
from core.reports.packing import report_id
from desk.tables import DESK, reports
from tests.apart import desk_and_road
from tests.bench.engines import Engine, New, databases
from tests.bench.figures import Aim, Figure, Setting
from tests.program import ANSWERS, Browser, Page, Program, browsing, running

A_SECOND = 50
LOOK_EVERY_S = 0.005
PATIENCE_S = 60.0
LONGER = 4
"""So much longer than other subjects: a 99th percentile needs many presses."""
SINCE = sa.select(reports.c.id, reports.c.received_at).where(
    reports.c.received_at >= sa.bindparam("since", type_=reports.c.received_at.type)
)
EVERY = sa.select(reports.c.id, reports.c.received_at)


async def measure(setting: Setting) -> list[Figure]:
    figures: list[Figure] = []
    for engine in setting.engines:
        async with databases(engine, setting.folder) as new:
            for how, (road, desk) in programs_on(engine, new, setting).items():
                answered, seen = await pressed(road, desk, setting)
                figures += told(f"{len(seen):,} presses, {A_SECOND}/s, {how}", answered, seen)
    return figures


def told(presses: str, answered: Sequence[float], seen: Sequence[float]) -> list[Figure]:
    return [
        Figure(what=f"press to Sent, p50, {presses}", value=1000 * median(answered), unit="ms"),
        Figure(what=f"press to Sent, p99, {presses}", value=_p99(answered), unit="ms"),
        Figure(what=f"press to desk, p50, {presses}", value=1000 * median(seen), unit="ms"),
        Figure(
            what=f"press to desk, p99, {presses}", value=_p99(seen), unit="ms", aim=Aim(1000, at_most=True)
        ),
    ]


def programs_on(engine: Engine, new: New, setting: Setting) -> Mapping[str, tuple[Program, Program]]:
    """Who is pressed on and who has the desk: one process that does all; on a server also one for each."""
    if engine is Engine.SQLITE:
        alone = Program(data=setting.folder / f"{engine}-program")
        return {f"{engine}": (alone, alone)}

    def urls() -> dict[str, str]:
        return {"ROAD_DATABASE_URL": new("road"), "DESK_DATABASE_URL": new("desk")}

    alone = Program(data=setting.folder / f"{engine}-program", environ=urls())
    desk, road = desk_and_road(setting.folder)
    desk.environ = road.environ = urls()
    return {
        f"{engine}": (alone, alone),
        f"{engine}, a process for the road and one for the desk": (road, desk),
    }


async def pressed(
    program: Program, desk_program: Program, setting: Setting
) -> tuple[list[float], list[float]]:
    """Seconds from each press to its answer, and to the desk."""
    async with AsyncExitStack() as beside:
        for each in {id(one): one for one in (desk_program, program)}.values():
            await beside.enter_async_context(running(each))
        browser = await beside.enter_async_context(browsing(program.public))
        pages = [await browser.get() for _ in range(max(4, int(A_SECOND * LONGER * setting.seconds)))]
        desk = await _desk_of(desk_program)
        look = Look(desk)
        async with asyncio.TaskGroup() as tasks:
            looking = tasks.create_task(look.until(len(pages)))
            began = time.perf_counter()
            presses = [
                tasks.create_task(_press(browser, page, began + number / A_SECOND))
                for number, page in enumerate(pages)
            ]
            async with asyncio.timeout(PATIENCE_S):
                await looking
        await desk.close()
    told = [press.result() for press in presses]
    return [end - begin for _, begin, end in told], [look.seen[report] - begin for report, begin, _ in told]


class Look:
    """When each report was first seen at the desk."""

    def __init__(self, desk: OpenableLedger) -> None:
        self._desk = desk
        self.seen: dict[str, float] = {}

    async def until(self, count: int) -> None:
        latest = None
        while len(self.seen) < count:
            rows = await self._rows(latest)
            now = time.perf_counter()
            for row in rows:
                self.seen.setdefault(row.id, now)
            latest = max((row.received_at for row in rows), default=latest)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _rows(self, latest: object) -> Sequence[Any]:
        if latest is None:
            return await self._desk.read(lambda conn: conn.execute(EVERY).all())
        return await self._desk.read(lambda conn: conn.execute(SINCE, {"since": latest}).all())


async def _press(browser: Browser, page: Page, at: float) -> tuple[ReportId, float, float]:
    """Press Send at this moment: which report it is, when it was pressed and when it was answered.

    Counted from when it was due, so that whoever is kept from pressing counts too.
    """
    await asyncio.sleep(max(0.0, at - time.perf_counter()))
    answer = await browser.press(page, "send", **ANSWERS)
    assert answer.reference, answer.words
    return report_id(DraftKey.parse(page.key)), at, time.perf_counter()


async def _desk_of(program: Program) -> OpenableLedger:
    url = program.environ.get("DESK_DATABASE_URL", f"sqlite:///{program.data / 'desk.sqlite'}")
    ledger = open_ledger(url, DESK, SystemClock(), writable=False)
    await ledger.open()
    return ledger


def _p99(seconds: Sequence[float]) -> float:
    return 1000 * quantiles(seconds, n=100)[98]
