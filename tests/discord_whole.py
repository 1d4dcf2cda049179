"""The product as the front door builds it, with Discord on one side and a desk on the other.

discord.py with nothing cut off.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar
from unittest import mock

import discord
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle, GuildHandle
from simcord.results import InteractionResult

from bots.discord.adapter import DiscordPlatform
from core.evidence.sealing import new_key
from core.ledger.schema import ROAD
from core.settings.model import Community
from core.testing.clock import FixedClock
from core.testing.ledger import FaultyLedger
from lifebelt import House
from tests.behind import behind
from tests.chat_whole import CENTRE, NAME, RANDOM, ChatWhole, home, settings_of, stopped
from tests.discord_child import Child
from tests.discord_server import DiscordFault, Server, addressed, discord_server, traces
from tests.ledgers import opened
from tests.web_room import NOON

PARK = 1_000_000_000_000_000_001
TOKEN = "a token that nobody has"
TRIED = [fault for fault in DiscordFault if fault is not DiscordFault.TOO_LATE]
"""What Discord may do with a request that another try mends."""
WAYS: Mapping[str, Callable[[Any, Any, Any], Any]] = {
    "command": lambda child, _message, _person: child.report(),
    "message": lambda child, message, _person: child.report_message(message),
    "person": lambda child, _message, person: child.report_person(person),
}
"""In which ways a report is begun."""
UNKNOWN = ("lb1", "lb1qxx", "someone else's button", "lb9fbs" + "A" * 28)
"""What a screen may say of itself that nobody here knows."""


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


@dataclass(kw_only=True)
class Whole(ChatWhole):
    """All of it, and one server with a channel."""

    NAMED = "discord"
    WITHOUT: ClassVar[re.Pattern[str]] = re.compile(
        rf"{RANDOM}|\d{{17,20}}|simcord_interaction_\d+|<t:\d+:\w>"
    )
    discord: Server
    platform: DiscordPlatform
    came: Came
    park: GuildHandle
    channel: ChannelHandle

    @property
    def community(self) -> str:
        return str(PARK)

    def member(self, name: str, **how: Any) -> MemberActor:
        return self.park.add_member(self.discord.env.create_user(name), **how)

    def named(self, username: str, shown: str, nick: str) -> MemberActor:
        user = self.discord.env.create_user(username, global_name=shown)
        return self.park.add_member(user, nick=nick)

    def id_of(self, person: MemberActor) -> str:
        return str(person.id)

    def child_of(self, member: MemberActor, channel: ChannelHandle | None = None) -> Child:
        return Child(discord=self.discord, member=member, channel=channel or self.channel, over=self._over)

    def child(self, name: str = "alice") -> Child:
        return self.child_of(self.member(name))

    async def _over(self, pressed: InteractionResult) -> None:
        """Until the room is done with this press, answered or not."""
        await self.came.met(str(pressed._interaction.id))
        await self.idle()

    async def says(self, person: MemberActor, text: str, *, file: str | None = None) -> Any:
        return await person.send(self.channel, text, attachments=[] if file is None else [(file, b"x")])

    async def edits(self, person: MemberActor, message: Any, text: str) -> None:
        await person.edit(message, text)

    async def deletes(self, person: MemberActor, message: Any) -> None:
        await person.delete(message)

    def read_by(self, person: MemberActor) -> list[str]:
        return [message.content for message in self.channel.history(viewer=person)]

    def traces(self) -> list[str]:
        return traces(self.discord)

    def direct_messages(self) -> list[str]:
        backend = self.discord.backend
        found = [
            message
            for channel in backend.dm_channels.values()
            for message in backend.messages.get(channel, {}).values()
        ]
        assert not any(message.embeds or message.components or message.attachments for message in found)
        return [message.content for message in found]

    def take_no_direct_messages(self) -> None:
        self.discord.env.inject_error(
            "POST", "/channels/*/messages", status=403, code=50007, message="Cannot send", times=None
        )

    def private_screens(self) -> int:
        messages = self.discord.backend.messages[self.channel.id].values()
        return sum(message.is_ephemeral for message in messages)

    def moment(self) -> int:
        return len(self.discord.requests)

    def said(self, since: int | None = None) -> list[tuple[str, Any]]:
        return [(f"{one.method} {one.path}", one.json) for one in self.discord.requests[since or 0 :]]

    def replies(self, since: int | None = None) -> list[tuple[str, Any]]:
        return [(asked, body) for asked, body in self.said(since) if " /interactions/" in asked]

    def asked_elsewhere(self) -> list[str]:
        return self.discord.elsewhere

    def addresses(self) -> list[str]:
        return [f"{self.discord.url}api/v10/", "/gateway"]

    async def until(self, what: Callable[[], bool]) -> None:
        await self.discord.until(what)

    def later(self, time: timedelta) -> None:
        self.clock.advance(time)
        self.discord.advance(time)

    async def restarted(self, *, stopped: bool = False) -> None:
        if not stopped:
            await self.platform.stop()
        await self.discord.until(lambda: not self.discord.connected)
        self.platform = self.came.watch(_platform(self.house))
        await self.platform.start()
        await self.discord.until(lambda: self.discord.connected)

    def chat_fails(self, fault: DiscordFault, *, always: bool = False) -> None:
        self.discord.fail(fault, always=always)

    @contextmanager
    def unhurried(self, *, always: bool = False) -> Iterator[None]:
        """Requests are made again without the pauses between; how long those are is another test's."""
        del always  # what fails at each try is given up soon enough

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


@contextmanager
def _patient() -> Iterator[None]:
    """In this block the room waits for what does come; how long it may wait is another test's."""
    with (
        mock.patch("bots.discord.answering.TRY_S", 30.0),
        mock.patch("bots.discord.answering.WITHIN_S", 30.0),
        mock.patch("bots.discord.looking.MEMBER_S", 30.0),
        mock.patch("core.chat.memory.TURN_S", 30.0),
    ):
        yield


def _platform(house: House) -> DiscordPlatform:
    platform = house.discord()
    assert isinstance(platform, DiscordPlatform)
    return platform


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
        settings = settings_of(
            folder, key, platform="discord", community=str(PARK), desk=desk, communities=communities
        )
        house = home(settings, {"DISCORD_TOKEN": TOKEN}, clock)
        inner = await opened(house.data / "road.sqlite", ROAD, clock)
        ending.push_async_callback(inner.close)
        ledger = FaultyLedger(inner)
        vars(house)["road_ledger"] = ledger
        back = await ending.enter_async_context(
            behind(folder, ledger, clock, key, scope=CENTRE, communities=[str(PARK)], **how)
        )
        ending.enter_context(addressed(server.url))
        ending.enter_context(_patient())
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
        ending.push_async_callback(stopped, found)
        await server.until(lambda: server.connected and server.knows_commands)
        yield found
