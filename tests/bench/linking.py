"""What one new report costs to link where a thousand are stored, and where a hundred thousand are.

Each stored report names values of its own and some of a few that others name too, as reports do; the new one
names an account that is known, an account that half of all reports name, and a text that many told. Measured
is everything the triage does about links in its transaction, undone each time.
"""
# ruff: noqa: S311 - nothing here is a secret

import random
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import sqlalchemy as sa

from core.clock import SystemClock
from core.evidence.keys import TagKey
from core.ids import CommunityId, ReportId, new_id
from core.ledger.backends import OpenableLedger, open_ledger
from core.ledger.port import Change
from desk.linking import conflicts, raising, suggesting
from desk.linking.conflicts import Crossed
from desk.linking.values import Kind, Tag, Value, tags_of
from desk.linking.wording import BANDS
from desk.opening import Kept
from desk.ranks import SHIPPED
from desk.tables import DESK, links, reports
from tests.bench import growth
from tests.bench.engines import Engine, databases
from tests.bench.figures import Aim, Figure, Setting, against, alone
from tests.bench.rounds import Found, interleaved, pace

FEW: Final = 1_000
MOST: Final = 100_000
COMMUNITIES: Final = 40
KEY = TagKey(b"l" * 32)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
INTO = {reports: reports.insert(), links.tags: links.tags.insert()}


async def measure(setting: Setting) -> list[Figure]:
    figures: list[Figure] = []
    for engine in setting.engines:
        async with AsyncExitStack() as ending:
            new = await ending.enter_async_context(databases(engine, setting.folder))
            ledgers = {}
            most = min(MOST, setting.most)
            for count in (min(FEW, most // 2), most):
                ledger = open_ledger(new(f"links_{count}"), DESK, SystemClock())
                await ledger.open()
                ending.push_async_callback(ledger.close)
                await filled(ledger, count)
                ledgers[f"{count:,} reports"] = ledger
            figures += await compared(ledgers, engine, setting)
    return figures


async def compared(ledgers: dict[str, OpenableLedger], engine: Engine, setting: Setting) -> list[Figure]:
    few, many = (f"linking one report, {size}, {engine}" for size in ledgers)
    measures = (partial(_pace_ms, ledger, setting.seconds / 2) for ledger in ledgers.values())
    found: Found = await interleaved(dict(zip((few, many), measures, strict=True)), setting.rounds)
    return [alone(found, few, "ms"), against(found, many, few, "ms", Aim(2, at_most=True))]


async def _pace_ms(ledger: OpenableLedger, seconds: float) -> float:
    return 1000 * await pace(lambda: ledger.transact(_linked), seconds)


def _linked(conn: sa.Connection) -> None:
    """As `desk.triaging` does it, and undone."""
    savepoint = conn.begin_nested()
    kept = Kept(ReportId(new_id()), growth.SCOPE, CommunityId("c0"), "", ())
    tags = _named(random.randrange(FEW // 4))
    suggesting.communities_with(conn, kept.scope, tags, but=kept.community)
    suggesting.store(conn, kept.scope, kept.community, kept.report, tags)
    conflicts.store(conn, kept.scope, kept.report, Crossed(tags[:1], tags[:1]), NOW)
    raising.raise_known(conn, kept, tags, NOW, SHIPPED)
    savepoint.rollback()


def _named(number: int) -> tuple[Tag, ...]:
    """An account that a few report, one that half of them do, a handle, a site, and the bands of a text."""
    values = [
        Value(Kind.ACCOUNT, f"account {number // 4}"),
        Value(Kind.ACCOUNT, f"account of everybody {number % 2}"),
        Value(Kind.HANDLE, f"handle {number // 3}"),
        Value(Kind.SITE, "site of everybody"),
        *(Value(Kind.OWN_WORDS, f"band {band} of {number // 5}") for band in range(BANDS)),
    ]
    return tags_of(KEY, tuple(values))


async def filled(ledger: OpenableLedger, count: int) -> None:
    for first in range(0, count, growth.A_BATCH):
        numbers = range(first, min(first + growth.A_BATCH, count))
        rows = [growth._report(number) | {"community": f"c{number % COMMUNITIES}"} for number in numbers]
        tags = [each for number, row in zip(numbers, rows, strict=True) for each in _rows(number, row)]
        await ledger.append(Change(INTO[reports], rows), Change(INTO[links.tags], tags))


def _rows(number: int, row: dict[str, Any]) -> list[dict[str, Any]]:
    place = f"{growth.SCOPE.desk}/{growth.SCOPE.standing}/{row['community']}"
    return [
        {"tag": tag, "kind": kind.value, "report": row["id"], "place": place} for kind, tag in _named(number)
    ]
