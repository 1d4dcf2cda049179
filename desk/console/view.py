"""What the queue and the case show, as plain values: pure, from metadata and what one look opened."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

import msgspec

from core.ids import ReportId
from core.reports.model import Priority
from desk.casework.model import CaseState
from desk.model import QueueRow


class RowState(StrEnum):
    """How far a report has come, in the words of the catalogue."""

    UNREAD = "unread"
    UNTRIAGED = "untriaged"
    READ = "read"
    ADDED = "added"
    """Something came after the last look."""


class RowView(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the queue."""

    report: ReportId
    priority: Priority
    """What it counts as: the triage's word, else the road's."""
    state: RowState
    about: str
    """Professional words; empty while nobody, nor the triage, knows."""
    community: str
    platform: str
    sent_at: datetime
    age: timedelta
    due_at: datetime
    left: timedelta
    """Until it is due; negative once it is overdue."""
    read_at: datetime | None
    read_ago: timedelta
    read_by: str
    faulty: bool
    parts: int
    holder: str
    case_state: CaseState
    reports: int
    """How many reports are in its case."""
    conflict: bool = False
    """Somebody who told it is reported in another: it goes to a supervisor."""

    @property
    def overdue(self) -> bool:
        return self.read_at is None and self.left < timedelta(0)

    @property
    def waiting(self) -> bool:
        return self.state is not RowState.READ


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What the head of the queue says. `more` where further pages were not counted."""

    waiting: int
    urgent: int
    overdue: int
    more: bool


class Seen(NamedTuple):
    """What is known of a report besides its row: parts people read, when one last looked, who has it."""

    parts: int = 0
    looked_at: datetime | None = None
    holder: str = ""
    state: CaseState = CaseState.NEW
    reports: int = 1
    conflict: bool = False


def row_view(row: QueueRow, seen: Seen, *, about: str, community: str, now: datetime) -> RowView:
    return RowView(
        report=row.report,
        priority=counts_as(row),
        state=_state(row, seen.looked_at),
        about=about,
        community=community,
        platform=row.platform,
        sent_at=row.sent_at,
        age=now - row.sent_at,
        due_at=row.due_at,
        left=row.due_at - now,
        read_at=row.read_at,
        read_ago=now - (row.read_at or now),
        read_by=row.read_by,
        faulty=row.faulty,
        parts=seen.parts,
        holder=seen.holder,
        case_state=seen.state,
        reports=seen.reports,
        conflict=seen.conflict,
    )


def counts_as(row: QueueRow) -> Priority:
    """A machine only raises: the road's word that it is urgent stands until a person lowers it."""
    if row.urgent and not row.lowered:
        return Priority.P0
    return Priority.P1 if row.priority is None else row.priority


def counts(rows: tuple[RowView, ...], *, more: bool) -> Counts:
    waiting = [row for row in rows if row.waiting]
    return Counts(
        waiting=len(waiting),
        urgent=sum(row.priority is Priority.P0 for row in waiting),
        overdue=sum(row.overdue for row in waiting),
        more=more,
    )


def _state(row: QueueRow, looked_at: datetime | None) -> RowState:
    if row.read_at is None:
        return RowState.UNTRIAGED if row.triaged_at is None else RowState.UNREAD
    last = max(row.read_at, looked_at or row.read_at)
    return RowState.ADDED if row.added_at is not None and row.added_at > last else RowState.READ
