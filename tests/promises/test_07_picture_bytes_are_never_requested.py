"""Promise 7. Picture bytes are never requested, stored, shown or forwarded; links are shown broken."""

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from desk.tables import DESK
from desk.tables import reports as desk_reports
from tests.program import ANSWERS, Browser, Program, signed_in, until_there

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


async def test_a_media_host_is_never_asked_and_no_byte_of_a_picture_is_kept(
    up: Program, browser: Browser, media: MediaHost
) -> None:
    messages = [
        {
            "id": "1",
            "author": {"id": "u", "name": "Robin", "avatar": f"{media.origin}/avatar.png"},
            "text": f"look {media.origin}/a.jpg ![x](data:image/jpeg;base64,{PICTURE})",
            "attachments": [
                {
                    "name": "a.jpg",
                    "type": "image/jpeg",
                    "size": 4,
                    "url": f"{media.origin}/a.jpg",
                    "thumbnail": f"data:image/png;base64,{PICTURE}",
                }
            ],
            "reported": True,
        }
    ]
    first = await browser.get()
    status, answer = await browser.hand_over(first.key, messages, browser.origin)
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
    await asyncio.sleep(0)
    assert media.asked == []


async def test_nobody_is_asked_to_send_a_picture(up: Program, browser: Browser) -> None:
    first = await browser.get()
    more = await browser.press(first, "more")
    for page in (first, more):
        assert 'type="file"' not in page.text
        assert "multipart" not in page.text
