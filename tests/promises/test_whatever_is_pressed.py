"""Whatever is pressed, in every rendering, through restarts and faults: what is promised of screens holds.

Nothing says "Sent" that does not lie in the ledger; every report that was called sent reaches the desk, once;
the danger exit is on every card; what somebody wrote is never shown back.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.delivery.wire import ItemKind
from core.delivery.worker import Worker
from core.dialogue.flow import Dialogue
from core.dialogue.model import Card, Place
from core.errors import LedgerUnavailable
from core.evidence.drafts import DraftKey, draft_id, new_draft_key
from core.evidence.model import Author, Message, ReadFrom, Source, Transcript
from core.evidence.parts import Identity, PartKind
from core.evidence.sealing import new_key
from core.ids import CommunityId, DeskName
from core.ledger.road import reports
from core.ledger.schema import ROAD
from core.reports.model import Standing, YesNo
from core.reports.packing import Seals
from core.reports.reference import reference_of
from core.reports.road import Limits, Opening, Road, Routing, Shown
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock
from core.testing.destination import RecordingDestination
from core.testing.ledger import WRITES, FaultyLedger, MemoryLedger
from tests.dialogue_room import CANARY, SAYS_SENT, button_ids, keys
from tests.surfaces import DiscordSurface, Pressed, Rendered, SlackSurface, Surface, WebSurface
from tests.web_room import CATEGORIES, HELPLINES

T = TypeVar("T")
DESK = DeskName("centre")
QUICK = Limits(press=0.02, send=0.02, read=0.02, help=0.02)
PATIENT = Limits(press=30, send=30, read=30, help=30)
SURFACES: dict[str, Surface] = {"web": WebSurface(), "discord": DiscordSurface(), "slack": SlackSurface()}
KEY, ROAD_KEY = new_key(), new_key()
WHO = Identity(platform="discord", account="7", shown="Kim", way_back=b"7")


class Pressing(RuleBasedStateMachine):
    """One person, or several, at one road whose disk and process fail now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock = FixedClock()
        self.inner = MemoryLedger(ROAD, self.clock)
        self.ledger = FaultyLedger(self.inner)
        self.desk = RecordingDestination(self.clock)
        self.signals = MemorySignals(self.clock)
        self.road: Road | None = None
        self.waits = False
        self.fails = False
        self.jobs: asyncio.Queue[tuple[Callable[[Road], Awaitable[Any]], asyncio.Future[Any]] | None]
        self.jobs = asyncio.Queue()
        self.seen: list[tuple[Surface, Place, Shown, Rendered]] = []
        self.last: tuple[Surface, Place, Pressed] | None = None
        self.called_sent: set[str] = set()
        self.captured: set[str] = set()
        self.wait(self.inner.open())
        self.begin()

    # The process, and what it stands on.

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def begin(self) -> None:
        self.life = self.loop.create_task(self.live())

    async def live(self) -> None:
        """One process: everything is asked of one task, which owns the road."""
        async with self.new_road() as road:
            self.road = road
            while (job := await self.jobs.get()) is not None:
                work, done = job
                try:
                    done.set_result(await work(road))
                except Exception as error:  # noqa: BLE001 - handed to whoever asked
                    done.set_exception(error)

    def do(self, work: Callable[[Road], Awaitable[T]]) -> T:
        async def asked() -> T:
            done: asyncio.Future[T] = self.loop.create_future()
            self.jobs.put_nowait((work, done))
            return await done

        return self.wait(asked())

    def new_road(self) -> Road:
        return Road(
            ledger=self.ledger,
            dialogue=Dialogue(HELPLINES, CATEGORIES),
            routing=Routing(
                candidates=lambda place: () if place.desk is None else (place.desk,),
                route=lambda place, _answers, _staff: place.desk,
                is_urgent=lambda answers: answers.danger is YesNo.YES,
            ),
            seals=Seals(desks={DESK: (KEY.public,)}, road=ROAD_KEY.public, tag=lambda reference: reference),
            signals=self.signals,
            clock=self.clock,
            new_key=new_draft_key,
            limits=QUICK if self.waits else PATIENT,
        )

    # What people do.

    @initialize(platform=st.sampled_from(sorted(SURFACES)))
    def somebody_comes(self, platform: str) -> None:
        self.opens(platform, Standing.SPECIALIST, evidence=True)

    @rule(
        platform=st.sampled_from(sorted(SURFACES)),
        standing=st.sampled_from([Standing.SPECIALIST, Standing.PRACTICE, Standing.NONE]),
        evidence=st.booleans(),
    )
    def opens(self, platform: str, standing: Standing, *, evidence: bool) -> None:
        place = place_of(platform, standing)
        opening = Opening(place=place, transcript=conversation() if evidence else None)
        shown = self.do(lambda road: road.press(opening))
        if evidence and shown.stored:
            self.captured.add(draft_id(shown.key))
        self.see(SURFACES[platform], place, shown)

    @rule(data=st.data())
    def presses_what_is_shown(self, data: st.DataObject) -> None:
        self.presses(data, self.seen[-1])

    @rule(name=st.sampled_from(["send", "danger=yes", "add", "more", "next", "check", "try_again"]))
    def goes_on(self, name: str) -> None:
        """What most people do: the way that leads on, if there is one, and nothing beside it."""
        surface, place, _, rendered = self.seen[-1]
        for way in rendered.ways:
            if way.name == name:
                self.last = surface, place, surface.press(way, {})
                self.answer(*self.last)
                return

    @rule(data=st.data())
    def presses_an_older_screen(self, data: st.DataObject) -> None:
        self.presses(data, data.draw(st.sampled_from(self.seen)))

    @rule(data=st.data())
    def sends_and_presses_at_once(self, data: st.DataObject) -> None:
        """Two presses on one screen that cross each other on their way, one of which sends if one can."""
        surface, place, _, rendered = self.seen[-1]
        sends = [way for way in rendered.ways if way.name == "send"] or list(rendered.ways)
        other = data.draw(st.sampled_from(rendered.ways), label="way")
        sent = [surface.press(way, {}) for way in (sends[0], other)]

        async def both(road: Road) -> list[Shown]:
            return list(await asyncio.gather(*(self.answered(road, place, one) for one in sent)))

        for one, shown in zip(sent, self.do(both), strict=True):
            self.look(one, surface, place, shown)

    @precondition(lambda self: self.last is not None)
    @rule()
    def the_same_press_comes_again(self) -> None:
        assert self.last is not None
        self.answer(*self.last)

    @rule()
    def the_surroundings_come_late(self) -> None:
        _, place, shown, _ = self.seen[-1]
        self.do(lambda road: road.late(shown.key, place, conversation()))

    # What happens to them.

    @rule(kind=st.sampled_from(["gone", "cannot write", "answer lost", "slow", "slow and then done"]))
    def the_ledger_fails(self, kind: str) -> None:
        self.mend()
        self.fails = True
        if kind == "gone":
            self.ledger.fail_with(LedgerUnavailable("gone"))
        elif kind == "cannot write":
            self.ledger.fail_with(LedgerUnavailable("full"), on=WRITES)
        elif kind == "answer lost":
            self.ledger.lose_after_commit()
        else:
            self.restart(waits=True)
            self.ledger.hold(done_anyway=kind == "slow and then done")

    @rule()
    def the_ledger_is_mended(self) -> None:
        self.mend()

    @rule()
    def the_process_starts_again(self) -> None:
        self.restart(waits=False)

    @rule()
    def it_is_delivered(self) -> None:
        self.mend()
        self.deliver()

    def teardown(self) -> None:
        """Everything works again: what was called sent is at the desk, once and whole."""
        try:
            self.mend()
            self.restart(waits=False)
            self.deliver()
            self.check_the_desk()
        finally:
            self.jobs.put_nowait(None)
            self.wait(self.ended())
            self.wait(self.inner.close())
            self.loop.close()

    # How.

    def presses(self, data: st.DataObject, seen: tuple[Surface, Place, Shown, Rendered]) -> None:
        surface, place, _, rendered = seen
        way = data.draw(st.sampled_from(rendered.ways), label="way")
        answers = {}
        for name, values in way.answers.items():
            if data.draw(st.booleans()):
                answers[name] = CANARY if values is None else data.draw(st.sampled_from(list(values)))
        self.last = surface, place, surface.press(way, answers)
        self.answer(*self.last)

    def answer(self, surface: Surface, place: Place, sent: Pressed) -> None:
        known = not self.fails and self.lies_there(sent.key)
        shown = self.do(lambda road: self.answered(road, place, sent))
        assert not (known and keys(shown.screen) & SAYS_IT_IS_NOT)
        self.look(sent, surface, place, shown)

    async def answered(self, road: Road, place: Place, sent: Pressed) -> Shown:
        who = WHO if place.knows_accounts else None
        return await road.answer(
            sent.key, place, sent.press, identity=who, carried=sent.carried, was_sent=sent.was_sent
        )

    def look(self, sent: Pressed, surface: Surface, place: Place, shown: Shown) -> None:
        if sent.was_sent:
            assert not keys(shown.screen) & SAYS_IT_IS_NOT
        self.see(surface, place, shown)

    def see(self, surface: Surface, place: Place, shown: Shown) -> None:
        rendered = surface.render(place, shown)
        self.seen.append((surface, place, shown, rendered))
        assert CANARY not in rendered.words
        if isinstance(shown.screen, Card):
            assert shown.screen.id == "help" or "help" in button_ids(shown.screen)
        if place.standing is Standing.NONE:
            assert not self.lies_there(shown.key)
        if keys(shown.screen) & SAYS_SENT or reference_of(shown.key) in rendered.words:
            assert self.lies_there(shown.key)
            self.called_sent.add(draft_id(shown.key))

    def lies_there(self, key: DraftKey) -> bool:
        found = sa.select(reports.c.id).where(reports.c.draft == draft_id(key))
        return bool(self.wait(self.inner.read(lambda conn: conn.execute(found).all())))

    def mend(self) -> None:
        self.fails = False
        self.ledger.fail_with(None)
        self.ledger.lose_after_commit(losing=False)
        self.ledger.release()
        self.wait(self.ledger.settled())

    def restart(self, *, waits: bool) -> None:
        """Killed: writes under way are cut off, wherever they are; nothing in memory is left."""
        assert self.road is not None
        for task in tuple(self.road._writes._tasks):
            task.cancel()
        self.jobs.put_nowait(None)
        self.wait(self.ended())
        self.waits = waits
        self.begin()

    async def ended(self) -> None:
        self.ledger.release()
        await self.life

    def deliver(self) -> None:
        self.clock.advance(timedelta(hours=2))
        worker = Worker(self.ledger, {DESK: self.desk}, self.signals, self.clock, jitter=lambda: 0.5)
        self.wait(worker.run_once())

    def check_the_desk(self) -> None:
        arrived = [each.draft for each in self.desk.taken if each.kind is ItemKind.REPORT]
        assert len(arrived) == len(set(arrived))
        assert self.called_sent <= set(arrived)
        for each in self.desk.taken:
            if each.kind is ItemKind.REPORT and each.draft in self.captured:
                kinds = [part.kind for part in each.parts]
                assert kinds.count(PartKind.REPORTED) == 1
            if each.kind is ItemKind.REPORT:
                assert [part.kind for part in each.parts].count(PartKind.ANSWERS) == 1


def place_of(platform: str, standing: Standing) -> Place:
    return Place(
        community=CommunityId("park"),
        community_name="Skate park",
        platform=platform,
        standing=standing,
        desk=None if standing is Standing.NONE else DESK,
        desk_name="The Centre",
        country="GB",
        knows_accounts=platform != "web",
    )


def conversation() -> Transcript:
    now = FixedClock().now()
    message = Message(
        id="1",
        author=Author(id="7", shown="Robin"),
        text="come to a private chat",
        sent_at=now,
        read_at=now,
        read_from=ReadFrom.PRESS,
        reported=True,
    )
    return Transcript(source=Source.PLATFORM, platform="discord", messages=(message,))


SAYS_IT_IS_NOT = {"not-sent-lead", "not-saved-lead", "not-yet-refused", "not-yet"}
"""What no screen says that comes of a press on a screen of a report that is sent."""

CALM = settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)


@pytest.mark.timeout(300)
def test_whatever_is_pressed_what_is_promised_holds() -> None:
    run_state_machine_as_test(Pressing, settings=settings(CALM, max_examples=60, stateful_step_count=25))


@pytest.mark.soak
def test_whatever_is_pressed_for_an_hour_what_is_promised_holds() -> None:
    """LIFEBELT_SOAK_S shortens or lengthens the hour."""
    ends = time.monotonic() + float(os.environ.get("LIFEBELT_SOAK_S", "3600"))
    while time.monotonic() < ends:
        run_state_machine_as_test(
            Pressing, settings=settings(CALM, max_examples=200, stateful_step_count=50, database=None)
        )
