"""What a duty is, as values: whose it is, under which law, how far it is, and to whom it was handed on."""

from datetime import datetime
from enum import StrEnum

import msgspec

from core.ids import ReportId


class Whose(StrEnum):
    """Who must report."""

    PLATFORM = "platform"
    DESK = "desk"
    SCHOOL = "school"
    NONE = "none"  # somebody looked, and knows of no duty


class DutyState(StrEnum):
    """How far a duty is. Which may follow which: `FOLLOWS`."""

    OPEN = "open"
    DONE = "done"  # handed on, with what receipt
    NOT_OWED = "not_owed"  # somebody found that it does not bind, with a reason
    NONE_KNOWN = "none_known"  # recorded so from the first


FOLLOWS = {
    DutyState.OPEN: frozenset({DutyState.DONE, DutyState.NOT_OWED}),
    DutyState.DONE: frozenset[DutyState](),
    DutyState.NOT_OWED: frozenset[DutyState](),
    DutyState.NONE_KNOWN: frozenset[DutyState](),
}
"""What has ended stays as it ended; another duty can be recorded beside it."""


class Receiver(StrEnum):
    """Who was told."""

    POLICE = "police"
    CENTRE = "centre"  # a national centre: NCMEC, NCA
    HOTLINE = "hotline"
    CHILDRENS_SERVICES = "childrens_services"
    PLATFORM = "platform"
    OTHER = "other"


class Way(StrEnum):
    """How they were told."""

    FORM = "form"  # their own web form or API
    PHONE = "phone"
    MAIL = "mail"
    IN_PERSON = "in_person"


class CallBack(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody rang back at a published number. Which, where it is published and who spoke lies in a note."""

    at: datetime
    by: str


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    case: ReportId
    whose: Whose
    law: str
    """A code of the catalogue; empty where none is known."""
    state: DutyState
    knew_at: datetime
    due_at: datetime | None
    recorded_at: datetime
    recorded_by: str
    handed_to: Receiver | None = None
    handed_by: Way | None = None
    ended_at: datetime | None = None
    ended_by: str = ""
    call_backs: tuple[CallBack, ...] = ()

    def is_overdue(self, now: datetime) -> bool:
        return self.state is DutyState.OPEN and self.due_at is not None and self.due_at < now


def may_follow(before: DutyState, after: DutyState) -> bool:
    return after in FOLLOWS[before]


def takes_call_back(to: Receiver, by: Way) -> bool:
    """Whoever rings or writes may say that they are police: then a number they publish is rung back first."""
    return to is Receiver.POLICE and by in {Way.PHONE, Way.MAIL}
