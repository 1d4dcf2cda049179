"""The line to Slack stands, or another is begun: after every kind of loss, and ever less often."""

import asyncio
import json
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, cast

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from structlog.testing import capture_logs

from bots.slack import line
from bots.slack.line import DEAD_AFTER_S, LOOK_S, Line
from bots.slack.settings import SlackSettings
from tests.slack_server import SlackFault
from tests.unit.bots.slack.slack_room import room
from tests.unit.core.chat.jumping_loop import jumping, now

TOKEN = "xapp-1-SECRETWORD"
SETTINGS = SlackSettings(bot_token="xoxb-1", app_token=TOKEN)


class Response:
    def __init__(self, error: str) -> None:
        self.data = {"ok": False, "error": error}


def refused(error: str) -> Exception:
    said = f"The request to the Slack API failed with {TOKEN}"
    return SlackApiError(said, Response(error))  # type: ignore[no-untyped-call]


LOSSES: Sequence[Exception] = (
    refused("internal_error"),
    SlackApiError("html", None),  # type: ignore[no-untyped-call]
    aiohttp.ClientOSError(104, "reset"),
    aiohttp.ServerDisconnectedError(),
    ConnectionResetError(),
    TimeoutError(),
    RuntimeError("session is closed"),
    ValueError("no JSON"),
    KeyError("url"),
    TypeError("no address"),
)


class Client:
    """What stands for the library's client: opens in one way after another, and stands for so many looks."""

    proxy: str | None = None

    def __init__(self, world: "World") -> None:
        self._world = world
        self._looks = 0
        self.wss_uri: str | None = None
        self.closed = False

    async def issue_new_wss_url(self) -> str:
        return f"wss://{len(self._world.begun)}"

    async def connect(self) -> None:
        self._world.connected.append((str(self.wss_uri), now()))
        ending = self._world.ending()
        if isinstance(ending, Exception):
            raise ending
        if ending is None:
            await asyncio.Event().wait()

    async def is_connected(self) -> bool:
        self._looks += 1
        return self._looks <= self._world.stands_for

    async def close(self) -> None:
        self.closed = True
        if self._world.cannot_close:
            raise RuntimeError("closing")


class World:
    def __init__(self, *endings: Any, stands_for: int = 3, cannot_close: bool = False) -> None:
        """Endings: an error, None (never opens), or True. `stands_for`: looks that find it standing."""
        self._endings = list(endings)
        self.stands_for = stands_for
        self.cannot_close = cannot_close
        self.begun: list[Client] = []
        self.connected: list[tuple[str, float]] = []
        self.stopping = asyncio.Event()

    def ending(self) -> Any:
        ending = self._endings.pop(0)
        if not self._endings:
            self.stopping.set()
        return ending

    def handler(self, *_: object, **how: Any) -> Any:
        assert how["logger"].level > 40
        self.begun.append(Client(self))
        return type("Handler", (), {"client": self.begun[-1]})()


def lived(make: Callable[[], World], monkeypatch: pytest.MonkeyPatch) -> tuple[World, list[Any]]:
    """A whole life in that world, on a loop that does not wait; and what was logged."""

    async def main() -> World:
        world = make()
        monkeypatch.setattr(line, "AsyncSocketModeHandler", world.handler)
        kept = Line(cast("Any", None), SETTINGS)
        await kept.keep(world.stopping)
        await kept.end()
        assert not kept.stands
        return world

    with capture_logs() as logged:
        return jumping(main()), list(logged)


def pauses(world: World) -> list[float]:
    at = [at for _, at in world.connected]
    return [after - before for before, after in pairwise(at)]


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: type(loss).__name__)
def test_after_every_kind_of_loss_another_line_is_begun(
    loss: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, logged = lived(lambda: World(loss, loss, True, stands_for=1), monkeypatch)
    assert len(world.begun) == 3
    assert all(client.closed for client in world.begun)
    assert {each["event"] for each in logged} == {"slack_line_lost"}
    assert TOKEN not in str(logged)


def test_it_waits_longer_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    world, _ = lived(lambda: World(*[OSError()] * 9), monkeypatch)
    assert pauses(world) == sorted(pauses(world))
    assert pauses(world)[0] == pytest.approx(2.0)
    assert pauses(world)[-1] == pytest.approx(60.0)


def test_once_it_stood_it_starts_over(monkeypatch: pytest.MonkeyPatch) -> None:
    world, _ = lived(lambda: World(OSError(), OSError(), OSError(), True, True, OSError()), monkeypatch)
    stood = LOOK_S * 3 + DEAD_AFTER_S
    assert pauses(world)[3:] == pytest.approx([stood + 1.0] * 2)


@pytest.mark.parametrize("said", sorted(line._REFUSALS))
def test_what_slack_refuses_is_asked_seldom_and_the_token_is_in_no_log(
    said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, logged = lived(lambda: World(*[refused(said)] * 3), monkeypatch)
    assert pauses(world) == pytest.approx([600.0] * 2)
    assert [(each["event"], each["said"]) for each in logged] == [("slack_refuses_the_line", said)] * 3
    assert TOKEN not in str(logged) + repr(SETTINGS)


def test_a_line_that_does_not_open_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    world, _ = lived(lambda: World(None, True), monkeypatch)
    assert pauses(world) == pytest.approx([line.OPENING_S + 2.0])


def test_each_line_has_an_address_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address is good for one use and not for long; the library would try the same one for ever."""
    world, _ = lived(lambda: World(OSError(), OSError(), True), monkeypatch)
    addresses = [address for address, _ in world.connected]
    assert len(set(addresses)) == 3


def test_a_line_that_stands_still_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    world, _ = lived(lambda: World(True, OSError(), stands_for=5), monkeypatch)
    assert pauses(world) == pytest.approx([5 * LOOK_S + DEAD_AFTER_S + 1.0])


def test_a_line_that_cannot_even_be_closed_keeps_no_other_from_its_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, _ = lived(lambda: World(OSError(), OSError(), cannot_close=True), monkeypatch)
    assert len(world.begun) == 2


def test_stopping_ends_it_at_once_whatever_it_waits_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> float:
        world = World(*[refused("invalid_auth")] * 5)
        monkeypatch.setattr(line, "AsyncSocketModeHandler", world.handler)
        keeping = asyncio.ensure_future(Line(cast("Any", None), SETTINGS).keep(world.stopping))
        await asyncio.sleep(10)
        world.stopping.set()
        await keeping
        return now()

    assert jumping(main()) == pytest.approx(10.0)


# The real library, on a real line.


async def test_a_line_that_slack_ends_is_opened_anew_and_presses_come_down_it() -> None:
    async with room(mode="socket") as at:
        assert (await at.alice.report()).screen == "first"
        await at.slack.hang_up()
        await at.slack.until(lambda: at.slack.connected)
        assert (await at.alice.advice()).screen == "advice"
        assert at.slack.violations == []


async def test_a_refused_token_is_asked_for_once_and_is_in_no_log(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(0)
    async with room(mode="http") as at:
        kept, stopping = Line(at.platform.bolt, SETTINGS), asyncio.Event()
        keeping = asyncio.ensure_future(kept.keep(stopping))
        await at.slack.until(lambda: "apps.connections.open" in at.asked())
        await at.alice.report()
        stopping.set()
        await keeping
        assert at.asked("apps.connections.open") == ["apps.connections.open"]
        at.slack.violations.clear()
    assert TOKEN not in caplog.text + "".join(capfd.readouterr())


async def test_while_no_line_stands_the_room_is_not_ready() -> None:
    async with room(mode="socket") as at:
        at.slack.fail(SlackFault.FAILING, always=True)
        assert at.platform._line is not None
        await at.platform._line.end()
        assert not at.platform.ready


async def test_what_no_json_is_on_the_line_ends_nothing() -> None:
    async with room(mode="socket") as at:
        (socket,) = at.slack._lines
        for junk in (
            "",
            "[]",
            "{",
            "null",
            json.dumps({"type": "unheard_of"}),
            json.dumps({"envelope_id": 7}),
        ):
            await socket.send_str(junk)
        assert (await at.alice.report()).screen == "first"


def test_the_library_still_has_what_this_was_written_for() -> None:
    assert {"issue_new_wss_url", "connect", "is_connected", "close"} <= set(dir(SocketModeClient))
