"""The API that roads deliver to and ask: signed POSTs of JSON, each answered in JSON whatever goes wrong.

Translates HTTP and nothing else; returns an Application that is mounted at /api/v1 of the desk's listener.
"""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, NamedTuple, TypeVar

import msgspec
import structlog
from aiohttp import web  # noqa: TID251 - a room returns an Application

from core.delivery import wire
from core.delivery.signing import Signed, verify
from core.errors import LedgerError, SignatureInvalid
from core.ids import RoadName
from core.times import can_be
from desk.openapi import description
from desk.receiving import Fate, wrong_parts
from desk.refusals import JSON, No, Refused, refusal
from desk.service import DeskService
from desk.traces import where

T = TypeVar("T")
Bytes = TypeVar("Bytes", bytes, bytearray)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

BODY_WITHIN_S: Final = 30
_UTF8 = frozenset({"utf-8", "utf8", "us-ascii"})
_WHERE = re.compile(r"at `(\$[A-Za-z0-9_.\[\]…]*)`$")

log = structlog.get_logger(__name__)


class Asked(NamedTuple):
    """A request whose signature is good, and its bytes."""

    road: RoadName
    signed: Signed
    body: bytes


def intake_app(desk: DeskService) -> web.Application:
    """The four signed POSTs and the description of all of it."""
    app = web.Application(middlewares=[_answering])
    intake = _Intake(desk)
    app.router.add_post(_below(wire.DELIVERIES), intake.deliver)
    app.router.add_post(_below(wire.NEWS), intake.news)
    app.router.add_post(_below(wire.NEWS_ACKNOWLEDGED), intake.acknowledged)
    app.router.add_post(_below(wire.STATUS), intake.status)
    app.router.add_post(_below(wire.MESSAGES_READ), intake.messages_read)
    app.router.add_get(_below(wire.OPENAPI), intake.openapi)
    return app


class _Intake:
    def __init__(self, desk: DeskService) -> None:
        self._desk = desk
        self._description = msgspec.json.encode(description())

    async def deliver(self, request: web.Request) -> web.Response:
        asked = await self._asked(request)
        delivery = _decoded(asked.body, wire.Delivery)
        self._judge(asked, delivery)
        received = await self._desk.receive(asked.road, delivery, hashlib.sha256(asked.body).hexdigest())
        if received.fate is Fate.CONFLICT:
            raise Refused(No.CONFLICT)
        if received.fate is Fate.FOREIGN:
            raise Refused(No.UNKNOWN_REPORT)
        if received.fate is Fate.UNASKED:
            raise Refused(No.UNASKED)
        return _json(wire.Accepted(item=received.item, received_at=received.received_at), status=202)

    async def news(self, request: web.Request) -> web.Response:
        asked = await self._asked(request)
        wanted = _decoded(asked.body, wire.NewsAsked)
        told = await self._desk.news(asked.road, wanted.limit, timedelta(seconds=wanted.wait_s))
        return _json(told)

    async def acknowledged(self, request: web.Request) -> web.Response:
        asked = await self._asked(request)
        told = _decoded(asked.body, wire.NewsAcknowledged)
        await self._desk.acknowledge(asked.road, told.ids)
        return web.Response(status=204)

    async def status(self, request: web.Request) -> web.Response:
        asked = await self._asked(request)
        wanted = _decoded(asked.body, wire.StatusAsked)
        if not await self._desk.may_look_up(asked.road):
            raise Refused(No.THROTTLED, headers={"Retry-After": "60"})
        return _json(await self._desk.status(asked.road, wanted.reference))

    async def messages_read(self, request: web.Request) -> web.Response:
        asked = await self._asked(request)
        read = _decoded(asked.body, wire.MessagesRead)
        if not await self._desk.may_look_up(asked.road):
            raise Refused(No.THROTTLED, headers={"Retry-After": "60"})
        await self._desk.shown(asked.road, read)
        return web.Response(status=204)

    async def openapi(self, _request: web.Request) -> web.Response:
        return web.Response(body=self._description, content_type=JSON)

    async def _asked(self, request: web.Request) -> Asked:
        """Who asks, checked before a byte of the body is believed."""
        road = RoadName(request.headers.get(wire.ROAD_HEADER, ""))
        secrets = self._desk.secrets_of(road)
        if not secrets:
            raise Refused(No.UNSIGNED)
        _check_encoding(request)
        body = await _body(request)
        try:
            signed = verify(secrets, request.headers, body, self._desk.clock.now())
        except SignatureInvalid as wrong:
            raise Refused(No.UNSIGNED) from wrong
        return Asked(road, signed, body)

    def _judge(self, asked: Asked, delivery: wire.Delivery) -> None:
        if delivery.item != asked.signed.id:
            raise Refused(No.OTHER_ID)
        if not can_be(delivery.sent_at):
            raise Refused(No.MALFORMED, "The time of sending is none that can be. At $.sent_at.")
        if not all(map(_plain, (delivery.community, delivery.platform, delivery.desk, *_ids(delivery)))):
            raise Refused(No.MALFORMED, "A name or id has characters that cannot be shown.")
        wrong = wrong_parts(delivery)
        if wrong is not None:
            raise Refused(No.WRONG_PARTS, f"{wrong[0].upper()}{wrong[1:]}.")
        if not self._desk.serves(delivery.desk, delivery.standing):
            raise Refused(No.UNKNOWN_DESK)
        if not self._desk.knows(delivery.community):
            raise Refused(No.UNKNOWN_COMMUNITY)


@web.middleware
async def _answering(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns whatever is raised into a Refusal; what fails unforeseen is logged without its values."""
    try:
        response = await handler(request)
    except Refused as refused:
        response = refusal(refused)
    except web.HTTPException as error:
        response = refusal(_of_http(error))
    except LedgerError as error:
        log.warning("intake_cannot_store", error=error.code)
        response = refusal(Refused(No.UNAVAILABLE))
    except Exception as error:  # noqa: BLE001 - the edge of a request
        log.critical("intake_failed", error=type(error).__name__, where=where(error))
        response = refusal(Refused(No.FAILED))
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _of_http(error: web.HTTPException) -> Refused:
    if isinstance(error, web.HTTPNotFound):
        return Refused(No.NOT_FOUND)
    if isinstance(error, web.HTTPMethodNotAllowed):
        return Refused(No.METHOD, headers={"Allow": error.headers["Allow"]})
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return Refused(No.TOO_LARGE)
    return Refused(No.BAD_REQUEST)


def _check_encoding(request: web.Request) -> None:
    charset = (request.charset or "utf-8").lower()
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if request.content_type != JSON or charset not in _UTF8 or encoding != "identity":
        raise Refused(No.NOT_JSON)


async def _body(request: web.Request) -> bytes:
    """At most MAX_BODY bytes, whatever the listener allows elsewhere and whatever the header says."""
    if (request.content_length or 0) > wire.MAX_BODY:
        raise Refused(No.TOO_LARGE)
    if request.content.is_eof():  # it came with its head, as most do: nothing has to be waited for
        return _within_limit(request.content.read_nowait())
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            async for chunk in request.content.iter_any():
                body += chunk
                _within_limit(body)
    except TimeoutError as slow:
        raise Refused(No.TOO_SLOW) from slow
    return bytes(body)


def _within_limit(body: Bytes) -> Bytes:
    if len(body) > wire.MAX_BODY:
        raise Refused(No.TOO_LARGE)
    return body


def _decoded(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except RecursionError as deep:
        raise Refused(No.MALFORMED, "The body is nested too deeply.") from deep
    except (msgspec.MsgspecError, UnicodeError) as wrong:
        # Its own words may repeat what was sent; only the place is passed on.
        found = _WHERE.search(str(wrong))
        place = f" At {found[1]}." if found else ""
        raise Refused(No.MALFORMED, f"{No.MALFORMED.value.message}{place}") from wrong


def _ids(delivery: wire.Delivery) -> tuple[str, ...]:
    return (delivery.item, delivery.report, *(part.id for part in delivery.parts))


def _plain(text: str) -> bool:
    """No control characters, lone surrogates or marks that turn text around."""
    return text.isprintable()


def _json(answer: msgspec.Struct, *, status: int = 200) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode(answer), content_type=JSON)


def _below(path: str) -> str:
    return path.removeprefix(wire.API)
