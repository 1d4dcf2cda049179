"""Memory for each idle server: our client against bare discord.py with the same options, in fresh processes.

python -m tests.bench.discord_memory ours|bare COUNT
"""

import asyncio
import gc
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import discord

from core.clock import SystemClock
from core.ledger.backends import open_ledger
from core.ledger.schema import ROAD
from tests.bench import discord_stub as stub
from tests.bench.figures import Aim, Figure, Setting, against, alone
from tests.bench.rounds import interleaved

MOST = 10_000
KIB = 1024
OURS, BARE = "our client", "bare discord.py"


async def measure(setting: Setting) -> list[Figure]:
    servers = min(MOST, setting.most)
    found = await interleaved(
        {name: partial(_a_server, what, servers) for name, what in ((OURS, "ours"), (BARE, "bare"))},
        min(setting.rounds, 3),
    )
    return [
        alone(found, BARE, f"KiB a server, {servers:,} servers"),
        against(found, OURS, BARE, f"KiB a server, {servers:,} servers", Aim(1.15, at_most=True)),
    ]


async def _a_server(what: str, servers: int) -> float:
    command = [sys.executable, "-m", "tests.bench.discord_memory", what, str(servers)]
    ended = await asyncio.to_thread(subprocess.run, command, stdout=subprocess.PIPE, check=True)
    return float(ended.stdout)


@asynccontextmanager
async def client(what: str, folder: Path) -> AsyncIterator[discord.Client]:
    """Connected, and told of one server."""
    if what == "ours":
        from tests.bench.discord_reply import our_room  # with all that the bare client does without

        ledger = open_ledger(f"sqlite:///{folder / 'road.sqlite'}", ROAD, SystemClock())
        async with our_room(ledger) as presses:
            yield presses.client
        return
    bare = discord.Client(**stub.OPTIONS)
    await bare._async_setup_hook()
    stub.connected(bare, lambda _answer: None)
    yield bare
    await bare.close()


async def grown(what: str, servers: int) -> float:
    """KiB that the process grows by for each server it is told of."""
    with TemporaryDirectory() as name:
        async with client(what, Path(name)) as asked:
            gc.collect()
            before = resident()
            for number in range(servers):
                text = stub.server(stub.SERVER + 10_000 * (1 + number))
                asked._connection.parse_guild_create(json.loads(text))
                if not number % 100:
                    await asyncio.sleep(0)  # what it begins, it does
            await asyncio.sleep(0)
            gc.collect()
            assert len(asked.guilds) == servers + 1
            return (resident() - before) / servers


def resident() -> float:
    """KiB of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / KIB


if __name__ == "__main__":
    print(asyncio.run(grown(sys.argv[1], int(sys.argv[2]))))
