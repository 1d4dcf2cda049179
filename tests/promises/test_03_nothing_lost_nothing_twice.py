"""Promise 3. Kill any process at any step, replay anything, take the desk away.

Every acknowledged report arrives, once.
"""

import itertools
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa

from core.checkpoints import KillPoint
from core.delivery.alarms import AlarmKind, Alarms
from core.delivery.assemble import assemble
from core.delivery.model import Fault, Leased
from core.delivery.wire import ItemKind
from core.errors import DeliveryRefused
from core.ids import ItemId
from core.ledger.road import outbox
from core.ledger.road import parts as road_parts
from core.ledger.schema import ROAD
from desk.tables import DESK, deliveries
from desk.tables import parts as desk_parts
from desk.tables import reports as desk_reports
from desk.tables import trail as desk_trail
from tests.behind import Behind
from tests.everything_down import CENTRE, says, whole
from tests.faults import DeskFault
from tests.program import ANSWERS, Browser, Program, running, until, until_there
from tests.replay import WHOLE, WORDS, Telling, acknowledged, at_the_desk, delivered, killed
from tests.web_pages import Child, reference
from tests.web_room import House


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


DEATHS = (
    # What goes on behind the pages comes first: so each of these is met by what no process has done before.
    KillPoint.RECEIVE,
    KillPoint.TRIAGE,
    KillPoint.DELIVER,
    KillPoint.NEWS,
    KillPoint.CAPTURE,
    f"{KillPoint.SEAL}:1",  # of what was captured
    f"{KillPoint.SEAL}:2",  # of the report
    f"{KillPoint.SEAL}:3",  # of what was added
    f"{KillPoint.COMMIT}:1",
    f"{KillPoint.COMMIT}:2",
    KillPoint.LATE_PART,
    f"{KillPoint.ACKNOWLEDGE}:1",  # of the report
    f"{KillPoint.ACKNOWLEDGE}:2",  # of what was added
)
"""Every kill point that somebody's way over the web reaches; nobody is notified on the web."""


def test_every_kill_point_of_the_web_is_met() -> None:
    assert {death.partition(":")[0] for death in DEATHS} == set(KillPoint) - {KillPoint.NOTIFY}


async def test_killed_at_each_step_in_turn_all_that_was_acknowledged_arrives_and_replayed_all_is_whole_once(
    program: Program,
) -> None:
    tellings = [Telling(origin=program.public) for _ in DEATHS]
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
        for death, telling in zip(DEATHS, tellings, strict=True):
            await killed(program, death, telling, session)
        assert any("send" in telling.acknowledged for telling in tellings)
        async with running(program):
            await until(program, delivered)
            there = await at_the_desk(program)
            for death, telling in zip(DEATHS, tellings, strict=True):
                assert acknowledged(telling) <= there.get(telling.report, set()), death
            for telling in tellings:
                await telling.tell(session)
            for telling in reversed(tellings):
                await telling.tell(session, reversed(telling.requests))
            await until(program, delivered)
            assert sorted(row.id for row in await program.rows(DESK, desk_reports)) == sorted(
                telling.report for telling in tellings
            )
            kinds = [(row.report, row.kind) for row in await program.rows(DESK, desk_parts)]
            whole = {(telling.report, kind) for telling in tellings for kind in WHOLE}
            assert set(kinds) == whole
            # Words that were stored before and are told again are told twice; they are another supplement.
            once = [part for part in kinds if part[1] != "supplement"]
            assert len(once) == len(set(once))
            assert await program.stop() == 0
    for telling in tellings:
        opened = await program.look(telling.report)
        assert (opened.missing, opened.cannot_open) == ((), ())
        assert {told.answers.own_words for told in opened.supplements} == {WORDS}


async def test_every_request_sent_three_times_in_a_row_is_stored_once(program: Program) -> None:
    telling = Telling(origin=program.public)
    async with running(program), aiohttp.ClientSession() as session:
        await telling.tell(session, (request for request in telling.requests for _ in range(3)))
        await until(program, delivered)
        assert sorted(row.kind for row in await program.rows(DESK, desk_parts)) == WHOLE
        assert len(await program.rows(DESK, desk_reports)) == 1


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


# The desk away, requests in any order, other bytes under one id: the real road, and a clock that is moved.


@pytest.mark.parametrize("away", [DeskFault.GONE, DeskFault.FAILING])
@pytest.mark.parametrize(("urgent", "lasts"), [(False, timedelta(days=1)), (True, timedelta(hours=1))])
async def test_with_the_desk_away_every_wait_runs_out_and_it_arrives_once_when_it_is_back(
    tmp_path: Path, away: DeskFault, *, urgent: bool, lasts: timedelta
) -> None:
    async with whole(tmp_path, jitter=0.99) as (home, back, session):
        child = await Child(session, home.url).look()
        code = reference(await (child.press_now() if urgent else child.press("send")))
        back.door.fault = away
        back_again = home.clock.now() + lasts
        waits = [await one_more_try(home, back) async for _ in until_it_is(back_again, home)]
        longest = timedelta(minutes=5) if urgent else timedelta(hours=2)
        assert max(waits) <= longest
        assert sum(waits, timedelta()) >= lasts - longest
        raised = {alarm.kind for alarm in await Alarms(home.ledger, [], clock=home.clock).run_once()}
        assert raised == {AlarmKind.URGENT if urgent else AlarmKind.WAITING}
        assert await back.reports() == []
        back.door.mend()
        home.clock.advance(max(waits))
        assert await back.deliver() == 1
        assert len(await back.reports()) == len(await back.rows(deliveries)) == 1
        await back.fetch()
        await child.send("/my-report", reference=code)
        assert says(child.page, "told-received")


async def one_more_try(home: House, back: Behind) -> timedelta:
    """Try what is due, in vain, and sleep until something is due again; how long that was."""
    assert await back.deliver() == 0
    due = await back.due()
    assert due is not None
    before = home.clock.now()
    home.clock.advance(due - before)
    return due - before


async def until_it_is(moment: datetime, home: House) -> AsyncIterator[None]:
    while home.clock.now() < moment:
        yield


async def test_in_whatever_order_the_requests_come_there_is_one_report_with_each_part_once(
    tmp_path: Path,
) -> None:
    async with whole(tmp_path) as somewhere:
        _, back, session = somewhere
        orders = list(itertools.permutations(range(5)))[::6]
        tellings = [(somewhere.telling(), order) for order in orders]
        for telling, order in tellings:
            await telling.tell(session, [telling.requests[step] for step in order])
        await back.deliver()
        assert sorted(await back.reports()) == sorted(telling.report for telling, _ in tellings)
        for telling, order in tellings:
            kinds = await back.parts(telling.report)
            assert sorted(set(kinds)) == sorted(kinds), order
            assert {"answers", "reported", "context"} <= set(kinds), order
            opened = await back.look(telling.report)
            assert opened.facts is not None
            told = [opened.facts.answers, *(added.answers for added in opened.supplements)]
            before_a_send = order.index(3) < max(order.index(1), order.index(4))
            assert (WORDS in {answers.own_words for answers in told}) == before_a_send, order


async def test_other_bytes_under_the_same_id_are_a_conflict_and_an_alarm_and_the_first_stays(
    tmp_path: Path,
) -> None:
    async with whole(tmp_path) as somewhere:
        home, back, session = somewhere
        telling = somewhere.telling()
        await telling.tell(session, telling.requests[:2])
        leased = Leased(
            item=ItemId(telling.report),
            report=telling.report,
            kind=ItemKind.REPORT,
            destination=CENTRE.desk,
            urgent=False,
            attempts=1,
            fence=0,
            fault=Fault.NONE,
        )
        parcel = (await home.ledger.read(partial(assemble, leased=[leased])))[leased.item]
        await back.way.deliver(leased.item, parcel.body)
        before = await back.rows(desk_parts)
        forged = sa.update(road_parts).where(road_parts.c.kind == "answers").values(sealed=b"other bytes")
        assert await home.ledger.transact(lambda conn: conn.execute(forged).rowcount) == 1
        assert await back.deliver() == 0
        with pytest.raises(DeliveryRefused) as refused:
            await back.way.deliver(leased.item, parcel.body.replace(b"false", b"true"))
        assert refused.value.status == 409
        (alarm,) = await Alarms(home.ledger, [], clock=home.clock).run_once()
        assert (alarm.kind, alarm.items) == (AlarmKind.CONFLICT, (leased.item,))
        assert [row.action for row in await back.rows(desk_trail)] == ["delivery_conflict"]
        assert await back.rows(desk_parts) == before
        assert len(await back.reports()) == 1
        assert (await back.look(telling.report)).cannot_open == ()
        assert await home.count(road_parts) > 0
