"""Promise 3. Kill any process at any step, replay anything, take the desk away.

Every acknowledged report arrives, once.
"""

from contextlib import suppress

import aiohttp
import pytest

from core.checkpoints import KillPoint
from core.ledger.road import outbox
from core.ledger.schema import ROAD
from desk.tables import DESK, deliveries
from desk.tables import reports as desk_reports
from tests.program import ANSWERS, Browser, Program, running, until, until_there


async def test_killed_after_sent_and_before_delivery_it_arrives_once_after_a_restart(
    program: Program, browser: Browser
) -> None:
    program.command = ("bots", "web")
    async with running(program):
        sent = await browser.send()
        assert sent.reference is not None
        program.kill()
        await program.ended()
    program.command = ("up",)
    async with running(program):
        await until_there(program, DESK, desk_reports)
        assert len(await program.rows(DESK, deliveries)) == 1


@pytest.mark.parametrize(
    "where",
    [
        KillPoint.SEAL,
        KillPoint.COMMIT,
        KillPoint.ACKNOWLEDGE,
        KillPoint.DELIVER,
        KillPoint.RECEIVE,
        KillPoint.TRIAGE,
    ],
)
async def test_killed_at_any_step_and_pressed_again_there_is_one_report_at_the_desk(
    program: Program, browser: Browser, where: KillPoint
) -> None:
    async with running(program):
        first = await browser.get()
    async with running(program, where):
        with suppress(aiohttp.ClientError):
            await browser.press(first, "send", **ANSWERS)
        await program.ended()
    async with running(program):
        again = await browser.press(first, "send", **ANSWERS)
        assert again.reference is not None
        (report,) = await until_there(program, DESK, desk_reports)
        (item,) = await program.rows(ROAD, outbox)
        assert item.report == report.id
        await until(program, delivered)
    assert len(await program.rows(DESK, desk_reports)) == 1
    assert len(await program.rows(DESK, deliveries)) == 1


async def test_the_same_press_replayed_gives_the_same_reference_and_one_report(
    up: Program, browser: Browser
) -> None:
    first = await browser.get()
    references = {(await browser.press(first, "send", **ANSWERS)).reference for _ in range(5)}
    assert len(references) == 1
    assert references != {None}
    await until(up, delivered)
    assert len(await up.rows(DESK, desk_reports)) == 1


async def test_with_the_desk_gone_reports_wait_and_arrive_when_it_is_back(
    program: Program, browser: Browser
) -> None:
    program.command = ("bots", "web")
    async with running(program):
        references = {(await browser.send()).reference for _ in range(7)}
        assert len(references) == 7
        assert all(row.delivered_at is None for row in await program.rows(ROAD, outbox))
        assert await program.stop() == 0
    program.command = ("up",)
    async with running(program):
        assert len(await until_there(program, DESK, desk_reports, 7)) == 7
    assert len(await program.rows(DESK, deliveries)) == 7


async def test_a_graceful_stop_loses_nothing_that_was_accepted(program: Program, browser: Browser) -> None:
    async with running(program):
        sent = await browser.send()
        assert sent.reference is not None
        assert await program.stop() == 0
    assert len(await program.rows(ROAD, outbox)) == 1
    async with running(program):
        await until_there(program, DESK, desk_reports)


async def delivered(program: Program) -> bool:
    return all(row.delivered_at is not None for row in await program.rows(ROAD, outbox))
