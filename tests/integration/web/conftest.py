from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, DummyCookieJar

from tests.web_pages import Child
from tests.web_room import CLUB, House, house, web_settings


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, origins=(CLUB,)) as found:
        yield found


@pytest.fixture
async def practice(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, origins=(CLUB,), web_room=web_settings(practice=True)) as found:
        yield found


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with ClientSession(cookie_jar=DummyCookieJar()) as found:
        yield found


@pytest.fixture
def child(home: House, session: ClientSession) -> Child:
    return Child(session, home.url)
