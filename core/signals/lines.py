"""Lines to one Redis server, each kept up by its owner: dropped when silent, made anew after a pause.

No caller waits here, and nothing that goes wrong with a server leaves this module but as `Cut`. Addresses are
never logged: they may hold a password.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, NamedTuple

import structlog
from redis.asyncio.connection import AbstractConnection, Connection, parse_url
from redis.exceptions import RedisError, ResponseError

log = structlog.get_logger(__name__)

Command = Sequence[str | int]
FIRST_PAUSE_S = 0.05


class Pulse(NamedTuple):
    """How long things may take, in seconds. Tests pass shorter ones."""

    connect: float = 2.0
    answer: float = 1.0
    """A server that is silent so long after it was asked is taken for dead."""
    idle: float = 2.0
    """A line that is silent so long is asked whether it lives."""
    caller: float = 0.05
    """What somebody who counts waits at most, and only while answers come in less."""
    longest_pause: float = 5.0


PULSE = Pulse()


class Refused(NamedTuple):
    """The server's answer to what it does not do; `why` is the name of an error, never its words."""

    why: str


class Cut(Exception):
    """The line is no more; `why` is the name of an error, never its words."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def database(url: str) -> int:
    """The number of the database that an address names."""
    return int(parse_url(url).get("db", 0))


def pause_after(failures: int, jitter: float, longest: float) -> float:
    """Seconds until the next try: doubled each time, capped, half of it drawn (`jitter` in [0, 1))."""
    return float(min(longest, FIRST_PAUSE_S * 2 ** min(failures, 16)) * (0.5 + jitter / 2))


class Wire:
    """One connection that stands. Every fault of it is `Cut`."""

    def __init__(self, connection: AbstractConnection, pulse: Pulse) -> None:
        self._connection = connection
        self._pulse = pulse

    async def ask(self, commands: Sequence[Command]) -> list[Any]:
        """Send these in one go; the replies in their order, with `Refused` for what was not done."""
        with _faults():
            async with asyncio.timeout(self._pulse.answer):
                await self._connection.send_packed_command(self._connection.pack_commands(commands))
                return [await self._reply() for _ in commands]

    async def tell(self, *command: str) -> None:
        """Send a command whose reply comes among what is read."""
        with _faults():
            async with asyncio.timeout(self._pulse.answer):
                await self._connection.send_command(*command)

    async def read(self, at_most: float) -> Any:
        """The next message; None where none comes in so many seconds."""
        with _faults():
            return await self._connection.read_response(timeout=at_most)

    async def _reply(self) -> Any:
        try:
            return await self._connection.read_response()
        except ResponseError as refused:
            return Refused(type(refused).__name__)


class Line:
    """A connection that is made again whenever it breaks, for as long as `keep` runs."""

    def __init__(self, name: str, url: str, *, jitter: Callable[[], float], pulse: Pulse) -> None:
        """`jitter` draws evenly from [0, 1): `random.random` in the product."""
        self._name = name
        self._url = url
        self._jitter = jitter
        self._pulse = pulse
        self.up = False
        self.why = ""
        """Why it is not up; empty while it is, and before the first try has ended."""

    async def keep(self, use: Callable[[Wire], Awaitable[None]]) -> None:
        """For ever. `use` works on the wire until it is cut, and says `works` when it is of use."""
        clock, failures = asyncio.get_running_loop().time, 0
        while True:
            since = clock()
            try:
                async with self._wire() as wire:
                    await use(wire)
            except Cut as cut:
                self._is_cut(cut.why)
            except Exception as error:  # noqa: BLE001 - the edge of a task: no fault here may end it
                self._is_cut(type(error).__name__)
            failures = 0 if clock() - since > self._pulse.longest_pause else failures
            await asyncio.sleep(pause_after(failures, self._jitter(), self._pulse.longest_pause))
            failures += 1

    def works(self) -> None:
        """The server does on this line what it is for."""
        if not self.up:
            log.info("redis_connected", line=self._name)
        self.up, self.why = True, ""

    def _is_cut(self, why: str) -> None:
        if self.up or self.why != why:
            log.warning("redis_away", line=self._name, why=why)
        self.up, self.why = False, why

    @asynccontextmanager
    async def _wire(self) -> AsyncIterator[Wire]:
        with _faults():
            connection = _connection(self._url, self._pulse)
        try:
            with _faults():
                await _look_up(connection)
                async with asyncio.timeout(self._pulse.connect):
                    await connection.connect()  # type: ignore[no-untyped-call]
            yield Wire(connection, self._pulse)
        finally:
            await connection.disconnect(nowait=True)


@contextmanager
def _faults() -> Iterator[None]:
    """Turns every fault of a line, the server's and the network's, into `Cut`."""
    try:
        yield
    except (RedisError, OSError, ValueError) as error:
        raise Cut(_kind(error)) from error


def _kind(error: Exception) -> str:
    """The name of what went wrong beneath, where the library has wrapped it."""
    beneath = error.__context__
    return type(beneath if isinstance(beneath, OSError) else error).__name__


def _connection(url: str, pulse: Pulse) -> AbstractConnection:
    """Not connected yet. Speaks RESP2, in which messages come as plain replies; tells nobody our versions.

    The library's own limit of time is off: it stands on `asyncio.wait_for`, which may lose a cancellation on
    Python 3.11, so that a line would not end when it is told to.
    """
    given: dict[str, Any] = dict(parse_url(url))
    kind = given.pop("connection_class", Connection)
    connection: AbstractConnection = kind(
        **given,
        protocol=2,
        driver_info=None,
        socket_timeout=None,
        socket_connect_timeout=pulse.connect,
    )
    return connection


async def _look_up(connection: AbstractConnection) -> None:
    """Wait for the name, however long. A look-up cannot be broken off: given up, each would keep a thread."""
    if isinstance(connection, Connection):
        await asyncio.get_running_loop().getaddrinfo(connection.host, connection.port)
