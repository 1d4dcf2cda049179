"""Deliveries as a road makes them, sealed before and signed; and the rows that they become at the desk."""

import hashlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from core.clock import Clock
from core.delivery import wire
from core.delivery.signing import sign
from core.evidence.parts import PartKind
from core.ids import CommunityId, DeskName, ItemId, PartId, ReportId, new_id
from core.reports.model import Standing
from tests.bench.by_hand import Writes
from tests.bench.load import post
from tests.bench.sending import text_of

ROAD = "road"
SEALED = os.urandom(8_000)
P1_UNTRIAGED, ONE_HOUR = 2, timedelta(hours=1)


def delivery() -> wire.Delivery:
    """A report of one sealed part of 8 KB."""
    report = new_id()
    return wire.Delivery(
        item=ItemId(report),
        kind=wire.ItemKind.REPORT,
        report=ReportId(report),
        draft=report + report,
        community=CommunityId("practice"),
        platform="web",
        desk=DeskName("practice"),
        standing=Standing.PRACTICE,
        urgent=False,
        sent_at=datetime.now(UTC),
        parts=(wire.WirePart(id=PartId(new_id()), kind=PartKind.ANSWERS, sealed=SEALED),),
    )


def requests(count: int, secret: str, clock: Clock) -> list[bytes]:
    """Signed deliveries, ready to be sent."""
    return [_request(secret, clock) for _ in range(count)]


def _request(secret: str, clock: Clock) -> bytes:
    made = delivery()
    body = msgspec.json.encode(made)
    signed = sign(secret, made.item, clock.now(), body)
    headers = {**signed, wire.ROAD_HEADER: ROAD, "Content-Type": "application/json"}
    return post(wire.DELIVERIES, body, headers)


class Arrived(NamedTuple):
    """A delivery as whoever writes by hand needs it."""

    delivery: wire.Delivery
    digest: str
    sent: str
    at: str
    due: str


def arrived(body: bytes) -> Arrived:
    """Read, and nothing of it checked but that it can be read."""
    read = msgspec.json.decode(body, type=wire.Delivery)
    now = datetime.now(UTC)
    due = min(read.sent_at, now) + ONE_HOUR
    digest = hashlib.sha256(body).hexdigest()
    return Arrived(read, digest, text_of(read.sent_at.astimezone(UTC)), text_of(now), text_of(due))


def _deliveries(records: Sequence[Arrived]) -> list[Sequence[Any]]:
    return [
        (one.item, digest, ROAD, one.report, one.kind.value, one.urgent, at)
        for one, digest, _, at, _ in records
    ]


def _parts(records: Sequence[Arrived]) -> list[Sequence[Any]]:
    return [
        (one.report, part.id, ROAD, one.item, part.kind.value, part.sealed, len(part.sealed), at)
        for one, _, _, at, _ in records
        for part in one.parts
    ]


def _reports(records: Sequence[Arrived]) -> list[Sequence[Any]]:
    return [
        (
            one.report, one.item, ROAD, one.draft, one.desk, one.standing.value, one.community, one.platform,
            one.urgent, sent, at, P1_UNTRIAGED, due,
        )
        for one, _, sent, at, due in records
    ]  # fmt: skip


def _news(records: Sequence[Arrived]) -> list[Sequence[Any]]:
    return [(f"{one.report}.received", ROAD, one.report, "received", at) for one, _, _, at, _ in records]


def _counters(records: Sequence[Arrived]) -> list[Sequence[Any]]:
    names = ("received/practice/practice", f"queue/practice/practice/{P1_UNTRIAGED}")
    return [(name, "desk") for _ in records for name in names]


WRITES: Writes = (
    (
        (
            "INSERT INTO deliveries (item, digest, road, report, kind, urgent, received_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
        ),
        _deliveries,
    ),
    (
        (
            "INSERT INTO parts (report, id, road, item, kind, sealed, size, received_at, fault, sealed_for) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', '') ON CONFLICT DO NOTHING"
        ),
        _parts,
    ),
    (
        (
            "INSERT INTO reports (id, item, road, draft, desk, standing, community, platform, urgent, "
            "sent_at, received_at, rank, due_at, read_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '') "
            "ON CONFLICT DO NOTHING"
        ),
        _reports,
    ),
    (
        "INSERT INTO news (id, road, report, kind, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        _news,
    ),
    (
        (
            "INSERT INTO counters (name, writer, value) VALUES (?, ?, 1) "
            "ON CONFLICT (name, writer) DO UPDATE SET value = counters.value + excluded.value"
        ),
        _counters,
    ),
)
