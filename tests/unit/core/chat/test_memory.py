"""What is remembered is little and not for long; presses on one screen take their turns."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.chat import memory
from core.chat.memory import Memory, Turns
from core.testing.clock import FixedClock
from tests.unit.core.chat.jumping_loop import jumping, now

QUARTER = timedelta(minutes=15)


def test_only_the_latest_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST", 3)
    clock = FixedClock()
    kept: Memory[int] = Memory(clock, QUARTER)
    for number in range(5):
        kept.keep(str(number), number)
    kept.keep("2", 9)
    kept.keep("5", 5)
    assert [kept.get(str(number)) for number in range(6)] == [None, None, 9, None, 4, 5]
    clock.advance(timedelta(minutes=16))
    kept.forget_old()
    assert "5" not in kept


def test_what_is_taken_out_is_no_longer_there() -> None:
    kept: Memory[int] = Memory(FixedClock(), QUARTER)
    kept.keep("a", 1)
    assert (kept.pop("a"), kept.pop("a"), kept.get("a")) == (1, None, None)


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 600)), max_size=30))
def test_nothing_is_older_than_it_may_be_once_the_old_is_forgotten(steps: list[tuple[str, int]]) -> None:
    clock, times = FixedClock(), dict[str, float]()
    kept: Memory[int] = Memory(clock, QUARTER)
    for name, seconds in steps:
        clock.advance(timedelta(seconds=seconds))
        kept.keep(name, seconds)
        times[name] = clock.monotonic()
    kept.forget_old()
    still = {name for name, at in times.items() if clock.monotonic() - at <= QUARTER.total_seconds()}
    assert {name for name in "abcde" if name in kept} == still


# Turns.


async def test_presses_on_one_screen_take_their_turns_and_those_on_another_do_not_wait() -> None:
    turns, order = Turns(), list[str]()

    async def press(draft: str, name: str) -> None:
        async with turns.of(draft):
            order.append(name)

    async with asyncio.TaskGroup() as group:
        async with turns.of("a"):
            second = group.create_task(press("a", "send"))
            await press("b", "other")
            await press("c", "another")
            order.append("choose")
        await second
    assert order == ["other", "another", "choose", "send"]


def test_a_press_behind_one_that_hangs_goes_on_in_time() -> None:
    async def main() -> float:
        turns = Turns()
        async with turns.of("a"), turns.of("a"):
            return now()

    assert jumping(main()) == pytest.approx(memory.TURN_S)


async def test_a_press_that_breaks_gives_its_turn_back() -> None:
    turns = Turns()
    with pytest.raises(RuntimeError):
        async with turns.of("a"):
            raise RuntimeError
    async with asyncio.timeout(0.2), turns.of("a"):
        pass


async def test_a_press_that_gave_up_waiting_gives_back_no_turn_of_another() -> None:
    turns = Turns()
    async with turns.of("a"):
        waiting = asyncio.ensure_future(_waits(turns))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting})
        assert turns._locks["a"].locked()


async def _waits(turns: Turns) -> None:
    async with turns.of("a"):
        pass


async def test_of_a_screen_on_which_nobody_presses_nothing_is_kept() -> None:
    turns = Turns()
    async with turns.of("a"):
        assert list(turns._locks) == ["a"]
    assert list(turns._locks) == []
