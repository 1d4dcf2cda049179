"""The life of the room: it connects again after every loss, answers what was begun, and reaches people."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import create_autospec

import aiohttp
import discord
import pytest
from aiohttp import ClientResponse
from structlog.testing import capture_logs

from bots.discord import client
from bots.discord.adapter import DiscordPlatform, create
from bots.discord.settings import DiscordSettings
from bots.discord.sharding import Advice
from core.delivery.news import UPDATE
from core.ids import CommunityId
from tests.discord_room import SETTINGS, TOKEN, Park, labels_of, park, room, words_of

COMMUNITY = CommunityId("1")
REPLY = create_autospec(ClientResponse, instance=True, status=503, reason="")
SOCKET = create_autospec(aiohttp.ClientWebSocketResponse, instance=True, close_code=4000)
LOSSES: Sequence[Exception] = (
    discord.ConnectionClosed(SOCKET, shard_id=None),
    discord.GatewayNotFound(),  # type: ignore[no-untyped-call]
    discord.DiscordServerError(REPLY, "down"),
    aiohttp.ClientOSError(104, "reset"),
    aiohttp.ServerDisconnectedError(),
    ConnectionResetError(),
    TimeoutError(),
    RuntimeError("session is closed"),
    ValueError("no JSON"),
    KeyError("op"),
)


class Line:
    """Ends in one way after another, then stops the room."""

    def __init__(self, *endings: Exception | None, ready: bool = False) -> None:
        self._endings = list(endings)
        self._ready = ready
        self.clients: list[discord.Client] = []
        self.pauses: list[float] = []

    async def connect(self, client: discord.Client, token: str) -> None:
        assert token == TOKEN
        self.clients.append(client)
        client.was_ready = self._ready  # type: ignore[attr-defined]
        ending = self._endings[len(self.clients) - 1]
        if ending is not None:
            raise ending

    async def pause(self, platform: DiscordPlatform, seconds: float) -> None:
        self.pauses.append(seconds)
        if len(self.clients) == len(self._endings):
            platform._stopping.set()


def paused(line: Line) -> Callable[[DiscordPlatform, float], Coroutine[Any, Any, None]]:
    async def pause(platform: DiscordPlatform, seconds: float) -> None:
        await line.pause(platform, seconds)

    return pause


async def lived(tmp_path: Path, line: Line, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A whole life on that line; what was logged meanwhile."""
    monkeypatch.setattr(DiscordPlatform, "_pause", paused(line))
    async with room(tmp_path) as found:
        platform = create(found.given, SETTINGS, connect=line.connect)
        with capture_logs() as logged:
            await platform.start()
            await platform._stopping.wait()
            await platform.stop()
        monkeypatch.undo()
    return list(logged)


async def test_after_every_kind_of_loss_another_client_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Line(*LOSSES, None)
    logged = await lived(tmp_path, line, monkeypatch)
    assert len(set(map(id, line.clients))) == len(LOSSES) + 1
    assert all(client.is_closed() for client in line.clients)
    assert [each["error"] for each in logged if each["event"] == "discord_lost"] == [
        type(loss).__name__ for loss in LOSSES
    ]


async def test_it_waits_longer_each_time_and_starts_over_once_it_was_connected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    never, once = Line(*[OSError()] * 8), Line(*[OSError()] * 3, ready=True)
    await lived(tmp_path / "a", never, monkeypatch)
    await lived(tmp_path / "b", once, monkeypatch)
    assert never.pauses == sorted(never.pauses)
    assert never.pauses[-1] == 60.0
    assert once.pauses == [1.0, 1.0, 1.0]


async def test_a_refused_token_is_tried_seldom_and_stands_in_no_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Line(discord.LoginFailure(f"improper token {TOKEN}"))
    logged = await lived(tmp_path, line, monkeypatch)
    assert line.pauses == [600.0]
    assert "discord_refuses_the_token" in [each["event"] for each in logged]
    assert TOKEN not in str(logged)
    assert TOKEN not in repr(DiscordSettings(token=TOKEN))


async def test_a_client_that_cannot_even_be_closed_keeps_no_other_from_its_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stuck(_client: discord.Client) -> None:
        raise RuntimeError("closing")

    line = Line(OSError(), OSError())
    monkeypatch.setattr(client.Client, "close", stuck)
    async with room(tmp_path) as found:
        monkeypatch.setattr(DiscordPlatform, "_pause", paused(line))
        platform = create(found.given, SETTINGS, connect=line.connect)
        await platform.start()
        await platform._stopping.wait()
        await platform.stop()
        monkeypatch.undo()
    assert len(line.clients) == 2


# Stopping.


async def test_stopping_waits_until_what_was_begun_is_answered(tmp_path: Path) -> None:
    written = asyncio.Event()
    answered = []

    async def work(interaction: discord.Interaction[Any]) -> None:
        await written.wait()
        answered.append(interaction.id)

    async with room(tmp_path) as found:
        platform = create(found.given, SETTINGS, connect=Line(None).connect)
        await platform.start()
        interaction = create_autospec(discord.Interaction, instance=True, id=7)
        press = asyncio.create_task(platform.handled(interaction, work))
        stopping = asyncio.create_task(platform.stop())
        for _ in range(50):
            await asyncio.sleep(0)
        assert not stopping.done()
        written.set()
        await stopping
        assert answered == [7]
        await press


async def test_stopping_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.chat.work.ENDING_S", 0)
    hangs = asyncio.Event()

    async def work(_: Any) -> None:
        await hangs.wait()

    async with room(tmp_path) as found:
        platform = create(found.given, SETTINGS, connect=Line(None).connect)
        await platform.start()
        interaction = create_autospec(discord.Interaction, instance=True, id=7)
        press = asyncio.create_task(platform.handled(interaction, work))
        await asyncio.sleep(0)
        with capture_logs() as logged:
            await platform.stop()
        assert {"presses_unanswered"} <= {each["event"] for each in logged}
        hangs.set()
        await press


async def test_commands_that_cannot_be_told_keep_no_press_from_being_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_TELL_AGAIN_AFTER_S", (20.0, 40.0))
    async with park(tmp_path) as at:
        at.env.inject_error("PUT", "/applications/*/commands", status=503, times=2)
        await at.room.restart()
        shown = await at.alice.slash(at.channel, "report")
        assert "Yes, now" in labels_of(shown)
        assert told(at) == 2
        await at.room.later(20)
        await at.room.later(40)
        assert told(at) == 4


def told(at: Park) -> int:
    """How often the commands were told to Discord, or tried to be."""
    return sum(request.method == "PUT" for request in at.env.http_requests)


async def test_ready_is_said_only_while_presses_come(tmp_path: Path) -> None:
    async with room(tmp_path) as found:
        before = found.platform.ready
        await found.client.close()
        assert (before, found.platform.ready) == (True, False)
        assert not create(found.given, SETTINGS).ready
        found.client.clear()


async def test_what_the_library_tells_after_it_was_left_begins_nothing(tmp_path: Path) -> None:
    """It says that it is ready two seconds after the last server was told of, whatever happened meanwhile."""
    async with room(tmp_path) as found:
        await found.client.close()
        found.client.dispatch("ready")
        found.client.clear()


# Reaching somebody, and taking screens away.


async def test_who_asked_for_it_is_told_that_there_is_news_and_no_more(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        assert await at.room.platform.reach(COMMUNITY, str(at.alice.id).encode(), UPDATE)
        (message,) = at.alice.user.dm_channel.history()
        assert message.content == "You have an update"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("POST", "/channels/*/messages", 403, 50007),
        ("POST", "/users/@me/channels", 404, 10013),
        ("POST", "/users/@me/channels", 403, 50278),
    ],
)
async def test_who_takes_no_direct_message_is_not_reached(
    tmp_path: Path, method: str, path: str, status: int, code: int
) -> None:
    async with park(tmp_path) as at:
        at.env.inject_error(method, path, status=status, code=code)
        assert not await at.room.platform.reach(COMMUNITY, str(at.alice.id).encode(), UPDATE)


async def test_a_fault_on_the_way_to_somebody_is_raised_so_that_it_is_tried_again(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        at.env.inject_error("POST", "/channels/*/messages", status=503)
        with pytest.raises(discord.HTTPException):
            await at.room.platform.reach(COMMUNITY, str(at.alice.id).encode(), UPDATE)


async def test_nobody_is_reached_by_what_is_no_account(tmp_path: Path) -> None:
    async with room(tmp_path) as found:
        assert not await found.platform.reach(COMMUNITY, b"\xff", UPDATE)
        assert not await create(found.given, SETTINGS).reach(COMMUNITY, b"7", UPDATE)


async def test_a_screen_left_alone_is_taken_away_after_a_restart_too(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        first = await at.alice.slash(at.channel, "report")
        assert "Yes, now" in words_of(first)
        await at.room.restart()
        await at.room.later(12 * 60)
        assert await at.room.emptied() == 1
        assert first.response is None
        assert await at.room.emptied() == 0


@pytest.mark.parametrize(
    ("status", "code"), [(404, 10008), (404, 10015), (401, 50027)], ids=["gone", "no-webhook", "expired"]
)
async def test_a_screen_that_is_gone_already_counts_as_taken_away(
    tmp_path: Path, status: int, code: int
) -> None:
    async with park(tmp_path) as at:
        await at.alice.slash(at.channel, "report")
        await at.room.later(12 * 60)
        at.env.inject_error("DELETE", "/webhooks/*", status=status, code=code)
        assert await at.room.emptied() == 1
        assert await at.room.open_screens() == []


async def test_a_screen_that_could_not_be_taken_away_is_tried_again(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        first = await at.alice.slash(at.channel, "report")
        await at.room.later(12 * 60)
        at.env.inject_error("DELETE", "/webhooks/*", status=503)
        assert await at.room.emptied() == 0
        await at.room.later(31)
        assert await at.room.emptied() == 1
        assert first.response is None


# Shards, where this process has all of them.


async def test_where_discord_wants_shards_it_is_asked_how_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    too_large = create_autospec(aiohttp.ClientWebSocketResponse, instance=True, close_code=4011)
    line = Line(discord.ConnectionClosed(too_large, shard_id=None), None)
    met: list[discord.Client] = []

    async def meet(client: discord.Client, _token: str) -> Advice:
        met.append(client)
        return Advice(shards=3)

    monkeypatch.setattr(DiscordPlatform, "_pause", paused(line))
    async with room(tmp_path) as found:
        platform = create(found.given, SETTINGS, connect=line.connect, meet=meet)
        await platform.start()
        await platform._stopping.wait()
        await platform.stop()
        monkeypatch.undo()
    whole, cut = line.clients
    assert (whole.shard_count, len(met), met[0].is_closed()) == (None, 1, True)
    assert isinstance(cut, client.GroupClient)
    assert (cut.shard_count, cut.shard_ids) == (3, [0, 1, 2])


async def test_as_many_shards_as_are_set_need_no_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Line(None)

    async def meet(_client: discord.Client, _token: str) -> Advice:
        return Advice(shards=1)

    monkeypatch.setattr(DiscordPlatform, "_pause", paused(line))
    async with room(tmp_path) as found:
        settings = DiscordSettings(token=TOKEN, shards=2)
        platform = create(found.given, settings, connect=line.connect, meet=meet)
        await platform.start()
        await platform._stopping.wait()
        await platform.stop()
        monkeypatch.undo()
    assert [each.shard_count for each in line.clients] == [2]


async def test_a_group_that_is_left_takes_no_more_presses_and_finishes_those_begun() -> None:
    leaving, written, handled = client.Leaving(), asyncio.Event(), []

    async def handle(interaction: Any, _work: Any) -> None:
        await written.wait()
        handled.append(interaction)

    counted = leaving.counted(handle)
    first = asyncio.ensure_future(counted(1, None))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    left = asyncio.ensure_future(leaving.answered(30))
    await asyncio.sleep(0)
    await counted(2, None)  # type: ignore[arg-type]
    assert not left.done()
    written.set()
    await asyncio.gather(first, left)
    assert handled == [1]
