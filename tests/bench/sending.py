"""What one Send commits on the road: a report, a sealed part of 8 KB, its place in the outbox, a count."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from core.ids import new_id
from core.ledger.counters import counted
from core.ledger.port import Change
from core.ledger.road import counters, outbox, parts, reports
from tests.bench.by_hand import Writes

SEALED = os.urandom(8_000)
REPORT, PART, ITEM = reports.insert(), parts.insert(), outbox.insert()


def report() -> tuple[Change, ...]:
    """For our ledger."""
    report, now = new_id(), datetime.now(UTC)
    row = {
        "id": report, "draft": report + report, "community": "c", "platform": "web", "desk": "d",
        "standing": "practice", "urgent": False, "reference_tag": report + report, "may_push": False,
        "sent_at": now,
    }  # fmt: skip
    part = {
        "id": new_id(), "draft": report + report, "desk": "d", "kind": "answers", "item": report,
        "sealed": SEALED, "created_at": now,
    }  # fmt: skip
    item = {
        "item": report, "report": report, "kind": "report", "destination": "d", "urgent": False,
        "state": "ready", "due_at": now, "created_at": now,
    }  # fmt: skip
    return (
        Change(REPORT, [row]),
        Change(PART, [part]),
        Change(ITEM, [item]),
        counted(counters, "a", "reports"),
    )


Sent = tuple[str, str, str]
"""The ids of a report and its part, and when."""


def sent() -> Sent:
    """The same, for whoever writes by hand."""
    return new_id(), new_id(), text_of(datetime.now(UTC))


def text_of(time: datetime) -> str:
    """A time as both engines keep it."""
    return time.isoformat(timespec="microseconds")[:-6] + "Z"


def _reports(records: Sequence[Sent]) -> list[Sequence[Any]]:
    return [(i, i + i, "c", "web", "d", "practice", False, i + i, False, at) for i, _, at in records]


def _parts(records: Sequence[Sent]) -> list[Sequence[Any]]:
    return [(part, i + i, "d", "answers", i, SEALED, at) for i, part, at in records]


def _outbox(records: Sequence[Sent]) -> list[Sequence[Any]]:
    return [(i, i, "report", "d", False, "ready", at, at) for i, _, at in records]


WRITES: Writes = (
    (
        (
            "INSERT INTO reports (id, draft, community, platform, desk, standing, urgent, reference_tag, "
            "may_push, sent_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        ),
        _reports,
    ),
    (
        "INSERT INTO parts (id, draft, desk, kind, item, sealed, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        _parts,
    ),
    (
        (
            "INSERT INTO outbox (item, report, kind, destination, urgent, state, attempts, due_at, fence, "
            "fault, created_at) VALUES (?, ?, ?, ?, ?, ?, 0, ?, 0, '', ?)"
        ),
        _outbox,
    ),
    (
        (
            "INSERT INTO counters (name, writer, value) VALUES (?, ?, 1) "
            "ON CONFLICT (name, writer) DO UPDATE SET value = counters.value + excluded.value"
        ),
        lambda records: [("reports", "a")] * len(records),
    ),
)
