"""A story as a road would seal and deliver it: real parts, to the desk's real keys."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, NamedTuple

from core.delivery.wire import Delivery, ItemKind, WirePart
from core.evidence.canonical import encode
from core.evidence.drafts import DraftKey, draft_id
from core.evidence.envelope import Bound, manifest, seal_answers, seal_identity, seal_transcript
from core.evidence.model import Author, Message, ReadFrom, Source, Transcript
from core.evidence.parts import Identity, PartKind, SealedPart
from core.evidence.sealing import Recipient, digest
from core.ids import ItemId, PartId
from core.reports.model import ReporterRole, ReportFacts
from core.reports.reference import reference_of
from desk.demo.stories import Story, name_of
from desk.model import Scope
from desk.opening import Captured, Contents, KeptPart

_BEFORE: Final = timedelta(minutes=3)
_COUNTRY: Final = "GB"


class Maker(NamedTuple):
    """For which desk, and to whose keys."""

    scope: Scope
    desk: Sequence[Recipient]
    road: Recipient


class Made(NamedTuple):
    delivery: Delivery
    contents: Contents
    """As opening it gives; without what is for people alone."""


def made(maker: Maker, story: Story, *, urgent: bool) -> Made:
    """Seal a story. Takes most of a millisecond."""
    captured = _captured(maker, story)
    facts = _facts(maker, story, [part for part, _ in captured])
    draft = draft_id(DraftKey(story.key))
    answers = seal_answers(facts, part=PartId(story.parts[0]), draft=draft, recipients=maker.desk)
    parts = [answers, *(part for part, _ in captured), *_identities(maker, story)]
    delivery = Delivery(
        item=ItemId(story.id),
        kind=ItemKind.REPORT,
        report=story.id,
        draft=draft,
        community=story.community,
        platform=story.platform,
        desk=maker.scope.desk,
        standing=maker.scope.standing,
        urgent=urgent,
        sent_at=story.sent_at,
        parts=tuple(WirePart(id=part.id, kind=part.kind, sealed=part.sealed) for part in parts),
    )
    return Made(delivery, Contents(facts=facts, captured=[one for _, one in captured]))


def _captured(maker: Maker, story: Story) -> list[tuple[SealedPart, Captured]]:
    if not story.said:
        return []
    said = _transcript(story)
    part = seal_transcript(said, **_bound(maker, story, 1, maker.desk))
    kept = KeptPart(part.id, part.kind, part.sealed)
    return [(part, Captured(kept, said, digest(encode(said))))]


def _transcript(story: Story) -> Transcript:
    at = story.sent_at - _BEFORE
    message = Message(
        id=str(story.number),
        author=Author(id=story.account, shown=story.shown),
        text=f"Made-up message {name_of(story.number)}, for practice.",
        sent_at=at,
        read_at=story.sent_at,
        read_from=ReadFrom.PRESS,
        reported=True,
    )
    source = Source.SITE if story.platform == "web" else Source.PLATFORM
    return Transcript(source=source, platform=story.platform, channel="example-room", messages=(message,))


def _identities(maker: Maker, story: Story) -> list[SealedPart]:
    if not story.identity:
        return []
    who = Identity(
        platform=story.platform,
        account=f"example-reporter-{story.number}",
        shown=f"Example reporter {name_of(story.number)}",
        way_back=b"example",
    )
    parts = [seal_identity(who, **_bound(maker, story, 2, [maker.road]))]
    if story.answers.team_may_know_name:
        parts.append(seal_identity(who, kind=PartKind.NAMED, **_bound(maker, story, 3, maker.desk)))
    return parts


def _facts(maker: Maker, story: Story, parts: Sequence[SealedPart]) -> ReportFacts:
    return ReportFacts(
        report=story.id,
        community=story.community,
        desk=maker.scope.desk,
        platform=story.platform,
        standing=maker.scope.standing,
        reference=reference_of(DraftKey(story.key)),
        role=ReporterRole.YOUNG_PERSON,
        answers=story.answers,
        language="en",
        country=_COUNTRY,
        pressed_at=story.sent_at - timedelta(minutes=1),
        sent_at=story.sent_at,
        evidence_digests=manifest(parts),
    )


def _bound(maker: Maker, story: Story, which: int, recipients: Sequence[Recipient]) -> Bound:
    return Bound(
        part=PartId(story.parts[which]),
        draft=draft_id(DraftKey(story.key)),
        community=story.community,
        desk=maker.scope.desk,
        recipients=recipients,
        report=story.id,
    )
