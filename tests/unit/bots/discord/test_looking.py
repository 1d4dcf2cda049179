"""What is asked of Discord beside a press: bounded, optional, and never more than is needed."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest
from structlog.testing import capture_logs

from bots.discord import looking
from bots.discord.looking import LATEST, OF_ONE, Looking
from core.evidence.model import CONTEXT_AFTER, CONTEXT_BEFORE
from tests.discord_room import Park, park

DAY = timedelta(days=1)


def looks(at: Park) -> Looking:
    return Looking(lambda: at.room.client)


def now(at: Park) -> datetime:
    return at.env.now().astimezone(UTC)


async def chatter(at: Park, count: int, author: Any = None) -> list[discord.Message]:
    return [await (author or at.mo).send(at.channel, f"line {number}") for number in range(count)]


async def test_around_a_message_there_are_ten_before_and_ten_after_it(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        said = await chatter(at, 40)
        found = await looks(at).around(at.channel.id, said[20].id)
        assert len(found) <= CONTEXT_BEFORE + CONTEXT_AFTER + 1
        places = sorted(int(message.content.removeprefix("line ")) for message in found)
        assert places[0] >= 20 - CONTEXT_BEFORE - 1
        assert places[-1] <= 20 + CONTEXT_AFTER + 1
        assert 20 in places


async def test_the_latest_are_twenty_and_not_older_than_a_day(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        await chatter(at, 30)
        assert len(await looks(at).latest(at.channel.id, now(at))) == LATEST
        assert await looks(at).latest(at.channel.id, now(at) + DAY + timedelta(minutes=1)) == []


async def test_of_one_person_the_surroundings_are_read_only_if_they_said_something(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        await chatter(at, 5)
        assert await looks(at).of_one(at.channel.id, at.bob.id, now(at)) == ()
        await at.bob.send(at.channel, "me too")
        assert len(await looks(at).of_one(at.channel.id, at.bob.id, now(at))) == 6
        assert await looks(at).of_one(at.channel.id, at.bob.id, now(at) + 2 * DAY) == ()
        await chatter(at, OF_ONE)
        assert await looks(at).of_one(at.channel.id, at.bob.id, now(at)) == ()


@pytest.mark.parametrize(("status", "code"), [(403, 50001), (404, 10003), (503, 0)])
async def test_what_cannot_be_read_is_nothing_and_no_error(tmp_path: Path, status: int, code: int) -> None:
    async with park(tmp_path) as at:
        said = await at.bob.send(at.channel, "SECRETWORD")
        at.env.inject_error("GET", "/channels/*/messages", status=status, code=code, message="SECRETWORD")
        with capture_logs() as logged:
            assert await looks(at).around(at.channel.id, said.id) == ()
        assert [(each["event"], each["code"]) for each in logged] == [("discord_not_read", code)]
        assert "SECRETWORD" not in str(logged)


@pytest.mark.parametrize(
    "error", [TimeoutError(), aiohttp.ServerDisconnectedError(), ConnectionResetError(), OSError()]
)
async def test_a_line_that_breaks_is_nothing_and_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise error

    async with park(tmp_path) as at:
        monkeypatch.setattr(at.room.client.http, "logs_from", broken)
        assert await looks(at).latest(at.channel.id, now(at)) == []


async def test_history_that_does_not_come_is_waited_for_no_longer_than_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(looking, "HISTORY_S", 0)
    async with park(tmp_path) as at:
        monkeypatch.setattr(at.room.client.http, "logs_from", silent)
        assert await looks(at).latest(at.channel.id, now(at)) == []


async def test_without_a_connection_nothing_is_known() -> None:
    nobody = Looking(lambda: None)
    assert await nobody.around(1, 2) == ()
    assert await nobody.latest(1, datetime(2026, 1, 1, tzinfo=UTC)) == []
    assert await nobody.of_one(1, 2, datetime(2026, 1, 1, tzinfo=UTC)) == ()


def test_the_first_screen_never_waits_for_a_member_as_long_as_discord_waits_for_an_answer() -> None:
    assert looking.MEMBER_S <= 1.0
