"""What this room reads from the settings: the token, and how Discord's shards are shared out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Self

from core.reports.told import UNREAD_AFTER
from core.settings.model import Settings
from core.settings.secrets import read_secret

PLATFORM: Final = "discord"
TOKEN: Final = "DISCORD_TOKEN"  # noqa: S105 - the name of a variable


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordSettings:
    """Everything the room needs to know that is not in a community's own settings."""

    token: str = field(repr=False)
    shards: int = 0
    """How many; 0: as many as Discord says, and none while it asks for none."""
    group: int = 4
    """So many shards of a process are one client, and go from one process to another together."""
    unread_after: timedelta = UNREAD_AFTER
    """An urgent report that nobody opened for so long sends its reporter to the telephone."""

    @classmethod
    def of(cls, settings: Settings, environ: Mapping[str, str]) -> Self:
        """Choose from the whole settings. Raises SettingsInvalid where the token's file cannot be read."""
        return cls(
            token=read_secret(settings.discord.token_file, TOKEN, environ),
            shards=settings.discord.shards,
            group=settings.discord.group,
        )
