"""The web room on the real road, for tests: real dialogue, sealing, ledger and pages. The ledger can fail."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from aiohttp import web

from bots.web.adapter import Neighbours, WebPlatform, create
from bots.web.settings import WebSettings
from core.advice.helplines import HelpBook
from core.dialogue.flow import Dialogue
from core.dialogue.model import Place
from core.dialogue.texts import Texts
from core.evidence.drafts import new_draft_key
from core.evidence.parts import PartHeader
from core.evidence.sealing import SecretKey, new_key, open_part
from core.ids import CommunityId, DeskName
from core.ledger.road import outbox, parts, reports
from core.ledger.schema import ROAD
from core.reports.categories import Categories
from core.reports.model import Standing, YesNo
from core.reports.packing import Seals
from core.reports.road import Limits, Road, Routing
from core.reports.routing import Routes
from core.settings.communities import Communities
from core.settings.model import Community, Desk, Settings
from core.settings.shipped import config_dir
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock
from core.testing.destination import RecordingDestination
from core.testing.ledger import WRITES, Call, FaultyLedger
from tests.faults import UNHURRIED
from tests.ledgers import opened

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
TEXTS = Texts.load(config_dir() / "locales")
HELPLINES = HelpBook.load(config_dir() / "helplines.toml")
CATEGORIES = Categories.load(config_dir() / "categories.toml")
PARK = CommunityId("park")
ALONE = CommunityId("alone")
PLAY = CommunityId("play")
"""A community with a real desk, one without, one that practises."""
CLUB = "https://club.example"
"""The origin of a site that shows the button."""
AT_ONCE = 0.05


@dataclass(frozen=True, kw_only=True)
class House:
    """The room while it is served, and what stands behind it."""

    url: str
    road: Road
    ledger: FaultyLedger
    clock: FixedClock
    platform: WebPlatform
    app: web.Application
    communities: Communities
    desk_key: SecretKey
    settings: WebSettings
    desk: RecordingDestination
    """The desk of the park, as far as it is asked."""

    async def count(self, table: sa.Table) -> int:
        query = sa.select(sa.func.count()).select_from(table)
        return int(await self.ledger.read(lambda conn: conn.execute(query).scalar_one()))

    async def reports(self) -> int:
        return await self.count(reports)

    async def items(self) -> int:
        return await self.count(outbox)

    async def opened(self) -> list[tuple[PartHeader, bytes]]:
        """Every part that the desk can open, opened."""
        query = sa.select(parts.c.sealed).where(parts.c.kind != "identity")
        rows = await self.ledger.read(lambda conn: conn.execute(query).scalars().all())
        return [open_part(sealed, [self.desk_key]) for sealed in rows]

    def hold(self, *on: Call) -> None:
        """From now on these calls wait, or every write; and nobody is kept waiting for them."""
        reading = UNHURRIED.read if not on else AT_ONCE
        self.road._limits = Limits(press=AT_ONCE, send=AT_ONCE, read=reading, help=reading)
        self.ledger.hold(on=on or WRITES)

    def release(self) -> None:
        """Let everything that waits go on, however long it takes."""
        self.road._limits = UNHURRIED
        self.ledger.release()

    async def mark(self, **times: datetime) -> None:
        """What the desk would tell: `delivered_at`, `read_at`."""
        change = sa.update(reports).values(**times)
        await self.ledger.transact(lambda conn: conn.execute(change).rowcount)


def settings_for(origins: tuple[str, ...] = ()) -> Settings:
    """Three communities, on two desks and on none."""
    return Settings(
        desks={
            "centre": Desk(name="The Centre", standing=Standing.SPECIALIST),
            "practice": Desk(name="Practice desk", standing=Standing.PRACTICE),
        },
        communities={
            PARK: Community(name="Skate park", desk="centre", country="GB", origins=origins),
            ALONE: Community(name="Small club", country="GB"),
            PLAY: Community(name="Practice room", desk="practice", country="GB", origins=origins),
            "chat": Community(name="A chat server", platform="discord", desk="centre"),
        },
    )


def web_settings(*, practice: bool = False) -> WebSettings:
    return WebSettings(
        quick_exit_url="https://www.bbc.co.uk/weather",
        practice_community=PLAY if practice else None,
        console_url="http://127.0.0.1:8471/" if practice else "",
    )


@asynccontextmanager
async def house(
    data: Path,
    *,
    origins: tuple[str, ...] = (),
    web_room: WebSettings | None = None,
) -> AsyncIterator[House]:
    """Serve the room on a free port of this machine until the block ends."""
    clock = FixedClock(NOON)
    settings, desk_key = settings_for(origins), new_key()
    communities = Communities(settings)
    inner = await opened(data / "road.db", ROAD, clock)
    ledger = FaultyLedger(inner)
    signals, desk = MemorySignals(clock), RecordingDestination(clock)
    road = Road(
        ledger=ledger,
        dialogue=Dialogue(HELPLINES, CATEGORIES),
        routing=_routing(settings),
        seals=Seals(
            desks={DeskName(name): (desk_key.public,) for name in settings.desks},
            road=new_key().public,
            tag=lambda reference: reference,
        ),
        signals=signals,
        clock=clock,
        new_key=new_draft_key,
        desks={DeskName("centre"): desk},
        limits=UNHURRIED,
    )
    room = web_room or web_settings()
    given = Neighbours(
        road=road,
        places=communities,
        countries=HELPLINES,
        texts=TEXTS,
        signals=signals,
        clock=clock,
        hash_key=bytes(32),
    )
    platform, app = create(given, room)
    try:
        async with road, _served(app) as url:
            try:
                yield House(
                    url=url,
                    road=road,
                    ledger=ledger,
                    clock=clock,
                    platform=platform,
                    app=app,
                    communities=communities,
                    desk_key=desk_key,
                    settings=room,
                    desk=desk,
                )
            finally:
                ledger.release()
    finally:
        await inner.close()


def place(standing: Standing = Standing.SPECIALIST) -> Place:
    return Place(
        community=PARK,
        community_name="Skate park",
        platform="web",
        standing=standing,
        desk=None if standing is Standing.NONE else DeskName("centre"),
        desk_name="The Centre",
        country="GB",
    )


def _routing(settings: Settings) -> Routing:
    routes = Routes(settings.desks)
    return Routing(
        candidates=routes.candidates,
        route=routes.route,
        is_urgent=lambda answers: answers.danger is YesNo.YES,
    )


@asynccontextmanager
async def _served(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
