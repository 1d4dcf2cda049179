"""From what was said and captured to rows: sealed parts, the draft under its key, the changes storing them.

No I/O. Every id derives from the draft's key: a press, an answer or a Send that comes twice stores once.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from core.delivery.wire import ItemKind
from core.dialogue.model import Place, State
from core.evidence import envelope
from core.evidence.drafts import DraftKey, draft_id, lock, unlock
from core.evidence.model import Transcript
from core.evidence.parts import Identity, PartKind, SealedPart
from core.evidence.sealing import Recipient
from core.ids import DeskName, ItemId, PartId, ReportId
from core.ledger.port import Change
from core.reports import statements as do
from core.reports.model import AgeBand, Answers, ReporterRole, ReportFacts, Supplement, Who, YesNo
from core.reports.reference import reference_of


class Draft(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is kept under the key until Send, and for a day after it for whoever tells more."""

    state: State
    pressed_at: datetime
    desk: DeskName | None = None
    """Where it was sent; what is told later follows it."""
    subject_is_staff: YesNo = YesNo.NO
    digests: dict[str, dict[str, str]] = {}
    """Desk to part id to SHA-256 of what was captured at the press."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seals:
    """Whom parts are sealed to, and the road's keyed hash of a reference."""

    desks: Mapping[DeskName, Sequence[Recipient]]
    road: Recipient
    """The public half of the key that identities are sealed to; the private half stays on the road."""
    tag: Callable[[str], str] = field(repr=False)
    """Reference to hexadecimal HMAC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """A transcript, and whether it is what was pressed on or its surroundings."""

    transcript: Transcript
    kind: PartKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One report as it is about to be committed."""

    key: DraftKey
    place: Place
    desk: DeskName
    draft: Draft
    identity: Identity | None
    urgent: bool
    at: datetime

    @property
    def report(self) -> ReportId:
        return report_id(self.key)

    @property
    def may_push(self) -> bool:
        """Only where nobody else uses the phone, and only if they asked for it."""
        answers = self.draft.state.answers
        return answers.others_use_phone is False and answers.may_push is True

    @property
    def reference(self) -> str:
        return reference_of(self.key)


def derived(*words: str) -> str:
    """An id of 32 hexadecimal digits that the same words always give."""
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:32]


def keep_draft(key: DraftKey, place: Place, draft: Draft, at: datetime) -> Change:
    """Store the draft, encrypted under its key."""
    state = lock(key, msgspec.msgpack.encode(draft))
    row = {"draft": draft_id(key), "community": place.community, "state": state, "at": at}
    return Change(do.KEEP_DRAFT, [row])


def start_draft(key: DraftKey, place: Place, draft: Draft, at: datetime) -> list[Change]:
    """Store the draft of a press, unless that press is already on its way: nothing answered is undone.

    What the press found is kept a second time, where no answer that was quicker can overwrite it.
    """
    (row,) = keep_draft(key, place, draft, at).rows
    return [Change(do.START_DRAFT, [row, {**row, "draft": pressed_id(key)}])]


def pressed_id(key: DraftKey) -> str:
    """Under what the findings of a press are kept beside the draft."""
    return hashlib.sha256(f"{draft_id(key)}\npressed".encode()).hexdigest()


def late_id(key: DraftKey) -> str:
    """Under what the digests of the surroundings are kept beside the draft."""
    return hashlib.sha256(f"{draft_id(key)}\nlate".encode()).hexdigest()


def late_findings(
    key: DraftKey, place: Place, parts: Sequence[SealedPart], at: datetime, staff: YesNo
) -> Change:
    """What was found out right behind the press: digests for the manifest, and whether it is about staff.

    No answer can overwrite it.
    """
    digests: dict[str, dict[str, str]] = {part.desk: {part.id: part.digest} for part in parts}
    found = Draft(state=State(), pressed_at=at, digests=digests, subject_is_staff=staff)
    (row,) = keep_draft(key, place, found, at).rows
    return Change(do.START_DRAFT, [{**row, "draft": late_id(key)}])


def report_id(key: DraftKey) -> ReportId:
    return ReportId(derived(draft_id(key), "report"))


def supplement_id(key: DraftKey, state: State) -> ItemId:
    """The same words told again later are another item; the same press repeated is the same one."""
    words = hashlib.sha256(msgspec.json.encode(state.answers)).hexdigest()
    return ItemId(derived(draft_id(key), PartKind.SUPPLEMENT, str(state.added), words))


def read_draft(key: DraftKey, state: bytes, pressed: bytes | None = None) -> Draft:
    """The draft with what its press found; raises CannotOpen, or MsgspecError for another version's."""
    draft = _unlocked(key, state)
    if pressed is not None:
        found = _unlocked(key, pressed)
        evidence = draft.state.evidence or found.state.evidence
        kept = msgspec.structs.replace(draft.state, evidence=evidence)
        draft = msgspec.structs.replace(found, state=kept, desk=draft.desk)
    return draft


def with_surroundings(key: DraftKey, draft: Draft, late: bytes | None) -> Draft:
    """The draft with what was found out right behind its press; raises as `read_draft`."""
    if late is None:
        return draft
    found = _unlocked(key, late)
    unsure = draft.subject_is_staff is YesNo.NOT_SURE
    return msgspec.structs.replace(
        draft,
        digests=_both(draft.digests, found.digests),
        subject_is_staff=found.subject_is_staff if unsure else draft.subject_is_staff,
    )


def _unlocked(key: DraftKey, state: bytes) -> Draft:
    return msgspec.msgpack.decode(unlock(key, state), type=Draft)


def _both(pressed: dict[str, dict[str, str]], late: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Desk to part to digest, of the press and of what came behind it."""
    return {desk: late.get(desk, {}) | pressed.get(desk, {}) for desk in {**pressed, **late}}


def captured(
    seals: Seals, key: DraftKey, place: Place, desks: Sequence[DeskName], found: Captured
) -> list[SealedPart]:
    """What was captured, sealed once for each desk that may get it; one of a kind per draft and desk."""
    return [
        envelope.seal_transcript(
            found.transcript,
            kind=found.kind,
            part=PartId(derived(draft_id(key), found.kind, desk)),
            draft=draft_id(key),
            community=place.community,
            desk=desk,
            recipients=seals.desks[desk],
        )
        for desk in desks
    ]


def capture_changes(parts: Sequence[SealedPart], key: DraftKey, at: datetime) -> list[Change]:
    """Before Send they wait for it; after Send each is delivered as an item of its own."""
    rows = [_row(part, key, at) for part in parts]
    late = [{name: row[name] for name in ("part", "draft", "desk", "at")} for row in rows]
    return [Change(do.CAPTURE_PART, rows), Change(do.CAPTURED_LATE, late)]


def report_changes(seals: Seals, sending: Sending) -> list[Change]:
    """The report, its sealed parts and its outbox row: one unit, safe to repeat."""
    key, report = sending.key, sending.report
    sealed = [_answers(seals, sending), *_identities(seals, sending), *_named(seals, sending)]
    chosen = {"of_draft": draft_id(key), "of_desk": sending.desk}
    item = {
        "item": report,
        "report": report,
        "desk": sending.desk,
        "urgent": sending.urgent,
        "at": sending.at,
    }
    return [
        Change(do.SEND_REPORT, [_report_row(seals, sending)]),
        Change(do.SEND_PART, [_row(part, key, sending.at) | {"item": report} for part in sealed]),
        Change(do.SEND_CAPTURED, [chosen | {"with_item": report}]),
        Change(do.DROP_OTHER_DESKS, [chosen]),
        Change(do.SEND_ITEM, [item | {"kind": ItemKind.REPORT.value}]),
    ]


def supplement_changes(seals: Seals, sending: Sending) -> list[Change]:
    """What was told after Send, as an item of its own; the same words told twice are stored once."""
    key, answers = sending.key, sending.draft.state.answers
    item = supplement_id(key, sending.draft.state)
    told = Supplement(report=sending.report, answers=answers, added_at=sending.at)
    part = envelope.seal_supplement(told, **_bound(seals, sending, PartId(item)))
    sealed = [part, *_named(seals, sending)]
    rows = [_row(each, key, sending.at) | {"item": item} for each in sealed]
    row = {
        "item": item,
        "report": sending.report,
        "desk": sending.desk,
        "urgent": sending.urgent,
        "at": sending.at,
    }
    return [
        Change(do.SEND_PART, rows),
        Change(do.SEND_ITEM, [row | {"kind": ItemKind.SUPPLEMENT.value}]),
        Change(do.MAY_PUSH, [{"of_draft": draft_id(key), "wanted": sending.may_push}]),
    ]


def role_of(answers: Answers) -> ReporterRole:
    """Who tells; not asked means a young person about themselves."""
    if answers.who is Who.MODERATE_HERE:
        return ReporterRole.MODERATOR
    if answers.who is Who.CHILD_I_LOOK_AFTER or answers.age is AgeBand.ADULT:
        return ReporterRole.ADULT
    return ReporterRole.YOUNG_PERSON


def _answers(seals: Seals, sending: Sending) -> SealedPart:
    place, state = sending.place, sending.draft.state
    facts = ReportFacts(
        report=sending.report,
        community=place.community,
        desk=sending.desk,
        platform=place.platform,
        standing=place.standing,
        reference=reference_of(sending.key),
        role=role_of(state.answers),
        answers=state.answers,
        language=place.language,
        country=state.country or place.country,
        pressed_at=sending.draft.pressed_at,
        sent_at=sending.at,
        evidence_digests=sending.draft.digests.get(sending.desk, {}),
    )
    return envelope.seal_answers(
        facts,
        part=PartId(derived(draft_id(sending.key), PartKind.ANSWERS)),
        draft=draft_id(sending.key),
        recipients=seals.desks[sending.desk],
    )


def _identities(seals: Seals, sending: Sending) -> list[SealedPart]:
    """The identity with the way back, sealed to the road. `reports.may_push` says whether that is used."""
    if sending.identity is None:
        return []
    part = PartId(derived(draft_id(sending.key), PartKind.IDENTITY))
    bound = _bound(seals, sending, part) | {"recipients": [seals.road]}
    return [envelope.seal_identity(sending.identity, **bound)]


def _named(seals: Seals, sending: Sending) -> list[SealedPart]:
    """The copy for the desk, only where the young person said yes."""
    if sending.identity is None or not sending.draft.state.answers.team_may_know_name:
        return []
    part = PartId(derived(draft_id(sending.key), PartKind.NAMED))
    return [envelope.seal_identity(sending.identity, kind=PartKind.NAMED, **_bound(seals, sending, part))]


def _bound(seals: Seals, sending: Sending, part: PartId) -> envelope.Bound:
    return envelope.Bound(
        part=part,
        draft=draft_id(sending.key),
        community=sending.place.community,
        desk=sending.desk,
        recipients=seals.desks[sending.desk],
        report=sending.report,
    )


def _report_row(seals: Seals, sending: Sending) -> dict[str, Any]:
    place = sending.place
    return {
        "item": sending.report,
        "draft": draft_id(sending.key),
        "community": place.community,
        "platform": place.platform,
        "desk": sending.desk,
        "standing": place.standing.value,
        "urgent": sending.urgent,
        "reference_tag": seals.tag(reference_of(sending.key)),
        "may_push": sending.may_push,
        "at": sending.at,
    }


def _row(part: SealedPart, key: DraftKey, at: datetime) -> dict[str, Any]:
    return {
        "part": part.id,
        "draft": draft_id(key),
        "desk": part.desk,
        "kind": part.kind.value,
        "sealed": part.sealed,
        "at": at,
    }
