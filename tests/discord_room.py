"""The Discord room on the real road, for tests: real dialogue, sealing, ledger, discord.py and its parsers.

Discord is simulated in this process; the ledger can fail. Real processes are in tests/discord_program.py.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import discord
import simcord
import sqlalchemy as sa

from bots.discord.adapter import DiscordPlatform, Neighbours, create
from bots.discord.settings import DiscordSettings
from core.delivery.screens import Emptier, OpenScreens
from core.dialogue.flow import Dialogue
from core.evidence.drafts import DraftKey, new_draft_key
from core.evidence.parts import PartHeader
from core.evidence.sealing import SecretKey, new_key, open_part
from core.ids import DeskName
from core.ledger.road import open_screens, outbox, parts, reports
from core.ledger.schema import ROAD
from core.ledger.sqlite import SqliteLedger
from core.reports.model import Standing, YesNo
from core.reports.packing import Seals
from core.reports.road import Limits, Road, Routing
from core.reports.routing import Routes
from core.settings.communities import Communities
from core.settings.model import Community, Desk, Settings
from core.settings.model import Road as RoadSettings
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock
from core.testing.ledger import FaultyLedger
from tests.web_room import CATEGORIES, HELPLINES, NOON, TEXTS

TOKEN = "a token that nobody has"
PARK = 1_000_000_000_000_000_001
"""The server with a real desk."""
DESKS = {
    "centre": Desk(name="The Centre", standing=Standing.SPECIALIST),
    "school": Desk(name="The school", standing=Standing.LEAD, run_by_community=True, second_desk="centre"),
    "practice": Desk(name="Practice desk", standing=Standing.PRACTICE),
}


@dataclass(frozen=True, kw_only=True)
class Room:
    """The room while people may press, and what stands behind it."""

    env: simcord.Env
    platform: DiscordPlatform
    client: discord.Client
    road: Road
    ledger: FaultyLedger
    clock: FixedClock
    desk_key: SecretKey
    road_key: SecretKey
    screens: OpenScreens
    signals: MemorySignals

    async def rows(self, table: sa.Table) -> list[Any]:
        return await self.ledger.read(lambda conn: list(conn.execute(sa.select(table))))

    async def reports(self) -> list[Any]:
        return await self.rows(reports)

    async def items(self) -> list[Any]:
        return await self.rows(outbox)

    async def open_screens(self) -> list[Any]:
        return await self.rows(open_screens)

    async def opened(self) -> list[tuple[PartHeader, bytes]]:
        """Every part that the desk can open, opened."""
        sealed = [row.sealed for row in await self.rows(parts) if row.kind != "identity"]
        return [open_part(each, [self.desk_key]) for each in sealed]

    async def emptied(self) -> int:
        """Empty whatever is due now."""
        emptier = Emptier(self.screens, {"discord": self.platform}, self.signals, self.clock)
        return await emptier.run_once()

    async def mark(self, **times: datetime) -> None:
        """What the desk would tell: `delivered_at`, `read_at`."""
        change = sa.update(reports).values(**times)
        await self.ledger.transact(lambda conn: conn.execute(change).rowcount)


def settings_for(communities: dict[str, Community]) -> Settings:
    return Settings(desks=DESKS, communities=communities, road=RoadSettings(run_by="Park Youth Trust"))


async def never(_client: discord.Client, _token: str) -> None:
    """No connection of its own: the simulated Discord brings the presses."""
    await asyncio.Event().wait()


@asynccontextmanager
async def room(
    data: Path, *, desk: str = "centre", limits: Limits | None = None, server: int = PARK
) -> AsyncIterator[Room]:
    """Serve the room in a simulated Discord, until the block ends."""
    clock = FixedClock(NOON)
    community = Community(name="Skate park", platform="discord", desk=desk, country="GB")
    settings = settings_for({str(server): community})
    inner = SqliteLedger(data / "road.db", ROAD, clock)
    await inner.open()
    ledger = FaultyLedger(inner)
    signals = MemorySignals(clock)
    desk_key, road_key = new_key(), new_key()
    routes = Routes(settings.desks)
    road = Road(
        ledger=ledger,
        dialogue=Dialogue(HELPLINES, CATEGORIES),
        routing=Routing(
            candidates=routes.candidates,
            route=routes.route,
            is_urgent=lambda answers: answers.danger is YesNo.YES,
        ),
        seals=Seals(
            desks={DeskName(name): (desk_key.public,) for name in settings.desks},
            road=road_key.public,
            tag=lambda reference: reference,
        ),
        signals=signals,
        clock=clock,
        new_key=new_draft_key,
        limits=limits,
    )
    screens = OpenScreens(ledger, DraftKey(bytes(16)), clock)
    given = Neighbours(
        road=road,
        places=Communities(settings),
        texts=TEXTS,
        signals=signals,
        clock=clock,
        screens=screens,
        hash_key=bytes(32),
    )
    platform = create(given, DiscordSettings(token=TOKEN), connect=never)
    try:
        async with road:
            await platform.start()
            client = platform.new_client()
            try:
                async with simcord.run(client) as env:
                    yield Room(
                        env=env,
                        platform=platform,
                        client=client,
                        road=road,
                        ledger=ledger,
                        clock=clock,
                        desk_key=desk_key,
                        road_key=road_key,
                        screens=screens,
                        signals=signals,
                    )
            finally:
                ledger.release()
                await platform.stop()
    finally:
        await inner.close()
