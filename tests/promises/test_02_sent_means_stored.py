"""Promise 2. Nobody is told a report was sent before it is committed to disk; until then: "Not sent yet"."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from core.ledger.road import reports
from core.ledger.schema import ROAD
from tests.program import ANSWERS, Browser, Program, running, until_there

NOT_YET = "not sent yet"


async def test_until_it_is_sent_every_screen_says_so_and_then_it_lies_in_the_ledger(
    up: Program, browser: Browser
) -> None:
    first = await browser.get()
    more = await browser.press(first, "more")
    choices = await browser.press(more, "next", own_words="he wants to meet")
    for page in (first, more, choices):
        assert NOT_YET in page.words.lower(), page.screen
    assert await up.rows(ROAD, reports) == []
    sent = await browser.press(choices, "send", **ANSWERS)
    assert sent.reference is not None
    assert NOT_YET not in sent.words.lower()
    assert len(await up.rows(ROAD, reports)) == 1


async def test_with_a_full_disk_it_never_says_sent_and_goes_on_when_there_is_room(
    up: Program, browser: Browser
) -> None:
    up.signal(signal.SIGUSR1)
    first = await browser.get()
    refused = await browser.press(first, "send", **ANSWERS)
    assert refused.screen in {"not_sent", "not_known"}
    assert "sent yet" in refused.words or "know yet" in refused.words or "not sent" in refused.words
    assert refused.reference is None
    assert "999" in refused.words
    assert await up.rows(ROAD, reports) == []
    up.signal(signal.SIGUSR2)
    if refused.screen == "not_known":
        refused = await browser.press(refused, "check")
    again = await browser.press(refused, "try_again")
    assert again.reference is not None
    assert len(await up.rows(ROAD, reports)) == 1


HOLD = """
import sqlite3, sys
conn = sqlite3.connect(sys.argv[1], isolation_level=None)
conn.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
conn.execute("ROLLBACK")
conn.close()
"""


@asynccontextmanager
async def held(database: Path) -> AsyncIterator[None]:
    """Another program holds the database, as a backup or a curious administrator may."""
    holder = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        HOLD,
        str(database),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    assert await holder.stdout.readline() == b"held\n"
    try:
        yield
    finally:
        holder.stdin.close()
        await holder.wait()


async def test_while_the_disk_does_not_answer_it_is_still_storing_and_then_sent_once(
    up: Program, browser: Browser
) -> None:
    first = await browser.get()
    async with held(up.data / "road.sqlite"):
        waiting = await browser.press(first, "send", **ANSWERS)
        assert waiting.screen == "storing"
        assert NOT_YET in waiting.words.lower()
        assert waiting.reference is None
        assert "999" in waiting.words
    sent = await browser.press(waiting, "check")
    assert sent.reference is not None
    assert len(await up.rows(ROAD, reports)) == 1


async def test_with_no_ledger_at_all_it_says_not_sent_and_nothing_typed_is_lost(
    program: Program, browser: Browser
) -> None:
    program.environ = {"ROAD_DATABASE_URL": "sqlite:////proc/nowhere/road.sqlite"}
    async with running(program, ready=False):
        refused = await browser.send(danger="not_sure")
        assert "not sent" in refused.words
        assert refused.reference is None
    program.environ = {}
    async with running(program):
        again = await browser.press(refused, "try_again")
        assert again.reference is not None
        (report,) = await until_there(program, ROAD, reports)
        assert report.urgent in {True, False}


async def test_killed_between_the_commit_and_the_answer_it_is_found_when_asked_again(
    program: Program, browser: Browser
) -> None:
    async with running(program):
        first = await browser.get()
    async with running(program, "commit"):
        with pytest.raises(aiohttp.ClientError):
            await browser.press(first, "send", **ANSWERS)
        await program.ended()
    async with running(program):
        again = await browser.press(first, "send", **ANSWERS)
        assert again.reference is not None
        assert len(await program.rows(ROAD, reports)) == 1
