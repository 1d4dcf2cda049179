"""Promise 7. Picture bytes are never requested, stored, shown or forwarded; links are shown broken."""

import asyncio
import base64
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Page as BrowserPage
from playwright.async_api import expect

from desk.tables import DESK
from desk.tables import reports as desk_reports
from tests.program import ANSWERS, Browser, Program, signed_in, until, until_there
from tests.web_browser import chromium, log_of, needs_chromium

PICTURE = base64.b64encode(b"\xff\xd8\xff\xe0 the bytes of a picture " * 40).decode()


@dataclass
class MediaHost:
    """Counts who asks it for anything."""

    origin: str
    asked: list[str] = field(default_factory=list)


@pytest.fixture
async def media() -> AsyncIterator[MediaHost]:
    host = MediaHost(origin="")

    async def count(request: web.Request) -> web.Response:
        host.asked.append(request.path)
        return web.Response(body=b"\xff\xd8\xff")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", count)
    async with TestServer(app) as server:
        host.origin = str(server.make_url("")).rstrip("/")
        yield host


def conversation(media: MediaHost) -> list[dict[str, Any]]:
    """One message that names the media host wherever a message can."""
    address, bytes_of_it = f"{media.origin}/a.jpg", f"data:image/png;base64,{PICTURE}"
    file = {"name": "a.jpg", "type": "image/jpeg", "size": 4, "url": address, "thumbnail": bytes_of_it}
    elsewhere = {"url": address, "image": {"url": address}, "thumbnail": {"url": address}}
    return [
        {
            "id": "1",
            "author": {"id": "u", "name": f"Robin {media.origin}", "avatar": address, "icon": bytes_of_it},
            "text": f"look {address} ![x]({bytes_of_it}) <img src={address}> <a href='{address}'>x</a>",
            "attachments": [file, file | {"name": address, "type": address}],
            "embeds": [elsewhere],
            "preview": elsewhere,
            "stickers": [elsewhere],
            "reported": True,
        }
    ]


async def test_a_media_host_is_never_asked_and_no_byte_of_a_picture_is_kept(
    up: Program, browser: Browser, media: MediaHost
) -> None:
    first = await browser.get()
    status, answer = await browser.hand_over(first.key, conversation(media), browser.origin)
    assert status == 200, answer
    assert media.origin not in answer
    sent = await browser.press(first, "send", **ANSWERS)
    assert sent.reference is not None
    (report,) = await until_there(up, DESK, desk_reports)
    async with signed_in(up) as specialist:
        page = await specialist.look(report.id)
    assert "a[.]jpg" in page.words
    assert media.origin not in page.text
    assert "hxxp" in page.words
    assert "<img" not in page.text
    assert PICTURE[:40] not in page.text
    assert await up.stop() == 0
    opened = await up.look(report.id)
    kept = str(opened.transcripts[0].transcript)
    assert PICTURE[:40] not in kept
    assert f"{media.origin}/a.jpg" in kept
    assert media.asked == []


async def test_nobody_is_asked_to_send_a_picture(up: Program, browser: Browser) -> None:
    first = await browser.get()
    more = await browser.press(first, "more")
    for page in (first, more):
        assert 'type="file"' not in page.text
        assert "multipart" not in page.text


# Drawn by a browser, which asks for whatever a page names.

HAND_OVER = """async (told) => {
  const form = document.getElementById("dialogue");
  const key = form.elements.namedItem("key").value;
  const body = JSON.stringify({ ...told, key, origin: location.origin });
  const answer = await fetch("/report/practice/evidence", {
    method: "POST", body, headers: { "Content-Type": "application/json" } });
  return answer.status;
}"""
CONTROL = "origin => { const picture = new Image(); picture.src = `${origin}/control.png`; }"


@needs_chromium
@pytest.mark.browser
async def test_drawn_by_a_browser_no_screen_and_no_case_asks_the_media_host_for_anything(
    up: Program, media: MediaHost
) -> None:
    async with chromium() as browser:
        context = await browser.new_context()
        asked, page = log_of(context), await context.new_page()
        await tells(page, up, media)
        (report,) = await until_there(up, DESK, desk_reports)
        await until(up, has_printed_its_link)
        await reads(page, up, report.id)
        assert media.asked == []
        elsewhere = [address for address in asked if not address.startswith((up.public, up.desk))]
        assert elsewhere == []
        blank = await context.new_page()
        await blank.evaluate(CONTROL, media.origin)  # a picture that is asked for would be seen
        await wait_until_asked(media)


async def tells(page: BrowserPage, up: Program, media: MediaHost) -> None:
    """Every screen of the way, with the conversation handed over and the host named in own words too."""
    await page.goto(f"{up.public}/report/practice")
    told = {"late": False, "conversation": {"messages": conversation(media)}}
    assert await page.evaluate(HAND_OVER, told) == 200
    await press(page, "more")
    await page.locator("#q-own_words").fill(f"he sent {media.origin}/b.jpg")
    await page.locator("#q-about").fill(f"{media.origin}/c.jpg")
    await press(page, "next")
    await press(page, "send")
    await expect(page.locator(".reference-code")).to_be_visible()
    for button in ("advice", "back", "talk", "back", "add"):
        await press(page, button)
    await page.goto(f"{up.public}/my-report")


async def reads(page: BrowserPage, up: Program, report: str) -> None:
    """The queue, the case, its evidence, the trail: as a specialist opens them."""
    link = re.search(r"/join/\S+", up.output)
    assert link is not None
    await page.goto(up.desk + link[0])
    for name, value in (("#name", "Ada"), ("#password", WORDS), ("#again", WORDS)):
        await page.fill(name, value)
    await page.click("button.primary")
    await page.wait_for_url(f"{up.desk}/")
    await page.goto(f"{up.desk}/case/{report}")
    await page.click("#look button")
    await page.wait_for_selector("#uncovered")
    await expect(page.locator("#uncovered")).to_contain_text("a[.]jpg")
    await page.goto(f"{up.desk}/trail")


WORDS = "four unrelated words stand here"


async def press(page: BrowserPage, button: str) -> None:
    async with page.expect_response(re.compile("/report/practice$")):
        await page.locator(f"button[value={button}]:not([data-enter])").click()


async def has_printed_its_link(program: Program) -> bool:
    return "/join/" in program.output


async def wait_until_asked(media: MediaHost) -> None:
    async with asyncio.timeout(30):
        while "/control.png" not in media.asked:  # noqa: ASYNC110 - the host tells nobody
            await asyncio.sleep(0.02)
