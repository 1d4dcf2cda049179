"""An answer gets through once, or it is known that it did not: each error of Discord means one thing."""

import asyncio
from collections.abc import Callable
from typing import Any
from unittest.mock import create_autospec

import aiohttp
import discord
import msgspec
import pytest
from aiohttp import ClientResponse
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bots.discord import answering
from bots.discord.answering import Door, Verdict, give, verdict

SECRET = "SECRETWORD"


def reply(status: int) -> Any:
    return create_autospec(ClientResponse, instance=True, status=status, reason=SECRET, headers={})


def error(status: int, code: int = 0, kind: type[discord.HTTPException] = discord.HTTPException) -> Exception:
    return kind(reply(status), {"code": code, "message": SECRET})


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "_AGAIN_AFTER_S", (0.0,) * len(answering._AGAIN_AFTER_S))


@pytest.mark.parametrize(
    ("found", "means"),
    [
        (discord.InteractionResponded(create_autospec(discord.Interaction, instance=True)), Verdict.GIVEN),
        (error(400, 40060), Verdict.GIVEN),
        (error(404, 10062, discord.NotFound), Verdict.TOO_LATE),
        (error(404, 10015, discord.NotFound), Verdict.TOO_LATE),
        (error(404, 10008, discord.NotFound), Verdict.TOO_LATE),
        (error(404, 0, discord.NotFound), Verdict.TOO_LATE),
        (error(401, 50027), Verdict.TOO_LATE),
        (error(429), Verdict.AGAIN),
        (error(500, 0, discord.DiscordServerError), Verdict.AGAIN),
        (error(503, 0, discord.DiscordServerError), Verdict.AGAIN),
        (error(400, 50035), Verdict.REFUSED),
        (error(403, 50001, discord.Forbidden), Verdict.REFUSED),
        (ConnectionResetError(104, "reset"), Verdict.AGAIN),
        (ConnectionResetError(54, "reset"), Verdict.AGAIN),
        (aiohttp.ServerDisconnectedError(), Verdict.AGAIN),
        (aiohttp.ClientOSError(104, "reset"), Verdict.AGAIN),
        (aiohttp.ClientPayloadError(), Verdict.AGAIN),
        (TimeoutError(), Verdict.AGAIN),
        (RuntimeError("session is closed"), Verdict.REFUSED),
        (ValueError(), Verdict.REFUSED),
    ],
    ids=repr,
)
def test_each_error_means_one_thing(found: Exception, means: Verdict) -> None:
    assert verdict(found) is means


class Line:
    """Fails so often, and then takes the answer."""

    def __init__(self, *errors: Exception) -> None:
        self._errors = list(errors)
        self.tried = 0

    async def send(self) -> Any:
        self.tried += 1
        if self._errors:
            raise self._errors.pop(0)
        return "receipt"


Break = Callable[[], Exception]


@pytest.mark.parametrize(
    "broken",
    [
        aiohttp.ServerDisconnectedError,
        lambda: ConnectionResetError(104, "reset"),
        TimeoutError,
        lambda: error(429),
        lambda: error(503, 0, discord.DiscordServerError),
    ],
    ids=["disconnected", "reset", "silent", "429-without-via", "5xx"],
)
async def test_a_line_that_breaks_is_tried_again_until_the_answer_is_given(broken: Break) -> None:
    line = Line(broken(), broken())
    given, receipt = await give(line.send)
    assert (given, str(receipt)) == (Verdict.GIVEN, "receipt")
    assert line.tried == 3


async def test_an_answer_whose_receipt_was_lost_counts_as_given_and_is_not_given_twice() -> None:
    line = Line(aiohttp.ServerDisconnectedError(), error(400, 40060))
    assert await give(line.send) == (Verdict.GIVEN, None)
    assert line.tried == 2


async def test_an_answer_that_came_too_late_is_not_tried_again() -> None:
    line = Line(error(404, 10062, discord.NotFound))
    assert await give(line.send) == (Verdict.TOO_LATE, None)
    assert line.tried == 1


async def test_what_discord_refuses_is_not_tried_again() -> None:
    line = Line(error(400, 50035))
    assert await give(line.send) == (Verdict.REFUSED, None)
    assert line.tried == 1


async def test_a_line_that_stays_broken_is_left_and_nothing_is_called_given() -> None:
    line = Line(*[ConnectionResetError() for _ in range(20)])
    assert await give(line.send) == (Verdict.AGAIN, None)
    assert line.tried == len(answering._AGAIN_AFTER_S) + 1


def test_all_tries_together_begin_within_three_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert sum(answering._AGAIN_AFTER_S) < 3.0
    assert answering.TRY_S < 3.0


async def test_being_stopped_is_no_error_of_the_line() -> None:
    line = Line(asyncio.CancelledError())  # type: ignore[arg-type]
    with pytest.raises(asyncio.CancelledError):
        await give(line.send)


async def test_of_an_error_only_its_kind_and_numbers_are_logged() -> None:
    with capture_logs() as logged:
        await give(Line(error(400, 50035)).send)
    assert [(each["error"], each["status"], each["code"]) for each in logged] == [
        ("HTTPException", 400, 50035)
    ]
    assert SECRET not in str(logged)


@given(st.integers(0, 2**64 - 1), st.text(max_size=300), st.none() | st.integers(0, 2**64 - 1))
def test_a_door_comes_back_from_the_ledger_as_it_was(
    application: int, token: str, message: int | None
) -> None:
    door = Door(application=application, token=token.encode("utf-8", "replace").decode(), message=message)
    assert Door.unpack(door.pack()) == door
    assert repr(door) == "<Door hidden>"


@pytest.mark.parametrize("raw", [b"", b"\xc0", b"\x93\x01\x02\x03", b"[1,2,3]"])
def test_what_is_no_door_is_refused(raw: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        Door.unpack(raw)
