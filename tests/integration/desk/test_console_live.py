"""The stream that keeps the queue live: wakes at once, tells no content, ends when it must."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from core.testing.clock import FixedClock
from desk.console import queue
from desk.queue import QUEUE
from desk.staff.model import ABSOLUTE
from tests.desk_room import Browser, DeskRoom, browser, desk_room

PATIENCE_S = 30


@pytest.fixture(autouse=True)
def says_nothing_of_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that nobody wakes stays silent far beyond our patience: what it says, it was woken for."""
    monkeypatch.setattr(queue, "LOOK_AGAIN", timedelta(hours=1))


@asynccontextmanager
async def _stream(room: DeskRoom, somebody: Browser) -> AsyncIterator[aiohttp.StreamReader]:
    cookie = {"Cookie": f"lifebelt_desk={somebody.cookie('lifebelt_desk')}"}
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{room.origin}/live", headers=cookie) as answer,
    ):
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert answer.headers["Cache-Control"] == "no-store"
        yield answer.content


async def _event(stream: aiohttp.StreamReader) -> str:
    """The next event; it never carries anything but its name."""
    async with asyncio.timeout(PATIENCE_S):
        event, data, end = [(await stream.readline()).decode().strip() for _ in range(3)]
    assert (data, end) == ("data:", "")
    return event


async def test_a_stream_says_look_at_once_and_again_when_a_report_comes(room: DeskRoom, ann: Browser) -> None:
    async with _stream(room, ann) as stream:
        assert await _event(stream) == "event: queue"
        await room.report()
        assert await _event(stream) == "event: queue"


async def test_every_open_screen_is_told(room: DeskRoom, ann: Browser) -> None:
    async with _stream(room, ann) as one, _stream(room, ann) as other:
        await _event(one)
        await _event(other)
        await room.signals.wake(QUEUE)
        assert await _event(one) == "event: queue"
        assert await _event(other) == "event: queue"


async def test_a_colleagues_look_is_told_too(room: DeskRoom, ann: Browser) -> None:
    made = await room.report()
    async with _stream(room, ann) as stream:
        await _event(stream)
        await room.service.look(room.scope, made.id, by="Tom")
        assert await _event(stream) == "event: queue"


@pytest.mark.parametrize("how", ["signed out", "expired"])
async def test_a_stream_ends_with_its_session(
    how: str, room: DeskRoom, ann: Browser, clock: FixedClock
) -> None:
    async with _stream(room, ann) as stream:
        await _event(stream)
        if how == "expired":
            clock.advance(ABSOLUTE)
        else:
            await ann.post("/sign-out")
        await room.signals.wake(QUEUE)
        while (event := await _event(stream)) == "event: queue":
            pass
        assert event == "event: over"
        async with asyncio.timeout(PATIENCE_S):
            assert await stream.read() == b""


async def test_a_silent_stream_looks_at_its_session_by_itself(
    room: DeskRoom, ann: Browser, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "LOOK_AGAIN", timedelta(milliseconds=10))
    async with _stream(room, ann) as stream:
        await _event(stream)
        clock.advance(ABSOLUTE)
        while (event := await _event(stream)) == "event: queue":
            pass
        assert event == "event: over"


async def test_open_streams_do_not_hold_up_a_stop(tmp_path: Path) -> None:
    async with asyncio.timeout(PATIENCE_S), desk_room(tmp_path) as room, browser(room) as somebody:
        await room.person()
        await somebody.sign_in()
        async with _stream(room, somebody) as stream:
            await _event(stream)
            await room.app.shutdown()
            with suppress(aiohttp.ClientError):
                assert await stream.read() == b""
            assert stream.at_eof() or stream.exception() is not None


async def test_a_screen_that_goes_away_is_forgotten(room: DeskRoom, ann: Browser) -> None:
    async with _stream(room, ann) as stream:
        await _event(stream)
    await room.signals.wake(QUEUE)
    async with _stream(room, ann) as stream:
        assert await _event(stream) == "event: queue"
