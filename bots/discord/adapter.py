"""The life of the Discord room: connects, stays connected, and ends when every press it took is answered.

The front door starts it before the ledger is open; nothing here waits for anything but Discord.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

import discord
import structlog

from bots.discord.answering import Door, Doors
from bots.discord.client import Client, Work
from bots.discord.following import changer
from bots.discord.inbound import account_of
from bots.discord.looking import Looking
from bots.discord.outbound import Renderer
from bots.discord.presses import Interaction, Presses
from bots.discord.settings import PLATFORM, DiscordSettings
from core.chat.claims import Claims
from core.chat.following import Follower
from core.chat.talk import Places, Talk
from core.chat.work import Work as Working
from core.clock import Clock
from core.delivery.screens import OpenScreens
from core.dialogue.model import Say
from core.dialogue.texts import SOURCE_LANGUAGE, Texts
from core.ids import CommunityId
from core.reports.lookups import LookUps
from core.reports.road import Road
from core.signals.port import Signals

log = structlog.get_logger()

_AGAIN_AFTER_S: Final = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0)
_REFUSED_AFTER_S: Final = 600.0
"""A token that Discord refuses is tried seldom: it counts such tries against the whole host."""

Connect = Callable[[discord.Client, str], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """What the room is given to work with."""

    road: Road
    places: Places
    texts: Texts
    signals: Signals
    clock: Clock
    screens: OpenScreens
    hash_key: bytes
    """32 random bytes; accounts that look for references are counted under a hash with this key only."""
    claims: Claims | None = None
    """With the other processes that may be told of the same presses; None: there are none."""


async def _connect(client: discord.Client, token: str) -> None:
    await client.start(token)


class DiscordPlatform:
    """`core.platform.Platform` on Discord."""

    name = PLATFORM

    def __init__(self, given: Neighbours, settings: DiscordSettings, connect: Connect = _connect) -> None:
        self._texts = given.texts
        self._settings = settings
        self._connect = connect
        self._client: Client | None = None
        self._work = Working(PLATFORM)
        self._stopping = asyncio.Event()
        self._doors = Doors(lambda: self._client)
        renderer = Renderer(given.texts)
        self._follower: Follower[Door] = Follower(
            road=given.road,
            change=changer(renderer, self._doors),
            signals=given.signals,
            clock=given.clock,
            unread_after=settings.unread_after,
        )
        talk = Talk(
            road=given.road,
            platform=PLATFORM,
            look_ups=LookUps(given.signals, given.hash_key),
            clock=given.clock,
            begin=self._work.begin,
            unread_after=settings.unread_after,
            claims=given.claims,
        )
        self._presses = Presses(
            talk=talk,
            road=given.road,
            places=given.places,
            texts=given.texts,
            renderer=renderer,
            screens=given.screens,
            doors=self._doors,
            follower=self._follower,
            looking=Looking(lambda: self._client),
            clock=given.clock,
            begin=self._work.begin,
        )

    @property
    def ready(self) -> bool:
        """Whether Discord's gateway brings presses here now."""
        return self._client is not None and self._client.is_ready() and not self._client.is_closed()

    def new_client(self) -> Client:
        """A client that is not connected yet; from now on it is the one that people are reached through."""
        self._client = Client(self._presses, self._texts, self.handled, self._work.begin)
        return self._client

    async def start(self) -> None:
        """Begin to connect, and return at once."""
        await self._work.open()
        self._work.begin(self._stay_connected())

    async def stop(self) -> None:
        """Answer what was begun, then leave. Screens that stand open are emptied by whoever comes next."""
        self._stopping.set()
        await self._work.answered()
        self._follower.end()
        if self._client is not None:
            await _left(self._client)
        await self._work.close()

    async def reach(self, community: CommunityId, way_back: bytes, message_key: str) -> bool:  # noqa: ARG002
        """A direct message with that one sentence, to somebody who asked for it; false if none is taken."""
        account = account_of(way_back)
        if account is None or self._client is None:
            return False
        try:
            channel = await self._client.create_dm(discord.Object(account))
            await channel.send(self._texts.say(Say(message_key), SOURCE_LANGUAGE))
        except (discord.Forbidden, discord.NotFound):
            return False
        return True

    async def empty(self, handle: bytes) -> bool:
        """Take a private screen away."""
        return await self._doors.close(Door.unpack(handle))

    async def handled(self, interaction: Interaction, work: Work) -> None:
        """Do the work of a press, once; whatever it meets, the answer is at least the danger exit."""
        if not self._presses.is_new(interaction):
            return
        interaction.extras["came"] = asyncio.get_running_loop().time()
        await self._work.handle(self._claimed(interaction, work), lambda: self._presses.helped(interaction))

    async def _claimed(self, interaction: Interaction, work: Work) -> None:
        """Unless another process does; until it is answered this one does not stop."""
        if not await self._presses.is_ours(interaction):
            return
        try:
            await work(interaction)
        finally:
            self._presses.answered(interaction)

    async def _stay_connected(self) -> None:
        """A client, and another one when that is done for, until somebody stops us."""
        tries = 0
        while not self._stopping.is_set():
            client = self.new_client()
            pause = await self._connected(client)
            tries = 0 if client.was_ready else tries + 1
            await self._pause(pause or _AGAIN_AFTER_S[min(tries, len(_AGAIN_AFTER_S) - 1)])

    async def _connected(self, client: Client) -> float | None:
        """Until it ends; how long to wait before the next, if that is known."""
        try:
            await self._connect(client, self._settings.token)
        except discord.LoginFailure:
            log.error("discord_refuses_the_token")  # noqa: TRY400 - the token stands in no log
            return _REFUSED_AFTER_S
        except Exception as error:  # noqa: BLE001 - whatever ended it, another one is begun
            log.warning("discord_lost", error=type(error).__name__)
        finally:
            await _left(client)
        return None

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return


def create(given: Neighbours, settings: DiscordSettings, connect: Connect = _connect) -> DiscordPlatform:
    """The platform, not yet started. `connect` runs a client until it ends; tests bring their own."""
    return DiscordPlatform(given, settings, connect)


async def _left(client: Client) -> None:
    """Closed, as far as it can be: nothing that comes after has to know of a line that broke once more."""
    try:
        await client.close()
    except Exception as error:  # noqa: BLE001 - the same
        log.warning("discord_not_left", error=type(error).__name__)
