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


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ("hello", "messages[0]"),
        (None, "messages[0]"),
        ({"id": ["m1"]}, "messages[0].id"),
        ({"id": True}, "messages[0].id"),
        ({"id": 10**40}, "messages[0].id"),
        ({"author": ["Ann"]}, "messages[0].author"),
        ({"author": {"id": {}}}, "messages[0].author.id"),
        ({"author": {"name": 1.5}}, "messages[0].author.name"),
        ({"text": {"html": "x"}}, "messages[0].text"),
        ({"sentAt": "yesterday"}, "messages[0].sentAt"),
        ({"sentAt": True}, "messages[0].sentAt"),
        ({"sentAt": 1e300}, "messages[0].sentAt"),
        ({"sentAt": {}}, "messages[0].sentAt"),
        ({"editedAt": "2026-13-45"}, "messages[0].editedAt"),
        ({"replyTo": []}, "messages[0].replyTo"),
        ({"attachments": "a.png"}, "messages[0].attachments"),
        ({"attachments": ["a.png"]}, "messages[0].attachments[0]"),
        ({"attachments": [{}, {"size": "12"}]}, "messages[0].attachments[1].size"),
        ({"attachments": [{"size": -1}]}, "messages[0].attachments[0].size"),
        ({"attachments": [{"size": 1.5}]}, "messages[0].attachments[0].size"),
        ({"attachments": [{"size": True}]}, "messages[0].attachments[0].size"),
        ({"attachments": [{"size": float("nan")}]}, "messages[0].attachments[0].size"),
        ({"attachments": [{"size": float("inf")}]}, "messages[0].attachments[0].size"),
        ({"sentAt": float("nan")}, "messages[0].sentAt"),
        ({"attachments": [{"url": 1.5}]}, "messages[0].attachments[0].url"),
        ({"reported": "yes"}, "messages[0].reported"),
        ({"own": 1}, "messages[0].own"),
    ],
)
def test_a_wrong_type_is_refused_by_the_name_of_its_field(entry: Any, field: str) -> None:
    said = refused({"messages": [entry]})
    assert said.field == field
    assert field in said.reason


@pytest.mark.parametrize(
    "payload", [{}, {"messages": []}, {"messages": None}, {"messages": {}}, {"messages": "x"}]
)
def test_a_conversation_without_messages_is_refused(payload: Any) -> None:
    assert refused(payload).field == "messages"


NO_CONVERSATION: list[bytes | str] = [
    *(b"", b"{", b"\xff\xfe", b'{"messages": "\xff"}', b"null", b"[]", b'"x"', b"NaN", "{"),
    b'{"messages": [{"sentAt": NaN}]}',
    b'{"messages": [{"attachments": [{"size": Infinity}]}]}',
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
def test_a_number_of_messages_that_is_none_is_refused_by_name(count: Any) -> None:
    assert refused({"messages": [{}], "leftOutBefore": count}).field == "leftOutBefore"
    assert refused({"messages": [{}], "leftOutAfter": count}).field == "leftOutAfter"


def test_the_refusal_quotes_nothing_that_was_said() -> None:
    assert "secret" not in str(refused({"messages": [{"text": ["secret"]}]}))
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


@given(st.lists(st.dictionaries(fields, anything, max_size=5), min_size=1, max_size=3))
def test_whatever_its_fields_hold_is_taken_or_refused_by_name(entries: list[dict[str, Any]]) -> None:
    came_of_it = taken_or_refused({"messages": entries})
    if isinstance(came_of_it, InputRefused):
        assert (came_of_it.field or "").startswith("messages[")
    else:
        assert len(came_of_it.messages) == len(entries)
        assert encode(came_of_it)


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
