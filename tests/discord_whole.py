"""The product as the front door builds it, with Discord on one side and a desk on the other.

Real road, room, sealing, screens and notifier; discord.py with nothing cut off. Each of the three can fail.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import discord
import pytest
import sqlalchemy as sa
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle, GuildHandle
from simcord.results import InteractionResult

from bots.discord.adapter import DiscordPlatform
from core.delivery.screens import STANDS, Emptier
from core.evidence.parts import PartHeader
from core.evidence.sealing import SecretKey, new_key, open_part
from core.ids import DeskName
from core.ledger.road import open_screens, outbox, parts, reports
from core.ledger.schema import ROAD
from core.reports.model import Standing
from core.settings.model import Community, Desk, Settings, Storage
from core.testing.clock import FixedClock
from core.testing.ledger import FaultyLedger
from desk.model import Scope
from lifebelt import House, Part
from tests.behind import Behind, behind
from tests.discord_child import Child
from tests.discord_server import DiscordFault, Server, addressed, discord_server
from tests.everything_down import A_WHILE, PATIENCE, SENTENCES, UNHURRIED, Claim
from tests.faults import DeskFault, LedgerFault, mend, put_upon
from tests.ledgers import opened
from tests.web_room import NOON

PARK = 1_000_000_000_000_000_001
NAME = "Skate park"
TOKEN = "a token that nobody has"
CENTRE = Scope(desk=DeskName("centre"), standing=Standing.SPECIALIST)


class Came:
    """The presses that reached the room."""

    def __init__(self) -> None:
        self._met: dict[str, asyncio.Event] = {}

    def watch(self, platform: DiscordPlatform) -> DiscordPlatform:
        is_new = platform._presses.is_new

        def noted(interaction: discord.Interaction[Any]) -> bool:
            self._event(str(interaction.id)).set()
            return is_new(interaction)

        platform._presses.is_new = noted  # type: ignore[method-assign]
        return platform

    async def met(self, interaction: str) -> None:
        await self._event(interaction).wait()

    def _event(self, interaction: str) -> asyncio.Event:
        return self._met.setdefault(interaction, asyncio.Event())


class Home(House):
    """The front door's own house; here it may make keys for desks that are real."""

    @property
    def makes_keys(self) -> bool:
        return True


@dataclass(kw_only=True)
class Whole:
    """All of it, and one server with a channel. Nothing is delivered until somebody says so."""

    discord: Server
    house: House
    platform: DiscordPlatform
    came: "Came"
    behind: Behind
    ledger: FaultyLedger
    clock: FixedClock
    desk_key: SecretKey
    park: GuildHandle
    channel: ChannelHandle

    def member(self, name: str, **how: Any) -> MemberActor:
        return self.park.add_member(self.discord.env.create_user(name), **how)

    def child(self, name: str = "alice") -> Child:
        return self.child_of(self.member(name))

    def child_of(self, member: MemberActor, channel: ChannelHandle | None = None) -> Child:
        return Child(discord=self.discord, member=member, channel=channel or self.channel, over=self._over)

    async def _over(self, pressed: InteractionResult) -> None:
        """Until the room is done with this press, answered or not."""
        await self.came.met(str(pressed._interaction.id))
        await self.idle()

    async def noted(self, count: int) -> None:
        """Until so many screens are noted as pressed on just now."""
        due = self.clock.now() + STANDS
        async with asyncio.timeout(10):
            while sum(row.closes_at == due for row in await self.rows(open_screens)) < count:  # noqa: ASYNC110
                await asyncio.sleep(0)

    @staticmethod
    def pressing(press: Coroutine[Any, Any, Child]) -> asyncio.Task[Child]:
        """Somebody presses, and something else happens before that is answered."""
        return asyncio.ensure_future(press)

    async def idle(self) -> None:
        """Until every press that came is done with, what follows an answer too."""
        await self.platform._work.idle()

    async def a_moment(self) -> None:
        """As long as people take between two presses: what was written meanwhile is there, if it can be."""
        writing = self.house.road._writes._tasks
        if writing and self.ledger._free.is_set():
            await asyncio.wait(writing)

    async def rows(self, table: sa.Table) -> list[Any]:
        """A table of the road's, looked at past all faults."""
        return await self.ledger._inner.read(lambda conn: list(conn.execute(sa.select(table))))

    async def stored(self) -> int:
        return len(await self.rows(reports))

    async def items(self) -> int:
        return len(await self.rows(outbox))

    async def opened(self, key: SecretKey | None = None) -> list[tuple[PartHeader, bytes]]:
        """Every part on the road that this key opens; the desk's, if no other is given."""
        of_road = key is not None and key is not self.desk_key
        chosen = [row.sealed for row in await self.rows(parts) if (row.kind == "identity") == of_road]
        return [open_part(sealed, [key or self.desk_key]) for sealed in chosen]

    def later(self, time: timedelta) -> None:
        """So much time passes, here and in Discord."""
        self.clock.advance(time)
        self.discord.advance(time)

    async def emptied(self) -> int:
        """Empty whatever private screen is due."""
        house = self.house
        return await Emptier(house.screens, {"discord": self.platform}, self.clock).run_once()

    async def notified(self) -> int:
        """Tell whoever has to be told that there is news."""
        return await self.house.notifier({"discord": self.platform}).run_once()

    async def restarted(self, *, stopped: bool = False) -> None:
        """This process ends and another begins: what was in memory is gone, the ledger is there."""
        if not stopped:
            await self.platform.stop()
        await self.discord.until(lambda: not self.discord.connected)
        self.platform = self.came.watch(_platform(self.house))
        await self.platform.start()
        await self.discord.until(lambda: self.discord.connected)


def _platform(house: House) -> DiscordPlatform:
    platform = house.discord()
    assert isinstance(platform, DiscordPlatform)
    return platform


def _settings(folder: Path, key: SecretKey, desk: str, communities: dict[str, Community] | None) -> Settings:
    pinned = (str(key.public),)
    recovery = str(new_key().public)
    desks = {
        "centre": Desk(name="The Centre", standing=Standing.SPECIALIST, recipients=pinned, recovery=recovery),
        "practice": Desk(
            name="Practice desk", standing=Standing.PRACTICE, recipients=pinned, recovery=recovery
        ),
        "nobody": Desk(name="Nobody", standing=Standing.NONE),
    }
    park = Community(name=NAME, platform="discord", desk=desk, country="GB")
    return Settings(
        desks=desks,
        communities={str(PARK): park} if communities is None else communities,
        storage=Storage(data=str(folder / "data")),
    )


@asynccontextmanager
async def whole(
    folder: Path,
    *,
    desk: str = "centre",
    name: str = NAME,
    channel: str = "general",
    communities: dict[str, Community] | None = None,
    prepare: Callable[[Server], None] = lambda _server: None,
    **how: Any,
) -> AsyncIterator[Whole]:
    """All of it, connected; how: as `behind`."""
    clock, key = FixedClock(NOON), new_key()
    async with AsyncExitStack() as ending:
        server = await ending.enter_async_context(discord_server())
        server.now_is(NOON)
        park = server.env.create_guild(name, id=PARK)
        room = park.create_text_channel(channel)
        prepare(server)
        house = Home(
            settings=_settings(folder, key, desk, communities),
            parts=frozenset({Part.BOTS}),
            environ={"DISCORD_TOKEN": TOKEN},
            clock=clock,
        )
        inner = await opened(house.data / "road.sqlite", ROAD, clock)
        ending.push_async_callback(inner.close)
        ledger = FaultyLedger(inner)
        vars(house)["road_ledger"] = ledger
        back = await ending.enter_async_context(
            behind(folder, ledger, clock, key, scope=CENTRE, communities=[str(PARK)], **how)
        )
        ending.enter_context(addressed(server.url))
        await ending.enter_async_context(house.road)
        came = Came()
        found = Whole(
            discord=server,
            house=house,
            platform=came.watch(_platform(house)),
            came=came,
            behind=back,
            ledger=ledger,
            clock=clock,
            desk_key=key,
            park=park,
            channel=room,
        )
        await found.platform.start()
        ending.push_async_callback(_stopped, found)
        await server.until(lambda: server.connected and server.knows_commands)
        yield found


async def _stopped(found: Whole) -> None:
    found.ledger.fail_with(None)
    found.ledger.lose_after_commit(losing=False)
    found.ledger.release()
    await found.platform.stop()


# Everything down or slow, in each combination.

TRIED = [fault for fault in DiscordFault if fault is not DiscordFault.TOO_LATE]
"""What Discord may do with a request that another try mends."""
each_of_discord = pytest.mark.parametrize("fault", TRIED)


@contextmanager
def failing(
    somewhere: Whole, ledger: LedgerFault, desk: DeskFault, fault: DiscordFault, *, always: bool = False
) -> Iterator[None]:
    """In this block this combination stands, and nobody waits longer than needed for what never comes."""
    road, door = somewhere.house.road, somewhere.behind.door
    put_upon(somewhere.ledger, ledger)
    somewhere.discord.fail(fault, always=always)
    door.fault = desk
    road._limits = PATIENCE.get(ledger, UNHURRIED)
    try:
        with unhurried():
            yield
    finally:
        mend(somewhere.ledger)
        somewhere.discord.fail(DiscordFault.FINE)
        door.mend()
        road._limits = UNHURRIED


@contextmanager
def unhurried() -> Iterator[None]:
    """Requests are made again without the pauses between; how long those are is another test's."""

    async def at_once(_seconds: float) -> None:
        await asyncio.sleep(0)

    without = SimpleNamespace(**vars(asyncio))
    without.sleep = at_once
    with (
        mock.patch("bots.discord.answering._AGAIN_AFTER_S", (0.0, 0.0, 0.0)),
        mock.patch("discord.webhook.async_.asyncio", without),
        mock.patch("discord.http.asyncio", without),
    ):
        yield


def claims(child: Child) -> set[Claim]:
    """Everything that the screen claims, by the sentences on it."""
    return {claim for claim, keys in SENTENCES.items() if any(map(child.says, keys))}


async def all_delivered(somewhere: Whole, count: int) -> None:
    """Wait until the worker has brought so many reports to the desk; what was held falls due."""
    somewhere.clock.advance(A_WHILE)
    async with asyncio.timeout(20):
        while len(await somewhere.behind.reports()) < count:
            await somewhere.behind.wake()
            await asyncio.sleep(0)
