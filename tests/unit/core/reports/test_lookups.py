from datetime import timedelta

from core.reports.lookups import AT_MOST, WINDOW, LookUps
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock


class Noting(MemorySignals):
    """Remembers under which names it counted."""

    def __init__(self, clock: FixedClock) -> None:
        super().__init__(clock)
        self.names: list[str] = []

    async def count(self, key: str, window: timedelta) -> int:
        self.names.append(key)
        return await super().count(key, window)


async def test_so_many_look_ups_are_allowed_and_no_more_until_the_window_has_passed() -> None:
    clock = FixedClock()
    look_ups = LookUps(MemorySignals(clock), bytes(32))
    assert all([await look_ups.allowed("192.0.2.1") for _ in range(AT_MOST)])
    assert not await look_ups.allowed("192.0.2.1")
    assert await look_ups.allowed("192.0.2.2")
    clock.advance(WINDOW + timedelta(seconds=1))
    assert await look_ups.allowed("192.0.2.1")


async def test_the_address_itself_is_counted_nowhere() -> None:
    signals = Noting(FixedClock())
    await LookUps(signals, bytes(32)).allowed("192.0.2.1")
    await LookUps(signals, b"\x01" * 32).allowed("192.0.2.1")
    assert not any("192.0.2.1" in name for name in signals.names)
    assert len(set(signals.names)) == 2
