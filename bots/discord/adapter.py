"""The life of the Discord room: connects, stays connected, and ends when every press it took is answered.

The front door starts it before the ledger is open; nothing here waits for anything but Discord.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import discord
import structlog

from bots.discord.answering import Door, Doors
from bots.discord.client import Client, GroupClient, Handled, Leaving, Work
from bots.discord.following import changer
from bots.discord.identifying import Alone, Budget, Leased, Slots
from bots.discord.inbound import account_of
from bots.discord.looking import Looking
from bots.discord.outbound import Renderer
from bots.discord.presses import Interaction, Presses
from bots.discord.settings import PLATFORM, DiscordSettings
from bots.discord.sharding import Advice, Plan
from bots.discord.shards import ENDING_S, Shards
from core.chat.claims import Claims
from core.chat.following import Follower
from core.chat.talk import Places, Talk
from core.chat.work import Work as Working
from core.clock import Clock
from core.delivery.screens import OpenScreens
from core.dialogue.model import Say
from core.dialogue.texts import SOURCE_LANGUAGE, Texts
from core.ids import CommunityId
from core.ledger.leases import Leases
from core.reports.lookups import LookUps
from core.reports.road import Road
from core.signals.port import Signals

log = structlog.get_logger()

_AGAIN_AFTER_S: Final = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0)
_REFUSED_AFTER_S: Final = 600.0
"""A token that Discord refuses is tried seldom: it counts such tries against the whole host."""

_TOO_LARGE: Final = 4011
"""Discord lets nobody receive so many servers' events in one piece."""

Connect = Callable[[discord.Client, str], Coroutine[Any, Any, None]]
Meet = Callable[[discord.Client, str], Coroutine[Any, Any, Advice]]
NextClient = Callable[[], Awaitable[Client]]


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
    leases: Leases | None = None
    """With the other processes that this one shares Discord's shards with; None: it has all of them."""
    jitter: Callable[[], float] = float
    """Draws evenly from [0, 1)."""


async def _connect(client: discord.Client, token: str) -> None:
    await client.start(token)


async def _meet(client: discord.Client, token: str) -> Advice:
    await client.login(token)
    return await _advised(client)


async def _advised(client: discord.Client) -> Advice:
    shards, _, limit = await client.http.get_bot_gateway()
    return Advice.of(shards, limit)


class DiscordPlatform:
    """`core.platform.Platform` on Discord."""

    name = PLATFORM

    def __init__(
        self,
        given: Neighbours,
        settings: DiscordSettings,
        connect: Connect = _connect,
        meet: Meet = _meet,
    ) -> None:
        self._given = given
        self._texts = given.texts
        self._settings = settings
        self._connect = connect
        self._meet = meet
        self._client: Client | None = None
        self._slots: Slots | None = None
        self._shards: Shards | None = None
        self._sharing: asyncio.Task[None] | None = None
        self._too_large = False
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
        if self._given.leases is not None:
            return self._shards is not None and self._shards.ready
        return _is_ready(self._client)

    def new_client(self) -> Client:
        """A client that is not connected yet; from now on it is the one that people are reached through."""
        self._client = Client(self._presses, self._texts, self.handled, self._work.begin)
        return self._client

    async def start(self) -> None:
        """Begin to connect, and return at once."""
        await self._work.open()
        if self._given.leases is None:
            self._work.begin(self._stay_connected(self._client_of_all))
        else:
            self._sharing = self._work.begin(self._share(self._given.leases))

    async def stop(self) -> None:
        """Answer what was begun, then leave. Screens that stand open are emptied by whoever comes next.

        Where other processes are there, one of them is connected by then.
        """
        self._stopping.set()
        await self._hand_over()
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

    async def _stay_connected(self, next_client: NextClient) -> None:
        """A client, and another one when that is done for, until somebody stops us."""
        tries = 0
        while not self._stopping.is_set():
            pause, was_ready = await self._one_life(next_client)
            tries = 0 if was_ready else tries + 1
            await self._pause(pause or _AGAIN_AFTER_S[min(tries, len(_AGAIN_AFTER_S) - 1)])

    async def _one_life(self, next_client: NextClient) -> tuple[float | None, bool]:
        """Until it ends; how long to wait before the next, if that is known, and whether it was connected."""
        client: Client | None = None
        pause: float | None = None
        try:
            client = await next_client()
            await self._connect(client, self._settings.token)
        except Exception as error:  # noqa: BLE001 - whatever ended it, another one is begun
            pause = self._pause_after(error)
        finally:
            if client is not None:
                await _left(client)
        return pause, client is not None and client.was_ready

    def _pause_after(self, error: Exception) -> float | None:
        if isinstance(error, discord.LoginFailure):
            log.error("discord_refuses_the_token")  # the token stands in no log
            return _REFUSED_AFTER_S
        self._too_large |= isinstance(error, discord.ConnectionClosed) and error.code == _TOO_LARGE
        log.warning("discord_lost", error=type(error).__name__)
        return None

    # Where this process has all shards.

    async def _client_of_all(self) -> Client:
        """One client: in one piece as long as Discord lets us, else for all shards."""
        if self._settings.shards <= 1 and not self._too_large:
            return self.new_client()
        asking = self.new_client()
        asking.tells_commands = False
        try:
            advice = await self._meet(asking, self._settings.token)
        finally:
            await _left(asking)
        count = self._settings.shards or advice.shards
        self._slots = self._slots or Alone(advice.at_once, Budget(self._advised, self._given.clock, advice))
        self._client = self._group_client(tuple(range(count)), count, self.handled)
        return self._client

    def _group_client(self, shards: tuple[int, ...], count: int, handled: Handled) -> GroupClient:
        assert self._slots is not None  # noqa: S101 - made before anything that identifies
        begin, slots = self._work.begin, self._slots
        return GroupClient(
            self._presses, self._texts, handled, begin, shards=shards, count=count, slots=slots
        )

    async def _advised(self) -> Advice:
        if self._client is None:
            raise ConnectionError("no client")
        return await _advised(self._client)

    # Where several processes share them.

    async def _share(self, leases: Leases) -> None:
        """Take a share of the shards, until somebody stops us. People are reached by a client of its own."""
        advice = await self._introduced()
        if advice is None:
            return
        plan = Plan(self._settings.shards or advice.shards, self._settings.group)
        clock, jitter = self._given.clock, self._given.jitter
        budget = Budget(self._advised, clock, advice)
        alone = Alone(advice.at_once, budget)
        self._slots = Leased(leases, advice.at_once, budget, jitter, alone)
        new_link = partial(GroupLink, self._stay_connected, partial(self._new_group_client, plan.shards))
        self._shards = Shards(leases, plan, new_link, clock, jitter)
        if not self._stopping.is_set():
            await self._shards.run()

    async def _introduced(self) -> Advice | None:
        """What Discord says of connecting, as soon as it knows us; None where somebody stopped us before."""
        for pause in itertools.chain(_AGAIN_AFTER_S, itertools.repeat(_AGAIN_AFTER_S[-1])):
            client = self.new_client()
            try:
                return await self._meet(client, self._settings.token)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is tried again
                wait = self._pause_after(error)
            await _left(client)
            await self._pause(wait or pause)
            if self._stopping.is_set():
                break
        return None

    def _new_group_client(self, count: int, shards: tuple[int, ...], leaving: Leaving) -> GroupClient:
        client = self._group_client(shards, count, leaving.counted(self.handled))
        client.tells_commands = False
        return client

    async def _hand_over(self) -> None:
        if self._shards is None or self._sharing is None:
            return
        self._shards.stop()
        await asyncio.wait({self._sharing}, timeout=self._shards.patience_s + ENDING_S)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return


class GroupLink:
    """`bots.discord.shards.Link`: the client of one group, and another one whenever that is done for."""

    def __init__(
        self,
        stay: Callable[[NextClient], Awaitable[None]],
        new_client: Callable[[tuple[int, ...], Leaving], GroupClient],
        shards: tuple[int, ...],
    ) -> None:
        self._stay = stay
        self._new_client = new_client
        self._shards = shards
        self._client: GroupClient | None = None
        self._leaving = Leaving()

    @property
    def ready(self) -> bool:
        return _is_ready(self._client)

    async def run(self) -> None:
        await self._stay(self._next)

    async def leave(self, within_s: float) -> None:
        await self._leaving.answered(within_s)

    async def _next(self) -> Client:
        self._client = self._new_client(self._shards, self._leaving)
        return self._client


def create(
    given: Neighbours, settings: DiscordSettings, connect: Connect = _connect, meet: Meet = _meet
) -> DiscordPlatform:
    """The platform, not yet started.

    `connect` runs a client until it ends, `meet` makes one known to Discord; tests bring their own.
    """
    return DiscordPlatform(given, settings, connect, meet)


def _is_ready(client: Client | None) -> bool:
    return client is not None and client.is_ready() and not client.is_closed()


async def _left(client: Client) -> None:
    """Closed, as far as it can be: nothing that comes after has to know of a line that broke once more."""
    try:
        await client.close()
    except Exception as error:  # noqa: BLE001 - the same
        log.warning("discord_not_left", error=type(error).__name__)
