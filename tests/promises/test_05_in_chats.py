"""Promise 5 in chats. The reported message is committed before the first answer, from the press itself.

What is deleted or changed at any later moment reaches the desk as it was.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.evidence.model import Message, ReadFrom
from core.evidence.transcript import parse
from core.ledger.road import parts
from tests import slack_whole
from tests.chat_whole import ChatWhole, failing
from tests.chats import Chat, each_chat
from tests.faults import DeskFault, LedgerFault
from tests.slack_server import Channel, SlackFault

SAID = "come to a private chat, don't tell anyone"
MOMENTS = ("before the first answer", "after the first answer", "between two answers", "after it was sent")


async def gone(somewhere: ChatWhole, robin: Any, message: Any) -> None:
    await somewhere.deletes(robin, message)


async def changed(somewhere: ChatWhole, robin: Any, message: Any) -> None:
    await somewhere.edits(robin, message, "hi, how was school?")


@each_chat
@pytest.mark.parametrize("do", [gone, changed])
@pytest.mark.parametrize("moment", MOMENTS)
async def test_deleted_or_edited_at_any_moment_it_reaches_the_desk_as_it_was(
    tmp_path: Path, chat: Chat, moment: str, do: Callable[[ChatWhole, Any, Any], Awaitable[None]]
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        robin = somewhere.member("robin")
        message = await somewhere.says(robin, SAID)
        child = somewhere.child()
        if moment == MOMENTS[0]:
            with failing(somewhere, LedgerFault.FINE, DeskFault.FINE, chat.fault.FAILING):
                await child.report_message(message)
                await do(somewhere, robin, message)
        else:
            await child.report_message(message)
        assert [row.kind for row in await somewhere.rows(parts)][:1] == ["reported"]
        if moment == MOMENTS[1]:
            await do(somewhere, robin, message)
        await child.choose("category", "grooming")
        if moment == MOMENTS[2]:
            await do(somewhere, robin, message)
        await child.press("send")
        if moment == MOMENTS[3]:
            await do(somewhere, robin, message)
        await somewhere.idle()
        assert child.code is not None
        await arrived(somewhere)


async def arrived(somewhere: ChatWhole) -> None:
    await somewhere.behind.deliver()
    (report,) = await somewhere.behind.reports()
    opened = await somewhere.behind.look(report)
    assert opened.missing == ()
    reported = [
        message
        for found in opened.transcripts
        for message in found.transcript.messages
        if message.reported and message.read_from == "press"
    ]
    assert [(message.text, message.author.shown) for message in reported] == [(SAID, "robin")]


@each_chat
async def test_it_is_committed_before_anything_is_answered(tmp_path: Path, chat: Chat) -> None:
    async with chat.whole(tmp_path) as somewhere:
        message = await somewhere.says(somewhere.member("robin"), SAID)
        child = somewhere.child()
        somewhere.ledger.hold()
        begun = somewhere.moment()
        pressed = somewhere.pressing(child.report_message(message))
        await somewhere.ledger.arrived.wait()
        assert somewhere.replies(begun) == []
        somewhere.ledger.release()
        await pressed
        assert child.answered
        assert child.stands
        assert {row.kind for row in await somewhere.rows(parts)} >= {"reported"}


@each_chat
async def test_of_a_message_deleted_before_its_surroundings_were_read_the_rest_still_comes(
    tmp_path: Path, chat: Chat
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        robin = somewhere.member("robin")
        await somewhere.says(somewhere.member("kit"), "what is going on here")
        message = await somewhere.says(robin, SAID)
        child = somewhere.child()
        with failing(somewhere, LedgerFault.FINE, DeskFault.FINE, chat.fault.BUSY):
            await child.report_message(message)
            await somewhere.deletes(robin, message)
        await child.press("send")
        await somewhere.idle()
        await arrived(somewhere)


@each_chat
@pytest.mark.parametrize("ledger", [LedgerFault.STUCK, LedgerFault.GONE, LedgerFault.FULL])
async def test_what_could_not_be_kept_at_the_press_is_kept_with_the_next(
    tmp_path: Path, chat: Chat, ledger: LedgerFault
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        robin = somewhere.member("robin")
        message = await somewhere.says(robin, SAID)
        child = somewhere.child()
        with failing(somewhere, ledger, DeskFault.FINE, chat.fault.FINE):
            await child.report_message(message)
            assert child.answered
        await somewhere.deletes(robin, message)
        for button in ("try_again", "check", "send"):
            if button in child.buttons:
                await child.press(button)
        assert child.code is not None
        await somewhere.idle()
        await arrived(somewhere)


async def captured(somewhere: ChatWhole, kind: str) -> list[Message]:
    """The messages of the one part of this kind that the desk can open."""
    (body,) = [body for header, body in await somewhere.opened() if header.kind == kind]
    return list(parse(body).messages)


@each_chat
async def test_what_was_said_around_is_a_part_of_its_own_right_behind(tmp_path: Path, chat: Chat) -> None:
    async with chat.whole(tmp_path) as somewhere:
        robin, kit = somewhere.member("robin"), somewhere.member("kit")
        await somewhere.says(kit, "what is going on here")
        message = await somewhere.says(robin, SAID)
        child = await somewhere.child().report_message(message)
        await somewhere.idle()
        assert [each.text for each in await captured(somewhere, "reported")] == [SAID]
        around = await captured(somewhere, "context")
        assert [each.text for each in around] == ["what is going on here", SAID]
        assert {each.read_from for each in around} == {ReadFrom.HISTORY}
        assert [each.author.shown for each in around] == ["kit", "robin"]
        await child.press("send")
        await arrived(somewhere)


# On Slack alone.

KINDS = ("private", "im", "mpim")
"""Conversations into which nobody let the app."""


@pytest.mark.parametrize("kind", KINDS)
async def test_from_where_nobody_let_the_app_in_the_message_is_kept_all_the_same(
    tmp_path: Path, kind: str
) -> None:
    async with slack_whole.whole(tmp_path) as somewhere:
        robin, alice = somewhere.member("robin"), somewhere.member("alice")
        room = somewhere.team.channel("hidden", kind, [robin, alice], with_app=False)
        somewhere.slack.post(robin, room, "hello you")
        message = somewhere.slack.post(robin, room, SAID)
        somewhere.ledger.hold()
        begun = somewhere.moment()
        child = somewhere.child_of(alice, room)
        pressed = somewhere.pressing(child.report_message(message))
        await somewhere.ledger.arrived.wait()
        assert somewhere.replies(begun) == []
        somewhere.ledger.release()
        await pressed
        somewhere.slack.delete(message)
        await child.press("send")
        assert child.code is not None
        await somewhere.idle()
        assert {row.kind for row in await somewhere.rows(parts)} >= {"reported"}
        assert "context" not in {row.kind for row in await somewhere.rows(parts)}
        assert somewhere.slack.violations == []
        await arrived(somewhere)


def a_thread(somewhere: slack_whole.Whole, room: Channel, answers: int) -> list[Any]:
    robin, kit = somewhere.member("robin"), somewhere.member("kit")
    root = somewhere.slack.post(kit, room, "who wants to play?")
    root.thread_ts = root.ts
    said = [
        somewhere.slack.post(robin, room, f"answer {number}", thread_ts=root.ts) for number in range(answers)
    ]
    return [root, *said, somewhere.slack.post(robin, room, SAID, thread_ts=root.ts)]


@pytest.mark.parametrize("policy", ["full", "limited"])
async def test_of_a_thread_what_was_said_in_it_is_kept(tmp_path: Path, policy: str) -> None:
    async with slack_whole.whole(tmp_path) as somewhere:
        somewhere.slack.policy = policy
        thread = a_thread(somewhere, somewhere.channel, answers=4)
        somewhere.slack.post(somewhere.member("mo"), somewhere.channel, "something else")
        child = await somewhere.child().report_message(thread[-1])
        await somewhere.idle()
        around = await captured(somewhere, "context")
        assert [each.text for each in around] == [each.text for each in thread]
        assert around[-1].reported
        assert {each.reply_to for each in around[1:]} == {thread[0].ts}
        await child.press("send")
        await arrived(somewhere)


async def test_of_a_thread_that_goes_on_for_days_what_was_said_before_is_kept_too(tmp_path: Path) -> None:
    async with slack_whole.whole(tmp_path) as somewhere:
        robin = somewhere.member("robin")
        said = [await somewhere.says(robin, "who wants to play?")]
        said[0].thread_ts = said[0].ts
        for number in range(4):
            somewhere.later(timedelta(hours=9))
            said.append(somewhere.slack.post(robin, somewhere.channel, f"{number}", thread_ts=said[0].ts))
        await somewhere.child().report_message(said[-1])
        await somewhere.idle()
        around = await captured(somewhere, "context")
        assert [each.text for each in around] == [each.text for each in said]


async def test_of_a_very_long_thread_what_was_said_right_before_is_kept(tmp_path: Path) -> None:
    async with slack_whole.whole(tmp_path) as somewhere:
        robin = somewhere.member("robin")
        root = await somewhere.says(robin, "who wants to play?")
        root.thread_ts = root.ts
        for number in range(250):
            somewhere.later(timedelta(minutes=1))
            message = somewhere.slack.post(robin, somewhere.channel, f"{number}", thread_ts=root.ts)
        await somewhere.child().report_message(message)
        await somewhere.idle()
        around = [each.text for each in await captured(somewhere, "context")]
        assert around == [str(number) for number in range(239, 250)]


@pytest.mark.parametrize("policy", ["full", "limited"])
async def test_of_the_message_that_a_thread_began_with_what_was_answered_is_kept_too(
    tmp_path: Path, policy: str
) -> None:
    async with slack_whole.whole(tmp_path) as somewhere:
        somewhere.slack.policy = policy
        before = somewhere.slack.post(somewhere.member("mo"), somewhere.channel, "good morning")
        thread = a_thread(somewhere, somewhere.channel, answers=2)
        await somewhere.child().report_message(thread[0])
        await somewhere.idle()
        around = await captured(somewhere, "context")
        assert [each.text for each in around] == [each.text for each in (before, *thread)]


@pytest.mark.parametrize("policy", ["full", "limited"])
async def test_however_little_slack_gives_of_a_channel_what_was_said_right_before_is_there(
    tmp_path: Path, policy: str
) -> None:
    async with slack_whole.whole(tmp_path) as somewhere:
        somewhere.slack.policy = policy
        kit = somewhere.member("kit")
        said = [await somewhere.says(kit, f"said {number}") for number in range(30)]
        message = await somewhere.says(somewhere.member("robin"), SAID)
        await somewhere.says(kit, "said afterwards")
        child = await somewhere.child().report_message(message)
        await somewhere.idle()
        around = [each.text for each in await captured(somewhere, "context")]
        assert around == [*(each.text for each in said[-10:]), SAID]
        await child.press("send")
        await arrived(somewhere)


async def test_where_nothing_was_pressed_on_what_was_said_last_is_around_the_report(tmp_path: Path) -> None:
    async with slack_whole.whole(tmp_path) as somewhere:
        kit = somewhere.member("kit")
        for number in range(3):
            await somewhere.says(kit, f"said {number}")
        await somewhere.child().report()
        await somewhere.idle()
        around = await captured(somewhere, "context")
        assert [each.text for each in around] == ["said 0", "said 1", "said 2"]
        assert not any(each.reported for each in around)


async def test_where_no_modal_opens_what_was_pressed_on_is_kept_and_try_again_goes_on_with_it(
    tmp_path: Path,
) -> None:
    async with slack_whole.whole(tmp_path) as somewhere:
        robin = somewhere.member("robin")
        message = await somewhere.says(robin, SAID)
        somewhere.slack.refusal = "expired_trigger_id"
        somewhere.slack.fail(SlackFault.REFUSED, always=True, only=slack_whole.OPEN)
        child = await somewhere.child().report_message(message)
        assert not child.stands
        assert {row.kind for row in await somewhere.rows(parts)} >= {"reported"}
        somewhere.chat_fails(SlackFault.FINE)
        await somewhere.deletes(robin, message)
        await child.message_press("report")
        await child.press("send")
        await somewhere.idle()
        await arrived(somewhere)


async def test_what_they_wrote_to_the_app_goes_with_the_report_that_is_begun_from_there(
    tmp_path: Path,
) -> None:
    async with slack_whole.whole(tmp_path) as somewhere:
        child = somewhere.child()
        await child.write_to_app("he is outside")
        await child.message_press("report")
        await somewhere.idle()
        said = [each for each in await captured(somewhere, "context") if each.author.id == "reporter"]
        assert [each.text for each in said] == ["he is outside"]
