"""What the desk counts for its operators. No content, no names, no communities; desks by name."""

from collections import defaultdict
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, Counter, Gauge
from sqlalchemy import bindparam as bind

from core.ledger.port import Ledger
from desk import tallies
from desk.duties.model import DutyState
from desk.model import Scope
from desk.ranks import QUEUED, of_rank
from desk.rota.model import Step, Unsent
from desk.tables import NO_FAULT, duties, parts, reports, unlocks
from desk.unlocking.model import REVIEW_WITHIN

_JOINED: Final = sa.exists().where(reports.c.id == parts.c.report, reports.c.road == parts.c.road)
_OLDEST: Final = sa.select(sa.func.min(parts.c.received_at)).where(parts.c.triaged_at.is_(None), _JOINED)
_ALONE: Final = sa.select(sa.func.count()).where(parts.c.triaged_at.is_(None), ~_JOINED)
_FAULTY: Final = sa.select(sa.func.count()).where(parts.c.fault != NO_FAULT)
_OVERDUE: Final = sa.select(sa.func.count()).where(
    duties.duties.c.state == DutyState.OPEN.value,
    duties.duties.c.due_at < bind("now", type_=duties.duties.c.due_at.type),
)
_UNREVIEWED: Final = sa.select(sa.func.count()).where(
    unlocks.c.verdict == "", unlocks.c.asked_at < bind("before", type_=unlocks.c.asked_at.type)
)
UNTRIAGED: Final = "untriaged"


class _Measured(NamedTuple):
    oldest: datetime | None
    alone: int
    faulty: int
    overdue: int
    unreviewed: int


class DeskMetrics:
    """Counters go up as things happen; gauges are set by `measure`, from counts that are kept."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.taken = Counter(
            "lifebelt_desk_deliveries", "Deliveries by what became of them", ["fate"], registry=registry
        )
        self.refused = Counter(
            "lifebelt_desk_refused", "Requests that were refused, by code", ["code"], registry=registry
        )
        self._paged = Counter(
            "lifebelt_desk_pages", "Pages by the step of the ladder, and drills", ["step"], registry=registry
        )
        self._sent = Counter(
            "lifebelt_desk_pages_tried",
            "Tries to send a page by what came of it",
            ["fault"],
            registry=registry,
        )
        self._on_duty = Gauge(
            "lifebelt_desk_on_duty",
            "1 while somebody may be named as on duty",
            ["standing"],
            registry=registry,
        )
        self._received = Gauge("lifebelt_desk_received_reports", "Reports received, ever", registry=registry)
        self._queue = Gauge(
            "lifebelt_desk_queue_reports",
            "Reports by priority; `untriaged` is not triaged yet",
            ["standing", "priority"],
            registry=registry,
        )
        self._oldest = Gauge(
            "lifebelt_desk_untriaged_oldest_seconds",
            "Age of the longest untriaged",
            registry=registry,
        )
        self._faulty = Gauge(
            "lifebelt_desk_cannot_open_parts", "Kept parts that do not open", registry=registry
        )
        self._alone = Gauge(
            "lifebelt_desk_parts_without_report", "Kept parts whose report has not come", registry=registry
        )
        self._overdue = Gauge(
            "lifebelt_desk_duties_overdue", "Reporting duties past their time", registry=registry
        )
        self._unreviewed = Gauge(
            "lifebelt_desk_unlocks_unreviewed",
            "Unlocked identities that nobody reviewed within 24 hours",
            registry=registry,
        )
        self._shown: set[tuple[str, str]] = set()

    def paged(self, step: Step, *, drill: bool) -> None:
        self._paged.labels("drill" if drill else step.value).inc()

    def sent(self, fault: Unsent | None) -> None:
        self._sent.labels("none" if fault is None else fault.value).inc()

    def on_duty(self, scope: Scope, *, up: bool) -> None:
        """A desk is not named, as everywhere here."""
        self._on_duty.labels(scope.standing.value).set(up)

    async def measure(self, ledger: Ledger, now: datetime) -> None:
        """Set the gauges from the ledger; raises LedgerError, and then they keep what they had."""
        measured = await ledger.read(partial(_measured, now=now))
        queued = await tallies.queued(ledger)
        self._received.set(await tallies.received(ledger))
        self._faulty.set(measured.faulty)
        self._alone.set(measured.alone)
        self._overdue.set(measured.overdue)
        self._unreviewed.set(measured.unreviewed)
        waits = now - measured.oldest if measured.oldest else None
        self._oldest.set(max(0.0, waits.total_seconds()) if waits else 0)
        self._show(queued)

    def _show(self, queued: tuple[tallies.Tally, ...]) -> None:
        """A queue that emptied is shown as empty, not as it was."""
        sums: dict[tuple[str, str], int] = defaultdict(int)
        for tally in (tally for tally in queued if tally.rank <= QUEUED):
            sums[_labels(tally.scope, tally.rank)] += tally.reports
        for labels in self._shown | sums.keys():
            self._queue.labels(*labels).set(sums.get(labels, 0))
        self._shown |= sums.keys()


def _measured(conn: sa.Connection, now: datetime) -> _Measured:
    return _Measured(
        oldest=conn.execute(_OLDEST).scalar(),
        alone=conn.execute(_ALONE).scalar_one(),
        faulty=conn.execute(_FAULTY).scalar_one(),
        overdue=conn.execute(_OVERDUE, {"now": now}).scalar_one(),
        unreviewed=conn.execute(_UNREVIEWED, {"before": now - REVIEW_WITHIN}).scalar_one(),
    )


def _labels(scope: Scope, rank: int) -> tuple[str, str]:
    """A desk is not named: a school's own would name the community."""
    priority, triaged = of_rank(rank)
    return scope.standing.value, priority.name if triaged else UNTRIAGED
