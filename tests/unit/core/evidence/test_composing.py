import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evidence.canonical import encode, without_surrogates
from core.evidence.composing import (
    MAX_ATTACHMENTS,
    MAX_MESSAGES,
    MAX_TEXT,
    MAX_TRANSCRIPT,
    Room,
    Window,
    compose,
)
from core.evidence.model import REPORTER, Attachment, Author, Message, Note, ReadFrom, Source, Transcript
from core.evidence.parts import PartHeader, PartKind
from core.evidence.reporter import Reporter
from core.evidence.sealing import new_key, open_part, seal
from core.ids import CommunityId, PartId

NOW = datetime(2026, 3, 4, 21, 4, 5, tzinfo=UTC)
ROOM = Room(source=Source.PLATFORM, platform="discord", channel="42 #general")
REPORTER_ID, NAME = "123456789012345678", "Lily Smith"
LILY = Reporter(ids=(REPORTER_ID,), names=(NAME, "lily_s"))

any_text = st.text(st.characters(codec=None, exclude_categories=()), max_size=80)


def message(place: int = 0, **changes: Any) -> Message:
    known: dict[str, Any] = {
        "id": f"m{place}",
        "author": Author(id="77", shown="Somebody"),
        "text": f"text {place}",
        "sent_at": NOW + timedelta(seconds=place),
        "read_at": NOW,
        "read_from": ReadFrom.HISTORY,
    }
    return Message(**(known | changes))


def conversation(length: int, *reported: int) -> list[Message]:
    return [message(place, reported=place in reported) for place in range(length)]


def kept(transcript: Transcript) -> list[int]:
    return [int(each.id.removeprefix("m")) for each in transcript.messages]


def texts_of(value: Any) -> Iterator[str]:
    """Every value in canonical bytes; the names of fields are ours."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_of(inner)


def test_ten_before_and_ten_after_the_reported_message_are_kept() -> None:
    transcript = compose(ROOM, conversation(100, 50))
    assert kept(transcript) == list(range(40, 61))
    assert (transcript.left_out_before, transcript.left_out_after) == (40, 39)
    assert [each.id for each in transcript.messages if each.reported] == ["m50"]
    assert transcript.notes == (Note.MESSAGES_LEFT_OUT,)


def test_a_short_conversation_is_kept_whole_and_says_nothing_of_leaving_out() -> None:
    transcript = compose(ROOM, conversation(5, 2))
    assert kept(transcript) == [0, 1, 2, 3, 4]
    assert (transcript.left_out_before, transcript.left_out_between, transcript.left_out_after) == (0, 0, 0)
    assert transcript.notes == ()


def test_where_no_message_is_marked_the_latest_are_kept() -> None:
    transcript = compose(ROOM, conversation(100))
    assert kept(transcript) == list(range(79, 100))
    assert (transcript.left_out_before, transcript.left_out_after) == (79, 0)


def test_reported_messages_far_apart_each_bring_their_surroundings() -> None:
    transcript = compose(ROOM, conversation(100, 20, 80), window=Window(before=2, after=1))
    assert kept(transcript) == [18, 19, 20, 21, 78, 79, 80, 81]
    assert transcript.left_out_before == 18
    assert transcript.left_out_between == 56
    assert transcript.left_out_after == 18


def test_ten_thousand_messages_are_cut_and_say_so() -> None:
    transcript = compose(ROOM, conversation(10_000, 5_000))
    assert len(transcript.messages) == 21
    assert (transcript.left_out_before, transcript.left_out_after) == (4_990, 4_989)


def test_ten_thousand_reported_messages_keep_as_many_as_fit() -> None:
    transcript = compose(ROOM, conversation(10_000, *range(10_000)))
    assert len(transcript.messages) == MAX_MESSAGES
    assert transcript.left_out_after == 10_000 - MAX_MESSAGES


def test_no_message_at_all_is_a_transcript_too() -> None:
    transcript = compose(ROOM, [])
    assert transcript.messages == ()
    assert (transcript.left_out_before, transcript.left_out_after) == (0, 0)


@given(st.integers(0, 400), st.sets(st.integers(0, 399), max_size=30), st.integers(0, 15), st.integers(0, 15))
def test_every_message_is_kept_or_counted_and_the_order_stays(
    length: int, reported: set[int], before: int, after: int
) -> None:
    transcript = compose(ROOM, conversation(length, *reported), window=Window(before=before, after=after))
    left_out = transcript.left_out_before + transcript.left_out_between + transcript.left_out_after
    assert len(transcript.messages) + left_out == length
    assert kept(transcript) == sorted(kept(transcript))
    assert {place for place in reported if place < length} <= set(kept(transcript))
    if transcript.messages:
        assert transcript.left_out_before == kept(transcript)[0]


LARGE = [
    pytest.param("a" * 45_000, id="plain letters"),
    pytest.param("\U0001f600" * 45_000, id="emoji"),
    pytest.param("\x01" * 45_000, id="characters that are written as six"),
    pytest.param('"\\' * 45_000, id="characters that are written as two"),
    pytest.param("\ud800" * 45_000, id="lone surrogates"),
    pytest.param("".join(chr(0x4E00 + n % 20_000) for n in range(45_000)), id="Chinese"),
]


@pytest.mark.parametrize("text", LARGE)
def test_a_transcript_always_fits_whatever_its_messages_hold(text: str) -> None:
    file = Attachment(name=text, media_type=text, platform_id=text, url=text, hash=text, size=2**80)
    author = Author(id=text, shown=text)
    full = [
        message(n, id=text, author=author, text=text, reply_to=text, attachments=(file,) * 3, reported=n == 3)
        for n in range(5)
    ]
    room = Room(source=Source.PLATFORM, platform=text, channel=text, origin=text)
    transcript = compose(room, full, LILY)
    assert len(encode(transcript)) <= MAX_TRANSCRIPT
    assert [each.reported for each in transcript.messages].count(True) == 1
    left_out = transcript.left_out_before + transcript.left_out_between + transcript.left_out_after
    assert len(transcript.messages) + left_out == 5
    assert Note.TEXT_SHORTENED in transcript.notes


def test_two_of_the_largest_transcripts_and_more_fit_one_delivery_of_a_megabyte() -> None:
    noise = "".join(chr(0x4E00 + n * 7919 % 20_000) for n in range(MAX_TEXT))
    transcript = compose(ROOM, [message(n, text=noise[n:] + noise[:n]) for n in range(21)])
    header = PartHeader(draft="d", part=PartId("p"), kind=PartKind.CONTEXT, community=CommunityId("c"))
    key = new_key()
    sealed = seal(encode(transcript), header, [key.public, new_key().public])
    assert open_part(sealed, [key])[1] == encode(transcript)
    worst = MAX_TRANSCRIPT + 32 * 1024 + 2048
    assert len(sealed) <= worst
    assert 2 * worst * 4 / 3 < 850_000


def test_a_text_too_long_is_cut_at_its_end_and_counted() -> None:
    transcript = compose(ROOM, [message(text="a" * (MAX_TEXT + 5))])
    assert transcript.messages[0].text == "a" * MAX_TEXT
    assert transcript.messages[0].left_out_characters == 5
    assert transcript.notes == (Note.TEXT_SHORTENED,)


@pytest.mark.parametrize("length", [MAX_TEXT - 1, MAX_TEXT])
def test_the_longest_text_of_any_platform_is_kept_whole(length: int) -> None:
    transcript = compose(ROOM, [message(text="é" * length)])
    assert transcript.messages[0].text == "é" * length
    assert transcript.notes == ()


@given(st.integers(-60, 60), st.sampled_from([f"<@{REPORTER_ID}>", NAME]))
@settings(max_examples=12, deadline=None)
def test_a_name_cut_in_two_by_the_limit_does_not_stay(shift: int, named: str) -> None:
    many = f"{named} " * 1500
    for limit, first in itertools.product((MAX_TEXT, MAX_TEXT + 2048, MAX_TEXT + 4096), ("", many)):
        fill = "x" * (limit - len(first) - len(named) + shift)
        text = f"{first}{fill} {named} {many}"
        cut = compose(ROOM, [message(text=text)], LILY).messages[0].text.casefold()
        rest = {word for word in cut.split() if set(word) != {"x"}}
        assert all("reporter".startswith(word) for word in rest)


def test_too_many_attachments_are_counted() -> None:
    files = tuple(Attachment(name=f"{n}.png", size=n) for n in range(MAX_ATTACHMENTS + 7))
    transcript = compose(ROOM, [message(attachments=files)])
    assert transcript.messages[0].attachments == files[:MAX_ATTACHMENTS]
    assert transcript.messages[0].left_out_attachments == 7
    assert transcript.notes == (Note.ATTACHMENTS_LEFT_OUT,)


def test_attachments_that_do_not_fit_together_are_counted() -> None:
    file = Attachment(name="\x01" * 256, url="\x01" * 2048, platform_id="\x01" * 256, media_type="\x01" * 256)
    transcript = compose(ROOM, [message(text="\x02" * 40_000, attachments=(file,) * MAX_ATTACHMENTS)])
    only = transcript.messages[0]
    assert 0 < len(only.attachments) < MAX_ATTACHMENTS
    assert len(only.attachments) + only.left_out_attachments == MAX_ATTACHMENTS


@pytest.mark.parametrize("size", [-1, 2**63, 2**200])
def test_a_size_that_no_file_has_is_not_known(size: int) -> None:
    transcript = compose(ROOM, [message(attachments=(Attachment(name="a", size=size),))])
    assert transcript.messages[0].attachments[0].size is None


def test_nothing_else_in_a_message_is_changed() -> None:
    whole = message(
        3,
        text="\u202eevil\u202c zero\u200bwidth https://x.example/a.png  \r\n\tend \0",
        author=Author(id="77", shown="\u2066Somebody\u2069", is_staff=True),
        edited_at=NOW,
        reply_to="m1",
        attachments=(
            Attachment(
                name="a.png", media_type="image/png", size=9, url="https://x.example/a", hash="md5:0"
            ),
        ),
        reported=True,
    )  # fmt: skip
    transcript = compose(ROOM, [whole])
    assert transcript.messages == (whole,)
    assert (transcript.channel, transcript.platform) == ("42 #general", "discord")
    assert transcript.notes == ()


@given(any_text, any_text, any_text)
def test_words_of_anybody_are_kept_as_they_are_but_for_lone_surrogates(
    text: str, shown: str, file: str
) -> None:
    raw = message(text=text, author=Author(id="77", shown=shown), attachments=(Attachment(name=file),))
    transcript = compose(ROOM, [raw])
    if Note.DATA_URI_REMOVED in transcript.notes or Note.NAME_QUOTED in transcript.notes:
        return
    only = transcript.messages[0]
    assert only.text == without_surrogates(text)
    assert only.author.shown == without_surrogates(shown)
    assert only.attachments[0].name == without_surrogates(file)
    repaired = any(without_surrogates(each) != each for each in (text, shown, file))
    assert (Note.ENCODING_REPAIRED in transcript.notes) is repaired


def test_picture_data_is_taken_out_of_every_text() -> None:
    data = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg=="
    raw = message(
        id=data,
        text=f"look ![x]({data})",
        author=Author(id=data, shown=data),
        reply_to=data,
        attachments=(Attachment(name=data, media_type=data, platform_id=data, url=data, hash=data),),
    )
    room = Room(source=Source.SITE, platform=data, channel=data, origin=data)
    transcript = compose(room, [raw])
    assert b"iVBOR" not in encode(transcript)
    assert b"base64" not in encode(transcript)
    assert transcript.notes == (Note.DATA_URI_REMOVED,)
    assert transcript.messages[0].text == "look ![x]([data removed: image/png, 46 characters])"


NAMED = [
    f"hi <@{REPORTER_ID}> and <@!{REPORTER_ID}>",
    f"<@{REPORTER_ID}|lily>",
    f"https://cdn.example/{REPORTER_ID}/a.png?u=Lily%20Smith",
    "Lily Smith LILY SMITH lily-smith Lily_Smith.png @lily smith",
    "thanks lily_s, @lily_s!",
    "\uff2c\uff49\uff4c\uff59 Smith",
    "Li\u200bly Smith\u0301",
]


@given(st.lists(st.sampled_from(NAMED), min_size=9, max_size=9))
def test_neither_the_id_nor_a_name_of_the_reporter_survives_anywhere(said: list[str]) -> None:
    file = Attachment(name=said[0], media_type=said[1], platform_id=said[2], url=said[3], hash=said[4])
    named = message(id=said[5], text=said[6], reply_to=said[7], attachments=(file,), reported=True)
    own = message(1, author=Author(id=REPORTER_ID, shown=NAME, is_staff=True), text=said[8])
    other = message(2, author=Author(id="99", shown=said[0]))
    room = Room(source=Source.PLATFORM, platform="discord", channel=f"dm {NAME} {REPORTER_ID}")
    body = encode(compose(room, [named, own, other], LILY))
    for value in texts_of(json.loads(body)):
        bare = value.casefold().replace("\u200b", "").replace("_", " ").replace("-", " ")
        assert REPORTER_ID not in bare
        assert "lily" not in bare
        assert "smith" not in bare


def test_what_the_reporter_wrote_is_theirs_and_does_not_say_whether_they_are_staff() -> None:
    own = message(author=Author(id=REPORTER_ID, shown=NAME, is_staff=True), text="stop")
    only = compose(ROOM, [own], LILY).messages[0]
    assert only.author == Author(id=REPORTER, shown=REPORTER)
    assert only.text == "stop"


def test_somebody_else_keeps_their_own_id_even_where_it_looks_like_the_reporters_name() -> None:
    transcript = compose(ROOM, [message(author=Author(id="lily_s@evil.example", shown="A"))], LILY)
    assert transcript.messages[0].author.id == "lily_s@evil.example"


def test_somebody_who_took_the_reporters_name_is_not_mistaken_for_them() -> None:
    only = compose(ROOM, [message(author=Author(id="99", shown="LILY SMITH"))], LILY).messages[0]
    assert only.author == Author(id="99", shown="same name as reporter")


@pytest.mark.parametrize("shown", ["reporter", "Reporter", "re\u200bporter"])
def test_somebody_who_calls_themselves_reporter_is_quoted(shown: str) -> None:
    transcript = compose(ROOM, [message(author=Author(id="99", shown=shown))], LILY)
    assert transcript.messages[0].author == Author(id="99", shown=f'"{shown}"')
    assert transcript.notes == (Note.NAME_QUOTED,)


@pytest.mark.parametrize(
    ("shown", "kept"),
    [
        ("Lily Smith (lily)", "same name as reporter (lily)"),
        ("x Lily Smith", "x same name as reporter"),
        ("reporter (bob)", '"reporter (bob)"'),
        ("Bob (reporter)", '"Bob (reporter)"'),
        ("reporter Lily Smith", '"reporter same name as reporter"'),
    ],
)
def test_no_part_of_somebody_elses_name_reads_as_the_reporter(shown: str, kept: str) -> None:
    only = compose(ROOM, [message(author=Author(id="99", shown=shown))], LILY).messages[0]
    assert only.author == Author(id="99", shown=kept)


@given(st.text(max_size=20), st.text(max_size=20))
def test_only_the_reporter_is_ever_called_reporter(author: str, shown: str) -> None:
    only = compose(ROOM, [message(author=Author(id=author, shown=shown))], LILY).messages[0]
    assert (only.author.shown == REPORTER) is (author in {REPORTER, REPORTER_ID})
    assert (only.author.id == REPORTER) is (author in {REPORTER, REPORTER_ID})


def test_times_are_kept_in_utc_and_impossible_ones_are_not_known() -> None:
    there = timezone(timedelta(hours=5))
    raw = message(
        sent_at=datetime(2026, 3, 4, 5, 0, tzinfo=there),
        edited_at=datetime(1, 1, 1, tzinfo=there),
        read_at=NOW.replace(tzinfo=None),
    )
    only = compose(ROOM, [raw]).messages[0]
    assert only.sent_at == datetime(2026, 3, 4, tzinfo=UTC)
    assert only.sent_at.tzinfo is UTC
    assert only.edited_at is None
    assert only.read_at == NOW


@given(st.permutations(range(6)))
def test_the_same_messages_always_give_the_same_bytes(order: list[int]) -> None:
    def composed() -> bytes:
        return encode(compose(ROOM, [message(place, text=f"<@{REPORTER_ID}>") for place in order], LILY))

    assert composed() == composed()
    assert msgspec.json.decode(composed(), type=Transcript).messages


# The account that was pressed on, and what the platform knows of how it was read.


def about(subject: Author, reporter: Reporter = LILY, *, notes: tuple[Note, ...] = ()) -> Transcript:
    return compose(ROOM, [], reporter, subject=subject, notes=notes)


def test_an_account_is_a_transcript_without_a_message() -> None:
    transcript = about(Author(id="77", shown="Somebody", is_staff=True))
    assert transcript.subject == Author(id="77", shown="Somebody", is_staff=True)
    assert (transcript.messages, transcript.left_out_before, transcript.left_out_after) == ((), 0, 0)
    assert transcript.notes == ()


def test_an_account_is_cleaned_as_an_author_is() -> None:
    transcript = about(Author(id="77", shown="half \ud83d data:image/png;base64,iVBORw0KGgoAAAANSUhEUg=="))
    assert transcript.subject is not None
    assert "iVBOR" not in transcript.subject.shown
    assert set(transcript.notes) == {Note.ENCODING_REPAIRED, Note.DATA_URI_REMOVED}
    assert len(encode(about(Author(id="7" * 9_000, shown="x" * 9_000)))) < 2_000


def test_somebody_who_reports_their_own_account_is_the_reporter() -> None:
    assert about(Author(id=REPORTER_ID, shown=NAME)).subject == Author(id=REPORTER, shown=REPORTER)


def test_an_account_that_bears_the_name_of_the_reporter_or_of_the_word_is_somebody_else() -> None:
    same, word = about(Author(id="77", shown=NAME)).subject, about(Author(id="78", shown=REPORTER)).subject
    assert same == Author(id="77", shown="same name as reporter")
    assert word == Author(id="78", shown='"reporter"')


def test_what_the_platform_notes_stands_beside_what_was_changed_each_once_and_in_one_order() -> None:
    notes = (Note.TEXTS_WITHHELD, Note.TEXTS_WITHHELD, Note.DATA_URI_REMOVED)
    transcript = about(Author(id="77", shown="\ud800"), notes=notes)
    expected = {Note.TEXTS_WITHHELD, Note.DATA_URI_REMOVED, Note.ENCODING_REPAIRED}
    assert transcript.notes == tuple(note for note in Note if note in expected)


def test_an_account_and_its_notes_come_back_from_canonical_bytes() -> None:
    transcript = about(Author(id="77", shown="Somebody"), notes=(Note.TEXTS_WITHHELD,))
    assert msgspec.json.decode(encode(transcript), type=Transcript) == transcript
