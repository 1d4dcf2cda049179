"""Several processes of one app on Discord, as the front door builds each, over one ledger that they share.

Discord is strict about who identifies when. Leases last a quarter of what they do in the product.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import discord
import sqlalchemy as sa
from simcord.builders import ChannelHandle, GuildHandle

from bots.discord.adapter import DiscordPlatform
from bots.discord.sharding import PROCESSES
from core.clock import SystemClock
from core.errors import LedgerUnavailable
from core.evidence.sealing import new_key
from core.ledger.road import leases
from core.ledger.schema import ROAD
from core.testing.ledger import FaultyLedger, MemoryLedger
from lifebelt import House, Part
from tests.chat_whole import Home, settings_of
from tests.discord_child import Child
from tests.discord_server import Server, addressed, discord_server
from tests.web_room import CATEGORIES, HELPLINES, TEXTS

LASTS = timedelta(seconds=3)
APART_S = 1.0
GUILDS = tuple((shard + 8 * 4 << 22) + 1 for shard in range(8))
"""One server for each of eight shards."""


@dataclass
class Process:
    """One process: its own way to the ledger, and its room."""

    house: House
    ledger: FaultyLedger
    platform: DiscordPlatform
    lives: bool = True

    async def kill(self) -> None:
        """As by SIGKILL: nothing is given back or said, and every line breaks."""
        self.lives = False
        self.ledger.fail_with(LedgerUnavailable("dead"))
        work = self.platform._work
        for task in tuple(work._begun):
            task.cancel()
        await asyncio.wait(tuple(work._begun))

    async def stop(self) -> None:
        self.lives = False
        await self.platform.stop()


@dataclass
class Several:
    """Discord, the shared ledger, and whoever runs."""

    discord: Server
    inner: MemoryLedger
    folder: Path
    ending: AsyncExitStack
    parks: list[GuildHandle]
    channels: list[ChannelHandle]
    answered: list[tuple[str, str]] = field(default_factory=list)
    """Which process began to answer which interaction."""
    processes: list[Process] = field(default_factory=list)
    key: Any = field(default_factory=new_key)

    async def start(self) -> Process:
        settings = settings_of(
            self.folder,
            self.key,
            platform="discord",
            community=str(GUILDS[0]),
            desk="centre",
            communities=None,
        )
        house = Home(
            settings=settings,
            parts=frozenset({Part.BOTS}),
            environ={"DISCORD_TOKEN": "a token that nobody has"},
        )
        ledger = FaultyLedger(self.inner)
        vars(house).update(texts=TEXTS, helplines=HELPLINES, categories=CATEGORIES)
        vars(house).update(road_ledger=ledger, is_alone=lambda _name="road": False)
        await self.ending.enter_async_context(house.road)
        platform = house.discord()
        assert isinstance(platform, DiscordPlatform)
        self._watch(platform, f"p{len(self.processes)}")
        await platform.start()
        process = Process(house, ledger, platform)
        self.processes.append(process)
        return process

    def _watch(self, platform: DiscordPlatform, name: str) -> None:
        helped, pressed, report = (
            platform._presses.helped,
            platform._presses.pressed,
            platform._presses.report,
        )

        def noted(work: Any) -> Any:
            async def working(interaction: discord.Interaction[Any]) -> None:
                self.answered.append((name, str(interaction.id)))
                await work(interaction)

            return working

        platform._presses.helped = noted(helped)  # type: ignore[method-assign]
        platform._presses.pressed = noted(pressed)  # type: ignore[method-assign]
        platform._presses.report = noted(report)  # type: ignore[method-assign]

    def child(self, shard: int = 0, name: str = "alice") -> Child:
        member = self.parks[shard].add_member(
            self.discord.env.create_user(f"{name} {len(self.answered)} {shard}")
        )
        return Child(discord=self.discord, member=member, channel=self.channels[shard])

    async def served(self, *shards: int, ready: int = 1) -> None:
        """Until each of these shards is connected, and so many processes say that presses come in."""
        await self.discord.until(
            lambda: self.discord.knows_commands and all(self.discord.serving(each) for each in shards)
        )
        async with asyncio.timeout(30):
            while sum(each.platform.ready for each in self.processes if each.lives) < ready:  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.02)

    async def seated(self, processes: int) -> None:
        """Until so many say that they are there."""
        async with asyncio.timeout(30):
            while True:
                if await self.inner.read(_seats) >= processes:
                    return
                await asyncio.sleep(0.02)


def _seats(conn: sa.Connection) -> int:
    named = leases.c.name.startswith(PROCESSES)
    return conn.scalar(sa.select(sa.func.count()).where(named, leases.c.holder != "")) or 0


@contextmanager
def _quicker() -> Iterator[None]:
    with (
        mock.patch("bots.discord.shards.LASTS", LASTS),
        mock.patch("bots.discord.shards.LOOK_S", 0.25),
        mock.patch("bots.discord.identifying.APART", timedelta(seconds=APART_S * 1.2)),
        mock.patch("bots.discord.identifying.AT_ONCE_S", APART_S * 0.15),
        mock.patch("bots.discord.identifying.LOOK_S", 0.05),
        mock.patch("discord.state.ConnectionState.guild_ready_timeout", 0.1, create=True),
    ):
        yield


@asynccontextmanager
async def several(folder: Path, *, shards: int = 1) -> AsyncIterator[Several]:
    """Nobody runs yet."""
    async with AsyncExitStack() as ending:
        server = await ending.enter_async_context(discord_server())
        server.now_is(SystemClock().now())
        server.shards, server.apart_s = shards, APART_S
        guilds = [server.env.create_guild(f"Park {each}", id=GUILDS[each]) for each in range(shards)]
        channels = [guild.create_text_channel("general") for guild in guilds]
        inner = MemoryLedger(ROAD, SystemClock())
        await inner.open()
        ending.push_async_callback(inner.close)
        ending.enter_context(addressed(server.url))
        ending.enter_context(_quicker())
        found = Several(server, inner, folder, ending, guilds, channels)
        try:
            yield found
        finally:
            living = [process for process in found.processes if process.lives]
            await asyncio.gather(*(process.stop() for process in living))
            for process in found.processes:
                if process not in living and process.platform._client is not None:
                    await process.platform._client.close()
