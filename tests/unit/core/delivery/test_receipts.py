import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TypeVar

import msgspec
import pytest
import sqlalchemy as sa

from core.delivery import outbox
from core.delivery.model import Leased, OutboxState, Receipt
from core.delivery.receipts import Receipts
from core.errors import LedgerUnavailable
from core.ids import ItemId, PartId
from core.ledger.road import parts
from core.ledger.sqlite import SqliteLedger
from core.testing.ledger import FaultyLedger
from core.testing.outbox import DESK, SentReports

LASTS = timedelta(seconds=30)
T = TypeVar("T")


class Counting(FaultyLedger):
    """Counts its commits; the first is refused where a test asks for it."""

    commits = 0
    refuses_first = False

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        self.commits += 1
        if self.refuses_first and self.commits == 1:
            raise LedgerUnavailable("no")
        return await super().transact(work)


@pytest.fixture
def counting(ledger: SqliteLedger) -> Counting:
    return Counting(ledger)


async def leased(ledger: SqliteLedger, sent: SentReports, count: int) -> list[Receipt]:
    """Receipts of so many reports that were just leased."""
    for _ in range(count):
        await sent.send()
    now = await ledger.now()
    job = partial(outbox.lease, destination=DESK, now=now, lasts=LASTS, limit=count, urgent_only=False)
    return [await receipt(ledger, one) for one in await ledger.transact(job)]


async def receipt(ledger: SqliteLedger, one: Leased) -> Receipt:
    of_item = sa.select(parts.c.id).where(parts.c.item == one.item)
    ids = tuple(PartId(part) for part in await ledger.read(lambda conn: list(conn.scalars(of_item))))
    return Receipt(leased=one, parts=ids, received_at=await ledger.now())


async def state(sent: SentReports, item: ItemId) -> OutboxState:
    return OutboxState((await sent.row(item)).state)


async def test_all_who_were_answered_while_one_commits_share_the_next_commit(
    ledger: SqliteLedger, counting: Counting, sent: SentReports
) -> None:
    receipts = Receipts(counting)
    first, *others = await leased(ledger, sent, 9)
    counting.hold()
    noting = [asyncio.create_task(receipts.note(first))]
    await counting.arrived.wait()
    noting += [asyncio.create_task(receipts.note(one)) for one in others]
    await asyncio.sleep(0)
    counting.release()
    assert await asyncio.gather(*noting) == [True] * 9
    assert counting.commits == 2
    for one in (first, *others):
        assert await state(sent, one.leased.item) is OutboxState.DELIVERED
        assert (await sent.report(one.leased.item)).delivered_at is not None
        assert await sent.parts(one.leased.item) == []


async def test_who_lost_the_lease_is_told_so_among_those_who_did_not(
    ledger: SqliteLedger, sent: SentReports
) -> None:
    receipts = Receipts(ledger)
    mine, lost = await leased(ledger, sent, 2)
    of_before = msgspec.structs.replace(lost, leased=msgspec.structs.replace(lost.leased, fence=0))
    assert await asyncio.gather(*map(receipts.note, (of_before, mine))) == [False, True]
    assert await state(sent, mine.leased.item) is OutboxState.DELIVERED
    assert await state(sent, lost.leased.item) is OutboxState.LEASED
    assert await sent.parts(lost.leased.item) == [b"answers"]


async def test_a_commit_that_fails_fails_one_and_the_others_are_noted(
    ledger: SqliteLedger, counting: Counting, sent: SentReports
) -> None:
    receipts = Receipts(counting)
    first, *others = await leased(ledger, sent, 3)
    counting.refuses_first = True
    told = await asyncio.gather(*map(receipts.note, (first, *others)), return_exceptions=True)
    assert isinstance(told[0], LedgerUnavailable)
    assert told[1:] == [True, True]
    assert await state(sent, first.leased.item) is OutboxState.LEASED


async def test_whoever_leads_and_is_cancelled_takes_nobody_along(
    ledger: SqliteLedger, counting: Counting, sent: SentReports
) -> None:
    receipts = Receipts(counting)
    first, other = await leased(ledger, sent, 2)
    counting.hold()
    leading, following = (asyncio.create_task(receipts.note(one)) for one in (first, other))
    await counting.arrived.wait()
    leading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leading
    counting.release()
    assert await following
    assert await state(sent, other.leased.item) is OutboxState.DELIVERED
