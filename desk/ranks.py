"""Where a report stands in the queue: one number from its priority, smallest first. Pure.

What the triage has not seen yet stands before everything of the priority it is taken for: P0 where the
road says urgent, else P1. So nothing untriaged hides, and nothing untriaged hides a danger to life.
"""

from datetime import datetime, timedelta
from typing import Final

from core.reports.model import Priority

Targets = dict[Priority, timedelta]

TARGETS: Final[Targets] = {
    Priority.P0: timedelta(minutes=5),
    Priority.P1: timedelta(hours=1),
    Priority.P2: timedelta(hours=24),
    Priority.P3: timedelta(hours=72),
}
"""How soon a person has looked, from the moment of sending."""


def taken_for(*, urgent: bool) -> Priority:
    """The priority a report has as long as nothing but the road's word is known."""
    return Priority.P0 if urgent else Priority.P1


def rank(priority: Priority, *, triaged: bool) -> int:
    """Even before the triage, odd after it, and never past a more urgent priority."""
    return 2 * priority + int(triaged)


def due(priority: Priority, sent_at: datetime, received_at: datetime, targets: Targets) -> datetime:
    """Counted from when the child sent it; a road whose clock is ahead cannot put it off."""
    return min(sent_at, received_at) + targets[priority]
