"""The life of the Slack room: takes what Slack sends, opens a line to it where asked, ends when all is done.

The front door starts it before the ledger is open; nothing here waits for anything but Slack.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import aiohttp
import structlog
from aiohttp import web  # noqa: TID251 - a room returns an Application
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request

from bots.slack import inbound
from bots.slack.calling import Calls, Client, Verdict
from bots.slack.client import bolt
from bots.slack.doors import Door, Doors
from bots.slack.inbound import Payload
from bots.slack.line import Line
from bots.slack.looking import Looking
from bots.slack.outbound import Renderer
from bots.slack.presses import Presses
from bots.slack.settings import PLATFORM, SlackSettings
from bots.slack.showing import NOTHING, Reply, Showing
from core.chat.claims import Claims
from core.chat.following import Changed, Followed, Follower
from core.chat.talk import Places, Talk
from core.chat.work import Work
from core.clock import Clock
from core.delivery.screens import OpenScreens
from core.dialogue.model import Say
from core.dialogue.texts import SOURCE_LANGUAGE, Texts
from core.ids import CommunityId
from core.reports.lookups import LookUps
from core.reports.road import Road, Shown
from core.reports.told import ToldLine
from core.signals.port import Signals

log = structlog.get_logger()

PATH: Final = "/events"
MOST_BYTES: Final = 8 * 1024 * 1024
"""A press carries a whole message; the longest of forty thousand signs, written out twice, is far shorter."""
CONNECTIONS: Final = 30
REACH_S: Final = 8.0
WHO_S: Final = 10.0
_AGAIN_AFTER_S: Final = (2.0, 10.0, 60.0, 600.0)
_BROKEN_S: Final = 60.0
"""Where only the line broke, it is asked again sooner: until then nobody can say that presses come in."""
_NOBODY: Final = frozenset(
    {
        "channel_not_found",
        "user_not_found",
        "user_disabled",
        "cannot_dm_bot",
        "messages_tab_disabled",
        "not_in_channel",
    }
)
"""Slack takes no message to this person."""


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


class SlackPlatform:
    """`core.platform.Platform` on Slack, for one workspace."""

    name = PLATFORM

    def __init__(self, given: Neighbours, settings: SlackSettings) -> None:
        self._texts = given.texts
        self._settings = settings
        self._web: Client | None = None
        self._line: Line | None = None
        self._known = False
        self._stopping = asyncio.Event()
        self._work = Work(PLATFORM)
        self._renderer = Renderer(given.texts)
        self._calls = Calls(lambda: self._web)
        self._doors = Doors(self._calls)
        self._follower: Follower[Door] = Follower(
            road=given.road,
            change=self._change,
            signals=given.signals,
            clock=given.clock,
            unread_after=settings.unread_after,
        )
        self._showing = Showing(
            road=given.road,
            renderer=self._renderer,
            screens=given.screens,
            calls=self._calls,
            doors=self._doors,
            follower=self._follower,
            begin=self._work.begin,
        )
        self._presses = self._new_presses(given)
        self.bolt = bolt(self._presses, self.handled, settings.signing_secret)

    @property
    def ready(self) -> bool:
        """Whether presses reach this platform now, as far as can be known from here."""
        if self._stopping.is_set() or not self._known:
            return False
        return bool(self._settings.signing_secret) or (self._line is not None and self._line.stands)

    async def start(self) -> None:
        """Begin, and return at once."""
        await self._work.open()
        connector = aiohttp.TCPConnector(limit=CONNECTIONS)
        session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        self._web = Client(token=self._settings.bot_token, session=session, proxy=self._settings.proxy)
        self._work.begin(self._make_sure())
        if self._settings.app_token:
            self._line = Line(self.bolt, self._settings)
            self._work.begin(self._line.keep(self._stopping))

    async def stop(self) -> None:
        """Answer what was begun, then leave. Screens that stand open are emptied by whoever comes next."""
        self._stopping.set()
        await self._work.answered()
        self._follower.end()
        self._showing.end()
        if self._line is not None:
            await self._line.end()
        await self._work.close()
        if self._web is not None and self._web.session is not None:
            await self._web.session.close()

    async def reach(self, community: CommunityId, way_back: bytes, message_key: str) -> bool:
        """A direct message with that one sentence, to somebody who asked for it; false if none is taken."""
        person = inbound.person_of(way_back)
        if person is None or person[0] != community:
            return False
        text = self._texts.say(Say(message_key), SOURCE_LANGUAGE)
        args = {"channel": person[1], "text": text, "unfurl_links": False, "unfurl_media": False}
        answer = await self._calls.make("chat.postMessage", args, ends=_now() + REACH_S)
        if answer.verdict is Verdict.GIVEN:
            return True
        if answer.error in _NOBODY:
            return False
        raise ConnectionError("Slack did not take it now")

    async def empty(self, handle: bytes) -> bool:
        """Leave nothing of a private screen but that it is closed."""
        return await self._doors.close(Door.unpack(handle), self._renderer.closed(SOURCE_LANGUAGE))

    async def handled(self, told: Payload, work: Callable[[Payload], Awaitable[Reply]]) -> Reply:
        """Do the work of a press; whatever it meets, the answer is at least the danger exit."""
        reply = await self._work.handle(self._done(told, work), lambda: self._presses.helped(told))
        return NOTHING if reply is None else reply

    async def _done(self, told: Payload, work: Callable[[Payload], Awaitable[Reply]]) -> Reply:
        try:
            return await work(told)
        finally:
            self._presses.answered(told)

    async def take(self, request: web.Request) -> web.StreamResponse:
        """One request of Slack's, signed by it; anything else is refused without a word."""
        try:
            asked = await to_bolt_request(request.clone(client_max_size=MOST_BYTES))
        except Exception:  # noqa: BLE001 - what Bolt's own reader trips over is not from Slack
            return web.Response(status=400)
        response: web.StreamResponse = await to_aiohttp_response(await self.bolt.async_dispatch(asked))
        return response

    async def _change(self, one: Followed[Door], shown: Shown, told: tuple[ToldLine, ...]) -> Changed:
        return await self._showing.change(one, shown, told)

    def _new_presses(self, given: Neighbours) -> Presses:
        talk = Talk(
            road=given.road,
            platform=PLATFORM,
            look_ups=LookUps(given.signals, given.hash_key),
            clock=given.clock,
            begin=self._work.begin,
            unread_after=self._settings.unread_after,
            claims=given.claims,
        )
        return Presses(
            talk=talk,
            road=given.road,
            places=given.places,
            texts=given.texts,
            renderer=self._renderer,
            screens=given.screens,
            calls=self._calls,
            showing=self._showing,
            follower=self._follower,
            looking=Looking(self._calls, given.clock),
            clock=given.clock,
            begin=self._work.begin,
        )

    async def _make_sure(self) -> None:
        """Ask Slack whether it knows the token; where it does not, say so, and ask again now and then."""
        for pause in itertools.chain(_AGAIN_AFTER_S, itertools.repeat(_AGAIN_AFTER_S[-1])):
            answer = await self._calls.make("auth.test", {}, ends=_now() + WHO_S)
            self._known = answer.verdict is Verdict.GIVEN
            if self._known or self._stopping.is_set():
                return
            refused = answer.verdict is Verdict.REFUSED
            if refused:
                log.error("slack_refuses_the_token", said=answer.error)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause if refused else min(pause, _BROKEN_S)):
                    await self._stopping.wait()


def create(given: Neighbours, settings: SlackSettings) -> tuple[SlackPlatform, web.Application | None]:
    """The platform, not yet started, and what takes Slack's requests, to be mounted at `/slack`.

    Without a signing secret there is no application: nobody could prove to be Slack.
    """
    platform = SlackPlatform(given, settings)
    if not settings.signing_secret:
        return platform, None
    app = web.Application()
    app.router.add_post(PATH, platform.take)
    return platform, app


def _now() -> float:
    return asyncio.get_running_loop().time()
