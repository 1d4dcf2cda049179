"""The line that we open to Slack where it cannot reach us (Socket Mode): kept open, or begun anew.

The library mends most losses itself. An address that it was given once and could not use it would try for
ever, and a token that Slack refuses every few seconds: so another line is begun from here, ever less often.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Any, Final

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError, SlackClientError

from bots.slack.calling import Client, verdict_of
from bots.slack.settings import SlackSettings

log = structlog.get_logger()

OPENING_S: Final = 6.0
LOOK_S: Final = 1.0
DEAD_AFTER_S: Final = 8.0
"""A line that stands still for so long is given up."""
ENDING_S: Final = 3.0
_AGAIN_AFTER_S: Final = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0)
_REFUSED_AFTER_S: Final = 600.0
"""What Slack refuses is asked seldom."""
_PING_S: Final = 5.0
_REFUSALS: Final = frozenset(
    {
        "invalid_auth",
        "not_authed",
        "not_allowed_token_type",
        "account_inactive",
        "token_revoked",
        "missing_scope",
    }
)
_QUIET = logging.getLogger("lifebelt.slack.line")


class Asking(Client):
    """Asks for addresses of lines, and knows until when Slack gives none."""

    _closed_until = 0.0

    @property
    def closed_s(self) -> float:
        """Seconds for which nobody may ask again."""
        return max(self._closed_until - _now(), 0.0)

    async def apps_connections_open(self, **how: Any) -> Any:
        try:
            return await super().apps_connections_open(**how)
        except SlackApiError as error:
            self._closed_until = _now() + verdict_of(error, tried=False).wait_s
            raise


class Line:
    """One at a time. What comes down it goes to `bolt`."""

    def __init__(self, bolt: AsyncApp, settings: SlackSettings) -> None:
        _QUIET.setLevel(logging.CRITICAL)
        self._bolt = bolt
        self._settings = settings
        self._asking = Asking(proxy=settings.proxy)
        self._handler: AsyncSocketModeHandler | None = None
        self.stands = False
        """Whether presses come down it now."""

    async def keep(self, stopping: asyncio.Event) -> None:
        """A line, and another one when that is done for, until `stopping`.

        The last one is left standing: what came down it is acknowledged on it before somebody ends it.
        """
        tries = 0
        while not stopping.is_set():
            pause, stood = await self._held(stopping)
            tries = 0 if stood else tries + 1
            pause = pause or _AGAIN_AFTER_S[min(tries, len(_AGAIN_AFTER_S) - 1)]
            await _wait(stopping, max(pause, self._asking.closed_s))

    async def end(self) -> None:
        """Close it, as far as it can be closed."""
        self.stands = False
        handler, self._handler = self._handler, None
        if handler is None:
            return
        with suppress(Exception):  # nobody has to know of a line that broke once more
            async with asyncio.timeout(ENDING_S):
                await handler.client.close()  # type: ignore[no-untyped-call]

    async def _held(self, stopping: asyncio.Event) -> tuple[float | None, bool]:
        """One line until it ends; how long to wait before the next if that is known, and whether it stood."""
        stood = False
        try:
            await self._open()
            stood = True
            await self._until_it_ends(stopping)
        except SlackClientError as error:
            refused = _said(error) in _REFUSALS
            event = "slack_refuses_the_line" if refused else "slack_line_lost"
            log.error(event, said=_said(error))  # noqa: TRY400 - the error quotes what was sent
            return (_REFUSED_AFTER_S if refused else None), stood
        except Exception as error:  # noqa: BLE001 - however a line ended, another is begun
            log.warning("slack_line_lost", error=type(error).__name__)
        finally:
            if not stopping.is_set():
                await self.end()
        return None, stood

    async def _open(self) -> None:
        handler = AsyncSocketModeHandler(
            self._bolt,
            self._settings.app_token,
            logger=_QUIET,
            web_client=self._asking,
            ping_interval=_PING_S,
        )
        handler.client.proxy = self._settings.proxy or None
        self._handler = handler
        async with asyncio.timeout(OPENING_S):
            handler.client.wss_uri = await handler.client.issue_new_wss_url()
            await handler.client.connect()  # type: ignore[no-untyped-call]
        self.stands = True

    async def _until_it_ends(self, stopping: asyncio.Event) -> None:
        """Look now and then whether it stands; the library may still mend what is lost for a while."""
        still = 0.0
        while not stopping.is_set() and still < DEAD_AFTER_S and self._handler is not None:
            self.stands = await self._handler.client.is_connected()
            still = 0.0 if self.stands else still + LOOK_S
            await _wait(stopping, LOOK_S)


def _said(error: SlackClientError) -> str:
    """Slack's own word for what is wrong."""
    data = getattr(getattr(error, "response", None), "data", None)
    return str(data.get("error") or "") if isinstance(data, dict) else ""


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _wait(stopping: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stopping.wait()
