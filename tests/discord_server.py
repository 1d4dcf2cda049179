"""Discord as a party of its own: a simulated world behind real HTTP and a real gateway, on loopback.

Nothing of discord.py is cut off: its requests, its tries again and its gateway are what people's programs
have. The world outlives whoever is connected, so that a program may be killed and come back to it.
"""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from types import SimpleNamespace
from typing import Any, Final, TypeVar
from unittest import mock

import discord
import simcord
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer
from discord.gateway import DiscordWebSocket
from discord.http import Route
from simcord.backend import Backend, serializers
from simcord.backend.errors import BackendError
from simcord.gateway import FakeGateway
from simcord.http import router
from simcord.types import HttpLogEntry
from yarl import URL

API: Final = "/api/v10"
PATIENCE_S: Final = 60.0
MAY_READ_MESSAGES: Final = 1 << 18
"""The flag of an app that was granted Message Content."""
EVERY: Final = re.compile(r".*")
HELLO, IDENTIFY, BEAT, BEAT_HEARD = 10, 2, 1, 11

T = TypeVar("T")


class DiscordFault(StrEnum):
    """What Discord does with a request."""

    FINE = "discord fine"
    FAILING = "discord 5xx"  # and does nothing
    BUSY = "discord 429"
    CUT = "line cut"  # before anything was done
    LOST = "answer lost"  # it was done
    TOO_LATE = "too late"  # Discord no longer knows the interaction


@dataclass(kw_only=True)
class Session:
    """One shard of somebody's, connected."""

    shard: int
    count: int
    begun: float
    ended: float | None = None

    def owns(self, guild: int | None) -> bool:
        """Whether this shard is told of that server; of what is in no server, the first is."""
        return self.shard == (0 if guild is None else (guild >> 22) % self.count)


@dataclass(kw_only=True)
class Server:
    """Discord, and the people in it. `env` makes servers, channels and people."""

    env: simcord.Env
    url: URL = field(default_factory=URL)
    fault: DiscordFault = DiscordFault.FINE
    always: bool = False
    """Whether each try fails; otherwise the first of each request."""
    pressed: list[dict[str, Any]] = field(default_factory=list)
    """Every interaction, as it was told."""
    elsewhere: list[str] = field(default_factory=list)
    """What was asked for that is no part of the API: pictures, for instance."""
    only: re.Pattern[str] = EVERY
    """The requests that fail, as `METHOD /path`; all others are fine."""
    shards: int = 1
    """As many are recommended."""
    at_once: int = 1
    apart_s: float | None = None
    """Two of one bucket that identify within this are noted as violations; None: nobody looks."""
    sessions: list[Session] = field(default_factory=list)
    """Everybody's, the open ones too, in the order they were begun."""
    violations: list[str] = field(default_factory=list)
    _failed: set[tuple[str, str]] = field(default_factory=set)
    _lines: list[asyncio.Queue[str]] = field(default_factory=list)
    _moved: asyncio.Event = field(default_factory=asyncio.Event)
    _one_by_one: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def backend(self) -> Backend:
        return self.env.backend

    @property
    def requests(self) -> list[HttpLogEntry]:
        """Every request that Discord did, in order."""
        return self.env.http_requests

    @property
    def connected(self) -> bool:
        return bool(self._lines)

    @property
    def knows_commands(self) -> bool:
        return bool(self.backend.commands.get(None))

    def fail(self, fault: DiscordFault, *, always: bool = False, only: re.Pattern[str] = EVERY) -> None:
        """From now on; `always`: each try, and not only the first of each request."""
        self.fault, self.always, self.only = fault, always, only
        self._failed.clear()

    def now_is(self, moment: datetime) -> None:
        """Discord's clock shows this from now on."""
        self.backend.advance_clock((moment - self.backend.clock.now()).total_seconds())

    def advance(self, time: timedelta) -> None:
        self.backend.advance_clock(time.total_seconds())

    async def until(self, what: Callable[[], bool]) -> None:
        """Wait until something is so here; looked at again whenever anything was asked or told."""
        async with asyncio.timeout(PATIENCE_S):
            while not what():
                await self._moved.wait()

    async def do(self, act: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Somebody does something: one after another, as the simulated world wants it."""
        async with self._one_by_one:
            return await act()

    def again(self, told: Mapping[str, Any]) -> None:
        """An interaction is told once more, as after a broken line."""
        self._tell("INTERACTION_CREATE", told)

    # HTTP.

    async def answer(self, request: web.Request) -> web.StreamResponse:
        path, fault = f"/{request.match_info['path']}", self._fault_of(request)
        if fault is DiscordFault.CUT:
            return self._cut(request)
        if fault is not DiscordFault.FINE and fault is not DiscordFault.LOST:
            self._moves()
            return _refusal(fault)
        if path == "/gateway/bot":
            return _json(200, self._advice())
        text = await request.text()
        status, body = self._done(request, path, json.loads(text) if text else None)
        self._moves()
        if fault is DiscordFault.LOST:
            return self._cut(request)
        return web.Response(status=204) if body is None else _json(status, body)

    def _advice(self) -> dict[str, Any]:
        limit = {
            "total": 1000,
            "remaining": 1000 - len(self.sessions),
            "reset_after": 86_400_000,
            "max_concurrency": self.at_once,
        }
        return {"url": str(self.url), "shards": self.shards, "session_start_limit": limit}

    async def other(self, request: web.Request) -> web.StreamResponse:
        self.elsewhere.append(request.path)
        raise web.HTTPNotFound

    def _fault_of(self, request: web.Request) -> DiscordFault:
        tried = (request.method, request.path)
        asked = f"{request.method} {request.path.removeprefix(API)}"
        spared = tried in self._failed and not self.always
        if self.fault is DiscordFault.FINE or spared or not self.only.fullmatch(asked):
            return DiscordFault.FINE
        self._failed.add(tried)
        return self.fault

    def _done(self, request: web.Request, path: str, body: Any) -> tuple[int, Any]:
        try:
            return 200, router.dispatch(
                self.backend,
                request.method,
                path,
                json=body,
                params=dict(request.query),
                reason=request.headers.get("X-Audit-Log-Reason"),
            )
        except BackendError as error:
            return error.status, error.to_json()

    def _cut(self, request: web.Request) -> web.StreamResponse:
        self._moves()
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    # The gateway.

    async def gateway(self, request: web.Request) -> web.StreamResponse:
        """One connection, until either side ends it."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"op": HELLO, "d": {"heartbeat_interval": 41250}})
        line: asyncio.Queue[str] = asyncio.Queue()
        sending = asyncio.ensure_future(_send_all(socket, line))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._heard(json.loads(message.data), line)
        finally:
            sending.cancel()
            with contextlib.suppress(ValueError):
                self._lines.remove(line)
                line.session.ended = _now()  # type: ignore[attr-defined]
            self._moves()
        return socket

    def _heard(self, message: dict[str, Any], line: "asyncio.Queue[str]") -> None:
        if message["op"] == BEAT:
            line.put_nowait(json.dumps({"op": BEAT_HEARD}))
        if message["op"] == IDENTIFY:
            self._greet(message["d"], line)

    def _greet(self, identified: dict[str, Any], line: "asyncio.Queue[str]") -> None:
        session = self._identified(*identified.get("shard", (0, 1)))
        line.session = session  # type: ignore[attr-defined]
        intents = discord.Intents._from_value(identified["intents"])
        feed = FakeGateway(self.backend, SimpleNamespace(intents=intents, parsers=_Sends(line))).feed
        feed("READY", self._ready() | {"shard": [session.shard, session.count]})
        for guild in self.backend.guilds.values():
            if not session.owns(guild.id):
                continue
            feed("GUILD_CREATE", serializers.guild_create_payload(self.backend, guild))
        line.feed = feed  # type: ignore[attr-defined]
        self._lines.append(line)
        self._moves()

    def _identified(self, shard: int, count: int) -> Session:
        """Somebody identifies. Whoever does it too soon is noted, and nothing else befalls them."""
        session = Session(shard=shard, count=count, begun=_now())
        for other in self.sessions if self.apart_s is not None else ():
            passed = session.begun - other.begun
            if passed < (self.apart_s or 0) and (other.shard - shard) % self.at_once == 0:
                self.violations.append(f"shard {shard} identifies {passed:.2f} s after {other.shard}")
        self.sessions.append(session)
        return session

    def serving(self, shard: int) -> list[Session]:
        """Who is connected for it now."""
        return [each for each in self.sessions if each.shard == shard and each.ended is None]

    def _ready(self) -> dict[str, Any]:
        return {
            "v": 10,
            "user": dict(serializers.user_payload(self.backend.bot_user)),
            "guilds": [],
            "session_id": "a session",
            "resume_gateway_url": str(self.url.with_scheme("ws") / "gateway"),
            "shard": [0, 1],
            "application": {"id": str(self.backend.application_id), "flags": MAY_READ_MESSAGES},
        }

    def told(self, event: str, payload: Mapping[str, Any]) -> None:
        """Something happened in the world."""
        if event == "INTERACTION_CREATE":
            self.pressed.append(json.loads(json.dumps(payload)))
        self._tell(event, payload)

    def _tell(self, event: str, payload: Mapping[str, Any]) -> None:
        guild = payload.get("guild_id")
        for line in self._lines:
            if line.session.owns(None if guild is None else int(guild)):  # type: ignore[attr-defined]
                line.feed(event, payload)  # type: ignore[attr-defined]

    def _moves(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()


def _now() -> float:
    return asyncio.get_running_loop().time()


class _Sends(dict[str, Callable[[Any], None]]):
    """For any event: what sends it down a line."""

    def __init__(self, line: "asyncio.Queue[str]") -> None:
        super().__init__()
        self._line = line
        self._number = 0

    def __missing__(self, event: str) -> Callable[[Any], None]:
        return partial(self._send, event)

    def _send(self, event: str, payload: Any) -> None:
        self._number += 1
        self._line.put_nowait(json.dumps({"op": 0, "t": event, "s": self._number, "d": payload}))


async def _send_all(socket: web.WebSocketResponse, line: "asyncio.Queue[str]") -> None:
    while True:
        await socket.send_str(await line.get())


def _json(status: int, body: Any) -> web.Response:
    """discord.py takes nothing for JSON that says anything about its letters."""
    headers = {"Content-Type": "application/json"}
    return web.Response(status=status, body=json.dumps(body).encode(), headers=headers)


def _refusal(fault: DiscordFault) -> web.Response:
    match fault:
        case DiscordFault.BUSY:
            return _json(429, {"message": "slower", "retry_after": 0.01, "code": 0})
        case DiscordFault.TOO_LATE:
            return _json(404, {"message": "Unknown interaction", "code": 10062})
        case _:
            return web.Response(status=502, text="bad gateway")


@asynccontextmanager
async def discord_server() -> AsyncIterator[Server]:
    """Discord, with nobody in it yet and nobody connected."""
    begun: asyncio.Future[simcord.Env] = asyncio.get_running_loop().create_future()
    ending = asyncio.Event()
    # In a task of its own: what the simulation puts into its context must reach no program of this process.
    world = asyncio.ensure_future(_world(begun, ending))
    try:
        server = Server(env=await begun)
        app = web.Application()
        app.router.add_get("/gateway", server.gateway)
        app.router.add_get("/gateway/", server.gateway)
        app.router.add_route("*", f"{API}/{{path:.*}}", server.answer)
        app.router.add_route("*", "/{path:.*}", server.other)
        async with TestServer(app, host="127.0.0.1") as listening:
            server.url = listening.make_url("/")
            server.backend.subscribers.append(server.told)
            yield server
    finally:
        ending.set()
        await world


async def _world(begun: "asyncio.Future[simcord.Env]", ending: asyncio.Event) -> None:
    nobody = discord.Client(intents=discord.Intents(guilds=True), max_messages=None)
    env = simcord.Env(nobody, check_errors=False)
    try:
        await env.start()
    except BaseException as error:
        begun.set_exception(error)
        raise
    begun.set_result(env)
    await ending.wait()
    await env.shutdown()


@contextlib.contextmanager
def addressed(url: URL) -> Iterator[None]:
    """In this block discord.py takes `url` for Discord."""
    gateway = url.with_scheme("ws") / "gateway"
    base = str(url).rstrip("/") + API
    with (
        mock.patch.object(Route, "BASE", base),
        mock.patch.object(DiscordWebSocket, "DEFAULT_GATEWAY", gateway),
    ):
        yield


# What everybody else sees.

_PRIVATE: Final = 1 << 6
_SILENT: Final = re.compile(
    r"GET /(users/@me|oauth2/applications/@me|channels/\d+/messages|guilds/\d+/members/\d+)"
    r"|GET /webhooks/\d+/[^/]+/messages/@original"
    r"|PUT /applications/\d+/commands"
    r"|(PATCH|DELETE) /webhooks/\d+/[^/]+/messages/\d+"
)
CALLBACKS: Final = re.compile(r"POST /interactions/\d+/[^/]+/callback")


def traces(server: Server) -> list[str]:
    """All that was done in Discord which anybody but who pressed could see, or be told of."""
    return [f"{one.method} {one.path}" for one in server.requests if not _is_unseen(server, one)]


def _is_unseen(server: Server, one: HttpLogEntry) -> bool:
    asked = f"{one.method} {one.path}"
    if one.reason is not None:
        return False
    if CALLBACKS.fullmatch(asked):
        return _is_private(server, one)
    return _SILENT.fullmatch(asked) is not None


def _is_private(server: Server, one: HttpLogEntry) -> bool:
    """A modal, a private message, or another face of a private message."""
    body: dict[str, Any] = one.json or {}
    kind, data = body["type"], body.get("data") or {}
    if kind == 4:
        return bool(data.get("flags", 0) & _PRIVATE) and not data.get("allowed_mentions", {}).get("parse")
    if kind == 7:
        record = server.backend.interactions[int(one.path.split("/")[2])]
        told = next(each for each in server.pressed if each["id"] == str(record.id))
        return bool(told["message"]["flags"] & _PRIVATE)
    return bool(kind == 9)
