"""Keeps the screen that stands open true: "Still storing" becomes what came of it, and news is shown.

Changes only a screen that says something else by now, and lets go as soon as somebody presses on it. How a
screen is changed is the platform's affair.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any, Final, Generic, TypeVar

from core.chat.work import Begin
from core.clock import Clock
from core.delivery.model import NEWS_TOPIC
from core.delivery.screens import STANDS
from core.dialogue.model import Card, Outcome, Place, Press, Screen
from core.evidence.drafts import draft_id
from core.evidence.parts import Identity
from core.reports.road import Road, Shown
from core.reports.told import ToldLine, lines
from core.signals.port import Signals

IN_DOUBT: Final = frozenset({Outcome.STORING, Outcome.UNKNOWN})
TELLS: Final = frozenset({"sent", "help"})
"""Where somebody waits after Send, and after "Yes, now"."""
SOON: Final = timedelta(seconds=2)
NOW_AND_THEN: Final = timedelta(seconds=15)

Door = TypeVar("Door")
"""A platform's own way to one private screen."""


class Changed(Enum):
    """What came of changing a screen that stands open."""

    GIVEN = "given"
    AGAIN = "again"
    """It did not work now; what stands there is no longer so, and is tried again."""
    LEFT = "left"
    """This cannot be shown there; something else may be."""
    GONE = "gone"
    """Nobody can reach that screen any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed(Generic[Door]):
    """A screen as it stands open, and the way to it."""

    place: Place
    shown: Shown
    door: Door
    identity: Identity


Change = Callable[[Followed[Any], Shown, tuple[ToldLine, ...]], Awaitable[Changed]]
"""Shows a card, with what became of the report, where the followed screen stands. Raises nothing."""


class Follower(Generic[Door]):
    """One task for each screen that may have to be changed; whoever made it awaits them."""

    def __init__(
        self,
        *,
        road: Road,
        change: Change,
        signals: Signals,
        clock: Clock,
        unread_after: timedelta,
    ) -> None:
        self._road = road
        self._change = change
        self._signals = signals
        self._clock = clock
        self._unread_after = unread_after
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._followed: dict[str, Followed[Door]] = {}
        self._ended = False

    def follow(self, one: Followed[Door], begin: Begin) -> None:
        """From now on, until it is left or closes. `begin` owns the task."""
        if self._ended or not _may_change(one.shown):
            return
        name = draft_id(one.shown.key)
        self.leave(name)
        task = begin(self._kept_true(one))
        self._tasks[name] = task
        self._followed[name] = one
        task.add_done_callback(lambda done: self._drop(name, done))

    def leave(self, draft: str) -> Followed[Door] | None:
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

    async def _kept_true(self, one: Followed[Door]) -> None:
        ends = self._clock.monotonic() + STANDS.total_seconds()
        shown = one.shown
        seen: tuple[Screen, tuple[ToldLine, ...]] = (shown.screen, ())
        while self._clock.monotonic() < ends:
            shown = await self._settled(one, shown)
            now = shown.screen, await self._told(one.place, shown)
            if now != seen and shown.screen.id in TELLS and await self._road.moved_on(shown):
                await self._signals.wait(NEWS_TOPIC, NOW_AND_THEN)  # somebody pressed there elsewhere
                continue
            changed = Changed.GIVEN if now == seen else await self._change(one, shown, now[1])
            if changed is Changed.GONE:
                return
            if changed is Changed.AGAIN:
                await self._signals.wait(NEWS_TOPIC, SOON)
                continue
            seen = now
            if not _may_change(shown):
                return
            await self._signals.wait(NEWS_TOPIC, SOON if shown.state.outcome in IN_DOUBT else NOW_AND_THEN)

    async def _settled(self, one: Followed[Door], shown: Shown) -> Shown:
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


def _may_change(shown: Shown) -> bool:
    tells = shown.screen.id in TELLS and shown.state.reference is not None
    return isinstance(shown.screen, Card) and (tells or shown.state.outcome in IN_DOUBT)
