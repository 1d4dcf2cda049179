"""A look at a case: recorded first, opened after, held against the manifest."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from core.checkpoints import KillPoint
from core.delivery.wire import Delivery, NewsKind, WirePart
from core.errors import LedgerUnavailable, LedgerUnknown
from core.evidence.envelope import seal_transcript
from core.evidence.parts import PartKind
from core.evidence.sealing import digest, new_key
from core.ids import PartId, ReportId
from core.ledger import trail as chain
from core.reports.model import Answers, Category
from core.testing.clock import FixedClock
from core.testing.deliveries import body_of, transcript
from core.testing.ledger import FaultyLedger
from desk import cases
from desk.model import Check, Fault, Opened
from desk.news import waiting
from desk.opening import open_parts
from desk.service import DeskService
from desk.tables import trail
from tests.desk_roads import PRACTICE, ROAD, Make


async def give(desk: DeskService, delivery: Delivery) -> None:
    await desk.receive(ROAD, delivery, digest(body_of(delivery)))


async def look(desk: DeskService, report: ReportId, by: str = "ann") -> Opened:
    opened = await desk.look(PRACTICE, report, by=by)
    assert opened is not None
    return opened


async def entries(desk: DeskService) -> list[tuple[str, str, str]]:
    columns = (trail.c.who, trail.c.action, trail.c.target)
    found = await desk.ledger.read(lambda conn: conn.execute(sa.select(*columns).order_by(trail.c.seq)).all())
    return [tuple(row) for row in found]


async def test_a_look_shows_what_was_told_and_what_was_captured(desk: DeskService, make: Make) -> None:
    told = Answers(category=Category.GROOMING, own_words="he wants to meet")
    made = make(answers=told)
    await give(desk, made.delivery())
    await give(desk, made.late("what stood around it"))
    opened = await look(desk, made.id)
    assert opened.facts == made.facts
    assert [(one.kind, one.transcript.messages[0].text) for one in opened.transcripts] == [
        (PartKind.REPORTED, "what was said"),
        (PartKind.CONTEXT, "what stood around it"),
    ]
    assert (opened.cannot_open, opened.missing, opened.named) == ((), (), None)


async def test_what_was_added_comes_in_its_order_with_all_answers(desk: DeskService, make: Make) -> None:
    made = make()
    later = Answers(own_words="and then he wrote again")
    await give(desk, made.supplement(later))
    await give(desk, made.delivery())
    opened = await look(desk, made.id)
    assert [one.answers for one in opened.supplements] == [later]


async def test_a_name_is_shown_only_where_the_young_person_said_yes(desk: DeskService, make: Make) -> None:
    silent, named = make(), make(answers=Answers(team_may_know_name=True))
    for made in (silent, named):
        await give(desk, made.delivery())
    assert (await look(desk, silent.id)).named is None
    shown = (await look(desk, named.id)).named
    assert shown == msgspec.structs.replace(named.identity, way_back=b"")


async def test_each_look_is_recorded_and_the_first_is_news(
    desk: DeskService, make: Make, clock: FixedClock, passed: list[KillPoint]
) -> None:
    made = make()
    await give(desk, made.delivery())
    clock.advance(timedelta(minutes=7))
    first = await look(desk, made.id, by="ann")
    clock.advance(timedelta(minutes=7))
    second = await look(desk, made.id, by="ben")
    assert (first.first_look, second.first_look) == (True, False)
    assert first.read_at == second.read_at == made.now + timedelta(minutes=7)
    assert await entries(desk) == [("ann", cases.LOOKED, made.id), ("ben", cases.LOOKED, made.id)]
    assert await desk.ledger.read(lambda conn: chain.verify(conn, trail).ok)
    told = [item for item in await waiting(desk.ledger, ROAD, 10) if item.kind is NewsKind.READ]
    assert [item.at for item in told] == [first.read_at]
    assert passed.count(KillPoint.NEWS) == 1
    found = await desk.case(PRACTICE, made.id)
    assert found is not None
    assert (found.row.read_at, found.row.read_by) == (first.read_at, "ann")


@pytest.mark.parametrize("fault", [LedgerUnavailable("full"), LedgerUnknown("lost")])
async def test_nothing_is_opened_unless_the_look_is_durable(
    desk: DeskService, make: Make, faulty: FaultyLedger, fault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make()
    await give(desk, made.delivery())
    opened: list[object] = []
    monkeypatch.setattr(cases, "open_parts", lambda *_: opened.append(1))
    faulty.fail_with(fault, on=("transact",))
    with pytest.raises(type(fault)):
        await desk.look(PRACTICE, made.id, by="ann")
    assert opened == []
    assert await entries(desk) == []


async def test_the_record_and_the_news_share_one_fate(
    desk: DeskService, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make()
    await give(desk, made.delivery())

    def broken(*_: object) -> None:
        raise RuntimeError("no trail")

    monkeypatch.setattr(cases, "record", broken)
    with pytest.raises(RuntimeError):
        await desk.look(PRACTICE, made.id, by="ann")
    found = await desk.case(PRACTICE, made.id)
    assert found is not None
    assert found.row.read_at is None
    assert [item.kind for item in await waiting(desk.ledger, ROAD, 10)] == [NewsKind.RECEIVED]


async def test_a_look_at_what_is_not_there_is_none_and_leaves_no_trace(desk: DeskService) -> None:
    assert await desk.look(PRACTICE, ReportId("nothing"), by="ann") is None
    assert await desk.case(PRACTICE, ReportId("nothing")) is None
    assert await entries(desk) == []


async def test_a_transcript_that_is_as_it_was_sent_matches(desk: DeskService, make: Make) -> None:
    made = make()
    await give(desk, made.delivery())
    await give(desk, made.late())
    opened = await look(desk, made.id)
    assert [one.check for one in opened.transcripts] == [Check.MATCHES, Check.NOT_LISTED]
    assert opened.transcripts[0].digest == made.reported.digest


async def test_a_transcript_that_was_exchanged_is_flagged(desk: DeskService, make: Make) -> None:
    made = make()
    delivery = made.delivery()
    bound = made._bound() | {"part": made.reported.id}
    other = seal_transcript(transcript("something else", at=made.now), **bound)
    parts = tuple(
        WirePart(id=part.id, kind=part.kind, sealed=other.sealed) if part.id == other.id else part
        for part in delivery.parts
    )
    await give(desk, msgspec.structs.replace(delivery, parts=parts))
    opened = await look(desk, made.id)
    assert [one.check for one in opened.transcripts] == [Check.MISMATCH]


async def test_what_the_manifest_lists_and_never_came_is_missing(desk: DeskService, make: Make) -> None:
    made = make()
    delivery = made.delivery()
    parts = tuple(part for part in delivery.parts if part.kind is not PartKind.REPORTED)
    await give(desk, msgspec.structs.replace(delivery, parts=parts))
    opened = await look(desk, made.id)
    assert opened.missing == (made.reported.id,)
    assert opened.transcripts == ()


async def test_what_does_not_open_is_listed_and_keeps_nothing_else_closed(
    desk: DeskService, make: Make
) -> None:
    made = make()
    delivery = made.delivery()
    parts = tuple(
        WirePart(id=part.id, kind=part.kind, sealed=b"no age file at all")
        if part.kind is PartKind.REPORTED
        else part
        for part in delivery.parts
    )
    await give(desk, msgspec.structs.replace(delivery, parts=parts))
    opened = await look(desk, made.id)
    assert opened.facts == made.facts
    assert [(one.kind, one.part) for one in opened.cannot_open] == [(PartKind.REPORTED, made.reported.id)]
    assert opened.cannot_open[0].fault in {Fault.DAMAGED, Fault.UNKNOWN_VERSION}
    assert opened.missing == (made.reported.id,)


async def test_with_the_wrong_key_nothing_opens_and_everything_is_listed(
    desk: DeskService, make: Make
) -> None:
    made = make()
    made.recipients = (new_key().public,)
    await give(desk, made.delivery())
    opened = await look(desk, made.id)
    assert opened.facts is None
    assert {one.kind: one.fault for one in opened.cannot_open} == {PartKind.ANSWERS: Fault.NO_KEY}
    assert [one.check for one in opened.transcripts] == [Check.NOT_LISTED]


async def test_the_case_lists_every_part_unopened(desk: DeskService, make: Make) -> None:
    made = make()
    delivery = made.delivery()
    await give(desk, delivery)
    found = await desk.case(PRACTICE, made.id)
    assert found is not None
    assert {(part.id, part.kind, part.size) for part in found.parts} == {
        (part.id, part.kind, len(part.sealed)) for part in delivery.parts
    }
    assert (found.scope, found.road) == (PRACTICE, ROAD)


async def test_what_is_added_after_the_first_look_shows_as_unseen(
    desk: DeskService, make: Make, clock: FixedClock
) -> None:
    made = make()
    await give(desk, made.delivery())
    await look(desk, made.id)
    clock.advance(timedelta(minutes=1))
    await give(desk, made.late())
    found = await desk.case(PRACTICE, made.id)
    assert found is not None
    assert found.row.added_at is not None
    assert found.row.read_at is not None
    assert found.row.added_at > found.row.read_at


async def test_an_opened_case_does_not_show_itself_in_a_log(desk: DeskService, make: Make) -> None:
    made = make()
    await give(desk, made.delivery())
    await give(desk, made.supplement(Answers(own_words="what was said")))
    kept = await desk.ledger.read(lambda conn: cases.kept_of(conn, _row(conn, made.id)))
    contents = open_parts(kept, desk.keys.opening)
    opened = await look(desk, made.id)
    assert "what was said" not in f"{contents!r} {opened!r} {opened.transcripts!r} {opened.supplements!r}"
    assert PartId(made.reported.id) in {one.part.id for one in contents.captured}


def _row(conn: sa.Connection, report: str) -> Any:
    return cases._found(conn, PRACTICE, ReportId(report))
