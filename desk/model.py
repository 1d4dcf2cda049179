"""What the desk's rooms say to each other: a row of the queue, a page of it, a case, and what a look shows.

Everything here except `Opened` is metadata that lies in clear. `Opened` lives in memory only and is
never logged, stored or sent anywhere but to the screen of the person whose look was recorded; it
hides what it holds from its repr.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from core.errors import Unopened
from core.evidence.model import Transcript
from core.evidence.parts import Identity, PartKind
from core.ids import CommunityId, DeskName, PartId, ReportId, RoadName
from core.reports.model import Answers, Category, Priority, ReportFacts, Standing


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """One desk in one standing. Part of every query, so that practice never mixes with what is real."""

    desk: DeskName
    standing: Standing

    @property
    def named(self) -> dict[str, str]:
        """As rows of the ledger, what is asked of it and lines of the trail have it."""
        return {"desk": self.desk, "standing": self.standing.value}


class Fault(StrEnum):
    """Why a kept part could not be used. Empty text in the ledger means none."""

    NO_KEY = Unopened.NO_KEY.value
    DAMAGED = Unopened.DAMAGED.value
    UNKNOWN_VERSION = Unopened.UNKNOWN_VERSION.value
    OTHER_REPORT = Unopened.OTHER_REPORT.value
    TRIAGE_FAILED = "triage_failed"  # the rules themselves failed on it


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why a report has the priority it has: a stable code, and a sentence for the specialist."""

    code: str
    text: str
    at: datetime


class QueueRow(msgspec.Struct, frozen=True, kw_only=True):
    """One report as the queue shows it. `priority` is None until the triage has run."""

    report: ReportId
    community: CommunityId
    platform: str
    urgent: bool
    """The road's own word that it is P0."""
    priority: Priority | None
    category: Category | None
    sent_at: datetime
    received_at: datetime
    added_at: datetime | None
    """When something was last added; later than `read_at` means that nobody has seen it yet."""
    due_at: datetime
    triaged_at: datetime | None
    read_at: datetime | None
    read_by: str
    faulty: bool
    """Something of it could not be opened or read; it is kept, and the case page lists it."""
    lowered: bool = False
    """A person made it less urgent than the machine did: `priority` is theirs, whatever the road said."""
    reasons: tuple[Reason, ...] = ()


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of the queue, most urgent first; `next` is handed back for the stretch after it."""

    rows: tuple[QueueRow, ...]
    next: str | None = None


class PartRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A kept part, unopened."""

    id: PartId
    kind: PartKind
    received_at: datetime
    size: int  # bytes, sealed
    fault: Fault | None = None


class CaseRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What lies in clear about one report, and the list of what lies sealed."""

    scope: Scope
    road: RoadName
    row: QueueRow
    parts: tuple[PartRecord, ...]


class Check(StrEnum):
    """A transcript held against the manifest that was sealed with the answers."""

    MATCHES = "matches"
    MISMATCH = "mismatch"
    NOT_LISTED = "not_listed"  # read after Send, or no manifest could be opened


class OpenedTranscript(msgspec.Struct, frozen=True, kw_only=True):
    part: PartId
    kind: PartKind  # reported or context
    transcript: Transcript
    digest: str  # SHA-256 of the plaintext as opened, hexadecimal
    check: Check

    def __repr__(self) -> str:
        return f"<OpenedTranscript {self.part}>"


class OpenedSupplement(msgspec.Struct, frozen=True, kw_only=True):
    """Something the reporter added later; `answers` holds all answers as they then stood.

    A `reply` was written back to the desk; its answers are those from before.
    """

    part: PartId
    answers: Answers
    added_at: datetime
    reply: str = ""

    def __repr__(self) -> str:
        return f"<OpenedSupplement {self.part}>"


class CannotOpenPart(msgspec.Struct, frozen=True, kw_only=True):
    part: PartId
    kind: PartKind
    fault: Fault


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """What one recorded look shows. Nothing of it outlives the request."""

    report: ReportId
    facts: ReportFacts | None
    """None where the answers could not be opened: `cannot_open` says why."""
    transcripts: tuple[OpenedTranscript, ...] = ()
    supplements: tuple[OpenedSupplement, ...] = ()
    named: Identity | None = None
    """Only where the young person said that the team may know their name."""
    cannot_open: tuple[CannotOpenPart, ...] = ()
    missing: tuple[PartId, ...] = ()
    """Parts the manifest lists that are not here, or not readable."""
    read_at: datetime
    """When a person first looked: what the reporter is told."""
    first_look: bool = False

    def __repr__(self) -> str:
        return f"<Opened {self.report}>"
