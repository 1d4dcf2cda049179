"""Promise 2 in chats. Nobody is told a report was sent before it is committed.

What stands open becomes true without a press.
"""

import asyncio
from pathlib import Path

import pytest

from core.delivery.model import NEWS_TOPIC
from desk.tables import deliveries
from tests import discord_whole, slack_whole
from tests.behind import at_work
from tests.chat_whole import ChatChild, ChatWhole, all_delivered, claims, failing
from tests.chats import Chat, each_chat
from tests.discord_server import CALLBACKS, DiscordFault
from tests.everything_down import CLAIMED, STORED, Claim, each_ledger
from tests.faults import DeskFault, LedgerFault
from tests.slack_server import SlackFault


def shows(child: ChatChild, claim: Claim) -> bool:
    """Exactly this claim, and a code only with what is sent."""
    return claims(child) == {claim} and (child.code is not None) == (claim is Claim.SENT)


async def settled(child: ChatChild) -> ChatChild:
    """Pressed on as the screens say, until nothing more is to be found out or tried."""
    for _ in range(3):
        for button in ("check", "try_again"):
            if button in child.buttons:
                await child.press(button)
    return child


@each_chat
@each_ledger
async def test_whatever_is_down_sent_is_said_of_what_is_stored_and_of_nothing_else(
    tmp_path: Path, chat: Chat, ledger: LedgerFault
) -> None:
    """Each ledger with each fault of the chat and each of the desk; those two with each other in turn."""
    claim, stored = CLAIMED[ledger], STORED.get(ledger, 0)
    desks = list(DeskFault)
    async with chat.whole(tmp_path) as somewhere, at_work(somewhere.behind):
        for turn, fault in enumerate(chat.tried):
            desk = desks[(turn + list(LedgerFault).index(ledger)) % len(desks)]
            calm = await somewhere.child("calm").report()
            in_danger = await somewhere.child("in danger").report()
            before = await somewhere.stored()
            with failing(somewhere, ledger, desk, fault):
                await calm.press("send")
                assert shows(calm, claim)
                assert await somewhere.stored() - before == stored
                await in_danger.choose("danger", "yes")
                assert shows(in_danger, claim)
                assert in_danger.gives_help
                assert await somewhere.stored() - before == 2 * stored
            for child in (calm, in_danger):
                await settled(child)
                assert shows(child, Claim.SENT)
            assert await somewhere.stored() - before == 2
            await all_delivered(somewhere, 2 * (turn + 1))
        assert len(await somewhere.behind.rows(deliveries)) == 2 * len(chat.tried)


@each_chat
def test_desk_and_chat_fail_in_each_pair(chat: Chat) -> None:
    turns = range(len(chat.tried))
    pairs = {(turn, (turn + number) % len(DeskFault)) for turn in turns for number in range(len(LedgerFault))}
    assert len(pairs) == len(chat.tried) * len(DeskFault)


@each_chat
@each_ledger
async def test_the_screen_that_stands_open_becomes_what_came_of_it_without_a_press(
    tmp_path: Path, chat: Chat, ledger: LedgerFault
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        with failing(somewhere, ledger, DeskFault.FINE, chat.fault.FINE):
            await child.press("send")
            first = claims(child)
            assert first == {CLAIMED[ledger]}
        if first <= {Claim.NOT_YET, Claim.NOT_KNOWN}:
            await told_without_a_press(somewhere, child)
        stored = await somewhere.stored()
        assert (Claim.SENT in claims(child)) == (stored == 1)
        assert (Claim.NOT_SENT in claims(child)) == (stored == 0)


async def told_without_a_press(somewhere: ChatWhole, child: ChatChild) -> None:
    """Whoever keeps the screen true looks when there is news; the wait for it is another test's."""
    async with asyncio.timeout(20):
        while claims(child) <= {Claim.NOT_YET, Claim.NOT_KNOWN}:
            await somewhere.house.signals.wake(NEWS_TOPIC)
            await asyncio.sleep(0.005)


@each_chat
async def test_of_what_was_answered_and_lost_on_the_way_there_is_one_screen_and_one_report(
    tmp_path: Path, chat: Chat
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        somewhere.chat_fails(chat.fault.LOST)
        child = await somewhere.child().report()
        await child.press("send")
        await somewhere.idle()
        assert shows(child, Claim.SENT)
        assert somewhere.private_screens() == 1
        assert await somewhere.stored() == 1


@each_chat
@each_ledger
async def test_whatever_the_ledger_does_what_is_added_is_called_sent_only_when_it_is(
    tmp_path: Path, chat: Chat, ledger: LedgerFault
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        await child.press("send")
        await child.tell(own_words="he knows my school")
        before = await somewhere.items()
        with failing(somewhere, ledger, DeskFault.FINE, chat.fault.FINE):
            await child.press("send")
            assert await somewhere.items() - before == STORED.get(ledger, 0)
            if Claim.SENT_TOO in claims(child):
                assert ledger is LedgerFault.FINE
        await settled(child)
        assert await somewhere.items() - before == 1
        assert child.code is not None


@each_chat
@pytest.mark.parametrize("ledger", [LedgerFault.FINE, LedgerFault.GONE, LedgerFault.STUCK])
async def test_help_that_knows_of_no_report_never_calls_one_sent(
    tmp_path: Path, chat: Chat, ledger: LedgerFault
) -> None:
    """A screen of another version leads to help, where nobody can tell what became of anything."""
    async with chat.whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        with failing(somewhere, ledger, DeskFault.FINE, chat.fault.FINE):
            await child.press_unknown(chat.unknown[-1])
            for button in ("talk", "help", "country", "help", "talk", "back"):
                await child.press(button)
                assert child.gives_help or "help" in child.buttons
                assert child.code is None
                assert Claim.SENT not in claims(child)
        assert await somewhere.stored() == 0


# On Discord alone.


async def test_where_discord_fails_at_every_try_nothing_says_sent_and_pressed_again_it_is_one_report(
    tmp_path: Path,
) -> None:
    async with discord_whole.whole(tmp_path) as somewhere:
        for fault in (DiscordFault.FAILING, DiscordFault.BUSY, DiscordFault.CUT):
            before = await somewhere.stored()
            child = await somewhere.child().report()
            with failing(somewhere, LedgerFault.FINE, DeskFault.FINE, fault, always=True):
                await child.press("send")
            assert not child.answered
            assert Claim.SENT not in claims(child)
            assert await somewhere.stored() - before == 1
            await child.press("send")
            assert shows(child, Claim.SENT)
            assert await somewhere.stored() - before == 1


async def test_an_answer_that_came_too_late_changes_the_screen_as_it_stood(tmp_path: Path) -> None:
    async with discord_whole.whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        somewhere.discord.fail(DiscordFault.TOO_LATE, always=True, only=CALLBACKS)
        await child.press("send")
        await somewhere.idle()
        assert not child.answered
        assert shows(child, Claim.SENT)
        assert await somewhere.stored() == 1


# On Slack alone.


@pytest.mark.parametrize("way", [slack_whole.HTTP, slack_whole.SOCKET])
@pytest.mark.parametrize("fault", [SlackFault.FAILING, SlackFault.BUSY, SlackFault.CUT])
async def test_where_slack_takes_no_call_at_all_the_answer_to_a_submit_still_says_what_became_of_it(
    tmp_path: Path, fault: SlackFault, way: str
) -> None:
    async with slack_whole.whole(tmp_path, way=way) as somewhere:
        child = await somewhere.child().report()
        with failing(somewhere, LedgerFault.FINE, DeskFault.FINE, fault, always=True):
            await child.press("send")
            assert shows(child, Claim.SENT)
        assert await somewhere.stored() == 1


@pytest.mark.parametrize("fault", [SlackFault.FAILING, SlackFault.BUSY, SlackFault.CUT])
async def test_where_slack_takes_no_call_at_all_yes_now_is_one_report_that_the_screen_tells_of_afterwards(
    tmp_path: Path, fault: SlackFault
) -> None:
    async with slack_whole.whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        with failing(somewhere, LedgerFault.FINE, DeskFault.FINE, fault, always=True):
            await child.choose("danger", "yes")
            assert Claim.SENT not in claims(child)
            assert await somewhere.stored() == 1
        await somewhere.until(lambda: shows(child, Claim.SENT))
        assert child.gives_help
        assert await somewhere.stored() == 1


async def test_on_the_line_of_socket_mode_sent_is_said_of_what_is_stored(tmp_path: Path) -> None:
    async with slack_whole.whole(tmp_path, way=slack_whole.SOCKET) as somewhere:
        child = await somewhere.child().report()
        with failing(somewhere, LedgerFault.GONE, DeskFault.FINE, SlackFault.FINE):
            await child.press("send")
            assert shows(child, Claim.NOT_SENT)
        await settled(child)
        assert shows(child, Claim.SENT)
        assert await somewhere.stored() == 1


@pytest.mark.parametrize("way", [slack_whole.HTTP, slack_whole.SOCKET])
async def test_a_submit_whose_ack_was_lost_is_pressed_again_and_is_one_report(
    tmp_path: Path, way: str
) -> None:
    async with slack_whole.whole(tmp_path, way=way) as somewhere:
        child = await somewhere.child().report()
        key = child.key
        somewhere.slack.lost_acks = 1
        await child.press("send")
        assert not child.answered
        assert Claim.SENT not in claims(child)
        assert await somewhere.stored() == 1
        await child.press("send")
        assert shows(child, Claim.SENT)
        assert child.key == key
        assert await somewhere.stored() == await somewhere.items() == 1
