"""The first reply to a press on Discord, against a bare discord.py handler: same commit, same payload.

`/report` commits nothing before it answers: what it notes is committed beside the answer, by both. "Report
message" commits what was pressed on before it answers; the bare handler commits rows of the same size, and
seals nothing.
"""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from statistics import median
from typing import Any

import discord
from discord import app_commands, ui
from discord.components import _component_factory
from discord.ui.view import _component_to_item

from bots.discord.adapter import Neighbours, create
from bots.discord.settings import DiscordSettings
from core.clock import SystemClock
from core.delivery.screens import STANDS, OpenScreens
from core.dialogue.flow import Dialogue
from core.dialogue.model import Say
from core.evidence.drafts import DraftKey, new_draft_key
from core.evidence.sealing import new_key
from core.ids import DeskName, new_id
from core.ledger.backends import OpenableLedger, open_ledger
from core.ledger.port import Change
from core.ledger.road import drafts, open_screens, parts
from core.ledger.schema import ROAD
from core.reports.packing import Seals
from core.reports.road import Road, Routing
from core.reports.routing import Routes
from core.settings.communities import Communities
from core.settings.model import Community
from core.signals.memory import MemorySignals
from tests.bench import discord_stub as stub
from tests.bench.engines import New, databases
from tests.bench.figures import Aim, Figure, Setting
from tests.bench.rounds import Found, Measure, interleaved
from tests.discord_room import Line, settings_for
from tests.web_room import CATEGORIES, HELPLINES, TEXTS

SEALED = os.urandom(1_200)
STATE = os.urandom(400)
HANDLE = os.urandom(120)
INTO = {table: table.insert() for table in (drafts, open_screens, parts)}
MENU = TEXTS.say(Say("discord-menu-message"), "en")
COMMANDS = {"/report": stub.report_command, MENU: lambda: stub.report_menu(MENU)}
A_BREATH_S = 0.004
"""Between two presses, so that what goes on behind an answer is done with."""


async def measure(setting: Setting) -> list[Figure]:
    figures: list[Figure] = []
    for engine in setting.engines:
        async with databases(engine, setting.folder) as new:
            for command, data in COMMANDS.items():
                async with both(new, command) as presses:
                    named = {f"{who}, {command}, {engine}": press for who, press in presses.items()}
                    asked = {name: _paced(press, data, setting.seconds) for name, press in named.items()}
                    found = await interleaved(asked, setting.rounds)
                bare, ours = named
                aim = Aim(0.6) if command == "/report" else None
                figures += _figures(found, ours, bare, aim)
    return figures


def _figures(found: Found, ours: str, bare: str, aim: Aim | None) -> list[Figure]:
    each = [one / other for one, other in zip(found[bare], found[ours], strict=True)]
    return [
        Figure(what=bare, value=median(found[bare]), unit="ms"),
        Figure(
            what=ours,
            value=median(found[ours]),
            unit="ms",
            base=f"{bare} (its time by ours)",
            ratio=median(each),
            spread=(min(each), max(each)),
            aim=aim and (aim.limit, aim.at_most),
        ),
    ]


class Presses:
    """Somebody who presses and waits for the answer."""

    numbers = count(5_000_000_000_000_000_000)

    def __init__(self) -> None:
        self.client: discord.Client
        self.last = ""
        self.pressed = self.answers = 0
        self._answered = asyncio.Event()

    def heard(self, text: str) -> None:
        self.last = text
        self.answers += 1
        self._answered.set()

    async def press(self, data: Callable[[], dict[str, Any]]) -> float:
        """Milliseconds from what the gateway says to the request that answers it."""
        told = stub.press(next(self.numbers), data())
        self._answered.clear()
        self.pressed += 1
        began = time.perf_counter()
        stub.fed(self.client, told)
        await self._answered.wait()
        return 1000 * (time.perf_counter() - began)


def _paced(presses: Presses, data: Callable[[], dict[str, Any]], seconds: float) -> Measure:
    async def pace() -> float:
        taken: list[float] = []
        until = time.perf_counter() + seconds
        while not taken or time.perf_counter() < until:
            taken.append(await presses.press(data))
            await asyncio.sleep(A_BREATH_S)
        assert presses.answers == presses.pressed  # nothing failed behind the answer, to be answered again
        return median(taken)

    return pace


@asynccontextmanager
async def both(new: New, command: str) -> AsyncIterator[dict[str, Presses]]:
    """The bare handler and our room, each on a ledger of its own; the payload is what ours sends first."""
    data, name = COMMANDS[command], command.strip("/").replace(" ", "_")
    async with AsyncExitStack() as ending:
        mine, other = [
            await ending.enter_async_context(opened(new(f"{who}_{name}"))) for who in ("ours", "bare")
        ]
        ours = await ending.enter_async_context(our_room(mine))
        await ours.press(data)
        payload = json.loads(ours.last)["data"]["components"]
        bare = await ending.enter_async_context(bare_handler(other, payload))
        await bare.press(data)
        yield {"bare discord.py": bare, "our room": ours}


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[OpenableLedger]:
    ledger = open_ledger(url, ROAD, SystemClock())
    await ledger.open()
    yield ledger
    await ledger.close()


@asynccontextmanager
async def our_room(ledger: OpenableLedger) -> AsyncIterator[Presses]:
    clock = SystemClock()
    signals = MemorySignals(clock)
    settings = settings_for(
        {str(stub.SERVER): Community(name="Park", platform="discord", desk="centre", country="GB")}
    )
    routes = Routes(settings.desks)
    road = Road(
        ledger=ledger,
        dialogue=Dialogue(HELPLINES, CATEGORIES),
        routing=Routing(candidates=routes.candidates, route=routes.route, is_urgent=lambda _answers: False),
        seals=Seals(
            desks={DeskName(name): (new_key().public,) for name in settings.desks},
            road=new_key().public,
            tag=lambda reference: reference,
        ),
        signals=signals,
        clock=clock,
        new_key=new_draft_key,
    )
    given = Neighbours(
        road=road,
        places=Communities(settings),
        texts=TEXTS,
        signals=signals,
        clock=clock,
        screens=OpenScreens(ledger, DraftKey(bytes(16)), clock),
        hash_key=bytes(32),
    )
    line, presses = Line(), Presses()
    platform = create(given, DiscordSettings(token="none"), connect=line.connect)
    async with road:
        await platform.start()
        presses.client = await line.begun()
        await presses.client._async_setup_hook()
        stub.connected(presses.client, presses.heard)
        yield presses
        line.cut()
        await platform.stop()


class Copy(ui.LayoutView):
    """The same components, made anew for each answer, as ids that differ ask for."""

    def __init__(self, payload: list[Any]) -> None:
        super().__init__(timeout=None)
        for part in payload:
            component = _component_factory(part)
            assert component is not None
            self.add_item(_component_to_item(component))
        self.stop()


@asynccontextmanager
async def bare_handler(ledger: OpenableLedger, payload: list[Any]) -> AsyncIterator[Presses]:
    client = discord.Client(**stub.OPTIONS)
    tree = app_commands.CommandTree(client)
    behind: set[asyncio.Task[None]] = set()

    def begin(work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        behind.add(task)
        task.add_done_callback(behind.discard)

    async def answer(interaction: discord.Interaction) -> None:
        await interaction.response.send_message(view=Copy(payload), ephemeral=True)

    async def report(interaction: discord.Interaction) -> None:
        begin(ledger.append(Change(INTO[open_screens], [_screen()])))
        await answer(interaction)

    async def report_message(interaction: discord.Interaction, message: discord.Message) -> None:
        assert message.content
        await ledger.append(*_captured())
        begin(ledger.append(Change(INTO[open_screens], [_screen()])))
        await answer(interaction)

    tree.add_command(app_commands.Command(name="report", description="Report", callback=report))
    tree.add_command(app_commands.ContextMenu(name=MENU, callback=report_message))
    presses = Presses()
    presses.client = client
    await client._async_setup_hook()
    stub.connected(client, presses.heard)
    yield presses
    await client.close()
    await asyncio.gather(*behind)


def _screen() -> dict[str, Any]:
    closes = datetime.now(UTC) + STANDS
    return {"id": new_id() * 2, "platform": "discord", "handle": HANDLE, "closes_at": closes, "fence": 0}


def _captured() -> tuple[Change, ...]:
    now, draft = datetime.now(UTC), new_id() * 2
    row = {"id": draft, "community": "c", "state": STATE, "created_at": now, "updated_at": now}
    part = {
        "id": new_id(), "draft": draft, "desk": "centre", "kind": "reported", "item": None,
        "sealed": SEALED, "created_at": now,
    }  # fmt: skip
    return Change(INTO[drafts], [row, {**row, "id": new_id() * 2}]), Change(INTO[parts], [part])
