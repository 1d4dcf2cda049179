"""Messages of every shape that Slack may tell of, and whatever may come along with a press."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.slack import inbound
from bots.slack.inbound import Account, Payload, payload_of, payload_of_event
from bots.slack.names import Carried
from core.evidence.drafts import KEY_BYTES, DraftKey
from core.evidence.model import Message, Note, ReadFrom, Source, Transcript
from core.evidence.reporter import Reporter
from core.reports.model import YesNo

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
STAMP = "1773489540.000100"
ALICE, BOB, ROOM = "U0000ALICE", "U00000BOB", "C00000ROOM"
KEY = DraftKey(bytes(range(KEY_BYTES)))
REPORTER = Reporter(ids=(ALICE,), names=("Alice in Sketch", "alice"))
PEOPLE = {BOB: Account(id=BOB, names=("Bobby", "bob"), is_staff=YesNo.NO)}
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
DATA = f"data:image/png;base64,{PICTURE}"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("id", "text", "type", "user", "ts", "value", "values", "state", "blocks", "elements"),
                    *("view", "selected_option", "action_id", "callback_id", "private_metadata"),
                    *("q.own_words", "x"),
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
"""Anything that JSON can say, with names that we read in wrong places."""
KINDS: Mapping[str, tuple[type, ...]] = {
    **dict.fromkeys(["command", "submits", "beside"], (bool,)),
    **dict.fromkeys(["message", "view"], (dict, type(None))),
    "action_value": (str, type(None)),
    "came": (float,),
}
"""What each field of a press is, where it is no text."""


def message(text: object = "", **more: Any) -> dict[str, Any]:
    return {"type": "message", "user": BOB, "ts": STAMP, "text": text, **more}


def reported(text: object = "", people: Mapping[str, Account] = PEOPLE, **more: Any) -> Transcript:
    return inbound.reported(message(text, **more), people, REPORTER, channel=f"{ROOM} #general", now=NOON)


def taken(text: object = "", **more: Any) -> Message:
    (only,) = reported(text, **more).messages
    return only


def around(*sent: dict[str, Any], on: str = "") -> Transcript:
    return inbound.surroundings(sent, PEOPLE, REPORTER, on=on, channel=ROOM, now=NOON)


def file(**more: Any) -> dict[str, Any]:
    return {
        "id": "F77",
        "name": "holiday.png",
        "title": "our holiday",
        "mimetype": "image/png",
        "size": 1234,
        "url_private": "https://files.slack.com/files-pri/T1-F77/holiday.png",
        "permalink": "https://school.slack.com/files/U1/F77/holiday.png",
        "thumb_64": f"https://files.slack.com/{PICTURE}/thumb_64.png",
        "thumb_tiny": PICTURE,
        **more,
    }


def bytes_of(transcript: Transcript) -> bytes:
    return msgspec.json.encode(transcript)


# What a message says.


def test_a_message_is_taken_with_its_words_its_author_and_the_moment_it_was_read() -> None:
    transcript = reported("come to a private chat")
    (only,) = transcript.messages
    assert (transcript.source, transcript.platform) == (Source.PLATFORM, "slack")
    assert transcript.channel == f"{ROOM} #general"
    assert only.text == "come to a private chat"
    assert (only.author.id, only.author.shown) == (BOB, "Bobby (bob)")
    assert (only.reported, only.read_from, only.read_at) == (True, ReadFrom.PRESS, NOON)
    assert (only.id, only.sent_at) == (STAMP, datetime.fromtimestamp(1773489540.0001, UTC))


def test_an_author_of_whom_slack_tells_nothing_goes_by_what_the_message_says() -> None:
    profile = {"display_name": "", "real_name": "Robert"}
    assert taken("x", people={}, user_profile=profile).author.shown == "Robert"
    assert taken("x", people={}, username="robbie").author.shown == "robbie"
    assert taken("x", people={}).author.shown == BOB


def test_an_app_is_its_own_author() -> None:
    said = {"user": None, "bot_id": "B0000001", "bot_profile": {"name": "poll machine"}}
    author = taken("vote", people={}, **said).author
    assert (author.id, author.shown) == ("B0000001", "poll machine")


def test_an_edit_is_told_by_its_time() -> None:
    assert taken(
        "nicer", edited={"user": BOB, "ts": "1773489600.000000"}
    ).edited_at == datetime.fromtimestamp(1773489600, UTC)


def test_a_reply_says_to_which_thread_and_the_first_of_a_thread_to_none() -> None:
    assert taken("no", thread_ts="1773489000.000001").reply_to == "1773489000.000001"
    assert taken("no", thread_ts=STAMP).reply_to == ""
    assert taken("no", thread_ts="never").reply_to == ""


def test_what_slack_escapes_reads_as_it_was_written() -> None:
    assert taken("a &lt;3 &amp;lt; b &gt; c &amp; d").text == "a <3 &lt; b > c & d"


@given(st.text(max_size=60))
def test_escaping_and_reading_again_changes_nothing(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert inbound.unescaped(escaped) == text


def test_a_message_built_of_blocks_alone_is_taken_as_people_read_it() -> None:
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "HEADER"}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "SECTION &lt;3"}},
        {"type": "section", "fields": [{"type": "plain_text", "text": "FIELD"}]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "CONTEXT"}]},
        {"type": "image", "image_url": "https://p.example/1.png", "alt_text": "ALT"},
        {"type": "actions", "elements": [{"type": "button", "text": {"text": "BUTTON"}, "url": "https://b"}]},
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [
                        {"type": "text", "text": "RICH"},
                        {"type": "link", "url": "https://trap.example", "text": "LINK"},
                        {"type": "user", "user_id": ALICE},
                        {"type": "emoji", "name": "skull"},
                    ],
                }
            ],
        },
        {"type": "section", "accessory": {"type": "button", "text": {"text": "ACCESSORY"}}},
    ]
    text = taken("", blocks=blocks).text
    for words in ("HEADER", "SECTION <3", "FIELD", "CONTEXT", "ALT", "BUTTON", "https://b", "RICH"):
        assert words in text
    for words in ("LINK", "https://trap.example", "skull", "ACCESSORY", "https://p.example/1.png"):
        assert words in text
    assert ALICE not in text
    assert "reporter" in text


def test_blocks_are_not_said_twice_where_the_text_says_them() -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "hello you"}}]
    assert taken("hello you", blocks=blocks).text == "hello you"


def test_blocks_inside_blocks_without_end_are_read_no_deeper_than_anybody_writes() -> None:
    deep: dict[str, Any] = {"type": "section", "text": "DEEPEST"}
    for _ in range(500):
        deep = {"type": "section", "elements": [deep], "text": {"text": "LEVEL"}}
    text = taken("", blocks=[deep]).text
    assert "LEVEL" in text
    assert "DEEPEST" not in text


def test_every_word_of_what_stands_beside_is_taken_and_none_of_its_pictures() -> None:
    beside = {
        "fallback": "FALLBACK",
        "pretext": "PRETEXT",
        "author_name": "AUTHOR",
        "title": "TITLE",
        "title_link": "https://page.example/a",
        "text": "TEXT &amp; more",
        "footer": "FOOTER",
        "from_url": "https://shared.example",
        "image_url": "https://picture.example/1.png",
        "thumb_url": "https://picture.example/2.png",
        "author_icon": "https://picture.example/3.png",
    }
    text = taken("look", attachments=[beside]).text
    assert text.startswith("look\n[attached] ")
    for words in ("FALLBACK", "PRETEXT", "AUTHOR", "TITLE", "TEXT & more", "FOOTER", "shared.example"):
        assert words in text
    assert "picture.example" not in text


def test_a_message_that_was_shared_is_taken_with_what_it_was_built_of() -> None:
    inside = [{"team": "T", "message": {"blocks": [{"type": "section", "text": {"text": "the old threat"}}]}}]
    assert "the old threat" in taken("", attachments=[{"message_blocks": inside}]).text


def test_what_was_written_about_a_picture_is_taken() -> None:
    text = taken("", files=[file(alt_txt="alice crying")]).text
    assert text == "[describes holiday.png] reporter crying"


# Files, and never a byte of a picture.


def test_of_a_file_only_what_slack_says_about_it_is_kept() -> None:
    (kept,) = taken("", files=[file()]).attachments
    assert (kept.name, kept.media_type, kept.size) == ("holiday.png", "image/png", 1234)
    assert (kept.platform_id, kept.url) == ("F77", "https://files.slack.com/files-pri/T1-F77/holiday.png")


def test_thumbnails_that_come_along_unasked_are_dropped() -> None:
    raw = bytes_of(reported("look", files=[file()]))
    assert PICTURE.encode() not in raw
    assert b"thumb" not in raw


@pytest.mark.parametrize("size", [-1, True, "7", 1.5, None, [], 2**70])
def test_a_size_that_is_none_is_none(size: object) -> None:
    (kept,) = taken("", files=[file(size=size)]).attachments
    assert kept.size is None


@pytest.mark.parametrize("mode", ["tombstone", "hidden_by_limit", "external"])
def test_a_file_that_is_gone_is_still_a_file(mode: str) -> None:
    (kept,) = taken("", files=[{"id": "F1", "mode": mode}]).attachments
    assert (kept.platform_id, kept.name, kept.url) == ("F1", "", "")


@pytest.mark.parametrize(
    "sent",
    [
        {"text": f"look {DATA} there"},
        {"blocks": [{"type": "image", "image_url": DATA, "alt_text": DATA}]},
        {"attachments": [{"title": DATA, "text": DATA, "from_url": DATA}]},
        {"files": [file(url_private=DATA, name=DATA, mimetype=DATA, alt_txt=DATA)]},
        {"username": DATA, "user": "U1"},
    ],
)
def test_a_picture_written_as_an_address_is_dropped_wherever_it_stands(sent: dict[str, Any]) -> None:
    transcript = reported(**{"text": "", **sent})
    assert PICTURE.encode() not in bytes_of(transcript)
    assert Note.DATA_URI_REMOVED.value in transcript.notes


# Whoever reports is `reporter`.


@pytest.mark.parametrize(
    "named",
    [
        f"<@{ALICE}>",
        f"<@{ALICE}|alice>",
        f"&lt;@{ALICE}&gt;",
        ALICE,
        "alice",
        "@alice",
        "ALICE",
        "Alice in Sketch",
        "\uff41\uff4c\uff49\uff43\uff45",
        "a\u200blice",
        "álice",
    ],
)
def test_the_reporter_is_named_nowhere(named: str) -> None:
    text = taken(f"hey {named}, come here").text
    assert text in {"hey reporter, come here", "hey @reporter, come here"}


def test_the_reporter_is_named_in_no_attachment_block_file_or_name() -> None:
    transcript = reported(
        "x",
        attachments=[{"author_name": "alice", "text": f"<@{ALICE}>"}],
        files=[file(name="alice.png", title="alice", url_private="https://f.example/alice.png")],
        username="alice",
        people={},
    )
    assert b"alice" not in bytes_of(transcript).lower()
    assert (
        b"alice"
        not in bytes_of(reported("", blocks=[{"type": "section", "text": "Alice in Sketch"}])).lower()
    )


def test_what_the_reporter_wrote_themselves_is_theirs() -> None:
    assert taken("stop", user=ALICE).author.id == "reporter"


def test_an_app_that_bears_the_reporters_name_is_somebody_else() -> None:
    author = taken("i am alice", user=None, bot_id="B1", username="alice", people={}).author
    assert (author.id, author.shown) == ("B1", "same name as reporter")


def test_every_name_an_account_goes_by_is_the_reporters() -> None:
    told = {
        "name": "alice_77",
        "real_name": "Alice Liddell",
        "profile": {"display_name": "Al", "real_name": "Alice P. Liddell"},
    }
    found = inbound.reporter_of(inbound.account_of(ALICE, told))
    assert found.ids == (ALICE,)
    assert set(found.names) == {"Al", "Alice P. Liddell", "Alice Liddell", "alice_77"}


# The odd ones.


@pytest.mark.parametrize(
    "subtype",
    ["bot_message", "me_message", "channel_join", "file_share", "thread_broadcast", "tombstone", "x"],
)
def test_a_message_of_any_kind_is_taken(subtype: str) -> None:
    assert taken("it says this", subtype=subtype).text == "it says this"


def test_half_characters_are_repaired_wherever_they_stand() -> None:
    transcript = reported(
        "half \ud83d of it", username="b\udc00b", people={}, files=[file(name="\udfff.png")]
    )
    assert b"half" in bytes_of(transcript)
    assert Note.ENCODING_REPAIRED.value in transcript.notes


def test_forty_thousand_characters_are_kept_whole() -> None:
    longest = ("we know where you live " * 1739)[:39_990] + "end of it!"
    assert taken(longest).text == longest


def test_a_message_of_nothing_is_a_message() -> None:
    assert taken("").text == ""
    assert taken(None).text == ""


@pytest.mark.parametrize(
    "stamp", ["", "now", "1", "1.", ".5", "999999999999.0", "-1.0", "1e9", "١٢٣.٤", 1773489540.1, None, "nan"]
)
def test_a_time_that_is_none_is_none_and_never_an_error(stamp: object) -> None:
    (only,) = reported("x", ts=stamp).messages
    assert only.sent_at is None or only.id == stamp
    around(message("x", ts=stamp), message("y"), on=STAMP)


@settings(max_examples=80)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                *("text", "blocks", "attachments", "files", "user", "bot_id", "ts", "thread_ts", "edited"),
                *("user_profile", "bot_profile", "username", "subtype"),
            ]
        ),
        JSON,
    )
)
def test_no_field_of_a_message_is_trusted_to_be_what_it_should(sent: dict[str, Any]) -> None:
    taken_over = inbound.reported(sent, PEOPLE, REPORTER, channel=ROOM, now=NOON)
    assert len(taken_over.messages) == 1
    assert bytes_of(taken_over).startswith(b"{")
    bytes_of(around(sent, message("y"), on=STAMP))
    assert isinstance(inbound.author_of(sent) + inbound.stamp_of(sent) + inbound.thread_of(sent), str)
    inbound.said_at(sent)


@pytest.mark.parametrize(("staff", "marked"), [(YesNo.YES, True), (YesNo.NO, False), (YesNo.NOT_SURE, False)])
def test_an_author_is_called_staff_only_where_that_is_known(staff: YesNo, marked: bool) -> None:
    people = {BOB: Account(id=BOB, names=("bob",), is_staff=staff)}
    assert taken("x", people=people).author.is_staff is marked
    assert taken("x", people={}).author.is_staff is False


# Surroundings.


def test_surroundings_stand_in_the_order_they_were_said_and_mark_the_one_pressed_on() -> None:
    said = [message(f"line {number}", ts=f"17734895{number}.000000") for number in (30, 10, 20)]
    transcript = around(*said, on="1773489520.000000")
    assert [each.text for each in transcript.messages] == ["line 10", "line 20", "line 30"]
    assert [each.reported for each in transcript.messages] == [False, True, False]
    assert {each.read_from for each in transcript.messages} == {ReadFrom.HISTORY}


def test_a_message_that_stands_in_the_channel_and_in_its_thread_is_taken_once() -> None:
    first = message("root", thread_ts=STAMP)
    assert len(around(first, first, message("reply", ts="1773489541.000000")).messages) == 2


def test_where_nothing_was_pressed_on_none_is_marked() -> None:
    assert [each.reported for each in around(message("a"), on="").messages] == [False]
    assert around().messages == ()


# People.


@pytest.mark.parametrize("flag", ["is_admin", "is_owner", "is_primary_owner"])
def test_whoever_owns_or_administers_the_workspace_runs_the_place(flag: str) -> None:
    told = {"is_admin": False, "is_owner": False, "is_primary_owner": False, flag: True}
    assert inbound.account_of(BOB, told).is_staff is YesNo.YES


def test_a_member_does_not_and_where_slack_says_nothing_nobody_is_sure() -> None:
    assert inbound.account_of(BOB, {"is_admin": False}).is_staff is YesNo.NO
    assert inbound.account_of(BOB, {}).is_staff is YesNo.NOT_SURE
    assert inbound.account_of(BOB, {"is_admin": "yes", "is_owner": 1}).is_staff is YesNo.NOT_SURE


def test_the_name_shown_stands_beside_the_user_name_where_they_differ() -> None:
    assert Account(id=BOB, names=("Bobby", "Robert", "bob")).shown == "Bobby (bob)"
    assert Account(id=BOB, names=("bob", "bob")).shown == "bob"
    assert Account(id=BOB).shown == BOB


@given(JSON, JSON)
def test_nothing_that_is_told_of_a_person_breaks_its_reading(profile: Any, name: Any) -> None:
    told = {"profile": profile, "name": name, "real_name": name, "is_admin": name, "locale": profile}
    account = inbound.account_of(BOB, told)
    assert all(account.names)
    assert isinstance("".join(account.names), str)
    assert isinstance(account.language, str)


ids = st.from_regex(r"[A-Z][A-Z0-9]{1,20}", fullmatch=True)


@given(ids, ids)
def test_the_way_back_is_the_workspace_and_the_account(team: str, user: str) -> None:
    identity = inbound.identity_of(Payload(team=team, user=user, user_name="al"))
    assert inbound.person_of(identity.way_back) == (team, user)
    assert (identity.account, identity.shown, identity.platform) == (f"{team}/{user}", "al", "slack")


@given(st.binary(max_size=40) | st.text(max_size=20).map(lambda text: text.encode("utf-8", "replace")))
def test_a_way_back_that_is_none_is_none(raw: bytes) -> None:
    found = inbound.person_of(raw)
    assert found is None or "/".join(found).encode() == raw


# Presses.


def body(**more: Any) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "team": {"id": "T1", "domain": "school"},
        "user": {"id": ALICE, "username": "alice", "team_id": "T9"},
        "trigger_id": "1.2.3",
        **more,
    }


def test_a_shortcut_on_a_message_is_read_with_all_of_it() -> None:
    told = payload_of(
        body(
            type="message_action",
            channel={"id": ROOM, "name": "general"},
            message=message("x"),
            response_url="https://hooks.slack.com/app/1",
        ),
        7.0,
    )
    assert (told.team, told.team_name, told.user, told.user_name) == ("T1", "school", ALICE, "alice")
    assert (told.channel, told.channel_name, told.trigger) == (ROOM, "general", "1.2.3")
    assert (told.message, told.came, told.command) == (message("x"), 7.0, False)
    assert inbound.room_name(told) == f"{ROOM} #general"


def test_a_command_is_read_with_all_of_it() -> None:
    told = payload_of(
        {
            "command": "/report",
            "text": "SECRETWORD",
            "team_id": "T1",
            "team_domain": "school",
            "user_id": ALICE,
            "user_name": "alice",
            "channel_id": ROOM,
            "channel_name": "general",
            "trigger_id": "1.2.3",
            "response_url": "https://hooks.slack.com/commands/1",
        },
        7.0,
    )
    assert told.command
    assert (told.team, told.user, told.channel, told.trigger) == ("T1", ALICE, ROOM, "1.2.3")
    assert "SECRETWORD" not in repr(told)


def test_somebody_of_another_workspace_is_asked_for_by_the_one_the_app_is_in() -> None:
    assert payload_of(body(), 0).team == "T1"
    assert payload_of(body(team=None), 0).team == "T9"


def test_where_a_press_was_made_is_read_from_its_container_too() -> None:
    told = payload_of(
        body(container={"channel_id": "D1", "is_ephemeral": True}, actions=[{"action_id": "a"}]), 0
    )
    assert (told.channel, told.beside, told.is_ours) == ("D1", True, False)
    assert payload_of(body(container={"channel_id": "D1"}, actions=[{"action_id": "a"}]), 0).is_ours


def test_a_view_above_another_knows_which_stands_under_it() -> None:
    above = {"id": "V2", "root_view_id": "V1", "previous_view_id": "V1"}
    alone = {"id": "V1", "root_view_id": "V1", "previous_view_id": None}
    assert payload_of(body(view=above), 0).under == "V1"
    assert payload_of(body(view=alone), 0).under == ""
    assert payload_of(body(view={"id": "V1"}), 0).under == ""
    third = {"id": "V3", "root_view_id": "V1", "previous_view_id": "V2"}
    assert payload_of(body(view=third), 0).under == "V2"
    assert payload_of(body(), 0).under == ""


@settings(max_examples=80)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                *("type", "team", "user", "channel", "container", "view", "message", "actions"),
                *("trigger_id", "response_url", "command", "team_id", "user_id", "event", "is_cleared"),
            ]
        ),
        JSON,
    )
)
def test_nothing_that_comes_with_a_press_breaks_its_reading(told: dict[str, Any]) -> None:
    read = payload_of(told, 1.0)
    event = told.get("event")
    read_of_event = payload_of_event(told, event if isinstance(event, dict) else {}, 1.0)
    for each in (read, read_of_event):
        for name in each.__struct_fields__:
            assert isinstance(getattr(each, name), KINDS.get(name, (str,))), name
        assert isinstance(each.under + each.view_id + inbound.room_name(each), str)
        assert each.carried is None
        carried = Carried(key=KEY, screen="first", submit="send")
        values = inbound.pressed(each, carried).press.values
        assert all(msgspec.convert(dict(values), dict[str, str]).values())
        assert isinstance(inbound.typed(each, "reference"), str)


@settings(max_examples=50)
@given(
    st.dictionaries(
        st.sampled_from(["type", "channel_type", "user", "bot_id", "subtype", "text"]),
        JSON | st.sampled_from(["message", "im", "U1", "", "file_share"]),
    )
)
def test_only_what_a_person_writes_to_the_app_is_written_to_it(event: dict[str, Any]) -> None:
    if inbound.is_written_to_us(event):
        assert (event["type"], event["channel_type"]) == ("message", "im")
        assert isinstance(event["user"], str)
        assert event["user"]
        assert not event.get("bot_id")


@pytest.mark.parametrize(
    "more",
    [
        {"bot_id": "B1"},
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"subtype": "bot_message"},
        {"user": ""},
        {"channel_type": "channel"},
        {"channel_type": "mpim"},
        {"type": "app_mention"},
    ],
    ids=str,
)
def test_what_the_app_wrote_and_what_was_changed_is_not_written_to_it(more: dict[str, str]) -> None:
    event = {"type": "message", "channel_type": "im", "user": ALICE, "channel": "D1"}
    assert inbound.is_written_to_us(event)
    assert inbound.is_written_to_us({**event, "subtype": "file_share"})
    assert not inbound.is_written_to_us({**event, **more})


def view_with(values: Any) -> dict[str, Any]:
    return {"id": "V1", "callback_id": "lb1.first.send", "state": {"values": values}}


def test_a_submit_is_the_button_that_the_view_says_it_is_with_all_that_stands_in_it() -> None:
    values = {
        "q.own_words": {"q.own_words": {"type": "plain_text_input", "value": "he keeps asking"}},
        "q.age": {"q.age": {"type": "radio_buttons", "selected_option": {"value": "10_12"}}},
        "q.who": {"q.who": {"type": "static_select", "selected_option": None}},
        "q.about": {"q.about": {"type": "plain_text_input", "value": None}},
        "other": {"q.contact": {"value": "not ours"}},
    }
    carried = Carried(key=KEY, screen="more", submit="next")
    told = payload_of(body(type="view_submission", view=view_with(values)), 0)
    press = inbound.pressed(told, carried).press
    assert (press.screen, press.button) == ("more", "next")
    assert press.values == {"own_words": "he keeps asking", "age": "10_12"}
    assert inbound.typed(told, "own_words") == "he keeps asking"


def test_a_button_answers_what_its_id_says_whatever_comes_along() -> None:
    values = {"q.category": {"q.category": {"selected_option": {"value": "bullying"}}}}
    action = {"action_id": "o.danger.yes", "value": "no", "selected_option": {"value": "no"}}
    told = payload_of(body(view=view_with(values), actions=[action]), 0)
    press = inbound.pressed(told, Carried(key=KEY, screen="first", submit="send")).press
    assert press.button is None
    assert press.values == {"category": "bullying", "danger": "yes"}


def test_a_choice_that_is_told_at_once_counts_more_than_what_stood_there() -> None:
    values = {"q.category": {"q.category": {"selected_option": {"value": "bullying"}}}}
    action = {"action_id": "q.category", "selected_option": {"value": "grooming"}}
    told = payload_of(body(view=view_with(values), actions=[action]), 0)
    press = inbound.pressed(told, Carried(key=KEY, screen="hand_off")).press
    assert (press.button, press.values) == (None, {"category": "grooming"})


def test_what_the_view_carries_comes_with_the_press() -> None:
    made = Carried(key=KEY, screen="sent", sent=True)
    told = payload_of(body(view={"callback_id": made.callback, "private_metadata": made.metadata}), 0)
    assert told.carried == made
    assert inbound.pressed(told, made).was_sent


def test_what_an_app_shows_in_blocks_counts_beside_what_it_says_for_machines() -> None:
    shown = [{"type": "section", "text": {"type": "mrkdwn", "text": "come to the park alone"}}]
    assert taken("New message", blocks=shown).text == "New message\ncome to the park alone"
    beside = {"fallback": "[no preview available]", "blocks": shown}
    assert "come to the park alone" in taken("", attachments=[beside]).text


def test_what_is_said_in_text_and_blocks_alike_is_taken_once() -> None:
    link = [{"type": "text", "text": "see "}, {"type": "link", "url": "https://a.example", "text": "this"}]
    blocks = [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": link}]}]
    assert taken("see <https://a.example|this>", blocks=blocks).text == "see <https://a.example|this>"


def test_fields_and_files_of_what_was_shared_are_taken() -> None:
    file = {"id": "F1", "name": "a.png", "mimetype": "image/png", "size": 3, "thumb_64": "https://t.example"}
    beside = {"fields": [{"title": "From", "value": "robin"}], "files": [file]}
    found = taken("look", attachments=[beside])
    assert "From: robin" in found.text
    assert [(each.platform_id, each.name) for each in found.attachments] == [("F1", "a.png")]
