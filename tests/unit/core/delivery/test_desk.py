import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from core.delivery import wire
from core.delivery.desk import DeskDestination, Timeouts, open_session
from core.delivery.signing import new_secret
from core.errors import DeliveryRefused, DestinationDown, InputRefused, KeysMissing
from core.ids import ItemId, RoadName
from core.testing.clock import FixedClock

ROAD = RoadName("road")
SECRET = new_secret()
ITEM = ItemId("1" * 32)
BRIEF = Timeouts(connect=0.5, deliver=0.2, status=0.2, acknowledge=0.2, news_beyond_wait=0.2)
ACCEPTED = msgspec.json.encode(wire.Accepted(item=ITEM, received_at=datetime(2026, 3, 4, tzinfo=UTC)))

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Scripted:
    """A server that gives whatever answer a test wants, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[web.Request] = []
        self.answer: Answer = self.plain()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        return await self.answer(request)

    @staticmethod
    def plain(status: int = 202, body: bytes = ACCEPTED, headers: dict[str, str] | None = None) -> Answer:
        async def answer(_request: web.Request) -> web.Response:
            return web.Response(status=status, body=body, headers=headers)

        return answer


@pytest.fixture
def script() -> Scripted:
    return Scripted()


@pytest.fixture
async def server(script: Scripted) -> AsyncIterator[TestServer]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", script.handle)
    server = TestServer(app)
    await server.start_server()
    yield server
    await server.close()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session() as session:
        yield session


@pytest.fixture
def desk(server: TestServer, session: aiohttp.ClientSession, clock: FixedClock) -> DeskDestination:
    url = str(server.make_url(""))
    return DeskDestination(url, SECRET, ROAD, session, clock=clock, timeouts=BRIEF)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
async def test_a_redirect_is_never_followed(desk: DeskDestination, script: Scripted, status: int) -> None:
    script.answer = script.plain(status, headers={"Location": "/elsewhere"})
    with pytest.raises(DeliveryRefused) as refused:
        await desk.deliver(ITEM, b"{}")
    assert refused.value.status == status
    assert [request.path for request in script.asked] == [wire.DELIVERIES]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 451])
async def test_a_no_is_a_refusal_with_its_status(
    desk: DeskDestination, script: Scripted, status: int
) -> None:
    script.answer = script.plain(status, b'{"code": "x", "message": "a name that must not leak"}')
    with pytest.raises(DeliveryRefused) as refused:
        await desk.deliver(ITEM, b"{}")
    assert refused.value.status == status
    assert "leak" not in str(refused.value)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (408, "failed"),
        (425, "failed"),
        (429, "busy"),
        (500, "failed"),
        (501, "failed"),
        (502, "busy"),
        (503, "busy"),
        (504, "busy"),
        (599, "failed"),
        (200, "garbage"),
        (201, "garbage"),
        (204, "garbage"),
    ],
)
async def test_an_answer_that_asks_for_another_try_is_a_desk_that_is_down(
    desk: DeskDestination, script: Scripted, status: int, reason: str
) -> None:
    script.answer = script.plain(status)
    with pytest.raises(DestinationDown) as down:
        await desk.deliver(ITEM, b"{}")
    assert down.value.reason == reason


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff\xfe",
        b"<html>Welcome to the hotel's wireless network</html>",
        b'{"item": 5, "received_at": "2026-03-04T00:00:00Z"}',
        b'{"item": "' + b"2" * 32 + b'", "received_at": "2026-03-04T00:00:00Z"}',
        b'{"item": "' + ITEM.encode() + b'", "received_at": "2026-03-04T00:00:00"}',
        b'{"item": "' + ITEM.encode() + b'", "received_at": "soon"}',
        b'{"item": "' + b"1" * 70_000 + b'"}',
        b'{"item": "' + ITEM.encode() + b'", "more": ' + b"[" * 20_000,
    ],
    ids=[
        "empty",
        "no fields",
        "a list",
        "not utf-8",
        "a captive portal",
        "wrong type",
        "another item",
        "no zone",
        "no time",
        "too long",
        "too deep",
    ],
)
async def test_a_202_that_is_not_this_desks_is_not_believed(
    desk: DeskDestination, script: Scripted, body: bytes
) -> None:
    script.answer = script.plain(202, body)
    with pytest.raises(DestinationDown) as down:
        await desk.deliver(ITEM, b"{}")
    assert down.value.reason == "garbage"


async def test_an_answer_without_an_end_is_cut_off(desk: DeskDestination, script: Scripted) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=202)
        await response.prepare(request)
        while True:
            await response.write(b" " * 65_536)

    script.answer = endless
    with pytest.raises(DestinationDown) as down:
        await desk.deliver(ITEM, b"{}")
    assert down.value.reason == "garbage"


@pytest.mark.parametrize(
    ("header", "asked"),
    [
        ("120", timedelta(minutes=2)),
        ("0", timedelta()),
        (format_datetime(datetime(2026, 3, 4, 5, 7, 7, tzinfo=UTC), usegmt=True), timedelta(minutes=1)),
        ("Wed, 04 Mar 2026 05:07:07 -0000", timedelta(minutes=1)),
        ("Wed, 04 Mar 2020 05:07:07 GMT", timedelta()),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("9" * 400, None),
        ("", None),
    ],
)
async def test_retry_after_is_read_by_the_clock_passed_in(
    desk: DeskDestination, script: Scripted, header: str, asked: timedelta | None
) -> None:
    script.answer = script.plain(429, headers={"Retry-After": header})
    with pytest.raises(DestinationDown) as down:
        await desk.deliver(ITEM, b"{}")
    assert down.value.retry_after == asked


async def test_a_desk_that_never_answers_is_silent(desk: DeskDestination, script: Scripted) -> None:
    for_ever = asyncio.Event()

    async def never(_request: web.Request) -> web.StreamResponse:
        await for_ever.wait()
        raise AssertionError

    script.answer = never
    with pytest.raises(DestinationDown) as down:
        await desk.deliver(ITEM, b"{}")
    assert down.value.reason == "silent"
    for_ever.set()


async def test_a_connection_cut_in_the_middle_is_silent(desk: DeskDestination, script: Scripted) -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    script.answer = cut
    with pytest.raises(DestinationDown) as down:
        await desk.deliver(ITEM, b"{}")
    assert down.value.reason == "silent"


async def test_what_is_not_http_at_all_is_garbage(session: aiohttp.ClientSession, clock: FixedClock) -> None:
    async def other(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.9\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(other, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        desk = DeskDestination(f"http://127.0.0.1:{port}", SECRET, ROAD, session, clock=clock, timeouts=BRIEF)
        with pytest.raises(DestinationDown) as down:
            await desk.deliver(ITEM, b"{}")
    assert down.value.reason == "garbage"


async def test_nobody_at_the_address_is_unreachable(
    session: aiohttp.ClientSession, clock: FixedClock
) -> None:
    url = f"http://127.0.0.1:{unused_port()}"
    desk = DeskDestination(url, SECRET, ROAD, session, clock=clock, timeouts=BRIEF)
    with pytest.raises(DestinationDown) as down:
        await desk.deliver(ITEM, b"{}")
    assert down.value.reason == "unreachable"


async def test_a_session_closed_at_the_end_is_an_unreachable_desk_and_no_crash(
    desk: DeskDestination, session: aiohttp.ClientSession
) -> None:
    await session.close()
    with pytest.raises(DestinationDown) as down:
        await desk.deliver(ITEM, b"{}")
    assert down.value.reason == "unreachable"


async def test_each_attempt_is_signed_afresh_under_the_same_id(
    desk: DeskDestination, script: Scripted, clock: FixedClock
) -> None:
    await desk.deliver(ITEM, b"{}")
    clock.advance(timedelta(hours=2))
    await desk.deliver(ITEM, b"{}")
    first, second = script.asked
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == ITEM
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 7200
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


async def test_two_questions_never_share_an_id(desk: DeskDestination, script: Scripted) -> None:
    script.answer = script.plain(200, msgspec.json.encode(wire.NewsTold(news=())))
    await desk.news(wire.NewsAsked(wait_s=0))
    await desk.news(wire.NewsAsked(wait_s=0))
    first, second = script.asked
    assert first.headers["webhook-id"] != second.headers["webhook-id"]


async def test_nothing_goes_along_that_was_not_asked_for(
    server: TestServer, script: Scripted, session: aiohttp.ClientSession, clock: FixedClock
) -> None:
    by_name = f"http://localhost:{server.port}"  # by its number alone no cookie would ever be kept
    desk = DeskDestination(by_name, SECRET, ROAD, session, clock=clock, timeouts=BRIEF)
    script.answer = script.plain(headers={"Set-Cookie": "seen=1"})
    await desk.deliver(ITEM, b"{}")
    await desk.deliver(ITEM, b"{}")
    assert set(script.asked[1].headers) == {
        "Host",
        "User-Agent",
        "Accept",
        "Accept-Encoding",
        "Content-Type",
        "Content-Length",
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
        "lifebelt-road",
    }
    assert script.asked[1].headers["User-Agent"] == "lifebelt"


async def test_a_proxy_in_the_environment_is_not_used(
    desk: DeskDestination, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = f"http://127.0.0.1:{unused_port()}"
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, nobody)
    assert (await desk.deliver(ITEM, b"{}")).item == ITEM


async def test_a_desk_behind_a_path_is_asked_there(
    server: TestServer, script: Scripted, session: aiohttp.ClientSession, clock: FixedClock
) -> None:
    desk = DeskDestination(str(server.make_url("/desk/")), SECRET, ROAD, session, clock=clock)
    await desk.deliver(ITEM, b"{}")
    assert script.asked[0].path == "/desk/api/v1/deliveries"


@pytest.mark.parametrize(
    "item",
    [
        {"id": "", "at": "2026-03-04T00:00:00Z"},
        {"id": "1", "report": "1" * 33, "at": "2026-03-04T00:00:00Z"},
        {"id": "x" * 65, "at": "2026-03-04T00:00:00Z"},
        {"id": "1", "at": "2026-03-04T00:00:00"},
        {"id": "1", "at": "2026-03-04T00:00:00Z", "kind": "gossip"},
        {"id": "1", "at": "2026-03-04T00:00:00Z", "words": "unasked"},
    ],
)
async def test_news_that_is_not_news_is_garbage(
    desk: DeskDestination, script: Scripted, item: dict[str, str]
) -> None:
    told = {"report": "1" * 32, "kind": "read"} | item
    script.answer = script.plain(200, msgspec.json.encode({"news": [told]}))
    with pytest.raises(DestinationDown) as down:
        await desk.news(wire.NewsAsked(wait_s=0))
    assert down.value.reason == "garbage"


async def test_a_status_without_a_zone_is_garbage(desk: DeskDestination, script: Scripted) -> None:
    script.answer = script.plain(200, b'{"known": true, "read_at": "2026-03-04T00:00:00"}')
    with pytest.raises(DestinationDown) as down:
        await desk.status("LB-ANY")
    assert down.value.reason == "garbage"


@pytest.mark.parametrize("status", [302, 401, 404, 422])
async def test_an_acknowledgement_that_is_refused_says_so(
    desk: DeskDestination, script: Scripted, status: int
) -> None:
    script.answer = script.plain(status)
    with pytest.raises(DeliveryRefused):
        await desk.acknowledge(("1",))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "desk.example",
        "ftp://desk.example",
        "file:///etc/passwd",
        "//desk.example",
        "https://",
        "https://name:word@desk.example",
        "https://desk.example/?to=elsewhere",
        "https://desk.example/#there",
        "https://desk.example:notaport",
    ],
)
async def test_an_address_that_is_not_one_is_refused_when_it_is_set(
    session: aiohttp.ClientSession, clock: FixedClock, url: str
) -> None:
    with pytest.raises(InputRefused):
        DeskDestination(url, SECRET, ROAD, session, clock=clock)


async def test_a_secret_that_is_not_one_is_refused_when_it_is_set(
    session: aiohttp.ClientSession, clock: FixedClock
) -> None:
    with pytest.raises(KeysMissing):
        DeskDestination("https://desk.example", "whsec_short", ROAD, session, clock=clock)


def test_the_secret_is_shown_nowhere(desk: DeskDestination) -> None:
    assert SECRET not in repr(desk)
