"""What the room asks Discord for beside a press: who somebody is in a server, and what was said around.

Each is bounded in time and optional: nothing that a child waits for depends on an answer. Only messages and
members are asked for; no address in a message is ever opened.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import aiohttp
import discord
import structlog

from bots.discord import inbound
from core.evidence.model import CONTEXT_AFTER, CONTEXT_BEFORE
from core.reports.model import YesNo

log = structlog.get_logger()

MEMBER_S: Final = 0.6
"""The first screen waits for this, and three seconds are all there is."""
HISTORY_S: Final = 30.0
"""Nobody waits for this; when many press at once, Discord lets an app read a channel only so often."""
RECENT: Final = timedelta(days=1)
"""Where no message was pressed on, what is older than this has most likely nothing to do with it."""
BEHIND_S: Final = 20.0
"""Nobody waits for it behind the answer."""
LATEST: Final = 20
OF_ONE: Final = 50
_NOT_NOW = (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError)


class _Asked(NamedTuple):
    """What of a channel is read."""

    channel: int
    limit: int
    around: int | None


class Looking:
    """Asks through whatever client is connected now."""

    def __init__(self, client: Callable[[], discord.Client | None]) -> None:
        self._client = client
        self._reading: dict[_Asked, asyncio.Future[Sequence[discord.Message]]] = {}

    def sees_words(self) -> bool:
        """Whether Discord shows this app what people write, beside what it is pressed on."""
        client = self._client()
        flags = client.application_flags if client else discord.ApplicationFlags()
        return flags.gateway_message_content or flags.gateway_message_content_limited

    async def staff(
        self, account: inbound.Account, guild: discord.Guild | None, at_most: float | None = None
    ) -> YesNo:
        """Whether this account runs or moderates the server; not sure where Discord does not say in time."""
        found = inbound.is_staff(account, guild)
        if found is not YesNo.NOT_SURE or guild is None:
            return found
        try:
            async with asyncio.timeout(MEMBER_S if at_most is None else at_most):
                return inbound.is_staff(await guild.fetch_member(account.id), guild)
        except discord.NotFound:
            return YesNo.NO  # they left, or wrote through a webhook: nobody who runs the place
        except _NOT_NOW as error:
            _not_read("member", error)
            return YesNo.NOT_SURE

    async def around(self, channel: int, message: int) -> Sequence[discord.Message]:
        """The message with so many before and after it, as far as the app may read here."""
        limit = CONTEXT_BEFORE + CONTEXT_AFTER + 1
        return await self._history(channel, limit=limit, around=discord.Object(message))

    async def latest(self, channel: int, now: datetime) -> Sequence[discord.Message]:
        """What was said here last, within a day."""
        found = await self._history(channel, limit=LATEST)
        return [message for message in found if now - message.created_at <= RECENT]

    async def of_one(self, channel: int, person: int, now: datetime) -> Sequence[discord.Message]:
        """What was said here within a day, up to just after this person's latest words, if there are any."""
        found = sorted(await self._history(channel, limit=OF_ONE), key=lambda message: message.id)
        recent = [message for message in found if now - message.created_at <= RECENT]
        theirs = [place for place, message in enumerate(recent) if message.author.id == person]
        return recent[: theirs[-1] + CONTEXT_AFTER + 1] if theirs else ()

    async def _history(
        self, channel: int, *, limit: int, around: discord.Object | None = None
    ) -> Sequence[discord.Message]:
        """What is being read already is read once for all who asked for the same."""
        asked = _Asked(channel, limit, around.id if around else None)
        begun = self._reading.get(asked)
        if begun is not None:
            return await asyncio.shield(begun)
        found: Sequence[discord.Message] = ()
        ours = self._reading[asked] = asyncio.get_running_loop().create_future()
        try:
            found = await self._read(asked)
        finally:
            del self._reading[asked]
            ours.set_result(found)
        return found

    async def _read(self, asked: _Asked) -> Sequence[discord.Message]:
        client = self._client()
        if client is None:
            return ()
        around = None if asked.around is None else discord.Object(asked.around)
        try:
            async with asyncio.timeout(HISTORY_S):
                room = client.get_partial_messageable(asked.channel)
                return [message async for message in room.history(limit=asked.limit, around=around)]
        except _NOT_NOW as error:
            _not_read("history", error)
            return ()


def _not_read(what: str, error: Exception) -> None:
    code = error.code if isinstance(error, discord.HTTPException) else None
    log.warning("discord_not_read", what=what, error=type(error).__name__, code=code)
