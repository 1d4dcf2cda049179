"""Shards shared out among processes: each is served once, also when a process dies, joins or leaves."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots.discord import shards
from bots.discord.identifying import APART, Alone, Budget
from bots.discord.sharding import Advice, Plan, bucket, share
from bots.discord.shards import HANDED_OVER_S, LOOK_S, UNREADY_S
from core.errors import LedgerUnavailable
from core.ledger.leases import LASTS
from tests.unit.bots.discord.several import CONNECTS_S, Gateway, LoopClock, World
from tests.unit.core.chat.jumping_loop import jumping, now

SMALL = Plan(1, 4)
LARGE = Plan(8, 2)
TAKEN_OVER_S = LASTS.total_seconds() + 2 * LOOK_S + APART.total_seconds()
"""From a kill to the first shard of the dead one."""
OVERLAP_S = CONNECTS_S + LOOK_S


def lived(main: Callable[[World], Coroutine[Any, Any, None]], plan: Plan, at_once: int = 1) -> World:
    """A whole life in virtual time; Discord found nothing wrong."""

    async def life() -> World:
        async with World(plan, at_once) as world:
            await main(world)
        return world

    world = jumping(life())
    assert world.gateway.violations == []
    return world


def everything_once(world: World) -> None:
    serving = world.gateway.serving()
    assert sorted(serving) == list(range(world.plan.shards))
    assert all(len(by) == 1 for by in serving.values()), serving
    assert {by[0] for by in serving.values()} <= {process.name for process in world.alive}


# What is decided.


def test_shards_are_cut_into_groups() -> None:
    plan = Plan(10, 4)
    assert [plan.of(group) for group in range(plan.groups)] == [(0, 1, 2, 3), (4, 5, 6, 7), (8, 9)]
    assert plan.lease(0) != Plan(10, 5).lease(0) != Plan(11, 5).lease(0)


@given(st.integers(1, 50), st.integers(1, 50))
def test_shares_together_are_enough_and_none_is_larger_than_it_must_be(groups: int, processes: int) -> None:
    assert share(groups, processes) * processes >= groups
    assert (share(groups, processes) - 1) * processes < groups


def test_what_discord_says_is_read() -> None:
    said = {"total": 1000, "remaining": 7, "reset_after": 1500, "max_concurrency": 16}
    assert Advice.of(3, said) == Advice(3, 16, 7, timedelta(seconds=1.5))
    assert bucket(17, 16) == bucket(1, 16) != bucket(2, 16)


# Alive.


def test_one_process_serves_all() -> None:
    async def main(world: World) -> None:
        process = world.start()
        await world.settled()
        everything_once(world)
        assert process.shards.held == (0, 1, 2, 3)
        assert process.shards.ready

    lived(main, LARGE)


def test_a_small_app_is_connected_at_once() -> None:
    async def main(world: World) -> None:
        world.start()
        await asyncio.sleep(1)
        everything_once(world)

    lived(main, SMALL)


def test_a_second_process_of_a_small_app_stands_by() -> None:
    async def main(world: World) -> None:
        first, second = world.start(), world.start()
        await world.settled()
        everything_once(world)
        assert sorted([first.shards.held, second.shards.held]) == [(), (0,)]
        assert sorted([first.shards.ready, second.shards.ready]) == [False, True]

    lived(main, SMALL)


def test_whoever_comes_later_gets_a_share_and_nobody_is_left_out_meanwhile() -> None:
    async def main(world: World) -> None:
        first = world.start()
        await world.settled()
        second = world.start()
        await world.settled()
        everything_once(world)
        assert (len(first.shards.held), len(second.shards.held)) == (2, 2)
        assert all(world.gateway.longest_gap(shard) == 0 for shard in range(8))

    world = lived(main, LARGE)
    assert world.gateway.longest_twice() <= 4 * APART.total_seconds() + OVERLAP_S


@pytest.mark.parametrize("plan", [SMALL, LARGE], ids=["small", "large"])
def test_what_a_killed_process_served_is_taken_over_in_seconds(plan: Plan) -> None:
    async def main(world: World) -> None:
        world.start()
        world.start()
        await world.settled()
        serves = next(process for process in world.alive if process.shards.held)
        first = min(shard for shard, by in world.gateway.serving().items() if by == [serves.name])
        await serves.kill()
        await world.settled()
        everything_once(world)
        print(f"taken over after {world.gateway.longest_gap(first):.1f} s")
        assert world.gateway.longest_gap(first) <= TAKEN_OVER_S

    world = lived(main, plan)
    assert world.gateway.longest_twice() == 0


@pytest.mark.parametrize("plan", [SMALL, LARGE], ids=["small", "large"])
def test_a_planned_restart_leaves_no_gap(plan: Plan) -> None:
    async def main(world: World) -> None:
        old = world.start()
        await world.settled()
        world.start()
        await asyncio.sleep(2)
        took = await old.stop()
        assert took < HANDED_OVER_S + plan.shards * APART.total_seconds()
        await world.settled()
        everything_once(world)
        assert world.gateway.longest_gap(0) == 0

    world = lived(main, plan)
    assert world.gateway.longest_twice() <= HANDED_OVER_S + plan.shards * APART.total_seconds()


def test_a_process_that_is_alone_ends_at_once() -> None:
    async def main(world: World) -> None:
        process = world.start()
        await world.settled()
        assert await process.stop() < 2 * LOOK_S
        assert world.gateway.serving() == {}

    lived(main, LARGE)


def test_processes_that_end_together_wait_for_none_of_them() -> None:
    async def main(world: World) -> None:
        both = [world.start(), world.start()]
        await world.settled()
        took = await asyncio.gather(*(process.stop() for process in both))
        assert max(took) < 3 * LOOK_S

    lived(main, LARGE)


def test_presses_are_finished_before_a_group_is_left() -> None:
    async def main(world: World) -> None:
        process = world.start()
        await world.settled()
        await process.stop()
        assert all(link.left for link in process.links)

    lived(main, LARGE)


# With the ledger gone.


def test_with_the_ledger_gone_whoever_is_connected_goes_on() -> None:
    async def main(world: World) -> None:
        processes = [world.start(), world.start()]
        await world.settled()
        before = world.gateway.serving()
        for process in processes:
            process.cut_off()
        await asyncio.sleep(600)
        assert world.gateway.serving() == before
        for process in processes:
            process.back()
        await world.settled()
        everything_once(world)
        assert world.gateway.serving() == before

    lived(main, LARGE)


def test_whoever_lost_a_group_meanwhile_leaves_it_as_soon_as_the_ledger_says_so() -> None:
    async def main(world: World) -> None:
        first = world.start()
        await world.settled()
        second = world.start()
        await asyncio.sleep(1.5)
        first.cut_off()
        await world.settled()
        assert second.shards.held
        first.back()
        await asyncio.sleep(2 * LASTS.total_seconds() / 4 + LOOK_S)
        everything_once(world)

    lived(main, SMALL)


def test_a_small_app_whose_ledger_never_opened_is_connected_all_the_same() -> None:
    async def main(world: World) -> None:
        process = world.start()
        process.cut_off()
        await asyncio.sleep(40)
        everything_once(world)
        process.back()
        await world.settled()
        everything_once(world)
        assert len(world.gateway.sessions) == 1

    lived(main, SMALL)


def test_a_process_of_a_large_app_waits_for_the_ledger() -> None:
    async def main(world: World) -> None:
        process = world.start()
        process.cut_off()
        await asyncio.sleep(40)
        assert world.gateway.serving() == {}
        process.back()
        await world.settled()
        everything_once(world)

    lived(main, LARGE)


def test_who_connected_without_it_leaves_what_another_one_holds() -> None:
    async def main(world: World) -> None:
        world.start()
        await world.settled()
        late = world.start()
        late.cut_off()
        await asyncio.sleep(40)
        assert len(world.gateway.serving()[0]) == 2
        late.back()
        await asyncio.sleep(2 * LOOK_S)
        everything_once(world)

    lived(main, SMALL)


def test_who_is_told_to_end_with_the_ledger_gone_ends() -> None:
    async def main(world: World) -> None:
        process, other = world.start(), world.start()
        await world.settled()
        process.cut_off()
        other.cut_off()
        assert await process.stop() < HANDED_OVER_S / 2

    lived(main, LARGE)


# With Discord out of reach of one.


def test_who_cannot_connect_leaves_it_to_others() -> None:
    async def main(world: World) -> None:
        broken = world.start()
        world.gateway.down_for.add(broken.name)
        await asyncio.sleep(3)
        world.start()
        await asyncio.sleep(UNREADY_S + 60)
        everything_once(world)
        assert broken.shards.held == ()
        world.gateway.down_for.clear()
        await asyncio.sleep(UNREADY_S)
        await world.settled()
        everything_once(world)
        assert broken.shards.held

    lived(main, LARGE)


def test_nobody_gives_up_a_group_to_one_that_cannot_connect() -> None:
    async def main(world: World) -> None:
        world.start()
        await world.settled()
        broken = world.start()
        world.gateway.down_for.add(broken.name)
        await asyncio.sleep(UNREADY_S + 60)
        everything_once(world)
        assert all(world.gateway.longest_gap(shard) == 0 for shard in range(8))

    lived(main, LARGE)


# Identifying.


@pytest.mark.parametrize("at_once", [1, 2, 16])
def test_of_one_bucket_none_identify_within_five_seconds(at_once: int) -> None:
    async def main(world: World) -> None:
        for _ in range(4):
            world.start()
        await world.settled()
        everything_once(world)

    lived(main, Plan(12, 2), at_once)


def test_with_no_session_left_nobody_identifies() -> None:
    async def life() -> None:
        gateway, asked = Gateway(left=1), 0

        async def ask() -> Advice:
            nonlocal asked
            asked += 1
            gateway.left = 1 if asked < 3 else 1000
            return Advice(1, 1, gateway.left - 1 if asked < 3 else 1000, timedelta(seconds=30))

        budget = Budget(ask, LoopClock(), Advice(1, 1, 1))
        slots = Alone(1, budget)
        await slots.wait(0)
        begun = now()
        await slots.wait(0)
        assert now() - begun >= 60
        assert asked == 3

    jumping(life())


def test_where_the_limits_are_not_told_what_was_said_last_holds() -> None:
    async def life() -> None:
        async def ask() -> Advice:
            raise OSError

        budget = Budget(ask, LoopClock(), Advice(1, 1, 2))
        await budget.spend()
        await asyncio.sleep(600)
        await budget.spend()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(600):
                await budget.spend()

    jumping(life())


# Whatever happens.

EVENTS = ("start", "kill", "stop", "cut_off", "back", "wait")


@settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 3), st.floats(0, 25)), max_size=9),
    st.sampled_from([SMALL, Plan(5, 2)]),
)
def test_whatever_happens_in_the_end_each_shard_is_served_once(
    events: list[tuple[str, int, float]], plan: Plan
) -> None:
    async def main(world: World) -> None:
        world.start()
        for event, which, pause in events:
            await happened(world, event, which)
            await asyncio.sleep(pause)
        for process in world.alive:
            process.back()
        if not [process for process in world.alive if not process.shards._stopping.is_set()]:
            world.start()
        await asyncio.sleep(2 * UNREADY_S)
        await world.settled()
        everything_once(world)

    lived(main, plan)


async def happened(world: World, event: str, which: int) -> None:
    alive = world.alive
    process = alive[which % len(alive)] if alive else None
    match event:
        case "start" if len(alive) < 4:
            world.start()
        case "kill" if process is not None:
            await process.kill()
        case "stop" if process is not None:
            process.shards.stop()
        case "cut_off" if process is not None:
            process.cut_off()
        case "back" if process is not None:
            process.back()


def test_a_ledger_that_is_silent_is_as_good_as_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main(world: World) -> None:
        process = world.start()
        await world.settled()
        process.ledger.hold(on=("now", "transact", "read"))
        await asyncio.sleep(100)
        assert len(world.gateway.serving()) == 8
        assert await process.stop() < 60
        process.ledger.release()

    lived(main, LARGE)


def test_who_looks_in_vain_says_nothing_of_a_fault() -> None:
    assert issubclass(LedgerUnavailable, shards._NOT_NOW)
