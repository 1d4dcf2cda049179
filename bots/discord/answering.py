"""Gets an answer through to Discord: once, within the time there is, whatever is lost on the way.

An answer that Discord took and whose receipt was lost counts as given. Sends nothing of its own accord.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from enum import Enum
from typing import Any, Final, Self, cast

import aiohttp
import discord
import msgspec
import structlog
from discord import ui
from discord.webhook.async_ import AsyncWebhookAdapter, async_context

log = structlog.get_logger()

ALREADY_ANSWERED: Final = 40060
TOO_LATE: Final = frozenset({10062, 10015, 50027, 10008})
"""Unknown interaction, webhook, token or message: nobody can reach that screen any more."""
_TOO_MANY: Final = 429
_SERVERS_FAIL: Final = 500
_AGAIN_AFTER_S: Final = (0.1, 0.3, 0.8, 1.0)
"""Three seconds is all that Discord gives for a first answer."""
WITHIN_S: Final = 3.0
"""After this Discord takes no first answer any more: to go on trying only adds to its load."""
TRY_S: Final = 2.0
"""A line that is silent for so long is most likely dead; another one may still be in time."""

_ANSWER: Final[Any] = "@original"
"""Discord's own name for what a press was answered with; needs no receipt of that answer."""

Response = discord.InteractionCallbackResponse[Any]
Send = Callable[[], Awaitable[Response | None]]


class Verdict(Enum):
    """What came of a try to answer."""

    GIVEN = "given"
    AGAIN = "again"
    TOO_LATE = "too_late"
    REFUSED = "refused"


def verdict(error: Exception) -> Verdict:
    """What an error of discord.py means for the person who waits. Pure."""
    if isinstance(error, discord.InteractionResponded):
        return Verdict.GIVEN
    if isinstance(error, discord.HTTPException):
        return _verdict_of(error)
    broken_line = isinstance(error, OSError | aiohttp.ClientError | TimeoutError)
    return Verdict.AGAIN if broken_line else Verdict.REFUSED


def _verdict_of(error: discord.HTTPException) -> Verdict:
    if error.code == ALREADY_ANSWERED:
        return Verdict.GIVEN
    if error.code in TOO_LATE or isinstance(error, discord.NotFound):
        return Verdict.TOO_LATE
    not_now = error.status == _TOO_MANY or isinstance(error, discord.DiscordServerError)
    return Verdict.AGAIN if not_now else Verdict.REFUSED


class _Session:
    """A session that passes on no answer in which Discord's own servers fail: it raises."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    @asynccontextmanager
    async def request(self, *args: Any, **named: Any) -> AsyncIterator[aiohttp.ClientResponse]:
        async with self._session.request(*args, **named) as response:
            if response.status >= _SERVERS_FAIL:
                raise discord.DiscordServerError(response, None)
            yield response


class _AtOnce(AsyncWebhookAdapter):
    """discord.py's way to answer, without its pauses of one second and then three after a 5xx."""

    async def request(self, route: Any, session: aiohttp.ClientSession, **named: Any) -> Any:
        return await super().request(route, cast("aiohttp.ClientSession", _Session(session)), **named)


_AT_ONCE: Final = _AtOnce()  # type: ignore[no-untyped-call]  # discord.py types no constructor here


class Door(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A way to one private screen: Discord keeps it open for fifteen minutes after the press that made it."""

    application: int
    token: str
    message: int | None = None
    """None where the receipt of the answer was lost: then it is whatever that press was answered with."""

    @property
    def name(self) -> str:
        """What it is noted under: the message, or where nobody knows that yet the press. Says neither."""
        what = f"token {self.token}" if self.message is None else f"message {self.message}"
        return hashlib.sha256(f"discord {what}".encode()).hexdigest()

    def pack(self) -> bytes:
        return msgspec.msgpack.encode(self)

    @classmethod
    def unpack(cls, packed: bytes) -> Self:
        """Raises msgspec.MsgspecError for what `pack` did not write."""
        return msgspec.msgpack.decode(packed, type=cls)

    def __repr__(self) -> str:
        return "<Door hidden>"


async def give(send: Send, came: float | None = None) -> tuple[Verdict, Response | None]:
    """Answer an interaction; again where the line broke. Never raises what discord.py raises.

    `came`: when the press was told (time of the loop). `AGAIN`: it broke each time, and nobody knows whether
    Discord took the answer.
    """
    clock = asyncio.get_running_loop()
    ends = (clock.time() if came is None else came) + WITHIN_S
    for pause in (*_AGAIN_AFTER_S, None):
        try:
            return Verdict.GIVEN, await _tried(send)
        except Exception as error:  # noqa: BLE001 - the edge: an error of the library may quote what was sent
            found = verdict(error)
            _say(error, found)
        if found is not Verdict.AGAIN or pause is None or clock.time() + pause >= ends:
            return found, None
        await asyncio.sleep(pause)
    raise AssertionError("the last try has no pause")


async def _tried(send: Send) -> Response | None:
    usual = async_context.get()
    before = async_context.set(_AT_ONCE if type(usual) is AsyncWebhookAdapter else usual)
    try:
        async with asyncio.timeout(TRY_S):
            return await send()
    finally:
        async_context.reset(before)


def is_private_screen(interaction: discord.Interaction[Any]) -> bool:
    """Whether the press was made on a screen that only this person sees, so that it is changed in place."""
    return interaction.message is not None and interaction.message.flags.ephemeral


def door_of(interaction: discord.Interaction[Any], response: Response | None) -> Door:
    """The way to the screen that was just shown in answer to a press, or changed by it."""
    pressed_on = interaction.message if is_private_screen(interaction) else None
    told = response.message_id if response else None
    message = told or (pressed_on.id if pressed_on else None)
    return Door(application=interaction.application_id, token=interaction.token, message=message)


class Doors:
    """Reaches private screens that stand open, through whatever client is connected now."""

    def __init__(self, client: Callable[[], discord.Client | None]) -> None:
        self._client = client

    async def change(self, door: Door, view: ui.LayoutView) -> bool:
        """Show something else there; false where nobody can any more. Raises what discord.py raises."""
        edited = self._webhook(door).edit_message(
            door.message or _ANSWER, view=view, allowed_mentions=discord.AllowedMentions.none()
        )
        return await _unless_gone(edited)

    async def close(self, door: Door) -> bool:
        """Take the screen away; true also where it is gone already. Raises what discord.py raises."""
        await _unless_gone(self._webhook(door).delete_message(door.message or _ANSWER))
        return True

    def _webhook(self, door: Door) -> discord.Webhook:
        client = self._client()
        if client is None:
            raise ConnectionError("no client")
        return discord.Webhook.partial(door.application, door.token, client=client)


async def _unless_gone(call: Awaitable[Any]) -> bool:
    try:
        await call
    except discord.HTTPException as error:
        if error.code in TOO_LATE or isinstance(error, discord.NotFound):
            return False
        raise
    return True


def _say(error: Exception, found: Verdict) -> None:
    code = error.code if isinstance(error, discord.HTTPException) else None
    status = error.status if isinstance(error, discord.HTTPException) else None
    log.warning("discord_answer", verdict=found.value, error=type(error).__name__, status=status, code=code)
