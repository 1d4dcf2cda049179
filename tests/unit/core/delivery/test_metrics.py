from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from core.delivery.alarms import Alarms
from core.delivery.metrics import Metrics
from core.delivery.worker import Worker
from core.errors import DeliveryRefused, DestinationDown
from core.ledger.sqlite import SqliteLedger
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock
from core.testing.destination import RecordingDestination
from core.testing.outbox import COMMUNITY, DESK, SentReports


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> Metrics:
    return Metrics(registry)


@pytest.fixture
def worker(ledger: SqliteLedger, desk: RecordingDestination, clock: FixedClock, metrics: Metrics) -> Worker:
    signals = MemorySignals(clock)
    return Worker(ledger, {DESK: desk}, signals, clock, jitter=lambda: 0.5, metrics=metrics)


async def test_attempts_are_counted_by_how_they_ended(
    worker: Worker, desk: RecordingDestination, sent: SentReports, registry: CollectorRegistry
) -> None:
    for _ in range(4):
        await sent.send()
    desk.fail_next(DeliveryRefused(422), DestinationDown("silent"))
    await worker.run_once()

    def attempts(outcome: str) -> float | None:
        return registry.get_sample_value("lifebelt_delivery_attempts_total", {"outcome": outcome})

    assert [attempts(one) for one in ("delivered", "refused", "silent")] == [2, 1, 1]
    assert registry.get_sample_value("lifebelt_delivered_total") == 2


async def test_depth_and_age_of_the_outbox_are_shown_by_urgency(
    ledger: SqliteLedger, sent: SentReports, clock: FixedClock, metrics: Metrics, registry: CollectorRegistry
) -> None:
    await sent.send()
    clock.advance(timedelta(seconds=90))
    await sent.send(urgent=True)
    await sent.send(urgent=True)
    clock.advance(timedelta(seconds=10))
    await metrics.observe(ledger)

    def gauge(name: str, urgent: str) -> float | None:
        return registry.get_sample_value(f"lifebelt_outbox_{name}", {"urgent": urgent})

    assert (gauge("depth", "true"), gauge("depth", "false")) == (2, 1)
    assert (gauge("oldest_seconds", "true"), gauge("oldest_seconds", "false")) == (10, 100)


async def test_an_empty_outbox_shows_zeros_again(
    ledger: SqliteLedger, sent: SentReports, worker: Worker, metrics: Metrics, registry: CollectorRegistry
) -> None:
    await sent.send(urgent=True)
    await metrics.observe(ledger)
    await worker.run_once()
    await metrics.observe(ledger)
    assert registry.get_sample_value("lifebelt_outbox_depth", {"urgent": "true"}) == 0
    assert registry.get_sample_value("lifebelt_outbox_oldest_seconds", {"urgent": "true"}) == 0


async def test_what_needs_somebody_is_shown_even_where_it_is_never_called_dead(
    ledger: SqliteLedger,
    sent: SentReports,
    worker: Worker,
    desk: RecordingDestination,
    metrics: Metrics,
) -> None:
    await sent.send(urgent=True)
    await sent.send()
    desk.fail_with(DeliveryRefused(422))
    await worker.run_once()
    seen = await metrics.observe(ledger)
    assert (seen.urgent.needs_somebody, seen.calm.needs_somebody) == (1, 1)


async def test_metrics_name_no_desk_no_community_and_no_item(
    ledger: SqliteLedger, sent: SentReports, worker: Worker, clock: FixedClock, registry: CollectorRegistry
) -> None:
    metrics = worker._lanes[0]._shared.metrics
    item = await sent.send(urgent=True, sealed=[b"canary-4711"])
    clock.advance(timedelta(minutes=1))
    await Alarms(ledger, [], clock=clock, metrics=metrics).run_once()
    await worker.run_once()
    await metrics.observe(ledger)
    shown = generate_latest(registry).decode()
    assert 'lifebelt_delivery_alarms_total{heard="false",kind="urgent_undelivered"} 1.0' in shown
    for word in ("canary", COMMUNITY, item, f'"{DESK}"'):
        assert word not in shown
