"""What every chat room does with a press, whatever the chat: take it over once, and ask the road.

Remembers nothing that a restart may not take: each screen carries the key of its draft. What is kept in
memory here only helps while the ledger does not answer.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final, Protocol

import msgspec

from core.chat.claims import Claims
from core.chat.conversing import MyReport
from core.chat.memory import Memory, Turns
from core.chat.work import Begin
from core.clock import Clock
from core.delivery.screens import LAST
from core.dialogue.model import Place, Press, State
from core.evidence.drafts import DraftKey, draft_id
from core.evidence.parts import Identity
from core.ids import CommunityId
from core.reports.lookups import LookUps
from core.reports.retention import DRAFTS
from core.reports.road import AT_ONCE, Opening, Road, Shown
from core.settings.model import Community

AGAIN_S: Final = 0.2


class Places(Protocol):
    """The communities, as they are settled now; answers with the ledger down."""

    def get(self, community: CommunityId) -> Community | None: ...
    def place(
        self,
        community: CommunityId,
        *,
        language: str | None = None,
        knows_accounts: bool = False,
        reads_around: bool = False,
        may_be_let_in: bool = False,
    ) -> Place: ...
    def elsewhere(self, community: CommunityId, name: str, platform: str, *, language: str) -> Place: ...


class ScreenPress(msgspec.Struct, frozen=True, kw_only=True):
    """A press as the open screen tells it: on which draft, what, and what the screen carried."""

    key: DraftKey
    press: Press
    carried: State | None = None
    """What could not be stored, where the screen could carry it."""
    was_sent: bool = False
    """The screen was of a report that is sent."""


class Talk:
    """One object a process and platform."""

    def __init__(
        self,
        *,
        road: Road,
        platform: str,
        look_ups: LookUps,
        clock: Clock,
        begin: Begin,
        unread_after: timedelta,
        claims: Claims | None = None,
    ) -> None:
        """`begin` starts a task and owns it. Without `claims` no other process is told of presses."""
        self._road = road
        self._claims = claims
        self._claimed: set[str] = set()
        self._platform = platform
        self._begin = begin
        self.my_report = MyReport(
            road=road,
            platform=platform,
            look_ups=look_ups,
            clock=clock,
            unread_after=unread_after,
        )
        """What a code leads to."""
        self._seen: Memory[bool] = Memory(clock, LAST)
        self._openings: Memory[Opening] = Memory(clock, DRAFTS)
        self._unstored: Memory[State] = Memory(clock, DRAFTS)
        self._turns = Turns()
        self._being_stored: set[str] = set()

    def is_new(self, told: str) -> bool:
        """Whether this is no repetition of what was told under the same name; chats tell things again."""
        for memory in (self._seen, self._openings, self._unstored):
            memory.forget_old()
        if told in self._seen:
            return False
        self._seen.keep(told, value=True)
        return True

    async def is_ours(self, told: str) -> bool:
        """Whether no other process answers this already; asked once, where it is new here."""
        if self._claims is None:
            return True
        ours = await self._claims.take(f"{self._platform}/{told}")
        if ours:
            self._claimed.add(told)
        return ours

    def answered(self, told: str) -> None:
        """It is done with: whoever else is told of it leaves it alone."""
        if self._claims is not None and told in self._claimed:
            self._claimed.discard(told)
            self._begin(self._claims.answered(f"{self._platform}/{told}"))

    async def open(self, opening: Opening) -> Shown:
        """Commit what was pressed on, and give the first screen."""
        shown = await self._road.press(opening)
        if opening.transcript is not None and not shown.stored:
            self._openings.keep(draft_id(shown.key), opening)
        return self._remembered(shown)

    @asynccontextmanager
    async def turn(self, key: DraftKey, button: str | None) -> AsyncIterator[None]:
        """One press on a screen after another, as they were made; what nothing may delay does not wait."""
        if button in AT_ONCE:
            yield
            return
        async with self._turns.of(draft_id(key)):
            yield

    async def answer(self, told: ScreenPress, place: Place, identity: Identity) -> Shown:
        """What comes of a press on a screen. `identity`: who pressed, as the chat knows it."""
        captured = await self._press_again(told.key)
        carried = (self._unstored.get(draft_id(told.key)) or told.carried) if told.carried else None
        if carried is not None and not captured:
            carried = msgspec.structs.replace(carried, evidence=None)  # nothing is called saved that is not
        shown = await self._road.answer(
            told.key,
            place,
            told.press,
            identity=identity,
            carried=carried,
            was_sent=told.was_sent,
        )
        return self._remembered(shown)

    async def _press_again(self, key: DraftKey) -> bool:
        """What was captured and could not be committed before, if this process still has it.

        Waited for a moment only: there are three seconds for all, and it counts after Send as well. False
        while it is not known to be stored.
        """
        opening = self._openings.pop(draft_id(key))
        if opening is None:
            return draft_id(key) not in self._being_stored
        again = self._begin(self._pressed_again(key, opening))
        await asyncio.wait({again}, timeout=AGAIN_S)
        return again.done() and draft_id(key) not in self._openings

    async def _pressed_again(self, key: DraftKey, opening: Opening) -> None:
        name = draft_id(key)
        self._being_stored.add(name)
        try:
            if not (await self._road.press(opening, key)).stored:
                self._openings.keep(name, opening)
        finally:
            self._being_stored.discard(name)

    def _remembered(self, shown: Shown) -> Shown:
        if shown.unstored is None:
            self._unstored.pop(draft_id(shown.key))
        else:
            self._unstored.keep(draft_id(shown.key), shown.unstored)
        return shown
