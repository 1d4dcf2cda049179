"""News for roads, over the API: what is told, to whom, for how long, and how it ends."""

import asyncio
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
import sqlalchemy as sa

from core.delivery import wire
from core.errors import LedgerUnavailable
from core.evidence.envelope import Found, read_identity
from core.evidence.parts import PartKind
from core.ids import CommunityId, ReportId
from core.testing.clock import FixedClock
from core.testing.ledger import FaultyLedger
from desk.news import most_bytes
from desk.rota.deciding import Plan
from desk.rota.duty import Hours, Opening
from desk.rota.model import Place, Reply, Shift
from desk.rota.shifts import plan, reply
from desk.service import DeskService
from desk.staff import people
from desk.staff.model import CASEWORK, Person
from tests.desk_roads import LIVE, PRACTICE, Caller, Make

AT_ONCE = wire.NewsAsked(wait_s=0)


async def news(caller: Caller, asked: wire.NewsAsked = AT_ONCE) -> tuple[wire.NewsItem, ...]:
    answer = await caller.ask(wire.NEWS, asked)
    assert answer.status == 200, answer.body
    return msgspec.json.decode(answer.body, type=wire.NewsTold).news


async def test_a_received_report_is_news_with_the_identity_that_only_the_road_opens(
    caller: Caller, make: Make, clock: FixedClock
) -> None:
    made = make()
    delivery = made.delivery()
    await caller.deliver(delivery)
    (item,) = await news(caller)
    assert (item.report, item.kind, item.at) == (made.id, wire.NewsKind.RECEIVED, clock.now())
    sent = next(part for part in delivery.parts if part.kind is PartKind.IDENTITY)
    assert item.identity == sent.sealed
    found = Found(
        draft=delivery.draft,
        community=CommunityId("school"),
        part=sent.id,
        kind=PartKind.IDENTITY,
        sealed=sent.sealed,
    )
    assert read_identity(found, [made.road]) == made.identity


async def test_a_repeated_delivery_is_told_once(caller: Caller, make: Make) -> None:
    delivery = make().delivery()
    for _ in range(3):
        await caller.deliver(delivery)
    assert len(await news(caller)) == 1


async def test_news_comes_again_until_it_is_acknowledged(caller: Caller, make: Make) -> None:
    await caller.deliver(make().delivery())
    told = await news(caller)
    assert await news(caller) == told
    answer = await caller.ask(wire.NEWS_ACKNOWLEDGED, wire.NewsAcknowledged(ids=(told[0].id, "unknown")))
    assert (answer.status, answer.body) == (204, b"")
    assert await news(caller) == ()
    again = await caller.ask(wire.NEWS_ACKNOWLEDGED, wire.NewsAcknowledged(ids=(told[0].id,)))
    assert again.status == 204


async def test_what_was_acknowledged_does_not_come_back_with_a_repeated_delivery(
    caller: Caller, make: Make
) -> None:
    delivery = make().delivery()
    await caller.deliver(delivery)
    told = await news(caller)
    await caller.ask(wire.NEWS_ACKNOWLEDGED, wire.NewsAcknowledged(ids=(told[0].id,)))
    await caller.deliver(delivery)
    assert await news(caller) == ()


async def test_a_road_hears_of_its_own_reports_only_and_acknowledges_only_them(
    caller: Caller, stranger: Caller, make: Make
) -> None:
    await caller.deliver(make().delivery())
    (item,) = await news(caller)
    assert await news(stranger) == ()
    await stranger.ask(wire.NEWS_ACKNOWLEDGED, wire.NewsAcknowledged(ids=(item.id,)))
    assert await news(caller) == (item,)


async def test_the_oldest_comes_first_and_no_more_than_asked_for(
    caller: Caller, desk: DeskService, make: Make, clock: FixedClock
) -> None:
    made = [make() for _ in range(3)]
    for one in made:
        await caller.deliver(one.delivery())
        clock.advance(timedelta(seconds=1))
    await desk.look(PRACTICE, made[0].id, by="ann")
    assert [item.report for item in await news(caller, wire.NewsAsked(wait_s=0, limit=2))] == [
        made[0].id,
        made[1].id,
    ]
    everything = await news(caller)
    assert [item.kind for item in everything] == ["received", "received", "received", "read"]
    assert everything[-1].identity == everything[0].identity


async def test_a_waiting_road_hears_at_once_of_a_first_look(
    caller: Caller, desk: DeskService, make: Make
) -> None:
    made = make()
    await caller.deliver(made.delivery())
    (item,) = await news(caller)
    await caller.ask(wire.NEWS_ACKNOWLEDGED, wire.NewsAcknowledged(ids=(item.id,)))
    async with asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(news(caller, wire.NewsAsked(wait_s=30)))
        await desk.look(PRACTICE, made.id, by="ann")
    assert [found.kind for found in asked.result()] == [wire.NewsKind.READ]


async def test_nothing_to_tell_is_an_empty_answer_after_the_time_asked_for(caller: Caller) -> None:
    assert await news(caller, wire.NewsAsked(wait_s=0.01)) == ()


async def test_stopping_answers_those_who_wait(caller: Caller, desk: DeskService) -> None:
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(news(caller, wire.NewsAsked(wait_s=30)))
        await desk.stop()
    assert asked.result() == ()


async def test_a_lost_wake_up_delays_and_loses_nothing(
    caller: Caller, desk: DeskService, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.service.LOOK_AGAIN", timedelta(milliseconds=20))

    async def deaf(_topic: str) -> None:
        return None

    monkeypatch.setattr(desk.signals, "wake", deaf)
    async with asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(news(caller, wire.NewsAsked(wait_s=30)))
        await caller.deliver(make().delivery())
    assert len(asked.result()) == 1


@pytest.mark.parametrize(
    "body",
    [b'{"wait_s":31}', b'{"wait_s":-1}', b'{"limit":0}', b'{"limit":501}', b'{"wait_s":"x"}', b'{"more":1}'],
)
async def test_what_may_not_be_asked_is_refused(caller: Caller, body: bytes) -> None:
    answer = await caller.post(wire.NEWS, body)
    assert (answer.status, answer.refusal().code) == (400, "malformed")


async def test_too_many_or_too_long_ids_are_refused(caller: Caller) -> None:
    for ids in (("a",) * 501, ("a" * 65,)):
        answer = await caller.ask(wire.NEWS_ACKNOWLEDGED, wire.NewsAcknowledged(ids=ids))
        assert answer.refusal().code == "malformed"


async def test_what_an_acknowledgement_may_hold_is_bounded_but_empty_is_fine(caller: Caller) -> None:
    answer = await caller.ask(wire.NEWS_ACKNOWLEDGED, wire.NewsAcknowledged(ids=()))
    assert answer.status == 204


async def test_news_that_cannot_be_read_is_503(caller: Caller, faulty: FaultyLedger) -> None:
    faulty.fail_with(LedgerUnavailable("gone"))
    assert (await caller.ask(wire.NEWS, AT_ONCE)).refusal().code == "unavailable"


def test_one_answer_holds_at_least_one_item_and_no_more_bytes_than_a_road_reads() -> None:
    def item(size: int) -> wire.NewsItem:
        return wire.NewsItem(
            id="a", report=ReportId("r"), kind=wire.NewsKind.READ, at=FixedClock().now(), identity=b"x" * size
        )

    for sizes, held in (([], 0), ([11], 1), ([5, 5], 2), ([5, 6], 1), ([11, 1], 1)):
        assert len(most_bytes([item(size) for size in sizes], 10)) == held


async def test_every_answer_says_of_each_desk_who_is_on_duty(caller: Caller) -> None:
    answer = await caller.ask(wire.NEWS, AT_ONCE)
    told = msgspec.json.decode(answer.body, type=wire.NewsTold)
    assert [(each.desk, each.standing, each.who) for each in told.duty] == [
        (scope.desk, scope.standing, ()) for scope in (PRACTICE, LIVE)
    ]


async def test_a_road_that_waits_is_answered_as_soon_as_somebody_comes_on_duty(
    desk: DeskService, caller: Caller, clock: FixedClock
) -> None:
    always = {day: (Opening(starts=time()),) for day in range(7)}
    desk.rota.plan = Plan({PRACTICE.desk: Hours(zone=ZoneInfo("UTC"), week=always)})
    until = clock.now() + timedelta(hours=8)

    def accepted(conn: sa.Connection) -> None:
        person = Person(id="1", name="Ann", roles=CASEWORK, created_at=clock.now(), created_by="operator")
        people.add(conn, person, "ann", "none")
        shift = Shift(
            id="1", person="Ann", place=Place.ON_CALL, starts=clock.now(), ends=until, planned_by="Ann"
        )
        plan(conn, PRACTICE, shift, now=clock.now())
        reply(conn, PRACTICE, "1", Reply.ACCEPTED, by="Ann", now=clock.now())

    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(caller.ask(wire.NEWS, wire.NewsAsked(wait_s=30)))
        await asyncio.sleep(0)
        await desk.ledger.transact(accepted)
        await desk.rota.refresh()
    told = msgspec.json.decode(waiting.result().body, type=wire.NewsTold)
    assert (told.news, told.duty[0].who, told.duty[0].until) == ((), ("Somebody",), until)
