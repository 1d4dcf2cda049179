"""Which times can be: whatever lies outside is a mistake or an attack, and no engine has to store it."""

from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec

Aware = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time that says its zone; what was sealed without one does not decode."""

EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)


def can_be(at: datetime) -> bool:
    """Whether it is an aware time between the years 2000 and 2200."""
    return at.tzinfo is not None and EARLIEST <= at <= LATEST
