"""What every room under bots/ must do, whatever the platform: web, chats, and one that is still to come.

That one is made here by the very commands that CONTRIBUTING.md gives to whoever adds a platform.
"""

import asyncio
import importlib
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, cast
from unittest import mock

import msgspec
import pytest
import sqlalchemy as sa
from slack_sdk.web.async_base_client import AsyncBaseClient

import bots
import bots.discord.adapter
import bots.slack.adapter
from bots.discord.settings import DiscordSettings
from bots.slack.settings import SlackSettings
from bots.web.adapter import WebPlatform
from core.delivery.screens import OpenScreens
from core.dialogue.cards import SCREENS
from core.dialogue.flow import Dialogue
from core.dialogue.model import Ask, Card, Form, Outcome, Place, State
from core.evidence.drafts import DraftKey, new_draft_key
from core.evidence.parts import PartKind
from core.evidence.sealing import new_key
from core.ids import CommunityId, DeskName
from core.ledger.road import open_screens, parts, reports
from core.ledger.schema import ROAD
from core.platform import Platform
from core.reports.model import Answers, Category, Standing, YesNo
from core.reports.packing import Seals
from core.reports.road import Road, Routing, Shown
from core.reports.routing import Routes
from core.settings.communities import Communities
from core.settings.model import Community, Desk, Settings
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock
from core.testing.ledger import MemoryLedger
from lifebelt import PLATFORMS
from tests.dialogue_room import CANARY, NO_DESK, PLACE, PRACTICE, REFERENCE
from tests.surfaces import DiscordSurface, Pressed, Rendered, SlackSurface, Surface, Way, WebSurface
from tests.web_room import CATEGORIES, HELPLINES, TEXTS

ROOT = Path(__file__).parents[2]
NEW = "newchat"
"""What the room is called that is made by the steps."""
KEY = DraftKey(bytes(16))
DIALOGUE = Dialogue(HELPLINES, CATEGORIES)
STARTS_WITHIN_S = 5.0
FILES = ("adapter.py", "inbound.py", "outbound.py", "settings.py", "README.md")


class NewSurface:
    """The new room's own translation, both ways."""

    def __init__(self, room: "Callable[[], New]") -> None:
        self._room = room

    def render(self, place: Place, shown: Shown) -> Rendered:
        message = self._room().outbound.Renderer(TEXTS).screen(shown, place)
        answers = {each.id: [value for value, _ in each.options] or None for each in message.fields}
        ways = tuple(
            Way(name=button.data.split(" ")[0], what={"data": button.data}, answers=answers)
            for button in message.buttons
        )
        labels = [button.label for button in message.buttons]
        asked = [
            word for each in message.fields for word in (each.label, *(label for _, label in each.options))
        ]
        return Rendered(words="\n".join([*message.words, *asked, *labels]), ways=ways)

    def press(self, way: Way, answers: Mapping[str, str]) -> Pressed:
        told = self._room().inbound.pressed(way.what["data"], answers)
        return Pressed(key=told.key, press=told.press, carried=told.carried, was_sent=told.was_sent)


@dataclass(frozen=True)
class New:
    """The room that was made by the steps."""

    folder: Path
    adapter: ModuleType
    inbound: ModuleType
    outbound: ModuleType
    settings: ModuleType


_MADE: list[New] = []


@pytest.fixture(scope="module", autouse=True)
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[New]:
    """Follow the steps in a copy of what they need."""
    work = tmp_path_factory.mktemp("clone")
    (work / "bots").mkdir()
    (work / "tests").mkdir()
    subprocess.run(["cp", "-r", str(ROOT / "tests" / "skeleton"), str(work / "tests")], check=True)
    subprocess.run(["sh", "-euc", commands()], cwd=work, check=True)
    with importable(work / "bots"):
        load = importlib.import_module
        modules = [load(f"bots.{NEW}.{name}") for name in ("adapter", "inbound", "outbound", "settings")]
        _MADE.append(New(work / "bots" / NEW, *modules))
        yield _MADE[0]
        _MADE.clear()


def commands() -> str:
    """The commands of "Add a platform", for a room of this name."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8").split("## Add a platform")[1].split("\n## ")[0]
    (block,) = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return cast("str", block).replace("NAME=mychat", f"NAME={NEW}")


@contextmanager
def importable(folder: Path) -> Iterator[None]:
    before = list(bots.__path__)
    bots.__path__.append(str(folder))
    try:
        yield
    finally:
        bots.__path__[:] = before
        for name in [each for each in sys.modules if each.startswith(f"bots.{NEW}")]:
            del sys.modules[name]


SURFACES: Mapping[str, Surface] = {
    "web": WebSurface(),
    "discord": DiscordSurface(),
    "slack": SlackSurface(),
    NEW: NewSurface(lambda: _MADE[0]),
}
each_surface = pytest.mark.parametrize("name", SURFACES)


def shown_at(screen: str, place: Place, **state: Any) -> Shown:
    """A screen as the road gives it, nothing of it stored."""
    told = State(**{"at": screen, **state})
    drawn = DIALOGUE.show(place, told)
    return Shown(key=KEY, screen=drawn, state=msgspec.structs.replace(told, at=drawn.id), stored=False)


def every_screen(name: str) -> Iterator[tuple[Place, Shown]]:
    """Each screen in each standing, as this platform shows it."""
    told: dict[str, dict[str, Any]] = {
        "storing": {"outcome": Outcome.STORING},
        "not_known": {"outcome": Outcome.UNKNOWN},
        "not_sent": {"outcome": Outcome.REFUSED},
        "sent": {"outcome": Outcome.STORED, "reference": REFERENCE},
    }
    for where in (PLACE, PRACTICE, NO_DESK):
        place = msgspec.structs.replace(where, platform=name, knows_accounts=name != "web")
        for screen in SCREENS:
            yield place, shown_at(screen, place, **told.get(screen, {}))


@each_surface
def test_every_card_leads_to_the_danger_exit_and_every_form_leads_on(name: str) -> None:
    for place, shown in every_screen(name):
        ways = {way.name for way in SURFACES[name].render(place, shown).ways}
        if isinstance(shown.screen, Form):
            assert shown.screen.submit.id in ways
        else:
            assert "help" in ways or shown.screen.id == "help", shown.screen.id


@each_surface
def test_every_button_of_every_screen_comes_back_as_that_press_on_that_screen(name: str) -> None:
    for place, shown in every_screen(name):
        rendered = SURFACES[name].render(place, shown)
        for way in rendered.ways:
            came = SURFACES[name].press(way, {})
            assert came.key == KEY
            assert came.press.screen == shown.screen.id
            if way.name in _buttons(shown):
                assert came.press.button == way.name
            elif "=" in way.name and not way.name.endswith("="):
                question, _, value = way.name.partition("=")
                assert came.press.values[question] == value


def _buttons(shown: Shown) -> set[str]:
    screen = shown.screen
    buttons = screen.buttons if isinstance(screen, Card) else (screen.submit,)
    return {button.id for button in buttons if button.url is None}


@each_surface
def test_every_button_but_leaving_is_offered(name: str) -> None:
    """Leaving may be the platform's own: a modal is closed by its own button."""
    for place, shown in every_screen(name):
        ways = {way.name for way in SURFACES[name].render(place, shown).ways}
        assert _buttons(shown) - ways <= {"hide"}, shown.screen.id


@each_surface
def test_every_question_can_be_answered(name: str) -> None:
    for place, shown in every_screen(name):
        rendered = SURFACES[name].render(place, shown)
        for question in shown.screen.questions:
            if question.ask is Ask.TEXT and isinstance(shown.screen, Card) and place.knows_accounts:
                continue  # a platform that knows who presses asks for no name
            assert _answered(SURFACES[name], rendered, question.id, question.options), question.id


def _answered(surface: Surface, rendered: Rendered, question: str, options: Any) -> bool:
    """Whether some press can bring an answer to this question."""
    value = options[0].value if options else "something"
    for way in rendered.ways:
        if (
            question in way.answers
            and surface.press(way, {question: value}).press.values.get(question) == value
        ):
            return True
        if way.name == f"{question}={value}":
            return True
    return False


@each_surface
def test_what_could_not_be_stored_travels_with_the_screen(name: str) -> None:
    answers = Answers(danger=YesNo.NO, category=Category.GROOMING, runs_place=YesNo.NOT_SURE)
    for screen in ("first", "choices", "not_saved"):
        place = msgspec.structs.replace(PLACE, platform=name)
        shown = shown_at(screen, place, answers=answers, country="DE")
        for way in SURFACES[name].render(place, shown).ways:
            carried = SURFACES[name].press(way, {}).carried
            assert carried is not None, way.name
            assert (carried.answers, carried.country) == (answers, "DE")


@each_surface
def test_a_screen_of_a_sent_report_says_so_when_it_is_pressed(name: str) -> None:
    for sent in (True, False):
        reference = REFERENCE if sent else None
        shown = shown_at("help", PLACE, reference=reference, outcome=Outcome.STORED if sent else None)
        for way in SURFACES[name].render(PLACE, shown).ways:
            assert SURFACES[name].press(way, {}).was_sent is sent


@each_surface
def test_nothing_that_was_written_is_ever_shown(name: str) -> None:
    written = Answers(own_words=CANARY, about=CANARY, contact=CANARY)
    for place, shown in every_screen(name):
        state = msgspec.structs.replace(shown.state, answers=written)
        again = msgspec.structs.replace(shown, screen=DIALOGUE.show(place, state), state=state)
        assert CANARY not in SURFACES[name].render(place, again).words


@each_surface
def test_the_numbers_and_the_code_stand_there_as_they_are(name: str) -> None:
    surface = SURFACES[name]
    assert all(
        number in surface.render(PLACE, shown_at("help", PLACE)).words
        for number in ("999", "0800 1111", "55")
    )
    sent = shown_at("sent", PLACE, reference=REFERENCE, outcome=Outcome.STORED)
    assert REFERENCE in surface.render(PLACE, sent).words


@each_surface
def test_practice_is_said_on_every_screen(name: str) -> None:
    for place, shown in every_screen(name):
        if place.standing is Standing.PRACTICE:
            assert "nobody reads this" in SURFACES[name].render(place, shown).words


# The room, and its life.


def folder_of(name: str) -> Path:
    return _MADE[0].folder if name == NEW else ROOT / "bots" / name


@each_surface
def test_the_room_has_the_files_that_every_room_has(name: str) -> None:
    there = {each.name for each in folder_of(name).iterdir()}
    assert set(FILES) <= there
    table = (folder_of(name) / "README.md").read_text("utf-8").split("## What it can do")[1]
    states = set(re.findall(r"^\| [^|]+ \| (done|to do|cannot) \| .+ \|$", table, re.MULTILINE))
    assert states == {"done", "to do", "cannot"}


def test_every_platform_that_there_is_keeps_this_contract() -> None:
    assert set(SURFACES) - {NEW} == set(PLATFORMS)


class NewChat:
    """What the new room is given for its chat: it keeps what was shown."""

    def __init__(self) -> None:
        self.shown: dict[str, Any] = {}
        self.told: list[tuple[str, str]] = []

    async def send(self, person: str, screen: str, message: Any) -> None:  # noqa: ARG002 - there is one
        self.shown[screen] = message

    async def change(self, screen: str, message: Any) -> bool:
        if screen not in self.shown:
            return False
        self.shown[screen] = message
        return True

    async def tell(self, person: str, words: str) -> bool:
        self.told.append((person, words))
        return bool(person)


@dataclass(frozen=True)
class Somewhere:
    """A road with a ledger in memory, and what every room is given."""

    ledger: MemoryLedger
    given: dict[str, Any]

    async def rows(self, table: sa.Table) -> list[Any]:
        return await self.ledger.read(lambda conn: list(conn.execute(sa.select(table))))


@asynccontextmanager
async def somewhere(*, is_open: bool = True) -> AsyncIterator[Somewhere]:
    clock = FixedClock()
    ledger = MemoryLedger(ROAD, clock)
    if is_open:
        await ledger.open()
    key, signals = new_key(), MemorySignals(clock)
    desks = {"centre": Desk(name="The Centre", standing=Standing.SPECIALIST)}
    here = {"here": Community(name="Here", platform=NEW, desk="centre", country="GB")}
    routes = Routes(desks)
    road = Road(
        ledger=ledger,
        dialogue=DIALOGUE,
        routing=Routing(
            candidates=routes.candidates,
            route=routes.route,
            is_urgent=lambda answers: answers.danger is YesNo.YES,
        ),
        seals=Seals(
            desks={DeskName("centre"): (key.public,)}, road=key.public, tag=lambda reference: reference
        ),
        signals=signals,
        clock=clock,
        new_key=new_draft_key,
    )
    given = {
        "road": road,
        "places": Communities(Settings(desks=desks, communities=here)),
        "texts": TEXTS,
        "signals": signals,
        "clock": clock,
        "screens": OpenScreens(ledger, KEY, clock),
        "hash_key": bytes(32),
    }
    try:
        async with road:
            yield Somewhere(ledger, given)
    finally:
        await ledger.close()


async def _never(*_given: object) -> None:
    await asyncio.Event().wait()


def _slack(given: dict[str, Any]) -> Platform:
    settings = SlackSettings(bot_token="xoxb-nobody", signing_secret="s", app_token="xapp-nobody")
    return bots.slack.adapter.create(bots.slack.adapter.Neighbours(**given), settings)[0]


def _discord(given: dict[str, Any]) -> Platform:
    neighbours = bots.discord.adapter.Neighbours(**given)
    return bots.discord.adapter.create(neighbours, DiscordSettings(token="nobody"), connect=_never)


def _new(given: dict[str, Any]) -> Platform:
    room = _MADE[0]
    settings = room.settings.NewchatSettings()
    platform: Platform = room.adapter.create(room.adapter.Neighbours(**given), settings, NewChat())
    return platform


PLATFORMS_HERE: Mapping[str, Callable[[dict[str, Any]], Platform]] = {
    "web": lambda _given: WebPlatform(),
    "discord": _discord,
    "slack": _slack,
    NEW: _new,
}
each_platform = pytest.mark.parametrize("name", PLATFORMS_HERE)


@asynccontextmanager
async def running(name: str, *, is_open: bool = True) -> AsyncIterator[Platform]:
    """The platform, with nobody at the other end of its line."""
    async with somewhere(is_open=is_open) as here:
        with mock.patch.object(AsyncBaseClient, "BASE_URL", "http://127.0.0.1:9/api/"):
            platform = PLATFORMS_HERE[name](here.given)
            async with asyncio.timeout(STARTS_WITHIN_S):
                await platform.start()
            try:
                yield platform
            finally:
                async with asyncio.timeout(4 * STARTS_WITHIN_S):
                    await platform.stop()


@each_platform
@pytest.mark.parametrize("is_open", [True, False], ids=["ledger open", "ledger not open"])
async def test_it_starts_and_stops_with_the_ledger_and_the_platform_away(name: str, *, is_open: bool) -> None:
    async with running(name, is_open=is_open) as platform:
        assert platform.name == name
        assert platform.ready is (name in {"web", NEW})


@each_platform
async def test_whoever_it_never_wrote_down_is_not_reached(name: str) -> None:
    async with running(name) as platform:
        for way_back in (b"", b"\xff\x00"):
            if name == NEW and way_back:
                continue  # its ids are any text
            assert await platform.reach(CommunityId("here"), way_back, "you-have-an-update") is False


def test_every_platform_keeps_the_protocol(made: New) -> None:
    names = [each for each in vars(Platform) if not each.startswith("_")]
    kinds = (
        WebPlatform,
        bots.discord.adapter.DiscordPlatform,
        bots.slack.adapter.SlackPlatform,
        made.adapter.NewchatPlatform,
    )
    for kind in kinds:
        assert [each for each in names if not hasattr(kind, each)] == []


# The new room at work.


async def test_in_the_room_made_by_the_steps_a_message_is_reported_and_sent_once(made: New) -> None:
    async with somewhere() as here:
        chat = NewChat()
        platform = made.adapter.create(
            made.adapter.Neighbours(**here.given), made.settings.NewchatSettings(), chat
        )
        await platform.start()
        kim, robin = made.inbound.Person(id="7", name="Kim"), made.inbound.Person(id="8", name="Robin")
        said = made.inbound.Said(id="1", author=robin, text="come here, Kim", at=here.given["clock"].now())
        for _ in range(2):
            await platform.report("press 1", kim, "here", said)
        assert {row.kind for row in await here.rows(parts)} == {PartKind.REPORTED}
        (screen,) = chat.shown
        assert len(await here.rows(open_screens)) == 1
        send = next(each for each in chat.shown[screen].buttons if each.data.startswith("send "))
        for _ in range(2):
            await platform.pressed(kim, "here", send.data, {"category": "grooming"}, screen)
        assert "LB-" in str(chat.shown[screen].words)
        assert len(await here.rows(reports)) == 1
        assert len(chat.shown) == 1
        await platform.pressed(kim, "here", "what is this", {}, screen)
        assert "999" in str([*chat.shown.values()][-1].words)
        await platform.stop()
        assert await platform.empty(screen.encode())
        assert chat.shown[screen].buttons == ()
