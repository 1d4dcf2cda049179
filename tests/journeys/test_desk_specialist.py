"""A specialist's whole way with one report, on the real program: from the queue to its last words."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect

from tests.desk_room import PASSWORD
from tests.program import Browser, Program, browsing, has_printed_its_link, running, until
from tests.web_browser import chromium as browser
from tests.web_browser import needs_chromium

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module"), needs_chromium]
ASKED = "Thank you for telling us. What would you like to tell us next?"
ANSWERED = "he wrote again, and I did not answer him"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def chromium() -> AsyncIterator[Chromium]:
    async with browser() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def program(tmp_path: Path) -> AsyncIterator[Program]:
    async with running(Program(data=tmp_path / "data")) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def page(program: Program, chromium: Chromium) -> AsyncIterator[Page]:
    """The console of whoever came by the link that was printed."""
    await until(program, has_printed_its_link)
    link = re.search(r"(/join/\S+)", program.output)
    assert link is not None
    async with await chromium.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = await context.new_page()
        await page.goto(program.desk + link[1])
        await page.fill("#name", "Ada")
        for field in ("#password", "#again"):
            await page.fill(field, PASSWORD)
        await page.click("button.primary")
        yield page


async def _clean(page: Page) -> None:
    results = await Axe().run(page)
    assert results.response["violations"] == []


async def _open_the_first(page: Page, desk: str) -> None:
    await page.goto(desk)
    await page.locator("a[href^='/case/']").first.click()


async def _read_back(child: Browser, reference: str) -> str:
    """What somebody reads who types their code."""
    return (await child.post("/my-report", {"reference": reference})).words


async def _answer(child: Browser, reference: str, text: str) -> str:
    form = await child.post("/my-report", {"reference": reference, "button": "answer"})
    return (await child.post("/my-report", {**form.hidden, "answer.own_words": text, "button": "send"})).words


async def test_from_the_queue_to_the_words_it_ended_with(program: Program, page: Page) -> None:
    async with browsing(program.public) as child:
        reference = (await child.send(danger="no")).reference
        assert reference is not None
        await _open_the_first(page, program.desk)
        await page.click("[data-take]")
        await expect(page.locator("#work")).to_contain_text("You have it")
        await page.click("#look button")
        await expect(page.locator("#uncovered")).to_be_visible()
        await _clean(page)

        await page.click("p.bar a[data-cover] >> nth=0")
        await page.click("#talk button")
        await expect(page.locator("#wishes")).to_have_text("How it is safe to reach them")
        await page.fill("#message", "Please send us the picture")
        await page.click("#write button.primary")
        await expect(page.locator("[role=alert]")).to_contain_text("It asks for a picture")
        await _clean(page)
        await page.fill("#message", "")
        await page.click("summary:has-text('Begin with')")
        await page.click(f"text={ASKED}")
        await page.click("#write button.primary")
        await expect(page.locator("#talk")).to_contain_text("Not shown to them yet")

        read = await _read_back(child, reference)
        assert ASKED in read
        assert "Ada" not in read
        stored = await _answer(child, reference, ANSWERED)
        assert "Your answer is sent" in stored
        assert ANSWERED not in stored + await _read_back(child, reference)

        async def arrived() -> bool:
            await page.reload()
            return await page.locator("#work", has_text="Being worked on").count() > 0

        await _until(arrived)
        await expect(page.locator("#talk")).to_contain_text("Shown to them")
        await page.click("#talk button")
        await expect(page.locator(".thread .theirs")).to_contain_text(ANSWERED)

        await page.click("[data-up]")
        await page.click("summary:has-text('Close')")
        await page.check("#outcome-helped")
        await page.click("text=Close it")
        await expect(page.locator("#work")).to_contain_text("Closed")
        assert "We talked with you about what helps" in await _read_back(child, reference)


async def _until(so: Callable[[], Awaitable[bool]], tries: int = 100) -> None:
    for _ in range(tries):
        if await so():
            return
    raise AssertionError("it never came")
