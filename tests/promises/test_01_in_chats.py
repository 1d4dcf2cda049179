"""Promise 1 in chats. The danger exit is on every private screen, it never sends, and it comes from files.

Ledger, desk and chat down or slow, in each combination.
"""

import asyncio
from pathlib import Path

import pytest

from core.advice.helplines import HelpBook
from core.ledger.road import parts
from tests import slack_whole
from tests.chat_whole import ChatChild, ChatWhole, claims, failing
from tests.chats import Chat, Fault, each_chat, each_fault, each_unknown
from tests.everything_down import Claim, each_ledger
from tests.faults import DeskFault, LedgerFault
from tests.slack_server import SlackFault, sees


def danger_exit(child: ChatChild) -> bool:
    """One press away from the danger exit, or on it."""
    return child.stands and ("help" in child.buttons or child.gives_help)


@each_chat
@each_ledger
async def test_whatever_is_down_help_is_on_every_reply_and_whole_on_the_danger_exit(
    tmp_path: Path, chat: Chat, ledger: LedgerFault
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        said = await somewhere.says(somewhere.member("bob"), "come to a private chat")
        for fault in chat.tried:
            with failing(somewhere, ledger, DeskFault.GONE, fault):
                await every_reply_helps(await somewhere.child().report_message(said), somewhere)


@each_fault
async def test_in_whatever_way_it_is_begun_and_whatever_the_chat_does_help_is_on_every_reply(
    tmp_path: Path, chat: Chat, fault: Fault
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        bob = somewhere.member("bob")
        said = await somewhere.says(bob, "come to a private chat")
        with failing(somewhere, LedgerFault.FINE, DeskFault.FINE, fault):
            for way in chat.ways.values():
                child = somewhere.child()
                await way(child, said, bob)
                await every_reply_helps(child, somewhere)


async def every_reply_helps(child: ChatChild, somewhere: ChatWhole) -> None:
    assert danger_exit(child)
    await child.press("help")
    assert child.gives_help
    for wished in ({"country"}, {"back"}, {"back", "send", "try_again"}, {"send", "try_again", "check"}):
        await somewhere.a_moment()
        for button in sorted(wished & child.buttons)[:1]:
            await child.press(button)
        assert danger_exit(child), child.words
    if "help" in child.buttons:
        await child.press("help")
    assert child.gives_help
    await child.press("hide")
    await somewhere.until(lambda: child.gone)


@each_chat
@each_ledger
async def test_whatever_the_ledger_does_help_is_of_the_country_that_is_chosen(
    tmp_path: Path, chat: Chat, ledger: LedgerFault
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        await child.press("help")
        await somewhere.a_moment()
        await child.press("country")
        await somewhere.a_moment()
        with failing(somewhere, ledger, DeskFault.FINE, chat.fault.FINE):
            await child.decide("country", "DE")
            if "help" in child.buttons:  # without the ledger nobody knows where they came from
                await child.press("help")
            assert "112" in child.words
            assert "Germany" in child.words


@each_chat
async def test_pressing_it_sends_nothing_and_the_answers_of_before_are_kept(
    tmp_path: Path, chat: Chat
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        await child.choose("category", "grooming")
        await child.press("help")
        assert child.gives_help
        assert child.code is None
        await somewhere.idle()
        assert await somewhere.stored() == await somewhere.items() == 0
        await child.press("back")
        assert child.chosen >= {"grooming"}


@each_chat
async def test_where_no_desk_is_help_is_given_and_nothing_is_stored(tmp_path: Path, chat: Chat) -> None:
    async with chat.whole(tmp_path, communities={}) as somewhere:
        said = await somewhere.says(somewhere.member("bob"), "come to a private chat")
        child = await somewhere.child().report_message(said)
        assert danger_exit(child)
        await child.press("help")
        assert "local emergency number" in child.words
        assert "childhelplineinternational.org" in child.words
        await child.press("country")
        await child.decide("country", "GB")
        assert child.gives_help
        await somewhere.idle()
        assert await somewhere.rows(parts) == []


@each_unknown
async def test_a_screen_that_nobody_knows_any_more_leads_to_the_danger_exit(
    tmp_path: Path, chat: Chat, name: str
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        await somewhere.restarted()
        await child.press_unknown(name)
        assert child.gives_help
        assert not child.says("not-yet")


@each_chat
async def test_a_step_that_breaks_inside_still_ends_at_the_danger_exit(
    tmp_path: Path, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        child = await somewhere.child().report()

        async def broken(*_given: object, **_named: object) -> None:
            raise RuntimeError("a fault nobody thought of")

        for step in ("answer", "press", "status", "late"):
            monkeypatch.setattr(somewhere.house.road, step, broken)
        for press in (child.press("send"), child.report(), child.my_reports("LB-0000-0000-0000-0")):
            await press
            assert child.gives_help
        assert await somewhere.stored() == 0


@each_chat
async def test_while_the_ledger_takes_nothing_the_next_press_waits_for_no_press_before_it(
    tmp_path: Path, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.chat.memory.TURN_S", 60.0)
    async with chat.whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        with failing(somewhere, LedgerFault.SLOW, DeskFault.FINE, chat.fault.FINE):
            async with asyncio.timeout(20):
                for button in ("send", "check", "check"):
                    await child.press(button)
        assert danger_exit(child)


def test_the_numbers_that_are_looked_for_here_are_those_of_the_shipped_files(helplines: HelpBook) -> None:
    found = helplines.help_for("GB")
    assert found.emergency is not None
    assert found.child_line is not None
    assert (found.emergency.phone, found.child_line.phone) == ("999", "0800 1111")


# On Slack alone.

HELP = ("999", "0800 1111", "childline.org.uk", "55")


def gives_help(words: str) -> bool:
    return all(word in words for word in HELP)


async def test_on_the_line_of_socket_mode_too_help_is_on_every_reply(tmp_path: Path) -> None:
    async with slack_whole.whole(tmp_path, way=slack_whole.SOCKET) as somewhere:
        bob = somewhere.member("bob")
        said = await somewhere.says(bob, "come to a private chat")
        for way in slack_whole.WAYS.values():
            child = somewhere.child()
            await way(child, said, bob)
            await every_reply_helps(child, somewhere)


@each_ledger
async def test_the_page_of_the_app_and_its_answer_to_a_message_lead_to_the_danger_exit(
    tmp_path: Path, ledger: LedgerFault
) -> None:
    async with slack_whole.whole(tmp_path) as somewhere:
        with failing(somewhere, ledger, DeskFault.GONE, SlackFault.FAILING):
            child = await somewhere.child().home_press("help")
            assert sees(child.person, "0800 1111")
            assert child.gives_help
            await child.close()
            await child.write_to_app("he says he will come here")
            await child.message_press("help")
            assert child.gives_help
        assert await somewhere.stored() == 0


async def test_the_page_of_the_app_itself_says_whom_to_call(tmp_path: Path) -> None:
    async with slack_whole.whole(tmp_path) as somewhere:
        somewhere.ledger.hold()
        child = await somewhere.child().open_home()
        assert all(sees(child.person, word) for word in HELP)
        somewhere.ledger.release()


@pytest.mark.parametrize("fault", [SlackFault.FAILING, SlackFault.CUT, SlackFault.BUSY])
@pytest.mark.parametrize("way", ["command", "message", "advice"])
async def test_where_no_modal_opens_help_stands_beside_the_press_for_their_eyes_only_and_leads_on(
    tmp_path: Path, way: str, fault: SlackFault
) -> None:
    async with slack_whole.whole(tmp_path) as somewhere:
        bob, child = somewhere.member("bob"), somewhere.child()
        said = await somewhere.says(bob, "come to a private chat")
        with somewhere.unhurried(always=True):
            somewhere.slack.fail(fault, always=True, only=slack_whole.OPEN)
            await slack_whole.WAYS[way](child, said, bob)
            await somewhere.idle()
        assert not child.stands
        assert gives_help(child.messages[-1].words)
        assert child.messages[-1].only_for is child.person
        assert somewhere.traces() == []
        somewhere.slack.fail(SlackFault.FINE)
        await child.message_press("help")
        assert child.gives_help
        await somewhere.idle()
        assert child.messages == []


@pytest.mark.parametrize("fault", [SlackFault.FAILING, SlackFault.CUT, SlackFault.BUSY])
async def test_where_slack_takes_no_change_for_a_while_the_danger_exit_stands_there_as_soon_as_it_does(
    tmp_path: Path, fault: SlackFault
) -> None:
    async with slack_whole.whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        with failing(somewhere, LedgerFault.FINE, DeskFault.FINE, fault, always=True):
            await child.press("help")
            assert danger_exit(child)
        await somewhere.until(lambda: child.gives_help)


async def test_a_press_that_came_too_late_to_open_a_modal_is_answered_with_help_beside_it(
    tmp_path: Path,
) -> None:
    async with slack_whole.whole(tmp_path) as somewhere:
        somewhere.slack.refusal = "expired_trigger_id"
        somewhere.slack.fail(SlackFault.REFUSED, always=True, only=slack_whole.OPEN)
        child = await somewhere.child().report()
        assert gives_help(child.messages[-1].words)
        somewhere.slack.fail(SlackFault.FINE)
        await child.message_press("report")
        assert danger_exit(child)


@pytest.mark.parametrize("action", ["b.nobody", "o.danger", "open.nobody", "x" * 255])
async def test_a_button_that_nobody_knows_on_a_modal_of_ours_keeps_the_danger_exit_there(
    tmp_path: Path, action: str
) -> None:
    async with slack_whole.whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        child.rename("help", action)
        await child.press_named(action)
        assert danger_exit(child)
        assert await somewhere.stored() == 0
        assert Claim.SENT not in claims(child)
