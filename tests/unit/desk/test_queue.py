"""The queue by key: its order, its pages, and what it never mixes."""

from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import InputRefused
from core.reports.model import Answers, Category, Priority, YesNo
from core.testing.clock import FixedClock
from desk.queue import MAX_PAGE
from desk.ranks import of_rank, rank
from desk.service import DeskService
from tests.desk_roads import LIVE, PRACTICE, ROAD, Make

KINDS: list[dict[str, Any]] = [
    {"answers": Answers(category=Category.ACCOUNT, own_words="one two three four five six")},
    {"answers": Answers(category=Category.BULLYING, own_words="one two three four five six")},
    {"answers": Answers(category=Category.GROOMING, own_words="one two three four five six")},
    {"answers": Answers(danger=YesNo.YES), "urgent": True},
]


async def fill(desk: DeskService, make: Make, kinds: list[int], *, triage: bool = True) -> list[str]:
    made = [make(**KINDS[kind]) for kind in kinds]
    for one in made:
        await desk.receive(ROAD, one.delivery(), one.id * 2)
    while triage and await desk.triage.run_once():
        pass
    return [one.id for one in made]


async def everything(desk: DeskService, limit: int) -> list[tuple[bool, str, Priority | None]]:
    after: str | None = None
    found: list[tuple[bool, str, Priority | None]] = []
    while True:
        page = await desk.queue(PRACTICE, after=after, limit=limit)
        assert len(page.rows) <= limit
        found += [(row.urgent, row.report, row.priority) for row in page.rows]
        after = page.next
        if after is None:
            return found


async def test_the_most_urgent_stands_first_then_what_is_due_first(
    desk: DeskService, make: Make, clock: FixedClock
) -> None:
    first = await fill(desk, make, [0, 1, 2, 3])
    clock.advance(timedelta(minutes=1))
    second = await fill(desk, make, [3, 2, 1, 0])
    order = [report for _, report, _ in await everything(desk, 50)]
    assert order == [first[3], second[0], first[2], second[1], first[1], second[2], first[0], second[3]]


async def test_what_is_untriaged_stands_before_the_triaged_of_what_it_is_taken_for(
    desk: DeskService, make: Make
) -> None:
    triaged = await fill(desk, make, [2, 3])
    waiting = await fill(desk, make, [0, 3], triage=False)
    order = [report for _, report, _ in await everything(desk, 50)]
    assert order == [waiting[1], triaged[1], waiting[0], triaged[0]]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=15)
@given(kinds=st.lists(st.integers(0, 3), max_size=12), limit=st.integers(1, 5), triage=st.booleans())
async def test_pages_of_any_size_show_each_report_once_in_the_one_order(
    desk: DeskService, make: Make, kinds: list[int], limit: int, *, triage: bool
) -> None:
    await fill(desk, make, kinds, triage=triage)
    whole = await everything(desk, MAX_PAGE)
    assert await everything(desk, limit) == whole
    assert len({report for _, report, _ in whole}) == len(whole)


async def test_a_report_that_arrives_between_two_pages_repeats_and_hides_none(
    desk: DeskService, make: Make
) -> None:
    reports = await fill(desk, make, [2, 2, 2, 2])
    page = await desk.queue(PRACTICE, limit=2)
    fresh = await fill(desk, make, [3, 0])
    rest = await desk.queue(PRACTICE, after=page.next, limit=50)
    shown = [row.report for row in (*page.rows, *rest.rows)]
    assert shown == [*reports, fresh[1]]


async def test_practice_and_live_never_mix(desk: DeskService, make: Make) -> None:
    practice = make()
    live = make(desk=LIVE.desk, standing=LIVE.standing)
    for made in (practice, live):
        await desk.receive(ROAD, made.delivery(), made.id * 2)
    await desk.triage.run_once()
    assert [row.report for row in (await desk.queue(PRACTICE)).rows] == [practice.id]
    assert [row.report for row in (await desk.queue(LIVE)).rows] == [live.id]
    assert await desk.case(LIVE, practice.id) is None
    assert await desk.case(PRACTICE, live.id) is None
    assert await desk.look(PRACTICE, live.id, by="ann") is None
    found = await desk.case(LIVE, live.id)
    assert found is not None
    assert found.row.read_at is None


async def test_the_reasons_come_with_each_row(desk: DeskService, make: Make) -> None:
    await fill(desk, make, [2, 3])
    rows = (await desk.queue(PRACTICE)).rows
    assert [row.reasons[0].code for row in rows] == ["category_unspecified", "category_grooming"]
    assert all(reason.text for row in rows for reason in row.reasons)


@pytest.mark.parametrize(("asked", "given"), [(-5, 1), (0, 1), (10_000, 3)])
async def test_a_page_is_never_empty_by_size_nor_endless(
    desk: DeskService, make: Make, asked: int, given: int
) -> None:
    await fill(desk, make, [0, 0, 0])
    assert len((await desk.queue(PRACTICE, limit=asked)).rows) == given


BAD = [
    "",
    "!",
    "é",
    "AAAA",
    urlsafe_b64encode(b"{}").decode(),
    urlsafe_b64encode(b'[0,"yesterday","x"]').decode(),
    urlsafe_b64encode(b'[0,"2026-01-01T00:00:00","x"]').decode(),  # without a zone
    urlsafe_b64encode(b'[99999999999999999999,"2026-01-01T00:00:00Z","x"]').decode(),
    urlsafe_b64encode(b'[4294967296,"2026-01-01T00:00:00Z","x"]').decode(),
    urlsafe_b64encode(b"[" * 5000).decode(),
    urlsafe_b64encode(b'[0,"0001-01-01T00:00:00+23:00","x"]').decode(),
    urlsafe_b64encode(b'[0,"2026-01-01T00:00:00Z","\\ud800"]').decode(),
]


@pytest.mark.parametrize("after", BAD)
async def test_a_place_that_is_none_is_a_clear_error(desk: DeskService, after: str) -> None:
    with pytest.raises(InputRefused, match="not a place in this queue"):
        await desk.queue(PRACTICE, after=after)


@given(st.text(max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
async def test_no_text_as_a_place_breaks_it(desk: DeskService, after: str) -> None:
    with pytest.raises(InputRefused):  # a place made by chance is none
        await desk.queue(PRACTICE, after=after)


@given(priority=st.sampled_from(Priority), triaged=st.booleans())
def test_a_rank_says_its_priority_and_whether_it_was_triaged(*, priority: Priority, triaged: bool) -> None:
    assert of_rank(rank(priority, triaged=triaged)) == (priority, triaged)


@given(one=st.sampled_from(Priority), other=st.sampled_from(Priority), triaged=st.booleans())
def test_nothing_less_urgent_ever_stands_before_the_more_urgent(
    *, one: Priority, other: Priority, triaged: bool
) -> None:
    if one < other:
        assert rank(one, triaged=True) < rank(other, triaged=triaged)
