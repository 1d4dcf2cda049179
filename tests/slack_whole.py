"""The product as the front door builds it, with Slack on one side and a desk on the other.

Bolt and Slack's SDK with nothing cut off, over HTTP or on the line of Socket Mode.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar
from unittest import mock

from aiohttp import web
from aiohttp.test_utils import TestServer

from bots.slack.adapter import SlackPlatform
from core.evidence.sealing import new_key
from core.ledger.schema import ROAD
from core.settings.model import Community
from core.testing.clock import FixedClock
from core.testing.ledger import FaultyLedger
from lifebelt import SLACK_MOUNT, House
from tests.behind import behind
from tests.chat_whole import CENTRE, RANDOM, ChatWhole, home, settings_of, stopped
from tests.ledgers import opened
from tests.slack_child import CALLBACK, Child
from tests.slack_server import (
    Channel,
    Message,
    Person,
    Server,
    SlackFault,
    Team,
    addressed,
    slack_server,
    traces,
)
from tests.web_room import NOON

DOMAIN = "skatepark"
HTTP, SOCKET = "http", "socket"
TRIED = [fault for fault in SlackFault if fault is not SlackFault.REFUSED]
"""What Slack may do with a request that another try mends."""
UNKNOWN = ("lb9.first.send", "lb1.first", "someone else's modal", "")
"""What a screen may say of itself that nobody here knows."""
READS = frozenset(
    {"auth.test", "users.info", "conversations.info", "conversations.history", "conversations.replies"}
    | {"apps.connections.open"}
)
OPEN = re.compile(r"views\.open")
WHO = re.compile(r"users\.info")
PATIENCE_S = 0.4
"""So long a press tries again what fails at each try."""
ON_A_BUSY_MACHINE_S = 8.0


async def _from_a_message(child: Any, _message: Any, _person: Any) -> None:
    await child.write_to_app("hello")
    await child.message_press("report")


WAYS: Mapping[str, Callable[[Any, Any, Any], Any]] = {
    "command": lambda child, _message, _person: child.report(),
    "message": lambda child, message, _person: child.report_message(message),
    "shortcut": lambda child, _message, _person: child.get_help(),
    "home": lambda child, _message, _person: child.home_press("report"),
    "direct message": _from_a_message,
    "advice": lambda child, _message, _person: child.advice(),
}
"""In which ways a report is begun."""


@dataclass(kw_only=True)
class Whole(ChatWhole):
    """All of it, and one workspace with a channel that the app was let into."""

    NAMED = "slack"
    WITHOUT: ClassVar[re.Pattern[str]] = re.compile(
        rf"{RANDOM}|\b[TUCDBVF]\d{{10}}\b|\d+\.T\d{{10}}\.[0-9a-f]{{32}}|\blb-[\w-]+|\d{{10}}\.\d{{6}}"
        r"|\b\d{1,9}\.[0-9a-f]{8}\b"
    )
    slack: Server
    platform: SlackPlatform
    team: Team
    channel: Channel
    way: str
    life: AsyncExitStack = field(default_factory=AsyncExitStack)
    """Ends with what serves this process of the room."""
    lasting: set["asyncio.Task[Any]"] = field(default_factory=set)
    """What a process has under way as long as it runs."""

    @property
    def community(self) -> str:
        return self.team.id

    def member(self, name: str, **how: Any) -> Person:
        person = self.team.person(name, **{"real_name": name, "display_name": name, **how})
        self.channel.members.add(person.id)
        return person

    def named(self, username: str, shown: str, nick: str) -> Person:
        return self.member(username, real_name=shown, display_name=nick)

    def id_of(self, person: Person) -> str:
        return person.id

    def child_of(self, member: Person, channel: Channel | None = None) -> Child:
        return Child(slack=self.slack, person=member, channel=channel or self.channel)

    def child(self, name: str = "alice", **how: Any) -> Child:
        return self.child_of(self.member(name, **how))

    async def says(self, person: Person, text: str, *, file: str | None = None) -> Message:
        files = [] if file is None else [self.slack.file(file)]
        return self.slack.post(person, self.channel, text, files=files)

    async def edits(self, person: Person, message: Message, text: str) -> None:
        assert message.author is person
        self.slack.edit(message, text)

    async def deletes(self, person: Person, message: Message) -> None:
        assert message.author is person
        self.slack.delete(message)

    def read_by(self, person: Person) -> list[str]:
        there = [each for each in self.channel.messages if not each.deleted]
        return [each.text for each in there if each.only_for in {None, person}]

    def traces(self) -> list[str]:
        return traces(self.slack)

    def direct_messages(self) -> list[str]:
        places = [each for each in self.team.channels.values() if each.kind == "im"]
        messages = [message for place in places for message in place.messages]
        return [message.words.strip() for message in messages if message.author is self.team.bot]

    def take_no_direct_messages(self) -> None:
        self.slack.refusal = "user_disabled"
        self.slack.fail(SlackFault.REFUSED, always=True, only=re.compile(r"chat\.postMessage"))

    def private_screens(self) -> int:
        said = [view.body.get("callback_id", "") for view in self.slack.views.values()]
        return sum(CALLBACK.fullmatch(each) is not None for each in said)

    def moment(self) -> tuple[int, int]:
        return len(self.slack.requests), len(self.slack.deliveries)

    def said(self, since: tuple[int, int] | None = None) -> list[tuple[str, Any]]:
        asked, told = since or (0, 0)
        acks = [(one.name, one.answer) for one in self.slack.deliveries[told:] if one.answer]
        return [*acks, *((one.method, one.args) for one in self.slack.requests[asked:])]

    def replies(self, since: tuple[int, int] | None = None) -> list[tuple[str, Any]]:
        return [(what, told) for what, told in self.said(since) if what not in READS]

    def asked_elsewhere(self) -> list[str]:
        return self.slack.elsewhere

    def addresses(self) -> list[str]:
        return [f"{self.slack.url}api/", f"{self.slack.url}response/", f"{SLACK_MOUNT}/events", "/link/"]

    async def until(self, what: Callable[[], bool]) -> None:
        await self.slack.until(what)

    def later(self, time: timedelta) -> None:
        """Slack's stopwatch is this clock."""
        self.clock.advance(time)
        self.slack.moment += time

    async def noted(self, count: int) -> None:
        """A modal is noted by two names one after the other, until its own is known."""
        await self.idle()
        await super().noted(count)

    async def idle(self) -> None:
        """Not until what waits for a better moment, or follows a screen as long as it stands."""
        await super().idle()
        while waiting := self._under_way():
            await asyncio.wait(waiting)

    def _under_way(self) -> "set[asyncio.Task[Any]]":
        room = self.platform
        following = {*room._follower._tasks.values(), *room._showing._catching_up.values()}
        return {*room._work._begun} - following - self.lasting

    async def restarted(self, *, stopped: bool = False) -> None:
        if not stopped:
            await self.platform.stop()
        await self.life.aclose()
        await self.begin(*_platform(self.house))

    async def begin(self, platform: SlackPlatform, events: web.Application | None) -> None:
        """A process of the room begins, and Slack tells it what is pressed."""
        self.platform = platform
        await platform.start()
        self.lasting = {*platform._work._begun}
        if self.way == SOCKET:
            await self.slack.until(lambda: self.slack.connected)
            return
        assert events is not None
        public = web.Application()
        public.add_subapp(SLACK_MOUNT, events)
        serving = await self.life.enter_async_context(TestServer(public, host="127.0.0.1"))
        self.slack.http(serving.make_url(f"{SLACK_MOUNT}/events"))

    def chat_fails(self, fault: SlackFault, *, always: bool = False) -> None:
        self.slack.fail(fault, always=always)

    @contextmanager
    def unhurried(self, *, always: bool = False) -> Iterator[None]:
        """Calls are made again without the pauses between; how long those are is another test's.

        `always`: with them, but nobody waits long for what fails at each try.
        """
        if always:
            with patience(PATIENCE_S):
                yield
            return
        with mock.patch("bots.slack.calling._AGAIN_AFTER_S", (0.0,)):
            yield


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """So long whoever pressed is kept waiting for Slack; what does come may take its time here."""
    within = ("calling.TRY_S", "showing.WITHIN_S", "presses.WITHIN_S", "doors.CLOSE_S")
    first = ("looking.PEOPLE_S", "looking.REPORTER_S")
    with ExitStack() as patched:
        for name in within:
            patched.enter_context(mock.patch(f"bots.slack.{name}", seconds))
        for name in first:
            patched.enter_context(mock.patch(f"bots.slack.{name}", seconds / 4))
        yield


def _platform(house: House) -> tuple[SlackPlatform, web.Application | None]:
    platform, events = house.slack()
    assert isinstance(platform, SlackPlatform)
    return platform, events


def _environ(server: Server, team: Team, way: str) -> dict[str, str]:
    secret = {HTTP: ("SLACK_SIGNING_SECRET", server.signing_secret)}
    name, value = secret.get(way, ("SLACK_APP_TOKEN", server.app_token))
    return {"SLACK_BOT_TOKEN": team.token, name: value}


@asynccontextmanager
async def whole(
    folder: Path,
    *,
    way: str = HTTP,
    desk: str = "centre",
    name: str = DOMAIN,
    channel: str = "general",
    communities: dict[str, Community] | None = None,
    prepare: Callable[[Server], None] = lambda _server: None,
    **how: Any,
) -> AsyncIterator[Whole]:
    """All of it, connected; how: as `behind`. At its end nothing was done that an app must not do."""
    clock, key = FixedClock(NOON), new_key()
    async with AsyncExitStack() as ending:
        server = await ending.enter_async_context(slack_server())
        server.clock, server.retry_after, server.ack_within = clock.monotonic, 0.0, ON_A_BUSY_MACHINE_S
        server.now_is(NOON)
        team = server.add_team(name)
        room = team.channel(channel)
        prepare(server)
        settings = settings_of(
            folder, key, platform="slack", community=team.id, desk=desk, communities=communities
        )
        house = home(settings, _environ(server, team, way), clock)
        inner = await opened(house.data / "road.sqlite", ROAD, clock)
        ending.push_async_callback(inner.close)
        ledger = FaultyLedger(inner)
        vars(house)["road_ledger"] = ledger
        back = await ending.enter_async_context(
            behind(folder, ledger, clock, key, scope=CENTRE, communities=[team.id], **how)
        )
        ending.enter_context(addressed(server.url))
        ending.enter_context(patience(ON_A_BUSY_MACHINE_S))
        await ending.enter_async_context(house.road)
        platform, events = _platform(house)
        found = Whole(
            slack=server,
            house=house,
            platform=platform,
            behind=back,
            ledger=ledger,
            clock=clock,
            desk_key=key,
            team=team,
            channel=room,
            way=way,
        )
        ending.push_async_callback(found.life.aclose)
        ending.push_async_callback(stopped, found)
        await found.begin(platform, events)
        yield found
        assert server.violations == []
