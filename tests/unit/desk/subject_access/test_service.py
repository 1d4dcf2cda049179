"""A request of somebody who is reported: found by hashes, sealed, decided by two, answered once."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from core.errors import InputRefused
from core.evidence.keys import DeskKeys
from core.evidence.sealing import new_key
from core.reports.categories import Categories
from core.reports.model import Answers
from core.testing.clock import FixedClock
from core.testing.ids import counting_ids
from desk.casework.writing import Bench
from desk.keeping.erasing import erase
from desk.keeping.retention import Retention
from desk.resealing import reseal
from desk.service import DeskService
from desk.subject_access.deciding import Why
from desk.subject_access.model import KEPT_FOR, Verdict
from desk.subject_access.service import Named, SubjectAccess
from desk.tables import subject_requests
from tests.desk_cases import CALM, deeds, reported
from tests.desk_roads import PRACTICE, Make

WHO = Named(platform="web", account="42", others="", country="GB")
DAY = timedelta(days=1)
KEPT = Retention(by_category={}, by_outcome={"test": DAY}, otherwise=DAY)


@pytest.fixture
def bench(desk: DeskService, clock: FixedClock) -> Bench:
    return Bench(desk.ledger, desk.signals, clock, desk.keys, PRACTICE, counting_ids(10**8))


@pytest.fixture
def access(bench: Bench, categories: Categories) -> SubjectAccess:
    return SubjectAccess(bench, categories)


async def test_a_report_about_that_account_is_found(
    desk: DeskService, make: Make, access: SubjectAccess
) -> None:
    made = await reported(desk, make, **CALM)
    shown = await access.read(await access.ask(WHO, "Shown in person.", by="Sue"), by="Sam")
    assert [each.report for each in shown.answer.judged] == [made.id]
    assert shown.answer.categories == ()


async def test_by_a_handle_only_it_is_unsure(desk: DeskService, make: Make, access: SubjectAccess) -> None:
    await reported(desk, make, answers=Answers(about="it is @wolf_77 from the game, he is mean to us"))
    named = Named(platform="", account="", others="@Wolf_77", country="")
    shown = await access.read(await access.ask(named, "Shown in person.", by="Sue"), by="Sam")
    assert Why.UNSURE in shown.answer.judged[0].why


async def test_nobody_is_found_by_the_reporters_own_account(
    desk: DeskService, make: Make, access: SubjectAccess
) -> None:
    await reported(desk, make, **CALM)
    reporter = Named(platform="web", account="7", others="", country="")
    shown = await access.read(await access.ask(reporter, "Shown in person.", by="Sue"), by="Sam")
    assert shown.answer.judged == ()


async def test_what_they_named_lies_in_no_table_in_clear(desk: DeskService, access: SubjectAccess) -> None:
    named = Named(platform="web", account="zanzibar", others="", country="")
    await access.ask(named, "zanzibar", by="Sue")
    (row,) = await desk.ledger.read(lambda conn: conn.execute(sa.select(subject_requests)).all())
    assert b"zanzibar" not in str(tuple(row)).encode()


async def test_whoever_took_it_in_does_not_decide(access: SubjectAccess) -> None:
    request = await access.ask(WHO, "Shown in person.", by="Sue")
    with pytest.raises(InputRefused, match="access-own"):
        await access.decide(request, Verdict.AGREED, by="Sue")


async def test_it_is_given_once_and_only_when_agreed(desk: DeskService, access: SubjectAccess) -> None:
    request = await access.ask(WHO, "Shown in person.", by="Sue")
    with pytest.raises(InputRefused, match="access-undecided"):
        await access.give(request, by="Sue")
    await access.decide(request, Verdict.AGREED, by="Sam")
    await access.give(request, by="Sue")
    with pytest.raises(InputRefused, match="access-given"):
        await access.give(request, by="Sue")
    assert [action for _, action in await deeds(desk)] == [
        "subject_access_asked",
        "subject_access_agreed",
        "subject_access_given",
    ]


async def test_a_request_opens_with_the_new_key_after_a_rotation(
    access: SubjectAccess, bench: Bench, categories: Categories, keys: DeskKeys, clock: FixedClock
) -> None:
    request = await access.ask(WHO, "Shown in person.", by="Sue")
    new = new_key()
    after = DeskKeys(current=new, retired=(keys.current,), reference=keys.reference, linking=keys.linking)
    await reseal(bench.ledger, after, [new.public], by="operator", now=clock.now())
    alone = DeskKeys(current=new, reference=keys.reference, linking=keys.linking)
    shown = await SubjectAccess(bench._replace(keys=alone), categories).read(request, by="Sam")
    assert shown.asked is not None


async def test_long_after_it_was_decided_it_goes(
    desk: DeskService, access: SubjectAccess, clock: FixedClock
) -> None:
    request = await access.ask(WHO, "Shown in person.", by="Sue")
    await access.decide(request, Verdict.REFUSED, by="Sam")
    clock.advance(KEPT_FOR - DAY)
    await erase(desk.ledger, KEPT, clock.now())
    assert len(await access.latest()) == 1
    clock.advance(DAY)
    await erase(desk.ledger, KEPT, clock.now())
    assert await access.latest() == ()
