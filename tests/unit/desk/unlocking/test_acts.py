"""Who may be unlocked, when, and who reviews it."""

from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry

from core.delivery.wire import NewsKind
from core.errors import InputRefused
from core.evidence.parts import PartKind
from core.reports.model import Answers, Priority, YesNo
from core.testing.clock import FixedClock
from core.testing.deliveries import MadeReport
from core.testing.ids import counting_ids
from desk.casework.service import Casework
from desk.casework.writing import Bench
from desk.keeping.erasing import erase
from desk.keeping.retention import Retention
from desk.metrics import DeskMetrics
from desk.receiving import Fate
from desk.service import DeskService
from desk.unlocking.acts import unlock_of
from desk.unlocking.model import REVIEW_WITHIN, Unlock, Verdict
from desk.unlocking.service import Unlocking
from tests.desk_cases import CALM, URGENT, deeds, reported
from tests.desk_roads import PRACTICE as HERE
from tests.desk_roads import ROAD, Make


@pytest.fixture
def unlocking(desk: DeskService, clock: FixedClock) -> Unlocking:
    return Unlocking(Bench(desk.ledger, desk.signals, clock, desk.keys, HERE, counting_ids(10**8)))


@pytest.fixture
async def made(desk: DeskService, make: Make) -> MadeReport:
    return await reported(desk, make, **URGENT)


async def came(desk: DeskService, made: MadeReport) -> Fate:
    return (await desk.receive(ROAD, made.unlocked(), made.id * 2)).fate


async def unlock(desk: DeskService, made: MadeReport) -> Unlock | None:
    return await desk.ledger.read(lambda conn: unlock_of(conn, made.id))


async def refused(unlocking: Unlocking, made: MadeReport) -> str:
    with pytest.raises(InputRefused) as why:
        await unlocking.ask(made.id, "She may die.", by="Ann")
    return why.value.reason


async def test_only_where_somebody_could_die(desk: DeskService, make: Make, unlocking: Unlocking) -> None:
    calm = await reported(desk, make, **CALM)
    assert await refused(unlocking, calm) == "unlock-not-danger"


async def test_a_person_who_raises_it_to_that_makes_it_so(
    desk: DeskService, make: Make, unlocking: Unlocking, work: Casework
) -> None:
    calm = await reported(desk, make, **CALM)
    await work.prioritise(calm.id, Priority.P0, "", by="Ann")
    await work.prioritise(calm.id, Priority.P2, "They are safe.", by="Ann")
    assert (await unlocking.ask(calm.id, "Not safe after all.", by="Ann")).asked_by == "Ann"


async def test_without_a_reason_nothing_is_asked(made: MadeReport, unlocking: Unlocking) -> None:
    with pytest.raises(InputRefused, match="reason-needed"):
        await unlocking.ask(made.id, " ", by="Ann")


async def test_where_they_said_yes_there_is_nothing_to_unlock(
    desk: DeskService, make: Make, unlocking: Unlocking
) -> None:
    yes = Answers(danger=YesNo.YES, team_may_know_name=True)
    assert await refused(unlocking, await reported(desk, make, answers=yes, urgent=True)) == "unlock-named"


async def test_it_goes_to_the_road_as_news_with_the_identity_it_alone_opens(
    desk: DeskService, made: MadeReport, unlocking: Unlocking
) -> None:
    await unlocking.ask(made.id, "She may die.", by="Ann")
    told = {item.kind: item for item in (await desk.news(ROAD, 9, timedelta())).news}
    assert told[NewsKind.UNLOCK].identity is not None


async def test_asked_twice_it_is_one(made: MadeReport, unlocking: Unlocking) -> None:
    await unlocking.ask(made.id, "She may die.", by="Ann")
    assert await refused(unlocking, made) == "unlock-asked"


async def test_an_identity_that_nobody_asked_for_is_not_taken(desk: DeskService, made: MadeReport) -> None:
    assert await came(desk, made) is Fate.UNASKED


async def test_who_was_unlocked_raises_nothing_that_a_person_lowered(
    desk: DeskService, made: MadeReport, unlocking: Unlocking, work: Casework
) -> None:
    await work.prioritise(made.id, Priority.P1, "They are safe.", by="Ann")
    await unlocking.ask(made.id, "She may die.", by="Ann")
    assert await came(desk, made) is Fate.ACCEPTED
    case = await desk.case(HERE, made.id)
    assert case is not None
    assert (case.row.priority, case.row.lowered) == (Priority.P1, True)
    assert PartKind.UNLOCKED in {part.kind for part in case.parts}


async def test_whoever_asked_does_not_review_it(made: MadeReport, unlocking: Unlocking) -> None:
    await unlocking.ask(made.id, "She may die.", by="Ann")
    with pytest.raises(InputRefused, match="unlock-own"):
        await unlocking.review(made.id, Verdict.AGREED, "Right.", by="Ann")


async def test_a_second_person_speaks_once(desk: DeskService, made: MadeReport, unlocking: Unlocking) -> None:
    await unlocking.ask(made.id, "She may die.", by="Ann")
    await unlocking.review(made.id, Verdict.OBJECTED, "She had said no.", by="Ben")
    found = await unlock(desk, made)
    assert found is not None
    assert (found.verdict, found.reviewed_by) == (Verdict.OBJECTED, "Ben")
    with pytest.raises(InputRefused, match="unlock-reviewed"):
        await unlocking.review(made.id, Verdict.AGREED, "No.", by="Cal")


async def test_after_a_day_it_is_late(made: MadeReport, unlocking: Unlocking, clock: FixedClock) -> None:
    await unlocking.ask(made.id, "She may die.", by="Ann")
    clock.advance(REVIEW_WITHIN)
    (waiting,) = await unlocking.to_review()
    assert not waiting.is_late(clock.now())
    assert waiting.is_late(clock.now() + timedelta(seconds=1))


async def test_a_late_one_shows_in_the_metrics(
    desk: DeskService, made: MadeReport, unlocking: Unlocking, clock: FixedClock
) -> None:
    await unlocking.ask(made.id, "She may die.", by="Ann")
    clock.advance(REVIEW_WITHIN + timedelta(seconds=1))
    registry = CollectorRegistry()
    await DeskMetrics(registry).measure(desk.ledger, clock.now())
    assert registry.get_sample_value("lifebelt_desk_unlocks_unreviewed") == 1


async def test_reviewed_it_waits_for_nobody(made: MadeReport, unlocking: Unlocking) -> None:
    await unlocking.ask(made.id, "She may die.", by="Ann")
    await unlocking.review(made.id, Verdict.AGREED, "Right.", by="Ben")
    assert await unlocking.to_review() == ()


async def test_every_step_is_a_line_in_the_trail(
    desk: DeskService, made: MadeReport, unlocking: Unlocking
) -> None:
    await unlocking.ask(made.id, "She may die.", by="Ann")
    await came(desk, made)
    await unlocking.look(made.id, by="Ann")
    await unlocking.review(made.id, Verdict.AGREED, "Right.", by="Ben")
    assert await deeds(desk) == [
        ("Ann", "unlock_asked"),
        ("Ann", "unlocked_looked"),
        ("Ben", "unlock_agreed"),
    ]


async def test_it_goes_with_the_case(
    desk: DeskService, made: MadeReport, unlocking: Unlocking, work: Casework, clock: FixedClock
) -> None:
    await unlocking.ask(made.id, "She may die.", by="Ann")
    await came(desk, made)
    case = await work.take(made.id, by="Ann", holder="")
    await work.close(made.id, "helped", by="Ann", state=case.state)
    at_work = await work.at_work(made.id, by="Ben")
    assert at_work is not None
    await work.answer(made.id, at_work.asked[0].id, by="Ben", agrees=True)
    day = timedelta(days=1)
    clock.advance(2 * day)
    kept = Retention(by_category={}, by_outcome={"helped": day}, otherwise=day)
    assert await erase(desk.ledger, kept, clock.now()) == 1
    assert await unlock(desk, made) is None
