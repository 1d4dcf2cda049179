"""The tables of the README and the code say the same."""

import re
from pathlib import Path
from typing import Any

import discord

from core.platform import Platform
from tests.discord_room import room

README = Path("bots/discord/README.md").resolve()
HERE = "tests/unit/bots/discord/"
ROW = re.compile(r"^\| (?P<what>[^|]+) \| (?P<state>done|to do|cannot) \| (?P<where>.+) \|$", re.MULTILINE)
TRAP = re.compile(
    r"^\| (?P<what>[^|]+) \| (?P<why>[^|]+) \| `(?P<test>[\w/.]+\.py::test_\w+)` \|$", re.MULTILINE
)
NAMED = re.compile(r"`([^`]+)`")
TEXT = README.read_text(encoding="utf-8")


def rows(state: str) -> list[tuple[str, str]]:
    return [(row["what"], row["where"]) for row in ROW.finditer(TEXT) if row["state"] == state]


def done() -> set[str]:
    return {name for _, where in rows("done") for name in NAMED.findall(where)}


def traps() -> str:
    return TEXT.split("## What Discord does, and why it does no harm here")[1]


async def offered(tmp_path: Path) -> set[str]:
    """Commands and menus as people see them."""
    async with room(tmp_path) as found:
        tree: Any = found.client.tree  # type: ignore[attr-defined]
        told = [command.to_dict(tree) for command in tree.get_commands()]
    return {("/" if command["type"] == 1 else "") + command["name"] for command in told}


async def test_every_capability_called_done_is_offered_or_kept_as_a_platform_and_the_reverse(
    tmp_path: Path,
) -> None:
    contract = {name for name in vars(Platform) if not name.startswith("_")} - {"name"}
    assert done() == await offered(tmp_path) | contract


def test_what_is_to_do_or_cannot_be_done_says_why() -> None:
    others = rows("to do") + rows("cannot")
    assert others
    assert all(len(why.split()) >= 5 for _, why in others)


def test_no_permission_but_to_see_and_to_read_is_in_the_link() -> None:
    (asked,) = re.findall(r"permissions=(\d+)", TEXT)
    assert discord.Permissions(int(asked)) == discord.Permissions(
        view_channel=True, read_message_history=True
    )


def test_every_row_of_traps_names_a_test() -> None:
    lines = [line for line in traps().splitlines() if line.startswith("| ")][1:]
    assert len(lines) > 30
    assert [line for line in lines if not TRAP.fullmatch(line)] == []


def test_every_test_that_is_named_exists() -> None:
    missing = []
    for row in TRAP.finditer(traps()):
        path, _, name = row["test"].partition("::")
        file = Path(path if "/" in path else HERE + path)
        if not file.exists() or not re.search(
            rf"^(async )?def {name}\(", file.read_text("utf-8"), re.MULTILINE
        ):
            missing.append(row["test"])
    assert missing == []
