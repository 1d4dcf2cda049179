"""A screen that stands open says what is so: it changes when that changes, until somebody presses."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, cast

import msgspec
import pytest

from core.chat.following import NOW_AND_THEN, SOON, Changed, Followed, Follower
from core.chat.work import Work
from core.delivery.model import NEWS_TOPIC
from core.delivery.screens import STANDS
from core.dialogue.flow import Dialogue
from core.dialogue.model import Card, NoticeKind, Outcome, Place, Press, State
from core.evidence.drafts import DraftKey, draft_id
from core.evidence.parts import Identity
from core.reports.road import Road, Shown
from core.reports.told import UNREAD_AFTER, Told, ToldLine
from core.signals.memory import MemorySignals
from core.testing.clock import START
from tests.dialogue_room import PLACE, REFERENCE
from tests.unit.core.chat.jumping_loop import jumping, now
from tests.web_room import CATEGORIES, HELPLINES

DIALOGUE = Dialogue(HELPLINES, CATEGORIES)
KEY = DraftKey(bytes(range(16)))
IDENTITY = Identity(platform="chat", account="7", shown="me")


class LoopClock:
    """Shows the loop's time, which begins at START."""

    def now(self) -> datetime:
        return START + timedelta(seconds=now())

    def monotonic(self) -> float:
        return now()


def shown_at(at: str, outcome: Outcome | None = None, **more: Any) -> Shown:
    reference = REFERENCE if outcome is Outcome.STORED else None
    state = State(at=at, outcome=outcome, reference=reference, **more)
    return Shown(key=KEY, screen=DIALOGUE.show(PLACE, state), state=state, stored=True)


SENT = shown_at("sent", Outcome.STORED)
STORING = shown_at("storing", Outcome.STORING)


class StandInRoad:
    """Says of the report what a test lets it say."""

    def __init__(self) -> None:
        self.told = Told(known=True, urgent=True, stored_at=START)
        self.becomes = STORING
        self.presses: list[Press] = []
        self.pressed_elsewhere = False

    async def moved_on(self, _shown: Shown) -> bool:
        return self.pressed_elsewhere

    async def answer(self, key: DraftKey, place: Place, press: Press, **_: Any) -> Shown:
        assert (key, place) == (KEY, PLACE)
        self.presses.append(press)
        return self.becomes

    async def status_of(self, key: DraftKey) -> Told:
        assert key == KEY
        return self.told

    def help(self, place: Place, country: str | None = None) -> Card:
        return DIALOGUE.help(place, country)


class Room:
    """One screen that is followed, and what was shown there, and when."""

    def __init__(self, *outcomes: Changed) -> None:
        """`outcomes`: of each change, the last again and again."""
        self._outcomes = list(outcomes or [Changed.GIVEN])
        self.clock = LoopClock()
        self.signals = MemorySignals(self.clock)
        self.road = StandInRoad()
        self.work = Work("chat")
        self.changes: list[tuple[float, str, tuple[ToldLine, ...]]] = []
        self.follower: Follower[str] = Follower(
            road=cast("Road", self.road),
            change=self.change,
            signals=self.signals,
            clock=self.clock,
            unread_after=UNREAD_AFTER,
        )

    async def change(self, one: Followed[Any], shown: Shown, told: tuple[ToldLine, ...]) -> Changed:
        assert one.door == "door"
        self.changes.append((round(now(), 3), shown.screen.id, told))
        return self._outcomes.pop(0) if len(self._outcomes) > 1 else self._outcomes[0]

    def follow(self, shown: Shown) -> None:
        one = Followed(place=PLACE, shown=shown, door="door", identity=IDENTITY)
        self.follower.follow(one, self.work.begin)

    async def says(self, **told: Any) -> None:
        self.road.told = msgspec.structs.replace(self.road.told, **told)
        await self.signals.wake(NEWS_TOPIC)

    @property
    def keys(self) -> list[list[str]]:
        return [[line.text.key for line in told] for _, _, told in self.changes]


def lived(main: Callable[[Room], Coroutine[Any, Any, None]], *outcomes: Changed) -> Room:
    async def life() -> Room:
        room = Room(*outcomes)
        await room.work.open()
        await main(room)
        room.follower.end()
        await room.work.close()
        return room

    return jumping(life())


def test_what_became_of_it_is_shown_at_once_and_then_only_what_changes() -> None:
    async def main(room: Room) -> None:
        room.follow(SENT)
        await asyncio.sleep(100)
        await room.says(received_at=START)
        await asyncio.sleep(1)
        await room.says(read_at=START)
        await asyncio.sleep(100)

    room = lived(main)
    first, second = ["told-stored", "told-not-read"], ["told-received", "told-not-read"]
    assert room.keys == [first, second, ["told-received", "told-read"]]
    assert [at for at, _, _ in room.changes] == [0.0, 100.0, 101.0]


def test_after_five_minutes_unopened_the_numbers_are_shown_without_any_news() -> None:
    async def main(room: Room) -> None:
        room.follow(SENT)
        await asyncio.sleep(400)

    room = lived(main)
    at, _, told = room.changes[-1]
    assert UNREAD_AFTER.total_seconds() <= at <= UNREAD_AFTER.total_seconds() + NOW_AND_THEN.total_seconds()
    assert told[0].danger
    assert any(notice.kind is NoticeKind.DANGER for notice in told[0].contacts)


def test_what_was_being_stored_becomes_what_came_of_it() -> None:
    async def main(room: Room) -> None:
        room.follow(STORING)
        await asyncio.sleep(1)
        room.road.becomes = shown_at("not_sent", Outcome.REFUSED)
        await asyncio.sleep(10)

    room = lived(main)
    assert [screen for _, screen, _ in room.changes] == ["not_sent"]
    assert room.changes[0][0] == pytest.approx(SOON.total_seconds())
    assert {press.button for press in room.road.presses} == {"check"}


def test_a_change_that_did_not_work_now_is_made_again_soon() -> None:
    async def main(room: Room) -> None:
        room.follow(SENT)
        await asyncio.sleep(60)

    room = lived(main, Changed.AGAIN, Changed.AGAIN, Changed.GIVEN)
    assert [at for at, _, _ in room.changes] == [0.0, SOON.total_seconds(), 2 * SOON.total_seconds()]


def test_what_cannot_be_shown_there_is_left_and_something_else_may_be() -> None:
    async def main(room: Room) -> None:
        room.follow(SENT)
        await asyncio.sleep(60)
        await room.says(read_at=START)
        await asyncio.sleep(60)

    assert len(lived(main, Changed.LEFT).changes) == 2


def test_a_screen_that_nobody_can_reach_is_let_go() -> None:
    async def main(room: Room) -> None:
        room.follow(SENT)
        await asyncio.sleep(60)
        assert room.follower.leave(draft_id(KEY)) is None
        await room.says(read_at=START)
        await asyncio.sleep(60)

    assert len(lived(main, Changed.GONE).changes) == 1


def test_what_was_pressed_on_in_another_process_is_not_overwritten() -> None:
    async def main(room: Room) -> None:
        room.follow(SENT)
        await asyncio.sleep(1)
        room.road.pressed_elsewhere = True
        await room.says(read_at=START)
        await asyncio.sleep(60)

    assert len(lived(main).changes) == 1


def test_once_somebody_presses_nothing_of_before_comes_back() -> None:
    async def main(room: Room) -> None:
        room.follow(SENT)
        await asyncio.sleep(1)
        left = room.follower.leave(draft_id(KEY))
        assert left is not None
        assert left.shown is SENT
        await room.says(read_at=START)
        await asyncio.sleep(60)

    assert len(lived(main).changes) == 1


def test_a_screen_is_followed_no_longer_than_it_stands() -> None:
    async def main(room: Room) -> None:
        room.follow(SENT)
        await asyncio.sleep(STANDS.total_seconds() + NOW_AND_THEN.total_seconds())
        before = len(room.changes)
        await room.says(read_at=START)
        await asyncio.sleep(60)
        assert len(room.changes) == before

    lived(main)


def test_a_screen_followed_anew_is_followed_once() -> None:
    async def main(room: Room) -> None:
        room.follow(SENT)
        room.follow(SENT)
        await asyncio.sleep(60)
        await room.says(read_at=START)
        await asyncio.sleep(60)

    assert len(lived(main).changes) == 2


@pytest.mark.parametrize(
    "shown",
    [
        shown_at("first"),
        shown_at("help"),
        shown_at("more", Outcome.STORED),
        shown_at("advice", Outcome.STORED),
        shown_at("not_sent", Outcome.REFUSED),
    ],
    ids=lambda shown: shown.state.at,
)
def test_what_will_not_change_is_not_followed(shown: Shown) -> None:
    async def main(room: Room) -> None:
        room.follow(shown)
        await asyncio.sleep(60)

    assert lived(main).changes == []


def test_after_the_end_nothing_is_followed() -> None:
    async def main(room: Room) -> None:
        room.follow(SENT)
        room.follower.end()
        room.follow(SENT)
        await asyncio.sleep(60)

    assert lived(main).changes == []


def test_what_nobody_knows_is_not_told() -> None:
    async def main(room: Room) -> None:
        room.road.told = Told(known=False)
        room.follow(SENT)
        await asyncio.sleep(60)

    assert lived(main).changes == []
