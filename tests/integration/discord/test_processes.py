"""Two real `lifebelt bots discord` over one ledger on a server, and one of them is killed outright."""

import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.ledger.backends import BACKENDS
from tests.discord_child import Child
from tests.discord_server import Server, discord_server
from tests.program import Program, running
from tests.promises.test_03_on_discord import CONFIG, PARK, PROGRAM

pytestmark = pytest.mark.process
TAKEN_OVER_S = 30.0
"""A lease, a look, a turn to identify, and a machine with other work."""


@pytest.fixture
async def road_url() -> str:
    """The address of an empty database that several processes may write to."""
    if "postgresql" not in BACKENDS:
        pytest.skip("needs an engine that several processes write to")
    raise LookupError("whoever adds the engine says here where a database of its own is")


@pytest.fixture
async def discord() -> AsyncIterator[Server]:
    async with discord_server() as server:
        server.apart_s = 5.0
        yield server


def program(folder: Path, name: str, discord: Server, url: str) -> Program:
    """One process, with its own folder and the same keys as all others."""
    (folder / "lifebelt.toml").write_text(CONFIG)
    return Program(
        data=folder / name,
        config=folder / "lifebelt.toml",
        command=("bots", "discord"),
        environ={"DISCORD_TOKEN": "a token that nobody has", "ROAD_DATABASE_URL": url},
        through=(str(PROGRAM), str(discord.url)),
    )


async def test_what_a_process_killed_outright_served_is_taken_over_in_seconds(
    tmp_path: Path, discord: Server, road_url: str
) -> None:
    park = discord.env.create_guild("Skate park", id=PARK)
    channel = park.create_text_channel("general")
    child = Child(discord=discord, member=park.add_member(discord.env.create_user("alice")), channel=channel)
    first = program(tmp_path, "first", discord, road_url)
    async with running(first):
        await discord.until(lambda: discord.connected and discord.knows_commands)
        shutil.copytree(first.data / "keys", tmp_path / "second" / "keys")
        async with running(program(tmp_path, "second", discord, road_url)):
            await child.report()
            assert child.answered
            begun = time.monotonic()
            first.kill()
            await first.ended()
            await discord.until(lambda: not discord.connected)
            await discord.until(lambda: discord.connected)
            await child.report()
            took = time.monotonic() - begun
            print(f"a press is answered {took:.1f} s after the kill")
            assert child.answered
            assert took < TAKEN_OVER_S
            assert discord.violations == []
