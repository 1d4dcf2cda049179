"""One draft answered by two processes at the same moment: no answer is lost, and there is one report."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from core.dialogue.flow import Dialogue
from core.dialogue.model import Press
from core.errors import LedgerUnavailable
from core.evidence.drafts import DraftKey, new_draft_key
from core.evidence.envelope import Found, read_answers
from core.evidence.parts import PartKind
from core.evidence.sealing import new_key
from core.ids import DeskName, PartId
from core.ledger.road import drafts, outbox, parts, reports
from core.ledger.schema import ROAD
from core.reports.model import Answers, Category, YesNo
from core.reports.packing import Seals
from core.reports.road import Limits, Road, Routing, Shown
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock
from core.testing.ledger import FaultyLedger, MemoryLedger
from tests.dialogue_room import PLACE

KEY = DraftKey(bytes(range(16)))
DESK = DeskName(str(PLACE.desk))
KEYS = new_key()
PATIENT = Limits(press=30, send=30, read=30, help=30)
CATEGORY = Press(screen="first", values={"category": "grooming"})
DANGER = Press(screen="first", values={"danger": "no"})
SEND = Press(screen="first", button="send")


@dataclass(frozen=True)
class Process:
    """What one process has of the ledger that they share, and its road."""

    ledger: FaultyLedger
    road: Road

    def answer(self, press: Press) -> Coroutine[Any, Any, Shown]:
        return self.road.answer(KEY, PLACE, press)


def process(inner: MemoryLedger, clock: FixedClock, dialogue: Dialogue, *, shared: bool = True) -> Process:
    ledger = FaultyLedger(inner)
    road = Road(
        ledger=ledger,
        dialogue=dialogue,
        routing=Routing(
            candidates=lambda _: (DESK,),
            route=lambda *_: DESK,
            is_urgent=lambda answers: answers.danger is YesNo.YES,
        ),
        seals=Seals(desks={DESK: [KEYS.public]}, road=KEYS.public, tag=lambda text: f"tag:{text}"),
        signals=MemorySignals(clock),
        clock=clock,
        new_key=new_draft_key,
        limits=PATIENT,
        shared=shared,
    )
    return Process(ledger, road)


@pytest.fixture
async def two(dialogue: Dialogue, clock: FixedClock) -> AsyncIterator[tuple[Process, Process]]:
    inner = MemoryLedger(ROAD, clock)
    await inner.open()
    async with AsyncExitStack() as ending:
        both = process(inner, clock, dialogue), process(inner, clock, dialogue)
        for each in both:
            await ending.enter_async_context(each.road)
        yield both
        for each in both:
            each.ledger.release()
    await inner.close()


async def rows(of: Process, table: sa.Table) -> list[Any]:
    return list(await of.ledger.read(lambda conn: conn.execute(sa.select(table)).all()))


async def sent(of: Process) -> Answers:
    """The answers of the one report, as the desk opens them."""
    (report,) = await rows(of, reports)
    (row,) = [row for row in await rows(of, parts) if row.kind == PartKind.ANSWERS]
    found = Found(
        draft=report.draft,
        community=PLACE.community,
        part=PartId(row.id),
        kind=PartKind.ANSWERS,
        sealed=row.sealed,
    )
    return read_answers(found, [KEYS]).answers


async def crossed(first: Process, press: Press, second: Process, other: Press) -> tuple[Shown, Shown]:
    """`other` is answered by the second process after the first has read the draft, and before it writes."""
    first.ledger.hold(on=("append", "transact"))
    answering = asyncio.ensure_future(first.answer(press))
    await first.ledger.arrived.wait()
    between = await second.answer(other)
    first.ledger.release()
    return await answering, between


async def test_two_answers_at_the_same_moment_are_both_kept(two: tuple[Process, Process]) -> None:
    first, second = two
    await crossed(first, CATEGORY, second, DANGER)
    await first.answer(SEND)
    answers = await sent(first)
    assert (answers.category, answers.danger) == (Category.GROOMING, YesNo.NO)


async def test_an_answer_stored_while_another_process_sends_goes_with_the_report(
    two: tuple[Process, Process],
) -> None:
    first, second = two
    await first.answer(CATEGORY)
    shown, _ = await crossed(first, SEND, second, DANGER)
    assert shown.screen.id == "sent"
    assert (await sent(first)).danger is YesNo.NO


async def test_sent_by_two_at_the_same_moment_it_is_one_report(two: tuple[Process, Process]) -> None:
    first, second = two
    await first.answer(CATEGORY)
    one, other = await crossed(first, SEND, second, SEND)
    assert one.state.reference == other.state.reference is not None
    assert len(await rows(first, reports)) == len(await rows(first, outbox)) == 1


async def test_a_screen_merely_looked_at_takes_back_no_answer_of_another_process(
    two: tuple[Process, Process],
) -> None:
    first, second = two
    await first.answer(DANGER)
    await crossed(first, Press(screen="first", button="help"), second, CATEGORY)
    await asyncio.sleep(0.01)  # nobody waited for what the first one kept
    await second.answer(SEND)
    assert (await sent(first)).category is Category.GROOMING


async def test_whatever_order_they_are_told_in_all_that_was_answered_is_sent(
    two: tuple[Process, Process],
) -> None:
    presses = [CATEGORY, DANGER, Press(screen="first", values={"who": "me"}), Press(screen="first")]
    await asyncio.gather(*(two[number % 2].answer(press) for number, press in enumerate(presses)))
    await two[1].answer(SEND)
    answers = await sent(two[0])
    assert (answers.category, answers.danger) == (Category.GROOMING, YesNo.NO)


async def test_who_never_gets_a_turn_is_told_that_it_is_not_sent(two: tuple[Process, Process]) -> None:
    first, second = two
    await first.answer(CATEGORY)
    transact = first.ledger.transact

    async def always_late(work: Any) -> Any:
        await second.road._ledger.transact(_touch)
        return await transact(work)

    first.ledger.transact = always_late  # type: ignore[method-assign]
    shown = await first.answer(SEND)
    assert (shown.stored, shown.state.reference) == (False, None)
    assert await rows(first, reports) == []


def _touch(conn: sa.Connection) -> None:
    """Somebody always writes in between."""
    conn.execute(sa.update(drafts).values(state=drafts.c.state.concat(b"!")))


async def test_whoever_is_alone_pays_for_no_guard(dialogue: Dialogue, clock: FixedClock) -> None:
    inner = MemoryLedger(ROAD, clock)
    await inner.open()
    alone = process(inner, clock, dialogue, shared=False)
    alone.ledger.fail_with(LedgerUnavailable("not asked"), on=("transact",))
    async with alone.road as road:
        await road.answer(KEY, PLACE, CATEGORY)
        shown = await road.answer(KEY, PLACE, SEND)
        assert not await road.moved_on(shown)
    assert shown.screen.id == "sent"
    await inner.close()


async def test_a_screen_that_was_pressed_on_in_another_process_has_moved_on(
    two: tuple[Process, Process],
) -> None:
    first, second = two
    await first.answer(CATEGORY)
    shown = await first.answer(SEND)
    assert not await first.road.moved_on(shown)
    await second.answer(Press(screen="sent", button="add"))
    await asyncio.sleep(0.01)
    assert await first.road.moved_on(shown)
