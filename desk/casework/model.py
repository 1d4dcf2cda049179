"""What a case is, as values: how far it has come, who has it, which reports are in it."""

from datetime import datetime
from enum import StrEnum

import msgspec

from core.ids import ReportId


class CaseState(StrEnum):
    """How far a case has come. Which may follow which: `desk.casework.states`."""

    NEW = "new"  # nobody has acted yet
    WORKING = "working"
    WAITING = "waiting"  # for the young person, or for somebody outside
    HANDED_ON = "handed_on"  # police or another service has it; we still watch
    CLOSED = "closed"


class NoteKind(StrEnum):
    NOTE = "note"
    TASK = "task"
    REASON = "reason"  # why a person changed the priority, reopened or refused
    HANDED = "handed"  # where a duty was handed on, and with what receipt
    CALLED = "called"  # which number was rung back, where it is published, and who spoke


class Act(StrEnum):
    """What takes two people."""

    CLOSE = "close"  # a case that is, or was, a danger to life
    EXPORT = "export"  # what was told, to somebody outside the desk


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """How a case stands. `holder` is empty while nobody has it."""

    id: ReportId
    """Of the report it began with."""
    state: CaseState = CaseState.NEW
    state_at: datetime | None = None
    state_by: str = ""
    holder: str = ""
    held_at: datetime | None = None
    outcome: str = ""
    held_since: datetime | None = None
    """On hold since then: kept however long it has been closed."""
    held_by: str = ""
    erased_at: datetime | None = None
    """What was said in it was deleted then."""
    reports: int = 1
    """How many reports are in it."""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A note as it lies sealed; `done_at` of a task that is done."""

    id: str
    kind: NoteKind
    at: datetime
    by: str
    done_at: datetime | None = None
    done_by: str = ""


class OpenNote(msgspec.Struct, frozen=True, kw_only=True):
    """A note with what it says; None where no key opens it."""

    note: Note
    text: str | None

    def __repr__(self) -> str:
        return f"<OpenNote {self.note.id}>"


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody asked for what another person has to agree to."""

    id: str
    act: Act
    outcome: str
    """How it is closed; whom an export is for."""
    asked_at: datetime
    asked_by: str


class Join(msgspec.Struct, frozen=True, kw_only=True):
    """One case was taken into another."""

    id: str
    into_case: ReportId
    from_case: ReportId
    reports: tuple[ReportId, ...]
    """Those it moved."""
    at: datetime
    by: str
    undone_at: datetime | None = None
    undone_by: str = ""
