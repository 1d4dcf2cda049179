"""The console in a real browser: keys, live without losing one's place, no script, large type, axe."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect

from core.evidence.model import Author, Message, ReadFrom, Source, Transcript
from core.ids import ReportId
from core.reports.model import Answers, Category, YesNo
from core.testing.clock import START, FixedClock
from desk.console import queue
from desk.queue import QUEUE
from desk.staff.model import ABSOLUTE
from tests.desk_room import PASSWORD, DeskRoom, desk_room
from tests.web_browser import chromium as browser
from tests.web_browser import needs_chromium

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module"), needs_chromium]
NOW = Answers(category=Category.SELF_HARM, danger=YesNo.YES)
FOCUS_SHOWS = """(() => {
    const at = document.activeElement;
    const box = at.closest("#list tr") ?? at;
    return getComputedStyle(box).outlineStyle !== "none" && at.getBoundingClientRect().width > 0;
})()"""
NOT_BY_ITSELF = "window.setInterval = () => 0"
"""A page that never looks by itself: what shows on it, shows because the desk told it."""
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script> https://evil.example/x \u202egnp.exe"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def chromium() -> AsyncIterator[Chromium]:
    async with browser() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def room(tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DeskRoom]:
    """The desk; Ann Lee has an account. A stream says nothing of itself, only when something happened."""
    monkeypatch.setattr(queue, "LOOK_AGAIN", timedelta(hours=1))
    async with desk_room(tmp_path, clock) as made:
        await made.person("Ann Lee")
        yield made


@asynccontextmanager
async def _signed_in(chromium: Chromium, room: DeskRoom, **context: Any) -> AsyncIterator[Page]:
    """Ann Lee's page. Fails where anything breaks the policy, opens a dialog, or asks another host."""
    context.setdefault("viewport", {"width": 1280, "height": 800})
    async with await chromium.new_context(**context) as made:
        await made.add_init_script(NOT_BY_ITSELF)
        page = await made.new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.on("console", lambda said: wrong.append(said.text) if "Security Policy" in said.text else None)
        page.on(
            "request", lambda asked: None if asked.url.startswith(room.origin) else wrong.append(asked.url)
        )
        await page.goto(f"{room.origin}/sign-in")
        await page.fill("#name", "Ann Lee")
        await page.fill("#password", PASSWORD)
        await page.click("button.primary")
        await page.wait_for_url(f"{room.origin}/")
        yield page
        assert wrong == []


async def _night(room: DeskRoom) -> list[str]:
    """Five reports, most urgent first, as the queue has them."""
    said = Transcript(
        source=Source.PLATFORM,
        platform="web",
        channel="general",
        messages=tuple(_message(number, "hello " * 20) for number in range(12)),
    )
    plain = (Category.GROOMING, Category.MEETING, Category.BULLYING, Category.ACCOUNT)
    made = [await room.report(answers=NOW, urgent=True, said=said)]
    made += [await room.report(answers=Answers(category=each, danger=YesNo.NO)) for each in plain]
    return [str(each.id) for each in made]


def _message(number: int, text: str) -> Message:
    return Message(
        id=str(number),
        author=Author(id="42", shown="somebody"),
        text=text,
        sent_at=START,
        read_at=START,
        read_from=ReadFrom.PRESS,
        reported=number == 9,
    )


async def _shown(page: Page) -> list[str]:
    rows = await page.query_selector_all("#list [data-report]")
    return [str(await row.get_attribute("data-report")) for row in rows]


async def _marked(page: Page) -> str | None:
    found: str | None = await page.evaluate(
        "document.activeElement.closest('[data-report]')?.dataset.report ?? null"
    )
    return found


async def _open(page: Page, room: DeskRoom, report: str) -> None:
    await page.goto(f"{room.origin}/case/{report}")
    await page.click("#look button")
    await page.wait_for_selector("#uncovered")


@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_axe_finds_nothing_on_any_page(chromium: Chromium, room: DeskRoom, scheme: str) -> None:
    first, *_ = await _night(room)
    await room.person("Tom")
    async with _signed_in(chromium, room, color_scheme=scheme) as page:
        await expect(page.locator("#live.on")).to_be_visible()
        found = await _violations(page)
        await page.keyboard.press("j")
        found += await _violations(page)
        await page.goto(f"{room.origin}/case/{first}")
        found += await _violations(page)
        await page.click("#look button")
        await page.wait_for_selector("#uncovered")
        found += await _violations(page)
        for path in ("search", "rota", "figures", "trail", "people", "help", "nothing"):
            await page.goto(f"{room.origin}/{path}")
            found += await _violations(page)
        await page.context.clear_cookies()
        link = await room.staff.invite()
        for path in ("sign-in", f"join/{link}", "join/spent"):
            await page.goto(f"{room.origin}/{path}")
            found += await _violations(page)
        await page.goto(f"{room.origin}/sign-in")
        await page.fill("#name", "Ann Lee")
        await page.fill("#password", "wrong")
        await page.click("button.primary")
        found += await _violations(page)
    assert found == []


async def _violations(page: Page) -> list[str]:
    results = await Axe().run(page)
    return [f"{page.url} {each['id']} {each['nodes'][0]['html']}" for each in results.response["violations"]]


async def test_a_new_report_shows_at_once_and_takes_nobodys_place(chromium: Chromium, room: DeskRoom) -> None:
    reports = await _night(room)
    async with _signed_in(chromium, room, viewport={"width": 1280, "height": 320}) as page:
        await expect(page.locator("#live.on")).to_be_visible()
        for _ in range(4):
            await page.keyboard.press("j")
        assert await _marked(page) == reports[3]
        await page.evaluate("scrollTo(0, document.body.scrollHeight)")
        before = await page.evaluate("document.activeElement.getBoundingClientRect().top")
        await page.evaluate("window.node = document.activeElement")
        new = await room.report(
            answers=Answers(category=Category.CONTACT_ABUSE, danger=YesNo.YES), urgent=True
        )
        await page.wait_for_selector(f'[data-report="{new.id}"]')
        assert await _marked(page) == reports[3]
        assert await page.evaluate("window.node === document.activeElement")
        after = await page.evaluate("document.activeElement.getBoundingClientRect().top")
        assert abs(after - before) <= 2
        await expect(page.locator("#said")).to_have_text(re.compile(r"New report\. Immediate: "))
        await expect(page).to_have_title(re.compile(r"^\(6\) Queue"))


async def test_a_row_that_was_read_elsewhere_changes_where_it_stands(
    chromium: Chromium, room: DeskRoom
) -> None:
    reports = await _night(room)
    async with _signed_in(chromium, room) as page:
        await expect(page.locator("#live.on")).to_be_visible()
        await page.keyboard.press("j")
        look = await room.service.look(
            room.scope, (await room.service.queue(room.scope)).rows[0].report, by="Tom"
        )
        assert look is not None
        await expect(page.locator(f'[data-report="{reports[0]}"]')).to_contain_text("Read by Tom")
        assert await _marked(page) == reports[0]
        await expect(page).to_have_title(re.compile(r"^\(4\) Queue"))


async def test_an_empty_queue_becomes_a_list_by_itself(chromium: Chromium, room: DeskRoom) -> None:
    async with _signed_in(chromium, room) as page:
        await expect(page.get_by_text("New ones appear here by themselves.")).to_be_visible()
        await expect(page.locator("#live.on")).to_be_visible()
        made = await room.report()
        await page.wait_for_selector(f'[data-report="{made.id}"]')


async def test_every_tab_of_a_browser_is_live_over_one_stream(chromium: Chromium, room: DeskRoom) -> None:
    async with _signed_in(chromium, room) as page:
        await expect(page.locator("#live.on")).to_be_visible()
        streams: list[str] = []
        page.context.on(
            "request", lambda asked: streams.append(asked.url) if asked.url.endswith("/live") else None
        )
        tabs = [await page.context.new_page() for _ in range(7)]
        for tab in tabs:
            await tab.goto(f"{room.origin}/")
            await expect(tab.locator("#live.on")).to_be_visible()
        made = await room.report()
        for tab in tabs:
            await tab.wait_for_selector(f'[data-report="{made.id}"]')
        assert not [url for url in streams if url.endswith("/live")]


async def test_everything_goes_by_keys(chromium: Chromium, room: DeskRoom) -> None:
    reports = await _night(room)
    async with _signed_in(chromium, room) as page:
        assert await _shown(page) == reports
        for key, marked in (("j", 0), ("j", 1), ("j", 2), ("k", 1), ("k", 0), ("k", 0)):
            await page.keyboard.press(key)
            assert await _marked(page) == reports[marked]
        await page.keyboard.press("o")
        await page.wait_for_url(f"{room.origin}/case/{reports[0]}")
        await page.keyboard.press("u")
        await page.wait_for_url(f"{room.origin}/")
        await page.keyboard.press("j")
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{room.origin}/case/{reports[0]}")
        await page.focus("#look button")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("#uncovered")
        await page.keyboard.press("m")
        assert await page.evaluate("'reported' in document.activeElement.dataset")
        assert await page.evaluate("document.activeElement.getBoundingClientRect().top < innerHeight")
        await page.keyboard.press("c")
        await page.wait_for_selector("#look button")
        await page.keyboard.press("?")
        await page.wait_for_url(f"{room.origin}/help")


async def test_keys_are_letters_in_a_field_and_can_be_switched_off(
    chromium: Chromium, room: DeskRoom
) -> None:
    reports = await _night(room)
    async with _signed_in(chromium, room) as page:
        await page.goto(f"{room.origin}/people")
        await page.focus("#old")
        await page.keyboard.type("u?jk")
        assert await page.input_value("#old") == "u?jk"
        assert page.url.endswith("/people")
        await page.goto(f"{room.origin}/help")
        await page.uncheck("#keys-on")
        await page.goto(f"{room.origin}/")
        await page.keyboard.press("j")
        assert await _marked(page) is None
        await page.goto(f"{room.origin}/help")
        await page.check("#keys-on")
        await page.goto(f"{room.origin}/")
        await page.keyboard.press("j")
        assert await _marked(page) == reports[0]


async def test_the_tab_key_reaches_the_page_first_and_focus_always_shows(
    chromium: Chromium, room: DeskRoom
) -> None:
    await _night(room)
    async with _signed_in(chromium, room) as page:
        await page.keyboard.press("Tab")
        await expect(page.get_by_text("Skip to the page")).to_be_in_viewport()
        for _ in range(12):
            shown = await page.evaluate(FOCUS_SHOWS)
            assert shown, await page.evaluate("document.activeElement.outerHTML")
            await page.keyboard.press("Tab")


async def test_the_exact_time_shows_on_the_marked_row_and_moves_nothing(
    chromium: Chromium, room: DeskRoom
) -> None:
    await _night(room)
    async with _signed_in(chromium, room) as page:
        exact = page.locator("#list tbody tr").first.locator(".c-since .exact")
        await expect(exact).to_be_hidden()
        before = await page.locator("#list").bounding_box()
        await page.keyboard.press("j")
        await expect(exact).to_be_visible()
        await expect(exact).to_have_text("4 Mar, 05:06:07 UTC")
        assert await page.locator("#list").bounding_box() == before


async def test_hostile_words_run_nothing_and_cannot_be_pressed(chromium: Chromium, room: DeskRoom) -> None:
    said = Transcript(
        source=Source.SITE, platform="web", channel=HOSTILE, origin=HOSTILE, messages=(_message(9, HOSTILE),)
    )
    made = await room.report(answers=Answers(own_words=HOSTILE, about=HOSTILE, contact=HOSTILE), said=said)
    async with _signed_in(chromium, room) as page:
        await _open(page, room, made.id)
        assert await page.locator("#uncovered img, #uncovered script").count() == 0
        links = await page.eval_on_selector_all("#uncovered a", "all => all.map(each => each.pathname)")
        assert set(links) == {f"/case/{made.id}"}
        await expect(page.locator(".message .text")).to_contain_text("<img src=x")


async def test_when_the_session_ends_what_was_open_leaves_the_screen(
    chromium: Chromium, room: DeskRoom, clock: FixedClock
) -> None:
    made = await room.report(answers=Answers(own_words="canary words"))
    async with _signed_in(chromium, room) as page:
        await expect(page.locator("#live.on")).to_be_visible()
        await _open(page, room, made.id)
        await expect(page.get_by_text("canary words")).to_be_visible()
        clock.advance(ABSOLUTE)
        await room.signals.wake(QUEUE)
        await expect(page).to_have_url(re.compile(r"/sign-in\?to="))
        await expect(page.locator("#password")).to_be_visible()
        assert "canary" not in await page.content()


async def test_going_back_does_not_uncover_again(chromium: Chromium, room: DeskRoom) -> None:
    made = await room.report(answers=Answers(own_words="canary words"))
    async with _signed_in(chromium, room) as page:
        await _open(page, room, made.id)
        await page.keyboard.press("c")
        await page.wait_for_selector("#look button")
        await page.goto(f"{room.origin}/help")
        await page.go_back()
        assert "canary" not in await page.content()


async def test_without_script_everything_still_works(chromium: Chromium, room: DeskRoom) -> None:
    reports = await _night(room)
    async with _signed_in(chromium, room, java_script_enabled=False) as page:
        await expect(page.get_by_text("Press Refresh to see what is new")).to_be_visible()
        new = await room.report(answers=Answers(category=Category.GROOMING, danger=YesNo.NO))
        await page.click("#refresh")
        await expect(page.locator(f'[data-report="{new.id}"]')).to_be_visible()
        await page.click(f'[data-report="{reports[0]}"] a')
        await page.click("#look button")
        await expect(page.locator("#uncovered")).to_be_visible()
        await page.click("#uncovered [data-cover] >> nth=0")
        await expect(page.locator("#look")).to_be_visible()
        await page.click("text=Sign out")
        await expect(page).to_have_url(f"{room.origin}/sign-in")


@pytest.mark.parametrize(
    ("width", "zoom"), [(320, 1), (640, 1), (1280, 2), (1024, 1)], ids=["320", "640", "200 %", "1024"]
)
async def test_nothing_is_cut_off_in_a_narrow_window_or_at_twice_the_size(
    chromium: Chromium, room: DeskRoom, width: int, zoom: int
) -> None:
    first, *_ = await _night(room)
    size = {"width": width // zoom, "height": 700 // zoom}
    async with _signed_in(chromium, room, viewport=size, device_scale_factor=zoom) as page:
        for path in ("", "trail", "people", "help", f"case/{first}"):
            await page.goto(f"{room.origin}/{path}")
            assert await _fits(page), path
        await _look(room, first)
        await page.goto(f"{room.origin}/")
        for _ in range(5):
            await page.keyboard.press("j")
            assert await _fits(page)
        await _open(page, room, first)
        assert await _fits(page)


async def _look(room: DeskRoom, report: str) -> None:
    assert await room.service.look(room.scope, ReportId(report), by="Tom") is not None


async def _fits(page: Page) -> bool:
    fits: bool = await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return fits
