"""What a chat does with a code: says what became of the report, shows what its desk wrote, takes an answer.

Each screen carries the code and what is random about it, so that any process goes on with it. What somebody
answered and could not be stored is kept in this process's memory alone, to be tried again.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Final, NamedTuple

import msgspec

from core.chat import my_report
from core.chat.memory import Memory
from core.chat.my_report import Ticket, new_ticket, ticket_of
from core.clock import Clock
from core.delivery.wire import MessageTold
from core.dialogue.model import Card, Form, Limit, Outcome, Place, Press, State
from core.dialogue.questions import length
from core.errors import ReferenceInvalid
from core.evidence.drafts import DraftKey, draft_id, new_draft_key
from core.reports.conversation import Written
from core.reports.lookups import LookUps
from core.reports.reference import parse_reference
from core.reports.retention import DRAFTS
from core.reports.road import Road, Shown
from core.reports.told import Told, ToldLine, lines, pages

STATUS_S: Final = 2.0


def _nothing_to_say() -> None:
    """What was shown came from no desk."""


class Looked(NamedTuple):
    """A screen about somebody's report, and what to do once it really stands there."""

    shown: Shown
    lines: tuple[ToldLine, ...] = ()
    seen: Callable[[], None] = _nothing_to_say
    """Tells the desk that what it wrote was shown. Returns at once."""


class MyReport:
    """One object a process and platform."""

    def __init__(
        self,
        *,
        road: Road,
        platform: str,
        look_ups: LookUps,
        clock: Clock,
        unread_after: timedelta,
    ) -> None:
        self._road = road
        self._platform = platform
        self._look_ups = look_ups
        self._clock = clock
        self._unread_after = unread_after
        self._unsent: Memory[str] = Memory(clock, DRAFTS)

    async def found(self, place: Place, typed: str, who: str) -> Looked:
        """What may be said by the code that somebody typed. `who` asks: an account, counted, kept nowhere."""
        try:
            reference = parse_reference(typed)
        except ReferenceInvalid:
            return _of(my_report.card(place, fault="wrong" if typed.strip() else "empty"))
        return await self._look(place, reference, who)

    async def pressed(self, place: Place, key: DraftKey, press: Press, who: str) -> Looked:
        """What comes of a press on a screen about a report; of one that nobody knows, help."""
        ticket = ticket_of(key)
        match press.button:
            case my_report.ANSWER if ticket is not None:
                return _of(self._road.answer_form(place), new_ticket(ticket.reference).key)
            case my_report.MORE if ticket is not None:
                return await self._look(place, ticket.reference, who, ticket.page + 1)
            case "refresh" if ticket is not None:
                return await self._look(place, ticket.reference, who)
            case "send" if ticket is not None:
                return await self._answer(place, ticket, press.values.get("own_words", ""), who)
            case "check" if ticket is not None:
                return await self._ask_again(place, ticket, who)
            case "send" | "check" | "refresh" | my_report.ANSWER | my_report.MORE:
                return _of(my_report.lost(place))
            case _:
                return _of(self._road.help(place, beside=True))

    async def _look(self, place: Place, reference: str, who: str, page: int = 0) -> Looked:
        if not await self._look_ups.allowed(f"{self._platform}/{who}"):
            return _of(my_report.card(place, fault="slow"))
        told = await self._asked(reference)
        parted = pages(told.messages)
        page %= len(parted)
        found = lines(
            _with(told, parted[page]), self._clock.now(), self._unread_after, self._road.help(place)
        )
        card = my_report.card(
            place, answers=told.answer_to is not None, more=len(parted) > 1, looks=not told.asked
        )
        return Looked(
            _shown(card, new_ticket(reference, page).key),
            found,
            lambda: self._road.say_shown(reference, told, parted[page]),
        )

    async def _asked(self, reference: str) -> Told:
        """What is known of a report, in the time there is."""
        try:
            async with asyncio.timeout(STATUS_S):
                return await self._road.status(reference)
        except TimeoutError:
            return Told(known=False, asked=False)

    async def _answer(self, place: Place, ticket: Ticket, text: str, who: str) -> Looked:
        """Stored before the screen says that it is sent; what is not stored can be tried again."""
        text = _cleaned(text)
        if not text:
            return _of(my_report.nothing_sent(place, "no-answer"), ticket.key)
        if length(text) > Limit.TEXT:
            return _of(my_report.nothing_sent(place, "too-long"), ticket.key)
        written = Written(reference=ticket.reference, form=ticket.form, text=text)
        self._unsent.keep(draft_id(ticket.key), text)
        may_ask = await self._look_ups.allowed(f"{self._platform}/{who}")
        outcome = await self._road.conversation.answer(written, may_ask=may_ask)
        return self._came_of_it(place, ticket, outcome)

    async def _ask_again(self, place: Place, ticket: Ticket, who: str) -> Looked:
        """The words once more, where this process still has them; else whether they were stored."""
        text = self._unsent.get(draft_id(ticket.key))
        if text is not None:
            return await self._answer(place, ticket, text, who)
        written = Written(reference=ticket.reference, form=ticket.form, text="")
        outcome = await self._road.conversation.outcome(written)
        if outcome is Outcome.REFUSED:
            return _of(my_report.nothing_sent(place, "words-lost"), ticket.key)
        return self._came_of_it(place, ticket, outcome)

    def _came_of_it(self, place: Place, ticket: Ticket, outcome: Outcome) -> Looked:
        if outcome is Outcome.STORED:
            self._unsent.pop(draft_id(ticket.key))
        return _of(self._road.answered(place, outcome), ticket.key)


def _of(screen: Card | Form, key: DraftKey | None = None) -> Looked:
    return Looked(_shown(screen, key or new_draft_key()))


def _shown(screen: Card | Form, key: DraftKey) -> Shown:
    return Shown(key=key, screen=screen, state=State(), stored=True)


def _with(told: Told, messages: tuple[MessageTold, ...]) -> Told:
    return msgspec.structs.replace(told, messages=messages)


def _cleaned(text: str) -> str:
    whole = text.encode("utf-16-le", errors="surrogatepass").decode("utf-16-le", errors="replace")
    return whole.replace("\r\n", "\n").replace("\x00", "").strip()
