"""An export takes two people, and each step is in the trail; a danger to life waits for nobody."""

from datetime import timedelta

import pytest

from core.errors import InputRefused
from core.evidence.keys import DeskKeys, TagKey
from core.evidence.sealing import SecretKey, new_key
from core.testing.clock import FixedClock
from desk.casework.joins import join
from desk.casework.model import CaseState
from desk.casework.service import Casework
from desk.keeping.erasing import erase
from desk.keeping.retention import Retention
from desk.model import Scope
from desk.pack.model import LASTS, ExportState
from desk.pack.service import Packing
from desk.resealing import reseal
from desk.service import DeskService
from tests.desk_cases import CALM, URGENT, deeds, reported
from tests.desk_exports import Exporting
from tests.desk_roads import LIVE, PRACTICE, Make


async def state(exporting: Exporting, report: str, now: FixedClock) -> ExportState:
    found = await exporting.packing.of_case(report)  # type: ignore[arg-type]
    assert found is not None
    return found.exports[0].state(now.now())


async def test_one_asks_another_agrees_and_each_step_is_in_the_trail(
    desk: DeskService, make: Make, exporting: Exporting
) -> None:
    made = await reported(desk, make, **CALM)
    which = await exporting.asked(made.id)
    await exporting.packing.read(made.id, which, by="Ben")
    await exporting.packing.answer(made.id, which, by="Ben", agrees=True)
    await exporting.taken(made.id, which, by="Ben")
    assert await deeds(desk) == [
        ("Ann", "export_asked"),
        ("Ben", "export_read"),
        ("Ben", "export_agreed"),
        ("Ben", "export_opened"),
        ("Ben", "export_taken"),
    ]


async def test_whoever_asked_agrees_to_nothing(desk: DeskService, make: Make, exporting: Exporting) -> None:
    made = await reported(desk, make, **CALM)
    which = await exporting.asked(made.id)
    with pytest.raises(InputRefused, match="agreement-own"):
        await exporting.packing.answer(made.id, which, by="Ann", agrees=True)


async def test_nobody_takes_what_nobody_agreed_to(
    desk: DeskService, make: Make, exporting: Exporting
) -> None:
    made = await reported(desk, make, **CALM)
    which = await exporting.asked(made.id)
    with pytest.raises(InputRefused, match="export-not-ready"):
        await exporting.taken(made.id, which)


@pytest.mark.parametrize(
    ("who", "then"), [("Ben", ExportState.REFUSED), ("Ann", ExportState.WITHDRAWN)], ids=["no", "withdrawn"]
)
async def test_a_no_ends_it(
    desk: DeskService, make: Make, exporting: Exporting, clock: FixedClock, who: str, then: ExportState
) -> None:
    made = await reported(desk, make, **CALM)
    which = await exporting.asked(made.id)
    await exporting.packing.answer(made.id, which, by=who, agrees=False)
    assert await state(exporting, made.id, clock) is then
    with pytest.raises(InputRefused, match="export-not-ready"):
        await exporting.taken(made.id, which)


async def test_it_is_taken_once(desk: DeskService, make: Make, exporting: Exporting) -> None:
    made = await reported(desk, make, **CALM)
    which = await exporting.agreed(made.id)
    await exporting.taken(made.id, which, by="Ben")
    with pytest.raises(InputRefused, match="export-taken"):
        await exporting.taken(made.id, which)


async def test_a_third_person_takes_nothing(desk: DeskService, make: Make, exporting: Exporting) -> None:
    made = await reported(desk, make, **CALM)
    which = await exporting.agreed(made.id)
    with pytest.raises(InputRefused, match="export-not-ready"):
        await exporting.taken(made.id, which, by="Cal")


async def test_it_is_not_taken_after_a_day(
    desk: DeskService, make: Make, exporting: Exporting, clock: FixedClock
) -> None:
    made = await reported(desk, make, **CALM)
    which = await exporting.agreed(made.id)
    clock.advance(LASTS)
    assert await state(exporting, made.id, clock) is ExportState.OVER
    with pytest.raises(InputRefused, match="export-not-ready"):
        await exporting.taken(made.id, which)


async def test_for_a_danger_to_life_one_person_takes_it_and_a_second_reviews_it(
    desk: DeskService, make: Make, exporting: Exporting, clock: FixedClock
) -> None:
    made = await reported(desk, make, **URGENT)
    which = await exporting.asked(made.id, alone=True)
    await exporting.taken(made.id, which)
    (waiting,) = await exporting.packing.waiting()
    assert waiting.review_by == clock.now() + timedelta(hours=24)
    await exporting.packing.answer(made.id, which, by="Ben", agrees=True)
    assert await exporting.packing.waiting() == ()
    assert [action for _, action in await deeds(desk)] == [
        "export_alone",
        "export_opened",
        "export_taken",
        "export_reviewed",
    ]


async def test_what_one_took_alone_they_do_not_review_themselves(
    desk: DeskService, make: Make, exporting: Exporting
) -> None:
    made = await reported(desk, make, **URGENT)
    which = await exporting.asked(made.id, alone=True)
    await exporting.taken(made.id, which)
    for agrees in (True, False):
        with pytest.raises(InputRefused, match="agreement-own"):
            await exporting.packing.answer(made.id, which, by="Ann", agrees=agrees)


async def test_a_second_person_who_objects_in_time_stops_it(
    desk: DeskService, make: Make, exporting: Exporting
) -> None:
    made = await reported(desk, make, **URGENT)
    which = await exporting.asked(made.id, alone=True)
    await exporting.packing.answer(made.id, which, by="Ben", agrees=False)
    with pytest.raises(InputRefused, match="export-not-ready"):
        await exporting.taken(made.id, which)


async def test_what_is_no_danger_to_life_takes_two(
    desk: DeskService, make: Make, exporting: Exporting
) -> None:
    made = await reported(desk, make, **CALM)
    with pytest.raises(InputRefused, match="export-alone"):
        await exporting.asked(made.id, alone=True)
    assert await deeds(desk) == []


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("reason", " ", "export-reason"),
        ("name", "", "export-name"),
        ("name", "x" * 201, "export-name"),
        ("reason", "x" * 4001, "export-name"),
        ("recipient", "age1notakey", "export-key"),
    ],
)
async def test_a_form_that_says_too_little_or_too_much_is_refused(
    desk: DeskService, make: Make, exporting: Exporting, field: str, value: str, fault: str
) -> None:
    made = await reported(desk, make, **CALM)
    with pytest.raises(InputRefused, match=fault):
        await exporting.asked(made.id, **{field: value})


async def test_another_desk_and_another_case_know_nothing_of_it(
    desk: DeskService, make: Make, exporting: Exporting, clock: FixedClock, keys: DeskKeys
) -> None:
    made, other = await reported(desk, make, **CALM), await reported(desk, make, **CALM)
    which = await exporting.asked(made.id)
    elsewhere = Packing(desk.ledger, clock, keys, Scope(desk=LIVE.desk, standing=LIVE.standing))
    assert await elsewhere.of_case(made.id) is None
    assert await elsewhere.waiting() == ()
    with pytest.raises(InputRefused, match="case-unknown"):
        await exporting.packing.read(other.id, which, by="Ben")


async def test_what_joins_the_case_after_the_yes_is_not_in_it(
    desk: DeskService, make: Make, exporting: Exporting, clock: FixedClock, police: SecretKey
) -> None:
    made, other = await reported(desk, make, **CALM), await reported(desk, make, **CALM)
    which = await exporting.agreed(made.id)
    await desk.ledger.transact(
        lambda conn: join(
            conn, scope=PRACTICE, case=made.id, other=other.id, id="j" * 32, by="Cal", now=clock.now()
        )
    )
    asked = await exporting.packing.read(made.id, which, by="Ben")
    assert asked.request.reports == (made.id,)


async def test_what_was_written_lies_sealed_and_opens_after_a_rotation(
    desk: DeskService, make: Make, exporting: Exporting, clock: FixedClock, keys: DeskKeys
) -> None:
    made = await reported(desk, make, **CALM)
    which = await exporting.asked(made.id)
    new = new_key()
    after = DeskKeys(current=new, retired=(keys.current,), reference=keys.reference, linking=keys.linking)
    await reseal(desk.ledger, after, [new.public], by="operator", now=clock.now())
    alone = DeskKeys(current=new, reference=TagKey(b"r" * 32), linking=TagKey(b"l" * 32))
    asked = await Packing(desk.ledger, clock, alone, PRACTICE).read(made.id, which, by="Ben")
    assert (asked.request.name, asked.request.reason) == ("DC Jones", "they asked")


async def test_what_was_asked_for_goes_with_what_was_said(
    desk: DeskService, make: Make, exporting: Exporting, work: Casework, clock: FixedClock
) -> None:
    made = await reported(desk, make, **CALM)
    await exporting.agreed(made.id)
    await work.close(made.id, "helped", by="Ann", state=CaseState.NEW)
    clock.advance(timedelta(days=1))
    day = timedelta(days=1)
    kept = Retention(by_category={}, by_outcome={"helped": day}, otherwise=day)
    assert await erase(desk.ledger, kept, clock.now()) == 1
    found = await exporting.packing.of_case(made.id)
    assert found is not None
    assert (found.exports, found.erased) == ((), True)
    with pytest.raises(InputRefused, match="export-erased"):
        await exporting.asked(made.id)


async def test_a_case_that_waits_for_an_export_can_still_be_closed(
    desk: DeskService, make: Make, exporting: Exporting, work: Casework
) -> None:
    made = await reported(desk, make, **CALM)
    await exporting.asked(made.id)
    found = await work.at_work(made.id, by="Ann")
    assert found is not None
    assert found.asked == ()
