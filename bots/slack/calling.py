"""Gets a call through to Slack: again where the line broke, never before Slack lets us, in the time there is.

A call that Slack took and whose answer was lost counts as made. Calls nothing of its own accord, and logs no
word of what was sent.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from enum import Enum
from functools import partial
from itertools import chain, repeat
from typing import Any, Final, cast

import aiohttp
import msgspec
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_base_client import AsyncBaseClient
from slack_sdk.web.async_client import AsyncWebClient

log = structlog.get_logger()

WITHIN_S: Final = 2.6
"""Slack waits three seconds for an answer to a press, and lets us open a view no longer than that."""
TRY_S: Final = 1.5
"""A line that is silent for so long is most likely dead; another one may still be in time."""
BEHIND_S: Final = 60.0
"""How long a screen that could not be changed at once is tried behind the answer."""
_AGAIN_AFTER_S: Final = (0.05, 0.2, 0.5, 1.0, 2.0, 5.0)
_TOO_MANY: Final = 429
_SERVERS_FAIL: Final = 500
_REDIRECTS: Final = 300
RESPONSE_URLS: tuple[str, ...] = ("https://hooks.slack.com/",)
"""Where an answer to a command or a shortcut may be posted: nowhere else, whatever a press says."""

OTHER_STANDS: Final = "hash_conflict"
"""Since it was pressed on, something else was put into a view."""
_GIVEN: Final = frozenset({"exchanged_trigger_id", "duplicate_external_id", OTHER_STANDS})
"""On another try: the one before was done, and its answer was lost."""
_GONE: Final = frozenset(
    {"expired_trigger_id", "invalid_trigger_id", "exchanged_trigger_id", "not_found", "view_not_found"}
)
EXPECTED: Final = frozenset({"not_in_channel", "channel_not_found"})
"""What Slack says of a channel into which nobody let the app."""
_NOT_NOW: Final = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
)


_QUIET = logging.getLogger("lifebelt.slack.calling")
"""What the library says of a call is all that was sent, and all that came."""


class Straight:
    """A session that goes where it is sent, and from there nowhere else: no redirect is followed."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self.post = session.post
        self.request = partial(session.request, allow_redirects=False)

    @property
    def closed(self) -> bool:
        return self._session.closed

    async def close(self) -> None:
        await self._session.close()


class Client(AsyncWebClient):
    """The library's own, which tries nothing again by itself and reads nothing from the environment."""

    def __init__(self, *, proxy: str, session: aiohttp.ClientSession | None = None, **how: Any) -> None:
        """`proxy`: as the operator set it; empty: none."""
        _QUIET.setLevel(logging.CRITICAL)
        straight = None if session is None else cast("aiohttp.ClientSession", Straight(session))
        super().__init__(
            base_url=AsyncBaseClient.BASE_URL, retry_handlers=[], logger=_QUIET, session=straight, **how
        )
        self.proxy = proxy or None


class Verdict(Enum):
    """What came of a call."""

    GIVEN = "given"
    AGAIN = "again"
    """It broke each time, or Slack is busy; nobody knows whether Slack took it."""
    GONE = "gone"
    """Nobody can reach that screen any more, or it is too late to open one."""
    REFUSED = "refused"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What Slack answered; `data` is empty unless it is known."""

    verdict: Verdict
    data: dict[str, Any] = {}
    error: str = ""
    """Slack's own word for what was wrong."""
    wait_s: float = 0.0
    """So long Slack takes no such call."""


def verdict_of(error: Exception, *, tried: bool) -> Answer:
    """What an error means. Pure. `tried`: this is not the first try."""
    if isinstance(error, SlackApiError):
        return _of_api(error, tried=tried)
    broken_line = isinstance(error, OSError | aiohttp.ClientError | TimeoutError)
    return Answer(verdict=Verdict.AGAIN if broken_line else Verdict.REFUSED)


def _of_api(error: SlackApiError, *, tried: bool) -> Answer:
    response: Any = error.response
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0) or 0)
    data = getattr(response, "data", None)
    said = str(data.get("error") or "") if isinstance(data, dict) else ""
    if status == _TOO_MANY or said == "ratelimited":
        return Answer(verdict=Verdict.AGAIN, error="ratelimited", wait_s=_wait_of(response))
    if status >= _SERVERS_FAIL or said in _NOT_NOW:
        return Answer(verdict=Verdict.AGAIN, error=said)
    if tried and said in _GIVEN:
        return Answer(verdict=Verdict.GIVEN, error=said)
    return Answer(verdict=Verdict.GONE if said in _GONE else Verdict.REFUSED, error=said)


def _wait_of(response: Any) -> float:
    headers: Mapping[str, str] = getattr(response, "headers", None) or {}
    try:
        return max(float(headers.get("Retry-After", "1")), 0.0)
    except ValueError:
        return 1.0


class Calls:
    """Makes calls through whatever client there is now; of one method none before Slack takes it again.

    What only reads, and was refused for being too much, is asked one after another from then on: else all who
    waited would ask in the same moment.
    """

    def __init__(self, client: Callable[[], AsyncWebClient | None]) -> None:
        self._client = client
        self._closed_until: dict[str, float] = {}
        self._one_by_one: dict[str, asyncio.Lock] = {}

    async def make(self, method: str, args: Mapping[str, Any], *, ends: float, reads: bool = False) -> Answer:
        """Until it is given or refused, or it is `ends` (time of the loop). Raises nothing.

        `reads`: a method that only reads, whose arguments stand in the address.
        """
        found = Answer(verdict=Verdict.AGAIN)
        pauses = chain(_AGAIN_AFTER_S, repeat(_AGAIN_AFTER_S[-1]))
        tried = False
        while await self._let_in(method, ends):
            async with self._one_by_one.get(method, nullcontext()) if reads else nullcontext():
                if not await self._let_in(method, ends):
                    break
                found = await self._tried(method, args, ends, reads=reads, tried=tried)
            pause, tried = next(pauses), True
            if found.verdict is not Verdict.AGAIN or _now() + pause >= ends:
                break
            await asyncio.sleep(pause)
        return found

    async def post(self, url: str, body: Mapping[str, Any], *, ends: float) -> Verdict:
        """An answer to a press, seen by who pressed alone; again where that broke. Raises nothing."""
        found = Verdict.REFUSED
        for pause in (*_AGAIN_AFTER_S, None):
            found = await self._posted(url, body, ends)
            if found is not Verdict.AGAIN or pause is None or _now() + pause >= ends:
                return found
            await asyncio.sleep(pause)
        return found

    async def _posted(self, url: str, body: Mapping[str, Any], ends: float) -> Verdict:
        client = self._client()
        if client is None or client.session is None or not url.startswith(RESPONSE_URLS):
            return Verdict.REFUSED
        try:
            async with asyncio.timeout_at(min(ends, _now() + TRY_S)):
                posted = client.session.post(url, json=dict(body), proxy=client.proxy, allow_redirects=False)
                async with posted as response:
                    status = response.status
        except (OSError, aiohttp.ClientError, TimeoutError) as error:
            log.warning("slack_response", error=type(error).__name__)
            return Verdict.AGAIN
        if status >= _SERVERS_FAIL or status == _TOO_MANY:
            return Verdict.AGAIN
        return Verdict.GIVEN if status < _REDIRECTS else Verdict.GONE

    async def _let_in(self, method: str, ends: float) -> bool:
        """Wait until Slack takes calls of this method again; false where that is too late."""
        until = self._closed_until.get(method, 0.0)
        if until <= _now():
            return _now() < ends
        if until >= ends:
            return False
        await asyncio.sleep(until - _now())
        return await self._let_in(method, ends)

    async def _tried(
        self, method: str, args: Mapping[str, Any], ends: float, *, reads: bool, tried: bool
    ) -> Answer:
        client = self._client()
        if client is None:
            return Answer(verdict=Verdict.AGAIN)
        how: dict[str, Any] = {"http_verb": "GET", "params": dict(args)} if reads else {"json": dict(args)}
        try:
            async with asyncio.timeout_at(min(ends, _now() + TRY_S)):
                response = await client.api_call(method, **how)
        except Exception as error:  # noqa: BLE001 - the library trips over what is no answer of Slack's
            found = verdict_of(error, tried=tried)
            self._note(method, found, error)
            return found
        data = response.data
        return Answer(verdict=Verdict.GIVEN, data=data if isinstance(data, dict) else {})

    def _note(self, method: str, found: Answer, error: Exception) -> None:
        if found.wait_s:
            self._closed_until[method] = _now() + found.wait_s
            self._one_by_one.setdefault(method, asyncio.Lock())
        if found.error not in EXPECTED:
            said = found.error or type(error).__name__
            log.warning("slack_call", method=method, verdict=found.verdict.value, said=said)


def _now() -> float:
    return asyncio.get_running_loop().time()
