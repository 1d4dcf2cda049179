"""The desk as a destination: signed POSTs to the one URL that is configured, and to nothing else.

Never follows a redirect, keeps no cookie, takes no proxy from the environment, and believes an answer only
if it is one that this desk would give.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TypeVar

import aiohttp
import msgspec
from yarl import URL

from core.clock import Clock
from core.delivery import wire
from core.delivery.model import Fault
from core.delivery.signing import check_secret, sign
from core.errors import DeliveryRefused, DestinationDown, InputRefused
from core.ids import ItemId, RoadName, new_id
from core.times import can_be

T = TypeVar("T")

ANSWER_LIMIT = 65_536  # bytes
STATUS_LIMIT = 1_000_000  # bytes: all that the desk wrote to one person
NEWS_LIMIT = 16_000_000  # bytes: 500 items, each with a sealed identity
ID_LONGEST = 64
REPORT_LONGEST = 32

_ACCEPTED = 202
_NO_CONTENT = 204
_OK = 200
_COME_LATER = frozenset({429, 502, 503, 504})
_TRY_AGAIN = frozenset({408, 425})
_SERVER_FAULT = 500
_REDIRECTED = 300
_SECONDS = re.compile("[0-9]{1,9}")


class Timeouts(msgspec.Struct, frozen=True, kw_only=True):
    """In seconds. A lease must outlast `deliver`."""

    connect: float = 4.0
    deliver: float = 15.0
    status: float = 3.0
    acknowledge: float = 10.0
    news_beyond_wait: float = 10.0


TIMEOUTS = Timeouts()


def open_session() -> aiohttp.ClientSession:
    """A session that brings nothing along: no cookies, no proxy, no credentials, no compression."""
    return aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        headers={"User-Agent": "lifebelt", "Accept": "application/json", "Accept-Encoding": "identity"},
    )


class DeskDestination:
    """One desk, seen from one road. Safe to use from many tasks; the session is owned by whoever made it."""

    def __init__(
        self,
        url: str,
        secret: str,
        road: RoadName,
        session: aiohttp.ClientSession,
        *,
        clock: Clock,
        timeouts: Timeouts = TIMEOUTS,
        make_id: Callable[[], str] = new_id,
    ) -> None:
        """Raises InputRefused for a URL that is not a plain address, KeysMissing for what is not a secret."""
        check_secret(secret)
        self._address = _address(url)
        self._secret = secret
        self._road = road
        self._session = session
        self._clock = clock
        self._timeouts = timeouts
        self._make_id = make_id

    async def deliver(self, item: ItemId, body: bytes) -> wire.Accepted:
        async with self._post(wire.DELIVERIES, item, body, self._timeouts.deliver) as answer:
            accepted = await self._read(answer, _ACCEPTED, wire.Accepted, ANSWER_LIMIT)
        if accepted.item != item or not can_be(accepted.received_at):
            raise DestinationDown(Fault.GARBAGE)
        return accepted

    async def news(self, asked: wire.NewsAsked) -> wire.NewsTold:
        seconds = asked.wait_s + self._timeouts.news_beyond_wait
        async with self._ask(wire.NEWS, asked, seconds) as answer:
            told = await self._read(answer, _OK, wire.NewsTold, NEWS_LIMIT)
        if not all(_is_news(item) for item in told.news):
            raise DestinationDown(Fault.GARBAGE)
        return told

    async def acknowledge(self, ids: tuple[str, ...]) -> None:
        asked = wire.NewsAcknowledged(ids=ids)
        async with self._ask(wire.NEWS_ACKNOWLEDGED, asked, self._timeouts.acknowledge) as answer:
            if not _OK <= answer.status < _REDIRECTED:
                raise self._refusal(answer)

    async def status(self, reference: str) -> wire.StatusTold:
        asked = wire.StatusAsked(reference=reference)
        async with self._ask(wire.STATUS, asked, self._timeouts.status) as answer:
            told = await self._read(answer, _OK, wire.StatusTold, STATUS_LIMIT)
        times = (told.received_at, told.read_at, *(message.at for message in told.messages))
        if not all(at is None or at.tzinfo for at in times):
            raise DestinationDown(Fault.GARBAGE)
        return told

    async def messages_read(self, reference: str, ids: tuple[str, ...]) -> None:
        asked = wire.MessagesRead(reference=reference, ids=ids)
        async with self._ask(wire.MESSAGES_READ, asked, self._timeouts.status) as answer:
            if answer.status != _NO_CONTENT:
                raise self._refusal(answer)

    def _ask(
        self, path: str, asked: msgspec.Struct, seconds: float
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        return self._post(path, self._make_id(), msgspec.json.encode(asked), seconds)

    @asynccontextmanager
    async def _post(
        self, path: str, message_id: str, body: bytes, seconds: float
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer, whatever it is; every fault of the way there and back becomes DestinationDown."""
        if self._session.closed:
            raise DestinationDown(Fault.UNREACHABLE)
        with _border():
            async with self._session.post(
                self._address.joinpath(path.removeprefix("/")),
                data=body,
                headers=self._headers(message_id, body),
                timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=self._timeouts.connect),
                allow_redirects=False,
            ) as answer:
                yield answer

    def _headers(self, message_id: str, body: bytes) -> dict[str, str]:
        signed = sign(self._secret, message_id, self._clock.now(), body)
        return {**signed, wire.ROAD_HEADER: self._road, "Content-Type": "application/json"}

    async def _read(self, answer: aiohttp.ClientResponse, expected: int, kind: type[T], limit: int) -> T:
        """The answer as `kind`; another status, other bytes or too many of them are an error."""
        if answer.status != expected:
            raise self._refusal(answer)
        try:
            return msgspec.json.decode(await _at_most(answer, limit), type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
            raise DestinationDown(Fault.GARBAGE) from fault

    def _refusal(self, answer: aiohttp.ClientResponse) -> DestinationDown | DeliveryRefused:
        status = answer.status
        if status in _COME_LATER:
            asked = _retry_after(answer.headers.get("Retry-After", ""), self._clock.now())
            return DestinationDown(Fault.BUSY, retry_after=asked)
        if status in _TRY_AGAIN or status >= _SERVER_FAULT:
            return DestinationDown(Fault.FAILED)
        if status < _REDIRECTED:  # something answers that is not this desk: a captive portal, a wrong address
            return DestinationDown(Fault.GARBAGE)
        return DeliveryRefused(status)


@contextmanager
def _border() -> Iterator[None]:
    try:
        yield
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as fault:
        raise DestinationDown(Fault.UNREACHABLE) from fault
    except aiohttp.ClientResponseError as fault:
        raise DestinationDown(Fault.GARBAGE) from fault
    except (aiohttp.ClientError, TimeoutError, OSError) as fault:
        raise DestinationDown(Fault.SILENT) from fault


async def _at_most(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > limit:
            raise DestinationDown(Fault.GARBAGE)
    return bytes(body)


def _is_news(item: wire.NewsItem) -> bool:
    """Whether the ledger has room for it."""
    return 0 < len(item.id) <= ID_LONGEST and len(item.report) <= REPORT_LONGEST and can_be(item.at)


def _retry_after(value: str, now: datetime) -> timedelta | None:
    """Seconds or a date (RFC 9110, 10.2.3); None if it is neither, never negative."""
    if _SECONDS.fullmatch(value):
        return timedelta(seconds=int(value))
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(aware - now, timedelta())


def _address(url: str) -> URL:
    try:
        parsed = URL(url)
    except ValueError as fault:
        raise InputRefused(_ADDRESS, field="url") from fault
    plain = parsed.scheme in {"http", "https"} and parsed.host
    if not plain or parsed.user or parsed.password or parsed.query_string or parsed.fragment:
        raise InputRefused(_ADDRESS, field="url")
    return parsed


_ADDRESS = "a desk's address is like https://desk.example"
