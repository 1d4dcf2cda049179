"""Where a report stands in the queue: one number from its priority, smallest first. Pure.

What the triage has not seen yet stands before everything of the priority it is taken for: P0 where the
road says urgent, else P1. So nothing untriaged hides, and nothing untriaged hides a danger to life.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from core.reports.model import Priority

Targets = Mapping[Priority, timedelta]
"""How soon a person has looked, from the moment of sending: config/desk.toml."""

SHIPPED: Final[Targets] = {
    Priority.P0: timedelta(minutes=5),
    Priority.P1: timedelta(hours=1),
    Priority.P2: timedelta(hours=24),
    Priority.P3: timedelta(hours=72),
}
"""What config/desk.toml is shipped with."""


CLOSED: Final = 90
"""The rank of a case that is closed: behind the queue."""
TAKEN_IN: Final = 91
"""Of a report in another report's case: that one stands in the queue."""
QUEUED: Final = 2 * max(Priority) + 1
"""The last rank that the queue shows."""


def taken_for(*, urgent: bool) -> Priority:
    """The priority a report has as long as nothing but the road's word is known."""
    return Priority.P0 if urgent else Priority.P1


def rank(priority: Priority, *, triaged: bool) -> int:
    """Even before the triage, odd after it, and never past a more urgent priority."""
    return 2 * priority + int(triaged)


def due(priority: Priority, sent_at: datetime, received_at: datetime, targets: Targets) -> datetime:
    """Counted from when the child sent it; a road whose clock is ahead cannot put it off."""
    return min(sent_at, received_at) + targets[priority]


def of_rank(number: int) -> tuple[Priority, bool]:
    """The priority of a rank, and whether it comes from the triage: the opposite of `rank`."""
    return Priority(number // 2), bool(number % 2)
