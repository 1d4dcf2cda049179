"""Shifts in the ledger: planned by one person, accepted by name by another, and kept in the trail."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from core.errors import InputRefused
from core.ledger import trail as chain
from core.testing.clock import START, FixedClock
from desk.rota.model import Place, Reply, Shift
from desk.rota.shifts import plan, reply, shifts_between
from desk.service import DeskService
from desk.staff import people
from desk.staff.model import Person, Role
from desk.tables import trail
from tests.desk_roads import LIVE, PRACTICE

HOUR = timedelta(hours=1)


def shift(person: str = "Ann", id: str = "1", **how: Any) -> Shift:  # noqa: A002 - the shift's own
    told = {"place": Place.ON_CALL, "starts": START + HOUR, "ends": START + 9 * HOUR, "planned_by": "Di"}
    return Shift(id=id, person=person, **{**told, **how})


@pytest.fixture
async def staffed(desk: DeskService) -> DeskService:
    """Ann and Bo work cases, Cy counts them."""
    roles = {"Ann": Role.SPECIALIST, "Bo": Role.SUPERVISOR, "Cy": Role.STATISTICIAN}

    def join(conn: sa.Connection) -> None:
        for name, role in roles.items():
            person = Person(id=name, name=name, roles=frozenset({role}), created_at=START, created_by="Di")
            people.add(conn, person, name.casefold(), "none")

    await desk.ledger.transact(join)
    return desk


async def planned(desk: DeskService, one: Shift) -> None:
    await desk.ledger.transact(lambda conn: plan(conn, PRACTICE, one, now=desk.clock.now()))


async def said(desk: DeskService, what: Reply, by: str = "Ann", id: str = "1") -> Shift:  # noqa: A002 - the shift's own
    return await desk.ledger.transact(
        lambda conn: reply(conn, PRACTICE, id, what, by=by, now=desk.clock.now())
    )


async def known(desk: DeskService, hours: int = 2) -> tuple[Shift, ...]:
    at = START + hours * HOUR
    return tuple(await desk.ledger.read(lambda conn: shifts_between(conn, PRACTICE, at, at + HOUR)))


async def test_a_planned_shift_counts_only_once_its_person_has_accepted_it(staffed: DeskService) -> None:
    await planned(staffed, shift())
    at = START + 2 * HOUR
    assert [one.covers(at) for one in await known(staffed)] == [False]
    accepted = await said(staffed, Reply.ACCEPTED)
    assert await known(staffed) == (accepted,)
    assert accepted.covers(at)


async def test_nobody_accepts_for_somebody_else(staffed: DeskService) -> None:
    await planned(staffed, shift())
    with pytest.raises(InputRefused, match="shift-unknown"):
        await said(staffed, Reply.ACCEPTED, by="Bo")
    assert [one.reply for one in await known(staffed)] == [Reply.ASKED]


async def test_what_was_accepted_can_be_declined_and_what_was_declined_is_settled(
    staffed: DeskService,
) -> None:
    await planned(staffed, shift())
    await said(staffed, Reply.ACCEPTED)
    await said(staffed, Reply.DECLINED)
    for again in Reply:
        with pytest.raises(InputRefused, match="shift-settled"):
            await said(staffed, again)
    await planned(staffed, shift(id="2"))


async def test_a_shift_that_is_over_is_settled(staffed: DeskService, clock: FixedClock) -> None:
    await planned(staffed, shift())
    clock.advance(9 * HOUR)
    with pytest.raises(InputRefused, match="shift-settled"):
        await said(staffed, Reply.ACCEPTED)


@pytest.mark.parametrize(
    ("starts", "ends"),
    [(2 * HOUR, HOUR), (HOUR, HOUR), (-2 * HOUR, -HOUR), (-HOUR, 0 * HOUR), (HOUR, 25 * HOUR + HOUR / 60)],
)
async def test_times_that_cannot_be_are_refused(
    staffed: DeskService, starts: timedelta, ends: timedelta
) -> None:
    with pytest.raises(InputRefused, match="shift-times"):
        await planned(staffed, shift(starts=START + starts, ends=START + ends))


@pytest.mark.parametrize("person", ["Cy", "Nobody", ""])
async def test_only_who_works_cases_can_be_on_duty(staffed: DeskService, person: str) -> None:
    with pytest.raises(InputRefused, match="shift-person"):
        await planned(staffed, shift(person))


async def test_one_person_stands_on_one_shift_at_a_time(staffed: DeskService) -> None:
    await planned(staffed, shift())
    with pytest.raises(InputRefused, match="shift-twice"):
        await planned(staffed, shift(id="2", place=Place.SECOND, ends=START + 2 * HOUR))
    await planned(staffed, shift("Bo", "3", place=Place.SECOND))
    await planned(staffed, shift(id="4", starts=START + 9 * HOUR, ends=START + 10 * HOUR))


async def test_a_shift_of_somebody_without_access_is_none(staffed: DeskService) -> None:
    await planned(staffed, shift("Ann"))
    await said(staffed, Reply.ACCEPTED)

    def leave(conn: sa.Connection) -> None:
        people.end_access(conn, "Ann", START)

    await staffed.ledger.transact(leave)
    assert await known(staffed) == ()


async def test_another_standing_of_the_desk_has_its_own_rota(staffed: DeskService) -> None:
    await planned(staffed, shift())
    end = START + 9 * HOUR
    assert await staffed.ledger.read(lambda conn: shifts_between(conn, LIVE, START, end)) == ()
    with pytest.raises(InputRefused, match="shift-unknown"):
        await staffed.ledger.transact(
            lambda conn: reply(conn, LIVE, "1", Reply.ACCEPTED, by="Ann", now=START)
        )


async def test_who_planned_accepted_and_declined_is_in_the_trail(staffed: DeskService) -> None:
    await planned(staffed, shift())
    await said(staffed, Reply.ACCEPTED)
    await said(staffed, Reply.DECLINED)
    rows = await staffed.ledger.read(lambda conn: conn.execute(sa.select(trail).order_by(trail.c.seq)).all())
    assert [(row.who, row.action, row.target) for row in rows] == [
        ("Di", "shift_planned", "1"),
        ("Ann", "shift_accepted", "1"),
        ("Ann", "shift_declined", "1"),
    ]
    assert (await staffed.ledger.read(lambda conn: chain.verify(conn, trail))).ok
