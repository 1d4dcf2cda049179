"""People at the desk beside the specialist: auditor, admin, statistician, and a supervisor with the team."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect

from core.reports.model import Answers, Category, YesNo
from core.testing.clock import FixedClock
from desk.staff.model import Role
from tests.desk_room import PASSWORD, ROAD, DeskRoom, desk_room
from tests.web_browser import chromium as browser
from tests.web_browser import needs_chromium

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module"), needs_chromium]
SAID = "canary words of a child"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def chromium() -> AsyncIterator[Chromium]:
    async with browser() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def room(tmp_path: Path, clock: FixedClock) -> AsyncIterator[DeskRoom]:
    async with desk_room(tmp_path, clock) as made:
        await made.person("Ann Lee")
        yield made


@asynccontextmanager
async def _person(chromium: Chromium, room: DeskRoom, role: Role) -> AsyncIterator[Page]:
    """The page of somebody who is this and nothing else, signed in. Fails where a report shows anywhere."""
    await room.person(f"Only {role}", role)
    async with await chromium.new_context(viewport={"width": 1280, "height": 800}) as made:
        page = await made.new_page()
        await page.goto(f"{room.origin}/sign-in")
        await page.fill("#name", f"Only {role}")
        await page.fill("#password", PASSWORD)
        await page.click("button.primary")
        yield page


async def _look(room: DeskRoom) -> str:
    """A report that Ann Lee has opened."""
    told = Answers(category=Category.GROOMING, danger=YesNo.NO, own_words=SAID)
    made = await room.report(answers=told)
    assert await room.service.look(room.scope, made.id, by="Ann Lee") is not None
    return str(made.id)


async def _leads_to(page: Page) -> list[str]:
    return [await link.inner_text() for link in await page.locator("nav a").all()]


async def _clean(page: Page) -> None:
    results = await Axe().run(page)
    assert results.response["violations"] == []


async def test_an_auditor_sees_who_looked_and_nothing_of_what_they_saw(
    chromium: Chromium, room: DeskRoom
) -> None:
    report = await _look(room)
    async with _person(chromium, room, Role.AUDITOR) as page:
        await page.wait_for_url(f"{room.origin}/trail")
        assert await _leads_to(page) == ["Trail", "Second eyes", "People", "Care", "Help"]
        await expect(page.locator(".verdict.good")).to_contain_text("nothing changed or missing")
        await expect(page.locator("tr", has_text="Opened a report")).to_contain_text("Ann Lee")
        await _clean(page)
        assert SAID not in await page.content()
        answer = await page.goto(f"{room.origin}/case/{report}")
        assert answer is not None
        assert answer.status == 403
        await _clean(page)


async def test_an_admin_lets_people_in_and_out_and_sees_no_case(chromium: Chromium, room: DeskRoom) -> None:
    report = await _look(room)
    await room.person("Tom", Role.SPECIALIST)
    async with _person(chromium, room, Role.ADMIN) as page:
        await page.wait_for_url(f"{room.origin}/people")
        assert await _leads_to(page) == ["People", "Care", "Help"]
        await page.click("text=Make a link")
        await expect(page.locator("code.link")).to_contain_text("/join/")
        await page.goto(f"{room.origin}/people")
        tom = page.locator(".people > li", has=page.locator("strong", has_text=re.compile("^Tom$")))
        await tom.locator("summary", has_text="End sessions").click()
        await _clean(page)
        await tom.locator("button", has_text="End all sessions").click()
        await page.wait_for_url(f"{room.origin}/people")
        person = next(each.id for each in await room.staff.everyone() if each.name == "Tom")
        assert await room.staff.open_sessions(person) == ()
        for path in (f"case/{report}", "trail"):
            answer = await page.goto(f"{room.origin}/{path}")
            assert answer is not None
            assert answer.status == 403
            assert report not in re.sub(r"/case/\w+", "", await page.content())


async def test_a_statistician_sees_figures_and_no_case(chromium: Chromium, room: DeskRoom) -> None:
    reports = [await _look(room) for _ in range(11)]
    async with _person(chromium, room, Role.STATISTICIAN) as page:
        await page.wait_for_url(f"{room.origin}/figures")
        assert (await _leads_to(page))[:4] == ["Figures", "People", "Care", "Help"]
        await expect(page.locator("main")).to_contain_text("11")
        await _clean(page)
        shown = await page.content()
        assert not [report for report in reports if report in shown]
        for path in (f"case/{reports[0]}", "trail", "rota", "search"):
            answer = await page.goto(f"{room.origin}/{path}")
            assert answer is not None
            assert answer.status == 403


async def test_a_supervisor_plans_shifts_agrees_to_what_takes_two_and_keeps_what_is_needed(
    chromium: Chromium, room: DeskRoom
) -> None:
    told = Answers(category=Category.GROOMING, danger=YesNo.YES, own_words=SAID)
    made = await room.report(answers=told, urgent=True)
    async with _person(chromium, room, Role.SPECIALIST) as tom:
        await tom.goto(f"{room.origin}/case/{made.id}")
        await tom.click("[data-take]")
        await _close(tom)
        await expect(tom.locator(".asked")).to_contain_text("Only specialist")
        async with _person(chromium, room, Role.SUPERVISOR) as page:
            await _plan(page, room, "Only specialist")
            await _clean(page)
            await tom.goto(f"{room.origin}/rota")
            await tom.click("button:has-text('Accept')")
            await page.reload()
            await expect(page.locator(".shifts")).to_contain_text("Only specialist")
            await _agree(page, room, str(made.id))
            await _clean(page)
    assert (await room.service.status(ROAD, made.reference)).messages[0].outcome


async def _close(page: Page) -> None:
    await page.click("summary:has-text('Close')")
    await page.check("#outcome-helped")
    await page.click("text=Close it")


async def _plan(page: Page, room: DeskRoom, person: str) -> None:
    await page.goto(f"{room.origin}/rota")
    await page.click("summary:has-text('Plan')")
    await page.select_option("#person", person)
    await page.click("form[action='/rota/plan'] button")


async def _agree(page: Page, room: DeskRoom, report: str) -> None:
    """To closing what is a danger to life, and then that it is kept."""
    await page.goto(f"{room.origin}/case/{report}")
    await page.click(".asked button.primary")
    await expect(page.locator("#work")).to_contain_text("Closed")
    await page.click("summary:has-text('Put on hold')")
    await page.fill("#hold-why", "The police asked for it.")
    await page.click("form[action$='/hold'] button")
    await expect(page.locator("#work")).to_contain_text("Kept until the hold is lifted")
