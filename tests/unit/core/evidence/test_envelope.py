from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import CannotOpen, TooLarge, Unopened
from core.evidence.canonical import encode
from core.evidence.envelope import (
    Bound,
    Found,
    manifest,
    read_answers,
    read_identity,
    read_supplement,
    read_transcript,
    seal_answers,
    seal_identity,
    seal_supplement,
    seal_transcript,
)
from core.evidence.model import Author, Message, ReadFrom, Source, Transcript
from core.evidence.parts import Identity, PartKind, SealedPart
from core.evidence.sealing import SecretKey, new_key, open_part, seal
from core.ids import CommunityId, DeskName, PartId, ReportId
from core.reports.model import Answers, ReporterRole, ReportFacts, Standing, Supplement, YesNo

NOW = datetime(2026, 3, 4, 21, 4, 5, 678901, tzinfo=UTC)
DESK = new_key()
RECOVERY = new_key()
ROAD = new_key()
DRAFT = "d" * 64
COMMUNITY = CommunityId("school")
REPORT = ReportId("report-1")
CANARY = "meet me behind the gym"

TRANSCRIPT = Transcript(
    source=Source.PLATFORM,
    platform="discord",
    messages=(
        Message(
            id="m1",
            author=Author(id="77", shown="Someone"),
            text=CANARY,
            sent_at=NOW,
            read_at=NOW,
            read_from=ReadFrom.PRESS,
            reported=True,
        ),
    ),
)
FACTS = ReportFacts(
    report=REPORT,
    community=COMMUNITY,
    desk=DeskName("desk"),
    platform="discord",
    standing=Standing.SPECIALIST,
    reference="LB-R5D8-5ZDP-SNG9-A",
    role=ReporterRole.YOUNG_PERSON,
    answers=Answers(danger=YesNo.YES, own_words=CANARY),
    language="en",
    country="GB",
    pressed_at=NOW,
    sent_at=NOW,
    evidence_digests={"part-1": "0" * 64},
)
SUPPLEMENT = Supplement(report=REPORT, answers=Answers(own_words=CANARY), added_at=NOW)
IDENTITY = Identity(platform="discord", account="123", shown="Lily", way_back=b"\0dm:123\xff")


def bound(part: str, **changes: Any) -> Bound:
    whole = Bound(
        part=PartId(part),
        draft=DRAFT,
        community=COMMUNITY,
        desk=DeskName("desk"),
        recipients=(DESK.public, RECOVERY.public),
        report=REPORT,
    )
    whole.update(changes)  # type: ignore[typeddict-item]
    return whole


def found(sealed: SealedPart, **changes: Any) -> Found:
    place: dict[str, Any] = {
        "draft": DRAFT,
        "community": COMMUNITY,
        "part": sealed.id,
        "kind": sealed.kind,
        "sealed": sealed.sealed,
    }
    return Found(**(place | changes))


SEALED = {
    PartKind.REPORTED: seal_transcript(TRANSCRIPT, **bound("part-1")),
    PartKind.CONTEXT: seal_transcript(TRANSCRIPT, kind=PartKind.CONTEXT, **bound("part-2")),
    PartKind.ANSWERS: seal_answers(FACTS, part=PartId("part-3"), draft=DRAFT, recipients=[DESK.public]),
    PartKind.SUPPLEMENT: seal_supplement(SUPPLEMENT, **bound("part-4")),
    PartKind.IDENTITY: seal_identity(IDENTITY, **bound("part-5", recipients=(ROAD.public,))),
    PartKind.NAMED: seal_identity(IDENTITY, kind=PartKind.NAMED, **bound("part-6")),
    PartKind.UNLOCKED: seal_identity(IDENTITY, kind=PartKind.UNLOCKED, **bound("part-7")),
}
READ: dict[PartKind, Callable[[Found, list[SecretKey]], object]] = {
    PartKind.REPORTED: read_transcript,
    PartKind.CONTEXT: read_transcript,
    PartKind.ANSWERS: read_answers,
    PartKind.SUPPLEMENT: read_supplement,
    PartKind.IDENTITY: read_identity,
    PartKind.NAMED: read_identity,
    PartKind.UNLOCKED: read_identity,
}
KEYS = {kind: [ROAD] if kind is PartKind.IDENTITY else [DESK] for kind in PartKind}
every_kind = pytest.mark.parametrize("kind", list(PartKind))


def read(kind: PartKind, **changes: Any) -> object:
    return READ[kind](found(SEALED[kind], **changes), KEYS[kind])


def test_a_transcript_is_read_back_with_the_digest_of_its_manifest() -> None:
    transcript, digest = read_transcript(found(SEALED[PartKind.REPORTED]), [DESK])
    assert transcript == TRANSCRIPT
    assert manifest(SEALED.values())["part-1"] == digest == SEALED[PartKind.REPORTED].digest


def test_answers_and_supplements_are_read_back() -> None:
    assert read(PartKind.ANSWERS) == FACTS
    assert read(PartKind.SUPPLEMENT) == SUPPLEMENT


def test_the_way_back_goes_to_the_road_and_never_to_the_desk() -> None:
    assert read(PartKind.IDENTITY) == IDENTITY
    assert read(PartKind.NAMED) == msgspec.structs.replace(IDENTITY, way_back=b"")
    for kind in (PartKind.NAMED, PartKind.UNLOCKED):
        _, body = open_part(SEALED[kind].sealed, [DESK])
        assert b"dm:123" not in body


@pytest.mark.parametrize("key", [DESK, RECOVERY])
def test_neither_the_desk_nor_its_recovery_key_opens_an_identity(key: SecretKey) -> None:
    with pytest.raises(CannotOpen) as refused:
        read_identity(found(SEALED[PartKind.IDENTITY]), [key])
    assert refused.value.why is Unopened.NO_KEY


@pytest.mark.parametrize("kind", [kind for kind in PartKind if kind is not PartKind.IDENTITY])
def test_the_road_opens_nothing_of_what_it_sealed_to_the_desk(kind: PartKind) -> None:
    with pytest.raises(CannotOpen) as refused:
        READ[kind](found(SEALED[kind]), [ROAD])
    assert refused.value.why is Unopened.NO_KEY


def test_the_recovery_key_opens_what_the_desk_opens() -> None:
    assert read_transcript(found(SEALED[PartKind.REPORTED]), [RECOVERY])[0] == TRANSCRIPT


@every_kind
@pytest.mark.parametrize(
    "elsewhere", [{"draft": "e" * 64}, {"community": CommunityId("club")}, {"part": PartId("part-9")}]
)
def test_a_part_does_not_open_as_one_of_another_report_or_place(
    kind: PartKind, elsewhere: dict[str, str]
) -> None:
    assert read(kind)
    with pytest.raises(CannotOpen) as refused:
        read(kind, **elsewhere)
    assert refused.value.why is Unopened.OTHER_REPORT


@every_kind
def test_a_part_does_not_open_as_a_part_of_another_kind(kind: PartKind) -> None:
    for other in PartKind:
        if other is kind:
            continue
        with pytest.raises(CannotOpen):
            READ[other](found(SEALED[kind], kind=other), [DESK, ROAD])


@every_kind
def test_a_way_of_reading_takes_its_own_kinds_only(kind: PartKind) -> None:
    for other, way in READ.items():
        if way is READ[kind]:
            continue
        with pytest.raises(CannotOpen, match="not read this way"):
            way(found(SEALED[kind]), [DESK, ROAD])
        assert other is not kind


@every_kind
def test_nothing_that_was_said_shows_in_what_is_stored(kind: PartKind) -> None:
    stored = SEALED[kind].sealed
    for word in (CANARY, "Lily", "Someone", "discord", "school", DRAFT, "LB-R5D8"):
        assert word.encode() not in stored


@pytest.mark.parametrize("kind", [PartKind.ANSWERS, PartKind.SUPPLEMENT, PartKind.IDENTITY, PartKind.NAMED])
def test_only_captured_parts_are_sealed_as_transcripts(kind: PartKind) -> None:
    with pytest.raises(ValueError, match="transcript"):
        seal_transcript(TRANSCRIPT, kind=kind, **bound("x"))


@pytest.mark.parametrize("kind", [PartKind.ANSWERS, PartKind.SUPPLEMENT, PartKind.REPORTED, PartKind.CONTEXT])
def test_only_identities_are_sealed_as_identities(kind: PartKind) -> None:
    with pytest.raises(ValueError, match="identity"):
        seal_identity(IDENTITY, kind=kind, **bound("x"))


def test_a_part_captured_before_send_has_no_report_and_opens_by_its_draft() -> None:
    before = bound("early")
    del before["report"]
    part = seal_transcript(TRANSCRIPT, **before)
    assert open_part(part.sealed, [DESK])[0].report is None
    assert read_transcript(found(part), [DESK])[0] == TRANSCRIPT


def test_a_transcript_nobody_bounded_is_refused_and_not_cut_in_silence() -> None:
    huge = msgspec.structs.replace(TRANSCRIPT, channel="x" * 2**20)
    with pytest.raises(TooLarge):
        seal_transcript(huge, **bound("huge"))


def test_a_picture_pasted_into_an_answer_is_dropped_and_the_words_around_it_stay() -> None:
    picture = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg=="
    answers = Answers(own_words=f"look {picture} please", about=picture, contact=f"{picture} at school")
    facts = msgspec.structs.replace(FACTS, answers=answers)
    told = seal_answers(facts, part=PartId("p"), draft=DRAFT, recipients=[DESK.public])
    added = seal_supplement(msgspec.structs.replace(SUPPLEMENT, answers=answers), **bound("part-4"))
    for part in (told, added):
        assert b"iVBOR" not in open_part(part.sealed, [DESK])[1]
    assert read_answers(found(told), [DESK]).answers.own_words.startswith("look [data removed: image/png")
    assert read_answers(found(told), [DESK]).answers.own_words.endswith("] please")


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=200))
def test_whatever_a_child_writes_is_sealed_and_read_as_far_as_it_can_be_written(words: str) -> None:
    facts = msgspec.structs.replace(FACTS, answers=Answers(own_words=words))
    part = seal_answers(facts, part=PartId("p"), draft=DRAFT, recipients=[DESK.public])
    read_back = read_answers(found(part), [DESK]).answers.own_words
    assert read_back == words.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def test_sealing_twice_gives_other_bytes_and_the_same_digest() -> None:
    one, other = (seal_transcript(TRANSCRIPT, **bound("same")) for _ in range(2))
    assert one.sealed != other.sealed
    assert one.digest == other.digest


def test_a_record_that_is_not_what_its_header_says_is_refused() -> None:
    header, _ = open_part(SEALED[PartKind.REPORTED].sealed, [DESK])
    for body in (encode(SUPPLEMENT), b"", b"{}", b"[1]"):
        wrong = msgspec.structs.replace(SEALED[PartKind.REPORTED], sealed=seal(body, header, [DESK.public]))
        with pytest.raises(CannotOpen) as refused:
            read_transcript(found(wrong), [DESK])
        assert refused.value.why is Unopened.DAMAGED
