"""The desk while it runs: who owns what, how it stops, and what it counts."""

import asyncio
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from core.delivery.wire import Delivery
from core.errors import KeysMissing, LedgerUnavailable
from core.evidence.keys import DeskKeys
from core.evidence.sealing import digest, new_key
from core.ids import RoadName
from core.reports.categories import Categories
from core.reports.model import Answers, Category, Priority, YesNo
from core.reports.triage import Rules
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock
from core.testing.deliveries import body_of
from core.testing.ledger import FaultyLedger
from desk.queue import QUEUE
from desk.receiving import Fate
from desk.service import DeskService
from tests.desk_roads import LIVE, PRACTICE, ROAD, Make

HACKED = Answers(category=Category.ACCOUNT, own_words="one two three four five six")


async def give(desk: DeskService, delivery: Delivery) -> Fate:
    return (await desk.receive(ROAD, delivery, digest(body_of(delivery)))).fate


def shown(registry: CollectorRegistry) -> dict[str, float]:
    lines = generate_latest(registry).decode().splitlines()
    samples = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in samples if "_created" not in name}


async def test_running_it_triages_by_itself_and_stops_when_asked(desk: DeskService, make: Make) -> None:
    made = make(answers=HACKED)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(desk.run())
        await give(desk, made.delivery())
        while not (await desk.queue(PRACTICE)).rows[0].triaged_at:
            await desk.signals.wait(QUEUE, timedelta(seconds=30))
        await desk.stop()
        await asyncio.wait_for(running, 30)


async def test_what_waited_when_it_stopped_is_found_by_the_next(desk: DeskService, make: Make) -> None:
    made = make(answers=HACKED)
    await give(desk, made.delivery())
    await desk.stop()
    await asyncio.wait_for(desk.run(), 30)
    await desk.triage.run_once()
    assert (await desk.queue(PRACTICE)).rows[0].priority is Priority.P3


async def test_a_secret_that_is_none_is_refused_at_the_start(
    faulty: FaultyLedger,
    keys: DeskKeys,
    clock: FixedClock,
    rules: Rules,
    categories: Categories,
) -> None:
    with pytest.raises(KeysMissing):
        DeskService(
            ledger=faulty,
            keys=keys,
            signals=MemorySignals(clock),
            clock=clock,
            roads={RoadName("road"): ["secret"]},
            desks={},
            communities=(),
            rules=rules,
            categories=categories,
        )


async def test_the_gauges_say_how_it_stands(
    desk: DeskService, make: Make, clock: FixedClock, registry: CollectorRegistry
) -> None:
    calm, urgent, closed = make(answers=HACKED), make(answers=Answers(danger=YesNo.YES), urgent=True), make()
    closed.recipients = (new_key().public,)
    alone = make()
    for delivery in (calm.delivery(), urgent.delivery(), closed.delivery(), alone.late()):
        await give(desk, delivery)
    clock.advance(timedelta(seconds=90))
    await desk.measure()
    before = shown(registry)
    assert before["lifebelt_desk_untriaged_oldest_seconds"] == 90
    assert before['lifebelt_desk_queue_reports{priority="untriaged",standing="practice"}'] == 3
    await desk.triage.run_once()
    await desk.measure()
    after = shown(registry)
    assert after["lifebelt_desk_untriaged_oldest_seconds"] == 0
    assert after["lifebelt_desk_received_reports"] == 3
    assert after["lifebelt_desk_cannot_open_parts"] == 1
    assert after["lifebelt_desk_parts_without_report"] == 1
    queue = {
        name.split('priority="')[1][:2]: value for name, value in after.items() if "queue_reports" in name
    }
    assert queue == {"P0": 1, "P1": 1, "P3": 1, "un": 0}


async def test_counts_survive_a_restart_and_a_repetition(
    desk: DeskService, make: Make, registry: CollectorRegistry
) -> None:
    delivery = make(answers=HACKED).delivery()
    assert [await give(desk, delivery) for _ in range(3)] == [Fate.ACCEPTED, Fate.REPEATED, Fate.REPEATED]
    await desk.measure()
    found = shown(registry)
    assert found["lifebelt_desk_received_reports"] == 1
    assert found['lifebelt_desk_deliveries_total{fate="repeated"}'] == 2


async def test_no_metric_names_a_community_or_a_report(
    desk: DeskService, make: Make, registry: CollectorRegistry
) -> None:
    made = make(community="club")
    await give(desk, made.delivery())
    await desk.triage.run_once()
    await desk.measure()
    text = generate_latest(registry).decode()
    assert "club" not in text
    assert made.id not in text


async def test_a_ledger_that_is_gone_leaves_the_gauges_as_they_were(
    desk: DeskService, make: Make, faulty: FaultyLedger, registry: CollectorRegistry
) -> None:
    await give(desk, make().delivery())
    await desk.measure()
    faulty.fail_with(LedgerUnavailable("gone"))
    with pytest.raises(LedgerUnavailable):
        await desk.measure()
    assert shown(registry)["lifebelt_desk_received_reports"] == 1


def test_it_serves_a_desk_only_in_its_own_standing(desk: DeskService) -> None:
    assert desk.serves(PRACTICE.desk, PRACTICE.standing)
    assert not desk.serves(PRACTICE.desk, LIVE.standing)
    assert not desk.serves(LIVE.desk, PRACTICE.standing)
