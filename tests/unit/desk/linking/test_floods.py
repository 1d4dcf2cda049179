"""Repeats raise once for each independent community, whoever floods; wording and place only suggest."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.evidence.parts import Identity
from core.ids import CommunityId, ReportId
from core.reports.model import Answers, Category, Priority
from core.testing.clock import FixedClock
from core.testing.deliveries import MadeReport
from desk.casework.joins import join
from desk.linking import conflicts, raising, suggesting
from desk.linking.suggesting import Strength, strength_of
from desk.linking.values import Kind, Tag
from desk.opening import Kept
from desk.ranks import SHIPPED
from desk.service import DeskService
from desk.tables import links, reasons, reports
from tests.desk_roads import PRACTICE, Make
from tests.unit.desk.linking.test_suggesting import priority, suggested, told

LONG = "he keeps asking me to send him pictures and says he will tell everybody at school if I do not answer"


async def test_what_is_told_in_nearly_the_same_words_is_suggested(desk: DeskService, make: Make) -> None:
    one = await told(desk, make, "7", answers=Answers(category=Category.ACCOUNT, own_words=LONG))
    near = LONG.replace("pictures", "photos")
    other = await told(desk, make, "8", "club", answers=Answers(category=Category.ACCOUNT, own_words=near))
    (found,) = await suggested(desk, one.id)
    assert (found.case, found.kinds) == (other.id, (Kind.OWN_WORDS,))
    assert await priority(desk, one.id) is Priority.P3


async def test_the_same_room_within_an_hour_is_a_weak_reason_and_raises_nothing(
    desk: DeskService, make: Make, clock: FixedClock
) -> None:
    one = await told(desk, make, "7")
    assert await suggested(desk, one.id) == []
    in_room = [await told(desk, make, account, room="yard") for account in ("8", "9")]
    clock.advance(timedelta(hours=2))
    await told(desk, make, "10", room="yard")
    (found,) = await suggested(desk, in_room[0].id)
    assert (found.case, found.kinds, found.strength) == (in_room[1].id, (Kind.PLACE,), Strength.WEAK)


@pytest.mark.parametrize(
    ("kinds", "bands", "strength"),
    [
        ({Kind.OWN_WORDS}, 12, Strength.SOME),
        ({Kind.MESSAGE}, 1, Strength.WEAK),
        ({Kind.MESSAGE, Kind.PLACE}, 1, Strength.WEAK),
        ({Kind.SHOWN, Kind.PLACE}, 0, Strength.WEAK),
    ],
)
def test_wording_is_as_strong_as_it_is_near_and_a_place_adds_nothing(
    kinds: set[Kind], bands: int, strength: Strength
) -> None:
    assert strength_of(kinds, bands) is strength


@pytest.fixture
async def stored(desk: DeskService, make: Make) -> MadeReport:
    """One calm report of an account, in the first community."""
    return await told(desk, make, "7")


def again(conn: sa.Connection, like: ReportId, name: str, community: str) -> Kept:
    """One more report of the same account, as the ledger has it after the triage."""
    row = dict(conn.execute(sa.select(reports).where(reports.c.id == like)).mappings().one())
    conn.execute(sa.insert(reports), row | {"id": name, "community": community, "of_case": None})
    tags = conn.execute(sa.select(links.tags).where(links.tags.c.report == like)).all()
    given = [Tag(Kind(tag.kind), tag.tag) for tag in tags if tag.kind == Kind.ACCOUNT]
    kept = Kept(ReportId(name), PRACTICE, CommunityId(community), "", ())
    suggesting.store(conn, PRACTICE, kept.community, kept.report, given)
    raising.raise_known(conn, kept, given, row["received_at"], SHIPPED)
    return kept


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.lists(st.sampled_from(["school", "b", "c", "d", "e"]), max_size=12))
async def test_repeats_raise_once_for_each_independent_community(
    desk: DeskService, stored: MadeReport, order: list[str]
) -> None:
    why = sa.select(sa.func.count()).where(
        reasons.c.report == stored.id, reasons.c.code.like(f"{raising.CODE}%")
    )
    stands = sa.select(reports.c.priority).where(reports.c.id == stored.id)

    def told_again(conn: sa.Connection) -> tuple[int, int]:
        undo = conn.begin_nested()
        for number, community in enumerate(order):
            again(conn, stored.id, f"r{number:04}", community)
        found = conn.execute(why).scalar_one(), conn.execute(stands).scalar_one()
        undo.rollback()
        return found

    others = len(set(order) - {"school"})
    assert await desk.ledger.transact(told_again) == (others, max(1, 3 - others))


async def test_a_flood_of_one_community_hides_nobody_who_is_known(
    desk: DeskService, stored: MadeReport
) -> None:
    def flood(conn: sa.Connection) -> None:
        for number in range(3 * suggesting.COMMON):
            again(conn, stored.id, f"r{number:04}", "school")
        again(conn, stored.id, "true", "club")

    await desk.ledger.transact(flood)
    assert await priority(desk, stored.id) is Priority.P2
    assert len(await suggested(desk, stored.id)) == suggesting.SHOWN


async def test_what_was_taken_into_a_case_raises_that_case(
    desk: DeskService, make: Make, stored: MadeReport, clock: FixedClock
) -> None:
    head = await told(desk, make, "8")
    now = clock.now()
    await desk.ledger.transact(
        lambda conn: join(conn, PRACTICE, case=head.id, other=stored.id, id="1", by="Ann", now=now)
    )
    await told(
        desk, make, "9", answers=Answers(category=Category.BULLYING, own_words="one two three four five")
    )
    before = [row.report for row in (await desk.queue(PRACTICE)).rows].index(head.id)
    await told(desk, make, "7", "club")
    after = [row.report for row in (await desk.queue(PRACTICE)).rows].index(head.id)
    assert (before, after) == (1, 0)


async def test_a_named_reporter_who_is_reported_is_known_whichever_came_first(
    desk: DeskService, make: Make
) -> None:
    named = Answers(category=Category.BULLYING, own_words=LONG, team_may_know_name=True)
    me: dict[str, Any] = {"answers": named, "identity": Identity(platform="web", account="66", shown="x")}
    first = await told(desk, make, "7", **me)
    about = await told(desk, make, "66")
    second = await told(desk, make, "8", **me)
    for case, others in ((first, (about.id,)), (second, (about.id,)), (about, ())):
        assert await desk.ledger.read(partial(conflicts.of_case, case=case.id)) == others
    marked = await desk.ledger.read(lambda conn: conflicts.marked(conn, [first.id, about.id, second.id]))
    assert marked == {first.id, second.id}


async def test_a_reporter_who_gave_no_name_is_not_known(desk: DeskService, make: Make) -> None:
    one = await told(desk, make, "7", identity=Identity(platform="web", account="66", shown="x"))
    await told(desk, make, "66")
    assert await desk.ledger.read(lambda conn: conflicts.of_case(conn, one.id)) == ()
