"""Promise 7 on Discord. Nothing that a picture is made of is asked for, kept or handed on."""

import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from simcord.backend.models import MessageSticker

from core.evidence.transcript import parse
from tests.discord_whole import Whole, whole

HASH = "a_d5efa99b3eeaa7dd43acca82f5692432"
BYTES = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every address that this process asks for, whoever asks."""
    found: list[str] = []
    request = aiohttp.ClientSession._request

    async def noted(self: aiohttp.ClientSession, method: str, url: Any, **how: Any) -> Any:
        found.append(f"{method} {url}")
        return await request(self, method, url, **how)

    monkeypatch.setattr(aiohttp.ClientSession, "_request", noted)
    return found


def with_pictures(somewhere: Whole, message: Any, host: str) -> None:
    """All that may hang on a message: a file, an embed with pictures, a sticker, and bytes inside of it."""
    stored = somewhere.discord.backend.messages[somewhere.channel.id][message.id]
    picture = {"url": f"{host}/p.png", "proxy_url": f"{host}/proxied.png", "width": 9, "height": 9}
    stored.attachments = [
        {
            "id": "77",
            "filename": "a.png",
            "size": 4,
            "content_type": "image/png",
            "placeholder": BYTES,
            "placeholder_version": 1,
            **picture,
        }
    ]
    stored.embeds = [
        {
            "type": "rich",
            "title": "look",
            "url": f"{host}/page",
            "image": picture | {"placeholder": BYTES},
            "thumbnail": picture | {"placeholder": BYTES},
            "author": {"name": "x", "icon_url": f"{host}/icon.png"},
            "footer": {"text": "y", "icon_url": f"{host}/foot.png"},
            "video": picture,
        }
    ]
    stored.stickers = [MessageSticker(id=88, name="wave", format_type=1, guild_id=somewhere.park.id)]


async def test_files_embeds_stickers_and_faces_are_never_asked_for(tmp_path: Path, asked: list[str]) -> None:
    host_asked: list[str] = []

    async def count(request: web.Request) -> web.Response:
        host_asked.append(request.path)
        return web.Response(body=b"\xff\xd8\xff")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", count)
    async with TestServer(app, host="127.0.0.1") as media, whole(tmp_path) as somewhere:
        host = str(media.make_url("")).rstrip("/")
        robin = somewhere.park.add_member(somewhere.discord.env.create_user("robin", avatar=HASH))
        message = await robin.send(somewhere.channel, f"look {host}/text.png data:image/png;base64,{BYTES}")
        with_pictures(somewhere, message, host)
        child = somewhere.child()
        for way in ("person", "report", "message"):
            if way == "person":
                await child.report_person(robin)
            elif way == "report":
                await child.report()
            else:
                await child.report_message(message)
            assert host not in child.words
            await child.press("send")
            assert child.code is not None
            assert host not in child.words
        await somewhere.idle()
        await only_what_is_said_of_it(somewhere, host)
        await somewhere.behind.deliver()
        await somewhere.behind.triage()
        assert host_asked == somewhere.discord.elsewhere == []
        api = f"{somewhere.discord.url}api/v10/"
        desk = re.compile(r"POST http://127\.0\.0\.1:\d+/api/v1/deliveries")
        told = [one for one in asked if api in one or "/gateway" in one or desk.fullmatch(one)]
        assert sorted(told) == sorted(asked)
        assert len([one for one in asked if api in one]) > 8


async def only_what_is_said_of_it(somewhere: Whole, host: str) -> None:
    """Name, type, size, id and address of a file; of all else what stands in words."""
    sealed = [(header, body) for header, body in await somewhere.opened() if header.kind != "answers"]
    assert len(sealed) >= 3
    for _, body in sealed:
        assert BYTES.encode() not in body
        assert HASH.encode() not in body
        for never in ("proxied.png", "icon.png", "foot.png", 'p.png","proxy'):
            assert never.encode() not in body
    (reported,) = [body for header, body in sealed if header.kind == "reported" and b"a.png" in body]
    (message,) = parse(reported).messages
    (file,) = message.attachments
    assert (file.name, file.media_type, file.size, file.platform_id) == ("a.png", "image/png", 4, "77")
    assert file.url == f"{host}/p.png"
    assert "[sticker] wave" in message.text
    assert "[embed]" in message.text


async def test_no_form_asks_for_a_file(tmp_path: Path) -> None:
    async with whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        await child.press("more")
        assert child.form is not None
        assert '"type": 19' not in str(child.form).replace("'", '"')
        assert all(part.get("component", {}).get("type") != 19 for part in child.form["components"])
