"""The desk writes, they read it by their reference, and what they write back stands beside it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from core.delivery import wire
from core.delivery.wire import NewsKind, StatusTold
from core.errors import InputRefused
from core.evidence.keys import DeskKeys
from core.evidence.sealing import new_key, open_part
from core.ids import ReportId
from core.reports.model import Answers, Category, YesNo
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock
from core.testing.deliveries import MadeReport
from core.testing.ids import counting_ids
from core.testing.ledger import FaultyLedger
from desk.casework import joins
from desk.casework.model import CaseState
from desk.casework.service import Casework
from desk.casework.writing import Bench
from desk.keeping.erasing import erase
from desk.keeping.retention import Retention
from desk.news import waiting
from desk.resealing import reseal
from desk.service import DeskService
from desk.tables import DESK, messages, rota
from desk.talk.messages import Written, opened
from desk.talk.model import OpenThread, Reply, Thread
from desk.talk.service import TALK_READ, Conversation
from desk.talk.writing import WROTE
from tests.desk_cases import CALM, WORDS, deeds, reported
from tests.desk_roads import OTHER_ROAD, PRACTICE, ROAD, Caller, Make

SAID = "Thank you. What would you like to tell us?"
CANARY = "zanzibar quokka"
KEPT = Retention(by_category={}, by_outcome={}, otherwise=timedelta(days=100))


@pytest.fixture
def work(
    desk: DeskService, faulty: FaultyLedger, signals: MemorySignals, clock: FixedClock, keys: DeskKeys
) -> Casework:
    """One outcome says something to whoever reported, another nothing."""
    words = {"helped": "We read it.", "test": ""}
    return Casework(Bench(faulty, signals, clock, keys, PRACTICE, counting_ids(0xCA5E)), words=words)


@pytest.fixture
def talk(
    desk: DeskService, faulty: FaultyLedger, signals: MemorySignals, clock: FixedClock, keys: DeskKeys
) -> Conversation:
    return Conversation(Bench(faulty, signals, clock, keys, PRACTICE, counting_ids(0x7A1C)))


async def thread_of(talk: Conversation, report: ReportId) -> Thread:
    thread = await talk.thread(report, by="Ann")
    assert thread is not None
    return thread


async def say(talk: Conversation, made: MadeReport, text: str = SAID, by: str = "Ann") -> None:
    await talk.write(made.id, text, by=by, newest=(await thread_of(talk, made.id)).newest)


async def reply(desk: DeskService, made: MadeReport, text: str, clock: FixedClock) -> None:
    clock.advance(timedelta(minutes=1))
    delivery = made.reply(text, at=clock.now())
    await desk.receive(ROAD, delivery, delivery.item * 2)
    await desk.triage.run_once()


async def told(desk: DeskService, made: MadeReport) -> StatusTold:
    return await desk.status(ROAD, made.reference)


async def texts(talk: Conversation, made: MadeReport) -> list[str | None]:
    return [line.text for line in (await read(talk, made)).lines]


async def read(talk: Conversation, made: MadeReport) -> OpenThread:
    found = await talk.read(made.id, by="Tom")
    assert found is not None
    return found


async def test_what_the_desk_wrote_is_told_to_whoever_has_the_reference(
    desk: DeskService, make: Make, talk: Conversation, clock: FixedClock
) -> None:
    made = await reported(desk, make, **CALM)
    await say(talk, made, f"  {SAID}\n")
    (message,) = (await told(desk, made)).messages
    assert (message.text, message.at, message.outcome) == (SAID, clock.now(), False)


async def test_another_road_is_told_nothing(desk: DeskService, make: Make, talk: Conversation) -> None:
    made = await reported(desk, make, **CALM)
    await say(talk, made)
    assert await desk.status(OTHER_ROAD, made.reference) == StatusTold(known=False)


async def test_the_road_is_told_once_of_each_message_that_there_is_something(
    desk: DeskService, make: Make, talk: Conversation
) -> None:
    made = await reported(desk, make, **CALM)
    await say(talk, made)
    await say(talk, made)
    kinds = [item.kind for item in await waiting(desk.ledger, ROAD, 100)]
    assert kinds.count(NewsKind.MESSAGE) == 2


async def test_that_somebody_wrote_is_in_the_trail(desk: DeskService, make: Make, talk: Conversation) -> None:
    made = await reported(desk, make, **CALM)
    await say(talk, made)
    assert (await deeds(desk))[-1] == ("Ann", WROTE)


async def test_nothing_that_either_wrote_lies_in_the_ledger(
    desk: DeskService, make: Make, talk: Conversation, clock: FixedClock
) -> None:
    made = await reported(desk, make, **CALM)
    await say(talk, made, CANARY)
    await reply(desk, made, CANARY, clock)

    def everything(conn: sa.Connection) -> str:
        return repr(
            [tuple(row) for table in DESK.metadata.sorted_tables for row in conn.execute(sa.select(table))]
        )

    lies = await desk.ledger.read(everything)
    assert not [word for word in CANARY.split() if word in lies]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (" \n", "empty"),
        ("x" * 3_001, "long"),
        ("Look at https://example.org", "link"),
        ("Ring 020 7946 0000", "phone"),
        ("Please send us a picture", "picture"),
        ("Tell us your password", "secret"),
        ("Send me money", "money"),
        ("Come and talk on WhatsApp", "elsewhere"),
    ],
)
async def test_what_the_desk_never_asks_is_not_sent(
    desk: DeskService, make: Make, talk: Conversation, text: str, why: str
) -> None:
    made = await reported(desk, make, **CALM)
    with pytest.raises(InputRefused, match=f"^message-{why}$"):
        await say(talk, made, text)
    assert (await told(desk, made)).messages == ()


async def test_what_came_while_somebody_wrote_is_read_first(
    desk: DeskService, make: Make, talk: Conversation, clock: FixedClock
) -> None:
    made = await reported(desk, make, **CALM)
    before = (await thread_of(talk, made.id)).newest
    await reply(desk, made, "I am back", clock)
    with pytest.raises(InputRefused, match="message-newer"):
        await talk.write(made.id, SAID, by="Ann", newest=before)


async def test_a_second_press_of_send_sends_once(desk: DeskService, make: Make, talk: Conversation) -> None:
    made = await reported(desk, make, **CALM)
    before = (await thread_of(talk, made.id)).newest
    await talk.write(made.id, SAID, by="Ann", newest=before)
    with pytest.raises(InputRefused, match="message-newer"):
        await talk.write(made.id, SAID, by="Ann", newest=before)


async def test_whoever_writes_has_the_case_and_waits_for_them(
    desk: DeskService, make: Make, talk: Conversation, work: Casework
) -> None:
    made = await reported(desk, make, **CALM)
    await say(talk, made)
    at_work = await work.at_work(made.id, by="Ann")
    assert at_work is not None
    assert (at_work.case.holder, at_work.case.state) == ("Ann", CaseState.WAITING)


async def test_nobody_writes_in_a_colleagues_case(
    desk: DeskService, make: Make, talk: Conversation, work: Casework
) -> None:
    made = await reported(desk, make, **CALM)
    await work.take(made.id, by="Tom", holder="")
    with pytest.raises(InputRefused, match="message-held"):
        await say(talk, made)


async def test_what_they_write_back_ends_the_waiting_and_is_shown_as_new(
    desk: DeskService, make: Make, talk: Conversation, work: Casework, clock: FixedClock
) -> None:
    made = await reported(desk, make, **CALM)
    await say(talk, made)
    await reply(desk, made, "It is worse now", clock)
    at_work = await work.at_work(made.id, by="Ann")
    record = await desk.case(PRACTICE, made.id)
    assert at_work is not None
    assert record is not None
    assert (at_work.case.state, record.row.added_at) == (CaseState.WORKING, clock.now())


async def test_both_sides_are_read_in_order_and_that_is_on_record(
    desk: DeskService, make: Make, talk: Conversation, clock: FixedClock
) -> None:
    made = await reported(desk, make, **CALM)
    await say(talk, made, "one")
    await reply(desk, made, "two", clock)
    clock.advance(timedelta(minutes=1))
    await say(talk, made, "three")
    assert await texts(talk, made) == ["one", "two", "three"]
    assert (await deeds(desk))[-1] == ("Tom", TALK_READ)


async def test_their_wishes_are_as_last_answered_whatever_they_wrote_back(
    desk: DeskService, make: Make, talk: Conversation, clock: FixedClock
) -> None:
    made = await reported(desk, make, answers=Answers(others_use_phone=False, may_push=True, own_words=WORDS))
    await reply(desk, made, "two", clock)
    wishes = (await read(talk, made)).wishes
    assert (wishes.others_use_phone, wishes.may_push, wishes.own_words) == (False, True, WORDS)


async def test_what_is_written_back_changes_nothing_that_was_answered(
    desk: DeskService, make: Make, clock: FixedClock
) -> None:
    made = await reported(desk, make, answers=Answers(category=Category.GROOMING, own_words=WORDS))
    before = await desk.case(PRACTICE, made.id)
    await reply(desk, made, "I do not know", clock)
    after = await desk.case(PRACTICE, made.id)
    assert before is not None
    assert after is not None
    assert (after.row.category, after.row.priority) == (before.row.category, before.row.priority)


async def test_when_they_first_saw_it_is_kept(
    desk: DeskService, make: Make, talk: Conversation, clock: FixedClock, caller: Caller
) -> None:
    made = await reported(desk, make, **CALM)
    await say(talk, made)
    (message,) = (await told(desk, made)).messages
    clock.advance(timedelta(minutes=3))
    first = clock.now()
    for _ in range(2):
        answer = await caller.ask(
            wire.MESSAGES_READ, wire.MessagesRead(reference=made.reference, ids=(message.id, "unknown"))
        )
        assert answer.status == 204
        clock.advance(timedelta(minutes=3))
    assert [each.shown_at for each in (await thread_of(talk, made.id)).messages] == [first]


async def test_another_roads_word_that_it_was_shown_changes_nothing(
    desk: DeskService, make: Make, talk: Conversation
) -> None:
    made = await reported(desk, make, **CALM)
    await say(talk, made)
    (message,) = (await told(desk, made)).messages
    read = wire.MessagesRead(reference=made.reference, ids=(message.id,))
    await desk.shown(OTHER_ROAD, read)
    assert [each.shown_at for each in (await thread_of(talk, made.id)).messages] == [None]


async def test_how_a_case_ended_is_told_to_each_who_reported(
    desk: DeskService, make: Make, talk: Conversation, work: Casework
) -> None:
    made, other = await reported(desk, make, **CALM), await reported(desk, make, **CALM)
    await join(desk, made, other)
    await close(work, made)
    for each in (made, other):
        (message,) = (await told(desk, each)).messages
        assert (message.text, message.outcome) == ("We read it.", True)


async def test_a_second_persons_yes_tells_it_and_asking_does_not(
    desk: DeskService, make: Make, work: Casework
) -> None:
    made = await reported(desk, make, answers=Answers(danger=YesNo.YES, own_words=WORDS), urgent=True)
    await close(work, made)
    assert (await told(desk, made)).messages == ()
    at_work = await work.at_work(made.id, by="Tom")
    assert at_work is not None
    await work.answer(made.id, at_work.asked[0].id, by="Tom", agrees=True)
    assert [message.text for message in (await told(desk, made)).messages] == ["We read it."]


async def test_an_outcome_without_words_tells_nothing(desk: DeskService, make: Make, work: Casework) -> None:
    made = await reported(desk, make, **CALM)
    await close(work, made, outcome="test")
    assert (await told(desk, made)).messages == ()


async def test_nothing_is_written_in_a_closed_case(
    desk: DeskService, make: Make, talk: Conversation, work: Casework
) -> None:
    made = await reported(desk, make, **CALM)
    await close(work, made)
    with pytest.raises(InputRefused, match="message-closed"):
        await say(talk, made)


async def test_after_a_rotation_messages_open_with_the_new_key_alone(
    desk: DeskService, make: Make, talk: Conversation, keys: DeskKeys, clock: FixedClock
) -> None:
    made = await reported(desk, make, **CALM)
    await say(talk, made)
    after = replace(keys, current=new_key(), retired=(keys.current,))
    await reseal(desk.ledger, after, [after.current.public], by="ann", now=clock.now())
    sealed = await desk.ledger.read(lambda conn: conn.execute(sa.select(messages.c.sealed)).scalar_one())
    assert open_part(sealed, [after.current])[1].decode() == SAID


async def test_with_what_was_said_the_messages_are_deleted(
    desk: DeskService, make: Make, talk: Conversation, work: Casework, clock: FixedClock
) -> None:
    made = await reported(desk, make, **CALM)
    await say(talk, made)
    await close(work, made)
    clock.advance(timedelta(days=101))
    assert await erase(desk.ledger, KEPT, clock.now()) == 1
    left = await desk.ledger.read(lambda conn: conn.execute(sa.select(messages)).all())
    assert (list(left), await told(desk, made)) == ([], StatusTold(known=False))


async def test_what_no_key_opens_is_neither_told_nor_hides_the_rest(
    desk: DeskService, make: Make, talk: Conversation, keys: DeskKeys
) -> None:
    made = await reported(desk, make, **CALM)
    strange = replace(keys, current=new_key())
    bench = Bench(desk.ledger, desk.signals, desk.clock, strange, PRACTICE, counting_ids(0xBAD))
    other = Conversation(bench)
    await other.write(made.id, SAID, by="Ann", newest=(await thread_of(talk, made.id)).newest)
    await say(talk, made, "two")
    assert [message.text for message in (await told(desk, made)).messages] == ["two"]
    assert await texts(talk, made) == [None, "two"]


def test_a_message_put_with_another_report_is_not_taken_for_its(keys: DeskKeys, clock: FixedClock) -> None:
    written = Written(keys, ReportId("one"), "m", SAID)
    row = SimpleNamespace(**written.row | {"report": "two", "at": clock.now(), "by": "Ann", "shown_at": None})
    (found,) = opened([row], keys.opening)
    assert found.text is None


async def test_of_two_who_write_at_once_one_is_sent(
    desk: DeskService, make: Make, talk: Conversation
) -> None:
    made = await reported(desk, make, **CALM)
    results = await asyncio.gather(
        *(say(talk, made, text) for text in ("one", "two")), return_exceptions=True
    )
    assert [type(result) for result in results].count(InputRefused) == 1
    assert len((await told(desk, made)).messages) == 1


@pytest.mark.parametrize("show", [repr, str])
def test_nothing_that_was_said_shows_in_a_repr(show: Callable[[object], str], clock: FixedClock) -> None:
    line = Reply(at=clock.now(), text=CANARY)
    thread = OpenThread(lines=(line,), wishes=Answers(contact=CANARY), closed=0)
    assert CANARY not in show(thread) + show(line)


async def close(work: Casework, made: MadeReport, outcome: str = "helped") -> None:
    at_work = await work.at_work(made.id, by="Ann")
    assert at_work is not None
    await work.close(made.id, outcome, by="Ann", state=at_work.case.state)


async def join(desk: DeskService, made: MadeReport, other: MadeReport) -> None:
    now = desk.clock.now()
    await desk.ledger.transact(
        lambda conn: joins.join(conn, PRACTICE, case=made.id, other=other.id, id="j", by="Ann", now=now)
    )


async def test_whoever_reads_what_was_written_back_has_come_to_it(
    desk: DeskService, make: Make, talk: Conversation, clock: FixedClock
) -> None:
    made = await reported(desk, make, answers=Answers(danger=YesNo.YES, own_words=WORDS), urgent=True)
    await desk.look(PRACTICE, made.id, by="Ann")
    await reply(desk, made, "worse", clock)
    await read(talk, made)
    answered = sa.select(rota.urgent.c.answered_at, rota.urgent.c.answered_by)
    (row,) = await desk.ledger.read(lambda conn: conn.execute(answered).all())
    assert (row.answered_at, row.answered_by) == (clock.now(), "Tom")
