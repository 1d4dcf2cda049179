"""Somebody at the desk who reads no case: an auditor with the trail, an admin with the people."""

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
from tests.desk_room import PASSWORD, DeskRoom, desk_room
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
        assert await _leads_to(page) == ["Trail", "People", "Help"]
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
        assert await _leads_to(page) == ["People", "Help"]
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
