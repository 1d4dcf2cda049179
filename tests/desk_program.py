"""A desk as a process of its own, which dies where it is told to. Run as `python -m tests.desk_program`.

Arguments: the folder of its ledger, keys and secret, and the kill point (or `none`). Prints its address once
it serves. At `news` it looks at the first report as soon as one is there.
"""

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

from aiohttp import web

from core.checkpoints import KillPoint
from core.clock import SystemClock
from core.delivery import wire
from core.evidence.keys import KeyFolder
from core.ledger.sqlite import SqliteLedger
from core.reports.categories import Categories
from core.reports.triage import Rules
from core.settings.shipped import config_dir
from core.signals.memory import MemorySignals
from desk.intake import intake_app
from desk.queue import QUEUE
from desk.service import DeskService
from desk.tables import DESK
from tests.desk_roads import PRACTICE, ROAD, RULES

CLOCK = SystemClock()


def desk_in(folder: Path, ledger: SqliteLedger, kill: str = "none") -> DeskService:
    """The desk of this folder, in this process; its keys are made where there are none."""
    keys = KeyFolder(folder / "keys", CLOCK)
    categories = Categories.load(config_dir() / "categories.toml")
    rules = folder / "triage.toml"
    rules.write_text(RULES)

    def checkpoint(point: KillPoint) -> None:
        if point == kill:
            os.kill(os.getpid(), signal.SIGKILL)

    return DeskService(
        ledger=ledger,
        keys=keys.desk(create=True),
        signals=MemorySignals(CLOCK),
        clock=CLOCK,
        roads={ROAD: [keys.road(create=True).webhook_secret]},
        desks={PRACTICE.desk: PRACTICE.standing},
        communities={"school"},
        rules=Rules.load(rules, categories),
        categories=categories,
        checkpoint=checkpoint,
    )


def ledger_in(folder: Path) -> SqliteLedger:
    return SqliteLedger(folder / "desk.sqlite", DESK, CLOCK)


async def look_at_the_first(desk: DeskService) -> None:
    while not (rows := (await desk.queue(PRACTICE)).rows):
        await desk.signals.wait(QUEUE, timedelta(seconds=1))
    await desk.look(PRACTICE, rows[0].report, by="ann")


async def main(folder: Path, kill: str) -> None:
    ledger = ledger_in(folder)
    await ledger.open()
    desk = desk_in(folder, ledger, kill)
    app = web.Application()
    app.add_subapp(wire.API, intake_app(desk))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(desk.run())
        if kill == KillPoint.NEWS:
            tasks.create_task(look_at_the_first(desk))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
