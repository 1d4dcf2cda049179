"""The rota on the console: shifts planned and accepted, what waits on every page, drills, who may do what."""

import re
from collections.abc import AsyncIterator
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.reports.model import Answers, YesNo
from core.testing.clock import FixedClock
from desk.rota.deciding import Plan
from desk.rota.duty import Hours, Opening
from desk.staff.model import Role
from tests.desk_room import Browser, DeskRoom, browser

URGENT = Answers(danger=YesNo.YES)
WAITS = "not answered"


@pytest.fixture(autouse=True)
def always_open(room: DeskRoom) -> None:
    always = {day: (Opening(starts=time()),) for day in range(7)}
    room.service.rota.plan = Plan({room.scope.desk: Hours(zone=ZoneInfo("UTC"), week=always)})


@pytest.fixture
async def bo(room: DeskRoom) -> AsyncIterator[Browser]:
    """Bo Ray, a specialist, signed in. Ann may do everything."""
    await room.person("Bo Ray", Role.SPECIALIST)
    async with browser(room) as someone:
        await someone.sign_in("Bo Ray")
        yield someone


async def plan(room: DeskRoom, by: Browser, person: str, **how: str) -> str:
    today = f"{room.clock.now():%Y-%m-%d}"
    form = {
        "person": person,
        "place": "on_call",
        "day": today,
        "starts": "00:00",
        "ends": "23:00",
        "days": "1",
    }
    await by.get("/rota")
    return await by.post("/rota/plan", form | how)


async def accept(by: Browser) -> str:
    page = await by.get("/rota")
    (shift,) = re.findall(
        r'name="shift" value="([^"]+)"><input type="hidden" name="said" value="accepted"', page
    )
    return await by.post("/rota/reply", {"shift": shift, "said": "accepted"})


async def on_duty(room: DeskRoom, ann: Browser, bo: Browser) -> None:
    await plan(room, ann, "Bo Ray")
    await accept(bo)


async def test_nobody_is_on_duty_until_the_person_has_accepted_the_shift(
    room: DeskRoom, ann: Browser, bo: Browser
) -> None:
    assert "Nobody is on duty." in await ann.get("/")
    assert "Not accepted yet" in await plan(room, ann, "Bo Ray")
    assert "Nobody is on duty." in await ann.get("/")
    assert "On duty: Bo Ray" in await accept(bo)
    assert "On duty: Bo Ray" in await ann.get("/queue/rows")


@pytest.mark.usefixtures("bo")
async def test_several_days_are_planned_at_once_or_none_of_them(room: DeskRoom, ann: Browser) -> None:
    assert (await plan(room, ann, "Bo Ray", days="3")).count("Not accepted yet") == 3
    tomorrow = f"{room.clock.now() + timedelta(days=1):%Y-%m-%d}"
    refused = await plan(room, ann, "Bo Ray", day=tomorrow, days="5")
    assert "They have a shift at that time already." in refused
    assert refused.count("Not accepted yet") == 3


@pytest.mark.usefixtures("bo")
@pytest.mark.parametrize("wrong", [{"day": "soon"}, {"starts": "late"}, {"days": "99"}, {"place": "roof"}])
async def test_a_plan_that_cannot_be_read_is_refused_in_words(
    room: DeskRoom, ann: Browser, wrong: dict[str, str]
) -> None:
    assert "These times cannot be" in await plan(room, ann, "Bo Ray", **wrong)


async def test_only_a_supervisor_plans(room: DeskRoom, bo: Browser) -> None:
    assert "Plan a shift" not in await bo.get("/rota")
    await plan(room, bo, "Bo Ray")
    assert bo.status == 403


async def test_what_waits_stands_on_every_page_of_those_who_work_cases_until_somebody_has_it(
    room: DeskRoom, ann: Browser, bo: Browser
) -> None:
    await on_duty(room, ann, bo)
    await room.report(answers=URGENT, urgent=True)
    assert WAITS not in await ann.get("/")
    await room.service.rota.turn()
    for path in ("/", "/queue/rows", "/search", "/people", "/rota"):
        assert WAITS in await ann.get(path), path
    await bo.get("/search")
    assert WAITS not in await bo.post("/rota/have")
    assert WAITS not in await ann.get("/people")
    assert "Nothing waits for an answer" in await ann.post("/rota/have")


async def test_whoever_works_no_cases_sees_nothing_of_it(room: DeskRoom) -> None:
    await room.person("Cy Orr", Role.STATISTICIAN)
    await room.report(answers=URGENT, urgent=True)
    await room.service.rota.turn()
    async with browser(room) as cy:
        await cy.sign_in("Cy Orr")
        assert WAITS not in await cy.get("/figures")


async def test_opening_the_case_takes_it_off_every_page(room: DeskRoom, ann: Browser) -> None:
    made = await room.report(answers=URGENT, urgent=True)
    await room.service.rota.turn()
    assert WAITS in await ann.get("/")
    await ann.look(made.id)
    assert WAITS not in await ann.get("/")


async def test_a_drill_is_shown_to_whom_it_is_for_and_answered_by_a_press(
    room: DeskRoom, ann: Browser, bo: Browser
) -> None:
    await on_duty(room, ann, bo)
    await ann.get("/rota")
    assert "I am here" not in await ann.post("/rota/drill")
    assert "A drill runs already" in await ann.post("/rota/drill")
    assert "I am here" in await bo.get("/people")
    assert "I am here" not in await bo.post("/rota/drill/answer")
    assert "Bo Ray, after under a minute" in await bo.get("/rota")


async def test_a_missed_drill_is_said_on_the_queue(
    room: DeskRoom, ann: Browser, bo: Browser, clock: FixedClock
) -> None:
    await on_duty(room, ann, bo)
    await ann.get("/rota")
    await ann.post("/rota/drill")
    clock.advance(timedelta(minutes=6))
    assert "The last drill was not answered in time" in await ann.get("/")
    await bo.get("/rota")
    assert "its time is over" in await bo.post("/rota/drill/answer")


async def test_where_somebody_is_paged_is_shown_to_nobody_else(
    room: DeskRoom, ann: Browser, bo: Browser
) -> None:
    await on_duty(room, ann, bo)
    assert "no address to be paged at" in await bo.get("/rota")
    mine = await bo.post("/rota/me", {"address": "bo@desk.example", "called": "Sam"})
    assert "bo@desk.example" in mine
    theirs = await ann.get("/rota")
    assert "no address to be paged at" not in theirs
    assert "bo@desk.example" not in theirs
    assert "This is no mail address" in await bo.post("/rota/me", {"address": "nowhere"})
    assert "bo@desk.example" not in await ann.get("/trail")


async def test_a_page_is_shown_with_how_it_was_sent_and_answered(room: DeskRoom, ann: Browser) -> None:
    await room.report(answers=URGENT, urgent=True)
    await room.service.rota.turn()
    await room.service.rota.send()
    shown = await ann.get("/rota")
    assert "Outside contact" in shown
    assert "Nowhere to send it" in shown
