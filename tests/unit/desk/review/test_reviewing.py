"""Which looks a second person is shown: a share that nobody can tell beforehand, and never one's own."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputRefused, SettingsInvalid
from core.evidence.keys import DeskKeys, KeyFolder, TagKey
from core.evidence.sealing import new_key
from core.ids import DeskName
from core.ledger.trail import Entry, record
from core.reports.model import Standing
from core.settings.shipped import config_dir
from core.testing.clock import START, FixedClock
from core.testing.ledger import MemoryLedger
from desk.cases import LOOKED
from desk.casework.acts import By
from desk.model import Scope
from desk.resealing import reseal
from desk.review import reviewing
from desk.review.model import Answer, Review, Why, load_review, why
from desk.tables import DESK, review, trail

KEY = TagKey(b"k" * 32)
SCOPE = Scope(desk=DeskName("practice"), standing=Standing.PRACTICE)
ELSEWHERE = Scope(desk=DeskName("other"), standing=Standing.PRACTICE)
ALL = Review(share=1)
SUE = By("Sue", SCOPE, START)


@pytest.fixture
async def ledger() -> AsyncIterator[MemoryLedger]:
    ledger = MemoryLedger(DESK, FixedClock())
    await ledger.open()
    yield ledger
    await ledger.close()


@pytest.fixture
def keys(tmp_path: Path) -> DeskKeys:
    return KeyFolder(tmp_path / "keys", FixedClock()).desk(create=True)


async def _did(ledger: MemoryLedger, who: str, action: str = LOOKED, *, days: int = 0) -> None:
    detail = {"desk": SCOPE.desk, "standing": SCOPE.standing.value}
    at = START - timedelta(days=days)
    entry = Entry(at=at, who=who, action=action, target="case", detail=detail)
    await ledger.transact(partial(record, table=trail, entry=entry))


async def _drawn(ledger: MemoryLedger, settings: Review = ALL) -> list[int]:
    await reviewing.draw(ledger, KEY, settings, START)
    return await ledger.read(lambda conn: list(conn.scalars(sa.select(review.sampled.c.seq))))


@given(st.integers(1, 10**9), st.text(max_size=64), st.floats(0, 1), st.floats(0, 1))
def test_whoever_is_chosen_of_few_is_chosen_of_more(seq: int, link: str, one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert why(KEY, LOOKED, seq, link, less) is None or why(KEY, LOOKED, seq, link, more) is Why.SAMPLED


def test_about_the_share_is_chosen() -> None:
    chosen = sum(why(KEY, LOOKED, seq, "link", 0.02) is not None for seq in range(20_000))
    assert 300 < chosen < 500


def test_another_key_chooses_others() -> None:
    def chosen(key: TagKey) -> set[int]:
        return {seq for seq in range(2_000) if why(key, LOOKED, seq, "link", 0.02)}

    assert chosen(KEY) != chosen(TagKey(b"o" * 32))


@pytest.mark.parametrize("action", ["identity_unlocked", "case_exported"])
def test_unlocking_and_exporting_are_always_looked_over(action: str) -> None:
    assert why(KEY, action, 1, "link", 0) is Why.ALWAYS


def test_what_shows_nothing_is_never_chosen() -> None:
    assert why(KEY, "signed_in", 1, "link", 1) is None


async def test_each_line_is_gone_through_once(ledger: MemoryLedger) -> None:
    await _did(ledger, "Ann")
    assert await _drawn(ledger) == [1]
    await _did(ledger, "Ann")
    assert await _drawn(ledger, Review(share=0)) == [1]
    assert await _drawn(ledger) == [1]


async def test_what_is_too_old_is_not_asked_about(ledger: MemoryLedger) -> None:
    await _did(ledger, "Ann", days=31)
    await _did(ledger, "Ann", days=29)
    assert await _drawn(ledger) == [2]


async def test_nobody_is_shown_what_they_did_themselves(ledger: MemoryLedger) -> None:
    await _did(ledger, "Sue")
    await _drawn(ledger)
    assert await ledger.read(lambda conn: reviewing.open_ones(conn, SUE)) == ()
    assert await ledger.read(lambda conn: reviewing.open_count(conn, SUE)) == 0
    with pytest.raises(InputRefused, match="review-own"):
        await ledger.transact(lambda conn: reviewing.answer(conn, SUE, 1, Answer.AS_IT_SHOULD_BE, None))


async def test_another_desk_sees_none_of_it(ledger: MemoryLedger) -> None:
    await _did(ledger, "Ann")
    await _drawn(ledger)
    other = By("Sue", ELSEWHERE, START)
    assert await ledger.read(lambda conn: reviewing.open_count(conn, other)) == 0
    with pytest.raises(InputRefused, match="review-gone"):
        await ledger.transact(lambda conn: reviewing.answer(conn, other, 1, Answer.AS_IT_SHOULD_BE, None))


async def test_what_is_answered_waits_no_more_and_is_answered_once(ledger: MemoryLedger) -> None:
    await _did(ledger, "Ann")
    await _drawn(ledger)
    await ledger.transact(lambda conn: reviewing.answer(conn, SUE, 1, Answer.AS_IT_SHOULD_BE, None))
    assert await ledger.read(lambda conn: reviewing.open_count(conn, SUE)) == 0
    (said,) = await ledger.read(lambda conn: reviewing.answered(conn, SCOPE))
    assert (said.answer, said.answered_by) == (Answer.AS_IT_SHOULD_BE, "Sue")
    with pytest.raises(InputRefused, match="review-gone"):
        await ledger.transact(lambda conn: reviewing.answer(conn, SUE, 1, Answer.ASK, None))


async def test_a_note_lies_sealed_and_is_sealed_anew_with_the_keys(
    ledger: MemoryLedger, keys: DeskKeys
) -> None:
    await _did(ledger, "Ann")
    await _drawn(ledger)
    note = reviewing.sealed(keys, 1, " why? ")
    assert note is not None
    await ledger.transact(lambda conn: reviewing.answer(conn, SUE, 1, Answer.ASK, note))
    recipients = [keys.current.public, new_key().public]
    assert (await reseal(ledger, keys, recipients, by="operator", now=START)).done == 1
    again = await ledger.transact(lambda conn: reviewing.read_note(conn, SUE, 1))
    assert again != note
    assert reviewing.opened(keys, 1, again) == "why?"
    assert reviewing.opened(keys, 2, again) is None  # it is another line's


def test_the_shipped_settings_are_the_ones_that_stand_without_a_file() -> None:
    assert load_review(config_dir() / "desk.toml") == Review()


def test_a_share_that_is_none_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "desk.toml"
    file.write_text("[review]\nshare = 2\n")
    with pytest.raises(SettingsInvalid):
        load_review(file)
