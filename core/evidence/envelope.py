"""The envelope of a report: each part sealed by itself, bound to its draft, its id and its community.

A part of one report does not open as a part of another. Nothing here stores or sends.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NotRequired, TypedDict, Unpack

import msgspec

from core.errors import CannotOpen
from core.evidence.canonical import decode, encode
from core.evidence.model import Transcript
from core.evidence.parts import Identity, PartHeader, PartKind, SealedPart
from core.evidence.picture_data import without_picture_data
from core.evidence.sealing import Recipient, SecretKey, check_header, digest, open_part, seal
from core.ids import CommunityId, DeskName, PartId, ReportId
from core.reports.model import Answers, ReportFacts, Supplement

_TRANSCRIPTS: Final = (PartKind.REPORTED, PartKind.CONTEXT)
_IDENTITIES: Final = (PartKind.IDENTITY, PartKind.NAMED, PartKind.UNLOCKED)


class Bound(TypedDict):
    """What a part is bound to, and whom it is sealed to."""

    part: PartId
    draft: str
    """`draft_id` of the key the screen carries."""
    community: CommunityId
    desk: DeskName
    recipients: Sequence[Recipient]
    """The desk's keys and its recovery key; for an identity, the road's key alone."""
    report: NotRequired[ReportId]
    """From Send on."""


def seal_transcript(
    transcript: Transcript, *, kind: PartKind = PartKind.REPORTED, **bound: Unpack[Bound]
) -> SealedPart:
    """Seal what was captured (`reported`) or its surroundings (`context`) to the desk.

    Raises TooLarge over what a part holds; `compose` and `from_site` never make that much.
    """
    if kind not in _TRANSCRIPTS:
        raise ValueError("a transcript is either reported or context")
    return _sealed(transcript, kind, bound)


def seal_answers(
    facts: ReportFacts, *, part: PartId, draft: str, recipients: Sequence[Recipient]
) -> SealedPart:
    """Seal the answers, and with them the manifest of the other parts, to the desk they name."""
    known = msgspec.structs.replace(facts, answers=_without_pictures(facts.answers))
    bound = Bound(
        part=part,
        draft=draft,
        community=facts.community,
        desk=facts.desk,
        recipients=recipients,
        report=facts.report,
    )
    return _sealed(known, PartKind.ANSWERS, bound)


def seal_supplement(supplement: Supplement, **bound: Unpack[Bound]) -> SealedPart:
    """Seal something added later to the desk."""
    known = msgspec.structs.replace(
        supplement,
        answers=_without_pictures(supplement.answers),
        reply=without_picture_data(supplement.reply)[0],
    )
    return _sealed(known, PartKind.SUPPLEMENT, bound)


def seal_identity(
    identity: Identity, *, kind: PartKind = PartKind.IDENTITY, **bound: Unpack[Bound]
) -> SealedPart:
    """Seal who pressed. `identity`: with the way back, to the road alone; the desk only keeps it.

    `named`: the copy that the young person said yes to, to the desk, without the way back. `unlocked`: the
    same where there was no yes, and somebody could die.
    """
    if kind not in _IDENTITIES:
        raise ValueError("an identity is sealed to the road, or named to the desk")
    known = identity if kind is PartKind.IDENTITY else msgspec.structs.replace(identity, way_back=b"")
    return _sealed(known, kind, bound)


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
    """Who pressed: with the road's key for `identity`, with the desk's for the others; raises CannotOpen."""
    return decode(_opened(found, keys, _IDENTITIES), Identity)


def _sealed(record: msgspec.Struct, kind: PartKind, bound: Bound) -> SealedPart:
    body = encode(record)
    header = PartHeader(
        draft=bound["draft"],
        part=bound["part"],
        kind=kind,
        community=bound["community"],
        report=bound.get("report"),
    )
    sealed = seal(body, header, bound["recipients"])
    return SealedPart(id=bound["part"], kind=kind, desk=bound["desk"], sealed=sealed, digest=digest(body))


def _without_pictures(answers: Answers) -> Answers:
    """A picture pasted into an answer as text is dropped like any other; the words around it stay."""
    return msgspec.structs.replace(
        answers,
        own_words=without_picture_data(answers.own_words)[0],
        about=without_picture_data(answers.about)[0],
        contact=without_picture_data(answers.contact)[0],
    )


def _opened(found: Found, keys: Iterable[SecretKey], kinds: Sequence[PartKind]) -> bytes:
    if found.kind not in kinds:
        raise CannotOpen(f"a part of kind {found.kind} is not read this way")
    header, body = open_part(found.sealed, keys)
    check_header(header, draft=found.draft, part=found.part, kind=found.kind, community=found.community)
    return body
