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
from bots.discord.following import Follower
from bots.discord.inbound import account_of
from bots.discord.looking import Looking
from bots.discord.outbound import Renderer
from bots.discord.presses import Interaction, Places, Presses
from bots.discord.settings import PLATFORM, DiscordSettings
from core.clock import Clock
from core.delivery.screens import OpenScreens
from core.dialogue.model import Say
from core.dialogue.texts import SOURCE_LANGUAGE, Texts
from core.ids import CommunityId
from core.reports.lookups import LookUps
from core.reports.road import Road
from core.signals.port import Signals

log = structlog.get_logger()

LAST_S: Final = 2.0
ENDING_S: Final = 6.0
"""How long presses that were begun may take to end when we stop."""
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
        self._tasks = asyncio.TaskGroup()
        self._begun: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._busy = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._doors = Doors(lambda: self._client)
        renderer = Renderer(given.texts)
        self._follower = Follower(
            road=given.road,
            renderer=renderer,
            doors=self._doors,
            signals=given.signals,
            clock=given.clock,
            unread_after=settings.unread_after,
        )
        self._presses = Presses(
            road=given.road,
            places=given.places,
            texts=given.texts,
            renderer=renderer,
            screens=given.screens,
            doors=self._doors,
            follower=self._follower,
            looking=Looking(lambda: self._client),
            look_ups=LookUps(given.signals, given.hash_key),
            clock=given.clock,
            begin=self._begin,
            unread_after=settings.unread_after,
        )

    @property
    def ready(self) -> bool:
        """Whether Discord's gateway brings presses here now."""
        return self._client is not None and self._client.is_ready() and not self._client.is_closed()

    def new_client(self) -> Client:
        """A client that is not connected yet; from now on it is the one that people are reached through."""
        self._client = Client(self._presses, self._texts, self.handled, self._begin)
        return self._client

    async def start(self) -> None:
        """Begin to connect, and return at once."""
        await self._tasks.__aenter__()
        self._begin(self._stay_connected())

    async def stop(self) -> None:
        """Answer what was begun, then leave. Screens that stand open are emptied by whoever comes next."""
        self._stopping.set()
        try:
            async with asyncio.timeout(ENDING_S):
                await self._idle.wait()
        except TimeoutError:
            log.warning("presses_unanswered", count=self._busy)
        self._follower.end()
        if self._client is not None:
            await _left(self._client)
        await self._end_tasks()
        await self._tasks.__aexit__(None, None, None)

    async def _end_tasks(self) -> None:
        """What is short ends by itself; what waits for a better moment does not keep us."""
        if self._begun:
            await asyncio.wait(self._begun, timeout=LAST_S)
        for task in tuple(self._begun):
            task.cancel()

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
        self._busy += 1
        self._idle.clear()
        try:
            await work(interaction)
        except Exception as error:  # noqa: BLE001 - the edge: a text of a person must not reach a log
            log.error("press_failed", error=type(error).__name__)  # noqa: TRY400 - the same
            await self._help(interaction)
        finally:
            self._busy -= 1
            if not self._busy:
                self._idle.set()

    async def _help(self, interaction: Interaction) -> None:
        try:
            await self._presses.helped(interaction)
        except Exception as error:  # noqa: BLE001 - there is nothing left that could be shown
            log.error("help_failed", error=type(error).__name__)  # noqa: TRY400 - as above

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._tasks.create_task(_to_its_end(work))
        task.add_done_callback(lambda _done: work.close())  # also what was cancelled before it began
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)
        return task

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


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """No task of this room takes the others with it."""
    try:
        await work
    except Exception as error:  # noqa: BLE001 - the edge of a task, whose error may quote what somebody wrote
        log.error("discord_task_failed", error=type(error).__name__)  # noqa: TRY400 - the same
