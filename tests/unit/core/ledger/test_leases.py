"""Leases as rows: one holder at a time by the ledger's time, fences that grow, holders that stop in time."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from core.errors import LeaseLost, LedgerUnavailable
from core.ledger import leases as do
from core.ledger.leases import Held, Lease, Leases
from core.ledger.road import leases as table
from core.ledger.schema import ROAD
from core.testing.clock import START, FixedClock
from core.testing.ledger import FaultyLedger

LASTS = timedelta(seconds=12)
NAME = "work"


@pytest.fixture
def ledger(memory_road: FaultyLedger) -> FaultyLedger:
    return memory_road


def process(ledger: FaultyLedger, clock: FixedClock, name: str = "a") -> Leases:
    """What one process has of the ledger that they share."""
    numbers = count()
    return Leases(ledger, table, clock, lambda: f"{name}{next(numbers)}")


async def taken(of: Leases, **how: Any) -> Lease:
    lease = await of.take(NAME, LASTS, **how)
    assert lease is not None
    return lease


async def test_one_takes_it_and_another_does_not(ledger: FaultyLedger, clock: FixedClock) -> None:
    await taken(process(ledger, clock))
    assert await process(ledger, clock, "b").take(NAME, LASTS) is None


async def test_after_its_time_another_takes_it_with_a_higher_fence(
    ledger: FaultyLedger, clock: FixedClock
) -> None:
    first = await taken(process(ledger, clock))
    clock.advance(LASTS)
    second = await taken(process(ledger, clock, "b"))
    assert second.held.fence == first.held.fence + 1


async def test_what_is_renewed_stays(ledger: FaultyLedger, clock: FixedClock) -> None:
    first = await taken(process(ledger, clock))
    clock.advance(LASTS / 2)
    await first.renew()
    clock.advance(LASTS * 0.6)
    assert await process(ledger, clock, "b").take(NAME, LASTS) is None
    assert first.sure


async def test_what_is_given_back_is_free_at_once(ledger: FaultyLedger, clock: FixedClock) -> None:
    first = await taken(process(ledger, clock))
    assert await first.release()
    second = await taken(process(ledger, clock, "b"))
    assert (first.over, first.sure, second.held.fence) == (True, False, 2)


async def test_who_lost_it_gives_nothing_back_and_renews_nothing(
    ledger: FaultyLedger, clock: FixedClock
) -> None:
    first = await taken(process(ledger, clock))
    clock.advance(LASTS)
    second = await taken(process(ledger, clock, "b"))
    await first.renew()
    await first.release()
    assert first.over
    await second.renew()
    assert second.sure


async def test_a_writer_that_lost_it_is_refused(ledger: FaultyLedger, clock: FixedClock) -> None:
    first = await taken(process(ledger, clock))
    require = partial(do.require, table=table, held=first.held)
    await ledger.transact(partial(require, now=clock.now()))
    clock.advance(LASTS)
    with pytest.raises(LeaseLost):
        await ledger.transact(partial(require, now=clock.now()))
    await taken(process(ledger, clock, "b"))
    with pytest.raises(LeaseLost):
        await ledger.transact(partial(require, now=START))


async def test_a_holder_is_unsure_before_anybody_else_may_take_it(
    ledger: FaultyLedger, clock: FixedClock
) -> None:
    lease, other = await taken(process(ledger, clock)), process(ledger, clock, "b")
    while lease.sure:
        assert await other.take(NAME, LASTS) is None
        clock.advance(timedelta(milliseconds=100))
    assert await other.take(NAME, LASTS) is None
    clock.advance(LASTS * do.MARGIN)
    await taken(other)


async def test_an_answer_that_took_long_counts_from_before_it_was_asked(
    ledger: FaultyLedger, clock: FixedClock
) -> None:
    lease = await taken(process(ledger, clock))
    ledger.hold(on=("now",))
    renewing = asyncio.ensure_future(lease.renew())
    await ledger.arrived.wait()
    clock.advance(timedelta(seconds=8))
    ledger.release()
    await renewing
    clock.advance(timedelta(seconds=1))
    assert not lease.sure


async def test_where_the_ledger_does_not_answer_it_is_unsure_and_not_over(
    ledger: FaultyLedger, clock: FixedClock
) -> None:
    lease = await taken(process(ledger, clock))
    ledger.fail_with(LedgerUnavailable("gone"))
    await lease.renew()
    assert lease.sure
    clock.advance(LASTS)
    await asyncio.wait_for(lease.until_unsure(), 5)
    assert not lease.over
    ledger.fail_with(None)
    await lease.renew()
    assert lease.sure


async def test_a_clock_that_ran_ahead_keeps_nobody_waiting_for_ever_and_nobody_is_robbed(
    ledger: FaultyLedger, clock: FixedClock
) -> None:
    ahead = FixedClock(START + timedelta(days=1))
    held = await ledger.transact(
        lambda conn: do.take(conn, table, NAME, holder="a", now=ahead.now(), lasts=LASTS)
    )
    assert held is not None
    other = process(ledger, clock, "b")
    assert await other.take(NAME, LASTS) is None
    clock.advance(LASTS - timedelta(seconds=1))
    assert await other.take(NAME, LASTS) is None
    clock.advance(timedelta(seconds=1))
    assert (await taken(other)).held.fence == 2


async def test_a_renewal_that_comes_late_shortens_none_that_came_before(
    ledger: FaultyLedger, clock: FixedClock
) -> None:
    lease = await taken(process(ledger, clock))
    late = clock.now()
    clock.advance(LASTS / 2)
    await lease.renew()
    await ledger.transact(partial(do.renew, table=table, held=lease.held, now=late, lasts=LASTS))
    clock.advance(LASTS * 0.9)
    assert await process(ledger, clock, "b").take(NAME, LASTS) is None


async def test_while_it_is_kept_it_is_renewed_and_at_the_end_given_back(
    ledger: FaultyLedger, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    of, renewed = process(ledger, clock), asyncio.Event()
    lease = await of.take(NAME, timedelta(milliseconds=40))
    assert lease is not None
    renew = Lease.renew

    async def seen(self: Lease) -> None:
        await renew(self)
        renewed.set()

    monkeypatch.setattr(Lease, "renew", seen)
    async with of.kept(lease):
        await asyncio.wait_for(renewed.wait(), 5)
    await taken(process(ledger, clock, "b"))


async def test_work_goes_on_in_another_process_when_its_holder_stops(
    ledger: FaultyLedger, clock: FixedClock
) -> None:
    at_work: list[str] = []
    begun = asyncio.Event()

    async def work(name: str) -> None:
        at_work.append(name)
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            at_work.remove(name)

    def running(name: str) -> asyncio.Future[None]:
        of = process(ledger, clock, name)
        job = of.run(NAME, partial(work, name), LASTS, timedelta(milliseconds=1))
        return asyncio.ensure_future(job)

    first = running("a")
    await begun.wait()
    second = running("b")
    await asyncio.sleep(0.02)
    assert at_work == ["a"]
    begun.clear()
    first.cancel()
    await asyncio.wait({first})
    await asyncio.wait_for(begun.wait(), 5)
    assert at_work == ["b"]
    second.cancel()
    await asyncio.wait({second})


async def test_work_is_cancelled_as_soon_as_nobody_can_be_sure(
    ledger: FaultyLedger, clock: FixedClock
) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    short = timedelta(milliseconds=80)
    running = asyncio.ensure_future(process(ledger, clock).run(NAME, work, short, short))
    await begun.wait()
    ledger.fail_with(LedgerUnavailable("gone"))
    clock.advance(short)
    await asyncio.wait_for(ended.wait(), 5)
    running.cancel()
    await asyncio.wait({running})


async def test_work_that_ends_is_not_begun_again(ledger: FaultyLedger, clock: FixedClock) -> None:
    done: list[int] = []

    async def work() -> None:
        done.append(1)

    await process(ledger, clock).run(NAME, work)
    assert done == [1]
    await taken(process(ledger, clock, "b"))


async def test_of_long_ended_leases_nothing_stays(ledger: FaultyLedger, clock: FixedClock) -> None:
    of = process(ledger, clock)
    await taken(of)
    clock.advance(LASTS + do.FORGOTTEN + timedelta(seconds=1))
    other = await of.take("other", LASTS)
    assert other is not None
    assert await of.do(do.forget) == 1
    _, seen = await of.seen("")
    assert [each.name for each in seen] == ["other"]


async def test_who_looks_sees_what_the_holder_says(ledger: FaultyLedger, clock: FixedClock) -> None:
    of = process(ledger, clock)
    lease = await taken(of)
    await lease.say("ready")
    now, (seen,) = await process(ledger, clock, "b").seen("wo")
    assert (seen.mark, seen.holder, seen.is_free(now)) == ("ready", "a0", False)
    assert (await of.seen("nothing"))[1] == ()


class Holders(RuleBasedStateMachine):
    """Any number of holders of one lease: the ledger's time jumps, holders crash, answers are lost."""

    def __init__(self) -> None:
        super().__init__()
        self.engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
        ROAD.metadata.create_all(self.engine)
        self.now = START
        self.real = timedelta()
        self.numbers = count()
        self.believes: dict[Held, timedelta] = {}
        """Who thinks that they hold it, and until when by their own steady clock."""
        self.fences: list[int] = []

    def do(self, work: Callable[..., Any], **named: Any) -> Any:
        with self.engine.begin() as conn:
            return work(conn, table, **named)

    def late(self, behind: float) -> datetime:
        """The time that was asked for a while before the write."""
        return self.now - timedelta(seconds=behind)

    @rule(seconds=st.floats(0, 20))
    def time_passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.real += timedelta(seconds=seconds)

    @rule(hours=st.integers(1, 48))
    def the_ledgers_clock_is_set_back(self, hours: int) -> None:
        self.now -= timedelta(hours=hours)

    @rule(hours=st.integers(1, 48))
    def the_ledgers_clock_runs_ahead(self, hours: int) -> None:
        """Nobody can know of it by a clock of their own: only the fence keeps them from writing."""
        self.now += timedelta(hours=hours)
        self.believes = dict.fromkeys(self.believes, timedelta(-1))

    @rule(behind=st.floats(0, 5), answered=st.booleans())
    def somebody_tries_to_take_it(self, behind: float, answered: bool) -> None:
        holder = f"h{next(self.numbers)}"
        held = self.do(do.take, name=NAME, holder=holder, now=self.late(behind), lasts=LASTS)
        if held is None:
            return
        assert not self.fences or held.fence > self.fences[-1]
        assert not any(until > self.real for until in self.believes.values())
        self.fences.append(held.fence)
        if answered:
            self.believes[held] = self.real - timedelta(seconds=behind) + LASTS

    @precondition(lambda self: self.believes)
    @rule(data=st.data(), behind=st.floats(0, 5), answered=st.booleans())
    def a_holder_renews_it(self, data: st.DataObject, behind: float, answered: bool) -> None:
        held = data.draw(st.sampled_from(list(self.believes)))
        still = self.do(do.renew, held=held, now=self.late(behind), lasts=LASTS)
        if answered and still:
            ends = self.real - timedelta(seconds=behind) + LASTS
            self.believes[held] = max(self.believes[held], ends)
        if answered and not still:
            del self.believes[held]

    @precondition(lambda self: self.believes)
    @rule(data=st.data())
    def a_holder_gives_it_back(self, data: st.DataObject) -> None:
        held = data.draw(st.sampled_from(list(self.believes)))
        del self.believes[held]
        self.do(do.release, held=held)

    @precondition(lambda self: self.believes)
    @rule(data=st.data())
    def a_holder_crashes(self, data: st.DataObject) -> None:
        del self.believes[data.draw(st.sampled_from(list(self.believes)))]

    @invariant()
    def one_at_most_believes_that_it_holds_it(self) -> None:
        assert sum(until > self.real for until in self.believes.values()) <= 1

    @invariant()
    def one_at_most_is_let_write(self) -> None:
        assert sum(self.may_write(held) for held in self.believes) <= 1

    def may_write(self, held: Held) -> bool:
        try:
            self.do(do.require, held=held, now=self.now)
        except LeaseLost:
            return False
        return True

    def teardown(self) -> None:
        self.engine.dispose()


Holders.TestCase.settings = settings(
    max_examples=30, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
test_holders = Holders.TestCase
