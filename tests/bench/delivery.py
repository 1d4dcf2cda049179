"""Delivery, 16 at once: the way to a desk, and the whole with outbox and receipt, against bare aiohttp.

The desk is a second process that answers at once and stores nothing, so that only this side is measured.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from itertools import cycle

import aiohttp
import msgspec
import sqlalchemy as sa
from aiohttp import web

from core.clock import SystemClock
from core.delivery import outbox, wire
from core.delivery.desk import DeskDestination, open_session
from core.delivery.lane import Pulse
from core.delivery.metrics import Metrics
from core.delivery.signing import new_secret
from core.delivery.worker import Worker
from core.ids import DeskName, ItemId, RoadName
from core.ledger.backends import OpenableLedger, open_ledger
from core.ledger.road import outbox as outbox_table
from core.ledger.road import parts, reports
from core.ledger.schema import ROAD
from core.signals.memory import MemorySignals
from tests.bench.deliveries import delivery
from tests.bench.engines import New, databases
from tests.bench.figures import Aim, Figure, Setting, against, alone
from tests.bench.rounds import Measure, interleaved, rate
from tests.bench.sending import SEALED
from tests.bench.served import serve, served

AT_ONCE = 16
DESK = DeskName("practice")
A_SECOND = 600
BARE, WAY, WHOLE = "a bare aiohttp client", "the way to the desk", "outbox, delivery, receipt"


async def measure(setting: Setting) -> list[Figure]:
    figures: list[Figure] = []
    for engine in setting.engines:
        async with databases(engine, setting.folder) as new, sides(new) as those:
            count = max(AT_ONCE, int(A_SECOND * setting.seconds))
            variants: dict[str, Measure] = {
                f"{BARE}, {engine}": partial(rate, those.bare, AT_ONCE, setting.seconds),
                f"{WAY}, {engine}": partial(rate, those.way, AT_ONCE, setting.seconds),
                f"{WHOLE}, {engine}": partial(those.whole, count),
            }
            found = await interleaved(variants, setting.rounds)
        base, way_, whole_ = variants
        figures += [
            alone(found, base, "/s"),
            against(found, way_, base, "/s", Aim(0.5)),
            against(found, whole_, base, "/s", Aim(0.5)),
        ]
    return figures


class Sides:
    """What is measured: each posts deliveries to the same desk."""

    def __init__(self, port: int, session: aiohttp.ClientSession, ledger: OpenableLedger) -> None:
        clock, self._ledger, self._session = SystemClock(), ledger, session
        self._url = f"http://127.0.0.1:{port}{wire.DELIVERIES}"
        self._desk = DeskDestination(
            f"http://127.0.0.1:{port}", new_secret(), RoadName("road"), session, clock=clock
        )
        made = [delivery() for _ in range(200)]
        self._bodies = cycle([(each.item, msgspec.json.encode(each)) for each in made])
        self._worker = Worker(
            ledger,
            {DESK: self._desk},
            MemorySignals(clock),
            clock,
            jitter=random.random,
            metrics=Metrics(),
            pulse=Pulse(width=AT_ONCE + 2, kept_for_urgent=2),
        )

    async def bare(self) -> None:
        item, body = next(self._bodies)
        headers = {"webhook-id": item, "Content-Type": "application/json"}
        async with self._session.post(self._url, data=body, headers=headers) as answer:
            assert answer.status == 202
            await answer.read()

    async def way(self) -> None:
        item, body = next(self._bodies)
        await self._desk.deliver(ItemId(item), body)

    async def whole(self, count: int) -> float:
        """So many reports lie in the outbox; how many a second are delivered, and known to be."""
        await self._ledger.transact(partial(_fill, count=count))
        began = time.perf_counter()
        delivered = await self._worker.run_once()
        took = time.perf_counter() - began
        assert delivered == count, delivered
        return count / took


@asynccontextmanager
async def sides(new: New) -> AsyncIterator["Sides"]:
    ledger = open_ledger(new("road"), ROAD, SystemClock())
    await ledger.open()
    async with served("tests.bench.delivery") as port, open_session() as session:
        those = Sides(port, session, ledger)
        yield those
    await ledger.close()


def _fill(conn: sa.Connection, count: int) -> None:
    made = [delivery() for _ in range(count)]
    conn.execute(reports.insert(), [_report(each) for each in made])
    conn.execute(parts.insert(), [_part(each) for each in made])
    conn.execute(
        outbox_table.insert(),
        [
            outbox.outbox_row(
                item=each.item,
                report=each.report,
                kind=each.kind,
                destination=DESK,
                urgent=False,
                at=each.sent_at - timedelta(seconds=1),
            )
            for each in made
        ],
    )


def _report(each: wire.Delivery) -> dict[str, object]:
    return {
        "id": each.report,
        "draft": each.draft,
        "community": each.community,
        "platform": each.platform,
        "desk": each.desk,
        "standing": each.standing.value,
        "urgent": False,
        "reference_tag": each.draft,
        "may_push": False,
        "sent_at": each.sent_at,
    }


def _part(each: wire.Delivery) -> dict[str, object]:
    (part,) = each.parts
    return {
        "id": part.id,
        "draft": each.draft,
        "desk": each.desk,
        "kind": part.kind.value,
        "item": each.item,
        "sealed": SEALED,
        "created_at": each.sent_at,
    }


async def desk() -> None:
    """Answers that it has it, whatever it is."""

    async def take(request: web.Request) -> web.Response:
        await request.read()
        accepted = wire.Accepted(item=ItemId(request.headers["webhook-id"]), received_at=SystemClock().now())
        return web.Response(status=202, body=msgspec.json.encode(accepted), content_type="application/json")

    app = web.Application()
    app.router.add_post(wire.DELIVERIES, take)
    await serve(app)


if __name__ == "__main__":
    asyncio.run(desk())
