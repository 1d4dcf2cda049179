"""The Discord room on the real road, for tests: real dialogue, sealing, ledger, discord.py and its parsers.

Discord is simulated in this process; the ledger can fail. Real processes are in tests/discord_program.py.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import discord
import simcord
import sqlalchemy as sa
from simcord.results import InteractionResult, ResponseMessage

from bots.discord.adapter import DiscordPlatform, Neighbours, create
from bots.discord.custom_ids import parse
from bots.discord.settings import DiscordSettings
from core.delivery.screens import Emptier, OpenScreens
from core.dialogue.flow import Dialogue
from core.evidence.drafts import DraftKey, new_draft_key
from core.evidence.parts import PartHeader
from core.evidence.sealing import SecretKey, new_key, open_part
from core.ids import DeskName
from core.ledger.road import open_screens, outbox, parts, reports
from core.ledger.schema import ROAD
from core.reports.model import Standing, YesNo
from core.reports.packing import Seals
from core.reports.road import Limits, Road, Routing
from core.reports.routing import Routes
from core.settings.communities import Communities
from core.settings.model import Community, Desk, Settings
from core.settings.model import Road as RoadSettings
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock
from core.testing.ledger import FaultyLedger
from tests.discord_payloads import BUTTON, Component, custom_ids, walk
from tests.ledgers import opened
from tests.web_pages import CODE
from tests.web_room import CATEGORIES, HELPLINES, TEXTS

TOKEN = "a token that nobody has"
SETTINGS = DiscordSettings(token=TOKEN)
SIMULATED = datetime(2026, 1, 1, tzinfo=UTC)
"""When the simulated Discord begins."""
PARK = 1_000_000_000_000_000_001
"""The server with a real desk."""
DESKS = {
    "centre": Desk(name="The Centre", standing=Standing.SPECIALIST),
    "school": Desk(name="The school", standing=Standing.LEAD, run_by_community=True, second_desk="centre"),
    "alone": Desk(name="The club", standing=Standing.LEAD, run_by_community=True),
    "practice": Desk(name="Practice desk", standing=Standing.PRACTICE),
}


class Waits(MemorySignals):
    """Signals whose waits the simulated Discord takes for what they are, and not for work that hangs."""

    env: simcord.Env | None = None

    async def wait(self, topic: str, at_most: timedelta) -> bool:
        if self.env is None:
            return await super().wait(topic, at_most)
        try:
            return bool(await self.env.external_wait(super().wait(topic, at_most), reason="news"))
        except simcord.SetupError:  # whoever waits is none of the room's own
            return await super().wait(topic, at_most)


class Line:
    """Stands for the connection: hands over each client that is begun, and holds it until it is cut."""

    def __init__(self) -> None:
        self._begun: asyncio.Queue[discord.Client] = asyncio.Queue()
        self._cut = asyncio.Event()

    async def connect(self, client: discord.Client, _token: str) -> None:
        await self._begun.put(client)
        await self._cut.wait()

    async def begun(self) -> discord.Client:
        return await self._begun.get()

    def cut(self) -> None:
        self._cut.set()


@dataclass(kw_only=True)
class Room:
    """The room while people may press, and what stands behind it."""

    env: simcord.Env
    platform: DiscordPlatform
    client: discord.Client
    given: Neighbours
    line: Line
    road: Road
    ledger: FaultyLedger
    clock: FixedClock
    desk_key: SecretKey
    road_key: SecretKey
    screens: OpenScreens
    signals: Waits

    async def rows(self, table: sa.Table) -> list[Any]:
        return await self.ledger.read(lambda conn: list(conn.execute(sa.select(table))))

    async def reports(self) -> list[Any]:
        return await self.rows(reports)

    async def items(self) -> list[Any]:
        return await self.rows(outbox)

    async def open_screens(self) -> list[Any]:
        return await self.rows(open_screens)

    async def opened(self) -> list[tuple[PartHeader, bytes]]:
        """Every part that the desk can open, opened."""
        sealed = [row.sealed for row in await self.rows(parts) if row.kind != "identity"]
        return [open_part(each, [self.desk_key]) for each in sealed]

    async def emptied(self) -> int:
        """Empty whatever is due now."""
        emptier = Emptier(self.screens, {"discord": self.platform}, self.clock)
        return await emptier.run_once()

    async def restart(self) -> None:
        """This process ends and another begins: all that was in memory is gone, and the ledger is there."""
        before, line_before = self.platform, self.line
        self.line = Line()
        self.platform = create(self.given, SETTINGS, connect=self.line.connect)
        await self.platform.start()
        self.client = await self.line.begun()
        await self.env.restart_bot(self.client)
        line_before.cut()
        await before.stop()

    async def later(self, seconds: float) -> None:
        """So much time passes, here and in Discord."""
        self.clock.advance(timedelta(seconds=seconds))
        await self.env.advance_time(seconds)

    async def mark(self, **times: datetime) -> None:
        """What the desk would tell: `delivered_at`, `read_at`."""
        change = sa.update(reports).values(**times)
        await self.ledger.transact(lambda conn: conn.execute(change).rowcount)


def settings_for(communities: dict[str, Community]) -> Settings:
    return Settings(desks=DESKS, communities=communities, road=RoadSettings(run_by="Park Youth Trust"))


@asynccontextmanager
async def room(
    data: Path, *, desk: str = "centre", limits: Limits | None = None, server: int = PARK
) -> AsyncIterator[Room]:
    """Serve the room in a simulated Discord, until the block ends."""
    clock = FixedClock(SIMULATED)
    community = Community(name="Skate park", platform="discord", desk=desk, country="GB")
    settings = settings_for({str(server): community})
    inner = await opened(data / "road.db", ROAD, clock)
    ledger = FaultyLedger(inner)
    signals = Waits(clock)
    desk_key, road_key = new_key(), new_key()
    routes = Routes(settings.desks)
    road = Road(
        ledger=ledger,
        dialogue=Dialogue(HELPLINES, CATEGORIES),
        routing=Routing(
            candidates=routes.candidates,
            route=routes.route,
            is_urgent=lambda answers: answers.danger is YesNo.YES,
        ),
        seals=Seals(
            desks={DeskName(name): (desk_key.public,) for name in settings.desks},
            road=road_key.public,
            tag=lambda reference: reference,
        ),
        signals=signals,
        clock=clock,
        new_key=new_draft_key,
        limits=limits,
    )
    screens = OpenScreens(ledger, DraftKey(bytes(16)), clock)
    given = Neighbours(
        road=road,
        places=Communities(settings),
        texts=TEXTS,
        signals=signals,
        clock=clock,
        screens=screens,
        hash_key=bytes(32),
    )
    line = Line()
    platform = create(given, SETTINGS, connect=line.connect)
    try:
        async with road:
            await platform.start()
            client = await line.begun()
            async with simcord.run(client) as env:
                signals.env = env
                at_work = Room(
                    env=env,
                    platform=platform,
                    client=client,
                    given=given,
                    line=line,
                    road=road,
                    ledger=ledger,
                    clock=clock,
                    desk_key=desk_key,
                    road_key=road_key,
                    screens=screens,
                    signals=signals,
                )
                try:
                    yield at_work
                finally:
                    ledger.release()
                    ledger.fail_with(None)
                    at_work.line.cut()
                    await at_work.platform.stop()
    finally:
        await inner.close()


@dataclass(frozen=True, kw_only=True)
class Park:
    """A server with three people in it: a young person, somebody they report, and one who looks on."""

    room: Room
    guild: simcord.GuildHandle
    channel: simcord.ChannelHandle
    alice: simcord.MemberActor
    bob: simcord.MemberActor
    mo: simcord.MemberActor

    @property
    def env(self) -> simcord.Env:
        return self.room.env

    async def reported(self, words: str = "come to a private chat, alice") -> InteractionResult:
        """Bob writes, and Alice reports that message."""
        said = await self.bob.send(self.channel, words)
        return await self.alice.context_menu(self.channel, "Report message", said)

    async def press(self, shown: InteractionResult, label: str) -> InteractionResult:
        """Alice presses a button on this screen."""
        return await self.alice.click(screen_of(shown), label=label)

    async def again(self, press: Awaitable[InteractionResult]) -> InteractionResult:
        """Make this press, and let Discord tell of it twice more."""
        told: list[Any] = []
        hear = partial(_note_interaction, told)
        self.env.backend.subscribers.append(hear)
        result = await press
        self.env.backend.subscribers.remove(hear)
        for _ in range(2):
            self.env.backend.emit("INTERACTION_CREATE", told[0])
            await self.env.settle()
        return result


def _note_interaction(told: list[Any], event: str, payload: Any) -> None:
    if event == "INTERACTION_CREATE":
        told.append(payload)


@asynccontextmanager
async def park(
    data: Path, *, desk: str = "centre", limits: Limits | None = None, server: int = PARK, at: int = PARK
) -> AsyncIterator[Park]:
    """The room, in the server `at`; the one with the desk is `server`."""
    async with room(data, desk=desk, limits=limits, server=server) as found:
        guild = found.env.create_guild("Skate park", id=at)
        yield Park(
            room=found,
            guild=guild,
            channel=guild.create_text_channel("general"),
            alice=guild.add_member(found.env.create_user("alice")),
            bob=guild.add_member(found.env.create_user("bob")),
            mo=guild.add_member(found.env.create_user("mo")),
        )


def screen_of(shown: InteractionResult) -> ResponseMessage:
    """The private screen that was the answer. LookupError where there is none."""
    if shown.response is None:
        raise LookupError(repr(shown))
    return shown.response


def words_of(shown: InteractionResult | ResponseMessage) -> str:
    """Everything that can be read on a screen, labels and options too, one piece a line."""
    return "\n".join(_said(_components(shown)))


def code_on(shown: InteractionResult | ResponseMessage) -> str:
    """The code that a screen shows. LookupError where there is none."""
    found = CODE.search(words_of(shown))
    if found is None:
        raise LookupError(words_of(shown))
    return found[0]


def labels_of(shown: InteractionResult | ResponseMessage) -> list[str]:
    """What its buttons say."""
    return [part["label"] for part in walk(_components(shown)) if part["type"] == BUTTON]


def id_of(shown: InteractionResult | ResponseMessage, *, question: str, value: str | None = None) -> str:
    """The custom id by which one answer is pressed. LookupError where it is not offered."""
    for name in custom_ids(_components(shown)):
        carried = parse(name)
        if carried is not None and (carried.question, carried.value) == (question, value):
            return name
    raise LookupError(question)


def _components(shown: InteractionResult | ResponseMessage) -> list[dict[str, Any]]:
    message = shown.response if isinstance(shown, InteractionResult) else shown
    return [] if message is None else message.components


def _said(components: Iterable[Component]) -> Iterator[str]:
    for part in walk(list(components)):
        yield from (part[name] for name in ("content", "label", "placeholder") if name in part)
        for option in part.get("options", ()):
            yield from (option[name] for name in ("label", "description") if name in option)
