"""Discord as discord.py sees it, without a line: events are fed to its own parsers, answers end in a stub.

Nothing of discord.py is cut off but the HTTP session at the very end of it.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import discord

APP: Final = 7
SERVER: Final = 1_000_000_000_000_000_001
CHANNEL: Final = 2_000_000_000_000_000_001
ALICE: Final = 3_000_000_000_000_000_001
BOB: Final = 3_000_000_000_000_000_002
CALLBACK: Final = "/callback"
LONG_AGO: Final = "2026-01-01T00:00:00+00:00"
ALL: Final = str((1 << 49) - 1)
OPTIONS: Final[dict[str, Any]] = {
    "intents": discord.Intents(guilds=True),
    "allowed_mentions": discord.AllowedMentions.none(),
    "member_cache_flags": discord.MemberCacheFlags.none(),
    "max_messages": None,
    "chunk_guilds_at_startup": False,
}
"""What our own client is made with."""


class Session:
    """Stands where discord.py has its HTTP session; `answered` is called with what a press is answered."""

    closed = False

    def __init__(self, answered: Callable[[str], None]) -> None:
        self._answered = answered
        self._number = 0

    @asynccontextmanager
    async def request(self, method: str, url: Any, **given: Any) -> AsyncIterator["Answer"]:
        if str(url).endswith(CALLBACK):
            self._answered(given["data"])
            self._number += 1
            yield Answer(_receipt(self._number))
            return
        yield Answer("[]" if method == "GET" else "{}")

    async def close(self) -> None:
        """Nothing is open."""


class Answer:
    """What discord.py reads of a response."""

    status, reason = 200, "OK"
    headers: Final = {"Content-Type": "application/json", "content-type": "application/json"}

    def __init__(self, text: str) -> None:
        self._text = text

    async def text(self, encoding: str = "utf-8") -> str:  # noqa: ARG002 - aiohttp's own signature
        return self._text


def connected(client: discord.Client, answered: Callable[[str], None]) -> None:
    """As if `client` had logged in and been told of one server."""
    state = client._connection
    state.application_id = APP
    state.application_flags = discord.ApplicationFlags(gateway_message_content=True)
    client.http._HTTPClient__session = Session(answered)  # type: ignore[attr-defined]
    client.http._global_over = asyncio.Event()
    client.http._global_over.set()
    state.user = discord.ClientUser(state=state, data=_user(APP, "app", bot=True))
    state.parse_guild_create(json.loads(server(SERVER, channels=1, roles=1)))


def server(number: int, *, channels: int = 50, roles: int = 10) -> str:
    """GUILD_CREATE of one server, as the gateway sends it to whoever asked for no members."""
    return json.dumps(
        {
            "id": str(number), "name": f"server {number}", "owner_id": str(BOB), "icon": None, "splash": None,
            "discovery_splash": None, "banner": None, "description": None, "afk_channel_id": None,
            "afk_timeout": 300, "verification_level": 1, "default_message_notifications": 1,
            "explicit_content_filter": 2, "mfa_level": 0, "premium_tier": 0, "premium_subscription_count": 0,
            "preferred_locale": "en-GB", "system_channel_id": None, "system_channel_flags": 0,
            "rules_channel_id": None, "public_updates_channel_id": None, "vanity_url_code": None,
            "application_id": None, "max_members": 500_000, "max_presences": None, "features": ["COMMUNITY"],
            "emojis": [], "stickers": [], "roles": [_role(number + place) for place in range(roles)],
            "member_count": 100, "large": False, "unavailable": False, "joined_at": LONG_AGO,
            "members": [], "channels": [_channel(number + 1_000 + place) for place in range(channels)],
            "threads": [], "presences": [], "voice_states": [], "stage_instances": [],
            "guild_scheduled_events": [], "soundboard_sounds": [], "premium_progress_bar_enabled": False,
        }
    )  # fmt: skip


def press(number: int, data: dict[str, Any]) -> str:
    """INTERACTION_CREATE of somebody who uses a command."""
    return json.dumps(
        {
            "id": str(number), "application_id": str(APP), "type": 2, "token": f"token {number}",
            "version": 1, "guild_id": str(SERVER),
            "guild": {"id": str(SERVER), "locale": "en-GB", "features": []},
            "channel_id": str(CHANNEL), "channel": {**_channel(CHANNEL), "guild_id": str(SERVER)},
            "locale": "en-GB", "guild_locale": "en-GB", "app_permissions": ALL, "context": 0,
            "member": {**_member(), "user": _user(ALICE, "alice"), "permissions": "0"},
            "data": data, "entitlements": [], "authorizing_integration_owners": {"0": str(SERVER)},
            "attachment_size_limit": 10_485_760,
        }
    )  # fmt: skip


def report_command() -> dict[str, Any]:
    return {"id": "5", "name": "report", "type": 1}


def report_menu(name: str) -> dict[str, Any]:
    """The menu of a message, pressed on what Bob wrote."""
    message = {
        "id": "4000000000000000001", "type": 0, "channel_id": str(CHANNEL), "content": "come to my place",
        "author": _user(BOB, "bob"), "attachments": [], "embeds": [], "mentions": [], "mention_roles": [],
        "pinned": False, "mention_everyone": False, "tts": False, "flags": 0, "components": [],
        "timestamp": LONG_AGO, "edited_timestamp": None,
    }  # fmt: skip
    said = {"messages": {message["id"]: message}}
    return {"id": "6", "name": name, "type": 3, "target_id": message["id"], "resolved": said}


def fed(client: discord.Client, text: str) -> None:
    """The gateway says this."""
    client._connection.parse_interaction_create(json.loads(text))


def _receipt(number: int) -> str:
    message = {
        "id": str(number), "type": 20, "channel_id": str(CHANNEL), "content": "", "author": _user(APP, "app"),
        "attachments": [], "embeds": [], "mentions": [], "mention_roles": [], "pinned": False,
        "mention_everyone": False, "tts": False, "flags": 64, "components": [],
        "timestamp": LONG_AGO, "edited_timestamp": None,
    }  # fmt: skip
    return json.dumps(
        {
            "interaction": {"id": str(number), "type": 2, "response_message_id": str(number),
                            "response_message_loading": False, "response_message_ephemeral": True},
            "resource": {"type": 4, "message": message},
        }
    )  # fmt: skip


def _user(number: int, name: str, *, bot: bool = False) -> Any:
    return {
        "id": str(number), "username": name, "discriminator": "0", "global_name": None, "avatar": None,
        "bot": bot, "public_flags": 0, "verified": True, "mfa_enabled": False, "flags": 0,
    }  # fmt: skip


def _member() -> dict[str, Any]:
    return {
        "roles": [], "joined_at": LONG_AGO, "deaf": False, "mute": False, "flags": 0,
        "nick": None, "avatar": None, "premium_since": None, "pending": False,
    }  # fmt: skip


def _role(number: int) -> dict[str, Any]:
    return {
        "id": str(number), "name": f"role {number}", "color": 0, "hoist": False, "icon": None,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "unicode_emoji": None, "position": 1, "permissions": "0", "managed": False, "mentionable": False,
        "flags": 0,
    }  # fmt: skip


def _channel(number: int) -> dict[str, Any]:
    return {
        "id": str(number), "type": 0, "name": f"channel-{number}", "position": 1, "flags": 0, "nsfw": False,
        "permission_overwrites": [], "rate_limit_per_user": 0, "topic": None, "last_message_id": None,
        "parent_id": None, "permissions": ALL,
    }  # fmt: skip
