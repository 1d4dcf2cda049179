"""What may be counted of delivery: numbers and ages. Never a desk, a community, an item or any content."""

from datetime import datetime

import msgspec
import sqlalchemy as sa
from prometheus_client import CollectorRegistry, Counter, Gauge
from sqlalchemy import Connection

from core.delivery.model import OutboxState
from core.delivery.outbox import needs_somebody
from core.ledger.port import Ledger
from core.ledger.road import outbox


class Depth(msgspec.Struct, frozen=True, kw_only=True):
    """What lies in the outbox undelivered, of one urgency."""

    waiting: int = 0
    needs_somebody: int = 0
    oldest: datetime | None = None


class Depths(msgspec.Struct, frozen=True, kw_only=True):
    urgent: Depth = Depth()
    calm: Depth = Depth()


def depths(conn: Connection) -> Depths:
    c = outbox.c
    stuck = sa.func.sum(sa.case((needs_somebody(), 1), else_=0))
    undelivered = (OutboxState.READY, OutboxState.LEASED, OutboxState.DEAD)
    counted = (
        sa.select(c.urgent, sa.func.count(), stuck, sa.func.min(c.created_at))
        .where(c.state.in_(undelivered))
        .group_by(c.urgent)
    )
    found = {
        bool(urgent): Depth(waiting=waiting, needs_somebody=beyond, oldest=oldest)
        for urgent, waiting, beyond, oldest in conn.execute(counted)
    }
    return Depths(urgent=found.get(True, Depth()), calm=found.get(False, Depth()))


class Metrics:
    """Counters of this process, and gauges of the ledger as `observe` last saw it."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        """Without a registry of its own nothing is published."""
        registry = registry or CollectorRegistry()
        self._attempts = Counter(
            "lifebelt_delivery_attempts",
            "Attempts to deliver, by how they ended.",
            ["outcome"],
            registry=registry,
        )
        self._delivered = Counter("lifebelt_delivered", "Items a destination has stored.", registry=registry)
        self._alarms = Counter(
            "lifebelt_delivery_alarms",
            "Alarms, by kind and by whether anyone was told.",
            ["kind", "heard"],
            registry=registry,
        )
        self._told = Counter("lifebelt_news", "News, by what became of it.", ["outcome"], registry=registry)
        by_urgency = ["urgent"]
        self._waiting = Gauge(
            "lifebelt_outbox_depth", "Items not yet delivered.", by_urgency, registry=registry
        )
        self._stuck = Gauge(
            "lifebelt_outbox_needs_somebody",
            "Of these, items that repeating does not deliver.",
            by_urgency,
            registry=registry,
        )
        self._oldest = Gauge(
            "lifebelt_outbox_oldest_seconds",
            "How long the oldest undelivered item has waited.",
            by_urgency,
            registry=registry,
        )

    def attempted(self, outcome: str) -> None:
        self._attempts.labels(outcome).inc()

    def delivered(self) -> None:
        self._attempts.labels("delivered").inc()
        self._delivered.inc()

    def alarmed(self, kind: str, *, heard: bool) -> None:
        self._alarms.labels(kind, str(heard).lower()).inc()

    def told(self, outcome: str) -> None:
        self._told.labels(outcome).inc()

    async def observe(self, ledger: Ledger) -> Depths:
        """Bring the gauges up to date. Raises LedgerError."""
        seen, now = await ledger.read(depths), await ledger.now()
        self._show("true", seen.urgent, now)
        self._show("false", seen.calm, now)
        return seen

    def _show(self, urgent: str, depth: Depth, now: datetime) -> None:
        waited = (now - depth.oldest).total_seconds() if depth.oldest else 0.0
        self._waiting.labels(urgent).set(depth.waiting)
        self._stuck.labels(urgent).set(depth.needs_somebody)
        self._oldest.labels(urgent).set(max(waited, 0.0))
