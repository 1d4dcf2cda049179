"""A desk with its console on a loopback port, and browsers that look at it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.testing.clock import FixedClock
from tests.desk_room import Browser, DeskRoom, browser, desk_room


@pytest.fixture
async def room(tmp_path: Path, clock: FixedClock) -> AsyncIterator[DeskRoom]:
    """The desk; Ann Lee has an account."""
    async with desk_room(tmp_path, clock) as made:
        await made.person("Ann Lee")
        yield made


@pytest.fixture
async def stranger(room: DeskRoom) -> AsyncIterator[Browser]:
    """Somebody who is not signed in."""
    async with browser(room) as made:
        yield made


@pytest.fixture
async def ann(room: DeskRoom) -> AsyncIterator[Browser]:
    """Ann Lee, signed in."""
    async with browser(room) as made:
        await made.sign_in()
        assert made.path == "/"
        yield made
