from datetime import timedelta

import pytest

from bots.web.throttle import LookUps, address_of
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock
from tests.web_room import NOON, web_settings


class Noting(MemorySignals):
    """Remembers under which names it counted."""

    def __init__(self, clock: FixedClock) -> None:
        super().__init__(clock)
        self.names: list[str] = []

    async def count(self, key: str, window: timedelta) -> int:
        self.names.append(key)
        return await super().count(key, window)


async def test_so_many_look_ups_are_allowed_and_no_more_until_the_window_has_passed() -> None:
    clock, settings = FixedClock(NOON), web_settings()
    look_ups = LookUps(MemorySignals(clock), bytes(32), settings)
    assert all([await look_ups.allowed("192.0.2.1") for _ in range(settings.look_ups)])
    assert not await look_ups.allowed("192.0.2.1")
    assert await look_ups.allowed("192.0.2.2")
    clock.advance(settings.look_up_window + timedelta(seconds=1))
    assert await look_ups.allowed("192.0.2.1")


async def test_the_address_itself_is_counted_nowhere() -> None:
    signals = Noting(FixedClock(NOON))
    await LookUps(signals, bytes(32), web_settings()).allowed("192.0.2.1")
    await LookUps(signals, b"\x01" * 32, web_settings()).allowed("192.0.2.1")
    assert not any("192.0.2.1" in name for name in signals.names)
    assert len(set(signals.names)) == 2


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "10.0.0.1, 198.51.100.7", "198.51.100.7"),
        ("::1", "2001:db8::7", "2001:db8::7"),
        ("127.0.0.1", "made up", "127.0.0.1"),
        ("", "198.51.100.7", ""),
    ],
)
def test_only_a_proxy_on_this_machine_is_believed(peer: str, forwarded: str, address: str) -> None:
    assert address_of(peer, forwarded) == address
