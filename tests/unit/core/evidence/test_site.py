import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputRefused, TooLarge
from core.evidence.canonical import encode
from core.evidence.model import REPORTER, Attachment, Author, Message, ReadFrom, Source, Transcript
from core.evidence.site import MAX_PAYLOAD, from_pasted, from_site

NOW = datetime(2026, 3, 4, 21, 4, 5, tzinfo=UTC)
ORIGIN = "https://chat.example"
EVERYTHING = {
    "channel": "general",
    "messages": [
        {
            "id": "m1",
            "author": {"id": "u9", "name": "Somebody"},
            "text": "send me a picture",
            "sentAt": "2026-03-04T21:00:00Z",
            "editedAt": "2026-03-04T22:01:00+01:00",
            "replyTo": "m0",
            "attachments": [{"name": "a.png", "type": "image/png", "size": 12, "url": "https://x.example/a.png"}],
            "reported": True,
        },
        {"id": 2, "author": {"id": 7, "name": "Lily"}, "text": "no", "sentAt": 1772658065000, "own": True},
        {"author": "Bystander", "text": "Lily, are you there?", "sentAt": 1772658066},
    ],
}  # fmt: skip

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None, exclude_categories=()), max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)
fields = st.sampled_from(
    ["id", "author", "text", "sentAt", "editedAt", "replyTo", "attachments", "reported", "own"]
)


def one(**entry: Any) -> Message:
    return from_site({"messages": [entry]}, ORIGIN, NOW).messages[0]


def refused(payload: Any) -> InputRefused:
    with pytest.raises(InputRefused) as said:
        from_site(payload, ORIGIN, NOW)
    return said.value


def test_a_conversation_is_taken_over_as_the_page_told_it() -> None:
    transcript = from_site(json.dumps(EVERYTHING), ORIGIN, NOW)
    assert transcript.source is Source.SITE
    assert (transcript.origin, transcript.channel, transcript.platform) == (ORIGIN, "general", "web")
    assert transcript.messages[0] == Message(
        id="m1",
        author=Author(id="u9", shown="Somebody"),
        text="send me a picture",
        sent_at=datetime(2026, 3, 4, 21, 0, tzinfo=UTC),
        edited_at=datetime(2026, 3, 4, 21, 1, tzinfo=UTC),
        read_at=NOW,
        read_from=ReadFrom.PAGE,
        reply_to="m0",
        attachments=(
            Attachment(name="a.png", media_type="image/png", size=12, url="https://x.example/a.png"),
        ),
        reported=True,
    )


def test_the_readers_own_messages_are_the_reporters_and_so_is_every_mention() -> None:
    transcript = from_site(EVERYTHING, ORIGIN, NOW)
    assert transcript.messages[1].author == Author(id=REPORTER, shown=REPORTER)
    assert transcript.messages[2].text == "reporter, are you there?"
    assert b"Lily" not in encode(transcript)


def test_an_account_of_which_one_message_is_own_is_the_reporter_in_all() -> None:
    mine = {"author": {"id": "u1", "name": "Lily"}, "text": "a"}
    transcript = from_site({"messages": [mine, mine | {"own": True}]}, ORIGIN, NOW)
    assert [each.author.id for each in transcript.messages] == [REPORTER, REPORTER]


def test_an_own_message_without_an_author_is_the_reporters() -> None:
    assert one(text="help", own=True).author == Author(id=REPORTER, shown=REPORTER)


@pytest.mark.parametrize("author", ["reporter", {"id": "reporter", "name": "x"}, {"name": "Reporter"}])
def test_a_page_cannot_make_somebody_else_the_reporter(author: Any) -> None:
    known = one(author=author, text="x").author
    assert REPORTER not in (known.id, known.shown)


def test_times_may_be_text_or_numbers_and_without_a_zone_are_utc() -> None:
    assert one(text="x", sentAt="2026-03-04T21:04:05").sent_at == NOW
    assert one(text="x", sentAt=" 2026-03-04T21:04:05Z ").sent_at == NOW
    assert one(text="x", sentAt=NOW.timestamp()).sent_at == NOW
    assert one(text="x", sentAt=NOW.timestamp() * 1000).sent_at == NOW
    assert one(text="x", sentAt=NOW.astimezone(timezone(timedelta(hours=9))).isoformat()).sent_at == NOW
    assert one(text="x", sentAt=None).sent_at is None
    assert one(text="x", sentAt="").sent_at is None


def test_what_is_missing_is_taken_as_missing() -> None:
    bare = one()
    assert (bare.id, bare.text, bare.sent_at, bare.attachments) == ("message 1", "", None, ())
    assert bare.author == Author(id="unknown", shown="unknown")
    assert not bare.reported


def test_an_author_may_have_only_a_name_or_only_an_id() -> None:
    assert one(author="Ann").author == Author(id="Ann", shown="Ann")
    assert one(author={"name": "Ann"}).author == Author(id="Ann", shown="Ann")
    assert one(author={"id": 5}).author == Author(id="5", shown="5")


UNREADABLE: list[dict[str, Any]] = [
    {"id": ["m1"]},
    {"id": True},
    {"id": 10**40},
    {"author": ["Ann"]},
    {"author": {"id": {}}},
    {"author": {"name": 1.5}},
    {"text": {"html": "x"}},
    {"sentAt": "yesterday"},
    {"sentAt": True},
    {"sentAt": 1e300},
    {"sentAt": {}},
    {"sentAt": float("nan")},
    {"editedAt": "x"},
    {"editedAt": "2026-13-45"},
    {"replyTo": []},
    {"replyTo": {}},
    {"attachments": {}},
    {"attachments": "a.png"},
    {"attachments": [{}, {"size": "12"}]},
    {"attachments": [{"size": -1}]},
    {"attachments": [{"size": 1.5}]},
    {"attachments": [{"size": True}]},
    {"attachments": [{"size": float("nan")}]},
    {"attachments": [{"size": float("inf")}]},
    {"attachments": [{"url": 1.5}]},
    {"reported": {}},
    {"own": []},
    {"leftOutCharacters": -1},
    {"leftOutAttachments": "many"},
]


@pytest.mark.parametrize("entry", UNREADABLE, ids=str)
def test_a_field_that_cannot_be_read_is_missing_and_noted(entry: dict[str, Any]) -> None:
    sound = {"id": "m7", "author": "Ann", "text": "meet me", "reported": True}
    transcript = from_site({"messages": [sound | entry, {"text": "no"}]}, ORIGIN, NOW)
    kept = transcript.messages[0]
    assert transcript.notes == ("unreadable_field",)
    assert len(transcript.messages) == 2
    assert (kept.id in {"m7", "message 1"}, kept.author.shown in {"Ann", "unknown"}) == (True, True)
    assert kept.text == ("" if "text" in entry else "meet me")
    assert kept.reported is ("reported" not in entry)
    assert (kept.sent_at, kept.edited_at, kept.reply_to, kept.left_out_characters) == (None, None, "", 0)
    assert all(each.size is None and each.url == "" for each in kept.attachments)


def test_a_channel_that_cannot_be_read_is_missing_and_noted() -> None:
    transcript = from_site({"channel": {}, "messages": [{"text": "x"}]}, ORIGIN, NOW)
    assert (transcript.channel, transcript.notes) == ("", ("unreadable_field",))


def test_an_attachment_that_is_no_object_is_left_out_and_counted() -> None:
    transcript = from_site({"messages": [{"attachments": ["a.png", {"name": "b.png"}, None]}]}, ORIGIN, NOW)
    assert [each.name for each in transcript.messages[0].attachments] == ["b.png"]
    assert transcript.messages[0].left_out_attachments == 2
    assert transcript.notes == ("attachments_left_out",)


@pytest.mark.parametrize("yes", [True, 1, -1, 0.5, "yes", "true", "1", "x"])
def test_whatever_means_yes_marks_a_message(yes: Any) -> None:
    transcript = from_site({"messages": [{"reported": yes}, {"own": yes}]}, ORIGIN, NOW)
    assert transcript.messages[0].reported
    assert transcript.messages[1].author.id == REPORTER
    assert transcript.notes == ()


@pytest.mark.parametrize("no", [False, None, 0, 0.0, "", " ", "no", "False", "0", "null", "undefined"])
def test_whatever_means_no_marks_none(no: Any) -> None:
    transcript = from_site({"messages": [{"reported": no}, {"own": no}]}, ORIGIN, NOW)
    assert not transcript.messages[0].reported
    assert transcript.messages[1].author.id == "unknown"
    assert transcript.notes == ()


def test_messages_that_are_no_objects_are_left_out_and_counted_where_they_were() -> None:
    reported = {"id": "b", "reported": True}
    mixed: list[Any] = ["x", {"id": "a"}, None, 7, reported, [], [], {"id": "c"}, "y", "z", 1]
    transcript = from_site({"messages": mixed}, ORIGIN, NOW)
    assert [each.id for each in transcript.messages] == ["a", "b", "c"]
    assert (transcript.left_out_before, transcript.left_out_between, transcript.left_out_after) == (1, 4, 3)
    assert transcript.notes == ("messages_left_out",)


def test_what_is_left_out_of_a_mixed_list_is_counted_to_the_last() -> None:
    many = [{"id": str(place), "reported": place == 50} if place % 2 == 0 else place for place in range(100)]
    told = from_site({"messages": many, "leftOutBefore": 5}, ORIGIN, NOW)
    left_out = told.left_out_before + told.left_out_between + told.left_out_after
    assert len(told.messages) + left_out == 105
    assert (told.left_out_before, told.messages[0].id) == (35, "30")


def test_what_a_page_itself_shortened_is_counted() -> None:
    transcript = from_site(
        {"messages": [{"text": "x", "leftOutCharacters": 1000, "leftOutAttachments": 3}]}, ORIGIN, NOW
    )
    only = transcript.messages[0]
    assert (only.left_out_characters, only.left_out_attachments) == (1000, 3)
    assert transcript.notes == ("text_shortened", "attachments_left_out")


@pytest.mark.parametrize("messages", [[], None, {}, "x", ["x", None, 7, []]])
def test_a_conversation_without_a_message_is_refused(messages: Any) -> None:
    assert refused({"messages": messages}).field == "messages"
    assert refused({}).field == "messages"


NO_CONVERSATION: list[bytes | str] = [
    *(b"", b"{", b"\xff\xfe", b'{"messages": "\xff"}', b"null", b"[]", b'"x"', b"NaN", "{"),
    b"[" * 100_000,
    b'{"messages": [{"id": ' + b"9" * 10_000 + b"}]}",
]


@pytest.mark.parametrize("payload", NO_CONVERSATION)
def test_what_is_no_conversation_at_all_is_refused(payload: bytes | str) -> None:
    assert type(refused(payload)) is InputRefused


def test_more_than_a_megabyte_is_refused_as_too_large() -> None:
    body = json.dumps({"messages": [{"text": "x" * MAX_PAYLOAD}]}).encode()
    assert type(refused(body)) is TooLarge


def test_exactly_a_megabyte_is_taken() -> None:
    around = len(json.dumps({"messages": [{"text": ""}]}))
    body = json.dumps({"messages": [{"text": "x" * (MAX_PAYLOAD - around)}]})
    assert len(body) == MAX_PAYLOAD
    assert from_site(body, ORIGIN, NOW).messages[0].left_out_characters > 0


def test_a_page_may_say_how_many_messages_it_did_not_hand_over() -> None:
    many = [{"text": str(place), "reported": place == 15} for place in range(30)]
    told = from_site({"messages": many, "leftOutBefore": 100, "leftOutAfter": 7}, ORIGIN, NOW)
    assert (told.left_out_before, told.left_out_after) == (105, 11)
    few = from_site({"messages": many[:1], "leftOutBefore": 1}, ORIGIN, NOW)
    assert (few.left_out_before, few.left_out_after, few.notes) == (1, 0, ("messages_left_out",))
    assert from_site({"messages": many[:1], "leftOutAfter": 0}, ORIGIN, NOW).notes == ()


@pytest.mark.parametrize("count", [-1, "3", True, 1.5, [], float("inf")])
def test_a_number_of_messages_that_is_none_is_noted(count: Any) -> None:
    transcript = from_site({"messages": [{}], "leftOutBefore": count, "leftOutAfter": count}, ORIGIN, NOW)
    assert (transcript.left_out_before, transcript.left_out_after) == (0, 0)
    assert transcript.notes == ("unreadable_field",)


def test_the_refusal_quotes_nothing_that_was_said() -> None:
    assert "secret" not in str(refused({"messages": ["secret"]}))
    assert "secret" not in str(refused(b'{"secret'))


def test_bytes_of_a_picture_are_never_kept_under_whatever_name() -> None:
    data = "iVBORw0KGgo" + "QUJD" * 200
    names = ("data", "content", "bytes", "base64", "body", "thumbnail", "preview", "blob")
    entry = {
        "text": "look",
        "attachments": [
            {"name": "a.png", "url": f"data:image/png;base64,{data}"} | dict.fromkeys(names, data)
        ],
    }
    transcript = from_site({"messages": [entry | dict.fromkeys(names, data)]}, ORIGIN, NOW)
    assert b"QUJD" not in encode(transcript)
    assert b"a.png" in encode(transcript)


def test_lone_surrogates_written_in_json_are_repaired() -> None:
    transcript = from_site(
        b'{"messages": [{"text": "a\\ud800b \\ud83d\\ude00", "id": "\\udc00"}]}', ORIGIN, NOW
    )
    assert transcript.messages[0].text == "a\ufffdb \U0001f600"
    assert transcript.notes == ("encoding_repaired",)
    assert encode(transcript)


def taken_or_refused(payload: Any) -> Transcript | InputRefused:
    try:
        return from_site(payload, ORIGIN, NOW)
    except InputRefused as said:
        return said


@given(anything)
def test_whatever_a_page_sends_is_taken_or_refused(payload: Any) -> None:
    for form in (json.dumps(payload), {"messages": payload}, {"messages": [payload]}):
        came_of_it = taken_or_refused(form)
        assert came_of_it.reason if isinstance(came_of_it, InputRefused) else encode(came_of_it)


@given(st.dictionaries(fields, anything), st.integers(0, 2))
def test_whatever_one_message_holds_the_others_and_the_reported_one_survive(
    hostile: dict[str, Any], place: int
) -> None:
    entries: list[dict[str, Any]] = [
        {"id": "before-it", "text": "hello"},
        {"id": "the-one", "author": "Northlight", "text": "our little secret", "reported": True},
    ]
    entries.insert(place, hostile)
    kept = from_site({"messages": entries}, ORIGIN, NOW)
    assert len(kept.messages) == 3
    others = [each for at, each in enumerate(kept.messages) if at != place]
    assert [each.id for each in others] == ["before-it", "the-one"]
    assert [each.reported for each in others] == [False, True]
    assert encode(kept)


@given(anything)
def test_whatever_one_message_is_the_reported_one_survives(hostile: Any) -> None:
    kept = from_site({"messages": [hostile, {"id": "the-one", "reported": True}, hostile]}, ORIGIN, NOW)
    assert "the-one" in [each.id for each in kept.messages if each.reported]
    left_out = kept.left_out_before + kept.left_out_between + kept.left_out_after
    assert len(kept.messages) + left_out == 3


def test_words_that_somebody_pasted_are_labelled_so_and_nobody_vouches() -> None:
    transcript = from_pasted("Bob: hi\nme: no", NOW)
    assert transcript.source is Source.PASTED
    only = transcript.messages[0]
    assert (only.text, only.read_from, only.sent_at) == ("Bob: hi\nme: no", ReadFrom.PASTE, None)
    assert only.author.id == "unknown"
    assert only.reported


@pytest.mark.parametrize("text", ["", "  \n\t"])
def test_nothing_pasted_is_refused(text: str) -> None:
    with pytest.raises(InputRefused) as said:
        from_pasted(text, NOW)
    assert said.value.field == "text"
