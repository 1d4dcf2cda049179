"""Opens sealed parts in memory, for the triage and for a recorded look. Stores, logs and sends nothing.

Slow (it decrypts), so it runs in a thread; what cannot be opened is said by a fault, never by an error.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from core.errors import CannotOpen, Unopened
from core.evidence.envelope import Found, read_answers, read_identity, read_supplement, read_transcript
from core.evidence.model import Transcript
from core.evidence.parts import Identity, PartKind
from core.evidence.sealing import SecretKey
from core.ids import CommunityId, PartId, ReportId
from core.reports.model import Answers, ReportFacts, Supplement
from desk.model import CannotOpenPart, Check, Fault, OpenedSupplement, OpenedTranscript, Scope

Keys = Sequence[SecretKey]

TO_TRIAGE = frozenset({PartKind.ANSWERS, PartKind.SUPPLEMENT, PartKind.REPORTED, PartKind.CONTEXT})
TO_PEOPLE = TO_TRIAGE | {PartKind.NAMED}
"""What one look opens. The identity is not sealed to the desk, and is never tried."""
TO_DESK = TO_PEOPLE | {PartKind.UNLOCKED}
"""All that is sealed to the desk. Who was unlocked is a look of its own."""


class KeptPart(NamedTuple):
    """A part as it lies in the ledger."""

    id: PartId
    kind: PartKind
    sealed: bytes


class Kept(NamedTuple):
    """A report as it lies in the ledger: what its parts are bound to, and they in order of arrival."""

    report: ReportId
    scope: Scope
    community: CommunityId
    draft: str
    parts: tuple[KeptPart, ...]


class Captured(NamedTuple):
    part: KeptPart
    transcript: Transcript
    digest: str


@dataclass(slots=True)
class Contents:
    """Everything of a report that these keys open. Never shown by its repr."""

    facts: ReportFacts | None = field(default=None, repr=False)
    captured: list[Captured] = field(default_factory=list, repr=False)
    supplements: list[tuple[PartId, Supplement]] = field(default_factory=list, repr=False)
    named: Identity | None = field(default=None, repr=False)
    unlocked: Identity | None = field(default=None, repr=False)
    faults: list[CannotOpenPart] = field(default_factory=list)

    @property
    def manifest(self) -> dict[str, str]:
        """Part id to digest: everything that the sealed answers and supplements list."""
        listed = dict(self.facts.evidence_digests) if self.facts else {}
        for _, supplement in self.supplements:
            listed |= supplement.evidence_digests
        return listed


def open_parts(kept: Kept, keys: Keys, kinds: frozenset[PartKind] = TO_PEOPLE) -> Contents:
    """Try every part of these kinds with every key; one that fails never keeps another closed."""
    contents = Contents()
    for part in kept.parts:
        if part.kind not in kinds:
            continue
        try:
            _open_into(contents, kept, part, keys)
        except CannotOpen as closed:
            fault = Fault(closed.why.value)
            contents.faults.append(CannotOpenPart(part=part.id, kind=part.kind, fault=fault))
        except (ValueError, RecursionError):  # sealed by somebody who sealed no such thing
            fault = Fault.DAMAGED
            contents.faults.append(CannotOpenPart(part=part.id, kind=part.kind, fault=fault))
    contents.supplements = list(_as_they_stood(contents))
    return contents


def _as_they_stood(contents: Contents) -> Iterator[tuple[PartId, Supplement]]:
    """In order of time; with what was written back stand the answers from before: nothing else was said."""
    answers = contents.facts.answers if contents.facts else Answers()
    for part, told in sorted(contents.supplements, key=lambda each: each[1].added_at):
        answers = answers if told.reply else told.answers
        yield part, msgspec.structs.replace(told, answers=answers)


def transcripts_of(contents: Contents) -> tuple[OpenedTranscript, ...]:
    """Each transcript with what the manifest says of it, the reported ones first."""
    listed = contents.manifest
    shown = (
        OpenedTranscript(
            part=part.id,
            kind=part.kind,
            transcript=transcript,
            digest=digest,
            check=_check(listed.get(part.id), digest),
        )
        for part, transcript, digest in contents.captured
    )
    return tuple(sorted(shown, key=lambda one: one.kind is not PartKind.REPORTED))


def supplements_of(contents: Contents) -> tuple[OpenedSupplement, ...]:
    """What was added, in the order in which it was."""
    added = (
        OpenedSupplement(
            part=part,
            answers=supplement.answers,
            added_at=supplement.added_at,
            reply=supplement.reply,
        )
        for part, supplement in contents.supplements
    )
    return tuple(sorted(added, key=lambda one: one.added_at))


def missing_of(contents: Contents) -> tuple[PartId, ...]:
    """What the manifest lists and nobody can read: it never came, or does not open."""
    readable = {captured.part.id for captured in contents.captured}
    return tuple(PartId(part) for part in sorted(contents.manifest) if part not in readable)


def _open_into(contents: Contents, kept: Kept, part: KeptPart, keys: Keys) -> None:
    found = Found(
        draft=kept.draft, community=kept.community, part=part.id, kind=part.kind, sealed=part.sealed
    )
    match part.kind:
        case PartKind.ANSWERS:
            contents.facts = _belonging(read_answers(found, keys), kept)
        case PartKind.SUPPLEMENT:
            contents.supplements.append((part.id, _added(read_supplement(found, keys), kept)))
        case PartKind.NAMED:
            contents.named = read_identity(found, keys)
        case PartKind.UNLOCKED:
            contents.unlocked = read_identity(found, keys)
        case _:
            contents.captured.append(Captured(part, *read_transcript(found, keys)))


def _belonging(facts: ReportFacts, kept: Kept) -> ReportFacts:
    told = (facts.report, facts.desk, facts.standing)
    if told != (kept.report, kept.scope.desk, kept.scope.standing):
        raise CannotOpen("answers of another report", why=Unopened.OTHER_REPORT)
    return facts


def _added(supplement: Supplement, kept: Kept) -> Supplement:
    if supplement.report != kept.report:
        raise CannotOpen("added to another report", why=Unopened.OTHER_REPORT)
    return supplement


def _check(listed: str | None, digest: str) -> Check:
    if listed is None:
        return Check.NOT_LISTED
    return Check.MATCHES if listed == digest else Check.MISMATCH
