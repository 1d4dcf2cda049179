"""What stands behind a road in tests: a real desk on HTTP that can fail, and a real worker and poller.

For every platform: it takes the road's ledger and the desk's key, and knows nothing of where people press.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from aiohttp import web
from aiohttp.test_utils import TestServer

from core.clock import Clock
from core.delivery import outbox, wire
from core.delivery.desk import TIMEOUTS, DeskDestination, Timeouts, open_session
from core.delivery.lane import Pulse
from core.delivery.model import OUTBOX_TOPIC
from core.delivery.news import Poller
from core.delivery.signing import new_secret
from core.delivery.worker import Worker
from core.evidence.keys import DeskKeys, TagKey
from core.evidence.sealing import SecretKey
from core.ids import DeskName, ReportId, RoadName
from core.ledger.port import Ledger
from core.reports.categories import Categories
from core.reports.model import Standing
from core.reports.triage import Rules
from core.settings.shipped import config_dir
from core.signals.memory import MemorySignals
from desk import tables
from desk.intake import intake_app
from desk.model import Opened, Scope
from desk.service import DeskService
from tests.faults import DeskFault, NewsFault
from tests.ledgers import opened

ROAD = RoadName("road")
CATEGORIES = Categories.load(config_dir() / "categories.toml")
RULES = Rules.load(config_dir() / "triage.toml", CATEGORIES)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Door:
    """The desk's door, as a road meets it; `arrived` has the id of every delivery in the order it came."""

    fault: DeskFault = DeskFault.FINE
    news: NewsFault = NewsFault.FINE
    arrived: list[str] = field(default_factory=list)
    news_asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while somebody waits for news that hangs."""
    mended: asyncio.Event = field(default_factory=asyncio.Event)
    said: list[tuple[str, int, str]] = field(default_factory=list)
    """Path, status and body of every answer."""

    def mend(self) -> None:
        """Everything works again, and whoever waited is let in."""
        self.fault, self.news = DeskFault.FINE, NewsFault.FINE
        self.mended.set()

    async def stand_at(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(wire.NEWS):
            return await self._news(request, handler)
        if request.path == wire.DELIVERIES:
            self.arrived.append(request.headers["webhook-id"])
        if self.fault is DeskFault.HANGING:
            await self.mended.wait()
        if self.fault is DeskFault.FAILING:
            raise web.HTTPInternalServerError
        return self._said(request, await handler(request))

    def _said(self, request: web.Request, answer: web.StreamResponse) -> web.StreamResponse:
        text = answer.text or "" if isinstance(answer, web.Response) else ""
        self.said.append((request.path, answer.status, text))
        return answer

    async def _news(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self.news is NewsFault.HANGING:
            self.news_asked.set()
            await self.mended.wait()
        return self._said(request, await handler(request))


class Way:
    """The way to the desk: through its door, or to where nobody listens."""

    def __init__(self, door: Door, desk: DeskDestination, nowhere: DeskDestination) -> None:
        self._door = door
        self._desk = desk
        self._nowhere = nowhere

    async def deliver(self, *given: Any) -> wire.Accepted:
        return await self._now().deliver(*given)

    async def news(self, asked: wire.NewsAsked) -> wire.NewsTold:
        return await self._now().news(asked)

    async def acknowledge(self, ids: tuple[str, ...]) -> None:
        await self._now().acknowledge(ids)

    async def status(self, reference: str) -> wire.StatusTold:
        return await self._now().status(reference)

    async def messages_read(self, reference: str, ids: tuple[str, ...]) -> None:
        await self._now().messages_read(reference, ids)

    def _now(self) -> DeskDestination:
        return self._nowhere if self._door.fault is DeskFault.GONE else self._desk


@dataclass(frozen=True, kw_only=True)
class Behind:
    """Everything behind one road, for one desk."""

    scope: Scope
    road: Ledger
    service: DeskService
    signals: MemorySignals
    worker: Worker
    poller: Poller
    door: Door
    way: Way

    async def deliver(self) -> int:
        """Try once all that is due; how many arrived."""
        return await self.worker.run_once()

    async def fetch(self) -> int:
        """Fetch what news there is; how many."""
        return await self.poller.run_once()

    async def triage(self) -> None:
        """Open and judge all that has arrived."""
        while await self.service.triage.run_once():
            pass

    async def due(self) -> datetime | None:
        """When the next delivery falls due; None where nothing waits."""
        now, lasts = await self.road.now(), Pulse().lease
        query = partial(outbox.next_due, destination=self.scope.desk, now=now, lasts=lasts)
        return await self.road.read(query)

    async def wake(self) -> None:
        """Somebody put something into the outbox."""
        await self.signals.wake(OUTBOX_TOPIC)

    async def look(self, report: str, by: str = "Ann Lee") -> Opened:
        opened = await self.service.look(self.scope, ReportId(report), by=by)
        assert opened is not None
        return opened

    async def rows(self, table: sa.Table) -> Sequence[sa.Row[Any]]:
        """A table of the desk's."""
        return await self.service.ledger.read(lambda conn: conn.execute(sa.select(table)).all())

    async def reports(self) -> list[str]:
        return [row.id for row in await self.rows(tables.reports)]

    async def parts(self, report: str) -> list[str]:
        """The kinds of the parts of a report, in order of their names."""
        return sorted(row.kind for row in await self.rows(tables.parts) if row.report == report)


@asynccontextmanager
async def behind(
    folder: Path,
    road: Ledger,
    clock: Clock,
    key: SecretKey,
    *,
    scope: Scope,
    communities: Sequence[str],
    pulse: Pulse | None = None,
    jitter: float = 0.5,
    timeouts: Timeouts = TIMEOUTS,
    desks: Mapping[DeskName, Standing] | None = None,
) -> AsyncIterator[Behind]:
    """A desk of this scope that takes what these communities send, and the way there from `road`.

    `desks`: where more than one desk is delivered to; all of them live behind this door.
    """
    signals, secret, door = MemorySignals(clock), new_secret(), Door()
    ledger = await opened(folder / "desk.db", tables.DESK, clock)
    served = desks or {scope.desk: scope.standing}
    service = DeskService(
        ledger=ledger,
        keys=DeskKeys(current=key, reference=TagKey(b"r" * 32), linking=TagKey(b"l" * 32)),
        signals=signals,
        clock=clock,
        roads={ROAD: [secret]},
        desks=served,
        communities=set(communities),
        rules=RULES,
        categories=CATEGORIES,
    )
    try:
        async with TestServer(_served(service, door), host="127.0.0.1") as server, open_session() as session:
            way = _way(str(server.make_url("")), secret, door, session, clock, timeouts)
            yield Behind(
                scope=scope,
                road=road,
                service=service,
                signals=signals,
                worker=Worker(
                    road,
                    dict.fromkeys(served, way),
                    signals,
                    clock,
                    jitter=lambda: jitter,
                    pulse=pulse or Pulse(),
                ),
                poller=Poller(
                    scope.desk, way, road, signals, jitter=lambda: 0.5, asked=wire.NewsAsked(wait_s=0)
                ),
                door=door,
                way=way,
            )
            door.mend()
    finally:
        await ledger.close()


def _served(service: DeskService, door: Door) -> web.Application:
    @web.middleware
    async def stand(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await door.stand_at(request, handler)

    app = web.Application(middlewares=[stand])
    app.add_subapp(wire.API, intake_app(service))
    return app


def _way(url: str, secret: str, door: Door, session: Any, clock: Clock, timeouts: Timeouts) -> Way:
    desk = DeskDestination(url, secret, ROAD, session, clock=clock, timeouts=timeouts)
    nowhere = DeskDestination("http://127.0.0.1:9", secret, ROAD, session, clock=clock)
    return Way(door, desk, nowhere)


@asynccontextmanager
async def at_work(behind: Behind, *, only_worker: bool = False) -> AsyncIterator[None]:
    """Worker, poller and triage run as in the product, until the block ends."""
    others = () if only_worker else (behind.poller.run(), behind.service.run())
    tasks = [asyncio.ensure_future(work) for work in (behind.worker.run(), *others)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
