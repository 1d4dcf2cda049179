"""Messages of every shape that discord.py can parse, and whatever may come along with a press."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.discord import inbound
from bots.discord.custom_ids import CustomId, new_opening
from bots.discord.presses import custom_id_of
from core.evidence.drafts import DraftKey
from core.evidence.model import Message, Note, ReadFrom, Source, Transcript
from core.evidence.reporter import Reporter
from core.evidence.transcript import summary
from core.reports.model import YesNo

STATE = discord.Client(intents=discord.Intents(guilds=True))._connection
NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
ALICE, BOB, ROOM = 81234567890123456, 82234567890123456, 83234567890123456
REPORTER = Reporter(ids=(str(ALICE),), names=("alice", "Alice in Sketch"))
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
DATA = f"data:image/png;base64,{PICTURE}"
KEY = DraftKey(bytes(range(16)))


def user(number: int = BOB, name: str = "bob", **more: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "username": name,
        "discriminator": "0",
        "global_name": None,
        "avatar": None,
        **more,
    }


def payload(number: int = 1000, content: str = "", **more: Any) -> dict[str, Any]:
    return {
        "id": str(number << 22),
        "type": 0,
        "content": content,
        "channel_id": str(ROOM),
        "author": user(),
        "timestamp": "2026-03-14T11:59:00+00:00",
        "edited_timestamp": None,
        **more,
    }


def parsed(sent: Mapping[str, Any]) -> discord.Message:
    channel = discord.PartialMessageable(state=STATE, id=ROOM)
    message: Any = sent
    return discord.Message(state=STATE, channel=channel, data=message)


def reported(content: str = "", *, staff: YesNo = YesNo.NO, **more: Any) -> Transcript:
    message = parsed(payload(content=content, **more))
    return inbound.reported(message, REPORTER, staff=staff, channel=f"{ROOM} #general", now=NOON)


def taken(content: str = "", **more: Any) -> Message:
    (message,) = reported(content, **more).messages
    return message


def around(*sent: dict[str, Any], on: int | None = None) -> Transcript:
    history = [parsed(each) for each in sent]
    return inbound.surroundings(history, REPORTER, on=on, channel=str(ROOM), now=NOON)


def snapshot(**more: Any) -> dict[str, Any]:
    said = {
        "type": 0,
        "content": "",
        "embeds": [],
        "attachments": [],
        "timestamp": "2026-03-14T11:00:00+00:00",
        "edited_timestamp": None,
    }
    return {"message": {**said, **more}}


def file(**more: Any) -> dict[str, Any]:
    return {
        "id": "77",
        "filename": "holiday.png",
        "size": 1234,
        "url": "https://cdn.example/holiday.png?ex=1",
        "proxy_url": "https://media.example/holiday.png",
        "content_type": "image/png",
        **more,
    }


def bytes_of(transcript: Transcript) -> bytes:
    return msgspec.json.encode(transcript)


# What a message says.


def test_a_message_is_taken_with_its_words_its_author_and_the_moment_it_was_read() -> None:
    transcript = reported("come to a private chat")
    (message,) = transcript.messages
    assert (transcript.source, transcript.platform) == (Source.PLATFORM, "discord")
    assert transcript.channel == f"{ROOM} #general"
    assert message.text == "come to a private chat"
    assert (message.author.id, message.author.shown) == (str(BOB), "bob")
    assert (message.reported, message.read_from, message.read_at) == (True, ReadFrom.PRESS, NOON)
    assert message.sent_at == datetime(2015, 1, 1, 0, 0, 1, tzinfo=UTC)


def test_a_name_that_is_shown_stands_beside_the_username() -> None:
    assert taken("x", author=user(global_name="Bobby")).author.shown == "Bobby (bob)"


def test_an_edit_is_told_by_its_time() -> None:
    edited = taken("now nicer", edited_timestamp="2026-03-14T12:30:00+00:00").edited_at
    assert edited == NOON + timedelta(minutes=30)


def test_a_reply_says_to_which_message_and_a_forwarded_one_does_not() -> None:
    reference = {"message_id": "55", "channel_id": str(ROOM)}
    assert taken("no", message_reference=reference).reply_to == "55"
    assert taken("no", message_reference={**reference, "type": 1}).reply_to == ""


def test_what_was_forwarded_is_taken_with_its_embeds_files_and_stickers() -> None:
    forwarded = snapshot(
        content="the old threat",
        embeds=[{"type": "rich", "title": "old title"}],
        attachments=[file(filename="old.png", description="what it shows")],
        sticker_items=[{"id": "1", "name": "old sticker", "format_type": 1}],
    )
    message = taken(message_snapshots=[forwarded])
    for words in ("[forwarded] the old threat", "old title", "old sticker", "what it shows"):
        assert words in message.text
    assert [each.name for each in message.attachments] == ["old.png"]


def test_every_word_of_an_embed_is_taken_and_none_of_its_pictures() -> None:
    embed = {
        "type": "rich",
        "title": "TITLE",
        "description": "DESCRIPTION",
        "url": "https://page.example/a",
        "author": {"name": "AUTHOR", "icon_url": "https://picture.example/1.png"},
        "footer": {"text": "FOOTER", "icon_url": "https://picture.example/2.png"},
        "image": {"url": "https://picture.example/3.png"},
        "thumbnail": {"url": "https://picture.example/4.png", "placeholder": PICTURE},
        "fields": [{"name": "FIELD", "value": "VALUE"}, {"name": "", "value": ""}],
    }
    text = taken(embeds=[embed]).text
    for words in ("TITLE", "DESCRIPTION", "https://page.example/a", "AUTHOR", "FOOTER", "FIELD: VALUE"):
        assert words in text
    assert "picture.example" not in text


@pytest.mark.parametrize(
    "embed",
    [
        {},
        {"type": "unheard of", "title": 7, "description": ["a"], "url": {"b": 1}},
        {"author": {}, "footer": {}, "fields": [{}, {"name": None, "value": 3}]},
        {"author": {"name": 5}, "footer": {"text": {"c": 1}}, "fields": []},
        {"title": "x" * 300_000},
    ],
)
def test_no_field_of_an_embed_is_trusted_to_be_a_text(embed: dict[str, Any]) -> None:
    assert bytes_of(reported("seen", embeds=[embed])).startswith(b"{")
    assert taken("seen", embeds=[embed]).text.startswith("seen")


def test_a_poll_is_taken_with_its_question_and_answers() -> None:
    answers = [
        {"answer_id": 1, "poll_media": {"text": "yes"}},
        {"answer_id": 2, "poll_media": {"text": None}},
    ]
    poll = {
        "question": {"text": "Is alice ugly?"},
        "answers": answers,
        "expiry": "2026-03-15T00:00:00+00:00",
        "allow_multiselect": False,
        "layout_type": 1,
    }
    assert taken(poll=poll).text == "[poll] Is reporter ugly?: yes / "


def test_stickers_are_taken_by_name() -> None:
    stickers = [{"id": "1", "name": "go away", "format_type": 1}]
    assert taken(sticker_items=stickers).text == "[sticker] go away"


def test_a_message_built_of_components_is_taken_as_people_read_it() -> None:
    button = {"type": 2, "style": 5, "label": "PRESS", "url": "https://trap.example"}
    thumbnail = {"type": 11, "media": {"url": "https://cdn.example/t.png"}, "description": "THUMB"}
    gallery = {"type": 12, "items": [{"media": {"url": "https://cdn.example/g.png"}, "description": "SHOWN"}]}
    option = {"label": "OPTION", "value": "o", "description": "EXPLAINED"}
    select = {"type": 3, "custom_id": "s", "placeholder": "CHOOSE", "options": [option]}
    section = {"type": 9, "components": [{"type": 10, "content": "SECTION"}], "accessory": thumbnail}
    inside = [{"type": 10, "content": "TEXT"}, section, gallery]
    built = [
        {"type": 17, "components": inside},
        {"type": 1, "components": [button]},
        {"type": 1, "components": [select]},
    ]
    text = taken(components=built).text
    for words in ("TEXT", "SECTION", "PRESS", "trap.example", "SHOWN", "CHOOSE", "OPTION", "EXPLAINED"):
        assert words in text
    assert "THUMB" in text
    assert "[media] https://cdn.example/g.png" in text


def test_what_was_written_about_a_picture_is_taken() -> None:
    assert (
        taken(attachments=[file(description="alice crying")]).text
        == "[describes holiday.png] reporter crying"
    )


# Files, and never a byte of a picture.


def test_of_a_file_only_what_discord_says_about_it_is_kept() -> None:
    (kept,) = taken(attachments=[file()]).attachments
    assert (kept.name, kept.media_type, kept.size) == ("holiday.png", "image/png", 1234)
    assert (kept.platform_id, kept.url) == ("77", "https://cdn.example/holiday.png?ex=1")


def test_thumbnails_and_sound_that_come_along_unasked_are_dropped() -> None:
    voice = file(
        placeholder=PICTURE, placeholder_version=1, waveform="AAECAwQFBgcICQoLDA0ODw==", duration_secs=3
    )
    raw = bytes_of(reported("listen", attachments=[voice]))
    assert PICTURE.encode() not in raw
    assert b"AAECAwQF" not in raw


@pytest.mark.parametrize(
    "sent",
    [
        {"content": f"look {DATA} there"},
        {"embeds": [{"title": DATA, "url": DATA, "fields": [{"name": DATA, "value": DATA}]}]},
        {"attachments": [file(url=DATA, filename=DATA, content_type=DATA, description=DATA)]},
        {"message_snapshots": [snapshot(content=DATA, attachments=[file(url=DATA)])]},
        {"sticker_items": [{"id": "1", "name": DATA, "format_type": 1}]},
        {"author": user(name=DATA)},
        {"components": [{"type": 10, "content": DATA}]},
    ],
)
def test_a_picture_written_as_an_address_is_dropped_wherever_it_stands(sent: dict[str, Any]) -> None:
    transcript = reported(**{"content": "", **sent})
    assert PICTURE.encode() not in bytes_of(transcript)
    assert Note.DATA_URI_REMOVED.value in transcript.notes


# Whoever reports is `reporter`.


@pytest.mark.parametrize(
    "named",
    [
        f"<@{ALICE}>",
        f"<@!{ALICE}>",
        str(ALICE),
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


def test_the_reporter_is_named_in_no_embed_poll_file_or_reply() -> None:
    transcript = reported(
        "x",
        embeds=[{"title": "alice", "author": {"name": f"<@{ALICE}>"}}],
        attachments=[file(filename="alice.png")],
        components=[{"type": 10, "content": "Alice in Sketch"}],
        message_snapshots=[snapshot(content="alice")],
    )
    assert b"alice" not in bytes_of(transcript).lower()


def test_what_the_reporter_wrote_themselves_is_theirs() -> None:
    assert taken("stop", author=user(ALICE, "alice")).author.id == "reporter"


def test_a_webhook_that_bears_the_reporters_name_is_somebody_else() -> None:
    author = taken("i am alice", webhook_id="99", author=user(99, "alice", bot=True)).author
    assert (author.id, author.shown) == ("99", "same name as reporter")


def test_every_name_an_account_goes_by_is_the_reporters() -> None:
    account = discord.User(state=STATE, data=user(ALICE, "alice_77", global_name="Al"))  # type: ignore[arg-type]
    found = inbound.reporter_of(account)
    assert found.ids == (str(ALICE),)
    assert set(found.names) == {"alice_77", "Al"}


# The odd ones.


@pytest.mark.parametrize("kind", range(64))
def test_a_message_of_any_kind_of_the_platform_itself_is_taken(kind: int) -> None:
    assert taken("a thread name", type=kind).text == "a thread name"


def test_half_characters_are_repaired_wherever_they_stand() -> None:
    transcript = reported(
        "half \ud83d of it",
        author=user(name="b\udc00b"),
        embeds=[{"title": "\ud800"}],
        attachments=[file(filename="\udfff.png")],
    )
    assert b"half" in bytes_of(transcript)
    assert Note.ENCODING_REPAIRED.value in transcript.notes


def test_four_thousand_characters_are_kept_whole() -> None:
    longest = "we know where you live " * 173 + "end of it"
    assert 3_980 < len(longest) <= 4_000
    assert taken(longest).text == longest


def test_a_message_of_nothing_is_a_message() -> None:
    assert taken("").text == ""


def test_the_account_that_was_pressed_on_is_names_and_an_id() -> None:
    account = discord.User(state=STATE, data=user(name="bob", global_name="Bobby", avatar="a" * 32))  # type: ignore[arg-type]
    transcript = inbound.reported_account(account, REPORTER, staff=YesNo.YES, channel=str(ROOM))
    assert transcript.subject is not None
    assert (transcript.subject.id, transcript.subject.shown) == (str(BOB), "Bobby (bob)")
    assert transcript.subject.is_staff
    assert transcript.messages == ()
    assert summary(transcript).person
    assert b"aaaa" not in bytes_of(transcript)


@pytest.mark.parametrize(("staff", "marked"), [(YesNo.YES, True), (YesNo.NO, False), (YesNo.NOT_SURE, False)])
def test_an_author_is_called_staff_only_where_that_is_known(staff: YesNo, marked: bool) -> None:
    (message,) = reported("x", staff=staff).messages
    assert message.author.is_staff is marked


# Surroundings.


def test_surroundings_stand_in_the_order_they_were_said_and_mark_the_one_pressed_on() -> None:
    said = [payload(number, f"line {number}") for number in (30, 10, 20)]
    transcript = around(*said, on=20 << 22)
    assert [each.text for each in transcript.messages] == ["line 10", "line 20", "line 30"]
    assert [each.reported for each in transcript.messages] == [False, True, False]
    assert {each.read_from for each in transcript.messages} == {ReadFrom.HISTORY}


def test_words_that_discord_withholds_are_noted_and_silence_is_not() -> None:
    bot = payload(3, author=user(9, "helper", bot=True))
    assert around(payload(1), payload(2)).notes == (Note.TEXTS_WITHHELD,)
    assert around(payload(1), payload(2, "heard")).notes == ()
    assert around(bot, payload(4, type=7)).notes == ()
    assert around().notes == ()


# Who runs the place.


def member(*, allowed: int | None, roles: int = 0, owner: int = 1) -> tuple[discord.Member, discord.Guild]:
    everyone: dict[str, Any] = {
        "id": "5",
        "name": "@everyone",
        "permissions": str(roles),
        "position": 0,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }
    sent: Any = {"id": "5", "name": "Park", "owner_id": str(owner), "roles": [everyone]}
    guild = discord.Guild(data=sent, state=STATE)
    data: Any = {"user": user(), "roles": [], "joined_at": None, "deaf": False, "mute": False, "flags": 0}
    if allowed is not None:
        data["permissions"] = str(allowed)
    return discord.Member(data=data, guild=guild, state=STATE), guild


@pytest.mark.parametrize("name", [name for name, given in inbound.STAFF if given])
def test_whoever_may_moderate_in_any_way_runs_the_place(name: str) -> None:
    right = discord.Permissions(**{name: True}).value
    assert inbound.is_staff(*member(allowed=right)) is YesNo.YES
    assert inbound.is_staff(*member(allowed=None, roles=right)) is YesNo.YES


def test_a_moderator_whose_rights_one_channel_takes_away_is_still_one() -> None:
    right = discord.Permissions(manage_messages=True).value
    talks = discord.Permissions(send_messages=True).value
    assert inbound.is_staff(*member(allowed=talks, roles=right)) is YesNo.YES


def test_the_owner_runs_the_place_even_as_somebody_who_left() -> None:
    person, guild = member(allowed=0, owner=BOB)
    stranger = discord.User(state=STATE, data=user())  # type: ignore[arg-type]
    assert inbound.is_staff(person, guild) is YesNo.YES
    assert inbound.is_staff(stranger, guild) is YesNo.YES


def test_a_member_with_no_such_right_does_not_and_of_a_stranger_nobody_is_sure() -> None:
    person, guild = member(allowed=discord.Permissions(send_messages=True).value)
    stranger = discord.User(state=STATE, data=user())  # type: ignore[arg-type]
    assert inbound.is_staff(person, guild) is YesNo.NO
    assert inbound.is_staff(stranger, guild) is YesNo.NOT_SURE
    assert inbound.is_staff(stranger, None) is YesNo.NOT_SURE


# The way back.


@given(st.integers(min_value=0, max_value=2**64 - 1))
def test_the_way_back_is_the_account(number: int) -> None:
    account = discord.User(state=STATE, data=user(number))  # type: ignore[arg-type]
    assert inbound.account_of(inbound.identity_of(account).way_back) == number


@given(st.binary(max_size=40))
def test_a_way_back_that_is_none_is_none(raw: bytes) -> None:
    found = inbound.account_of(raw)
    assert found is None or int(raw) == found


# Presses.

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["custom_id", "values", "value", "component", "components", "type", "x"]), inner
        )
    ),
    max_leaves=12,
)


def interaction(kind: int, data: object) -> discord.Interaction[Any]:
    sent: Any = {
        "id": "1",
        "application_id": "2",
        "type": kind,
        "token": "t",
        "version": 1,
        "attachment_size_limit": 1,
        "user": user(ALICE, "alice"),
        "data": data,
    }
    return discord.Interaction(data=sent, state=STATE)


@given(JSON, st.sampled_from([3, 5]), st.sampled_from(["danger", "category", None]), st.booleans())
def test_nothing_that_comes_with_a_press_breaks_its_reading(
    data: Any, kind: int, question: str | None, carries: bool
) -> None:
    carried = CustomId(
        key=KEY,
        screen="first",
        opening=new_opening(),
        button=None if question else "send",
        question=question,
        value="yes" if carries and question else None,
    )
    pressed = interaction(kind, data)
    found = inbound.pressed(carried, pressed)
    assert all(msgspec.convert(dict(found.values), dict[str, str]).values())
    assert isinstance(inbound.typed(pressed, "own_words"), str)
    assert isinstance(custom_id_of(pressed), str)


def test_what_was_chosen_in_a_list_is_the_answer() -> None:
    carried = CustomId(key=KEY, screen="first", opening=new_opening(), question="category")
    assert inbound.pressed(carried, interaction(3, {"values": ["bullying", "x"]})).values == {
        "category": "bullying"
    }


def test_a_button_answers_what_its_id_says_whatever_comes_along() -> None:
    carried = CustomId(key=KEY, screen="first", opening=new_opening(), question="danger", value="no")
    assert inbound.pressed(carried, interaction(3, {"values": ["yes"]})).values == {"danger": "no"}


def test_fields_of_a_form_are_read_whatever_they_are() -> None:
    fields = [
        {"type": 18, "component": {"type": 4, "custom_id": "own_words", "value": "he keeps asking"}},
        {"type": 18, "component": {"type": 21, "custom_id": "age", "value": "10_12"}},
        {"type": 18, "component": {"type": 3, "custom_id": "who", "values": ["me"]}},
        {"type": 18, "component": {"type": 4, "custom_id": "about", "value": ""}},
        {"type": 10, "id": 1},
    ]
    carried = CustomId(key=KEY, screen="more", opening=new_opening(), button="next")
    found = inbound.pressed(carried, interaction(5, {"components": fields}))
    assert found.button == "next"
    assert found.values == {"own_words": "he keeps asking", "age": "10_12", "who": "me"}
