"""Bolt as this room uses it: it proves who calls and reads what came; every press goes to `Presses`.

Nothing is acknowledged before its work is done, and everything is. No word of an error is logged.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack import inbound
from bots.slack.inbound import Payload
from bots.slack.names import OPEN, PAGE
from bots.slack.presses import Presses
from bots.slack.showing import NOTHING, Reply

log = structlog.get_logger()

ANY: Final = re.compile(r".*", re.DOTALL)
REPORT_COMMAND: Final = "/report"
ADVICE_COMMAND: Final = "/advice"
REPORT_MESSAGE: Final = "report_message"
GET_HELP: Final = "get_help"
_QUIET = logging.getLogger("lifebelt.slack.bolt")
"""What Bolt says about requests quotes them; only that something is wrong with Bolt itself is heard."""

Handled = Callable[[Payload, Callable[[Payload], Awaitable[Reply]]], Awaitable[Reply]]


def bolt(presses: Presses, handled: Handled, signing_secret: str) -> AsyncApp:
    """The app, which asks Slack nothing by itself. `handled` runs a press to its end, and raises nothing.

    Whatever of Slack's variables stands in the environment changes nothing: who may be answered is decided
    here, and the token never is Bolt's.
    """
    _QUIET.setLevel(logging.CRITICAL)
    app = AsyncApp(
        name="lifebelt",
        logger=_QUIET,
        process_before_response=True,
        signing_secret=signing_secret,
        client=AsyncWebClient(logger=_QUIET),
        authorize=_anybody_slack_vouches_for,
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
        raise_error_for_unhandled_request=True,
    )
    app.error(_taken_note_of)
    Listeners(presses, handled).add_to(app)
    return app


async def _anybody_slack_vouches_for(
    enterprise_id: str | None, team_id: str | None, user_id: str | None
) -> AuthorizeResult:
    """The signature, or the line that we opened, has proved that it is Slack: nobody else is asked."""
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, user_id=user_id)


async def _taken_note_of(error: Exception) -> BoltResponse | None:
    """What there is no listener for is acknowledged: else whoever pressed is shown an error of Slack's."""
    unknown = isinstance(error, BoltUnhandledRequestError)
    log.warning("slack_unknown" if unknown else "slack_bolt_failed", error=type(error).__name__)
    return BoltResponse(status=200) if unknown else None


class Listeners:
    """One for each kind of thing that Slack tells. What is known by no name still leads to help."""

    def __init__(self, presses: Presses, handled: Handled) -> None:
        self._presses = presses
        self._handled = handled

    def add_to(self, app: AsyncApp) -> None:
        app.command(ANY)(self.command)
        app.shortcut(ANY)(self.shortcut)
        app.block_action(ANY)(self.action)
        app.view_submission(ANY)(self.submission)
        app.view_closed(ANY)(self.closed)
        app.event(ANY)(self.event)
        app.options(ANY)(self.nothing)

    async def command(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        ways = {REPORT_COMMAND: self._presses.report, ADVICE_COMMAND: self._presses.advice}
        await self._answered(ack, body, ways.get(body.get("command", ""), self._presses.helped))

    async def shortcut(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        ways = {REPORT_MESSAGE: self._presses.report_message, GET_HELP: self._presses.report}
        await self._answered(ack, body, ways.get(body.get("callback_id", ""), self._presses.helped))

    async def action(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await self._answered(ack, body, self._pressed)

    async def submission(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await self._answered(ack, body, self._presses.pressed)

    async def closed(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        all_of_it = body.get("is_cleared") is True

        async def close(told: Payload) -> Reply:
            return await self._presses.closed(told, all_of_it=all_of_it)

        await self._answered(ack, body, close)

    async def event(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Told again where it is not acknowledged, so that nothing of it may be done twice."""
        event = str(body.get("event_id", ""))
        if await self._presses.is_new_event(event):
            await self._told(body)
            self._presses.event_answered(event)
        await ack()

    async def nothing(self, ack: AsyncAck) -> None:
        await ack(options=[])

    async def _pressed(self, told: Payload) -> Reply:
        if told.action.startswith(PAGE):
            return NOTHING
        if told.action.startswith(OPEN):
            return await self._presses.begin(told, told.action.removeprefix(OPEN))
        return await self._presses.pressed(told)

    async def _answered(
        self, ack: AsyncAck, body: Mapping[str, Any], work: Callable[[Payload], Awaitable[Reply]]
    ) -> None:
        reply = await self._handled(inbound.payload_of(body, _now()), work)
        await ack(**reply)

    async def _told(self, body: Mapping[str, Any]) -> None:
        event: Any = body.get("event")
        if not isinstance(event, dict):
            return
        told = inbound.payload_of_event(body, event, _now())
        if event.get("type") == "app_home_opened" and event.get("tab") == "home":
            view = event.get("view")
            stands = str(view.get("private_metadata", "")) if isinstance(view, dict) else ""
            await self._handled(told, lambda one: _done(self._presses.home(one, stands)))
        elif inbound.is_written_to_us(event):
            await self._handled(told, lambda one: _done(self._presses.written(one)))


async def _done(work: Awaitable[None]) -> Reply:
    await work
    return NOTHING


def _now() -> float:
    return asyncio.get_running_loop().time()
