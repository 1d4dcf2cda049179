"""What `lifebelt demo` writes in bulk is what the desk's own rooms would have made of the same reports."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa

from core.errors import InputRefused
from core.evidence.keys import DeskKeys, KeyFolder
from core.evidence.sealing import new_key
from core.ids import DeskName, RoadName
from core.ledger.trail import verify
from core.reports.model import Category, Priority, Standing
from core.testing.clock import START, FixedClock
from core.testing.ledger import MemoryLedger
from desk.cases import kept_of
from desk.demo import filling
from desk.demo.filling import fill
from desk.demo.making import Maker, made
from desk.demo.playing import Desk, Player
from desk.demo.stories import PLATFORMS, YEAR, Told, stories
from desk.demo.writing import decided, is_plain
from desk.model import Scope
from desk.opening import open_parts
from desk.ranks import SHIPPED
from desk.tables import DESK, counters, news, parts, reports, trail
from tests.desk_room import CATEGORIES, RULES

NUMBER: Final = 40
SEED: Final = 4
TOLD: Final = Told(NUMBER, SEED, START)
SEALED: Final = {"sealed", "digest", "size", "hash"}
"""What no two sealings have alike."""
PLAYED_ALONE: Final = {"join_id", "seq"}


def _desk(keys: DeskKeys, standing: Standing = Standing.PRACTICE) -> Desk:
    scope = Scope(desk=DeskName("practice"), standing=standing)
    return Desk(scope, keys, RULES, CATEGORIES, SHIPPED, RoadName("road"))


@pytest.fixture
def keys(tmp_path: Path) -> DeskKeys:
    return KeyFolder(tmp_path / "keys", FixedClock()).desk(create=True)


@pytest.fixture
def maker(keys: DeskKeys) -> Maker:
    return Maker(_desk(keys).scope, [keys.current.public], new_key().public)


async def _empty() -> MemoryLedger:
    ledger = MemoryLedger(DESK, FixedClock())
    await ledger.open()
    return ledger


@pytest.fixture
async def filled(keys: DeskKeys, maker: Maker) -> AsyncIterator[MemoryLedger]:
    ledger = await _empty()
    await _fill(ledger, keys, maker)
    yield ledger
    await ledger.close()


async def _fill(ledger: MemoryLedger, keys: DeskKeys, maker: Maker, **how: Standing) -> None:
    await fill(ledger, _desk(keys, **how), maker, TOLD, lambda _: None)


async def _rows(ledger: MemoryLedger, table: sa.Table) -> list[Mapping[Any, Any]]:
    return await ledger.read(lambda conn: list(conn.execute(sa.select(table)).mappings()))


def _plain(row: Mapping[Any, Any]) -> tuple[object, ...]:
    return tuple(str(value) for name, value in row.items() if name not in SEALED | PLAYED_ALONE)


async def test_every_row_is_what_the_desk_itself_makes_of_the_same_reports(
    filled: MemoryLedger, keys: DeskKeys, maker: Maker
) -> None:
    desk = _desk(keys)
    told = [
        (story, made(maker, story, urgent=decided(desk, story).priority is Priority.P0))
        for story in stories(TOLD)
    ]
    itself = await _empty()
    await Player(itself, desk, TOLD).play(told)
    await itself.transact(lambda conn: conn.execute(sa.delete(news)).close())
    found, wanted = {}, {}
    for table in DESK.metadata.sorted_tables:
        if table.name not in {"trail", "trail_head", "joins", "notes", "note_words", "agreements"}:
            found[table.name] = sorted(map(_plain, await _rows(filled, table)))
            wanted[table.name] = sorted(map(_plain, await _rows(itself, table)))
    lines = [_plain(row) for row in await _rows(filled, trail)]
    assert sorted(lines[:-1]) == sorted(_plain(row) for row in await _rows(itself, trail))
    await itself.close()
    assert found == wanted


def test_most_of_it_is_written_and_some_of_it_played(keys: DeskKeys) -> None:
    desk = _desk(keys)
    plain = [is_plain(story, decided(desk, story)) for story in stories(Told(500, SEED, START))]
    assert 0.85 < sum(plain) / len(plain) < 0.99


async def test_what_is_sealed_opens_with_the_desks_keys(filled: MemoryLedger, keys: DeskKeys) -> None:
    for row in await _rows(filled, reports):
        kept = await filled.read(partial(kept_of, found=row))
        contents = open_parts(kept, keys.opening)
        assert not contents.faults
        assert contents.facts is not None


async def test_its_trail_is_whole_and_in_the_order_of_time(filled: MemoryLedger) -> None:
    verdict = await filled.read(lambda conn: verify(conn, trail))
    times = [row["at"] for row in await _rows(filled, trail)]
    assert verdict.ok
    assert times == sorted(times)


async def test_a_ledger_that_holds_a_report_is_refused(
    filled: MemoryLedger, keys: DeskKeys, maker: Maker
) -> None:
    with pytest.raises(InputRefused):
        await _fill(filled, keys, maker)


@pytest.mark.parametrize("standing", [Standing.LEAD, Standing.SPECIALIST])
async def test_a_live_desk_is_refused(keys: DeskKeys, maker: Maker, standing: Standing) -> None:
    ledger = await _empty()
    with pytest.raises(InputRefused):
        await _fill(ledger, keys, maker, standing=standing)
    assert not await _rows(ledger, parts)
    await ledger.close()


def test_the_same_seed_tells_the_same() -> None:
    assert list(stories(Told(50, 7, START))) == list(stories(Told(50, 7, START)))
    assert list(stories(Told(50, 7, START))) != list(stories(Told(50, 8, START)))


def test_a_year_has_every_category_platform_priority_and_what_recurs(keys: DeskKeys) -> None:
    told = list(stories(Told(2_000, SEED, START)))
    assert {story.answers.category for story in told} == set(Category)
    assert {story.platform for story in told} == set(PLATFORMS)
    assert {decided(_desk(keys), story).priority for story in told} == set(Priority)
    assert any(story.fate.joined_to for story in told)
    assert all(timedelta(0) < START - story.sent_at <= YEAR for story in told)


def test_everything_said_says_that_it_is_made_up() -> None:
    assert all("Made-up" in story.answers.own_words for story in stories(Told(100, SEED, START)))
    assert all(story.shown.startswith("Example person") for story in stories(Told(100, SEED, START)))


async def test_the_counters_say_what_the_reports_say(filled: MemoryLedger) -> None:
    found = {row["name"]: row["value"] for row in await _rows(filled, counters)}
    queued = Counter(f"queue/practice/practice/{row['rank']}" for row in await _rows(filled, reports))
    assert {name: value for name, value in found.items() if name.startswith("queue/") and value} == queued


async def test_it_is_noted_who_filled_it(filled: MemoryLedger) -> None:
    last = (await _rows(filled, trail))[-1]
    assert (last["who"], last["action"]) == ("operator", filling.FILLED)
