"""What happens when somebody presses: capture, commit, answer at once, then read the surroundings.

Remembers nothing that a restart may not take: each component carries the key of its draft. What is kept in
memory here only helps while the ledger does not answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import discord
import msgspec
import structlog

from bots.discord import custom_ids, inbound, my_report
from bots.discord.answering import Door, Doors, Response, Verdict, door_of, give, is_private_screen
from bots.discord.custom_ids import CustomId
from bots.discord.looking import BEHIND_S, Looking
from bots.discord.outbound import CardView, Carry, Renderer
from bots.discord.settings import PLATFORM
from core.chat.conversing import Looked
from core.chat.following import Followed, Follower
from core.chat.memory import Memory
from core.chat.my_report import AGAIN, FIELD
from core.chat.talk import Places, ScreenPress, Talk
from core.chat.work import Begin
from core.clock import Clock
from core.delivery.screens import LAST, OpenScreens
from core.dialogue.model import Card, Form, Place, Say
from core.dialogue.texts import Texts
from core.evidence.drafts import DraftKey, draft_id
from core.evidence.model import Transcript
from core.ids import CommunityId
from core.reports.model import YesNo
from core.reports.road import Opening, Road, Shown
from core.reports.told import ToldLine

log = structlog.get_logger()

_MAY_STAND: Final = frozenset({Verdict.GIVEN, Verdict.AGAIN})
"""After these a screen stands, or may: it is noted, so that it is emptied."""

GONE_MESSAGE: Final = 10008

Interaction = discord.Interaction[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was pressed on."""

    transcript: Transcript | None = None
    staff: YesNo = YesNo.NO
    message: int | None = None
    account: inbound.Account | None = None
    """Whose message it is, or who was pressed on."""


class Presses:
    """The handlers, one object a process."""

    def __init__(
        self,
        *,
        talk: Talk,
        road: Road,
        places: Places,
        texts: Texts,
        renderer: Renderer,
        screens: OpenScreens,
        doors: Doors,
        follower: Follower[Door],
        looking: Looking,
        clock: Clock,
        begin: Begin,
    ) -> None:
        """`begin` starts a task and owns it."""
        self._talk = talk
        self._road = road
        self._places = places
        self._texts = texts
        self._renderer = renderer
        self._screens = screens
        self._doors = doors
        self._follower = follower
        self._looking = looking
        self._clock = clock
        self._begin = begin
        self._last: Memory[Door] = Memory(clock, LAST)

    # What a person may begin with.

    async def report(self, interaction: Interaction) -> None:
        """`/report`: nothing was pressed on, so what was said here last is the surroundings."""
        await self._open(interaction, self._place(interaction), Found())

    async def report_message(self, interaction: Interaction, message: discord.Message) -> None:
        """The message as this very press carried it, committed before anything is asked."""
        place = self._place(interaction)
        if place.desk is None:
            return await self._open(interaction, place, Found())
        reporter = inbound.reporter_of(interaction.user)
        staff = await self._looking.staff(message.author, interaction.guild)
        transcript = inbound.reported(
            message, reporter, staff=staff, channel=_channel(interaction), now=self._clock.now()
        )
        found = Found(transcript=transcript, staff=staff, message=message.id, account=message.author)
        return await self._open(interaction, place, found)

    async def report_person(self, interaction: Interaction, account: inbound.Account) -> None:
        """The account, and what it said here last."""
        place = self._place(interaction)
        if place.desk is None:
            return await self._open(interaction, place, Found())
        staff = await self._looking.staff(account, interaction.guild)
        reporter = inbound.reporter_of(interaction.user)
        transcript = inbound.reported_account(account, reporter, staff=staff, channel=_channel(interaction))
        found = Found(transcript=transcript, staff=staff, account=account)
        return await self._open(interaction, place, found)

    async def my_reports(self, interaction: Interaction) -> None:
        """A form for the code: typed into a command it would stand in the room after a slip."""
        modal = my_report.form(self._texts, str(interaction.locale))
        await give(lambda: interaction.response.send_modal(modal), came_at(interaction))

    # What may be pressed on a screen.

    async def pressed(self, interaction: Interaction) -> None:
        """A component, or a form that was filled in."""
        name = custom_id_of(interaction)
        if my_report.is_form(name):
            return await self._look_up(interaction)
        carried = custom_ids.parse(name)
        if carried is None:
            return await self.helped(interaction)
        if carried.screen in custom_ids.OTHER_SCREENS:
            return await self._on_my_report(interaction, carried)
        async with self._talk.turn(carried.key, carried.button):
            return await self._answer(interaction, carried)

    async def helped(self, interaction: Interaction) -> None:
        """What is shown where all else fails: the danger exit, from files alone."""
        place = self._place(interaction)
        await self._put(interaction, place, self._road.help_beside(place))

    def is_new(self, interaction: Interaction) -> bool:
        """Whether this is no repetition: Discord tells things again after a broken line."""
        self._last.forget_old()
        return self._talk.is_new(str(interaction.id))

    async def is_ours(self, interaction: Interaction) -> bool:
        """Whether no other process answers it: while one follows another, Discord tells both."""
        return await self._talk.is_ours(str(interaction.id))

    def answered(self, interaction: Interaction) -> None:
        """It is done with, for every process."""
        self._talk.answered(str(interaction.id))

    async def _open(self, interaction: Interaction, place: Place, found: Found) -> None:
        opening = Opening(place=place, transcript=found.transcript, subject_is_staff=found.staff)
        shown = await self._talk.open(opening)
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
        elif found.account is not None:
            history = await self._looking.of_one(channel, found.account.id, now)
        else:
            history = await self._looking.latest(channel, now)
        staff = await self._staff_at_last(interaction, found)
        if not history and staff is found.staff:
            return
        reporter, room = inbound.reporter_of(interaction.user), _channel(interaction)
        late = inbound.surroundings(history, reporter, on=found.message, channel=room, now=self._clock.now())
        await self._road.late(key, place, late if history else None, subject_is_staff=staff)

    async def _staff_at_last(self, interaction: Interaction, found: Found) -> YesNo:
        """Who it is about, where Discord did not say within the moment there was before the answer."""
        if found.staff is not YesNo.NOT_SURE or found.account is None:
            return found.staff
        return await self._looking.staff(found.account, interaction.guild, BEHIND_S)

    async def _answer(self, interaction: Interaction, carried: CustomId) -> None:
        place = self._place(interaction)
        before = self._follower.leave(draft_id(carried.key))
        told = ScreenPress(
            key=carried.key,
            press=inbound.pressed(carried, interaction),
            carried=carried.carried,
            was_sent=carried.sent,
        )
        shown = await self._talk.answer(told, place, inbound.identity_of(interaction.user))
        changed = await self._show(interaction, place, shown)
        if not changed and before is not None:
            self._follower.follow(before, self._begin)

    # What is shown.

    async def _show(self, interaction: Interaction, place: Place, shown: Shown) -> bool:
        """Whether something else stands there now; a form only opens above it."""
        if isinstance(shown.screen, Form):
            modal = self._renderer.form(shown.screen, Carry.of(shown), place.language)
            await give(lambda: interaction.response.send_modal(modal), came_at(interaction))
            return False
        if shown.screen.id == "hidden":
            await self._hide(interaction, place, shown.key)
            return True
        return await self._put(interaction, place, shown)

    async def _put(
        self, interaction: Interaction, place: Place, shown: Shown, told: Sequence[ToldLine] = ()
    ) -> bool:
        """A card where the press was, or in private; if that is too late, on the screen as it stood.

        Whether it stands there.
        """
        assert isinstance(shown.screen, Card)  # noqa: S101 - forms are opened, not put
        view = self._renderer.card(shown.screen, Carry.of(shown), place.language, told)
        if not is_private_screen(interaction):
            self._note(door_of(interaction, None))
        given, response = await give(lambda: _respond(interaction, view), came_at(interaction))
        if given is Verdict.REFUSED and not shown.state.beside:
            await self.helped(interaction)
            return True
        draft = draft_id(shown.key)
        door = None if given is Verdict.GIVEN else await self._changed(draft, view)
        if door is None:
            if given not in _MAY_STAND:
                return False
            door = door_of(interaction, response)
        before = self._last.get(draft)
        if before is not None and before.message is None and door.message is not None:
            self._begin(self._screens.forget(before.name))
        self._last.keep(draft, door)
        followed = Followed(
            place=place, shown=shown, door=door, identity=inbound.identity_of(interaction.user)
        )
        self._follower.follow(followed, self._begin)
        self._note(door, instead=_unnamed(door))
        return True

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
        given, response = await give(lambda: _respond(interaction, closed), came_at(interaction))
        door = door_of(interaction, response) if given is Verdict.GIVEN else self._last.get(draft_id(key))
        if door is None:
            return
        try:
            await self._doors.close(door)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            log.warning("screen_not_taken_away", error=type(error).__name__)
            self._note(door)
            return
        await self._screens.forget(door.name)

    def _note(self, door: Door, instead: Door | None = None) -> None:
        """That it stands open. Nobody's next press waits for a ledger that is slow to take this."""
        self._begin(self._noted(door, instead))

    async def _noted(self, door: Door, instead: Door | None) -> None:
        """Noted before it is shown, so that a kill in between leaves none; then by the message it is."""
        await self._screens.note(door.name, PLATFORM, door.pack())
        if instead is not None:
            await self._screens.forget(instead.name)

    # My reports.

    async def _look_up(self, interaction: Interaction) -> None:
        place = self._place(interaction)
        typed = inbound.typed(interaction, FIELD)
        looked = await self._talk.my_report.found(place, typed, str(interaction.user.id))
        await self._show_report(interaction, place, looked)

    async def _show_report(self, interaction: Interaction, place: Place, looked: Looked) -> None:
        """Once it stands there, the desk is told what was shown of its words."""
        if isinstance(looked.shown.screen, Form):
            await self._show(interaction, place, looked.shown)
        elif await self._put(interaction, place, looked.shown, looked.lines):
            looked.seen()

    async def _on_my_report(self, interaction: Interaction, carried: CustomId) -> None:
        match carried.button:
            case "hide":
                await self._hide(interaction, self._place(interaction), carried.key)
            case again if again == AGAIN:
                await self.my_reports(interaction)
            case "help":
                await self.helped(interaction)
            case _:
                await self._go_on_in_report(interaction, carried)

    async def _go_on_in_report(self, interaction: Interaction, carried: CustomId) -> None:
        place, who = self._place(interaction), str(interaction.user.id)
        press = inbound.pressed(carried, interaction)
        looked = await self._talk.my_report.pressed(place, carried.key, press, who)
        await self._show_report(interaction, place, looked)

    def _place(self, interaction: Interaction) -> Place:
        """The community as it is settled; a server that nobody gave a desk has help and nothing else."""
        community = CommunityId(str(interaction.guild_id or ""))
        language = str(interaction.locale)
        settled = self._places.get(community)
        if settled is not None and settled.platform == PLATFORM:
            around = interaction.app_permissions.read_message_history and self._looking.sees_words()
            return self._places.place(community, language=language, knows_accounts=True, reads_around=around)
        server = interaction.guild.name if interaction.guild else ""
        name = server or self._texts.say(Say("discord-here"), language)
        return self._places.elsewhere(community, name, PLATFORM, language=language)


def _unnamed(door: Door) -> Door | None:
    """The same way as it was noted before anybody knew the message."""
    return None if door.message is None else msgspec.structs.replace(door, message=None)


def came_at(interaction: Interaction) -> float | None:
    """When this press was told, as the time of the loop; None where nobody noted it."""
    came: float | None = interaction.extras.get("came")
    return came


def custom_id_of(interaction: Interaction) -> str:
    """What the component or form that was used is called; empty for anything else."""
    return str(inbound.data_of(interaction).get("custom_id", ""))


def _channel(interaction: Interaction) -> str:
    return inbound.room_name(interaction.channel, interaction.channel_id)


async def _respond(interaction: Interaction, view: CardView) -> Response | None:
    """On the private screen that was pressed on; a press anywhere else gets a private screen of its own."""
    nobody = discord.AllowedMentions.none()
    if is_private_screen(interaction):
        try:
            return await interaction.response.edit_message(view=view, allowed_mentions=nobody)
        except discord.NotFound as error:
            if error.code != GONE_MESSAGE:
                raise  # else it was taken away meanwhile, perhaps under an open form: a new one, then
    return await interaction.response.send_message(view=view, ephemeral=True, allowed_mentions=nobody)
