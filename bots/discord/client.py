"""discord.py's client as this room uses it: one intent, no cache of people or messages, nothing it remembers.

Every press comes to `Presses`; whatever fails, the answer is the danger exit. No event but an interaction is
looked at, and no word of an error is logged.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Final

import aiohttp
import discord
import structlog
from discord import app_commands

from bots.discord.identifying import Slots
from bots.discord.presses import Interaction, Presses
from core.chat.work import Begin
from core.dialogue.model import Say
from core.dialogue.texts import SOURCE_LANGUAGE, Texts

log = structlog.get_logger()

_PRESSED: Final = frozenset({discord.InteractionType.component, discord.InteractionType.modal_submit})

_TELL_AGAIN_AFTER_S: Final = (5.0, 30.0, 120.0, 600.0, 3600.0)

Work = Callable[[Interaction], Awaitable[None]]
Handled = Callable[[Interaction, Work], Awaitable[None]]


class Client(discord.Client):
    """Servers and their roles are all it is told of; no privileged intent is asked for."""

    def __init__(
        self, presses: Presses, texts: Texts, handled: Handled, begin: Begin, **options: Any
    ) -> None:
        """`handled` runs a press to its end, also while this process stops; `begin` owns a task."""
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # nobody speaks here
        super().__init__(
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            chunk_guilds_at_startup=False,
            **options,
        )
        self._presses = presses
        self._handled = handled
        self._begin = begin
        self.tells_commands = True
        """One client of a process tells them."""
        self.was_ready = False
        """Whether this client ever was connected."""
        self.tree = Tree(self, handled, presses)
        for command in _commands(presses, texts, handled):
            self.tree.add_command(command)

    async def setup_hook(self) -> None:
        """Tell Discord our commands, beside all else: presses are answered meanwhile."""
        if self.tells_commands:
            self._begin(self._tell_commands())

    async def on_ready(self) -> None:
        """Connected. Without Message Content, Discord shows the app no words but those it is pressed on."""
        self.was_ready = True
        flags = self.application_flags
        if not (flags.gateway_message_content or flags.gateway_message_content_limited):
            log.warning("discord_message_content_off", lost="the words around a reported message")

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """The library still tells of a line that was left; there is nothing that could be begun."""
        if not self.is_closed():
            super().dispatch(event, *args, **kwargs)

    async def on_interaction(self, interaction: Interaction) -> None:
        """Components and forms: handled by what their ids say, so that a restart in between loses nothing."""
        if interaction.type in _PRESSED:
            await self._handled(interaction, self._presses.pressed)

    async def _tell_commands(self) -> None:
        """The same list told again changes nothing there."""
        for pause in (*_TELL_AGAIN_AFTER_S, None):
            try:
                await self.tree.sync()
            except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
                log.warning("discord_commands_not_told", error=type(error).__name__)
            else:
                return
            if pause is None or self.is_closed():
                return
            await asyncio.sleep(pause)

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """The library would print what was sent to it."""
        log.error("discord_event_failed", event_name=event_method)


class GroupClient(Client, discord.AutoShardedClient):
    """The client of some of Discord's shards, each of which waits for its turn to identify."""

    def __init__(
        self,
        presses: Presses,
        texts: Texts,
        handled: Handled,
        begin: Begin,
        *,
        shards: Sequence[int],
        count: int,
        slots: Slots,
    ) -> None:
        super().__init__(presses, texts, handled, begin, shard_ids=list(shards), shard_count=count)
        self._slots = slots

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:  # noqa: ARG002
        await self._slots.wait(shard_id or 0)


class Leaving:
    """Whether presses still come in by a group's client, and which of them are not answered yet."""

    def __init__(self) -> None:
        self._under_way = 0
        self._begun = False
        self._idle = asyncio.Event()
        self._idle.set()

    def counted(self, handled: Handled) -> Handled:
        async def until_answered(interaction: Interaction, work: Work) -> None:
            if self._begun:
                return  # whoever holds these shards now is told of it, too
            self._under_way += 1
            self._idle.clear()
            try:
                await handled(interaction, work)
            finally:
                self._under_way -= 1
                if not self._under_way:
                    self._idle.set()

        return until_answered

    async def answered(self, within_s: float) -> None:
        """Take no more, and wait for those that were taken."""
        self._begun = True
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._idle.wait()


class Tree(app_commands.CommandTree[Client]):
    """Commands. One that Discord knows and we do not (any more) still leads to help."""

    def __init__(self, client: Client, handled: Handled, presses: Presses) -> None:
        super().__init__(client)
        self._handled = handled
        self._presses = presses

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        log.error("discord_command_failed", error=type(error).__name__)
        await self._handled(interaction, self._presses.helped)


Command = app_commands.Command[Any, ..., None] | app_commands.ContextMenu


def _commands(presses: Presses, texts: Texts, handled: Handled) -> tuple[Command, ...]:
    """What people find in Discord's own menus. None takes free text: a slip would post it to the room."""

    def say(key: str) -> str:
        return texts.say(Say(f"discord-{key}"), SOURCE_LANGUAGE)

    async def report(interaction: Interaction) -> None:
        await handled(interaction, presses.report)

    async def my_reports(interaction: Interaction) -> None:
        await handled(interaction, presses.my_reports)

    async def report_message(interaction: Interaction, message: discord.Message) -> None:
        await handled(interaction, lambda here: presses.report_message(here, message))

    async def report_person(interaction: Interaction, person: discord.User | discord.Member) -> None:
        await handled(interaction, lambda here: presses.report_person(here, person))

    commands: tuple[Command, ...] = (
        app_commands.Command(name="report", description=say("command-report"), callback=report),
        app_commands.Command(name="my-reports", description=say("command-my-reports"), callback=my_reports),
        app_commands.ContextMenu(name=say("menu-message"), callback=report_message),
        app_commands.ContextMenu(name=say("menu-person"), callback=report_person),
    )
    for command in commands:
        command.allowed_contexts = app_commands.AppCommandContext(
            guild=True, dm_channel=False, private_channel=False
        )
        command.allowed_installs = app_commands.AppInstallationType(guild=True, user=False)
    return commands
