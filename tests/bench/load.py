"""Somebody who calls a server as fast as it answers, on lines that stay open; requests are made before.

A client with comforts would be slower than the servers that are measured.
"""

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from statistics import quantiles
from typing import NamedTuple

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_LEAST = 2
"""Answers that are waited for, however little time there is: with fewer no percentile can be told."""
_HEAD_ENDS = b"\r\n\r\n"


class Load(NamedTuple):
    """What came of it."""

    a_second: float
    taken: list[float]
    """How many seconds each request took."""

    def percentile(self, which: int) -> float:
        return quantiles(self.taken, n=100)[which - 1]


def post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """A request, as it goes over the line."""
    told = {"Host": "127.0.0.1", "Content-Length": str(len(body)), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body


async def load(port: int, requests: Sequence[bytes], connections: int, seconds: float) -> Load:
    """Send requests, each connection waiting for its own, until the time or the requests are over.

    Raises RuntimeError for any answer that is not 202.
    """
    left = iter(requests)
    taken: list[float] = []
    until = time.perf_counter() + seconds
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    callers = [_Caller(left, taken, until) for _ in range(connections)]
    for caller in callers:
        await loop.create_connection(lambda caller=caller: caller, "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.gather(*(caller.over for caller in callers))
    return Load(len(taken) / (time.perf_counter() - began), taken)


class _Caller(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], taken: list[float], until: float) -> None:
        self._requests = requests
        self._taken = taken
        self._until = until
        self._heard = bytearray()
        self._sent_at = 0.0
        self._transport: asyncio.Transport
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head = self._heard.find(_HEAD_ENDS)
        if head < 0:
            return
        length = _LENGTH.search(self._heard, 0, head + 2)
        if len(self._heard) < head + len(_HEAD_ENDS) + int(length[1] if length else 0):
            return
        if not self._heard.startswith(b"HTTP/1.1 202"):
            self._end(RuntimeError(self._heard.decode()))
            return
        self._heard.clear()
        self._taken.append(time.perf_counter() - self._sent_at)
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(exc or ConnectionResetError("the server hung up"))

    def _send(self) -> None:
        request = next(self._requests, None)
        if request is None or (len(self._taken) >= _LEAST and time.perf_counter() > self._until):
            self._end(None)
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def _end(self, error: Exception | None) -> None:
        self._transport.close()
        if self.over.done():
            return
        if error is None:
            self.over.set_result(None)
        else:
            self.over.set_exception(error)
