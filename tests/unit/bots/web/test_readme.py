"""The capability table and the code say the same."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web

from tests.web_room import PARK, House, house

README = Path("bots/web/README.md").resolve()
ROW = re.compile(r"^\| (?P<what>[^|]+) \| (?P<state>done|to do|cannot) \| (?P<where>.+) \|$", re.MULTILINE)
ROUTE = re.compile(r"^`(?P<method>GET|POST) (?P<path>/\S*)`$")


def rows(state: str) -> list[tuple[str, str]]:
    found = ROW.finditer(README.read_text(encoding="utf-8"))
    return [(row["what"], row["where"]) for row in found if row["state"] == state]


def served(app: web.Application) -> Iterator[str]:
    for route in app.router.routes():
        info = route.resource.get_info() if route.resource else {}
        if route.method != "HEAD":
            yield f"{route.method} {info.get('path') or info.get('formatter') or info.get('prefix')}"


@pytest.fixture
async def at_home(tmp_path: Path) -> House:
    async with house(tmp_path) as found:
        return found


def test_every_capability_called_done_is_an_address_that_is_served_and_the_reverse(at_home: House) -> None:
    done = {where.strip("`") for _, where in rows("done")}
    assert done == set(served(at_home.app))


def test_each_done_row_names_one_address() -> None:
    assert all(ROUTE.match(where) for _, where in rows("done"))


def test_what_is_to_do_or_cannot_be_done_says_why() -> None:
    others = rows("to do") + rows("cannot")
    assert others
    assert all(len(why.split()) >= 5 for _, why in others)


async def test_nobody_is_reached_on_the_web_as_the_table_says(at_home: House) -> None:
    assert any("tell a person" in what for what, _ in rows("cannot"))
    assert await at_home.platform.reach(PARK, b"anything", "news") is False
