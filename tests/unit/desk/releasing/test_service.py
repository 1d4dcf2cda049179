"""What moderators are let know: once, on whose word, and never a word of the report."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from core.delivery.wire import NewsItem, NewsKind
from core.errors import InputRefused
from core.evidence.parts import PartKind
from core.reports.categories import Categories
from core.reports.model import Answers, Category, Priority, YesNo
from core.testing.clock import FixedClock
from core.testing.ids import counting_ids
from desk.casework.service import Casework
from desk.casework.writing import Bench
from desk.releasing.deciding import Basis
from desk.releasing.service import REFUSED, Releasing
from desk.service import DeskService
from desk.tables import parts
from tests.desk_cases import CALM, deeds, reported
from tests.desk_roads import PRACTICE, ROAD, Make

YES = Answers(category=Category.BULLYING, moderators_may_know=True, runs_place=YesNo.NO)


@pytest.fixture
def releasing(desk: DeskService, clock: FixedClock, categories: Categories) -> Releasing:
    bench = Bench(desk.ledger, desk.signals, clock, desk.keys, PRACTICE, counting_ids(10**8))
    return Releasing(bench, categories)


async def told(desk: DeskService) -> list[NewsItem]:
    ours = {NewsKind.RELEASED, NewsKind.GO_AHEAD}
    return [item for item in (await desk.news(ROAD, 9, timedelta())).news if item.kind in ours]


async def test_the_road_is_told_the_kind_and_the_priority(
    desk: DeskService, make: Make, releasing: Releasing
) -> None:
    made = await reported(desk, make, answers=YES)
    await releasing.release(made.id, Basis.ANSWERS, "", by="Ann")
    (item,) = await told(desk)
    assert (item.kind, item.category, item.priority) == (NewsKind.RELEASED, Category.BULLYING, Priority.P2)


async def test_other_news_says_no_kind(desk: DeskService, make: Make) -> None:
    await reported(desk, make, answers=YES)
    (received,) = (await desk.news(ROAD, 9, timedelta())).news
    assert (received.category, received.priority) == (None, None)


async def test_what_they_answered_last_counts(desk: DeskService, make: Make, releasing: Releasing) -> None:
    made = await reported(desk, make, answers=YES)
    no = Answers(category=Category.BULLYING, moderators_may_know=False, runs_place=YesNo.NO)
    await desk.receive(ROAD, made.supplement(no), made.id * 2)
    with pytest.raises(InputRefused, match="release-no-yes"):
        await releasing.release(made.id, Basis.ANSWERS, "", by="Ann")
    assert (await deeds(desk))[-1] == ("Ann", REFUSED)


async def test_a_yes_said_to_the_desk_takes_a_reason_that_is_kept(
    desk: DeskService, make: Make, releasing: Releasing, work: Casework
) -> None:
    made = await reported(desk, make, **CALM)
    with pytest.raises(InputRefused, match="reason-needed"):
        await releasing.release(made.id, Basis.CONVERSATION, " ", by="Ann")
    await releasing.release(made.id, Basis.CONVERSATION, "She wrote: tell them.", by="Ann")
    (note,) = await work.read_notes(made.id, by="Ben")
    assert note.text == "She wrote: tell them."


async def test_they_are_told_once(desk: DeskService, make: Make, releasing: Releasing) -> None:
    made = await reported(desk, make, answers=YES)
    await releasing.release(made.id, Basis.ANSWERS, "", by="Ann")
    with pytest.raises(InputRefused, match="release-done"):
        await releasing.release(made.id, Basis.ANSWERS, "", by="Ben")


async def test_nobody_acts_on_what_they_do_not_know_of(
    desk: DeskService, make: Make, releasing: Releasing
) -> None:
    made = await reported(desk, make, answers=YES)
    with pytest.raises(InputRefused, match="release-first"):
        await releasing.go_ahead(made.id, "They agreed.", by="Ann")


async def test_what_cannot_be_read_may_be_what_forbids_it(
    desk: DeskService, make: Make, releasing: Releasing
) -> None:
    made = await reported(desk, make, answers=YES)
    damaged = sa.update(parts).where(parts.c.kind == PartKind.REPORTED.value).values(sealed=b"damaged")
    await desk.ledger.transact(lambda conn: conn.execute(damaged).close())
    with pytest.raises(InputRefused, match="release-closed"):
        await releasing.release(made.id, Basis.CONVERSATION, "They said yes.", by="Ann")
    assert await told(desk) == []
