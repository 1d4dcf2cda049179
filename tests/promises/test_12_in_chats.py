"""Promise 12 on Discord. They hear back where it is safe, and nothing that they said is shown again."""

from datetime import timedelta
from pathlib import Path

import pytest
from simcord.builders import ChannelHandle

from core.delivery.screens import LAST, STANDS
from core.ledger.road import reports
from tests.discord_child import Child
from tests.discord_payloads import walk
from tests.discord_server import DiscordFault, Server
from tests.discord_whole import Whole, whole

WORDS = "kanarienvogel knows where I live"
UPDATE = ["You have an update"]


def told(server: Server) -> list[str]:
    """The direct messages that anybody got, and nothing else of them but words."""
    found = [
        message
        for channel in server.backend.dm_channels.values()
        for message in server.backend.messages.get(channel, {}).values()
    ]
    assert not any(message.embeds or message.components or message.attachments for message in found)
    return [message.content for message in found]


async def sent(somewhere: Whole, choice: str | None) -> Child:
    child = await somewhere.child().report()
    await child.tell(own_words=WORDS, about=WORDS)
    if choice is not None:
        await child.choose("others_use_phone", choice)
    await child.press("send")
    assert child.code is not None
    return child


async def read_at_the_desk(somewhere: Whole) -> None:
    await somewhere.behind.deliver()
    await somewhere.behind.fetch()
    for report in await somewhere.behind.reports():
        await somewhere.behind.look(report)
    await somewhere.behind.fetch()
    await somewhere.notified()


@pytest.mark.parametrize(("choice", "heard"), [(None, []), ("yes", []), ("no", []), ("no_tell", UPDATE)])
async def test_only_who_asked_for_it_is_told_that_there_is_an_update_and_no_more(
    tmp_path: Path, choice: str | None, heard: list[str]
) -> None:
    async with whole(tmp_path) as somewhere:
        child = await sent(somewhere, choice)
        await read_at_the_desk(somewhere)
        await read_at_the_desk(somewhere)
        assert told(somewhere.discord) == heard
        assert child.code is not None
        await child.my_reports(child.code)
        assert "Read" in child.words
        assert WORDS not in child.words


async def test_taken_back_later_nothing_is_told(tmp_path: Path) -> None:
    async with whole(tmp_path) as somewhere:
        child = await sent(somewhere, "no_tell")
        await child.press("add")
        await child.fill(own_words="my brother has my phone now")
        await child.choose("others_use_phone", "yes")
        await child.press("send")
        (row,) = await somewhere.rows(reports)
        assert row.may_push is False
        await read_at_the_desk(somewhere)
        assert told(somewhere.discord) == []


async def test_whoever_takes_no_direct_messages_is_told_nowhere_else(tmp_path: Path) -> None:
    async with whole(tmp_path) as somewhere:
        await sent(somewhere, "no_tell")
        somewhere.discord.env.inject_error(
            "POST", "/channels/*/messages", status=403, code=50007, message="Cannot send", times=None
        )
        begun = len(somewhere.channel.history())
        await read_at_the_desk(somewhere)
        assert told(somewhere.discord) == []
        assert len(somewhere.channel.history()) == begun


async def test_what_they_wrote_is_on_no_screen_and_in_no_form_that_is_opened_again(tmp_path: Path) -> None:
    async with whole(tmp_path) as somewhere:
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
                fields = [part["component"] for part in child.form["components"] if "component" in part]
                assert not any(field.get("value") for field in walk(fields))
        everything = str([one.json for one in somewhere.discord.requests])
        assert WORDS not in everything
        assert len(everything) > len(WORDS)


async def test_every_private_reply_has_hide_this_and_hiding_takes_it_away(tmp_path: Path) -> None:
    async with whole(tmp_path) as somewhere:
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
            assert not child.stands, way


def private(channel: ChannelHandle, server: Server) -> int:
    return sum(message.is_ephemeral for message in server.backend.messages[channel.id].values())


@pytest.mark.parametrize("restart", [False, True])
async def test_every_private_reply_is_emptied_within_fifteen_minutes_after_a_restart_too(
    tmp_path: Path, restart: bool
) -> None:
    async with whole(tmp_path) as somewhere:
        first = await somewhere.child().report()
        other = await somewhere.child().report()
        await other.press("send")
        looked = await somewhere.child().my_reports("LB-0000-0000-0000-0")
        await somewhere.noted(3)
        assert private(somewhere.channel, somewhere.discord) == 3
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
        assert private(somewhere.channel, somewhere.discord) == 0
        assert STANDS < LAST <= timedelta(minutes=15)


async def test_what_could_not_be_emptied_is_tried_again_while_it_can_be_reached(tmp_path: Path) -> None:
    async with whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        await somewhere.noted(1)
        somewhere.later(STANDS)
        somewhere.discord.fail(DiscordFault.CUT, always=True)
        await somewhere.emptied()
        assert child.stands
        somewhere.discord.fail(DiscordFault.FINE)
        somewhere.later(timedelta(minutes=1))
        await somewhere.emptied()
        assert not child.stands
