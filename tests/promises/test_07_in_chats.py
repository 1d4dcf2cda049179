"""Promise 7 in chats. Nothing that a picture is made of is asked for, kept or handed on."""

import re
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from simcord.backend.models import MessageSticker

from core.evidence.transcript import parse
from tests import discord_whole, slack_whole
from tests.chat_whole import ChatWhole
from tests.chats import Chat, each_chat

HASH = "a_d5efa99b3eeaa7dd43acca82f5692432"
BYTES = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB"
DATA = f"data:image/png;base64,{BYTES}"


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


# All that may hang on a message of each chat, and what may be kept of it.


async def shown_on_discord(somewhere: discord_whole.Whole, host: str) -> tuple[Any, Any]:
    """A file, an embed with pictures, a sticker, and bytes inside of it; said by somebody with a face."""
    robin = somewhere.park.add_member(somewhere.discord.env.create_user("robin", avatar=HASH))
    message = await robin.send(somewhere.channel, f"look {host}/text.png {DATA}")
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
    return robin, message


async def shown_on_slack(somewhere: slack_whole.Whole, host: str) -> tuple[Any, Any]:
    """A file with every thumbnail, an unfolded link, a block with a picture, and a face with each."""
    robin = somewhere.member("robin")
    sizes = (24, 64, 80, 160, 360, 480, 720, 800, 960, 1024)
    thumbnails = {f"thumb_{size}": f"{host}/thumb_{size}.png" for size in sizes}
    file = {
        "id": "F77",
        "name": "a.png",
        "title": "a.png",
        "mimetype": "image/png",
        "size": 4,
        "url_private": f"{host}/p.png",
        "url_private_download": f"{host}/download/p.png",
        "permalink": f"{host}/permalink.png",
        "permalink_public": f"{host}/public.png",
        "thumb_tiny": BYTES,
        "preview": DATA,
        "preview_highlight": f"<img src='{DATA}'>",
        "thumb_pdf": f"{host}/thumb_pdf.png",
        "thumb_video": f"{host}/thumb_video.png",
        "converted_pdf": f"{host}/converted.pdf",
        "deanimate_gif": f"{host}/still.png",
        **thumbnails,
    }
    unfolded = {
        "title": "look",
        "title_link": f"{host}/page",
        "image_url": f"{host}/unfolded.png",
        "thumb_url": f"{host}/thumb.png",
        "author_icon": f"{host}/icon.png",
        "footer_icon": f"{host}/foot.png",
        "service_icon": f"{host}/service.png",
        "image_bytes": BYTES,
    }
    face = {"image_72": f"{host}/face.png", "avatar_hash": HASH, "display_name": "robin"}
    more = {"attachments": [unfolded], "user_profile": face}
    text = f"look {host}/text.png {DATA}"
    message = somewhere.slack.post(robin, somewhere.channel, text, files=[file], more=more)
    return robin, message


def said_on_discord(message: Any) -> None:
    assert "[sticker] wave" in message.text
    assert "[embed]" in message.text


def said_on_slack(message: Any) -> None:
    assert "[attached] look" in message.text


Shown = Callable[[Any, str], Awaitable[tuple[Any, Any]]]
SHOWN: dict[str, tuple[Shown, Callable[[Any], None], Sequence[str]]] = {
    "discord": (
        shown_on_discord,
        said_on_discord,
        ("proxied.png", "icon.png", "foot.png", 'p.png","proxy'),
    ),
    "slack": (
        shown_on_slack,
        said_on_slack,
        (
            "thumb",
            "icon.png",
            "foot.png",
            "service.png",
            "face.png",
            "download",
            "converted",
            "still",
            "<img",
        ),
    ),
}
"""How it is shown there, what may be said of it, and what is never kept."""


@each_chat
async def test_files_links_and_faces_are_never_asked_for(
    tmp_path: Path, chat: Chat, asked: list[str]
) -> None:
    host_asked: list[str] = []

    async def count(request: web.Request) -> web.Response:
        host_asked.append(request.path)
        return web.Response(body=b"\xff\xd8\xff")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", count)
    async with TestServer(app, host="127.0.0.1") as media, chat.whole(tmp_path) as somewhere:
        host = str(media.make_url("")).rstrip("/")
        show, _, _ = SHOWN[chat.name]
        robin, message = await show(somewhere, host)
        for way in chat.ways.values():
            child = somewhere.child()
            await way(child, message, robin)
            assert host not in child.words
            if "send" in child.buttons:
                await child.press("send")
                assert child.code is not None
            assert host not in child.words
        await somewhere.idle()
        await only_what_is_said_of_it(somewhere, chat, host)
        await somewhere.behind.deliver()
        await somewhere.behind.triage()
        assert host_asked == somewhere.asked_elsewhere() == []
        told = [one for one in asked if is_told(one, somewhere)]
        assert sorted(told) == sorted(asked)
        api, *_ = somewhere.addresses()
        assert len([one for one in asked if api in one]) > 8


def is_told(one: str, somewhere: ChatWhole) -> bool:
    """What the chat or the desk was asked, by us; or we by the chat."""
    desk = re.compile(r"POST http://127\.0\.0\.1:\d+/api/v1/deliveries")
    return any(address in one for address in somewhere.addresses()) or desk.fullmatch(one) is not None


async def only_what_is_said_of_it(somewhere: ChatWhole, chat: Chat, host: str) -> None:
    """Name, type, size, id and address of a file; of all else what stands in words."""
    _, said, never_kept = SHOWN[chat.name]
    sealed = [(header, body) for header, body in await somewhere.opened() if header.kind != "answers"]
    assert len(sealed) >= 3
    for _, body in sealed:
        for never in (BYTES, HASH, *never_kept):
            assert never.encode() not in body, never
    (reported,) = [body for header, body in sealed if header.kind == "reported" and b"a.png" in body]
    (message,) = parse(reported).messages
    (file,) = message.attachments
    assert (file.name, file.media_type, file.size) == ("a.png", "image/png", 4)
    assert file.platform_id in {"77", "F77"}
    assert file.url == f"{host}/p.png"
    said(message)


@each_chat
async def test_no_form_asks_for_a_file(tmp_path: Path, chat: Chat) -> None:
    async with chat.whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        await child.press("more")
        assert child.form is not None
        kinds = set(re.findall(r"'type': ([^,}]+)", str(child.form)))
        assert len(kinds) > 2
        assert not kinds & {"19", "'file_input'", "'file'", "'image'"}
