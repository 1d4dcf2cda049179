"""Promise 2 on Discord. Nobody is told a report was sent before it is committed.

What stands open becomes true without a press.
"""

import asyncio
from pathlib import Path

import pytest

from core.delivery.model import NEWS_TOPIC
from desk.tables import deliveries
from tests.behind import at_work
from tests.discord_child import Child
from tests.discord_server import CALLBACKS, DiscordFault, Server
from tests.discord_whole import (
    TRIED,
    Whole,
    all_delivered,
    claims,
    failing,
    whole,
)
from tests.everything_down import CLAIMED, STORED, Claim, each_ledger
from tests.faults import DeskFault, LedgerFault


def shows(child: Child, claim: Claim) -> bool:
    """Exactly this claim, and a code only with what is sent."""
    return claims(child) == {claim} and (child.code is not None) == (claim is Claim.SENT)


async def settled(child: Child) -> Child:
    """Pressed on as the screens say, until nothing more is to be found out or tried."""
    for _ in range(3):
        for button in ("check", "try_again"):
            if button in child.buttons:
                await child.press(button)
    return child


@each_ledger
async def test_whatever_is_down_sent_is_said_of_what_is_stored_and_of_nothing_else(
    tmp_path: Path, ledger: LedgerFault
) -> None:
    """Each ledger with each fault of Discord and each of the desk; those two with each other in turn."""
    claim, stored = CLAIMED[ledger], STORED.get(ledger, 0)
    desks = list(DeskFault)
    async with whole(tmp_path) as somewhere, at_work(somewhere.behind):
        for turn, fault in enumerate(TRIED):
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
        assert len(await somewhere.behind.rows(deliveries)) == 2 * len(TRIED)


def test_desk_and_discord_fail_in_each_pair() -> None:
    turns = range(len(TRIED))
    pairs = {(turn, (turn + number) % len(DeskFault)) for turn in turns for number in range(len(LedgerFault))}
    assert len(pairs) == len(TRIED) * len(DeskFault)


@each_ledger
async def test_the_screen_that_stands_open_becomes_what_came_of_it_without_a_press(
    tmp_path: Path, ledger: LedgerFault
) -> None:
    async with whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        with failing(somewhere, ledger, DeskFault.FINE, DiscordFault.FINE):
            await child.press("send")
            first = claims(child)
            assert first == {CLAIMED[ledger]}
        if first <= {Claim.NOT_YET, Claim.NOT_KNOWN}:
            await told_without_a_press(somewhere, child)
        stored = await somewhere.stored()
        assert (Claim.SENT in claims(child)) == (stored == 1)
        assert (Claim.NOT_SENT in claims(child)) == (stored == 0)


async def told_without_a_press(somewhere: Whole, child: Child) -> None:
    """Whoever keeps the screen true looks when there is news; the wait for it is another test's."""
    async with asyncio.timeout(20):
        while claims(child) <= {Claim.NOT_YET, Claim.NOT_KNOWN}:
            await somewhere.house.signals.wake(NEWS_TOPIC)
            await asyncio.sleep(0.005)


async def test_where_discord_fails_at_every_try_nothing_says_sent_and_pressed_again_it_is_one_report(
    tmp_path: Path,
) -> None:
    async with whole(tmp_path) as somewhere:
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
    async with whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        somewhere.discord.fail(DiscordFault.TOO_LATE, always=True, only=CALLBACKS)
        await child.press("send")
        await somewhere.idle()
        assert not child.answered
        assert shows(child, Claim.SENT)
        assert await somewhere.stored() == 1


async def test_of_what_was_answered_and_lost_on_the_way_there_is_one_screen_and_one_report(
    tmp_path: Path,
) -> None:
    async with whole(tmp_path) as somewhere:
        somewhere.discord.fail(DiscordFault.LOST)
        child = await somewhere.child().report()
        await child.press("send")
        await somewhere.idle()
        assert shows(child, Claim.SENT)
        assert private_screens(somewhere.discord, child) == 1
        assert await somewhere.stored() == 1


def private_screens(server: Server, child: Child) -> int:
    return sum(message.is_ephemeral for message in server.backend.messages[child.channel.id].values())


@each_ledger
async def test_whatever_the_ledger_does_what_is_added_is_called_sent_only_when_it_is(
    tmp_path: Path, ledger: LedgerFault
) -> None:
    async with whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        await child.press("send")
        await child.tell(own_words="he knows my school")
        before = await somewhere.items()
        with failing(somewhere, ledger, DeskFault.FINE, DiscordFault.FINE):
            await child.press("send")
            assert await somewhere.items() - before == STORED.get(ledger, 0)
            if Claim.SENT_TOO in claims(child):
                assert ledger is LedgerFault.FINE
        await settled(child)
        assert await somewhere.items() - before == 1
        assert child.code is not None


@pytest.mark.parametrize("ledger", [LedgerFault.FINE, LedgerFault.GONE, LedgerFault.STUCK])
async def test_help_that_knows_of_no_report_never_calls_one_sent(tmp_path: Path, ledger: LedgerFault) -> None:
    """A button of another version leads to help, where nobody can tell what became of anything."""
    async with whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        child.rename("hide", "lb9fbs")
        with failing(somewhere, ledger, DeskFault.FINE, DiscordFault.FINE):
            await child.press_named("lb9fbs")
            for button in ("talk", "help", "country", "help", "talk", "back"):
                await child.press(button)
                assert child.gives_help or "help" in child.buttons
                assert child.code is None
                assert Claim.SENT not in claims(child)
        assert await somewhere.stored() == 0
