"""Servers in processes of their own: each says its port once it listens, and ends with who began it."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web


@asynccontextmanager
async def served(module: str, *arguments: str) -> AsyncIterator[int]:
    """`python -m module arguments…`; its port."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        said = await process.stdout.readline()
        if not said:
            raise RuntimeError(f"{module} {' '.join(arguments)} did not begin")
        yield int(said)
    finally:
        process.stdin.close()
        await process.wait()


async def serve(app: web.Application) -> None:
    """Serve, say where, and go on until whoever began this process closes our standard input."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    place = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, place).start()
    await said_and_heard_the_end(place.getsockname()[1])
    await runner.cleanup()


async def said_and_heard_the_end(port: int) -> None:
    print(port, flush=True)
    await asyncio.to_thread(sys.stdin.read)
