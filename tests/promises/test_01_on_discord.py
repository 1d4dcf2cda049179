"""Promise 1 on Discord. The danger exit is on every private screen, it never sends, and it comes from files.

Ledger, desk and Discord down or slow, in each combination.
"""

import asyncio
from pathlib import Path

import pytest

from core.advice.helplines import HelpBook
from core.dialogue.model import Say
from core.ledger.road import parts
from tests.discord_child import Child
from tests.discord_server import DiscordFault
from tests.discord_whole import TRIED, Whole, each_of_discord, failing, whole
from tests.everything_down import each_ledger
from tests.faults import DeskFault, LedgerFault
from tests.web_room import TEXTS


def danger_exit(child: Child) -> bool:
    """One press away from the danger exit, or on it."""
    return child.stands and ("help" in child.buttons or child.gives_help)


@each_ledger
async def test_whatever_is_down_help_is_on_every_reply_and_whole_on_the_danger_exit(
    tmp_path: Path, ledger: LedgerFault
) -> None:
    async with whole(tmp_path) as somewhere:
        said = await somewhere.member("bob").send(somewhere.channel, "come to a private chat")
        for fault in TRIED:
            with failing(somewhere, ledger, DeskFault.GONE, fault):
                await every_reply_helps(await somewhere.child().report_message(said), somewhere)


@each_of_discord
async def test_in_whatever_way_it_is_begun_and_whatever_discord_does_help_is_on_every_reply(
    tmp_path: Path, fault: DiscordFault
) -> None:
    async with whole(tmp_path) as somewhere:
        with failing(somewhere, LedgerFault.FINE, DeskFault.FINE, fault):
            await every_reply_helps(await somewhere.child().report(), somewhere)
            person = somewhere.member("kit")
            await every_reply_helps(await somewhere.child().report_person(person), somewhere)


async def every_reply_helps(child: Child, somewhere: Whole) -> None:
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
    closed = TEXTS.say(Say("discord-closed"), "en")
    await child.discord.until(lambda: not child.stands or child.words == closed)


@each_ledger
async def test_whatever_the_ledger_does_help_is_of_the_country_that_is_chosen(
    tmp_path: Path, ledger: LedgerFault
) -> None:
    async with whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        await child.press("help")
        await somewhere.a_moment()
        await child.press("country")
        await somewhere.a_moment()
        with failing(somewhere, ledger, DeskFault.FINE, DiscordFault.FINE):
            await child.choose("country", "DE")
            if "help" in child.buttons:  # without the ledger nobody knows where they came from
                await child.press("help")
            assert "112" in child.words
            assert "Germany" in child.words


async def test_pressing_it_sends_nothing_and_the_answers_of_before_are_kept(tmp_path: Path) -> None:
    async with whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        await child.choose("category", "grooming")
        await child.press("help")
        assert child.gives_help
        assert child.code is None
        await somewhere.idle()
        assert await somewhere.stored() == await somewhere.items() == 0
        await child.press("back")
        assert chosen(child) == {"grooming"}


def chosen(child: Child) -> set[str]:
    lists = [part for part in child.flat if part.get("options")]
    return {option["value"] for part in lists for option in part["options"] if option.get("default")}


async def test_where_no_desk_is_help_is_given_and_nothing_is_stored(tmp_path: Path) -> None:
    async with whole(tmp_path, communities={}) as somewhere:
        said = await somewhere.member("bob").send(somewhere.channel, "come to a private chat")
        child = await somewhere.child().report_message(said)
        assert danger_exit(child)
        await child.press("help")
        assert "local emergency number" in child.words
        assert "childhelplineinternational.org" in child.words
        await child.press("country")
        await child.choose("country", "GB")
        assert child.gives_help
        await somewhere.idle()
        assert await somewhere.rows(parts) == []


@pytest.mark.parametrize("text", ["lb1", "lb1qxx", "someone else's button", "lb9fbs" + "A" * 28])
async def test_a_button_that_nobody_knows_any_more_leads_to_the_danger_exit(
    tmp_path: Path, text: str
) -> None:
    async with whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        await somewhere.platform.stop()
        child.rename("help", text)
        await somewhere.restarted(stopped=True)
        await child.press_named(text)
        assert child.gives_help
        assert not child.says("not-yet")


async def test_a_step_that_breaks_inside_still_ends_at_the_danger_exit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with whole(tmp_path) as somewhere:
        child = await somewhere.child().report()

        async def broken(*_given: object, **_named: object) -> None:
            raise RuntimeError("a fault nobody thought of")

        for step in ("answer", "press", "status", "late"):
            monkeypatch.setattr(somewhere.house.road, step, broken)
        for press in (child.press("send"), child.report(), child.my_reports("LB-0000-0000-0000-0")):
            await press
            assert child.gives_help
        assert await somewhere.stored() == 0


async def test_while_the_ledger_takes_nothing_the_next_press_waits_for_no_press_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.chat.memory.TURN_S", 60.0)
    async with whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        with failing(somewhere, LedgerFault.SLOW, DeskFault.FINE, DiscordFault.FINE):
            async with asyncio.timeout(20):
                for button in ("send", "check", "check"):
                    await child.press(button)
        assert danger_exit(child)


def test_the_numbers_that_are_looked_for_here_are_those_of_the_shipped_files(helplines: HelpBook) -> None:
    found = helplines.help_for("GB")
    assert found.emergency is not None
    assert found.child_line is not None
    assert (found.emergency.phone, found.child_line.phone) == ("999", "0800 1111")
