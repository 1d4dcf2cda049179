"""A clock that stands still until it is moved."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


class FixedClock:
    """Shows `start`, and later what it was moved to (`core.clock.Clock`)."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._now = start

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return (self._now - self._start).total_seconds()

    def advance(self, by: timedelta) -> None:
        """Move forward. A clock does not go back: ValueError."""
        if by < timedelta(0):
            raise ValueError("a clock does not go back")
        self._now += by
