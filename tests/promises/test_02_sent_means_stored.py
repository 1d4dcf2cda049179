"""Promise 2. Nobody is told a report was sent before it is committed to disk; until then: "Not sent yet"."""

import signal

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
