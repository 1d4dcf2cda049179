"""What people do with cases: who has one, how far it is, a second person's yes, priorities."""

from datetime import timedelta

import pytest

from core.errors import InputRefused, LedgerUnavailable
from core.ids import ReportId
from core.reports.model import Answers, Priority, YesNo
from core.testing.clock import FixedClock
from core.testing.deliveries import body_of
from core.testing.ledger import WRITES, FaultyLedger
from desk.casework.joins import join
from desk.casework.model import CaseState
from desk.casework.service import HERE_FOR, AtWork, Casework
from desk.service import DeskService
from tests.desk_cases import CALM, MIDDLE, URGENT, deeds, reported
from tests.desk_roads import LIVE, PRACTICE, ROAD, Make


async def at_work(work: Casework, report: ReportId, by: str = "Ann") -> AtWork:
    found = await work.at_work(report, by=by)
    assert found is not None
    return found


async def queue(desk: DeskService) -> list[ReportId]:
    return [row.report for row in (await desk.queue(PRACTICE)).rows]


async def test_whoever_takes_a_case_has_it_and_works_on_it(
    desk: DeskService, make: Make, work: Casework, clock: FixedClock
) -> None:
    made = await reported(desk, make, **CALM)
    case = await work.take(made.id, by="Ann", holder="")
    assert (case.holder, case.held_at, case.state) == ("Ann", clock.now(), CaseState.WORKING)
    assert await deeds(desk) == [("Ann", "case_taken")]


async def test_of_two_who_take_a_case_at_once_one_is_told_that_it_is_taken(
    desk: DeskService, make: Make, work: Casework
) -> None:
    made = await reported(desk, make, **CALM)
    await work.take(made.id, by="Ann", holder="")
    with pytest.raises(InputRefused, match="case-changed"):
        await work.take(made.id, by="Tom", holder="")
    assert (await work.take(made.id, by="Tom", holder="Ann")).holder == "Tom"


async def test_only_whoever_has_a_case_lets_it_go(desk: DeskService, make: Make, work: Casework) -> None:
    made = await reported(desk, make, **CALM)
    await work.take(made.id, by="Ann", holder="")
    with pytest.raises(InputRefused):
        await work.let_go(made.id, by="Tom")
    assert (await work.let_go(made.id, by="Ann")).holder == ""


async def test_a_case_is_handed_to_a_colleague_in_one_press(
    desk: DeskService, make: Make, work: Casework
) -> None:
    made = await reported(desk, make, **CALM)
    case = await work.hand_over(made.id, "Tom", by="Ann", holder="")
    assert (case.holder, case.state) == ("Tom", CaseState.WORKING)


async def test_whoever_has_a_case_open_is_seen_by_others_and_forgotten_when_they_leave(
    desk: DeskService, make: Make, work: Casework, clock: FixedClock
) -> None:
    made = await reported(desk, make, **CALM)
    assert (await at_work(work, made.id, "Ann")).others == ()
    assert (await at_work(work, made.id, "Tom")).others == ("Ann",)
    assert (await at_work(work, made.id, "Ann")).others == ("Tom",)
    clock.advance(HERE_FOR)
    assert (await at_work(work, made.id, "Ann")).others == ()


async def test_looking_at_how_a_case_stands_is_no_act(desk: DeskService, make: Make, work: Casework) -> None:
    made = await reported(desk, make, **CALM)
    found = await at_work(work, made.id)
    assert (found.case.state, found.case.holder) == (CaseState.NEW, "")
    assert await deeds(desk) == []


async def test_what_was_decided_on_another_state_is_refused(
    desk: DeskService, make: Make, work: Casework
) -> None:
    made = await reported(desk, make, **CALM)
    await work.take(made.id, by="Ann", holder="")
    await work.move(made.id, CaseState.WAITING, by="Ann", state=CaseState.WORKING)
    with pytest.raises(InputRefused, match="case-changed"):
        await work.move(made.id, CaseState.HANDED_ON, by="Tom", state=CaseState.WORKING)
    with pytest.raises(InputRefused, match="state-follows"):
        await work.move(made.id, CaseState.CLOSED, by="Tom", state=CaseState.WAITING)


async def test_closing_says_how_it_ended_and_takes_it_from_the_queue(
    desk: DeskService, make: Make, work: Casework
) -> None:
    made = await reported(desk, make, **CALM)
    await work.take(made.id, by="Ann", holder="")
    case = await work.close(made.id, "helped", by="Ann", state=CaseState.WORKING)
    assert (case.state, case.outcome) == (CaseState.CLOSED, "helped")
    assert await queue(desk) == []
    again = await work.move(made.id, CaseState.WORKING, by="Tom", state=CaseState.CLOSED)
    assert (again.state, again.outcome) == (CaseState.WORKING, "")
    assert await queue(desk) == [made.id]


async def test_a_danger_to_life_is_closed_by_two_people(
    desk: DeskService, make: Make, work: Casework
) -> None:
    made = await reported(desk, make, **URGENT)
    await work.take(made.id, by="Ann", holder="")
    await work.close(made.id, "helped", by="Ann", state=CaseState.WORKING)
    assert await queue(desk) == [made.id]
    (asked,) = (await at_work(work, made.id)).asked
    with pytest.raises(InputRefused, match="agreement-own"):
        await work.answer(made.id, asked.id, by="Ann", agrees=True)
    case = await work.answer(made.id, asked.id, by="Tom", agrees=True)
    assert (case.state, case.outcome) == (CaseState.CLOSED, "helped")
    assert await queue(desk) == []
    assert await deeds(desk) == [("Ann", "case_taken"), ("Ann", "closing_asked"), ("Tom", "closing_agreed")]


async def test_what_was_ever_urgent_takes_two_however_low_a_person_put_it(
    desk: DeskService, make: Make, work: Casework
) -> None:
    made = await reported(desk, make, **URGENT)
    await work.prioritise(made.id, Priority.P3, "a joke, they say", by="Ann")
    await work.close(made.id, "no_concern", by="Ann", state=CaseState.NEW)
    assert (await at_work(work, made.id)).case.state is CaseState.NEW


@pytest.mark.parametrize(("who", "said"), [("Tom", "closing_refused"), ("Ann", "closing_withdrawn")])
async def test_a_question_that_was_not_agreed_to_may_be_asked_again(
    desk: DeskService, make: Make, work: Casework, who: str, said: str
) -> None:
    made = await reported(desk, make, **URGENT)
    await work.close(made.id, "helped", by="Ann", state=CaseState.NEW)
    with pytest.raises(InputRefused, match="agreement-asked"):
        await work.close(made.id, "helped", by="Tom", state=CaseState.NEW)
    (asked,) = (await at_work(work, made.id)).asked
    await work.answer(made.id, asked.id, by=who, agrees=False)
    assert (await deeds(desk))[-1] == (who, said)
    with pytest.raises(InputRefused, match="agreement-gone"):
        await work.answer(made.id, asked.id, by="Tom", agrees=True)
    await work.close(made.id, "helped", by="Ann", state=CaseState.NEW)
    assert len((await at_work(work, made.id)).asked) == 1


async def test_lowering_takes_a_reason_and_raising_takes_none(
    desk: DeskService, make: Make, work: Casework
) -> None:
    calm, urgent = await reported(desk, make, **CALM), await reported(desk, make, **URGENT)
    with pytest.raises(InputRefused, match="reason-needed"):
        await work.prioritise(urgent.id, Priority.P2, " ", by="Ann")
    await work.prioritise(calm.id, Priority.P0, "", by="Ann")
    await work.prioritise(urgent.id, Priority.P2, "it was about a game", by="Ann")
    assert await queue(desk) == [calm.id, urgent.id]
    assert (await at_work(work, urgent.id)).priority is Priority.P2
    (reason,) = await work.read_notes(urgent.id, by="Tom")
    assert (reason.text, reason.note.by) == ("it was about a game", "Ann")


async def test_what_is_raised_is_due_from_now(
    desk: DeskService, make: Make, work: Casework, clock: FixedClock
) -> None:
    made = await reported(desk, make, **CALM)
    clock.advance(timedelta(hours=2))
    await work.prioritise(made.id, Priority.P1, "", by="Ann")
    (row,) = (await desk.queue(PRACTICE)).rows
    assert row.due_at == clock.now() + desk.targets[Priority.P1]


async def test_a_case_of_several_is_lowered_as_one_and_raised_again_by_something_new(
    desk: DeskService, make: Make, work: Casework, clock: FixedClock
) -> None:
    calm, urgent, middle = [await reported(desk, make, **how) for how in (CALM, URGENT, MIDDLE)]
    now = clock.now()
    await desk.ledger.transact(
        lambda conn: join(conn, PRACTICE, case=calm.id, other=urgent.id, id="1", by="Ann", now=now)
    )
    assert (await at_work(work, calm.id)).priority is Priority.P0
    await work.prioritise(urgent.id, Priority.P3, "they talked it out", by="Ann")
    assert await queue(desk) == [middle.id, calm.id]
    more = urgent.supplement(Answers(danger=YesNo.YES), urgent=True)
    await desk.receive(ROAD, more, body_of(more).hex()[:64])
    assert await queue(desk) == [calm.id, middle.id]


async def test_another_desks_case_and_none_at_all_are_unknown(
    desk: DeskService, make: Make, work: Casework
) -> None:
    made = make(standing=LIVE.standing, desk=LIVE.desk)
    await desk.receive(ROAD, made.delivery(), made.id * 2)
    for report in (made.id, ReportId("none")):
        assert await work.at_work(report, by="Ann") is None
        with pytest.raises(InputRefused, match="case-unknown"):
            await work.take(report, by="Ann", holder="")


async def test_with_a_ledger_that_takes_no_writes_a_case_is_shown_all_the_same(
    desk: DeskService, make: Make, work: Casework, faulty: FaultyLedger
) -> None:
    made = await reported(desk, make, **CALM)
    faulty.fail_with(LedgerUnavailable("full"), on=WRITES)
    assert (await at_work(work, made.id)).case.id == made.id
