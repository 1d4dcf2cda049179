"""The envelope of a report: each part sealed by itself, bound to its draft, its id and its community.

A part of one report does not open as a part of another. Nothing here stores or sends.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from core.errors import CannotOpen
from core.evidence.canonical import decode, encode
from core.evidence.model import Transcript
from core.evidence.parts import Identity, PartHeader, PartKind, SealedPart
from core.evidence.sealing import Recipient, SecretKey, check_header, digest, open_part, seal
from core.ids import CommunityId, DeskName, PartId, ReportId
from core.reports.model import ReportFacts, Supplement

T = TypeVar("T")
_TRANSCRIPTS: Final = (PartKind.REPORTED, PartKind.CONTEXT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """What all parts of one report share."""

    draft: str
    """`draft_id` of the key the screen carries."""
    community: CommunityId
    desk: DeskName
    recipients: Sequence[Recipient]
    """The desk's keys and its recovery key."""
    report: ReportId | None = None
    """From Send on."""


def seal_transcript(
    envelope: Envelope, part: PartId, transcript: Transcript, kind: PartKind = PartKind.REPORTED
) -> SealedPart:
    """Seal what was captured (`reported`) or its surroundings (`context`) to the desk.

    Raises TooLarge over what a part holds; `compose` and `from_site` never make that much.
    """
    if kind not in _TRANSCRIPTS:
        raise ValueError("a transcript is either reported or context")
    return _sealed(envelope, part, kind, transcript, envelope.recipients)


def seal_answers(envelope: Envelope, part: PartId, facts: ReportFacts) -> SealedPart:
    """Seal the answers, and with them the manifest of the other parts, to the desk."""
    return _sealed(envelope, part, PartKind.ANSWERS, facts, envelope.recipients)


def seal_supplement(envelope: Envelope, part: PartId, supplement: Supplement) -> SealedPart:
    """Seal something added later to the desk."""
    return _sealed(envelope, part, PartKind.SUPPLEMENT, supplement, envelope.recipients)


def seal_identity(envelope: Envelope, part: PartId, identity: Identity, road: Recipient) -> SealedPart:
    """Seal who pressed, and the way back to them, to the road alone: the desk keeps it and cannot open it."""
    return _sealed(envelope, part, PartKind.IDENTITY, identity, (road,))


def seal_named(envelope: Envelope, part: PartId, identity: Identity) -> SealedPart:
    """Seal the copy that the young person said yes to, to the desk; without the way back."""
    named = msgspec.structs.replace(identity, way_back=b"")
    return _sealed(envelope, part, PartKind.NAMED, named, envelope.recipients)


def manifest(parts: Iterable[SealedPart]) -> dict[str, str]:
    """Part id to digest, for `ReportFacts.evidence_digests`: written into sealed parts only."""
    return {part.id: part.digest for part in parts}


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A part as it was found in storage, and what it is there for: opening holds it to all of this."""

    draft: str
    community: CommunityId
    part: PartId
    kind: PartKind
    sealed: bytes


def read_transcript(found: Found, keys: Iterable[SecretKey]) -> tuple[Transcript, str]:
    """A transcript and the digest to hold against the manifest; raises CannotOpen."""
    body = _opened(found, keys, _TRANSCRIPTS)
    return decode(body, Transcript), digest(body)


def read_answers(found: Found, keys: Iterable[SecretKey]) -> ReportFacts:
    """The answers with their manifest; raises CannotOpen."""
    return decode(_opened(found, keys, (PartKind.ANSWERS,)), ReportFacts)


def read_supplement(found: Found, keys: Iterable[SecretKey]) -> Supplement:
    """Something added later; raises CannotOpen."""
    return decode(_opened(found, keys, (PartKind.SUPPLEMENT,)), Supplement)


def read_identity(found: Found, keys: Iterable[SecretKey]) -> Identity:
    """Who pressed: with the road's key for `identity`, with the desk's for `named`; raises CannotOpen."""
    return decode(_opened(found, keys, (PartKind.IDENTITY, PartKind.NAMED)), Identity)


def _sealed(
    envelope: Envelope, part: PartId, kind: PartKind, record: msgspec.Struct, recipients: Sequence[Recipient]
) -> SealedPart:
    body = encode(record)
    header = PartHeader(
        draft=envelope.draft, part=part, kind=kind, community=envelope.community, report=envelope.report
    )
    return SealedPart(
        id=part, kind=kind, desk=envelope.desk, sealed=seal(body, header, recipients), digest=digest(body)
    )


def _opened(found: Found, keys: Iterable[SecretKey], kinds: Sequence[PartKind]) -> bytes:
    if found.kind not in kinds:
        raise CannotOpen(f"a part of kind {found.kind} is not read this way")
    header, body = open_part(found.sealed, keys)
    check_header(header, draft=found.draft, part=found.part, kind=found.kind, community=found.community)
    return body
