"""What this room reads from the settings: the app's token, and how Slack's presses reach us."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Self
from urllib.parse import urlsplit

from core.reports.told import UNREAD_AFTER
from core.settings.model import Settings
from core.settings.secrets import read_secret

PLATFORM: Final = "slack"
BOT_TOKEN: Final = "SLACK_BOT_TOKEN"  # noqa: S105 - the name of a variable
SIGNING_SECRET: Final = "SLACK_SIGNING_SECRET"  # noqa: S105 - the same
APP_TOKEN: Final = "SLACK_APP_TOKEN"  # noqa: S105 - the same
PROXY: Final = "HTTPS_PROXY"


def is_proxy(text: str) -> bool:
    """Whether it is the whole address of a proxy that speaks HTTP."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and port != 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackSettings:
    """Everything the room needs to know that is not in a community's own settings."""

    bot_token: str = field(repr=False)
    signing_secret: str = field(default="", repr=False)
    """With it Slack's requests are taken at the public listener, and only those that it signed."""
    app_token: str = field(default="", repr=False)
    """With it a line to Slack is opened from here (Socket Mode), and no address of ours is needed."""
    proxy: str = field(default="", repr=False)
    """By which Slack is reached where this host reaches the internet by a proxy alone. Empty: directly."""
    unread_after: timedelta = UNREAD_AFTER
    """An urgent report that nobody opened for so long sends its reporter to the telephone."""

    @property
    def is_reachable(self) -> bool:
        """Whether presses can come in at all."""
        return bool(self.signing_secret or self.app_token)

    @classmethod
    def of(cls, settings: Settings, environ: Mapping[str, str]) -> Self:
        """Choose from the whole settings. Raises SettingsInvalid where a secret's file cannot be read."""
        slack = settings.slack
        return cls(
            bot_token=read_secret(slack.bot_token_file, BOT_TOKEN, environ),
            signing_secret=read_secret(slack.signing_secret_file, SIGNING_SECRET, environ),
            app_token=read_secret(slack.app_token_file, APP_TOKEN, environ),
            proxy=slack.proxy or environ.get(PROXY, ""),
        )
