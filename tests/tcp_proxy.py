"""A network that can fail, between a client and a server on loopback: pause, cut, refuse, delay.

Knows nothing of what passes through. For every server whose clients must live without it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tests.program import free_port

Pair = tuple[asyncio.StreamWriter, asyncio.StreamWriter]


@dataclass(kw_only=True)
class TcpProxy:
    """Listens on `port` while it does not refuse, and passes on to `target` while it is not paused."""

    target: int
    port: int = field(default_factory=free_port)
    delay_s: float = 0.0
    """Every piece of either direction is held back so long."""
    met: int = 0
    """How many connections were taken so far."""
    _open: set[Pair] = field(default_factory=set)
    _flowing: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None

    async def accept(self) -> None:
        """Take connections."""
        self._flowing.set()
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", self.port)

    async def refuse(self) -> None:
        """Take no more connections, and cut those that stand."""
        if self._server is not None:
            await self._close(self._server)
            self._server = None
        self.cut()

    def cut(self) -> None:
        """Break every connection at once; new ones are taken."""
        for pair in tuple(self._open):
            for writer in pair:
                writer.transport.abort()

    def pause(self) -> None:
        """Pass nothing on, in either direction, and close nothing: a cable that was pulled."""
        self._flowing.clear()

    def resume(self) -> None:
        """Pass on again, what came meanwhile first."""
        self._flowing.set()

    async def _close(self, server: asyncio.Server) -> None:
        """Accept nothing more, and let what was accepted begin: else asyncio forgets it untold."""
        for each in server.sockets:
            asyncio.get_running_loop().remove_reader(each.fileno())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        server.close()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.met += 1
        try:
            there, to_there = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        pair = (writer, to_there)
        self._open.add(pair)
        try:
            async with asyncio.TaskGroup() as ways:
                ways.create_task(self._pass(reader, to_there))
                ways.create_task(self._pass(there, writer))
        finally:
            self._open.discard(pair)
            for each in pair:
                each.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(65_536):
                await asyncio.sleep(self.delay_s)
                await self._flowing.wait()
                writer.write(piece)
                await writer.drain()
        writer.transport.abort()


@asynccontextmanager
async def tcp_proxy(target: int) -> AsyncIterator[TcpProxy]:
    """A network to `target` that works, until it is told not to."""
    proxy = TcpProxy(target=target)
    await proxy.accept()
    try:
        yield proxy
    finally:
        proxy.resume()
        await proxy.refuse()
