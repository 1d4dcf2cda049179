"""Which times can be: whatever lies outside is a mistake or an attack, and no engine has to store it."""

from datetime import UTC, datetime
from typing import Final

EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)


def can_be(at: datetime) -> bool:
    """Whether an aware time lies between the years 2000 and 2200."""
    return EARLIEST <= at <= LATEST
