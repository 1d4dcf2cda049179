"""What a reference leads to: what the desk wrote, and an answer that is stored before it is called sent."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from core.checkpoints import KillPoint
from core.delivery.assemble import assemble
from core.delivery.model import Fault, Leased
from core.delivery.wire import AnswerTo, Delivery, ItemKind, MessageTold, StatusTold
from core.dialogue.flow import Dialogue
from core.dialogue.model import Outcome, Press
from core.errors import (
    CannotOpen,
    DestinationDown,
    LedgerError,
    LedgerUnavailable,
    LedgerUnknown,
    ReferenceInvalid,
)
from core.evidence.drafts import draft_id, new_draft_key
from core.evidence.envelope import Found, read_supplement
from core.evidence.parts import PartKind
from core.evidence.sealing import SecretKey, new_key
from core.ids import CommunityId, DeskName, ItemId, PartId, ReportId
from core.ledger.road import answers, outbox, parts, reports
from core.ledger.sqlite import SqliteLedger
from core.reports.conversation import Times, Written
from core.reports.model import Standing, YesNo
from core.reports.packing import Seals, report_id
from core.reports.reference import reference_of
from core.reports.retention import REPORTS, sweep
from core.reports.road import Road, Routing
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock
from core.testing.destination import RecordingDestination
from core.testing.ledger import WRITES, FaultyLedger
from tests.dialogue_room import PLACE

assert PLACE.desk is not None
DESK = PLACE.desk
FAR = DeskName("far")
SEND = Press(screen="first", button="send", values={"danger": "no"})
TEXT = "kanarienvogel was at my school today"
DOWN = DestinationDown(Fault.UNREACHABLE)
UNHURRIED = Times(read=30, status=30, send=30)


class Room:
    """A road with a report that its desk has, and the desk's side of what is asked."""

    def __init__(self, ledger: FaultyLedger, dialogue: Dialogue, clock: FixedClock) -> None:
        self.ledger = ledger
        self.clock = clock
        self.key = new_draft_key()
        self.reference = reference_of(self.key)
        self.desk = RecordingDestination(clock)
        self.secret: SecretKey = new_key()
        self.reached: list[KillPoint] = []
        self.desks = {DESK: self.desk}
        self.road = Road(
            ledger=ledger,
            dialogue=dialogue,
            routing=Routing(
                candidates=lambda _place: (DESK,),
                route=lambda _place, _answers, _staff: DESK,
                is_urgent=lambda told: told.danger is YesNo.YES or "now" in told.own_words,
            ),
            seals=Seals(
                desks={DESK: [self.secret.public]}, road=new_key().public, tag=lambda text: f"tag:{text}"
            ),
            signals=MemorySignals(clock),
            clock=clock,
            new_key=new_draft_key,
            desks=self.desks,
            checkpoint=self.reached.append,
        )
        self.road.conversation.times = UNHURRIED

    @property
    def answer_to(self) -> AnswerTo:
        return AnswerTo(
            report=report_id(self.key),
            draft=draft_id(self.key),
            community=PLACE.community,
            platform=PLACE.platform,
            desk=DESK,
            standing=PLACE.standing,
        )

    async def sent(self, *, arrived: bool = True) -> None:
        await self.road.answer(self.key, PLACE, SEND)
        if arrived:
            noted = sa.update(reports).values(delivered_at=self.clock.now())
            await self.ledger.transact(lambda conn: conn.execute(noted))
            done = sa.update(outbox).values(delivered_at=self.clock.now(), state="delivered")
            await self.ledger.transact(lambda conn: conn.execute(done))

    def writes(self, *messages: MessageTold, to: AnswerTo | None = None, **more: Any) -> None:
        """What the desk says of this reference from now on."""
        answer_to = to or self.answer_to
        told = StatusTold(
            known=True, received_at=self.clock.now(), messages=messages, answer_to=answer_to, **more
        )
        self.desk.known[self.reference] = told

    def written(self, text: str = TEXT, form: str = "form-1") -> Written:
        return Written(reference=self.reference, form=form, text=text)

    async def answer(self, text: str = TEXT, form: str = "form-1") -> Outcome:
        return await self.road.conversation.answer(self.written(text, form))

    async def rows(self, table: sa.Table) -> list[Any]:
        return await self.ledger._inner.read(lambda conn: list(conn.execute(sa.select(table))))

    async def supplements(self) -> list[Any]:
        return [row for row in await self.rows(outbox) if row.kind == ItemKind.SUPPLEMENT]

    async def delivered(self) -> list[Delivery]:
        """What goes out of it."""
        found = []
        for row in await self.supplements():
            one = Leased(
                item=ItemId(row.item),
                report=ReportId(row.report),
                kind=ItemKind.SUPPLEMENT,
                destination=DeskName(row.destination),
                urgent=row.urgent,
                attempts=1,
                fence=1,
                fault=Fault.NONE,
            )
            parcels = await self.ledger.read(partial(assemble, leased=[one]))
            found.append(msgspec.json.decode(parcels[one.item].body, type=Delivery))
        return found

    def opened(self, delivery: Delivery) -> str:
        (part,) = delivery.parts
        found = Found(
            draft=delivery.draft,
            community=delivery.community,
            part=PartId(part.id),
            kind=PartKind.SUPPLEMENT,
            sealed=part.sealed,
        )
        return read_supplement(found, [self.secret]).reply


@pytest.fixture
async def room(road_ledger: SqliteLedger, dialogue: Dialogue, clock: FixedClock) -> AsyncIterator[Room]:
    found = Room(FaultyLedger(road_ledger), dialogue, clock)
    async with found.road:
        yield found
        found.ledger.release()


def message(name: str, at: datetime, text: str = "We read it.", *, outcome: bool = False) -> MessageTold:
    return MessageTold(id=name, at=at, text=text, outcome=outcome)


# What is read.


async def test_what_the_desk_wrote_is_told_in_order_of_time_and_that_it_can_be_answered(room: Room) -> None:
    await room.sent()
    now = room.clock.now()
    room.writes(message("b", now + timedelta(hours=1)), message("a", now))
    told = await room.road.status(room.reference.lower())
    assert [one.id for one in told.messages] == ["a", "b"]
    assert (told.answer_to, told.desk, told.stored_at) == (room.answer_to, DESK, now)


async def test_no_desk_is_asked_of_a_report_that_has_not_arrived(room: Room) -> None:
    await room.sent(arrived=False)
    room.writes(message("a", room.clock.now()))
    assert (await room.road.status(room.reference)).messages == ()


async def test_with_the_desk_away_what_the_road_knows_is_told_and_that_nobody_could_be_asked(
    room: Room,
) -> None:
    await room.sent()
    room.desk.fail_with(DOWN)
    told = await room.road.status(room.reference)
    assert (told.known, told.asked, told.received_at) == (True, False, room.clock.now())


async def test_a_desk_that_says_nothing_in_time_is_as_one_that_is_away(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(_reference: str) -> StatusTold:
        await asyncio.Event().wait()
        raise AssertionError

    await room.sent()
    monkeypatch.setattr(room.desk, "status", silent)
    room.road.conversation.times = Times(read=30, status=0.05)
    assert (await room.road.status(room.reference)).asked is False


async def test_a_reference_that_the_road_has_forgotten_is_asked_of_the_one_desk_there_is(
    room: Room,
) -> None:
    room.writes(message("a", room.clock.now()), read_at=room.clock.now())
    told = await room.road.status(room.reference)
    assert ([one.id for one in told.messages], told.read_at) == (["a"], room.clock.now())


async def test_of_several_desks_none_is_handed_a_reference_that_may_be_anothers(room: Room) -> None:
    room.writes(message("a", room.clock.now()))
    room.desks[FAR] = RecordingDestination(room.clock)
    assert (await room.road.status(room.reference)).known is False


async def test_with_the_ledger_gone_what_no_desk_knows_is_not_called_unknown(room: Room) -> None:
    room.ledger.fail_with(LedgerUnavailable("gone"), on=("read",))
    told = await room.road.status(room.reference)
    assert (told.known, told.asked) == (False, False)


async def test_what_is_no_reference_is_asked_of_nobody(room: Room) -> None:
    with pytest.raises(ReferenceInvalid):
        await room.road.status("hello")


async def test_the_desk_is_told_what_was_shown_and_a_fault_of_it_is_nobodys(room: Room) -> None:
    await room.sent()
    room.writes(message("a", room.clock.now()), message("b", room.clock.now()))
    told = await room.road.status(room.reference)
    await room.road.conversation.shown(room.reference, told, told.messages)
    assert room.desk.shown == [(room.reference, "a"), (room.reference, "b")]
    room.desk.fail_with(DOWN)
    await room.road.conversation.shown(room.reference, told, told.messages)


async def test_what_was_shown_is_said_a_hundred_at_a_time(room: Room) -> None:
    await room.sent()
    room.writes(*(message(str(number), room.clock.now()) for number in range(250)))
    told = await room.road.status(room.reference)
    await room.road.conversation.shown(room.reference, told, told.messages)
    assert len(room.desk.shown) == 250


# What is answered.


async def test_an_answer_goes_out_as_a_supplement_that_only_the_desk_opens(room: Room) -> None:
    await room.sent()
    assert await room.answer() is Outcome.STORED
    (delivery,) = await room.delivered()
    to = room.answer_to
    assert (delivery.report, delivery.draft, delivery.community) == (to.report, to.draft, to.community)
    assert (delivery.platform, delivery.desk, delivery.standing) == (to.platform, to.desk, to.standing)
    assert (delivery.kind, delivery.urgent) == (ItemKind.SUPPLEMENT, False)
    assert room.opened(delivery) == TEXT
    assert TEXT.encode() not in str([await room.rows(table) for table in (answers, outbox, parts)]).encode()
    room.secret = new_key()
    with pytest.raises(CannotOpen):
        room.opened(delivery)


async def test_it_is_in_the_ledger_before_anybody_is_told_that_it_was_sent(room: Room) -> None:
    await room.sent()
    room.reached.clear()
    await room.answer()
    assert room.reached == [KillPoint.SEAL, KillPoint.COMMIT, KillPoint.ACKNOWLEDGE]


@pytest.mark.parametrize("fault", [LedgerUnavailable("full"), LedgerUnknown("cut")])
async def test_what_could_not_be_stored_is_never_called_sent(room: Room, fault: LedgerError) -> None:
    await room.sent()
    room.ledger.fail_with(fault, on=WRITES)
    assert await room.answer() is not Outcome.STORED
    room.ledger.fail_with(None)
    assert await room.answer() is Outcome.STORED
    assert len(await room.supplements()) == 1


async def test_what_takes_long_is_still_being_stored_and_asked_again_it_is_there_once(room: Room) -> None:
    await room.sent()
    room.road.conversation.times = Times(read=30, send=0.05)
    room.ledger.hold(on=WRITES)
    assert await room.answer() is Outcome.STORING
    assert await room.answer() is Outcome.STORING
    room.road.conversation.times = UNHURRIED
    room.ledger.release()
    assert await room.answer() is Outcome.STORED
    assert len(await room.supplements()) == 1


async def test_a_form_that_comes_twice_stores_once_and_another_form_another_time(room: Room) -> None:
    await room.sent()
    assert {await room.answer(), *await asyncio.gather(room.answer(), room.answer())} == {Outcome.STORED}
    assert len(await room.supplements()) == 1
    await room.answer(form="form-2")
    assert len(await room.supplements()) == 2


async def test_other_words_out_of_one_form_are_not_lost(room: Room) -> None:
    await room.sent()
    await room.answer()
    await room.answer("and there is more")
    assert sorted(map(room.opened, await room.delivered())) == ["and there is more", TEXT]


async def test_a_form_that_comes_again_after_its_answer_arrived_brings_nothing_back(room: Room) -> None:
    await room.sent()
    await room.answer()
    await room.ledger.transact(lambda conn: conn.execute(sa.delete(parts)))
    await room.ledger.transact(lambda conn: conn.execute(sa.delete(outbox)))
    assert await room.answer() is Outcome.STORED
    assert await room.rows(parts) == await room.rows(outbox) == []


async def test_whoever_has_only_the_reference_can_answer_and_the_desk_away_does_not_matter(
    room: Room,
) -> None:
    await room.sent()
    room.desk.fail_with(DOWN)
    assert await room.answer() is Outcome.STORED


async def test_a_report_that_the_road_has_forgotten_is_answered_by_what_the_one_desk_says(
    room: Room,
) -> None:
    room.writes()
    assert await room.answer() is Outcome.STORED
    (delivery,) = await room.delivered()
    assert (delivery.draft, room.opened(delivery)) == (draft_id(room.key), TEXT)


async def test_whoever_looked_too_often_still_answers_what_the_road_knows_and_asks_no_desk(
    room: Room,
) -> None:
    room.writes()
    forgotten = await room.road.conversation.answer(room.written(), may_ask=False)
    await room.sent()
    known = await room.road.conversation.answer(room.written(), may_ask=False)
    assert (forgotten, known) == (Outcome.REFUSED, Outcome.STORED)


@pytest.mark.parametrize("named", [FAR, DeskName("nobody")])
async def test_no_desk_but_the_one_that_was_asked_is_written_to(room: Room, named: DeskName) -> None:
    to = AnswerTo(
        report=ReportId("r1"),
        draft="0" * 64,
        community=CommunityId("c"),
        platform="web",
        desk=named,
        standing=Standing.SPECIALIST,
    )
    room.writes(to=to)
    assert (await room.road.status(room.reference)).answer_to is None
    assert await room.answer() is Outcome.REFUSED
    assert await room.rows(answers) == []


async def test_a_desk_that_is_not_among_the_roads_own_any_more_is_not_written_to(room: Room) -> None:
    await room.sent()
    moved = sa.update(reports).values(desk="closed")
    await room.ledger.transact(lambda conn: conn.execute(moved))
    assert await room.answer() is Outcome.REFUSED


async def test_a_picture_pasted_as_text_is_dropped_before_anything_is_sealed(room: Room) -> None:
    await room.sent()
    await room.answer("look data:image/png;base64," + "iVBORw0KGgo" * 20 + " there")
    (delivery,) = await room.delivered()
    assert "iVBOR" not in room.opened(delivery)
    assert room.opened(delivery).startswith("look ")


async def test_an_answer_that_speaks_of_danger_now_is_urgent(room: Room) -> None:
    await room.sent()
    await room.answer("he is here now")
    assert [row.urgent for row in await room.supplements()] == [True]


async def test_without_its_words_a_form_is_known_to_be_stored_or_not(room: Room) -> None:
    await room.sent()
    asked = room.written(text="")
    assert await room.road.conversation.outcome(asked) is Outcome.REFUSED
    await room.answer()
    assert await room.road.conversation.outcome(asked) is Outcome.STORED
    room.ledger.fail_with(LedgerUnavailable("gone"), on=("read",))
    assert await room.road.conversation.outcome(asked) is Outcome.UNKNOWN


async def test_an_answer_is_forgotten_after_ninety_days_and_not_before_it_arrived(
    room: Room, clock: FixedClock
) -> None:
    await room.sent()
    await room.answer()
    clock.advance(REPORTS + timedelta(days=1))
    await sweep(room.ledger)
    assert len(await room.rows(answers)) == 1, "it waits for its desk"
    done = sa.update(outbox).values(delivered_at=clock.now(), state="delivered")
    await room.ledger.transact(lambda conn: conn.execute(done))
    await sweep(room.ledger)
    assert await room.rows(answers) == await room.supplements() == []


def test_what_somebody_wrote_is_in_no_log_by_its_repr(room: Room) -> None:
    assert TEXT not in repr(room.written())
