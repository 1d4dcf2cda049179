"""No host but the configured ones is ever looked up or called.

Road and desk as real processes run a whole journey, watched: every way out is written down and refused.
"""

import asyncio
import importlib.util
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.resolver import DefaultResolver, ThreadedResolver
from aiohttp.test_utils import TestServer
from yarl import URL

from core.delivery.signing import new_secret
from core.ledger.road import reports
from core.ledger.schema import ROAD
from desk.tables import DESK
from desk.tables import reports as desk_reports
from tests.apart import desk_and_road
from tests.program import Browser, Program, browsing, free_port, running, signed_in, until, until_there

WATCH = Path(__file__).parents[1] / "watched_program.py"
ELSEWHERE = "elsewhere.invalid"
"""A host that is named in everything a page hands over, and nowhere in the settings."""
PROXIES = {
    name: f"http://proxy.invalid:{port}"
    for port, name in enumerate(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), 1)
}


@asynccontextmanager
async def webhook() -> AsyncIterator[tuple[URL, asyncio.Event]]:
    """Where alarms are posted; redirects elsewhere, as a webhook that was taken over might."""
    rung = asyncio.Event()

    async def ring(_request: web.Request) -> web.Response:
        rung.set()
        raise web.HTTPTemporaryRedirect(f"http://{ELSEWHERE}/")

    app = web.Application()
    app.router.add_post("/", ring)
    async with TestServer(app, host="127.0.0.1") as server:
        yield server.make_url("/"), rung


def watched(program: Program, *configured: str) -> Path:
    record = program.data.parent / f"{program.data.name}.calls"
    record.touch()
    program.through = (str(WATCH), str(record), ",".join(configured) or "-")
    program.environ = PROXIES
    return record


def calls(record: Path) -> dict[str, bool]:
    """Everybody who was looked up or called, and whether that was let through."""
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    return {line["place"]: line["let"] for line in lines}


async def test_road_and_desk_call_nobody_but_whom_the_settings_name(tmp_path: Path) -> None:
    mail_port, redis_port = free_port(), free_port()
    async with webhook() as (bell, rung):
        secret = tmp_path / "alarm.secret"
        secret.write_text(new_secret())
        secret.chmod(0o600)
        desk, road = desk_and_road(
            tmp_path,
            desk_host="localhost",
            more=f'[alarm]\nwebhook_url = "{bell}"\nwebhook_secret_file = "{secret}"\n'
            f'mail_to = ["ann@{ELSEWHERE}"]\nmail_from = "lifebelt@{ELSEWHERE}"\nsmtp_host = "127.0.0.1"\n'
            f"smtp_port = {mail_port}\nurgent_after_s = 1\n",
        )
        others = (f"127.0.0.1:{port}" for port in (bell.port, mail_port, redis_port))
        configured = (f"localhost:{desk.desk_port}", *others)
        by_road, by_desk = watched(road, *configured), watched(desk)
        road.environ = {**PROXIES, "REDIS_URL": f"redis://127.0.0.1:{redis_port}"}
        async with running(desk), running(road), browsing(road.public) as browser:
            await whole_journey(desk, road, browser)
            assert await desk.stop() == 0
            await browser.send(danger="yes")  # which no desk takes: somebody outside is told
            async with asyncio.timeout(30):
                await rung.wait()
            assert await road.stop() == 0
        resolved = {f"{address}:{desk.desk_port}" for address in ("127.0.0.1", "::1")}
        assert set(calls(by_road)) - resolved == set(configured)
        assert set(calls(by_road)) & resolved
        assert all(calls(by_road).values())
        assert calls(by_desk) == {}


async def whole_journey(desk: Program, road: Program, browser: Browser) -> None:
    """Handed over, sent, delivered, read at the desk, and heard of by code."""
    first = await browser.get()
    await browser.hand_over(first.key, conversation(), browser.origin)
    sent = await browser.press(first, "send", own_words=f"look http://{ELSEWHERE}/")
    assert sent.reference is not None
    (report,) = await until_there(desk, DESK, desk_reports)
    async with signed_in(desk) as specialist:
        assert ELSEWHERE.replace(".", "[.]") in (await specialist.look(report.id)).words
    await until(road, heard_that_it_was_read)
    for reference in (sent.reference, "LB-0000-0000-0000-0"):
        assert (await browser.post("/my-report", {"reference": reference})).status == 200


async def heard_that_it_was_read(program: Program) -> bool:
    return any(row.read_at is not None for row in await program.rows(ROAD, reports))


def conversation() -> list[dict[str, object]]:
    link = f"http://{ELSEWHERE}/a.png"
    files = [{"name": "a.png", "type": "image/png", "url": link, "thumbnail": link}]
    author = {"id": "u7", "name": "Robin", "avatar": link}
    embeds = [{"url": link, "image": link}]
    return [
        {"id": "1", "author": author, "text": link, "attachments": files, "embeds": embeds, "reported": True}
    ]


WAYS_OUT = """
import asyncio, contextlib, os, socket, subprocess, urllib.request
import aiohttp

async def by_aiohttp():
    async with aiohttp.ClientSession() as session:
        await session.get("http://b.invalid/")

async def by_asyncio():
    await asyncio.open_connection("c.invalid", 80)

async def by_address():
    await asyncio.open_connection("192.0.2.1", 80)

def by_datagram():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", ("192.0.2.2", 53))

ways = [
    lambda: urllib.request.urlopen("http://a.invalid/"),
    lambda: asyncio.run(by_aiohttp()),
    lambda: asyncio.run(by_asyncio()),
    lambda: asyncio.run(by_address()),
    by_datagram,
    lambda: socket.gethostbyname("d.invalid"),
    lambda: subprocess.run(["true"]),
    lambda: os.system("true"),
    lambda: os.fork(),
]
for way in ways:
    try:
        way()
    except (PermissionError, aiohttp.ClientConnectorError, urllib.error.URLError) as refused:
        assert "not configured" in repr(refused) or "not configured" in repr(refused.__context__), refused
    else:
        raise SystemExit("not refused")
"""


async def test_the_watch_sees_and_refuses_every_way_out(tmp_path: Path) -> None:
    program, record = tmp_path / "ways_out.py", tmp_path / "calls"
    program.write_text(WAYS_OUT)
    process = await asyncio.create_subprocess_exec(sys.executable, str(WATCH), str(record), "-", str(program))
    assert await process.wait() == 0
    seen = calls(record)
    assert set(seen) == {
        *("a.invalid:80", "b.invalid:80", "c.invalid:80", "192.0.2.1:80", "192.0.2.2:53", "d.invalid"),
        *(f"a child process by {event}" for event in ("subprocess.Popen", "os.system", "os.fork")),
    }
    assert not any(seen.values())


@pytest.mark.parametrize("unseen", ["aiodns", "pycares", "uvloop"])
def test_nothing_is_here_that_goes_out_past_the_watch(unseen: str) -> None:
    """Resolvers and loops that open their own sockets, which Python's audit events do not show."""
    assert importlib.util.find_spec(unseen) is None
    assert DefaultResolver is ThreadedResolver
