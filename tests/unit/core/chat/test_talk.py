"""A press is taken over once and asked of the road; what is kept in memory only helps."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from core.chat import conversing, talk
from core.chat.memory import Turns
from core.chat.talk import ScreenPress, Talk
from core.chat.work import Work
from core.delivery.screens import LAST
from core.dialogue.flow import Dialogue
from core.dialogue.model import Card, Place, Press, State
from core.evidence.drafts import DraftKey, draft_id, new_draft_key
from core.evidence.parts import Identity
from core.reports.lookups import LookUps
from core.reports.model import Answers, YesNo
from core.reports.reference import reference_of
from core.reports.retention import DRAFTS
from core.reports.road import Opening, Road, Shown
from core.reports.told import UNREAD_AFTER, Told, ToldLine
from core.signals.memory import MemorySignals
from core.testing.clock import START, FixedClock
from core.testing.deliveries import transcript
from tests.dialogue_room import PLACE, PRACTICE
from tests.unit.core.chat.jumping_loop import jumping, now
from tests.web_room import CATEGORIES, HELPLINES

DIALOGUE = Dialogue(HELPLINES, CATEGORIES)
KEY = DraftKey(bytes(range(16)))
IDENTITY = Identity(platform="chat", account="7", shown="me")
CARRIED = State(answers=Answers(danger=YesNo.NO))
OPENING = Opening(place=PLACE, transcript=transcript(at=START))


class StandInRoad:
    """Stores or does not, as it is told; notes what it is asked."""

    def __init__(self) -> None:
        self.stored = True
        self.slow = False
        self.told = Told(known=True, stored_at=START)
        self.pressed: list[tuple[Opening, DraftKey | None]] = []
        self.answered: list[dict[str, Any]] = []
        self.asked: list[str] = []

    async def press(self, opening: Opening, key: DraftKey | None = None) -> Shown:
        self.pressed.append((opening, key))
        await self._wait()
        return self._shown(key or KEY)

    async def answer(self, key: DraftKey, place: Place, press: Press, **how: Any) -> Shown:
        self.answered.append({"place": place, "press": press, **how})
        return self._shown(key)

    async def status(self, reference: str) -> Told:
        self.asked.append(reference)
        await self._wait()
        return self.told

    def help(self, place: Place) -> Card:
        return DIALOGUE.help(place)

    def _shown(self, key: DraftKey) -> Shown:
        return Shown(key=key, screen=DIALOGUE.show(PLACE, CARRIED), state=CARRIED, stored=self.stored)

    async def _wait(self) -> None:
        if self.slow:
            await asyncio.sleep(60)


class Room:
    def __init__(self) -> None:
        self.road = StandInRoad()
        self.clock = FixedClock()
        self.work = Work("chat")
        self.talk = Talk(
            road=cast("Road", self.road),
            platform="chat",
            look_ups=LookUps(MemorySignals(self.clock), bytes(32)),
            clock=self.clock,
            begin=self.work.begin,
            unread_after=UNREAD_AFTER,
        )

    async def answer(self, **told: Any) -> Shown:
        press = ScreenPress(key=KEY, press=Press(screen="first", button="send"), **told)
        return await self.talk.answer(press, PLACE, IDENTITY)


@pytest.fixture
async def room() -> Any:
    at = Room()
    await at.work.open()
    yield at
    await at.work.close()


# Once.


def test_what_is_told_again_is_known_for_as_long_as_a_screen_stands() -> None:
    at = Room()
    assert [at.talk.is_new("1"), at.talk.is_new("1"), at.talk.is_new("2")] == [True, False, True]
    at.clock.advance(LAST + timedelta(seconds=1))
    assert at.talk.is_new("1")


async def test_what_another_process_answers_is_not_ours(room: Room) -> None:
    class Claimed:
        def __init__(self) -> None:
            self.done: list[str] = []

        async def take(self, press: str) -> bool:
            return press == "chat/1"

        async def answered(self, press: str) -> None:
            self.done.append(press)

    claims = Claimed()
    shared = Talk(
        road=cast("Road", room.road),
        platform="chat",
        look_ups=LookUps(MemorySignals(room.clock), bytes(32)),
        clock=room.clock,
        begin=room.work.begin,
        unread_after=UNREAD_AFTER,
        claims=claims,
    )
    assert (await shared.is_ours("1"), await shared.is_ours("2")) == (True, False)
    for told in ("1", "1", "2"):
        shared.answered(told)
    await asyncio.sleep(0.01)
    assert claims.done == ["chat/1"]


async def test_whoever_is_alone_asks_nobody(room: Room) -> None:
    assert await room.talk.is_ours("1")
    room.talk.answered("1")


# What could not be committed.


async def test_what_was_captured_and_not_committed_is_pressed_again_with_the_next_press(room: Room) -> None:
    room.road.stored = False
    await room.talk.open(OPENING)
    room.road.stored = True
    await room.answer()
    assert room.road.pressed == [(OPENING, None), (OPENING, KEY)]
    await room.answer()
    assert len(room.road.pressed) == 2


async def test_it_is_tried_with_every_press_until_it_is_committed(room: Room) -> None:
    room.road.stored = False
    await room.talk.open(OPENING)
    for _ in range(3):
        await room.answer()
    assert len(room.road.pressed) == 4


async def test_what_captured_nothing_or_was_committed_is_not_pressed_again(room: Room) -> None:
    await room.talk.open(OPENING)
    room.road.stored = False
    await room.talk.open(msgspec.structs.replace(OPENING, transcript=None))
    await room.answer()
    assert len(room.road.pressed) == 2


async def test_what_was_captured_is_kept_no_longer_than_a_draft(room: Room) -> None:
    room.road.stored = False
    await room.talk.open(OPENING)
    room.clock.advance(DRAFTS + timedelta(seconds=1))
    room.talk.is_new("x")
    await room.answer()
    assert len(room.road.pressed) == 1


def test_a_press_waits_only_a_moment_for_what_is_pressed_again() -> None:
    async def main() -> float:
        at = Room()
        await at.work.open()
        at.road.stored = False
        await at.talk.open(OPENING)
        at.road.slow = True
        begun = now()
        await at.answer()
        took = now() - begun
        await at.work.close()
        return took

    assert jumping(main()) == pytest.approx(talk.AGAIN_S)


# What travels.


async def test_what_the_screen_carried_is_taken_where_nothing_better_is_known(room: Room) -> None:
    await room.answer(carried=CARRIED, was_sent=True)
    (asked,) = room.road.answered
    assert (asked["carried"], asked["was_sent"], asked["identity"]) == (CARRIED, True, IDENTITY)


async def test_what_this_process_remembers_counts_more_than_what_fits_a_screen(room: Room) -> None:
    room.road.stored = False
    await room.answer()
    without_texts = State(answers=Answers())
    await room.answer(carried=without_texts)
    assert room.road.answered[1]["carried"] == CARRIED


async def test_a_screen_that_carries_nothing_is_given_nothing(room: Room) -> None:
    room.road.stored = False
    await room.answer()
    await room.answer()
    assert room.road.answered[1]["carried"] is None


async def test_what_is_stored_is_no_longer_remembered(room: Room) -> None:
    room.road.stored = False
    await room.answer()
    room.road.stored = True
    await room.answer()
    other = State(answers=Answers(danger=YesNo.YES))
    await room.answer(carried=other)
    assert room.road.answered[2]["carried"] == other


# Turns.


async def test_every_press_takes_its_turn_but_help_and_leaving_wait_for_nothing(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = list[str]()
    of = Turns.of

    def noted(self: Turns, draft: str) -> Any:
        taken.append(draft)
        return of(self, draft)

    monkeypatch.setattr(Turns, "of", noted)
    for button in ("send", None, "help", "hide", "leave", "more"):
        async with room.talk.turn(KEY, button):
            pass
    assert taken == [draft_id(KEY)] * 3


# My report.


async def found(
    room: Room, typed: str, place: Place = PLACE, *, who: str = "7"
) -> tuple[Card, tuple[ToldLine, ...], Any]:
    looked = await room.talk.my_report.found(place, typed, who)
    assert isinstance(looked.shown.screen, Card)
    return looked.shown.screen, looked.lines, looked.seen


async def test_a_code_tells_what_is_known(room: Room) -> None:
    card, told, _ = await found(room, reference_of(KEY))
    assert [line.text.key for line in told] == ["told-stored", "told-not-read"]
    assert [button.id for button in card.buttons] == ["help", "hide"]
    assert room.road.asked == [reference_of(KEY)]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "my-report-empty"),
        ("  \n", "my-report-empty"),
        ("hello", "my-report-wrong"),
        ("\ud800", "my-report-wrong"),
    ],
)
async def test_what_is_no_code_is_asked_of_nobody(room: Room, typed: str, says: str) -> None:
    card, told, _ = await found(room, typed)
    assert [notice.text.key for notice in card.notices] == [says]
    assert [button.id for button in card.buttons] == ["try_again", "help", "hide"]
    assert (list(told), room.road.asked) == ([], [])


async def test_who_looks_very_often_is_slowed_by_their_account_and_nobody_else(room: Room) -> None:
    cards = [(await found(room, reference_of(new_draft_key())))[0] for _ in range(61)]
    assert [notice.text.key for notice in cards[-1].notices] == ["my-report-slow"]
    assert [button.id for button in cards[-1].buttons] == ["help", "hide"]
    card, _, _ = await found(room, reference_of(KEY), who="8")
    assert card.notices == ()


def test_what_does_not_come_in_time_is_not_called_unknown() -> None:
    async def main() -> tuple[float, list[str]]:
        at = Room()
        at.road.slow = True
        _, told, _ = await found(at, reference_of(KEY))
        return now(), [line.text.key for line in told]

    took, told = jumping(main())
    assert took == pytest.approx(conversing.STATUS_S)
    assert told == ["told-not-asked"]


async def test_practice_is_said_there_too(room: Room) -> None:
    card, _, _ = await found(room, "hello", PRACTICE)
    assert card.notices[0].text.key == "practice"


def test_it_knows_no_chat() -> None:
    for module in Path("core/chat").glob("*.py"):
        text = module.read_text("utf-8").lower()
        assert not any(name in text for name in ("discord", "slack", "matrix")), module
