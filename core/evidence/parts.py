"""The parts of an envelope: what each is for, whom it is sealed to, and how it travels."""

from enum import StrEnum

import msgspec

from core.ids import CommunityId, DeskName, PartId, ReportId


class PartKind(StrEnum):
    ANSWERS = "answers"  # ReportFacts as JSON, to the desk
    REPORTED = "reported"  # the transcript as captured at the press, to the desk
    CONTEXT = "context"  # the surroundings, read right behind it, to the desk
    SUPPLEMENT = "supplement"  # something added later: Supplement as JSON, to the desk
    IDENTITY = "identity"  # who and how to reach them, to the road, which alone can open it
    NAMED = "named"  # the copy of the identity that consent adds, to the desk
    UNLOCKED = (
        "unlocked"  # who it is, without consent: danger to life, asked for by the desk, sealed by the road
    )


class SealedPart(msgspec.Struct, frozen=True, kw_only=True):
    """One part, encrypted (age format) where it was captured."""

    id: PartId
    kind: PartKind
    desk: DeskName
    """The desk it is sealed for; an identity is sealed to the road and kept by this desk."""
    sealed: bytes
    digest: str
    """SHA-256 of the plaintext, hexadecimal. Written into sealed parts only, never stored beside them."""


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who pressed, and the way back to them, as the platform knows it."""

    platform: str
    account: str
    shown: str
    way_back: bytes = b""
    """The platform's own, opaque to all else."""


class PartHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What every plaintext carries, checked on opening."""

    v: int = 1
    draft: str
    """SHA-256 of the draft's key, hexadecimal: what binds parts to one report before it has an id."""
    part: PartId
    kind: PartKind
    community: CommunityId
    report: ReportId | None = None
    """Known from Send on; a part captured before carries None and is bound by `draft`."""
    digest: str = ""
    """SHA-256 of the body, hexadecimal: written by sealing, checked by opening."""
