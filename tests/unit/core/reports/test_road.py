"""The road from a press to Sent, over a real ledger that can be made to fail, to hang and to lose words."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from core.checkpoints import KillPoint
from core.dialogue.flow import Dialogue
from core.dialogue.model import Card, Outcome, Place, Press, State
from core.errors import CannotOpen, LedgerUnavailable, LedgerUnknown, ReferenceInvalid
from core.evidence.drafts import DraftKey, draft_id, new_draft_key
from core.evidence.envelope import Found, read_answers, read_identity, read_supplement, read_transcript
from core.evidence.model import Author, Message, ReadFrom, Source, Transcript
from core.evidence.parts import Identity, PartKind
from core.evidence.sealing import SecretKey, new_key
from core.ids import CommunityId, DeskName, PartId
from core.ledger.road import drafts, outbox, parts, reports
from core.ledger.sqlite import SqliteLedger
from core.reports import packing
from core.reports import road as road_module
from core.reports.model import Answers, Category, Standing, YesNo
from core.reports.packing import Seals, role_of
from core.reports.reference import reference_of
from core.reports.retention import sweep
from core.reports.road import Limits, Opening, Road, Routing, Shown
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock
from core.testing.ledger import WRITES, FaultyLedger
from tests.dialogue_room import SAYS_NOT_SENT, keys

DESK = DeskName("practice")
SECOND = DeskName("second")
PLACE = Place(
    community=CommunityId("c"),
    community_name="The club",
    platform="web",
    standing=Standing.PRACTICE,
    desk=DESK,
    desk_name="The desk",
    country="GB",
)
CHAT = msgspec.structs.replace(PLACE, platform="chat", knows_accounts=True)
PATIENT = Limits(press=30, send=30, read=30, help=30)
IMPATIENT = Limits(press=0.4, send=0.4, read=0.4, help=0.4)
impatient = pytest.mark.parametrize("limits", [IMPATIENT], ids=["impatient"])
"""For what waits on a ledger that does not answer; everything else may take as long as the machine does."""


class Desks:
    """Two desks with keys of their own, and a route that can be told where to lead."""

    def __init__(self) -> None:
        self.keys = {DESK: new_key(), SECOND: new_key()}
        self.road = new_key()
        self.to: DeskName | None = DESK
        self.follows_the_place = False

    def seals(self) -> Seals:
        recipients = {desk: [key.public] for desk, key in self.keys.items()}
        return Seals(desks=recipients, road=self.road.public, tag=lambda text: f"tag:{text}")

    def routing(self) -> Routing:
        return Routing(
            candidates=lambda _place: (DESK, SECOND),
            route=lambda place, _answers, staff: (
                SECOND if staff is YesNo.YES else place.desk if self.follows_the_place else self.to
            ),
            is_urgent=lambda answers: answers.danger is YesNo.YES,
        )


@pytest.fixture
def desks() -> Desks:
    return Desks()


@pytest.fixture
def ledger(road_ledger: SqliteLedger) -> FaultyLedger:
    return FaultyLedger(road_ledger)


@pytest.fixture
def limits() -> Limits:
    return PATIENT


@pytest.fixture
def reached() -> list[KillPoint]:
    return []


@pytest.fixture
async def road(
    ledger: FaultyLedger,
    dialogue: Dialogue,
    clock: FixedClock,
    desks: Desks,
    reached: list[KillPoint],
    limits: Limits,
) -> AsyncIterator[Road]:
    async with Road(
        ledger=ledger,
        dialogue=dialogue,
        routing=desks.routing(),
        seals=desks.seals(),
        signals=MemorySignals(clock),
        clock=clock,
        new_key=new_draft_key,
        checkpoint=reached.append,
        limits=limits,
    ) as road:
        yield road
        ledger.release()


@pytest.fixture
def transcript(clock: FixedClock) -> Transcript:
    message = Message(
        id="1",
        author=Author(id="u1", shown="Sam"),
        text="come to a private chat",
        sent_at=clock.now(),
        read_at=clock.now(),
        read_from=ReadFrom.PRESS,
        reported=True,
    )
    return Transcript(source=Source.PLATFORM, platform="web", messages=(message,))


async def rows(ledger: FaultyLedger, table: sa.Table) -> list[Any]:
    return list(await ledger.read(lambda conn: conn.execute(sa.select(table)).all()))


async def opened(ledger: FaultyLedger, key: DraftKey, kind: PartKind) -> Found:
    (row,) = [row for row in await rows(ledger, parts) if row.kind == kind]
    return Found(
        draft=draft_id(key), community=PLACE.community, part=PartId(row.id), kind=kind, sealed=row.sealed
    )


SEND = Press(
    screen="first", button="send", values={"category": "grooming", "runs_place": "no", "danger": "no"}
)


async def test_a_press_commits_what_was_captured_before_the_first_question(
    road: Road, ledger: FaultyLedger, desks: Desks, transcript: Transcript
) -> None:
    shown = await road.press(Opening(place=PLACE, transcript=transcript))
    assert shown.stored
    assert shown.screen.id == "first"
    assert [row.kind for row in await rows(ledger, parts)] == ["reported", "reported"]
    for row in await rows(ledger, parts):
        found = Found(
            draft=draft_id(shown.key),
            community=PLACE.community,
            part=PartId(row.id),
            kind=PartKind.REPORTED,
            sealed=row.sealed,
        )
        read, _ = read_transcript(found, [desks.keys[DeskName(row.desk)]])
        assert read == transcript


async def test_a_press_that_captures_nothing_stores_nothing(road: Road, ledger: FaultyLedger) -> None:
    shown = await road.press(Opening(place=PLACE))
    assert not shown.stored
    assert await rows(ledger, drafts) == []


async def test_a_press_repeated_with_its_key_stores_once(
    road: Road, ledger: FaultyLedger, transcript: Transcript
) -> None:
    first = await road.press(Opening(place=PLACE, transcript=transcript))
    await road.press(Opening(place=PLACE, transcript=transcript), first.key)
    assert len(await rows(ledger, drafts)) == 2  # the draft, and beside it what its press found
    assert len(await rows(ledger, parts)) == 2


async def test_a_repeated_press_does_not_undo_what_was_answered(road: Road, transcript: Transcript) -> None:
    first = await road.press(Opening(place=PLACE, transcript=transcript))
    await road.answer(first.key, PLACE, SEND)
    await road.press(Opening(place=PLACE, transcript=transcript), first.key)
    again = await road.answer(first.key, PLACE, Press(screen="sent", button="refresh"))
    assert again.state.reference == reference_of(first.key)


async def test_send_stores_the_report_its_parts_and_its_outbox_row_together(
    road: Road, ledger: FaultyLedger, desks: Desks, transcript: Transcript
) -> None:
    pressed = await road.press(Opening(place=PLACE, transcript=transcript))
    shown = await road.answer(pressed.key, PLACE, SEND)
    assert shown.screen.id == "sent"
    assert shown.state.reference == reference_of(pressed.key)
    (report,) = await rows(ledger, reports)
    (item,) = await rows(ledger, outbox)
    assert (item.item, item.destination, item.urgent) == (report.id, DESK, False)
    assert {(row.kind, row.desk, row.item) for row in await rows(ledger, parts)} == {
        ("reported", DESK, report.id),
        ("answers", DESK, report.id),
    }
    facts = read_answers(await opened(ledger, pressed.key, PartKind.ANSWERS), [desks.keys[DESK]])
    assert facts.answers.category is Category.GROOMING
    assert facts.reference == shown.state.reference
    _, digest = read_transcript(await opened(ledger, pressed.key, PartKind.REPORTED), [desks.keys[DESK]])
    assert list(facts.evidence_digests.values()) == [digest]


async def test_send_pressed_twice_gives_one_report_and_the_same_reference(
    road: Road, ledger: FaultyLedger
) -> None:
    key = new_draft_key()
    first, second = await asyncio.gather(road.answer(key, PLACE, SEND), road.answer(key, PLACE, SEND))
    third = await road.answer(key, PLACE, SEND)
    assert first.state.reference == second.state.reference == third.state.reference
    assert len(await rows(ledger, reports)) == len(await rows(ledger, outbox)) == 1
    assert [row.kind for row in await rows(ledger, parts)] == ["answers"]


async def test_a_send_repeated_after_delivery_brings_no_part_back(road: Road, ledger: FaultyLedger) -> None:
    key = new_draft_key()
    await road.answer(key, PLACE, SEND)
    await ledger.transact(lambda conn: conn.execute(sa.delete(parts)))
    await ledger.transact(lambda conn: conn.execute(sa.delete(drafts)))
    ledger.fail_with(None)
    await road.answer(key, PLACE, Press(screen="first", button="send", values={"category": "grooming"}))
    assert [row.kind for row in await rows(ledger, parts) if row.kind == "answers"] == []


async def test_the_reference_answers_with_times_and_nothing_else(road: Road, clock: FixedClock) -> None:
    key = new_draft_key()
    await road.answer(key, PLACE, SEND)
    told = await road.status(reference_of(key).lower().replace("-", " "))
    assert (told.known, told.stored_at, told.received_at, told.read_at) == (True, clock.now(), None, None)
    assert await road.status_of(key) == told


async def test_a_reference_nobody_has_is_not_known_and_a_wrong_one_is_caught_before_the_look_up(
    road: Road, ledger: FaultyLedger
) -> None:
    assert not (await road.status(reference_of(new_draft_key()))).known
    ledger.fail_with(LedgerUnavailable("gone"))
    with pytest.raises(ReferenceInvalid):
        await road.status(reference_of(new_draft_key())[:-1] + "U")
    assert not (await road.status(reference_of(new_draft_key()))).asked


async def test_surroundings_that_come_before_send_travel_with_the_report(
    road: Road, ledger: FaultyLedger, transcript: Transcript
) -> None:
    pressed = await road.press(Opening(place=PLACE, transcript=transcript))
    assert await road.late(pressed.key, PLACE, transcript)
    await road.answer(pressed.key, PLACE, SEND)
    (item,) = await rows(ledger, outbox)
    assert {(row.kind, row.item) for row in await rows(ledger, parts)} == {
        ("reported", item.item),
        ("context", item.item),
        ("answers", item.item),
    }


async def test_surroundings_that_come_after_send_are_an_item_of_their_own(
    road: Road, ledger: FaultyLedger, transcript: Transcript
) -> None:
    pressed = await road.press(Opening(place=PLACE, transcript=transcript))
    await road.answer(pressed.key, PLACE, SEND)
    await road.late(pressed.key, PLACE, transcript)
    await road.late(pressed.key, PLACE, transcript)
    assert sorted(row.kind for row in await rows(ledger, outbox)) == ["part", "report"]
    (late,) = [row for row in await rows(ledger, parts) if row.kind == "context"]
    assert late.item == late.id
    assert late.desk == DESK


async def test_danger_sends_at_once_and_marks_the_report_urgent(road: Road, ledger: FaultyLedger) -> None:
    shown = await road.answer(new_draft_key(), PLACE, Press(screen="first", values={"danger": "yes"}))
    assert shown.screen.id == "help"
    (report,) = await rows(ledger, reports)
    assert report.urgent


async def test_help_never_sends(road: Road, ledger: FaultyLedger) -> None:
    shown = await road.answer(
        new_draft_key(), PLACE, Press(screen="first", button="help", values={"danger": "yes"})
    )
    assert shown.screen.id == "help"
    assert await rows(ledger, reports) == []


async def test_what_is_told_after_send_is_a_supplement_stored_once(
    road: Road, ledger: FaultyLedger, desks: Desks
) -> None:
    key = new_draft_key()
    await road.answer(key, PLACE, SEND)
    more = await road.answer(key, PLACE, Press(screen="sent", button="more"))
    assert more.screen.id == "more"
    await road.answer(
        key, PLACE, Press(screen="more", button="add", values={"own_words": "he knows my school"})
    )
    added = await road.answer(key, PLACE, Press(screen="choices", button="send"))
    await road.answer(key, PLACE, Press(screen="choices", button="send"))
    assert added.state.added == 1
    assert sorted(row.kind for row in await rows(ledger, outbox)) == ["report", "supplement"]
    told = read_supplement(await opened(ledger, key, PartKind.SUPPLEMENT), [desks.keys[DESK]])
    assert told.answers.own_words == "he knows my school"


async def test_the_identity_is_sealed_to_the_road_and_no_copy_goes_to_the_desk_without_a_yes(
    road: Road, ledger: FaultyLedger, desks: Desks
) -> None:
    key, identity = new_draft_key(), Identity(platform="web", account="a1", shown="Kim", way_back=b"token")
    await road.answer(key, PLACE, SEND, identity=identity)
    assert [row for row in await rows(ledger, parts) if row.kind == PartKind.NAMED] == []
    found = await opened(ledger, key, PartKind.IDENTITY)
    assert read_identity(found, [desks.road]).account == "a1"
    assert not await opens(found, desks.keys[DESK])


async def opens(found: Found, key: SecretKey) -> bool:
    try:
        read_identity(found, [key])
    except CannotOpen:
        return False
    return True


async def test_a_report_about_staff_goes_to_the_second_desk_with_the_copy_sealed_for_it(
    road: Road, ledger: FaultyLedger, desks: Desks, transcript: Transcript
) -> None:
    pressed = await road.press(Opening(place=PLACE, transcript=transcript, subject_is_staff=YesNo.YES))
    await road.answer(pressed.key, PLACE, SEND)
    assert {row.desk for row in await rows(ledger, parts)} == {SECOND}
    read_transcript(await opened(ledger, pressed.key, PartKind.REPORTED), [desks.keys[SECOND]])


async def test_where_no_other_desk_is_there_a_report_about_staff_is_a_hand_off_and_nothing_is_sent(
    road: Road, ledger: FaultyLedger, desks: Desks
) -> None:
    desks.to = None
    shown = await road.answer(new_draft_key(), PLACE, SEND)
    assert shown.screen.id == "hand_off"
    assert await rows(ledger, reports) == []


async def test_a_community_without_a_desk_stores_nothing(
    road: Road, ledger: FaultyLedger, transcript: Transcript
) -> None:
    none = Place(
        community=CommunityId("c"),
        community_name="The club",
        platform="web",
        standing=Standing.NONE,
        desk=None,
        desk_name="",
    )
    pressed = await road.press(Opening(place=none, transcript=transcript))
    await road.answer(pressed.key, none, SEND)
    assert not await road.late(pressed.key, none, transcript)
    for table in (drafts, parts, reports, outbox):
        assert await rows(ledger, table) == []


async def test_a_press_that_cannot_be_stored_says_not_sent_yet(
    road: Road, ledger: FaultyLedger, transcript: Transcript
) -> None:
    ledger.fail_with(LedgerUnavailable("disk full"))
    shown = await road.press(Opening(place=PLACE, transcript=transcript))
    assert (shown.screen.id, shown.stored) == ("not_saved", False)


@impatient
async def test_a_press_on_a_slow_ledger_is_answered_in_time_and_still_lands(
    road: Road, ledger: FaultyLedger, transcript: Transcript
) -> None:
    ledger.hold()
    shown = await road.press(Opening(place=PLACE, transcript=transcript))
    assert shown.screen.id == "not_saved"
    ledger.release()
    assert (await road.press(Opening(place=PLACE, transcript=transcript), shown.key)).stored
    assert len(await rows(ledger, drafts)) == 2  # the draft, and beside it what its press found


async def test_a_send_that_cannot_be_stored_says_so_and_can_be_tried_again(
    road: Road, ledger: FaultyLedger
) -> None:
    key = new_draft_key()
    ledger.fail_with(LedgerUnavailable("disk full"), on=WRITES)
    refused = await road.answer(key, PLACE, SEND)
    assert refused.screen.id == "not_sent"
    assert refused.state.reference is None
    ledger.fail_with(None)
    assert (await road.answer(key, PLACE, SEND)).screen.id == "sent"


async def test_with_the_ledger_gone_send_is_never_called_sent_and_help_still_comes(
    road: Road, ledger: FaultyLedger
) -> None:
    ledger.fail_with(LedgerUnavailable("gone"))
    key = new_draft_key()
    assert (await road.answer(key, PLACE, SEND)).screen.id == "not_sent"
    assert (await road.answer(key, PLACE, Press(screen="first", button="help"))).screen.id == "help"
    assert (await road.answer(key, PLACE, Press(screen="first", button="hide"))).screen.id == "hidden"


async def test_a_report_that_is_stored_is_never_called_unsent_where_the_answer_was_lost_and_then_the_ledger(
    road: Road, ledger: FaultyLedger
) -> None:
    key = new_draft_key()
    sent = await road.answer(key, PLACE, SEND)
    ledger.fail_with(LedgerUnavailable("gone"))
    again = await road.answer(key, PLACE, SEND)
    assert (again.screen.id, again.state.reference) == ("sent", sent.state.reference)
    other = await road.answer(new_draft_key(), PLACE, SEND)
    assert other.screen.id == "not_sent"


@impatient
async def test_a_slow_send_says_still_storing_and_then_what_became_of_it(
    road: Road, ledger: FaultyLedger
) -> None:
    key = new_draft_key()
    ledger.hold()
    shown = await road.answer(key, PLACE, SEND)
    assert (shown.screen.id, shown.state.reference) == ("storing", None)
    still = await road.answer(key, PLACE, Press(screen="storing", button="check"))
    assert still.screen.id == "storing"
    help_now = await road.answer(key, PLACE, Press(screen="storing", button="help"))
    assert help_now.screen.id == "help"
    ledger.release()
    done = await road.answer(key, PLACE, Press(screen="storing", button="check"))
    assert (done.screen.id, done.state.reference) == ("sent", reference_of(key))
    assert len(await rows(ledger, reports)) == 1


@impatient
async def test_danger_told_while_the_first_write_is_under_way_follows_it_as_urgent(
    road: Road, ledger: FaultyLedger, desks: Desks
) -> None:
    key = new_draft_key()
    ledger.hold()
    await road.answer(key, PLACE, SEND)
    still = await road.answer(key, PLACE, Press(screen="first", values={"danger": "yes"}))
    assert still.state.reference is None
    ledger.release()
    await road.answer(key, PLACE, Press(screen=still.screen.id, button="check"))
    urgent = {row.kind: row.urgent for row in await rows(ledger, outbox)}
    assert urgent == {"report": False, "supplement": True}
    told = read_supplement(await opened(ledger, key, PartKind.SUPPLEMENT), [desks.keys[DESK]])
    assert told.answers.danger is YesNo.YES


async def written(road: Road) -> None:
    """All that was begun has ended, though nobody asked."""
    while under_way := tuple(road._writes._tasks):
        await asyncio.wait(under_way)


@impatient
@pytest.mark.parametrize("values", [{"danger": "no"}, {"category": "bullying"}, {}])
async def test_what_was_stored_while_nobody_asked_is_never_called_unsent_by_an_older_screen(
    road: Road, ledger: FaultyLedger, values: dict[str, str]
) -> None:
    """Nor where a press crossed it that knew nothing of it."""
    key = new_draft_key()
    ledger.hold()
    crossing = Press(screen="first", values={"runs_place": "no"})
    await asyncio.gather(road.answer(key, PLACE, SEND), road.answer(key, PLACE, crossing))
    ledger.release()
    await written(road)
    shown = await road.answer(key, PLACE, Press(screen="first", values=values))
    assert shown.state.reference == reference_of(key)
    assert isinstance(shown.screen, Card)
    assert "not-yet" not in {notice.text.key for notice in shown.screen.notices}


@impatient
async def test_what_was_told_beside_a_send_that_was_stored_unseen_is_kept_and_can_be_sent(
    road: Road, ledger: FaultyLedger, desks: Desks
) -> None:
    key = new_draft_key()
    ledger.hold()
    await road.answer(key, PLACE, SEND)
    await road.answer(key, PLACE, Press(screen="first", values={"category": "bullying"}))
    ledger.release()
    await written(road)
    await road.answer(key, PLACE, Press(screen="first", values={"danger": "yes"}))
    told = read_supplement(await opened(ledger, key, PartKind.SUPPLEMENT), [desks.keys[DESK]])
    assert (told.answers.danger, told.answers.category) == (YesNo.YES, Category.BULLYING)


async def test_an_answer_that_got_lost_is_not_yet_known_and_found_when_asked(
    road: Road, ledger: FaultyLedger
) -> None:
    key = new_draft_key()
    ledger.lose_after_commit()
    shown = await road.answer(key, PLACE, SEND)
    assert shown.screen.id == "not_known"
    ledger.lose_after_commit(losing=False)
    asked = await road.answer(key, PLACE, Press(screen="not_known", button="check"))
    assert (asked.screen.id, asked.state.reference) == ("sent", reference_of(key))


async def test_a_write_that_never_landed_is_refused_when_asked_after_a_restart(road: Road) -> None:
    asked = await road.answer(new_draft_key(), PLACE, Press(screen="storing", button="check"))
    assert (asked.screen.id, asked.state.outcome) == ("not_sent", Outcome.REFUSED)


@impatient
async def test_yes_now_on_a_ledger_that_refuses_in_the_end_is_said_on_the_help_card(
    road: Road, ledger: FaultyLedger
) -> None:
    key = new_draft_key()
    ledger.hold()
    shown = await road.answer(key, PLACE, Press(screen="first", values={"danger": "yes"}))
    assert (shown.screen.id, shown.state.outcome) == ("help", Outcome.STORING)
    ledger.fail_with(LedgerUnavailable("locked"), on=WRITES)
    ledger.release()
    asked = await road.answer(key, PLACE, Press(screen="help", button="check"), carried=shown.state)
    assert (asked.screen.id, asked.state.outcome) == ("help", Outcome.REFUSED)
    ledger.fail_with(None)
    again = await road.answer(key, PLACE, Press(screen="help", button="try_again"), carried=asked.state)
    assert (again.screen.id, again.state.reference) == ("help", reference_of(key))
    assert [row.urgent for row in await rows(ledger, reports)] == [True]


@pytest.mark.parametrize("screen", ["help", "helplines", "country"])
async def test_looking_again_after_a_restart_is_answered_from_the_ledger_on_any_screen(
    road: Road, ledger: FaultyLedger, screen: str
) -> None:
    key = new_draft_key()
    ledger.lose_after_commit()
    lost = await road.answer(key, PLACE, Press(screen="first", values={"danger": "yes"}))
    ledger.lose_after_commit(losing=False)
    asked = await road.answer(key, PLACE, Press(screen=screen, button="check"), carried=lost.state)
    assert asked.state.reference == reference_of(key)


@pytest.mark.parametrize("screen", ["help", "helplines"])
async def test_whoever_looks_again_while_nobody_can_say_is_told_that_it_is_not_known(
    road: Road, ledger: FaultyLedger, screen: str
) -> None:
    key = new_draft_key()
    await road.press(Opening(place=PLACE), key)
    asked = await road.answer(key, PLACE, Press(screen=screen, button="check"))
    assert asked.state.outcome is Outcome.REFUSED
    ledger.fail_with(LedgerUnavailable("gone"))
    asked = await road.answer(key, PLACE, Press(screen=screen, button="check"))
    assert asked.state.outcome is Outcome.UNKNOWN


@impatient
async def test_an_addition_that_was_refused_is_never_called_sent_however_often_it_is_asked_after(
    road: Road, ledger: FaultyLedger
) -> None:
    key = new_draft_key()
    sent = await road.answer(key, PLACE, SEND)
    ledger.hold()
    told = Press(screen="choices", button="send", values={"own_words": "one more thing"})
    adding = await road.answer(key, PLACE, told, carried=sent.state)
    assert adding.state.outcome is Outcome.STORING
    ledger.fail_with(LedgerUnavailable("locked"), on=WRITES)
    ledger.release()
    for _ in range(2):  # the first answer may never have reached the screen
        asked = await road.answer(key, PLACE, Press(screen="storing", button="check"), carried=adding.state)
        assert asked.state.outcome is Outcome.REFUSED
        assert asked.state.added == 0


async def test_an_addition_whose_answer_got_lost_is_found_when_asked(
    road: Road, ledger: FaultyLedger
) -> None:
    key = new_draft_key()
    sent = await road.answer(key, PLACE, SEND)
    ledger.lose_after_commit()
    told = Press(screen="choices", button="send", values={"own_words": "one more thing"})
    adding = await road.answer(key, PLACE, told, carried=sent.state)
    assert adding.state.outcome is Outcome.UNKNOWN
    ledger.lose_after_commit(losing=False)
    asked = await road.answer(key, PLACE, Press(screen="not_known", button="check"), carried=adding.state)
    assert (asked.state.outcome, asked.state.added) == (Outcome.STORED, 1)


async def test_leaving_the_road_waits_for_a_write_that_was_begun(
    ledger: FaultyLedger, dialogue: Dialogue, clock: FixedClock, desks: Desks
) -> None:
    async with Road(
        ledger=ledger,
        dialogue=dialogue,
        routing=desks.routing(),
        seals=desks.seals(),
        signals=MemorySignals(clock),
        clock=clock,
        new_key=new_draft_key,
        limits=IMPATIENT,
    ) as road:
        ledger.hold()
        await road.answer(new_draft_key(), PLACE, SEND)
        ledger.release()
    assert len(await rows(ledger, reports)) == 1


async def test_a_page_from_yesterday_adds_to_its_report_and_makes_no_second_one(
    road: Road, ledger: FaultyLedger, clock: FixedClock
) -> None:
    key = new_draft_key()
    await road.answer(key, PLACE, SEND)
    clock.advance(timedelta(days=2))
    forgotten = await sweep(ledger)
    assert forgotten.drafts == 1
    again = await road.answer(
        key, PLACE, Press(screen="first", button="send", values={"category": "meeting", "danger": "no"})
    )
    assert again.state.reference == reference_of(key)
    assert sorted(row.kind for row in await rows(ledger, outbox)) == ["report", "supplement"]


async def test_a_draft_that_was_never_sent_is_gone_after_a_day_with_all_it_captured(
    road: Road, ledger: FaultyLedger, clock: FixedClock, transcript: Transcript
) -> None:
    await road.press(Opening(place=PLACE, transcript=transcript))
    clock.advance(timedelta(hours=23))
    assert (await sweep(ledger)).drafts == 0
    clock.advance(timedelta(hours=2))
    forgotten = await sweep(ledger)
    assert (forgotten.drafts, forgotten.parts) == (2, 2)
    assert await rows(ledger, parts) == []


async def test_a_report_on_its_way_is_never_forgotten(
    road: Road, ledger: FaultyLedger, clock: FixedClock, transcript: Transcript
) -> None:
    pressed = await road.press(Opening(place=PLACE, transcript=transcript))
    await road.answer(pressed.key, PLACE, SEND)
    clock.advance(timedelta(days=400))
    await sweep(ledger)
    assert len(await rows(ledger, reports)) == 1
    assert len(await rows(ledger, parts)) == 2


async def test_every_step_of_the_way_passes_its_checkpoint(
    road: Road, reached: list[KillPoint], transcript: Transcript
) -> None:
    pressed = await road.press(Opening(place=PLACE, transcript=transcript))
    await road.late(pressed.key, PLACE, transcript)
    await road.answer(pressed.key, PLACE, SEND)
    assert reached == [
        KillPoint.CAPTURE,
        KillPoint.SEAL,
        KillPoint.COMMIT,
        KillPoint.LATE_PART,
        KillPoint.COMMIT,
        KillPoint.SEAL,
        KillPoint.COMMIT,
        KillPoint.ACKNOWLEDGE,
    ]


def test_nothing_asked_means_a_young_person_about_themselves() -> None:
    assert role_of(Answers()) == "young_person"


@pytest.mark.parametrize(
    ("answer", "wanted"), [("no_tell", True), ("no", False), ("yes", False), (None, False)]
)
async def test_somebody_is_told_of_news_only_where_they_asked_for_it(
    road: Road, ledger: FaultyLedger, desks: Desks, answer: str | None, wanted: bool
) -> None:
    key, identity = new_draft_key(), Identity(platform="chat", account="a1", shown="Kim", way_back=b"token")
    values = SEND.values | ({} if answer is None else {"others_use_phone": answer})
    await road.answer(key, CHAT, Press(screen="choices", button="send", values=values), identity=identity)
    found = await opened(ledger, key, PartKind.IDENTITY)
    assert read_identity(found, [desks.road]).way_back == b"token"
    assert [row.may_push for row in await rows(ledger, reports)] == [wanted]


async def test_asked_for_later_or_taken_back_later_the_last_word_counts(
    road: Road, ledger: FaultyLedger
) -> None:
    key = new_draft_key()
    await road.answer(key, CHAT, SEND)
    for answer, wanted in (("no_tell", True), ("yes", False), ("no_tell", True), ("no", False)):
        values = {"others_use_phone": answer}
        await road.answer(key, CHAT, Press(screen="choices", button="send", values=values))
        assert [row.may_push for row in await rows(ledger, reports)] == [wanted]


async def tell(road: Road, key: DraftKey, **values: str) -> Shown:
    return await road.answer(key, PLACE, Press(screen="choices", button="send", values=values))


async def test_what_was_added_and_got_lost_is_not_called_stored_because_its_report_is(
    road: Road, ledger: FaultyLedger
) -> None:
    key = new_draft_key()
    await road.answer(key, PLACE, SEND)
    ledger.fail_with(LedgerUnknown("lost on the way"), on=WRITES)
    lost = await tell(road, key, danger="yes", own_words="he is at the door")
    assert lost.screen.id in {"help", "not_known"}
    ledger.fail_with(None)
    press = Press(screen=lost.screen.id, button="check")
    asked = await road.answer(key, PLACE, press, carried=lost.state)
    assert asked.state.outcome is Outcome.REFUSED
    assert asked.state.added == 0
    again = await road.answer(
        key, PLACE, Press(screen=asked.screen.id, button="try_again"), carried=asked.state
    )
    assert again.state.added == 1
    assert {row.kind: row.urgent for row in await rows(ledger, outbox)} == {
        "report": False,
        "supplement": True,
    }


async def test_the_last_word_reaches_the_desk_also_where_it_was_said_before(
    road: Road, ledger: FaultyLedger
) -> None:
    key = new_draft_key()
    await road.answer(key, PLACE, SEND)
    for answer in ("yes", "no", "yes"):
        await tell(road, key, others_use_phone=answer)
    assert [row.kind for row in await rows(ledger, outbox)].count("supplement") == 3


async def test_told_later_that_it_is_about_staff_nothing_more_goes_to_their_desk(
    road: Road, ledger: FaultyLedger, desks: Desks
) -> None:
    key = new_draft_key()
    await road.answer(key, PLACE, SEND)
    desks.to = SECOND
    values = {"runs_place": "yes", "own_words": "it is the owner"}
    shown = await road.answer(key, PLACE, Press(screen="first", button="send", values=values))
    assert shown.screen.id == "hand_off"
    assert [row.kind for row in await rows(ledger, outbox)] == ["report"]


async def test_the_desk_of_the_press_gets_the_report_whatever_is_set_meanwhile(
    road: Road, ledger: FaultyLedger, desks: Desks, transcript: Transcript
) -> None:
    desks.follows_the_place = True
    pressed = await road.press(Opening(place=PLACE, transcript=transcript))
    moved = msgspec.structs.replace(PLACE, desk=DeskName("another"))
    await road.answer(pressed.key, moved, SEND)
    assert {(row.kind, row.desk) for row in await rows(ledger, parts)} == {
        ("reported", DESK),
        ("answers", DESK),
    }


async def test_what_a_slow_press_found_outlives_a_quicker_answer(
    road: Road, ledger: FaultyLedger, desks: Desks, transcript: Transcript
) -> None:
    key = new_draft_key()
    await road.answer(key, PLACE, Press(screen="first", button="more", values={"category": "meeting"}))
    await road.press(Opening(place=PLACE, transcript=transcript, subject_is_staff=YesNo.YES), key)
    await road.answer(key, PLACE, Press(screen="choices", button="send"))
    assert {row.desk for row in await rows(ledger, parts)} == {SECOND}
    facts = read_answers(await opened(ledger, key, PartKind.ANSWERS), [desks.keys[SECOND]])
    assert len(facts.evidence_digests) == 1


@pytest.mark.parametrize("pressed_on", [True, False])
async def test_surroundings_that_came_before_send_stand_in_the_manifest(
    road: Road, ledger: FaultyLedger, desks: Desks, transcript: Transcript, pressed_on: bool
) -> None:
    key = new_draft_key()
    if pressed_on:
        await road.press(Opening(place=PLACE, transcript=transcript), key)
    assert await road.late(key, PLACE, transcript)
    await road.answer(key, PLACE, SEND)
    found = await opened(ledger, key, PartKind.ANSWERS)
    listed = read_answers(found, [desks.keys[DESK]]).evidence_digests
    kept = {row.id for row in await rows(ledger, parts) if row.kind in {"reported", "context"}}
    assert set(listed) == kept
    assert len(kept) == 1 + pressed_on


async def test_what_reading_took_is_not_waited_for_once_more_when_writing(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([100.0, 101.4])
    monkeypatch.setattr(road_module, "_now", lambda: next(times))
    waited: list[float] = []
    wait = Road._wait

    async def noting(write: asyncio.Task[Outcome], limit: float) -> Outcome:
        waited.append(limit)
        return await wait(write, 30)

    monkeypatch.setattr(Road, "_wait", staticmethod(noting))
    monkeypatch.setattr(road, "_limits", Limits())
    assert (await road.answer(new_draft_key(), PLACE, SEND)).screen.id == "sent"
    assert waited == [pytest.approx(Limits().send - 1.4)]
    assert Limits().press + Limits().help < 3 > Limits().send


@pytest.mark.parametrize("button", ["help", "hide"])
async def test_help_pressed_while_send_commits_does_not_undo_that_it_is_sent(
    road: Road, ledger: FaultyLedger, button: str
) -> None:
    key = new_draft_key()
    await road.answer(key, PLACE, Press(screen="first", values={"category": "meeting"}))
    ledger.hold(on=("append",))
    sending = asyncio.create_task(road.answer(key, PLACE, SEND))
    await ledger.arrived.wait()
    pressing = asyncio.create_task(road.answer(key, PLACE, Press(screen="first", button=button)))
    await asyncio.sleep(0)
    ledger.release()
    assert (await sending).screen.id == "sent"
    await pressing
    later = await road.answer(key, PLACE, Press(screen="help", button="talk"))
    assert later.state.reference == reference_of(key)
    assert not keys(later.screen) & SAYS_NOT_SENT


async def test_a_draft_written_after_its_report_is_still_known_to_be_sent(
    road: Road, ledger: FaultyLedger, clock: FixedClock
) -> None:
    key = new_draft_key()
    await road.answer(key, PLACE, SEND)
    before = packing.Draft(state=State(at="help"), pressed_at=clock.now())
    await ledger.append(packing.keep_draft(key, PLACE, before, clock.now()))
    again = await road.answer(key, PLACE, Press(screen="first", button="send"))
    assert again.state.reference == reference_of(key)
    assert [row.kind for row in await rows(ledger, outbox)] == ["report"]
