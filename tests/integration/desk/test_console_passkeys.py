"""Passkeys in a real browser with an authenticator of its own, and the pages where they cannot work."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect

from core.testing.clock import FixedClock
from tests.desk_room import PASSWORD, Browser, DeskRoom, desk_room
from tests.web_browser import chromium as browser
from tests.web_browser import needs_chromium

loop = pytest.mark.asyncio(loop_scope="module")
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}

LEFT = "() => { navigator.credentials.get = () => Promise.reject(new Error('left')); }"
"""Somebody closes the browser's own dialog, which no script can press."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def chromium() -> AsyncIterator[Chromium]:
    async with browser() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def night(tmp_path: Path, clock: FixedClock) -> AsyncIterator[DeskRoom]:
    """The desk as this machine reaches it by name; Ann Lee has an account."""
    async with desk_room(tmp_path, clock) as made:
        await made.person("Ann Lee")
        made.origin = made.origin.replace("127.0.0.1", "localhost")
        yield made


@asynccontextmanager
async def _page(chromium: Chromium, *, dark: bool = True) -> AsyncIterator[Page]:
    """A page of a machine with a passkey lock. Fails where anything breaks the policy."""
    async with await chromium.new_context(
        viewport={"width": 375, "height": 800}, color_scheme="dark" if dark else "light"
    ) as made:
        page = await made.new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if "Security Policy" in said.text else None)
        devices = await made.new_cdp_session(page)
        await devices.send("WebAuthn.enable")
        await devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        yield page
        assert wrong == []


async def _sign_in(page: Page, room: DeskRoom) -> None:
    await page.goto(f"{room.origin}/sign-in")
    await page.fill("#name", "Ann Lee")
    await page.fill("#password", PASSWORD)
    await page.click("button.primary")
    await page.wait_for_url(f"{room.origin}/")


async def _make(page: Page, room: DeskRoom, password: str = PASSWORD) -> None:
    await page.goto(f"{room.origin}/people/passkeys")
    await page.fill("#old", password)
    await page.click("text=Make a passkey")


@needs_chromium
@pytest.mark.browser
@loop
async def test_a_passkey_is_made_signs_in_and_is_ended(chromium: Chromium, night: DeskRoom) -> None:
    async with _page(chromium) as page:
        await _sign_in(page, night)
        await _make(page, night)
        await expect(page.locator("text=Not used yet")).to_be_visible()
        await page.click("text=Sign out")
        await page.goto(f"{night.origin}/sign-in?to=/trail")
        await page.click("text=Sign in with a passkey")
        await page.wait_for_url(f"{night.origin}/trail")
        await page.goto(f"{night.origin}/people/passkeys")
        await expect(page.locator("text=Last used")).to_be_visible()
        await page.click(".sessions button")
        await expect(page.locator(".sessions li")).to_have_count(0)
        await page.click("text=Sign out")
        await page.wait_for_url(f"{night.origin}/sign-in")
        await page.click("text=Sign in with a passkey")
        await expect(page.locator("#fault")).to_contain_text("No passkey of this desk was shown")


@needs_chromium
@pytest.mark.browser
@loop
async def test_a_wrong_password_makes_no_passkey(chromium: Chromium, night: DeskRoom) -> None:
    async with _page(chromium) as page:
        await _sign_in(page, night)
        await _make(page, night, "wrong")
        await expect(page.locator("#fault")).to_contain_text("The password now is not right")
        assert await night.staff.passkeys.holders() == frozenset()


@needs_chromium
@pytest.mark.browser
@loop
async def test_where_the_browser_shows_none_the_page_says_so_and_stays(
    chromium: Chromium, night: DeskRoom
) -> None:
    async with _page(chromium) as page:
        await page.goto(f"{night.origin}/sign-in")
        await page.evaluate(LEFT)
        await page.click("text=Sign in with a passkey")
        await expect(page.locator("[data-refused]")).to_be_visible()
        assert page.url == f"{night.origin}/sign-in"


@needs_chromium
@pytest.mark.browser
@loop
@pytest.mark.parametrize("dark", [True, False], ids=["dark", "light"])
async def test_axe_finds_nothing_on_the_pages_of_second_factors(
    chromium: Chromium, night: DeskRoom, dark: bool
) -> None:
    async with _page(chromium, dark=dark) as page:
        await page.goto(f"{night.origin}/sign-in")
        found = await _violations(page)
        await _sign_in(page, night)
        await _make(page, night)
        await expect(page.locator("text=Not used yet")).to_be_visible()
        for path in ("people/passkeys", "people", "people/second"):
            await page.goto(f"{night.origin}/{path}")
            found += await _violations(page)
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert found == []


async def _violations(page: Page) -> list[str]:
    results = await Axe().run(page)
    return [f"{page.url} {each['id']} {each['nodes'][0]['html']}" for each in results.response["violations"]]


# Where they cannot work


async def test_by_a_bare_address_the_page_says_where_they_work(ann: Browser) -> None:
    page = await ann.get("/people/passkeys")
    assert "This page was reached in another way" in page
    port = ann.origin.rpartition(":")[2]
    assert f'href="http://localhost:{port}/people/passkeys"' in page
    assert "data-passkey" not in page


async def test_by_a_bare_address_the_sign_in_page_offers_none(stranger: Browser) -> None:
    assert "passkey" not in await stranger.get("/sign-in")


async def test_by_a_bare_address_none_is_made_or_taken(ann: Browser, stranger: Browser) -> None:
    await ann.get("/people/passkeys")
    await ann.post("/people/passkeys", {"old": PASSWORD, "credential": "{}"})
    assert ann.status == 400
    await stranger.get("/sign-in")
    await stranger.post("/sign-in/passkey", {"credential": "{}"})
    assert stranger.status == 403


async def test_each_page_asks_for_something_else(night_by_name: Browser) -> None:
    asked = {_challenge(await night_by_name.get("/sign-in")) for _ in range(3)}
    assert len(asked) == 3


@pytest.fixture
async def night_by_name(room: DeskRoom, stranger: Browser) -> Browser:
    stranger.origin = stranger.origin.replace("127.0.0.1", "localhost")
    return stranger


def _challenge(page: str) -> str:
    found = re.search(r"challenge&#34;: &#34;([^&]+)&#34;", page)
    assert found
    return found[1]
