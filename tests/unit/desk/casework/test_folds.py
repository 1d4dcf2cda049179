"""A flood folded in one press: what is alike becomes one case, what stands apart stays, all comes back."""

from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from core.errors import InputRefused
from core.ids import ReportId
from core.reports.model import Answers, Category, YesNo
from core.testing.clock import FixedClock
from core.testing.deliveries import MadeReport
from core.testing.ids import counting_ids
from desk.casework import folds
from desk.casework.acts import By
from desk.casework.folds import Fold
from desk.casework.joins import join, joins_of
from desk.casework.service import Casework
from desk.linking import alike as alike_room
from desk.linking.alike import Apart, Flood, alike, groups
from desk.service import DeskService
from desk.tables import trail
from tests.desk_roads import PRACTICE, Make
from tests.unit.desk.casework.test_joins import counted_right, places, queue
from tests.unit.desk.linking.test_suggesting import told

FALSE = Answers(
    category=Category.ACCOUNT,
    own_words="this account is bad please ban this account now it is so bad",
)
TRUE = Answers(
    category=Category.ACCOUNT,
    own_words="he found out where I live and stands before our house each evening",
)
FEW = Answers(category=Category.ACCOUNT, own_words="help he is at the door")
new_id = counting_ids(0xF01D)


async def flood(desk: DeskService, make: Make, reports: int = 6) -> list[MadeReport]:
    return [await told(desk, make, "7", answers=FALSE) for _ in range(reports)]


async def looked_at(desk: DeskService, report: ReportId) -> Flood:
    return await desk.ledger.read(partial(alike, scope=PRACTICE, report=report))


async def folded(desk: DeskService, report: ReportId) -> Fold:
    digest = (await looked_at(desk, report)).digest
    by = By("Ann", PRACTICE, desk.clock.now())
    return await desk.ledger.transact(
        partial(folds.fold, by=by, report=report, looked_at=digest, new_id=new_id)
    )


async def undone(desk: DeskService, report: ReportId, fold: str) -> Fold:
    by = By("Bo", PRACTICE, desk.clock.now())
    return await desk.ledger.transact(partial(folds.undo, by=by, report=report, fold_id=fold))


async def test_a_flood_is_one_case_after_one_press_and_itself_again_after_another(
    desk: DeskService, make: Make
) -> None:
    made = await flood(desk, make)
    before = await places(desk)
    done = await folded(desk, made[0].id)
    assert done.reports == len(made) - 1
    assert await queue(desk) == [made[0].id]
    assert await counted_right(desk)
    await undone(desk, made[0].id, done.id)
    assert await places(desk) == before
    assert await counted_right(desk)
    with pytest.raises(InputRefused, match="join-unknown"):
        await undone(desk, made[0].id, done.id)


async def test_the_true_one_among_them_is_never_folded(desk: DeskService, make: Make, work: Casework) -> None:
    false = await flood(desk, make, 4)
    true = await told(desk, make, "7", answers=TRUE)
    few = await told(
        desk, make, "7", answers=Answers(category=Category.ACCOUNT, own_words="help he is at the door")
    )
    urgent = await told(desk, make, "7", answers=Answers(danger=YesNo.YES, own_words=FALSE.own_words))
    elsewhere = await told(desk, make, "7", "club", answers=FALSE)
    other = await told(desk, make, "8", text="something else", answers=TRUE)
    await work.take(false[3].id, by="Bo", holder="")
    found = await looked_at(desk, false[0].id)
    assert {each.report: each.apart for each in found.alike if each.apart} == {
        true.id: Apart.WORDS,
        few.id: Apart.WORDS,
        urgent.id: Apart.URGENT,
        false[3].id: Apart.WORKED,
    }
    await folded(desk, false[0].id)
    stands = set(await queue(desk))
    assert stands == {false[0].id, true.id, few.id, urgent.id, elsewhere.id, other.id, false[3].id}


async def test_what_is_another_now_than_what_was_looked_at_is_refused(desk: DeskService, make: Make) -> None:
    made = await flood(desk, make, 3)
    by = By("Ann", PRACTICE, desk.clock.now())
    digest = (await looked_at(desk, made[0].id)).digest
    await told(desk, make, "7", answers=FALSE)
    with pytest.raises(InputRefused, match="fold-changed"):
        await desk.ledger.transact(
            partial(folds.fold, by=by, report=made[0].id, looked_at=digest, new_id=new_id)
        )


async def test_the_line_in_the_trail_has_the_number_and_a_digest_and_no_ids(
    desk: DeskService, make: Make
) -> None:
    made = await flood(desk, make, 4)
    done = await folded(desk, made[0].id)
    (line,) = await desk.ledger.read(
        lambda conn: conn.execute(sa.select(trail).where(trail.c.action == folds.FOLDED)).all()
    )
    ids = alike_room.digest_of([each.id for each in made[1:]])
    assert ids in str(line.detail)
    assert not [each for each in made[1:] if each.id in str(line.detail)]
    assert [(each.id, each.reports, each.by) for each in await _folds(desk, made[0].id)] == [
        (done.id, 3, "Ann")
    ]
    assert await desk.ledger.read(partial(joins_of, case=made[0].id)) == ()


async def _folds(desk: DeskService, case: ReportId) -> tuple[Fold, ...]:
    return await desk.ledger.read(partial(folds.folds_of, case=case))


async def test_a_fold_that_was_taken_on_is_undone_from_the_last(
    desk: DeskService, make: Make, clock: FixedClock
) -> None:
    made = await flood(desk, make, 3)
    done = await folded(desk, made[0].id)
    other = await told(desk, make, "9")
    now = clock.now()
    await desk.ledger.transact(
        lambda conn: join(conn, PRACTICE, case=other.id, other=made[0].id, id="j", by="Ann", now=now)
    )
    with pytest.raises(InputRefused, match="join-later"):
        await undone(desk, made[0].id, done.id)


async def test_a_page_of_the_queue_says_which_rows_look_alike(desk: DeskService, make: Make) -> None:
    made = await flood(desk, make, alike_room.FEWEST)
    page = [*(each.id for each in made), (await told(desk, make, "8", text="other")).id]
    (group,) = await desk.ledger.read(partial(groups, page=page))
    assert (group.report, group.reports) == (made[0].id, len(made))


async def test_folding_many_takes_no_more_statements_than_folding_a_few(
    desk: DeskService, make: Make
) -> None:
    """What is done for each is done for all at once."""

    async def statements(reports: int, account: str) -> int:
        made = [await told(desk, make, account, text=account, answers=FALSE) for _ in range(reports)]
        digest = (await looked_at(desk, made[0].id)).digest
        asked: list[str] = []

        def note(*given: Any) -> None:
            asked.append(given[2])

        def job(conn: sa.Connection) -> None:
            sa.event.listen(conn, "before_cursor_execute", note)
            by = By("Ann", PRACTICE, desk.clock.now())
            made_ = folds.fold(conn, by, made[0].id, looked_at=digest, new_id=new_id)
            folds.undo(conn, by, made[0].id, made_.id)
            sa.event.remove(conn, "before_cursor_execute", note)
            for each in made:  # out of the way of the next
                conn.execute(sa.text("UPDATE reports SET rank = 90 WHERE id = :id"), {"id": each.id})

        await desk.ledger.transact(job)
        return len(asked)

    few, many = await statements(3, "70"), await statements(9, "71")
    assert many <= few
