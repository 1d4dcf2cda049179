"""A press told to several processes is answered by one; help is never withheld."""

import asyncio

import pytest
import sqlalchemy as sa

from core.chat import claims
from core.chat.claims import ANSWERED_WITHIN, LedgerClaims
from core.errors import LedgerUnavailable, LedgerUnknown
from core.ledger.road import claims as table
from core.reports.retention import CLAIMS, sweep
from core.testing.clock import FixedClock
from core.testing.ledger import FaultyLedger

PRESS = "chat/1234"


@pytest.fixture
def ledger(memory_road: FaultyLedger) -> FaultyLedger:
    return memory_road


async def test_of_several_processes_told_at_once_one_answers(ledger: FaultyLedger) -> None:
    processes = [LedgerClaims(ledger, f"p{number}") for number in range(5)]
    assert sum(await asyncio.gather(*(each.take(PRESS) for each in processes))) == 1


async def test_another_press_is_another_claim(ledger: FaultyLedger) -> None:
    assert await LedgerClaims(ledger, "a").take(PRESS)
    assert await LedgerClaims(ledger, "b").take("chat/1235")


async def test_what_was_answered_is_never_answered_again(ledger: FaultyLedger, clock: FixedClock) -> None:
    first = LedgerClaims(ledger, "a")
    await first.take(PRESS)
    await first.answered(PRESS)
    clock.advance(ANSWERED_WITHIN * 2)
    assert not await LedgerClaims(ledger, "b").take(PRESS)


async def test_what_a_killed_process_claimed_is_answered_by_whoever_is_told_again(
    ledger: FaultyLedger, clock: FixedClock
) -> None:
    await LedgerClaims(ledger, "a").take(PRESS)
    second = LedgerClaims(ledger, "b")
    assert not await second.take(PRESS)
    clock.advance(ANSWERED_WITHIN)
    assert await second.take(PRESS)
    assert not await LedgerClaims(ledger, "c").take(PRESS)


@pytest.mark.parametrize("error", [LedgerUnavailable("gone"), LedgerUnknown("lost")])
async def test_where_the_ledger_cannot_say_it_is_answered(ledger: FaultyLedger, error: Exception) -> None:
    await LedgerClaims(ledger, "a").take(PRESS)
    ledger.fail_with(error)  # type: ignore[arg-type]
    second = LedgerClaims(ledger, "b")
    assert await second.take(PRESS)
    await second.answered(PRESS)


async def test_where_the_ledger_does_not_answer_the_press_waits_a_moment_only(
    ledger: FaultyLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "WITHIN_S", 0.01)
    ledger.hold()
    assert await asyncio.wait_for(LedgerClaims(ledger, "a").take(PRESS), 5)
    ledger.release()


async def test_what_is_stored_says_neither_the_press_nor_who_pressed(ledger: FaultyLedger) -> None:
    await LedgerClaims(ledger, "a").take(PRESS)
    (row,) = await ledger.read(lambda conn: list(conn.execute(sa.select(table))))
    assert "1234" not in str(row)


async def test_claims_are_forgotten(ledger: FaultyLedger, clock: FixedClock) -> None:
    await LedgerClaims(ledger, "a").take(PRESS)
    clock.advance(CLAIMS * 2)
    await sweep(ledger)
    assert not await ledger.read(lambda conn: list(conn.execute(sa.select(table))))
