"""A young person's whole way through Discord, and what everybody else sees of it: nothing."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import discord
import pytest

from bots.discord.looking import Looking
from core.evidence.parts import PartKind
from core.ledger.road import drafts, parts, reports
from tests.discord_room import PARK, Park, code_on, id_of, labels_of, park, screen_of, words_of

SEND = "Send to the safety team"
ELSEWHERE = PARK + 7
OWN = re.compile(
    r"POST /interactions/\d+/[^/]+/callback"
    r"|(GET|PATCH|DELETE) /webhooks/\d+/[^/]+/messages/(@original|\d+)"
    r"|GET /channels/\d+/messages"
    r"|GET /guilds/\d+/members/\d+"
    r"|GET /oauth2/applications/@me"
    r"|PUT /applications/\d+/commands"
)
"""All that may be asked of Discord: answers, our own private screens, what stands there, who somebody is."""


async def stored(at: Park) -> dict[PartKind, dict[str, Any]]:
    """What the desk can open, by its kind."""
    return {head.kind: json.loads(body) for head, body in await at.room.opened()}


def nobody_else_saw(at: Park, *, messages: int) -> None:
    """No message, typing, reaction or audit entry, and nothing asked but what is private or only reads."""
    assert len(at.channel.history(viewer=at.mo)) == messages
    assert all(not message.reactions for message in at.channel.history(viewer=at.mo))
    assert at.channel.pinned_messages() == []
    assert at.guild.audit_log() == []
    asked = [f"{request.method} {request.path}" for request in at.env.http_requests]
    assert [one for one in asked if not OWN.fullmatch(one)] == []
    shown = [request.json for request in at.env.http_requests if request.path.endswith("/callback")]
    assert all(is_private(answer) for answer in shown)


def is_private(answer: Any) -> bool:
    """A new message that only one person sees, that message changed, or a form."""
    return answer["type"] in {7, 9} or (answer["type"] == 4 and answer["data"]["flags"] & 64 == 64)


async def test_report_at_two_in_the_morning_to_sent_and_the_code(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        await at.bob.send(at.channel, "send me another one or everybody sees it")
        first = await at.alice.slash(at.channel, "report")
        assert "You did the right thing" in words_of(first)
        assert "Nobody is there right now" in words_of(first)
        chosen = await at.alice.select(
            screen_of(first), ["sexual_extortion"], custom_id=id_of(first, question="category")
        )
        sent = await at.press(chosen, SEND)
        assert code_on(sent)
        for words in ("Sent", "999", "0800 1111", "Don't pay", "not your fault"):
            assert words in words_of(sent)
        told = await stored(at)
        assert told[PartKind.ANSWERS]["answers"]["category"] == "sexual_extortion"
        assert told[PartKind.CONTEXT]["messages"][0]["text"] == "send me another one or everybody sees it"
        nobody_else_saw(at, messages=1)


async def test_a_message_that_is_deleted_meanwhile_is_at_the_desk(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        said = await at.bob.send(at.channel, "meet me, alice, and tell nobody")
        first = await at.alice.context_menu(at.channel, "Report message", said)
        await at.bob.delete(said)
        assert "We saved the message" in words_of(first)
        sent = await at.press(first, SEND)
        assert code_on(sent)
        (message,) = (await stored(at))[PartKind.REPORTED]["messages"]
        assert message["text"] == "meet me, reporter, and tell nobody"
        assert message["author"] == {"id": str(at.bob.id), "shown": "bob"}
        nobody_else_saw(at, messages=0)


async def test_a_message_that_is_edited_meanwhile_is_at_the_desk_as_it_was(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        said = await at.bob.send(at.channel, "show me")
        first = await at.alice.context_menu(at.channel, "Report message", said)
        await at.bob.edit(said, "show me your homework")
        await at.press(first, SEND)
        (message,) = (await stored(at))[PartKind.REPORTED]["messages"]
        assert message["text"] == "show me"


async def test_a_person_is_reported_and_learns_nothing(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        first = await at.alice.context_menu(at.channel, "Report this person", at.bob)
        sent = await at.press(first, SEND)
        assert code_on(sent)
        assert (await stored(at))[PartKind.REPORTED]["subject"]["id"] == str(at.bob.id)
        assert at.env.backend.dm_channels == {}
        nobody_else_saw(at, messages=0)


async def test_yes_now_is_sent_at_once_and_after_five_minutes_it_says_call_now(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        first = await at.alice.slash(at.channel, "report")
        shown = await at.press(first, "Yes, now")
        assert "Call **999** now" in words_of(shown)
        assert "The team has it" in words_of(shown)
        assert (await stored(at))[PartKind.ANSWERS]["answers"]["danger"] == "yes"
        for _ in range(21):
            await at.room.later(15)
        assert "Nobody has opened this yet. Please call now." in words_of(shown)
        await at.room.mark(read_at=at.room.clock.now())
        await at.room.later(16)
        assert "Read at" in words_of(shown)
        assert "Nobody has opened this" not in words_of(shown)
        nobody_else_saw(at, messages=0)


async def test_a_form_opened_before_a_restart_is_answered_after_it(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        first = await at.reported("tell nobody")
        form = await at.press(first, "Tell more first")
        await at.room.restart()
        card = await at.alice.submit_modal(form, {"own_words": "it began last week", "age": "10_12"})
        assert "it began last week" not in words_of(card)
        await at.room.restart()
        sent = await at.press(card, SEND)
        assert code_on(sent)
        told = await stored(at)
        assert told[PartKind.ANSWERS]["answers"]["own_words"] == "it began last week"
        assert told[PartKind.ANSWERS]["answers"]["age"] == "10_12"
        assert told[PartKind.REPORTED]["messages"][0]["text"] == "tell nobody"


async def test_more_is_told_after_sent_and_belongs_to_the_same_report(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        sent = await at.press(await at.alice.slash(at.channel, "report"), SEND)
        card = await at.alice.submit_modal(
            await at.press(sent, "Tell more"), {"own_words": "and he has my address"}
        )
        added = await at.press(card, "Send this too") if "Send this too" in labels_of(card) else card
        assert code_on(sent)
        assert "and he has my address" not in words_of(added)
        assert len(await at.room.reports()) == 1


@pytest.mark.parametrize(("label", "named"), [("Yes", True), ("No", False), (None, False)])
async def test_the_username_is_known_only_to_who_was_told_yes(
    tmp_path: Path, label: str | None, *, named: bool
) -> None:
    async with park(tmp_path) as at:
        form = await at.press(await at.alice.slash(at.channel, "report"), "Tell more first")
        card = await at.alice.submit_modal(form, {"own_words": "please keep me out of it"})
        if label is not None:
            value = label.lower()
            card = await at.alice.click(
                screen_of(card), custom_id=id_of(card, question="team_may_know_name", value=value)
            )
        await at.press(card, SEND)
        told = await stored(at)
        assert (PartKind.NAMED in told) is named
        assert ("alice" in json.dumps(told)) is named


async def test_my_reports_tells_what_was_done_by_the_code_alone(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        sent = await at.press(await at.alice.slash(at.channel, "report"), SEND)
        code = code_on(sent)
        await at.room.mark(
            delivered_at=at.room.clock.now(), read_at=at.room.clock.now() + timedelta(minutes=1)
        )
        form = await at.bob.slash(at.channel, "my-reports")
        shown = await at.bob.submit_modal(form, {"reference": code.lower().replace("-", " ")})
        assert "Read at" in words_of(shown)
        assert code not in words_of(shown)
        nobody_else_saw(at, messages=0)


async def test_hide_this_takes_the_screen_away(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        first = await at.reported()
        await at.press(first, "Hide this")
        assert first.response is None
        assert await at.room.open_screens() == []
        assert await at.room.reports() == []


async def test_a_server_without_a_desk_gives_help_and_a_sheet_and_stores_nothing(tmp_path: Path) -> None:
    async with park(tmp_path, at=ELSEWHERE) as at:
        first = await at.reported("come here")
        assert SEND not in labels_of(first)
        assert "Sent" not in words_of(first)
        helped = await at.press(first, "Get help now")
        assert "0800 1111" in words_of(helped) or "local emergency number" in words_of(helped)
        for table in (reports, parts, drafts):
            assert await at.room.rows(table) == []
        nobody_else_saw(at, messages=1)


async def test_every_screen_of_a_practice_server_says_that_nobody_reads_it(tmp_path: Path) -> None:
    async with park(tmp_path, desk="practice") as at:
        first = await at.reported()
        helped = await at.press(first, "Get help now")
        back = await at.press(helped, "Back")
        card = await at.alice.submit_modal(
            await at.press(back, "Tell more first"), {"own_words": "only a try"}
        )
        sent = await at.press(card, "Send (practice)")
        advice = await at.press(sent, "What to do now")
        lookup = await at.alice.submit_modal(
            await at.alice.slash(at.channel, "my-reports"), {"reference": "LB-0000-0000-0000-0"}
        )
        screens = [words_of(shown) for shown in (advice, lookup)]
        answers = [
            str(request.json) for request in at.env.http_requests if request.path.endswith("/callback")
        ]
        cards = [answer for answer in answers if "'type': 9" not in answer]
        assert len(screens) + len(cards) > 6
        assert [words for words in screens if "Practice: nobody reads this" not in words] == []
        assert [words for words in cards if "Practice: nobody reads this" not in words] == []


async def test_about_whoever_runs_a_school_the_school_is_not_told(tmp_path: Path) -> None:
    async with park(tmp_path, desk="school") as at:
        heads = at.guild.create_role("Heads", permissions=discord.Permissions(manage_guild=True))
        head = at.guild.add_member(at.env.create_user("head"), roles=[heads])
        said = await head.send(at.channel, "nobody will believe you")
        first = await at.alice.context_menu(at.channel, "Report message", said)
        sent = await at.press(first, SEND)
        assert code_on(sent)
        assert {row.desk for row in await at.room.reports()} == {"centre"}
        assert {row.desk for row in await at.room.rows(parts)} == {"centre"}
        nobody_else_saw(at, messages=1)


async def test_where_the_only_desk_is_run_by_them_there_is_the_sheet_and_nothing_goes_to_it(
    tmp_path: Path,
) -> None:
    async with park(tmp_path, desk="alone") as at:
        head = at.guild.add_member(at.guild.owner)
        said = await head.send(at.channel, "nobody will believe you")
        first = await at.alice.context_menu(at.channel, "Report message", said)
        shown = await at.press(first, SEND)
        assert "So we did not send it" in words_of(shown)
        assert SEND not in labels_of(shown)
        assert await at.room.reports() == []
        assert await at.room.items() == []


async def test_replies_are_the_same_whether_or_not_the_person_is_known(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        first_time = [words_of(shown) for shown in await whole_report(at)]
        second_time = [words_of(shown) for shown in await whole_report(at)]
        assert [re.sub(r"LB[-\w]+", "", words) for words in first_time] == [
            re.sub(r"LB[-\w]+", "", words) for words in second_time
        ]


async def whole_report(at: Park) -> list[Any]:
    first = await at.alice.context_menu(at.channel, "Report this person", at.bob)
    kept = words_of(first)
    assert kept
    return [await at.press(first, SEND)]


async def test_the_first_screen_says_what_is_saved_beside_what_was_pressed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with park(tmp_path / "unseen") as at:  # without Message Content no words around are saved
        assert "We also save" not in words_of(await at.reported())
    monkeypatch.setattr(Looking, "sees_words", lambda _self: True)
    async with park(tmp_path) as at:
        assert "We also save what was said around it, if we can see it." in words_of(await at.reported())
        assert "We also save what was said here last, if we can see it." in words_of(
            await at.alice.slash(at.channel, "report")
        )
        person = await at.alice.context_menu(at.channel, "Report this person", at.bob)
        assert "We saved their username." in words_of(person)
        assert "We also save" not in words_of(person)
    async with park(tmp_path / "none", at=ELSEWHERE) as at:
        assert "We also save" not in words_of(await at.alice.slash(at.channel, "report"))


async def test_what_stands_around_is_in_the_manifest_and_compared(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        await at.press(await at.reported(), SEND)
        told = await stored(at)
        assert len(told[PartKind.ANSWERS]["evidence_digests"]) == 2
