"""Reports as a road would seal and deliver them, for tests of whoever receives them."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec

from core.delivery.wire import Delivery, ItemKind, WirePart
from core.evidence.drafts import DraftKey, draft_id
from core.evidence.envelope import (
    Bound,
    manifest,
    seal_answers,
    seal_identity,
    seal_supplement,
    seal_transcript,
)
from core.evidence.model import Author, Message, ReadFrom, Source, Transcript
from core.evidence.parts import Identity, PartKind, SealedPart
from core.evidence.sealing import Recipient, SecretKey, new_key
from core.ids import CommunityId, DeskName, ItemId, PartId, ReportId
from core.reports.model import Answers, ReporterRole, ReportFacts, Standing, Supplement
from core.reports.reference import reference_of


def transcript(text: str = "what was said", *, at: datetime, by_staff: bool = False) -> Transcript:
    """One reported message of a made-up platform."""
    author = Author(id="42", shown="somebody", is_staff=by_staff)
    message = Message(
        id="1", author=author, text=text, sent_at=at, read_at=at, read_from=ReadFrom.PRESS, reported=True
    )
    return Transcript(source=Source.PLATFORM, platform="web", channel="general", messages=(message,))


class MadeReport:
    """One report from one draft; its items can be made one by one, and say the same when made again."""

    def __init__(
        self,
        new_id: Callable[[], str],
        recipients: Sequence[Recipient],
        *,
        now: datetime,
        answers: Answers | None = None,
        said: Transcript | None = None,
        identity: Identity | None = None,
        urgent: bool = False,
        community: str = "school",
        desk: str = "practice",
        standing: Standing = Standing.PRACTICE,
        road: SecretKey | None = None,
    ) -> None:
        self._new_id = new_id
        self.id = ReportId(new_id())
        self.key = DraftKey(bytes.fromhex(new_id()))
        self.road = road or new_key()
        self.answers, self.urgent, self.now = answers or Answers(), urgent, now
        self.community, self.desk, self.standing = CommunityId(community), DeskName(desk), standing
        self.said = said or transcript(at=now)
        self.identity = identity or Identity(platform="web", account="7", shown="me", way_back=b"7")
        self.recipients = tuple(recipients)
        self.reported = seal_transcript(self.said, **self._bound())

    @property
    def reference(self) -> str:
        return reference_of(self.key)

    @property
    def facts(self) -> ReportFacts:
        return ReportFacts(
            report=self.id,
            community=self.community,
            desk=self.desk,
            platform="web",
            standing=self.standing,
            reference=self.reference,
            role=ReporterRole.YOUNG_PERSON,
            answers=self.answers,
            language="en",
            country="GB",
            pressed_at=self.now,
            sent_at=self.now,
            evidence_digests=manifest([self.reported]),
        )

    def delivery(self, facts: ReportFacts | None = None) -> Delivery:
        """The report itself: answers, the reported message, the identity, and the named copy after a yes."""
        answers = seal_answers(
            facts or self.facts, part=self._part(), draft=draft_id(self.key), recipients=self.recipients
        )
        parts = [answers, self.reported, seal_identity(self.identity, **self._bound(self.road.public))]
        if self.answers.team_may_know_name:
            parts.append(seal_identity(self.identity, kind=PartKind.NAMED, **self._bound()))
        return self.item(ItemKind.REPORT, parts, urgent=self.urgent, item=self.id)

    def late(self, text: str = "what was said around it") -> Delivery:
        """The surroundings, committed after Send."""
        said = transcript(text, at=self.now)
        part = seal_transcript(said, kind=PartKind.CONTEXT, **self._bound())
        return self.item(ItemKind.PART, [part], urgent=self.urgent, item=part.id)

    def unlocked(self) -> Delivery:
        """Who it is, as the road seals it after the desk asked."""
        part = seal_identity(self.identity, kind=PartKind.UNLOCKED, **self._bound())
        return self.item(ItemKind.PART, [part], urgent=True, item=part.id)

    def supplement(self, answers: Answers, *, urgent: bool = False) -> Delivery:
        """Something told a minute later: all answers as they then stand."""
        told = Supplement(report=self.id, answers=answers, added_at=self.now + timedelta(minutes=1))
        part = seal_supplement(told, **self._bound())
        return self.item(ItemKind.SUPPLEMENT, [part], urgent=urgent, item=part.id)

    def reply(self, text: str, *, at: datetime | None = None) -> Delivery:
        """What was written back by reference."""
        told = Supplement(report=self.id, answers=Answers(), added_at=at or self.now, reply=text)
        part = seal_supplement(told, **self._bound())
        return self.item(ItemKind.SUPPLEMENT, [part], urgent=False, item=part.id)

    def item(self, kind: ItemKind, parts: Sequence[SealedPart], *, urgent: bool, item: str) -> Delivery:
        return Delivery(
            item=ItemId(item),
            kind=kind,
            report=self.id,
            draft=draft_id(self.key),
            community=self.community,
            platform="web",
            desk=self.desk,
            standing=self.standing,
            urgent=urgent,
            sent_at=self.now,
            parts=tuple(WirePart(id=part.id, kind=part.kind, sealed=part.sealed) for part in parts),
        )

    def _bound(self, *recipients: Recipient) -> Bound:
        return Bound(
            part=self._part(),
            draft=draft_id(self.key),
            community=self.community,
            desk=self.desk,
            recipients=recipients or self.recipients,
            report=self.id,
        )

    def _part(self) -> PartId:
        return PartId(self._new_id())


def body_of(delivery: Delivery) -> bytes:
    """The bytes that are signed and sent."""
    return msgspec.json.encode(delivery)
