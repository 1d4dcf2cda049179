"""What was said goes when its time is over, wholly and for good; what it counted for stays."""

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.ids import ReportId
from core.ledger import trail as chain
from core.ledger.sqlite import SqliteLedger
from core.reports.model import Answers
from core.testing.clock import FixedClock
from core.testing.deliveries import MadeReport, body_of
from desk.casework.joins import join
from desk.casework.model import CaseState, NoteKind
from desk.casework.searching import Wanted
from desk.casework.service import Casework
from desk.figures import counting
from desk.figures.counting import Figure
from desk.keeping import erasing
from desk.keeping.erasing import erase
from desk.keeping.retention import Retention
from desk.service import DeskService
from desk.tables import casework, parts, trail
from tests.desk_cases import CALM, MIDDLE, reported
from tests.desk_roads import PRACTICE, ROAD, Make

DAYS = timedelta(days=100)
KEPT = Retention(by_category={}, by_outcome={"test": timedelta(days=1)}, otherwise=DAYS)


async def closed(desk: DeskService, make: Make, work: Casework, outcome: str = "helped") -> MadeReport:
    made = await reported(desk, make, **CALM)
    await work.note(made.id, NoteKind.NOTE, "zanzibar", by="Ann")
    await work.close(made.id, outcome, by="Ann", state=CaseState.NEW)
    return made


async def erased(desk: DeskService) -> int:
    return await erase(desk.ledger, KEPT, desk.clock.now())


async def left(desk: DeskService, report: ReportId) -> int:
    """How many sealed parts and notes of it lie there."""

    def count(conn: sa.Connection) -> int:
        lying = conn.execute(sa.select(parts.c.id).where(parts.c.report == report)).all()
        return len(lying) + len(conn.execute(sa.select(casework.notes.c.id)).all())

    return await desk.ledger.read(count)


async def test_on_its_day_it_goes_and_not_before(
    desk: DeskService, make: Make, work: Casework, clock: FixedClock
) -> None:
    made = await closed(desk, make, work)
    clock.advance(DAYS - timedelta(seconds=1))
    assert await erased(desk) == 0
    assert await left(desk, made.id) > 0
    clock.advance(timedelta(seconds=1))
    assert await erased(desk) == 1
    assert await left(desk, made.id) == 0
    assert await erased(desk) == 0


async def test_what_stays_is_that_it_was_there_its_figures_and_a_trail_that_holds(
    desk: DeskService, make: Make, work: Casework, clock: FixedClock
) -> None:
    made = await closed(desk, make, work)
    month = counting.month_of(clock.now())
    clock.advance(DAYS)
    await erased(desk)
    assert (await desk.case(PRACTICE, made.id)) is not None
    counted = await desk.ledger.read(lambda conn: counting.of_month(conn, PRACTICE, month))
    assert counted[Figure.OUTCOME] == {"helped": 1}
    assert (await desk.ledger.read(lambda conn: chain.verify(conn, trail))).ok
    at_work = await work.at_work(made.id, by="Ann")
    assert at_work is not None
    assert at_work.case.erased_at == clock.now()


async def test_nobody_finds_it_by_its_reference_or_by_words(
    desk: DeskService, make: Make, work: Casework, clock: FixedClock
) -> None:
    made = await closed(desk, make, work)
    clock.advance(DAYS)
    await erased(desk)
    for text in (made.reference, "zanzibar"):
        assert (await work.search(Wanted(text=text), by="Ann")).rows == ()
    assert not (await desk.status(ROAD, made.reference)).known


async def test_a_case_on_hold_is_kept_until_the_hold_is_lifted(
    desk: DeskService, make: Make, work: Casework, clock: FixedClock
) -> None:
    made = await closed(desk, make, work)
    await work.hold(made.id, "the court asks for it", by="Sue")
    clock.advance(DAYS * 3)
    assert await erased(desk) == 0
    await work.lift(made.id, by="Sue")
    assert await erased(desk) == 1


async def test_an_open_case_is_kept_and_so_is_one_that_was_opened_again(
    desk: DeskService, make: Make, work: Casework, clock: FixedClock
) -> None:
    await reported(desk, make, **CALM)
    again = await closed(desk, make, work)
    await work.move(again.id, CaseState.WORKING, by="Ann", state=CaseState.CLOSED)
    clock.advance(DAYS * 3)
    assert await erased(desk) == 0


async def test_what_came_after_it_was_closed_is_read_before_anything_goes(
    desk: DeskService, make: Make, work: Casework, clock: FixedClock
) -> None:
    made = await closed(desk, make, work)
    clock.advance(timedelta(days=1))
    more = made.supplement(Answers(own_words="it happened again"))
    await desk.receive(ROAD, more, body_of(more).hex()[:64])
    clock.advance(DAYS * 3)
    assert await erased(desk) == 0


async def test_a_case_of_several_goes_as_one(
    desk: DeskService, make: Make, work: Casework, clock: FixedClock
) -> None:
    one, other = await reported(desk, make, **CALM), await reported(desk, make, **MIDDLE)
    now = clock.now()
    await desk.ledger.transact(
        lambda conn: join(conn, PRACTICE, case=one.id, other=other.id, id="1", by="Ann", now=now)
    )
    await work.close(other.id, "helped", by="Ann", state=CaseState.NEW)
    clock.advance(DAYS)
    assert await erased(desk) == 1
    assert await left(desk, one.id) == await left(desk, other.id) == 0


async def test_an_outcome_may_have_a_shorter_time(
    desk: DeskService, make: Make, work: Casework, clock: FixedClock
) -> None:
    await closed(desk, make, work, "test")
    await closed(desk, make, work)
    clock.advance(timedelta(days=1))
    assert await erased(desk) == 1


async def test_more_than_a_batch_is_gone_through_to_the_end(
    desk: DeskService, make: Make, work: Casework, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "_OVER", erasing._OVER.limit(2))
    held = await closed(desk, make, work)
    await work.hold(held.id, "asked for", by="Sue")
    for _ in range(5):
        await closed(desk, make, work)
    clock.advance(DAYS)
    assert await erased(desk) == 5


async def test_nothing_of_it_is_in_the_stopped_files(
    desk: DeskService,
    desk_ledger: SqliteLedger,
    desk_file: Path,
    make: Make,
    work: Casework,
    clock: FixedClock,
) -> None:
    """Its very ciphertext is looked for: before, where it is, and after, where it must not be."""
    made = await closed(desk, make, work)
    other = await reported(desk, make, **CALM)
    wanted = sa.select(parts.c.report, parts.c.sealed)
    lying = await desk.ledger.read(lambda conn: conn.execute(wanted).all())
    gone = [row.sealed[200:328] for row in lying if row.report == made.id]
    stays = [row.sealed[200:328] for row in lying if row.report == other.id]
    clock.advance(DAYS)
    await erased(desk)
    await desk_ledger.close()
    files = [file.read_bytes() for file in desk_file.parent.iterdir()]
    assert gone
    assert all(any(piece in file for file in files) for piece in stays)
    assert not any(piece in file for piece in gone for file in files)


async def test_what_came_after_it_was_deleted_is_deleted_in_its_own_time(
    desk: DeskService, make: Make, work: Casework, clock: FixedClock
) -> None:
    made = await closed(desk, make, work)
    clock.advance(DAYS)
    await erased(desk)
    clock.advance(timedelta(days=1))
    more = made.supplement(Answers(own_words="it happened again"))
    await desk.receive(ROAD, more, body_of(more).hex()[:64])
    await work.move(made.id, CaseState.WORKING, by="Ann", state=CaseState.CLOSED)
    clock.advance(timedelta(days=1))
    await work.close(made.id, "helped", by="Ann", state=CaseState.WORKING)
    clock.advance(DAYS)
    assert await erased(desk) == 1
    assert await left(desk, made.id) == 0
