"""Keeps the screen that stands open true: "Still storing" becomes what came of it, and news is shown.

Changes only a screen that says something else by now, and lets go as soon as somebody presses on it.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import aiohttp
import discord
import structlog

from bots.discord.answering import Door, Doors, Verdict, verdict
from bots.discord.outbound import Carry, Renderer
from core.clock import Clock
from core.delivery.model import NEWS_TOPIC
from core.delivery.screens import STANDS
from core.dialogue.model import Card, Outcome, Place, Press, Screen
from core.evidence.drafts import draft_id
from core.evidence.parts import Identity
from core.reports.road import Road, Shown
from core.reports.told import ToldLine, lines
from core.signals.port import Signals

log = structlog.get_logger()

IN_DOUBT: Final = frozenset({Outcome.STORING, Outcome.UNKNOWN})
TELLS: Final = frozenset({"sent", "help"})
"""Where somebody waits after Send, and after "Yes, now"."""
SOON: Final = timedelta(seconds=2)
NOW_AND_THEN: Final = timedelta(seconds=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A screen as it stands open, and the way to it."""

    place: Place
    shown: Shown
    door: Door
    identity: Identity


Begin = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]


class Follower:
    """One task for each screen that may have to be changed; whoever made it awaits them."""

    def __init__(
        self,
        *,
        road: Road,
        renderer: Renderer,
        doors: Doors,
        signals: Signals,
        clock: Clock,
        unread_after: timedelta,
    ) -> None:
        self._road = road
        self._renderer = renderer
        self._doors = doors
        self._signals = signals
        self._clock = clock
        self._unread_after = unread_after
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._followed: dict[str, Followed] = {}
        self._ended = False

    def follow(self, one: Followed, begin: Begin) -> None:
        """From now on, until it is left or closes. `begin` owns the task."""
        if self._ended or not _may_change(one.shown):
            return
        name = draft_id(one.shown.key)
        self.leave(name)
        task = begin(self._kept_true(one))
        self._tasks[name] = task
        self._followed[name] = one
        task.add_done_callback(lambda done: self._drop(name, done))

    def leave(self, draft: str) -> Followed | None:
        """Somebody presses there: nothing of before may overwrite what comes. What was followed, if any."""
        task = self._tasks.pop(draft, None)
        if task is not None:
            task.cancel()
        return self._followed.pop(draft, None)

    def end(self) -> None:
        """Leave all, and follow nothing any more."""
        self._ended = True
        for draft in tuple(self._tasks):
            self.leave(draft)

    def _drop(self, name: str, done: asyncio.Task[None]) -> None:
        if self._tasks.get(name) is done:
            del self._tasks[name]
            self._followed.pop(name, None)

    async def _kept_true(self, one: Followed) -> None:
        ends = self._clock.monotonic() + STANDS.total_seconds()
        shown = one.shown
        seen: tuple[Screen, tuple[ToldLine, ...]] = (shown.screen, ())
        while self._clock.monotonic() < ends:
            shown = await self._settled(one, shown)
            now = shown.screen, await self._told(one.place, shown)
            changed = Verdict.GIVEN if now == seen else await self._change(one, shown, now[1])
            if changed is Verdict.TOO_LATE:
                return
            if changed is Verdict.AGAIN:
                await self._signals.wait(NEWS_TOPIC, SOON)
                continue
            seen = now
            if not _may_change(shown):
                return
            await self._signals.wait(NEWS_TOPIC, SOON if shown.state.outcome in IN_DOUBT else NOW_AND_THEN)

    async def _settled(self, one: Followed, shown: Shown) -> Shown:
        """What came of a write that was under way, as if "Look again" were pressed."""
        if shown.state.outcome not in IN_DOUBT:
            return shown
        press = Press(screen=shown.screen.id, button="check")
        return await self._road.answer(
            shown.key, one.place, press, identity=one.identity, carried=shown.unstored
        )

    async def _told(self, place: Place, shown: Shown) -> tuple[ToldLine, ...]:
        if shown.screen.id not in TELLS or shown.state.reference is None:
            return ()
        told = await self._road.status_of(shown.key)
        if not told.known:
            return ()
        help_card = self._road.help(place, shown.state.country)
        return lines(told, self._clock.now(), self._unread_after, help_card)

    async def _change(self, one: Followed, shown: Shown, told: tuple[ToldLine, ...]) -> Verdict:
        """Given; again where the line broke, for what stands there is no longer so; or too late."""
        assert isinstance(shown.screen, Card)  # noqa: S101 - no form is ever followed
        carry = Carry.of(shown)
        view = self._renderer.card(shown.screen, carry, one.place.language, told)
        try:
            there = await self._doors.change(one.door, view)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            log.warning("screen_not_changed", error=type(error).__name__)
            return verdict(error)
        return Verdict.GIVEN if there else Verdict.TOO_LATE


def _may_change(shown: Shown) -> bool:
    tells = shown.screen.id in TELLS and shown.state.reference is not None
    return isinstance(shown.screen, Card) and (tells or shown.state.outcome in IN_DOUBT)
