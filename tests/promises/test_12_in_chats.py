"""Promise 12 in chats. They hear back where it is safe, and nothing that they said is shown again."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from core.delivery.screens import LAST, STANDS
from core.ledger.road import open_screens, reports
from tests import slack_whole
from tests.chat_whole import ChatChild, ChatWhole
from tests.chats import Chat, each_chat
from tests.slack_server import SlackFault, sees

WORDS = "kanarienvogel knows where I live"
UPDATE = ["You have an update"]


async def sent(somewhere: ChatWhole, choice: str | None) -> ChatChild:
    child = await somewhere.child().report()
    await child.tell(own_words=WORDS, about=WORDS)
    if choice is not None:
        await child.choose("others_use_phone", choice)
    await child.press("send")
    assert child.code is not None
    return child


async def read_at_the_desk(somewhere: ChatWhole) -> None:
    await somewhere.behind.deliver()
    await somewhere.behind.fetch()
    for report in await somewhere.behind.reports():
        await somewhere.behind.look(report)
    await somewhere.behind.fetch()
    await somewhere.notified()


@each_chat
@pytest.mark.parametrize(("choice", "heard"), [(None, []), ("yes", []), ("no", []), ("no_tell", UPDATE)])
async def test_only_who_asked_for_it_is_told_that_there_is_an_update_and_no_more(
    tmp_path: Path, chat: Chat, choice: str | None, heard: list[str]
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        child = await sent(somewhere, choice)
        await read_at_the_desk(somewhere)
        await read_at_the_desk(somewhere)
        assert somewhere.direct_messages() == heard
        assert child.code is not None
        await child.my_reports(child.code)
        assert "Read" in child.words
        assert WORDS not in child.words


@each_chat
async def test_taken_back_later_nothing_is_told(tmp_path: Path, chat: Chat) -> None:
    async with chat.whole(tmp_path) as somewhere:
        child = await sent(somewhere, "no_tell")
        await child.press("add")
        await child.fill(own_words="my brother has my phone now")
        await child.choose("others_use_phone", "yes")
        await child.press("send")
        (row,) = await somewhere.rows(reports)
        assert row.may_push is False
        await read_at_the_desk(somewhere)
        assert somewhere.direct_messages() == []


@each_chat
async def test_whoever_takes_no_direct_messages_is_told_nowhere_else(tmp_path: Path, chat: Chat) -> None:
    async with chat.whole(tmp_path) as somewhere:
        await sent(somewhere, "no_tell")
        somewhere.take_no_direct_messages()
        onlooker = somewhere.member("mo")
        before = somewhere.read_by(onlooker)
        await read_at_the_desk(somewhere)
        assert somewhere.direct_messages() == []
        assert somewhere.read_by(onlooker) == before


@each_chat
async def test_what_they_wrote_is_on_no_screen_and_in_no_form_that_is_opened_again(
    tmp_path: Path, chat: Chat
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        await child.tell(own_words=WORDS, about=WORDS)
        for button in ("help", "back", "send", "help", "back"):
            assert WORDS not in child.words
            if button in child.buttons:
                await child.press(button)
        for button in ("add", "more"):
            if button in child.buttons:
                await child.press(button)
                assert child.form is not None
                assert WORDS not in str(child.form)
                assert not child.prefilled
        everything = str(somewhere.said())
        assert WORDS not in everything
        assert len(everything) > len(WORDS)


@each_chat
async def test_every_private_reply_has_hide_this_and_hiding_takes_it_away(tmp_path: Path, chat: Chat) -> None:
    async with chat.whole(tmp_path) as somewhere:
        for way in ("report", "my reports", "sent"):
            child = somewhere.child(way)
            if way == "my reports":
                await child.my_reports("LB-0000-0000-0000-0")
            else:
                await child.report()
            if way == "sent":
                await child.press("send")
            assert "hide" in child.buttons, way
            await child.press("hide")
            await somewhere.idle()
            assert child.gone, way


@each_chat
@pytest.mark.parametrize("restart", [False, True])
async def test_every_private_reply_is_emptied_within_fifteen_minutes_after_a_restart_too(
    tmp_path: Path, chat: Chat, restart: bool
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        first = await somewhere.child().report()
        other = await somewhere.child().report()
        await other.press("send")
        looked = await somewhere.child().my_reports("LB-0000-0000-0000-0")
        await somewhere.noted(3)
        assert somewhere.private_screens() == 3
        if restart:
            await somewhere.restarted()
        somewhere.later(timedelta(minutes=6))
        await first.press("help")
        await somewhere.noted(1)
        somewhere.later(STANDS - timedelta(minutes=6))
        await somewhere.emptied()
        assert [child.stands for child in (first, other, looked)] == [True, False, False]
        somewhere.later(timedelta(minutes=6))
        await somewhere.emptied()
        assert somewhere.private_screens() == 0
        assert STANDS < LAST <= timedelta(minutes=15)


@each_chat
async def test_what_could_not_be_emptied_is_tried_again_while_it_can_be_reached(
    tmp_path: Path, chat: Chat
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        await somewhere.noted(1)
        somewhere.later(STANDS)
        somewhere.chat_fails(chat.fault.CUT, always=True)
        with somewhere.unhurried(always=True):
            await somewhere.emptied()
        assert child.stands
        somewhere.chat_fails(chat.fault.FINE)
        somewhere.later(timedelta(minutes=1))
        await somewhere.emptied()
        assert not child.stands


# On Slack alone.


async def test_on_slack_the_message_that_there_is_news_says_no_more_and_carries_nothing_to_press(
    tmp_path: Path,
) -> None:
    async with slack_whole.whole(tmp_path) as somewhere:
        alice, boss = somewhere.member("alice"), somewhere.member("boss", is_admin=True, is_owner=True)
        child = await somewhere.child_of(alice).report()
        await child.tell(own_words=WORDS)
        await child.choose("others_use_phone", "no_tell")
        await child.press("send")
        await read_at_the_desk(somewhere)
        (message,) = child.messages
        assert message.channel is somewhere.team.im(alice)
        assert (message.text, message.blocks, message.files) == (UPDATE[0], [], [])
        assert not sees(boss, UPDATE[0])
        (posted,) = [told for what, told in somewhere.said() if what == "chat.postMessage"]
        assert posted["unfurl_links"] is posted["unfurl_media"] is False


@pytest.mark.parametrize("way", [slack_whole.HTTP, slack_whole.SOCKET])
@pytest.mark.parametrize("restart", [False, True])
async def test_a_modal_is_emptied_in_time_also_where_the_receipt_of_opening_it_was_lost(
    tmp_path: Path, restart: bool, way: str
) -> None:
    async with slack_whole.whole(tmp_path, way=way) as somewhere:
        somewhere.slack.fail(SlackFault.LOST, only=slack_whole.OPEN)
        child = await somewhere.child().report()
        assert child.stands
        await somewhere.noted(1)
        (row,) = await somewhere.rows(open_screens)
        assert row.closes_at == somewhere.clock.now() + STANDS
        somewhere.slack.fail(SlackFault.FINE)
        if restart:
            await somewhere.restarted()
        somewhere.later(STANDS)
        await somewhere.emptied()
        assert child.gone
        assert child.view is not None, "it stands there, and says nothing but that it is closed"
        assert child.code is None
        assert child.view["blocks"][0]["type"] == "rich_text"
        assert len(child.view["blocks"]) == 1
        assert "lb1." not in str(child.view)


async def test_a_form_above_a_card_and_the_card_under_it_are_both_emptied(tmp_path: Path) -> None:
    async with slack_whole.whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        await child.press("more")
        await somewhere.noted(2)
        assert somewhere.private_screens() == 2
        await somewhere.restarted()
        somewhere.later(STANDS)
        await somewhere.emptied()
        assert somewhere.private_screens() == 0


@pytest.mark.parametrize("restart", [False, True])
async def test_a_form_whose_receipt_was_lost_is_emptied_as_well(tmp_path: Path, restart: bool) -> None:
    async with slack_whole.whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        somewhere.slack.fail(SlackFault.LOST, only=re.compile(r"views\.push"))
        await child.press("more")
        assert child.form is not None
        await somewhere.noted(2)
        somewhere.slack.fail(SlackFault.FINE)
        if restart:
            await somewhere.restarted()
        somewhere.later(STANDS)
        await somewhere.emptied()
        assert somewhere.private_screens() == 0


async def test_a_form_that_could_only_stand_in_place_of_its_card_is_hidden_and_goes_on_all_the_same(
    tmp_path: Path,
) -> None:
    """No button there says that it leads back, where nothing stands under it."""
    async with slack_whole.whole(tmp_path) as somewhere:
        somewhere.slack.refusal = "expired_trigger_id"
        somewhere.slack.fail(SlackFault.REFUSED, always=True, only=re.compile(r"views\.push"))
        hides, tells = await somewhere.child().report(), await somewhere.child().report()
        for child in (hides, tells):
            await child.press("more")
            assert child.form is not None
            assert "back" not in child.buttons
        await hides.press("hide")
        assert hides.gone
        await tells.fill(own_words=WORDS)
        await tells.press("send")
        assert tells.code is not None


async def test_help_beside_a_press_has_hide_this_and_hiding_takes_it_away(tmp_path: Path) -> None:
    async with slack_whole.whole(tmp_path) as somewhere:
        somewhere.slack.refusal = "expired_trigger_id"
        somewhere.slack.fail(SlackFault.REFUSED, always=True, only=slack_whole.OPEN)
        child = await somewhere.child().report()
        assert len(child.messages) == 1
        await child.message_press("hide")
        await somewhere.idle()
        assert child.messages == []


async def test_a_modal_that_was_closed_is_forgotten(tmp_path: Path) -> None:
    async with slack_whole.whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        await somewhere.noted(1)
        await child.press("hide")
        await somewhere.idle()
        assert await somewhere.rows(open_screens) == []
        assert somewhere.private_screens() == 0


async def test_the_page_of_the_app_is_the_same_for_who_reported_and_who_did_not(tmp_path: Path) -> None:
    """It stands for months, and whoever takes up the phone can read it."""
    async with slack_whole.whole(tmp_path) as somewhere:
        told, other = somewhere.child("alice"), somewhere.child("kit")
        await told.report()
        await told.press("send")
        await read_at_the_desk(somewhere)
        pages = []
        for child in (told, other):
            await child.open_home()
            assert child.person.home is not None
            pages.append(child.person.home.body["private_metadata"])
        assert pages[0] == pages[1]
