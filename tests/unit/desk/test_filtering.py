"""Filters of the queue: written into an address and read back, right over every page, and along an index."""

from datetime import timedelta
from functools import partial
from itertools import product
from typing import Any
from urllib.parse import parse_qsl

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import InputRefused
from core.ids import ReportId
from core.reports.model import Category, Priority
from core.testing.clock import START, FixedClock
from desk import filtering
from desk.casework import saved
from desk.casework.acts import By
from desk.casework.model import CaseState
from desk.casework.service import Casework
from desk.filtering import Filter, Holder, Waits, narrowed, read
from desk.queue import _AFTER, _FIRST, Asked
from desk.service import DeskService
from desk.tables import casework, reports
from tests.desk_roads import PRACTICE, Make
from tests.unit.desk.test_queue import fill

FILTERS = st.builds(
    Filter,
    priority=st.none() | st.sampled_from(Priority),
    state=st.none() | st.sampled_from(CaseState),
    holder=st.none() | st.sampled_from(Holder),
    community=st.sampled_from(["", "school", "a & b=c?"]),
    platform=st.sampled_from(["", "web"]),
    category=st.none() | st.sampled_from(Category),
    waits=st.none() | st.sampled_from(Waits),
    overdue=st.booleans(),
)


@given(only=FILTERS)
def test_what_is_written_into_an_address_is_read_back(only: Filter) -> None:
    assert read(dict(parse_qsl(only.address))) == only


@given(query=st.dictionaries(st.sampled_from(Filter.__struct_fields__), st.text(max_size=8)))
def test_what_cannot_be_understood_asks_for_nothing_and_breaks_nothing(query: dict[str, str]) -> None:
    assert isinstance(read(query).address, str)


@pytest.fixture
async def filled(desk: DeskService, make: Make, clock: FixedClock, work: Casework) -> DeskService:
    """Twelve reports of each sort, some held, some waiting, some overdue."""
    made = [ReportId(each) for each in await fill(desk, make, [0, 1, 2, 3] * 3)]
    for number, report in enumerate(made[:6]):
        await work.take(report, by="Ann" if number % 2 else "Bo", holder="")
    for report in made[:2]:
        await work.move(report, CaseState.WAITING, by="Ann", state=CaseState.WORKING)
    clock.advance(timedelta(hours=2))
    return desk


async def found(desk: DeskService, only: Filter, limit: int) -> list[ReportId]:
    asked, after, rows = Asked(only, "Ann", desk.clock.now()), None, []
    while True:
        page = await desk.queue(PRACTICE, after=after, limit=limit, only=asked)
        rows += [row.report for row in page.rows]
        after = page.next
        if after is None:
            return rows


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(only=FILTERS, limit=st.integers(1, 5))
async def test_every_page_of_a_filter_together_is_what_a_scan_finds(
    filled: DeskService, only: Filter, limit: int
) -> None:
    whole = (await filled.queue(PRACTICE, limit=200)).rows
    states = await filled.ledger.read(
        lambda conn: {
            row.id: (row.state, row.holder) for row in conn.execute(sa.select(casework.cases)).all()
        }
    )
    ranks = await filled.ledger.read(
        lambda conn: {row.id: row.rank for row in conn.execute(sa.select(reports.c.id, reports.c.rank))}
    )

    def fits(row: Any) -> bool:
        state, holder = states.get(row.report, ("new", ""))
        elsewhere = state in {"waiting", "handed_on"}
        return all(
            (
                only.priority is None or ranks[row.report] // 2 == only.priority,
                only.state is None or state == only.state,
                only.holder is None or holder == ("Ann" if only.holder is Holder.ME else ""),
                not only.community or row.community == only.community,
                not only.platform or row.platform == only.platform,
                only.category is None or row.category == only.category,
                only.waits is None or elsewhere == (only.waits is Waits.THEM),
                not only.overdue or (row.read_at is None and row.due_at < filled.clock.now()),
            )
        )

    assert await found(filled, only, limit) == [row.report for row in whole if fits(row)]


ONES = [
    Filter(),
    Filter(priority=Priority.P0),
    Filter(state=CaseState.NEW),
    Filter(state=CaseState.WORKING),
    Filter(holder=Holder.NOBODY),
    Filter(community="school"),
    Filter(platform="web"),
    Filter(category=Category.GROOMING),
    Filter(waits=Waits.US),
    Filter(waits=Waits.THEM),
    Filter(overdue=True),
]


async def plan(desk: DeskService, statement: sa.Select[Any], only: Filter) -> list[str]:
    """The steps in which SQLite answers it, as it says itself."""
    values: dict[str, Any] = {"desk": "d", "standing": "s", "limit": 9}
    values |= {"rank": 1, "due_at": START, "report": "r"} if statement is _AFTER else {}
    values |= filtering.given(only, me="Ann", now=START)

    def job(conn: sa.Connection) -> list[str]:
        sent: list[tuple[str, Any]] = []

        def note(*given: Any) -> None:
            sent.append(given[2:4])

        sa.event.listen(conn, "before_cursor_execute", note)
        conn.execute(narrowed(statement, only), values)
        sa.event.remove(conn, "before_cursor_execute", note)
        text, told = sent[0]
        return [row[3] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", told).all()]

    return await desk.ledger.read(job)


async def test_a_filter_walks_the_queue_along_an_index_and_sorts_nothing(desk: DeskService) -> None:
    for only, statement in product(ONES, (_FIRST, _AFTER)):
        steps = await plan(desk, statement, only)
        assert "USING INDEX reports_" in steps[0], (only, steps)
        assert not [step for step in steps if "B-TREE" in step or step.startswith("SCAN")], (only, steps)


async def test_what_i_have_is_found_by_my_name(filled: DeskService) -> None:
    only = Filter(holder=Holder.ME)
    assert "SCAN" not in str(await plan(filled, _FIRST, only))
    assert len(await found(filled, only, 2)) == 3


async def test_a_saved_queue_is_its_owners_and_a_shared_one_everybodys(desk: DeskService) -> None:
    ann, bo = (By(name, PRACTICE, desk.clock.now()) for name in ("Ann", "Bo"))
    for number, (who, shared) in enumerate(((ann, False), (ann, True), (bo, False))):
        job = partial(
            saved.save, by=who, label=f"q {number}", asks="holder=me", shared=shared, id=str(number)
        )
        await desk.ledger.transact(job)
    seen = await desk.ledger.read(partial(saved.saved_for, by=bo))
    assert [(each.label, each.mine) for each in seen] == [("q 1", False), ("q 2", True)]
    with pytest.raises(InputRefused, match="saved-unknown"):
        await desk.ledger.transact(partial(saved.forget, by=bo, which="1", supervises=False))
    await desk.ledger.transact(partial(saved.forget, by=bo, which="1", supervises=True))
    with pytest.raises(InputRefused, match="saved-unknown"):
        await desk.ledger.transact(partial(saved.forget, by=bo, which="0", supervises=True))
    with pytest.raises(InputRefused, match="saved-name"):
        await desk.ledger.transact(
            partial(saved.save, by=ann, label=" ", asks="holder=me", shared=False, id="9")
        )
