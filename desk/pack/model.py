"""What an export is, as values: who asked for whom, how far it has come, and what lies in the file.

The records of the file are its documented form: `schema.json` in every pack is made from them.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import msgspec

from core.evidence.model import Transcript
from core.evidence.parts import Identity
from core.ids import ReportId
from core.reports.model import Answers

LASTS: Final = timedelta(hours=24)
"""So long an agreed export may be taken, and so soon a second person reviews what one did alone."""
LONGEST_NAME: Final = 200
"""Characters of whom it is for."""


class Purpose(StrEnum):
    """What kind of place it is for."""

    POLICE = "police"
    HELPLINE = "helpline"
    COURT = "court"
    PLATFORM = "platform"
    OTHER = "other"


class ExportState(StrEnum):
    ASKED = "asked"  # waits for a second person
    READY = "ready"  # may be taken, once
    OVER = "over"  # nobody took it in time
    TAKEN = "taken"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What the person wrote who asks; lies sealed to the desk's keys."""

    reason: str
    name: str
    """Whom it is for."""
    recipient: str
    """Their public age key; empty: a passphrase, shown once."""
    reports: tuple[ReportId, ...]
    """What the second person agreed to: whatever joins the case later is not in it."""

    def __repr__(self) -> str:
        return "<Request hidden>"


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """An export as it lies in clear."""

    id: str
    case: ReportId
    purpose: Purpose
    alone: bool
    asked_at: datetime
    asked_by: str
    answer: str = ""
    answered_at: datetime | None = None
    answered_by: str = ""
    taken_at: datetime | None = None
    taken_by: str = ""
    digest: str = ""

    def state(self, now: datetime) -> ExportState:
        """How far it has come by now."""
        if self.taken_at is not None:
            return ExportState.TAKEN
        if self.answer in _ENDED:
            return _ENDED[self.answer]
        if self.until is None:
            return ExportState.ASKED
        return ExportState.READY if now < self.until else ExportState.OVER

    @property
    def until(self) -> datetime | None:
        """How long it may be taken; None while nobody has agreed."""
        begins = self.asked_at if self.alone else self.answered_at
        return None if begins is None else begins + LASTS

    @property
    def review_by(self) -> datetime | None:
        """When a second person has to have looked at what one did alone; None where nobody has to."""
        return self.asked_at + LASTS if self.alone and not self.answer else None

    def may_take(self, who: str) -> bool:
        """Either of the two; nobody else."""
        return who == self.asked_by or (self.answer == "yes" and who == self.answered_by)


_ENDED: Final = {"no": ExportState.REFUSED, "withdrawn": ExportState.WITHDRAWN}


class _Record(msgspec.Struct, frozen=True, kw_only=True):
    """Part of the file. Hides what it holds."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class TranscriptRecord(_Record, frozen=True, kw_only=True):
    """A conversation, word for word as it was captured."""

    part: str
    kind: str
    """`reported`: captured at the press; `context`: read right behind it."""
    digest: str
    """SHA-256 of what was sealed at capture."""
    check: str
    """Whether the answers, sealed apart, list that digest: matches, mismatch or not_listed."""
    transcript: Transcript


class UnreadablePart(_Record, frozen=True, kw_only=True):
    part: str
    kind: str
    fault: str


class ReportTranscripts(_Record, frozen=True, kw_only=True):
    report: str
    community: str
    platform: str
    road: str
    sent_at: datetime
    received_at: datetime
    transcripts: tuple[TranscriptRecord, ...]
    cannot_open: tuple[UnreadablePart, ...] = ()
    missing: tuple[str, ...] = ()


class Transcripts(_Record, frozen=True, kw_only=True):
    """transcript.json"""

    v: int = 1
    reports: tuple[ReportTranscripts, ...]


class SupplementRecord(_Record, frozen=True, kw_only=True):
    part: str
    added_at: datetime
    answers: Answers
    reply: str = ""
    """What was written back to the desk; then the answers are those from before."""


class MessageRecord(_Record, frozen=True, kw_only=True):
    """What the desk wrote to whoever reported."""

    id: str
    at: datetime
    outcome: bool
    """The words with which the case was closed."""
    text: str | None
    """None where no key opened it."""
    shown_at: datetime | None


class ReportAnswers(_Record, frozen=True, kw_only=True):
    report: str
    role: str | None
    language: str | None
    country: str | None
    pressed_at: datetime | None
    answers: Answers | None
    """None where no key opened them."""
    supplements: tuple[SupplementRecord, ...]
    messages: tuple[MessageRecord, ...]
    named: Identity | None
    """Who reported, only where they said that the team may know."""
    contact_left_out: bool
    """They wrote how to reach them, and did not say that their name may be known: it stays at the desk."""


class AnswersFile(_Record, frozen=True, kw_only=True):
    """answers.json. The code of a report is never in it: whoever has it reads what the desk answers."""

    v: int = 1
    reports: tuple[ReportAnswers, ...]


class Receipt(_Record, frozen=True, kw_only=True):
    """Something that was delivered to the desk."""

    item: str
    report: str
    kind: str
    road: str
    received_at: datetime
    digest: str
    """SHA-256 of the request as it came, sealed parts included."""


class Line(_Record, frozen=True, kw_only=True):
    """A line of the desk's trail, with the hash that chains it to the one before."""

    seq: int
    at: datetime
    who: str
    action: str
    target: str
    detail: dict[str, str]
    hash: str


class Custody(_Record, frozen=True, kw_only=True):
    """custody.json: what was received when, who looked when, who exported and who agreed."""

    v: int = 1
    received: tuple[Receipt, ...]
    lines: tuple[Line, ...]
    trail_entries: int
    trail_head: str


class FileRecord(_Record, frozen=True, kw_only=True):
    name: str
    size: int
    sha256: str


class PartRecord(_Record, frozen=True, kw_only=True):
    """A sealed part as it lies at the desk."""

    report: str
    part: str
    kind: str
    item: str
    received_at: datetime
    size: int
    sha256: str
    sealed_again: bool
    """Since it came the desk exchanged its keys: the receipt's digest is of what it was before."""


class Manifest(_Record, frozen=True, kw_only=True):
    """manifest.json, which is signed, and names every other file."""

    v: int = 1
    pack: str
    made_at: datetime
    desk: str
    standing: str
    case: str
    reports: tuple[str, ...]
    purpose: str
    name: str
    asked_by: str
    asked_at: datetime
    agreed_by: str
    """Empty: one person exported it for a danger to life; a second reviews it afterwards."""
    agreed_at: datetime | None
    files: tuple[FileRecord, ...]
    parts: tuple[PartRecord, ...]


class Signature(_Record, frozen=True, kw_only=True):
    """manifest.sig"""

    v: int = 1
    algorithm: str = "Ed25519"
    key: str
    """The desk's public key. Hold it against the one that the desk told you by another way."""
    signature: str
    """Over the bytes of manifest.json."""


def schema() -> bytes:
    """JSON Schema of every JSON file in a pack."""
    kinds = (Manifest, Signature, Transcripts, AnswersFile, Custody)
    refs, components = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    files = ("manifest.json", "manifest.sig", "transcript.json", "answers.json", "custody.json")
    whole: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "files": dict(zip(files, refs, strict=True)),
        "$defs": components,
    }
    return msgspec.json.format(msgspec.json.encode(whole, order="deterministic"), indent=1)
