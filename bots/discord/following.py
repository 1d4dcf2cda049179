"""Changes the screen that stands open on Discord, for whoever keeps it true."""

from typing import Final

import aiohttp
import discord
import structlog

from bots.discord.answering import Door, Doors, Verdict, verdict
from bots.discord.outbound import Carry, Renderer
from core.chat.following import Change, Changed, Followed
from core.dialogue.model import Card
from core.reports.road import Shown
from core.reports.told import ToldLine

log = structlog.get_logger()

_CAME_OF_IT: Final = {
    Verdict.GIVEN: Changed.GIVEN,
    Verdict.AGAIN: Changed.AGAIN,
    Verdict.REFUSED: Changed.LEFT,
    Verdict.TOO_LATE: Changed.GONE,
}


def changer(renderer: Renderer, doors: Doors) -> Change:
    """How a screen that is followed is changed here."""

    async def change(one: Followed[Door], shown: Shown, told: tuple[ToldLine, ...]) -> Changed:
        assert isinstance(shown.screen, Card)  # noqa: S101 - no form is ever followed
        view = renderer.card(shown.screen, Carry.of(shown), one.place.language, told)
        try:
            there = await doors.change(one.door, view)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            log.warning("screen_not_changed", error=type(error).__name__)
            return _CAME_OF_IT[verdict(error)]
        return Changed.GIVEN if there else Changed.GONE

    return change
