"""What an unlock is, as a value: asked for, come or not, and what a second person said of it."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from core.ids import ReportId

REVIEW_WITHIN: Final = timedelta(hours=24)
"""So long a second person has to say whether it was right."""
ASK_AGAIN_AFTER: Final = timedelta(minutes=5)
"""An unlock that the road has not answered by then can be asked for once more."""


class Verdict(StrEnum):
    AGREED = "agreed"
    OBJECTED = "objected"


class Unlock(msgspec.Struct, frozen=True, kw_only=True):
    report: ReportId
    asked_at: datetime
    asked_by: str
    came: bool = False
    """The road has sent who it is."""
    verdict: Verdict | None = None
    reviewed_at: datetime | None = None
    reviewed_by: str = ""

    @property
    def review_by(self) -> datetime:
        return self.asked_at + REVIEW_WITHIN

    def is_late(self, now: datetime) -> bool:
        return self.verdict is None and self.review_by < now

    def is_stuck(self, now: datetime) -> bool:
        """The road has said nothing for too long."""
        return not self.came and self.asked_at + ASK_AGAIN_AFTER <= now
