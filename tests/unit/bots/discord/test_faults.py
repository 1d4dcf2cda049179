"""What the strict peer found: servers of Discord that fail, lines that break, and two presses at once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, cast

import aiohttp
import discord
import msgspec
import pytest
from aiohttp import web
from discord.http import Route
from discord.webhook.async_ import async_context

from bots.discord import answering
from bots.discord.answering import Doors, Response, Send, Verdict, give
from bots.discord.looking import Looking
from core.chat.memory import Turns
from core.delivery.model import NEWS_TOPIC
from core.delivery.screens import STANDS
from tests.discord_room import PARK, room, words_of

pytestmark = pytest.mark.usefixtures("no_pauses")
ALREADY = {"message": "Interaction has already been acknowledged.", "code": answering.ALREADY_ANSWERED}


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "_AGAIN_AFTER_S", (0, 0, 0))


class Discord:
    """Answers with one status after another, each time it is asked; None: not at all."""

    def __init__(self, *statuses: int | None, body: dict[str, Any] | None = None) -> None:
        self._statuses = list(statuses)
        self._body = body or {}
        self._gone = asyncio.Event()
        self.asked = 0

    async def answer(self, _request: web.Request) -> web.Response:
        self.asked += 1
        status = self._statuses.pop(0)
        if status is None:
            await self._gone.wait()
            return web.Response(status=204)
        headers = {"Content-Type": "application/json"}
        return web.Response(status=status, body=msgspec.json.encode(self._body), headers=headers)

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[Send]:
        """How the room asks it, through discord.py."""
        app = web.Application()
        app.router.add_post("/", self.answer)
        runner = web.AppRunner(app, shutdown_timeout=0)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        route = Route("POST", "/")
        route.url = f"http://{host}:{port}/"
        async with aiohttp.ClientSession() as session:

            async def send() -> Response | None:
                await async_context.get().request(route, session, payload={})
                return None

            try:
                yield send
            finally:
                self._gone.set()
                await runner.cleanup()


@pytest.mark.parametrize("status", [500, 502, 503, 504, 524])
async def test_servers_of_discord_that_fail_thrice_are_asked_again_without_a_pause_of_the_library(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails = Discord(status, status, status, 200)
    async with fails.sending() as send, asyncio.timeout(answering.TRY_S):
        monkeypatch.setattr(answering, "TRY_S", 0.9)  # the library would pause a second after the first
        assert (await give(send))[0] is Verdict.GIVEN
    assert fails.asked == 4


async def test_servers_that_go_on_failing_are_left_in_time_and_nothing_is_called_given() -> None:
    fails = Discord(502, 502, 502, 502, 200)
    async with fails.sending() as send:
        assert (await give(send))[0] is Verdict.AGAIN
    assert fails.asked == 4


async def test_an_answer_that_was_taken_before_the_servers_failed_counts_as_given() -> None:
    taken = Discord(400, body=ALREADY)
    async with taken.sending() as send:
        assert (await give(send))[0] is Verdict.GIVEN
    assert taken.asked == 1


async def test_a_line_that_stays_silent_is_left_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "TRY_S", 0.1)
    silent = Discord(None, 200)
    async with silent.sending() as send:
        assert (await give(send))[0] is Verdict.GIVEN
    assert silent.asked == 2


async def test_what_takes_longer_than_discord_waits_for_is_not_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(answering, "TRY_S", 0.01)
    monkeypatch.setattr(answering, "WITHIN_S", 0.01)
    silent = Discord(None, None, None, None)
    async with silent.sending() as send:
        assert (await give(send))[0] is Verdict.AGAIN
    assert silent.asked <= 1


async def test_many_who_press_in_one_place_read_it_once() -> None:
    asked, begun, may_answer = list[int](), asyncio.Event(), asyncio.Event()

    class Channel:
        async def history(self, **_: Any) -> AsyncIterator[str]:
            begun.set()
            await may_answer.wait()
            yield "said"

    class Client:
        def get_partial_messageable(self, channel: int) -> Channel:
            asked.append(channel)
            return Channel()

    looking = Looking(cast("Callable[[], discord.Client]", Client))
    async with asyncio.TaskGroup() as group:
        reading = [group.create_task(looking.around(1, message)) for message in (2, 2, 3)]
        await begun.wait()
        may_answer.set()
    assert [list[object](await each) for each in reading] == [["said"]] * 3
    assert len(asked) == 2
    await looking.around(1, 2)
    assert len(asked) == 3


async def test_outside_of_a_first_answer_discord_py_is_as_patient_as_it_is() -> None:
    before = async_context.get()
    async with Discord(200).sending() as send:
        await give(send)
    assert async_context.get() is before


async def test_every_press_takes_its_turn_but_help_and_leaving_wait_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = list[str]()
    of = Turns.of

    def noted(self: Turns, draft: str) -> AbstractAsyncContextManager[None]:
        taken.append(draft)
        return of(self, draft)

    monkeypatch.setattr(Turns, "of", noted)
    async with room(tmp_path) as at_work:
        guild = at_work.env.create_guild("Skate park", id=PARK)
        channel = guild.create_text_channel("general")
        alice = guild.add_member(at_work.env.create_user("alice"))
        first = await alice.slash(channel, "report")
        assert first.response is not None
        await alice.click(first.response, label="Get help now")
        await alice.click(first.response, label="Back")
        sent = await alice.click(first.response, label="Send to the safety team")
        assert sent.response is not None
        assert len(taken) == 2
        await alice.click(sent.response, label="Hide this")
    assert len(taken) == 2
    assert len(set(taken)) == 1


async def test_a_screen_that_stands_though_every_receipt_was_lost_is_emptied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_message, taken = discord.InteractionResponse.send_message, list[object]()

    async def lost(self: discord.InteractionResponse[Any], *rest: Any, **named: Any) -> None:
        if not self.is_done():
            await send_message(self, *rest, **named)
        raise ConnectionResetError

    async def taken_away(_webhook: discord.Webhook, message: object, **_named: Any) -> None:
        taken.append(message)

    monkeypatch.setattr(discord.InteractionResponse, "send_message", lost)
    monkeypatch.setattr(discord.Webhook, "delete_message", taken_away)
    async with room(tmp_path) as at_work:
        guild = at_work.env.create_guild("Skate park", id=PARK)
        channel = guild.create_text_channel("general")
        alice = guild.add_member(at_work.env.create_user("alice"))
        assert (await alice.slash(channel, "report")).response is not None
        await at_work.later(STANDS.total_seconds())
        assert await at_work.emptied() == 1
        assert await at_work.open_screens() == []
    assert taken == ["@original"]


async def test_a_change_that_was_lost_on_the_way_to_an_open_screen_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change, lost = Doors.change, asyncio.Event()

    async def broken_once(self: Doors, *rest: Any) -> bool:
        if not lost.is_set():
            lost.set()
            raise ConnectionResetError
        return await change(self, *rest)

    async with room(tmp_path) as at_work:
        guild = at_work.env.create_guild("Skate park", id=PARK)
        channel = guild.create_text_channel("general")
        alice = guild.add_member(at_work.env.create_user("alice"))
        first = await alice.slash(channel, "report")
        assert first.response is not None
        sent = await alice.click(first.response, label="Send to the safety team")
        assert "Read at" not in words_of(sent)
        monkeypatch.setattr(Doors, "change", broken_once)
        await at_work.mark(delivered_at=at_work.clock.now(), read_at=at_work.clock.now())
        await at_work.signals.wake(NEWS_TOPIC)
        await at_work.later(3)
        await at_work.signals.wake(NEWS_TOPIC)
        await at_work.later(3)
        assert lost.is_set()
        assert sent.response is not None
        assert "Read at" in words_of(sent.response)
