"""What happens when somebody presses: capture, commit, answer at once, then read the surroundings.

Remembers nothing that a restart may not take: each component carries the key of its draft. What is kept in
memory here only helps while the ledger does not answer.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Generic, Protocol, TypeVar
from weakref import WeakValueDictionary

import aiohttp
import discord
import structlog

from bots.discord import custom_ids, inbound, my_report
from bots.discord.answering import Door, Doors, Response, Verdict, door_of, give, is_private_screen
from bots.discord.custom_ids import CustomId
from bots.discord.following import Begin, Followed, Follower
from bots.discord.looking import Looking
from bots.discord.outbound import CardView, Carry, Renderer
from bots.discord.settings import PLATFORM
from core.clock import Clock
from core.delivery.screens import OpenScreens
from core.dialogue.model import Card, Form, Place, Say, State
from core.dialogue.texts import Texts
from core.errors import ReferenceInvalid
from core.evidence.drafts import DraftKey, draft_id, new_draft_key
from core.evidence.model import Transcript
from core.ids import CommunityId
from core.reports.lookups import LookUps
from core.reports.model import YesNo
from core.reports.reference import parse_reference
from core.reports.road import AT_ONCE, Opening, Road, Shown
from core.reports.told import ToldLine, lines
from core.settings.model import Community

log = structlog.get_logger()

MOST: Final = 10_000
"""Screens and presses remembered in this process, the oldest forgotten first."""

TURN_S: Final = 0.8
"""A press waits so long for the one before it on the same screen: three seconds are all there is."""

_MAY_STAND: Final = frozenset({Verdict.GIVEN, Verdict.AGAIN})
"""After these a screen stands, or may: it is noted, so that it is emptied."""

AGAIN_S: Final = 0.3

T = TypeVar("T")
Interaction = discord.Interaction[Any]


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
    ) -> Place: ...
    def elsewhere(self, community: CommunityId, name: str, platform: str, *, language: str) -> Place: ...


class Memory(OrderedDict[str, T], Generic[T]):
    """The latest few of something; the oldest are forgotten."""

    def keep(self, name: str, value: T) -> None:
        self[name] = value
        self.move_to_end(name)
        while len(self) > MOST:
            self.popitem(last=False)


class Turns:
    """One press on a screen after another, as they were made: what was chosen first is sent with the rest."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, draft: str) -> AsyncIterator[None]:
        """A turn at this draft. Whoever waits too long goes on without one."""
        lock = self._locks.setdefault(draft, asyncio.Lock())
        try:
            async with asyncio.timeout(TURN_S):
                await lock.acquire()
        except TimeoutError:
            log.warning("press_out_of_turn")
            yield
            return
        try:
            yield
        finally:
            lock.release()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was pressed on."""

    transcript: Transcript | None = None
    staff: YesNo = YesNo.NO
    message: int | None = None
    person: int | None = None


class Presses:
    """The handlers, one object a process."""

    def __init__(
        self,
        *,
        road: Road,
        places: Places,
        texts: Texts,
        renderer: Renderer,
        screens: OpenScreens,
        doors: Doors,
        follower: Follower,
        looking: Looking,
        look_ups: LookUps,
        clock: Clock,
        begin: Begin,
        unread_after: timedelta,
    ) -> None:
        """`begin` starts a task and owns it."""
        self._road = road
        self._places = places
        self._texts = texts
        self._renderer = renderer
        self._screens = screens
        self._doors = doors
        self._follower = follower
        self._looking = looking
        self._look_ups = look_ups
        self._clock = clock
        self._begin = begin
        self._unread_after = unread_after
        self._seen: Memory[bool] = Memory()
        self._openings: Memory[Opening] = Memory()
        self._unstored: Memory[State] = Memory()
        self._last: Memory[Door] = Memory()
        self._turns = Turns()

    # What a person may begin with.

    async def report(self, interaction: Interaction) -> None:
        """`/report`: nothing was pressed on, so what was said here last is the surroundings."""
        await self._open(interaction, Found())

    async def report_message(self, interaction: Interaction, message: discord.Message) -> None:
        """The message as this very press carried it, committed before anything is asked."""
        place = self._place(interaction)
        if place.desk is None:
            return await self._open(interaction, Found())
        reporter = inbound.reporter_of(interaction.user)
        staff = await self._looking.staff(message.author, interaction.guild)
        transcript = inbound.reported(
            message, reporter, staff=staff, channel=_channel(interaction), now=self._clock.now()
        )
        return await self._open(interaction, Found(transcript=transcript, staff=staff, message=message.id))

    async def report_person(self, interaction: Interaction, account: inbound.Account) -> None:
        """The account, and what it said here last."""
        if self._place(interaction).desk is None:
            return await self._open(interaction, Found())
        staff = await self._looking.staff(account, interaction.guild)
        reporter = inbound.reporter_of(interaction.user)
        transcript = inbound.reported_account(account, reporter, staff=staff, channel=_channel(interaction))
        return await self._open(interaction, Found(transcript=transcript, staff=staff, person=account.id))

    async def my_reports(self, interaction: Interaction) -> None:
        """A form for the code: typed into a command it would stand in the room after a slip."""
        modal = my_report.form(self._texts, str(interaction.locale))
        await give(lambda: interaction.response.send_modal(modal))

    # What may be pressed on a screen.

    async def pressed(self, interaction: Interaction) -> None:
        """A component, or a form that was filled in."""
        name = custom_id_of(interaction)
        if my_report.is_form(name):
            return await self._look_up(interaction)
        carried = custom_ids.parse(name)
        if carried is None:
            return await self.helped(interaction)
        if carried.screen == my_report.SCREEN:
            return await self._on_my_report(interaction, carried)
        if carried.button in AT_ONCE:
            return await self._answer(interaction, carried)
        async with self._turns.of(draft_id(carried.key)):
            return await self._answer(interaction, carried)

    async def helped(self, interaction: Interaction) -> None:
        """What is shown where all else fails: the danger exit, from files alone."""
        place = self._place(interaction)
        card = my_report.without_state(self._road.help(place))
        await self._put(
            interaction, place, Shown(key=new_draft_key(), screen=card, state=State(at="help"), stored=True)
        )

    def is_new(self, interaction: Interaction) -> bool:
        """Whether this is no repetition: Discord tells things again after a broken line."""
        name = str(interaction.id)
        if name in self._seen:
            return False
        self._seen.keep(name, value=True)
        return True

    async def _open(self, interaction: Interaction, found: Found) -> None:
        place = self._place(interaction)
        opening = Opening(place=place, transcript=found.transcript, subject_is_staff=found.staff)
        shown = await self._road.press(opening)
        if found.transcript is not None and not shown.stored:
            self._openings.keep(draft_id(shown.key), opening)
        await self._show(interaction, place, shown)
        if place.desk is not None:
            await self._read_surroundings(interaction, place, shown.key, found)

    async def _read_surroundings(
        self, interaction: Interaction, place: Place, key: DraftKey, found: Found
    ) -> None:
        """Committed right behind; a screen says no word about it that would have to wait for it."""
        channel, now = interaction.channel_id, self._clock.now()
        if channel is None:
            return
        if found.message is not None:
            history = await self._looking.around(channel, found.message)
        elif found.person is not None:
            history = await self._looking.of_one(channel, found.person, now)
        else:
            history = await self._looking.latest(channel, now)
        if history:
            reporter = inbound.reporter_of(interaction.user)
            room = _channel(interaction)
            late = inbound.surroundings(
                history, reporter, on=found.message, channel=room, now=self._clock.now()
            )
            await self._road.late(key, place, late)

    async def _answer(self, interaction: Interaction, carried: CustomId) -> None:
        key, place = carried.key, self._place(interaction)
        draft = draft_id(key)
        self._follower.leave(draft)
        await self._press_again(key)
        shown = await self._road.answer(
            key,
            place,
            inbound.pressed(carried, interaction),
            identity=inbound.identity_of(interaction.user),
            carried=self._unstored.get(draft, carried.carried) if carried.carried else None,
            was_sent=carried.sent,
        )
        await self._show(interaction, place, shown)

    async def _press_again(self, key: DraftKey) -> None:
        """What was captured and could not be committed before, if this process still has it.

        Waited for a moment only: there are three seconds for all, and it counts after Send as well.
        """
        opening = self._openings.pop(draft_id(key), None)
        if opening is not None:
            await asyncio.wait({self._begin(self._pressed_again(key, opening))}, timeout=AGAIN_S)

    async def _pressed_again(self, key: DraftKey, opening: Opening) -> None:
        if not (await self._road.press(opening, key)).stored:
            self._openings.keep(draft_id(key), opening)

    # What is shown.

    async def _show(self, interaction: Interaction, place: Place, shown: Shown) -> None:
        self._remember(shown)
        if isinstance(shown.screen, Form):
            modal = self._renderer.form(shown.screen, Carry.of(shown), place.language)
            await give(lambda: interaction.response.send_modal(modal))
            return
        if shown.screen.id == "hidden":
            await self._hide(interaction, place, shown.key)
            return
        await self._put(interaction, place, shown)

    def _remember(self, shown: Shown) -> None:
        if shown.unstored is None:
            self._unstored.pop(draft_id(shown.key), None)
        else:
            self._unstored.keep(draft_id(shown.key), shown.unstored)

    async def _put(
        self, interaction: Interaction, place: Place, shown: Shown, told: Sequence[ToldLine] = ()
    ) -> None:
        """A card where the press was, or in private; if that is too late, on the screen as it stood."""
        assert isinstance(shown.screen, Card)  # noqa: S101 - forms are opened, not put
        view = self._renderer.card(shown.screen, Carry.of(shown), place.language, told)
        given, response = await give(lambda: _respond(interaction, view))
        draft = draft_id(shown.key)
        door = None if given is Verdict.GIVEN else await self._changed(draft, view)
        if door is None:
            if given not in _MAY_STAND:
                return
            door = door_of(interaction, response)
        self._last.keep(draft, door)
        followed = Followed(
            place=place, shown=shown, door=door, identity=inbound.identity_of(interaction.user)
        )
        self._follower.follow(followed, self._begin)
        self._note(draft, door)

    async def _changed(self, draft: str, view: CardView) -> Door | None:
        """The screen as it stood, changed through its own door: it says nothing that is no longer so."""
        door = self._last.get(draft)
        if door is None:
            return None
        try:
            return door if await self._doors.change(door, view) else None
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            log.warning("screen_not_changed", error=type(error).__name__)
            return None

    async def _hide(self, interaction: Interaction, place: Place, key: DraftKey) -> None:
        """Empty it at once, then take it away."""
        closed = self._renderer.closed(place.language)
        given, response = await give(lambda: _respond(interaction, closed))
        door = door_of(interaction, response) if given is Verdict.GIVEN else self._last.get(draft_id(key))
        if door is None:
            return
        try:
            await self._doors.close(door)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            log.warning("screen_not_taken_away", error=type(error).__name__)
            self._note(draft_id(key), door)
            return
        await self._screens.forget(draft_id(key))

    def _note(self, draft: str, door: Door) -> None:
        """That it stands open. Nobody's next press waits for a ledger that is slow to take this."""
        self._begin(self._screens.note(draft, PLATFORM, door.pack()))

    # My reports.

    async def _look_up(self, interaction: Interaction) -> None:
        place = self._place(interaction)
        card, told = await self._found(
            place, inbound.typed(interaction, my_report.FIELD), interaction.user.id
        )
        shown = Shown(key=new_draft_key(), screen=card, state=State(), stored=True)
        await self._put(interaction, place, shown, told)

    async def _found(self, place: Place, typed: str, account: int) -> tuple[Card, Sequence[ToldLine]]:
        try:
            reference = parse_reference(typed)
        except ReferenceInvalid:
            return my_report.card(place, fault="wrong" if typed.strip() else "empty"), ()
        if not await self._look_ups.allowed(f"{PLATFORM}/{account}"):
            return my_report.card(place, fault="slow"), ()
        told = await self._road.status(reference)
        found = lines(told, self._clock.now(), self._unread_after, self._road.help(place))
        return my_report.card(place), found

    async def _on_my_report(self, interaction: Interaction, carried: CustomId) -> None:
        match carried.button:
            case "hide":
                await self._hide(interaction, self._place(interaction), carried.key)
            case my_report.AGAIN:
                await self.my_reports(interaction)
            case _:
                await self.helped(interaction)

    def _place(self, interaction: Interaction) -> Place:
        """The community as it is settled; a server that nobody gave a desk has help and nothing else."""
        community = CommunityId(str(interaction.guild_id or ""))
        language = str(interaction.locale)
        settled = self._places.get(community)
        if settled is not None and settled.platform == PLATFORM:
            return self._places.place(community, language=language, knows_accounts=True, reads_around=True)
        server = interaction.guild.name if interaction.guild else ""
        name = server or self._texts.say(Say("discord-here"), language)
        return self._places.elsewhere(community, name, PLATFORM, language=language)


def custom_id_of(interaction: Interaction) -> str:
    """What the component or form that was used is called; empty for anything else."""
    return str(inbound.data_of(interaction).get("custom_id", ""))


def _channel(interaction: Interaction) -> str:
    return inbound.room_name(interaction.channel, interaction.channel_id)


async def _respond(interaction: Interaction, view: CardView) -> Response | None:
    """On the private screen that was pressed on; a press anywhere else gets a private screen of its own."""
    nobody = discord.AllowedMentions.none()
    if is_private_screen(interaction):
        return await interaction.response.edit_message(view=view, allowed_mentions=nobody)
    return await interaction.response.send_message(view=view, ephemeral=True, allowed_mentions=nobody)
