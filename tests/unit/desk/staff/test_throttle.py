from datetime import timedelta

import pytest

from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock
from desk.staff.throttle import BY_ADDRESS, BY_DEVICE, BY_NAME, BY_NAME_AND_ADDRESS, WINDOW, Throttle
from desk.staff.throttle import neighbourhood as around


class Listening(MemorySignals):
    """Remembers every key it was asked to count."""

    def __init__(self, clock: FixedClock) -> None:
        super().__init__(clock)
        self.keys: list[str] = []

    async def count(self, key: str, window: timedelta) -> int:
        self.keys.append(key)
        return await super().count(key, window)


@pytest.fixture
def signals(clock: FixedClock) -> Listening:
    return Listening(clock)


@pytest.fixture
def throttle(signals: Listening) -> Throttle:
    return Throttle(signals, b"k" * 32)


async def test_one_name_from_one_address_may_be_tried_ten_times(throttle: Throttle) -> None:
    tries = [await throttle.allows_stranger("ann", "192.0.2.1") for _ in range(BY_NAME_AND_ADDRESS + 1)]
    assert tries == [True] * BY_NAME_AND_ADDRESS + [False]


async def test_one_address_may_try_thirty_times_whatever_the_name(throttle: Throttle) -> None:
    tries = [await throttle.allows_stranger(f"name {n}", "192.0.2.1") for n in range(BY_ADDRESS + 1)]
    assert tries == [True] * BY_ADDRESS + [False]


async def test_one_name_may_be_tried_a_hundred_times_wherever_from(throttle: Throttle) -> None:
    tries = [await throttle.allows_stranger("ann", f"192.0.2.{n}") for n in range(BY_NAME + 1)]
    assert tries == [True] * BY_NAME + [False]


async def test_guessing_at_a_name_does_not_slow_another_one(throttle: Throttle) -> None:
    for number in range(BY_NAME + 1):
        await throttle.allows_stranger("ann", f"192.0.2.{number}")
    assert await throttle.allows_stranger("tom", "198.51.100.7")


async def test_after_the_window_everybody_may_try_again(throttle: Throttle, clock: FixedClock) -> None:
    for _ in range(BY_NAME_AND_ADDRESS + 1):
        await throttle.allows_stranger("ann", "192.0.2.1")
    clock.advance(WINDOW)
    assert await throttle.allows_stranger("ann", "192.0.2.1")


async def test_a_known_browser_is_counted_alone(throttle: Throttle) -> None:
    for _ in range(BY_NAME + 1):
        await throttle.allows_stranger("ann", "192.0.2.1")
    tries = [await throttle.allows_device("a known browser") for _ in range(BY_DEVICE + 1)]
    assert tries == [True] * BY_DEVICE + [False]


async def test_no_name_and_no_address_leaves_it(throttle: Throttle, signals: Listening) -> None:
    await throttle.allows_stranger("ann", "192.0.2.1")
    await throttle.allows_device("device")
    assert len(set(signals.keys)) == 4
    assert not [key for key in signals.keys if "ann" in key or "192.0.2.1" in key or "device" in key]


async def test_the_key_keeps_two_desks_apart(signals: Listening) -> None:
    await Throttle(signals, b"a" * 32).allows_device("x")
    await Throttle(signals, b"b" * 32).allows_device("x")
    assert len(set(signals.keys)) == 2


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_an_address_is_counted_with_its_whole_neighbourhood(address: str, counted: str) -> None:
    assert around(address) == counted


async def test_odd_characters_are_counted_like_any_other(throttle: Throttle) -> None:
    assert await throttle.allows_stranger("\ud800\x00", "\udfff")
