"""A duty from the day it is recorded to the day it is handed on, as the trail has it."""

from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from core.errors import InputRefused
from core.testing.clock import FixedClock
from core.testing.deliveries import MadeReport
from core.testing.ids import counting_ids
from desk.casework.joins import join
from desk.casework.model import NoteKind
from desk.casework.service import Casework
from desk.casework.writing import Bench
from desk.duties.catalogue import Laws, load_duties
from desk.duties.model import Duty, DutyState, Receiver, Way, Whose
from desk.duties.service import Duties
from desk.keeping.erasing import erase
from desk.keeping.retention import Retention
from desk.service import DeskService
from tests.desk_cases import CALM, URGENT, deeds, reported
from tests.desk_roads import LIVE, PRACTICE, Make

WHERE: Final = {"where": "County police, online form", "receipt": "CAD 1717"}


@pytest.fixture(scope="module")
def laws(shipped: Path) -> Laws:
    return load_duties(shipped / "duties.toml")


@pytest.fixture
def duties(desk: DeskService, clock: FixedClock) -> Duties:
    return Duties(Bench(desk.ledger, desk.signals, clock, desk.keys, PRACTICE, counting_ids(10**8)))


@pytest.fixture
async def made(desk: DeskService, make: Make) -> MadeReport:
    return await reported(desk, make, **URGENT)


async def owed(duties: Duties, made: MadeReport, laws: Laws, code: str = "own_danger_to_life") -> Duty:
    return await duties.owed(made.id, laws[code], by="Ann")


async def test_its_time_is_counted_from_when_the_desk_knew(
    desk: DeskService, duties: Duties, made: MadeReport, laws: Laws, clock: FixedClock
) -> None:
    await desk.look(PRACTICE, made.id, by="Ann")
    knew = clock.now()
    clock.advance(timedelta(minutes=7))
    duty = await owed(duties, made, laws)
    assert (duty.knew_at, duty.due_at) == (knew, knew + timedelta(minutes=30))


async def test_that_none_is_known_is_recorded_too_and_is_never_due(duties: Duties, made: MadeReport) -> None:
    duty = await duties.owed(made.id, None, by="Ann")
    assert (duty.whose, duty.state, duty.due_at) == (Whose.NONE, DutyState.NONE_KNOWN, None)
    assert await duties.due() == ()


async def test_what_is_due_is_listed_oldest_first(
    desk: DeskService, duties: Duties, make: Make, laws: Laws, made: MadeReport
) -> None:
    other = await reported(desk, make, **CALM)
    await owed(duties, made, laws, "us_provider")
    await owed(duties, other, laws)
    assert [duty.case for duty in await duties.due()] == [other.id, made.id]


async def test_handed_on_it_is_due_no_longer(duties: Duties, made: MadeReport, laws: Laws) -> None:
    duty = await owed(duties, made, laws)
    done = await duties.hand_on(made.id, duty.id, to=Receiver.POLICE, way=Way.FORM, by="Ann", **WHERE)
    assert (done.state, done.handed_to, done.ended_by) == (DutyState.DONE, Receiver.POLICE, "Ann")
    assert await duties.due() == ()


@pytest.mark.parametrize("way", [Way.PHONE, Way.MAIL])
async def test_police_by_phone_or_mail_are_rung_back_first(
    duties: Duties, made: MadeReport, laws: Laws, way: Way
) -> None:
    duty = await owed(duties, made, laws)
    with pytest.raises(InputRefused, match="call-back-first"):
        await duties.hand_on(made.id, duty.id, to=Receiver.POLICE, way=way, by="Ann", **WHERE)
    call = {"number": "101", "where": "police.example", "spoke": "PC Day"}
    await duties.call_back(made.id, duty.id, at=None, by="Ben", **call)
    done = await duties.hand_on(made.id, duty.id, to=Receiver.POLICE, way=way, by="Ann", **WHERE)
    assert (done.state, [each.by for each in done.call_backs]) == (DutyState.DONE, ["Ben"])


async def test_a_call_cannot_have_been_made_later_than_now(
    duties: Duties, made: MadeReport, laws: Laws, clock: FixedClock
) -> None:
    duty = await owed(duties, made, laws)
    at = clock.now() + timedelta(minutes=1)
    with pytest.raises(InputRefused, match="call-time"):
        await duties.call_back(made.id, duty.id, number="1", where="w", spoke="s", at=at, by="Ann")


async def test_what_has_ended_stays_as_it_ended(duties: Duties, made: MadeReport, laws: Laws) -> None:
    duty = await owed(duties, made, laws)
    await duties.not_owed(made.id, duty.id, "Theirs, not ours.", by="Ann")
    with pytest.raises(InputRefused, match="duty-ended"):
        await duties.hand_on(made.id, duty.id, to=Receiver.OTHER, way=Way.FORM, by="Ann", **WHERE)


async def test_what_was_written_is_read_with_the_notes_and_each_act_has_its_line(
    desk: DeskService, duties: Duties, made: MadeReport, laws: Laws, work: Casework
) -> None:
    duty = await owed(duties, made, laws)
    await duties.hand_on(made.id, duty.id, to=Receiver.CENTRE, way=Way.FORM, by="Ann", **WHERE)
    (note,) = await work.read_notes(made.id, by="Ben")
    assert (note.note.kind, note.text) == (NoteKind.HANDED, "County police, online form\nCAD 1717")
    assert (await deeds(desk))[:2] == [("Ann", "duty_recorded"), ("Ann", "duty_handed_on")]


async def test_a_duty_of_another_case_is_not_this_ones_to_end(
    desk: DeskService, duties: Duties, make: Make, laws: Laws, made: MadeReport
) -> None:
    other = await reported(desk, make, **CALM)
    duty = await owed(duties, other, laws)
    with pytest.raises(InputRefused, match="duty-ended"):
        await duties.not_owed(made.id, duty.id, "No.", by="Ann")


async def test_another_standing_neither_sees_nor_records_it(
    desk: DeskService, made: MadeReport, laws: Laws, duties: Duties, clock: FixedClock
) -> None:
    await owed(duties, made, laws)
    elsewhere = Duties(Bench(desk.ledger, desk.signals, clock, desk.keys, LIVE))
    assert await elsewhere.due() == ()
    with pytest.raises(InputRefused, match="case-unknown"):
        await owed(elsewhere, made, laws)


async def test_a_duty_goes_along_where_its_case_is_taken_into_another(
    desk: DeskService, duties: Duties, make: Make, laws: Laws, made: MadeReport, clock: FixedClock
) -> None:
    other = await reported(desk, make, **CALM)
    duty = await owed(duties, other, laws)
    await desk.ledger.transact(
        lambda conn: join(conn, PRACTICE, case=made.id, other=other.id, id="j", by="Ann", now=clock.now())
    )
    assert [each.id for each in await duties.of_case(made.id)] == [duty.id]


async def test_what_is_still_owed_is_not_deleted(
    desk: DeskService, duties: Duties, make: Make, laws: Laws, work: Casework, clock: FixedClock
) -> None:
    calm = await reported(desk, make, **CALM)
    duty = await owed(duties, calm, laws)
    case = await work.take(calm.id, by="Ann", holder="")
    await work.close(calm.id, "helped", by="Ann", state=case.state)
    day = timedelta(days=1)
    kept = Retention(by_category={}, by_outcome={"helped": day}, otherwise=day)
    clock.advance(2 * day)
    assert await erase(desk.ledger, kept, clock.now()) == 0
    await duties.not_owed(calm.id, duty.id, "No.", by="Ann")
    assert await erase(desk.ledger, kept, clock.now()) == 1
