"""Fills the ledger of a practice desk with made-up reports, once: an empty ledger, and practice alone.

What is plain is written in bulk. The rest is played by the desk's own rooms in a ledger in memory, and
copied. The trail is one, in the order of time. Stopped half-way, the ledger is to be thrown away.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any, Final, TypeVar

import msgspec
import sqlalchemy as sa

from core.errors import InputRefused
from core.ledger.port import Change, Ledger
from core.ledger.trail import Entry, record_all
from core.reports.model import Priority, Standing
from core.testing.clock import FixedClock
from core.testing.ledger import MemoryLedger
from desk.demo.making import Made, Maker, made
from desk.demo.playing import Desk, Player
from desk.demo.stories import Story, Told, stories
from desk.demo.writing import Sums, Writing, decided, is_plain
from desk.tables import (
    DESK,
    casework,
    counters,
    deliveries,
    links,
    messages,
    parts,
    reasons,
    reports,
    rota,
    trail,
)

FILLED: Final = "demo_filled"
"""The action in the trail."""
_AT_ONCE: Final = 1_000
_PLAYED: Final = (
    deliveries, reports, parts, reasons, links.tags, casework.cases, casework.joins, casework.joined,
    casework.notes, casework.words, casework.agreements, rota.urgent, messages,
)  # fmt: skip
"""What is copied; news is not: no road is told of what it never sent."""
_ANYTHING: Final = (
    sa.select(sa.literal(1)).select_from(reports).limit(1),
    sa.select(sa.literal(1)).select_from(deliveries).limit(1),
)

T = TypeVar("T")
Tell = Callable[[int], None]


async def fill(ledger: Ledger, desk: Desk, maker: Maker, told: Told, tell: Tell) -> None:
    """Store what is to be told. Raises InputRefused, LedgerError.

    `tell` hears how many are made, now and then. The same seed tells the same; only what is sealed differs.
    """
    await _refuse(ledger, desk)
    sums = Sums()
    writing = Writing(desk, sums)
    played: list[tuple[Story, Made]] = []
    for some in _several(stories(told), _AT_ONCE):
        played += await asyncio.to_thread(_write, writing, desk, maker, some)
        await ledger.append(*writing.taken())
        tell(some[-1].number)
    lines = await _play(ledger, desk, told, played, sums)
    await ledger.append(sums.change())
    await _keep_trail(ledger, [*writing.trail, *lines, _filled(desk, told)])


async def _refuse(ledger: Ledger, desk: Desk) -> None:
    if desk.scope.standing is not Standing.PRACTICE:
        raise InputRefused("only a practice desk is filled with made-up reports")
    if await ledger.read(lambda conn: any(conn.execute(query).first() for query in _ANYTHING)):
        raise InputRefused("there are reports in this ledger: name an empty folder with --data")


def _write(writing: Writing, desk: Desk, maker: Maker, some: Sequence[Story]) -> list[tuple[Story, Made]]:
    """In a thread: sealing takes its time. Those that must be played."""
    left = []
    for story in some:
        decision = decided(desk, story)
        sealed = made(maker, story, urgent=decision.priority is Priority.P0)
        if is_plain(story, decision):
            writing.write(story, sealed, decision)
        else:
            left.append((story, sealed))
    return left


async def _play(
    ledger: Ledger, desk: Desk, told: Told, pairs: Sequence[tuple[Story, Made]], sums: Sums
) -> Iterable[Entry]:
    """The lines in the trail of what was played."""
    apart = MemoryLedger(DESK, FixedClock(told.start))
    await apart.open()
    try:
        await Player(apart, desk, told).play(pairs)
        for table in _PLAYED:
            for some in _several(await apart.read(partial(_rows, table=table)), _AT_ONCE):
                await ledger.append(Change(sa.insert(table), some))
        sums.execute(None, await apart.read(partial(_rows, table=counters)))
        return [_entry(row) for row in await apart.read(partial(_rows, table=trail))]
    finally:
        await apart.close()


async def _keep_trail(ledger: Ledger, lines: list[Entry]) -> None:
    lines.sort(key=lambda line: line.at)
    for some in _several(lines, _AT_ONCE):
        await ledger.transact(partial(record_all, table=trail, entries=some))


def _several(values: Iterable[T], number: int) -> Iterator[tuple[T, ...]]:
    rest = iter(values)
    while some := tuple(islice(rest, number)):
        yield some


def _rows(conn: sa.Connection, table: sa.Table) -> list[dict[str, Any]]:
    return [dict(row) for row in conn.execute(sa.select(table)).mappings()]


def _entry(row: dict[str, Any]) -> Entry:
    return Entry(
        at=row["at"],
        who=row["who"],
        action=row["action"],
        target=row["target"],
        detail=msgspec.json.decode(row["detail"], type=dict[str, str]),
    )


def _filled(desk: Desk, told: Told) -> Entry:
    detail = {"desk": desk.scope.desk, "standing": desk.scope.standing.value}
    detail |= {"reports": str(told.number), "seed": str(told.seed)}
    return Entry(at=told.now, who="operator", action=FILLED, target="desk", detail=detail)
