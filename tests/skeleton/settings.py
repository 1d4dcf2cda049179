"""What this room reads from the settings."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from core.reports.told import UNREAD_AFTER

PLATFORM: Final = "skeleton"


@dataclass(frozen=True, slots=True, kw_only=True)
class SkeletonSettings:
    """Everything the room needs to know that is not in a community's own settings."""

    token: str = field(default="", repr=False)
    unread_after: timedelta = UNREAD_AFTER
    """An urgent report that nobody opened for so long sends its reporter to the telephone."""
