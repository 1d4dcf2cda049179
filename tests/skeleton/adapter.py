"""The life of the room: what is pressed comes in here, and every press is answered, whatever it meets.

The front door starts it before the ledger is open; nothing here waits for anything but the chat.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from core.chat.following import Changed, Followed, Follower
from core.chat.talk import Places, Talk
from core.chat.work import Work
from core.clock import Clock
from core.delivery.screens import OpenScreens
from core.dialogue.model import Place, Say
from core.dialogue.texts import SOURCE_LANGUAGE, Texts
from core.evidence.drafts import draft_id
from core.ids import CommunityId
from core.reports.lookups import LookUps
from core.reports.road import Opening, Road, Shown
from core.reports.told import ToldLine
from core.signals.port import Signals
from tests.skeleton import inbound
from tests.skeleton.inbound import Person, Said
from tests.skeleton.outbound import Message, Renderer
from tests.skeleton.settings import PLATFORM, SkeletonSettings


class Chat(Protocol):
    """The chat's own library: everything is private to one person."""

    async def send(self, person: str, screen: str, message: Message) -> None:
        """Show a screen, which is changed by this name from then on."""

    async def change(self, screen: str, message: Message) -> bool:
        """Show something else there; false where it is gone."""

    async def tell(self, person: str, words: str) -> bool:
        """One direct message; false where none is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """What the room is given to work with."""

    road: Road
    places: Places
    texts: Texts
    signals: Signals
    clock: Clock
    screens: OpenScreens
    hash_key: bytes
    """32 random bytes; accounts that look for references are counted under a hash with this key only."""


class SkeletonPlatform:
    """`core.platform.Platform` for this chat."""

    name = PLATFORM

    def __init__(self, given: Neighbours, settings: SkeletonSettings, chat: Chat) -> None:
        self._given = given
        self._chat = chat
        self._renderer = Renderer(given.texts)
        self._work = Work(PLATFORM)
        self._started = False
        self._follower: Follower[str] = Follower(
            road=given.road,
            change=self._change,
            signals=given.signals,
            clock=given.clock,
            unread_after=settings.unread_after,
        )
        self._talk = Talk(
            road=given.road,
            platform=PLATFORM,
            look_ups=LookUps(given.signals, given.hash_key),
            clock=given.clock,
            begin=self._work.begin,
            unread_after=settings.unread_after,
        )

    @property
    def ready(self) -> bool:
        """Whether presses reach this platform now."""
        return self._started

    async def start(self) -> None:
        """Begin, and return at once."""
        await self._work.open()
        self._started = True

    async def stop(self) -> None:
        """Take no more presses and finish those begun."""
        self._started = False
        await self._work.answered()
        self._follower.end()
        await self._work.close()

    async def reach(self, community: CommunityId, way_back: bytes, message_key: str) -> bool:  # noqa: ARG002
        """That there is news, and no more, to somebody who asked for it."""
        person = way_back.decode("utf-8", "replace")
        return await self._chat.tell(person, self._given.texts.say(Say(message_key), SOURCE_LANGUAGE))

    async def empty(self, handle: bytes) -> bool:
        """Leave nothing of a private screen; true also where it is gone."""
        await self._chat.change(handle.decode(), self._renderer.closed(SOURCE_LANGUAGE))
        return True

    # What people do.

    async def report(self, press: str, person: Person, community: str, said: Said | None = None) -> None:
        """Somebody begins; `said` is the message they pressed on, `press` the chat's name of the press."""
        if not self._talk.is_new(press):
            return
        await self._work.handle(self._begun(person, community, said), lambda: self._helped(person, community))

    async def pressed(
        self, person: Person, community: str, data: str, answers: Mapping[str, str], screen: str = ""
    ) -> None:
        """Somebody pressed a button of ours, with these answers beside it, on this screen."""
        await self._work.handle(
            self._answered(person, community, data, answers, screen), lambda: self._helped(person, community)
        )

    async def _begun(self, person: Person, community: str, said: Said | None) -> None:
        """Captured and committed, then the first screen."""
        place, now = self._place(community), self._given.clock.now()
        transcript = None if said is None else inbound.reported(said, person, community, now)
        await self._show(person, place, await self._talk.open(Opening(place=place, transcript=transcript)))

    async def _answered(
        self, person: Person, community: str, data: str, answers: Mapping[str, str], screen: str
    ) -> None:
        told, place = inbound.pressed(data, answers), self._place(community)
        if told is None:
            return await self._helped(person, community)
        async with self._talk.turn(told.key, told.press.button):
            self._follower.leave(draft_id(told.key))
            shown = await self._talk.answer(told, place, inbound.identity_of(person))
            return await self._show(person, place, shown, screen)

    async def _helped(self, person: Person, community: str) -> None:
        """The danger exit, from files alone."""
        place = self._place(community)
        await self._show(person, place, self._given.road.help_beside(place))

    async def _show(self, person: Person, place: Place, shown: Shown, screen: str = "") -> None:
        """In the place of the screen that was pressed on, else as a new one; noted, so that it is emptied."""
        message = self._renderer.screen(shown, place)
        name = screen or secrets.token_urlsafe(16)
        self._work.begin(self._given.screens.note(name, PLATFORM, name.encode()))
        if not screen or not await self._chat.change(screen, message):
            await self._chat.send(person.id, name, message)
        identity = inbound.identity_of(person)
        self._follower.follow(
            Followed(place=place, shown=shown, door=name, identity=identity), self._work.begin
        )

    async def _change(self, one: Followed[str], shown: Shown, told: tuple[ToldLine, ...]) -> Changed:
        there = await self._chat.change(one.door, self._renderer.screen(shown, one.place, told))
        return Changed.GIVEN if there else Changed.GONE

    def _place(self, community: str) -> Place:
        """The community as it is settled; one that nobody gave a desk has help and nothing else."""
        settled = self._given.places.get(CommunityId(community))
        if settled is not None and settled.platform == PLATFORM:
            return self._given.places.place(CommunityId(community), knows_accounts=True)
        return self._given.places.elsewhere(
            CommunityId(community), community, PLATFORM, language=SOURCE_LANGUAGE
        )


def create(given: Neighbours, settings: SkeletonSettings, chat: Chat) -> SkeletonPlatform:
    """The platform, not yet started."""
    return SkeletonPlatform(given, settings, chat)
