"""What grows with the number of reports: the same questions to a desk of a thousand and to one of a million.

The rows are the desk's own, written in bulk; their sealed parts are short, since no question here reads one.
There is no look-up of other reports of a subject yet; what is looked up is a report by its reference.
"""
# ruff: noqa: S311 - whatever is looked up here is no secret

import random
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from core.clock import SystemClock
from core.evidence.keys import DeskKeys, TagKey
from core.evidence.sealing import new_key
from core.ids import DeskName, ReportId, RoadName, new_id
from core.ledger.backends import OpenableLedger, open_ledger
from core.ledger.port import Change
from core.reports.model import Category, Priority, Standing
from core.reports.reference import ALPHABET, SYMBOLS, check_symbol
from desk import cases, status, tallies
from desk.model import Scope
from desk.queue import _token, queue_page
from desk.ranks import SHIPPED, rank
from desk.receiving import Incoming, receive
from desk.tables import DESK, counters, deliveries, parts, reasons, reports
from tests.bench.deliveries import ROAD, delivery
from tests.bench.engines import Engine, databases
from tests.bench.figures import Aim, Figure, Setting, against, alone
from tests.bench.rounds import Found, Once, interleaved, pace

FEW = 1_000
A_BATCH = 2_000
KNOWN = 500
"""So many reports of each desk are looked up again, at random."""
SCOPE = Scope(desk=DeskName("practice"), standing=Standing.PRACTICE)
KEYS = DeskKeys(current=new_key(), reference=TagKey(b"k" * 32), linking=TagKey(b"k" * 32))
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
APART = timedelta(seconds=20)
CATEGORIES = tuple(Category)
INTO = {table: table.insert() for table in (deliveries, reports, parts, reasons, counters)}


async def measure(setting: Setting) -> list[Figure]:
    figures: list[Figure] = []
    for engine in setting.engines:
        async with AsyncExitStack() as ending:
            new = await ending.enter_async_context(databases(engine, setting.folder))
            desks = {}
            for count in (min(FEW, setting.most // 2), setting.most):
                ledger = open_ledger(new(f"desk_{count}"), DESK, SystemClock())
                await ledger.open()
                ending.push_async_callback(ledger.close)
                desks[f"{count:,} reports"] = Desk(ledger, await filled(ledger, count))
            figures += await compared(desks, engine, setting)
    return figures


class Desk:
    """A filled ledger, and some of what lies in it."""

    def __init__(self, ledger: OpenableLedger, known: Sequence[dict[str, Any]]) -> None:
        self._ledger = ledger
        self._known = known

    def questions(self) -> dict[str, Once]:
        return {
            "queue, first page": partial(queue_page, self._ledger, SCOPE),
            "queue, a page anywhere": self._page,
            "a case": self._case,
            "a report by its reference": self._reference,
            "counts of the queue": partial(tallies.queued, self._ledger),
            "intake of one report": self._intake,
        }

    async def _page(self) -> None:
        await queue_page(self._ledger, SCOPE, after=_token(random.choice(self._known)))

    async def _case(self) -> None:
        report = ReportId(random.choice(self._known)["id"])
        assert await cases.case(self._ledger, SCOPE, report) is not None

    async def _reference(self) -> None:
        reference = random.choice(self._known)["reference"]
        told = await status.told(self._ledger, KEYS, RoadName(ROAD), [SCOPE], reference)
        assert told.known

    async def _intake(self) -> None:
        incoming = Incoming(RoadName(ROAD), delivery(), "d" * 64, SystemClock().now())
        await receive(self._ledger, incoming, SHIPPED)


async def compared(desks: dict[str, Desk], engine: Engine, setting: Setting) -> list[Figure]:
    few, many = desks
    figures = []
    asked = {size: desk.questions() for size, desk in desks.items()}
    for what in asked[few]:
        named = {size: f"{what}, {size}, {engine}" for size in desks}
        those = {named[size]: partial(_pace_ms, asked[size][what], setting.seconds / 2) for size in desks}
        found: Found = await interleaved(those, setting.rounds)
        figures += [
            alone(found, named[few], "ms"),
            against(found, named[many], named[few], "ms", Aim(2, at_most=True)),
        ]
    return figures


async def _pace_ms(once: Once, seconds: float) -> float:
    return 1000 * await pace(once, seconds)


async def filled(ledger: OpenableLedger, count: int) -> list[dict[str, Any]]:
    """Write so many reports, triaged and of every priority; some of them as they were written."""
    known: list[dict[str, Any]] = []
    for first in range(0, count, A_BATCH):
        rows = [_report(number) for number in range(first, min(first + A_BATCH, count))]
        kept = random.sample(rows, min(len(rows), max(1, len(rows) * KNOWN // count)))
        known += [_referred(row) for row in kept]
        await ledger.append(
            Change(INTO[reports], rows),
            Change(INTO[deliveries], [_delivery(row) for row in rows]),
            Change(INTO[parts], [_part(row) for row in rows]),
            Change(INTO[reasons], [_reason(row) for row in rows]),
        )
    await ledger.append(Change(INTO[counters], _counters(count)))
    return known


def _report(number: int) -> dict[str, Any]:
    report, at = new_id(), BEGAN + APART * number
    priority = random.choice(tuple(Priority))
    return {
        "id": report, "item": report, "road": ROAD, "draft": report + report, "desk": SCOPE.desk,
        "standing": SCOPE.standing.value, "community": "practice", "platform": "web",
        "urgent": priority is Priority.P0, "sent_at": at, "received_at": at,
        "rank": rank(priority, triaged=True), "due_at": at + SHIPPED[priority], "priority": int(priority),
        "category": random.choice(CATEGORIES).value, "reference_tag": random.randbytes(32).hex(),
        "triaged_at": at,
    }  # fmt: skip


def _referred(row: dict[str, Any]) -> dict[str, Any]:
    """The row, which from now on a reference leads to, with that reference."""
    symbols = "".join(random.choices(ALPHABET, k=SYMBOLS))
    reference = f"LB-{symbols[:4]}-{symbols[4:8]}-{symbols[8:]}-{check_symbol(symbols)}"
    row["reference_tag"] = status.tag_of(KEYS.reference, reference)
    return {**row, "reference": reference}


def _delivery(row: dict[str, Any]) -> dict[str, Any]:
    given = {name: row[name] for name in ("item", "road", "urgent", "received_at")}
    return {**given, "digest": "d" * 64, "report": row["id"], "kind": "report"}


def _part(row: dict[str, Any]) -> dict[str, Any]:
    given = {name: row[name] for name in ("road", "item", "received_at", "triaged_at")}
    return {**given, "report": row["id"], "id": row["id"], "kind": "answers", "sealed": b"s" * 64, "size": 64}


def _reason(row: dict[str, Any]) -> dict[str, Any]:
    return {"report": row["id"], "code": "floor", "text": "The category asks for it.", "at": row["sent_at"]}


def _counters(count: int) -> list[dict[str, Any]]:
    place = f"{SCOPE.desk}/{SCOPE.standing}"
    names = [f"queue/{place}/{rank(priority, triaged=True)}" for priority in Priority]
    return [{"name": name, "writer": "desk", "value": count // len(names)} for name in names]
