"""The Slack room on the real road, for tests: real dialogue, sealing, Bolt and SDK; a Slack on loopback.

The ledger can fail, and so can Slack. Real processes are tested elsewhere.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import sqlalchemy as sa
from aiohttp.test_utils import TestServer

from bots.slack.adapter import Neighbours, SlackPlatform, create
from bots.slack.settings import SlackSettings
from core.delivery.model import NEWS_TOPIC
from core.delivery.screens import Emptier, OpenScreens
from core.dialogue.flow import Dialogue
from core.evidence.drafts import DraftKey, new_draft_key
from core.evidence.parts import PartHeader, PartKind
from core.evidence.sealing import SecretKey, new_key, open_part
from core.ids import DeskName
from core.ledger.road import open_screens, parts, reports
from core.ledger.schema import ROAD
from core.reports.model import Standing, YesNo
from core.reports.packing import Seals
from core.reports.road import Limits, Road, Routing
from core.reports.routing import Routes
from core.settings.communities import Communities
from core.settings.model import Community, Desk, Settings
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock
from core.testing.ledger import FaultyLedger, MemoryLedger
from tests.slack_child import Child
from tests.slack_server import Channel, Delivery, Person, Server, Team, addressed, slack_server
from tests.web_room import CATEGORIES, HELPLINES, TEXTS

PATIENCE_S = 10.0
DESKS = {
    "centre": Desk(name="The Centre", standing=Standing.SPECIALIST),
    "school": Desk(name="The school", standing=Standing.LEAD, run_by_community=True, second_desk="centre"),
    "practice": Desk(name="Practice desk", standing=Standing.PRACTICE),
}


@dataclass(kw_only=True)
class Room:
    """The room while people may press, and what stands behind it."""

    slack: Server
    team: Team
    channel: Channel
    alice: Child
    bob: Person
    mode: str
    given: Neighbours
    ledger: FaultyLedger
    clock: FixedClock
    signals: MemorySignals
    desk_key: SecretKey
    settings: SlackSettings
    platform: SlackPlatform = field(init=False)
    life: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def begin(self) -> None:
        """A process begins."""
        self.platform, app = create(self.given, self.settings)
        await self.platform.start()
        self.life.push_async_callback(self.end)
        if app is None:
            self.slack.http(None)
            await self.slack.until(lambda: self.slack.connected)
        else:
            served = await self.life.enter_async_context(TestServer(app, host="127.0.0.1"))
            self.slack.http(served.make_url("/events"))
        self.lasting = set(self.platform._work._begun)

    async def end(self) -> None:
        """This process ends, if it has not yet."""
        if not self.platform._stopping.is_set():
            await self.platform.stop()

    async def restart(self) -> None:
        """This process ends and another begins: all that was in memory is gone, and the ledger is there."""
        await self.life.aclose()
        self.life = AsyncExitStack()
        await self.begin()

    async def settle(self, _pressed: Delivery | None = None) -> None:
        """Wait until all that a press began is over, but what waits for a better moment or for news."""
        async with asyncio.timeout(PATIENCE_S):
            while waiting := self._short():
                await asyncio.wait(waiting)

    def _short(self) -> set[asyncio.Task[None]]:
        presses = self.platform._presses
        lasting = {*self.lasting, *presses._follower._tasks.values(), *presses._showing._catching_up.values()}
        return self.platform._work._begun - lasting

    def child(self, name: str, **how: Any) -> Child:
        person = self.team.person(name, **how)
        self.channel.members.add(person.id)
        return Child(slack=self.slack, person=person, channel=self.channel, over=self.settle)

    async def reported(self, words: str = "come to a private chat") -> Child:
        """Bob writes, and Alice reports that message."""
        return await self.alice.report_message(self.slack.post(self.bob, self.channel, words))

    def asked(self, *methods: str) -> list[str]:
        """What Slack was asked for by a press; of these methods only, if any are named."""
        known = [request.method for request in self.slack.requests if request.method != "auth.test"]
        return [method for method in known if not methods or method in methods]

    async def rows(self, table: sa.Table) -> list[Any]:
        return await self.ledger.read(lambda conn: list(conn.execute(sa.select(table))))

    async def reports(self) -> list[Any]:
        return await self.rows(reports)

    async def open_screens(self) -> list[Any]:
        return await self.rows(open_screens)

    async def opened(self) -> list[tuple[PartHeader, bytes]]:
        """Every part that the desk can open, opened."""
        sealed = [row.sealed for row in await self.rows(parts) if row.kind != "identity"]
        return [open_part(each, [self.desk_key]) for each in sealed]

    async def kinds(self) -> list[PartKind]:
        """Every transcript that was stored, by its kind."""
        found = [head.kind for head, _ in await self.opened()]
        return [kind for kind in found if kind in {PartKind.REPORTED, PartKind.CONTEXT}]

    async def emptied(self) -> int:
        """Empty whatever is due now."""
        return await Emptier(self.given.screens, {"slack": self.platform}, self.clock).run_once()

    async def later(self, seconds: float) -> None:
        """So much time passes, here and in Slack; whoever follows a screen looks at it again."""
        self.clock.advance(timedelta(seconds=seconds))
        self.slack.advance(timedelta(seconds=seconds))
        await self.signals.wake(NEWS_TOPIC)
        await self.settle()

    async def mark(self, **times: datetime) -> None:
        """What the desk would tell: `delivered_at`, `read_at`."""
        change = sa.update(reports).values(**times)
        await self.ledger.transact(lambda conn: conn.execute(change).rowcount)


@asynccontextmanager
async def room(
    *, mode: str = "http", desk: str = "centre", limits: Limits | None = None, named: bool = True
) -> AsyncIterator[Room]:
    """Serve the room to a workspace until the block ends; with `named` off nobody gave that one a desk."""
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(slack_server())
        stack.enter_context(addressed(slack.url))
        stack.enter_context(mock.patch("bots.slack.showing.AFTER_ANSWER_S", 0))
        stack.enter_context(mock.patch("core.chat.work.LAST_S", 0.2))
        clock = FixedClock()
        slack.now_is(clock.now())
        team = slack.add_team("school")
        community = Community(name="Skate park", platform="slack", desk=desk, country="GB")
        settings = Settings(desks=DESKS, communities={team.id if named else "T1": community})
        inner = MemoryLedger(ROAD, clock)
        await inner.open()
        stack.push_async_callback(inner.close)
        ledger, signals, desk_key = FaultyLedger(inner), MemorySignals(clock), new_key()
        road = await stack.enter_async_context(_road(settings, ledger, signals, clock, desk_key, limits))
        given = Neighbours(
            road=road,
            places=Communities(settings),
            texts=TEXTS,
            signals=signals,
            clock=clock,
            screens=OpenScreens(ledger, DraftKey(bytes(16)), clock),
            hash_key=bytes(32),
        )
        alice, bob = team.person("alice"), team.person("bob")
        channel = team.channel("general", members=[alice, bob])
        child = Child(slack=slack, person=alice, channel=channel)
        at = Room(
            slack=slack,
            team=team,
            channel=channel,
            alice=child,
            bob=bob,
            mode=mode,
            given=given,
            ledger=ledger,
            clock=clock,
            signals=signals,
            desk_key=desk_key,
            settings=settings_for(slack, team, mode),
        )
        child.over = at.settle
        await at.begin()
        try:
            yield at
        finally:
            ledger.release()
            ledger.fail_with(None)
            await at.life.aclose()


def settings_for(slack: Server, team: Team, mode: str) -> SlackSettings:
    if mode == "http":
        return SlackSettings(bot_token=team.token, signing_secret=slack.signing_secret)
    return SlackSettings(bot_token=team.token, app_token=slack.app_token)


def _road(
    settings: Settings,
    ledger: FaultyLedger,
    signals: MemorySignals,
    clock: FixedClock,
    desk_key: SecretKey,
    limits: Limits | None,
) -> Road:
    routes = Routes(settings.desks)
    return Road(
        ledger=ledger,
        dialogue=Dialogue(HELPLINES, CATEGORIES),
        routing=Routing(
            candidates=routes.candidates,
            route=routes.route,
            is_urgent=lambda answers: answers.danger is YesNo.YES,
        ),
        seals=Seals(
            desks={DeskName(name): (desk_key.public,) for name in settings.desks},
            road=new_key().public,
            tag=lambda reference: reference,
        ),
        signals=signals,
        clock=clock,
        new_key=new_draft_key,
        limits=limits,
    )
