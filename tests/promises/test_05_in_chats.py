"""Promise 5 on Discord. The reported message is committed before the first answer, from the press itself.

What is deleted or changed at any later moment reaches the desk as it was.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from core.ledger.road import parts
from tests.chat_whole import failing
from tests.discord_server import DiscordFault
from tests.discord_whole import Whole, whole
from tests.faults import DeskFault, LedgerFault

SAID = "come to a private chat, don't tell anyone"
MOMENTS = ("before the first answer", "after the first answer", "between two answers", "after it was sent")


async def gone(robin: Any, message: Any) -> None:
    await robin.delete(message)


async def changed(robin: Any, message: Any) -> None:
    await robin.edit(message, "hi, how was school?")


@pytest.mark.parametrize("do", [gone, changed])
@pytest.mark.parametrize("moment", MOMENTS)
async def test_deleted_or_edited_at_any_moment_it_reaches_the_desk_as_it_was(
    tmp_path: Path, moment: str, do: Callable[[Any, Any], Awaitable[None]]
) -> None:
    async with whole(tmp_path) as somewhere:
        robin = somewhere.member("robin")
        message = await robin.send(somewhere.channel, SAID)
        child = somewhere.child()
        if moment == MOMENTS[0]:
            with failing(somewhere, LedgerFault.FINE, DeskFault.FINE, DiscordFault.FAILING):
                await child.report_message(message)
                await do(robin, message)
        else:
            await child.report_message(message)
        assert [row.kind for row in await somewhere.rows(parts)][:1] == ["reported"]
        if moment == MOMENTS[1]:
            await do(robin, message)
        await child.choose("category", "grooming")
        if moment == MOMENTS[2]:
            await do(robin, message)
        await child.press("send")
        if moment == MOMENTS[3]:
            await do(robin, message)
        await somewhere.idle()
        assert child.code is not None
        await arrived(somewhere)


async def arrived(somewhere: Whole) -> None:
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


async def test_it_is_committed_before_anything_is_answered(tmp_path: Path) -> None:
    async with whole(tmp_path) as somewhere:
        message = await somewhere.member("robin").send(somewhere.channel, SAID)
        child = somewhere.child()
        somewhere.ledger.hold()
        answering = somewhere.discord.requests
        begun = len(answering)
        pressed = somewhere.pressing(child.report_message(message))
        await somewhere.ledger.arrived.wait()
        assert not [one for one in answering[begun:] if one.path.startswith("/interactions/")]
        somewhere.ledger.release()
        await pressed
        assert child.answered
        assert {row.kind for row in await somewhere.rows(parts)} >= {"reported"}


async def test_of_a_message_deleted_before_its_surroundings_were_read_the_rest_still_comes(
    tmp_path: Path,
) -> None:
    async with whole(tmp_path) as somewhere:
        robin = somewhere.member("robin")
        await somewhere.member("kit").send(somewhere.channel, "what is going on here")
        message = await robin.send(somewhere.channel, SAID)
        child = somewhere.child()
        with failing(somewhere, LedgerFault.FINE, DeskFault.FINE, DiscordFault.BUSY):
            await child.report_message(message)
            await robin.delete(message)
        await child.press("send")
        await somewhere.idle()
        await arrived(somewhere)


@pytest.mark.parametrize("ledger", [LedgerFault.STUCK, LedgerFault.GONE, LedgerFault.FULL])
async def test_what_could_not_be_kept_at_the_press_is_kept_with_the_next(
    tmp_path: Path, ledger: LedgerFault
) -> None:
    async with whole(tmp_path) as somewhere:
        robin = somewhere.member("robin")
        message = await robin.send(somewhere.channel, SAID)
        child = somewhere.child()
        with failing(somewhere, ledger, DeskFault.FINE, DiscordFault.FINE):
            await child.report_message(message)
            assert child.answered
        await robin.delete(message)
        for button in ("try_again", "check", "send"):
            if button in child.buttons:
                await child.press(button)
        assert child.code is not None
        await somewhere.idle()
        await arrived(somewhere)
