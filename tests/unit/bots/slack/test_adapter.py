"""The life of the room: it begins before all else, answers what was begun, reaches and empties."""

import asyncio
import re
from typing import Any

import pytest
from structlog.testing import capture_logs

from bots.slack import adapter
from bots.slack.adapter import create
from bots.slack.doors import Door
from bots.slack.inbound import Payload
from bots.slack.settings import SlackSettings
from core.delivery.news import UPDATE
from core.ids import CommunityId
from tests.slack_server import SlackFault, direct_messages
from tests.unit.bots.slack.slack_room import Room, room

PRESS = Payload(team="T1", user="U1", command=True)
POST = re.compile(r"chat\.postMessage")
WAYS = pytest.mark.parametrize("mode", ["http", "socket"])


async def known(at: Room) -> None:
    """Once Slack said that it knows the token."""
    await asyncio.wait(at.lasting, timeout=1, return_when=asyncio.FIRST_COMPLETED)


def way_back(at: Room) -> bytes:
    return f"{at.team.id}/{at.alice.person.id}".encode()


# Beginning.


@WAYS
async def test_it_is_ready_once_slack_knows_the_token_and_presses_come_in(mode: str) -> None:
    async with room(mode=mode) as at:
        await known(at)
        assert at.platform.ready
        await at.platform.stop()
        assert not at.platform.ready


async def test_it_is_not_ready_before_it_began_nor_with_a_token_that_slack_refuses() -> None:
    async with room() as at:
        assert not create(at.given, at.settings)[0].ready
        refused = SlackSettings(bot_token="xoxb-of-nobody", signing_secret="x")
        platform, _ = create(at.given, refused)
        with capture_logs() as logged:
            await platform.start()
            await asyncio.wait(set(platform._work._begun), timeout=0.3)
            assert not platform.ready
            await platform.stop()
        assert [each["said"] for each in logged if each["event"] == "slack_refuses_the_token"] == [
            "invalid_auth"
        ]
        assert "xoxb-of-nobody" not in str(logged) + repr(refused)


async def test_a_refused_token_is_asked_about_ever_more_seldom() -> None:
    assert list(adapter._AGAIN_AFTER_S) == sorted(adapter._AGAIN_AFTER_S)
    assert adapter._AGAIN_AFTER_S[0] >= 1.0
    assert adapter._AGAIN_AFTER_S[-1] >= 300.0


async def test_a_token_that_slack_knows_again_makes_it_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "_AGAIN_AFTER_S", (0.01,))
    async with room() as at:
        await known(at)
        platform, _ = create(at.given, at.settings)
        at.slack.refusal = "account_inactive"
        at.slack.fail(SlackFault.REFUSED, always=True, only=re.compile(r"auth\.test"))
        await platform.start()
        await at.slack.until(lambda: len(at.slack.requests) >= 4)
        before = platform.ready
        at.slack.fail(SlackFault.FINE)
        await asyncio.wait(set(platform._work._begun), timeout=2)
        assert (before, platform.ready) == (False, True)
        await platform.stop()


@WAYS
async def test_with_a_dead_token_every_command_is_still_answered_with_help(mode: str) -> None:
    """Bolt answers nothing after an app was uninstalled; nobody who presses is left alone here."""
    async with room(mode=mode) as at:
        at.slack.refusal = "token_revoked"
        every = re.compile(r"(?!apps).*")
        at.slack.fail(SlackFault.REFUSED, always=True, only=every)
        shown = await at.alice.report()
        assert shown.last is not None
        assert "999" in str(shown.last.answer)
        await at.slack.event(at.team, {"type": "app_uninstalled"})
        shown = await at.alice.advice()
        assert "999" in str(shown.last.answer if shown.last else "")


async def test_it_begins_while_slack_is_not_there_and_presses_are_answered() -> None:
    async with room() as at:
        at.slack.fail(SlackFault.CUT, always=True)
        with pytest.MonkeyPatch.context() as hurried:
            hurried.setattr("bots.slack.showing.WITHIN_S", 0.2)
            told = await at.slack.command(at.alice.person, at.channel, "/report")
        assert "999" in str(told.answer)


async def test_without_a_signing_secret_there_is_no_door_for_requests() -> None:
    async with room(mode="socket") as at:
        assert create(at.given, at.settings)[1] is None


async def test_both_ways_at_once_are_one_room() -> None:
    async with room() as at:
        both = SlackSettings(
            bot_token=at.team.token, signing_secret=at.slack.signing_secret, app_token=at.slack.app_token
        )
        platform, app = create(at.given, both)
        assert app is not None
        await platform.start()
        await at.slack.until(lambda: at.slack.connected)
        await platform.stop()


# Stopping.


async def test_stopping_waits_until_what_was_begun_is_answered() -> None:
    async with room() as at:
        at.ledger.hold(on=("append",))
        pressed = asyncio.ensure_future(at.reported())
        await at.ledger.arrived.wait()
        stopping = asyncio.ensure_future(at.platform.stop())
        for _ in range(50):
            await asyncio.sleep(0)
        assert not stopping.done()
        at.ledger.release()
        shown = await pressed
        await stopping
        assert shown.answered
        assert shown.screen == "first"


async def test_stopping_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.chat.work.ENDING_S", 0)
    hangs = asyncio.Event()

    async def work(_: Payload) -> Any:
        await hangs.wait()
        return {}

    async with room() as at:
        platform, _ = create(at.given, at.settings)
        await platform.start()
        press = asyncio.ensure_future(platform.handled(PRESS, work))
        await asyncio.sleep(0)
        with capture_logs() as logged:
            await platform.stop()
        assert {"presses_unanswered"} <= {each["event"] for each in logged}
        hangs.set()
        await press


async def test_stopping_ends_what_waits_for_a_better_moment() -> None:
    async with room() as at:
        at.slack.retry_after = 60
        shown = await at.alice.report()
        at.slack.fail(SlackFault.BUSY, only=re.compile(r"views\.update"))
        await shown.press("help")
        assert at.platform._presses._showing._catching_up
        async with asyncio.timeout(2):
            await at.platform.stop()
        assert at.platform._work._begun == set()


# Reaching somebody.


async def test_who_asked_for_it_is_told_that_there_is_news_and_no_more() -> None:
    async with room() as at:
        assert await at.platform.reach(CommunityId(at.team.id), way_back(at), UPDATE)
        (message,) = direct_messages(at.slack, at.alice.person)
        assert (message.text, message.blocks) == ("You have an update", [])
        assert at.slack.violations == []


@pytest.mark.parametrize("why", sorted(adapter._NOBODY))
async def test_who_takes_no_direct_message_is_not_reached(why: str) -> None:
    async with room() as at:
        at.slack.refusal = why
        at.slack.fail(SlackFault.REFUSED, always=True, only=POST)
        assert not await at.platform.reach(CommunityId(at.team.id), way_back(at), UPDATE)


@pytest.mark.parametrize("why", ["internal_error", "invalid_auth", "missing_scope", "ratelimited"])
async def test_a_fault_on_the_way_to_somebody_is_raised_so_that_it_is_tried_again(
    why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "REACH_S", 0.1)
    async with room() as at:
        at.slack.refusal = why
        at.slack.fail(SlackFault.REFUSED, always=True, only=POST)
        with pytest.raises(ConnectionError):
            await at.platform.reach(CommunityId(at.team.id), way_back(at), UPDATE)


async def test_nobody_is_reached_in_another_workspace_or_by_what_is_no_account() -> None:
    async with room() as at:
        assert not await at.platform.reach(CommunityId("T0ELSEWHERE"), way_back(at), UPDATE)
        for raw in (b"", b"\xff", b"7", b"T1", f"{at.team.id}/".encode(), f"{at.team.id}/u1".encode()):
            assert not await at.platform.reach(CommunityId(at.team.id), raw, UPDATE)
        assert at.asked("chat.postMessage") == []


async def test_nobody_is_reached_before_it_began(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "REACH_S", 0.1)
    async with room() as at:
        with pytest.raises(ConnectionError):
            await create(at.given, at.settings)[0].reach(CommunityId(at.team.id), way_back(at), UPDATE)


async def test_the_way_back_of_a_press_leads_back_to_who_pressed() -> None:
    async with room() as at:
        shown = await at.alice.report()
        await shown.press("more")
        await shown.fill(own_words="x")
        await shown.choose("others_use_phone", "no_tell")
        await shown.press("send")
        assert await at.platform.reach(CommunityId(at.team.id), way_back(at), UPDATE)


# Taking screens away.


async def test_a_modal_left_alone_is_emptied_after_a_restart_too() -> None:
    async with room() as at:
        shown = await at.alice.report()
        await at.restart()
        await at.later(12 * 60)
        assert await at.emptied() == 1
        assert shown.words == "Closed\nThis is closed.\nClose"
        assert not shown.stands
        assert await at.emptied() == 0


async def test_a_form_above_its_card_is_emptied_with_it() -> None:
    async with room() as at:
        shown = await at.alice.report()
        await shown.press("more")
        await at.later(12 * 60)
        assert await at.emptied() == 2
        assert {view.body["title"]["text"] for view in shown.person.views} == {"Closed"}


async def test_a_modal_that_is_pressed_on_stands_on() -> None:
    async with room() as at:
        shown = await at.alice.report()
        for _ in range(3):
            await at.later(8 * 60)
            await shown.press("help" if "help" in shown.buttons else "back")
            assert await at.emptied() == 0
        assert len(await at.open_screens()) == 1


async def test_what_was_closed_is_not_emptied() -> None:
    async with room() as at:
        shown = await at.alice.report()
        await shown.close()
        await at.settle()
        assert await at.open_screens() == []


async def test_a_modal_that_is_gone_already_counts_as_taken_away() -> None:
    async with room() as at:
        shown = await at.alice.report()
        at.slack.forget(shown.person.views[0])
        await at.later(12 * 60)
        assert await at.emptied() == 1
        assert await at.open_screens() == []


async def test_a_modal_that_could_not_be_emptied_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bots.slack.doors.CLOSE_S", 0.1)
    async with room() as at:
        shown = await at.alice.report()
        await at.later(12 * 60)
        at.slack.fail(SlackFault.FAILING, always=True)
        assert await at.emptied() == 0
        at.slack.fail(SlackFault.FINE)
        await at.later(31)
        assert await at.emptied() == 1
        assert not shown.stands


async def test_a_view_is_emptied_by_whatever_name_is_left_of_it() -> None:
    async with room() as at:
        shown = await at.alice.report()
        view = shown.person.views[0]
        assert await at.platform.empty(Door(external=view.body["external_id"]).pack())
        assert not shown.stands
        assert await at.platform.empty(Door(view="V0GONE").pack())
