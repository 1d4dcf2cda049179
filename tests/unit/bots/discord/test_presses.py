"""A press, in its order: captured, committed, answered, and only then what stands around it."""

import asyncio
import json
from pathlib import Path
from typing import Any
from unittest.mock import create_autospec

import discord
import pytest
from aiohttp import ClientResponse

from bots.discord import inbound, looking
from core.errors import LedgerUnavailable
from core.evidence.parts import PartKind
from core.reports.model import YesNo
from tests.discord_room import PARK, Park, id_of, labels_of, park, screen_of, words_of

ELSEWHERE = PARK + 7
GONE = LedgerUnavailable("no disk")
SEND = "Send to the safety team"


async def evidence(at: Park) -> list[tuple[PartKind, dict[str, Any]]]:
    """Every transcript that was stored."""
    kinds = {PartKind.REPORTED, PartKind.CONTEXT}
    return [(head.kind, json.loads(body)) for head, body in await at.room.opened() if head.kind in kinds]


def asked(at: Park) -> list[str]:
    """Every request made to Discord since the commands were told, without its numbers and tokens."""
    kinds = {"interactions": "answer", "webhooks": "screen", "channels": "history", "guilds": "member"}
    paths = [request.path.split("/")[1] for request in at.env.http_requests]
    return [kinds.get(path, path) for path in paths if path not in {"oauth2", "applications"}]


# The sequence.


async def test_what_was_pressed_on_is_committed_before_the_answer_and_its_surroundings_after(
    tmp_path: Path,
) -> None:
    async with park(tmp_path) as at:
        at.room.ledger.hold(on=("append",))
        press = asyncio.create_task(at.reported())
        await at.room.ledger.arrived.wait()
        assert "answer" not in asked(at)
        at.room.ledger.release()
        await press
        assert [one for one in asked(at) if one != "member"] == ["answer", "history"]
        assert [kind for kind, _ in await evidence(at)] == [PartKind.REPORTED, PartKind.CONTEXT]


async def test_every_answer_is_given_once_and_no_press_is_deferred(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        first = await at.reported()
        more = await at.press(first, "Tell more first")
        choices = await at.alice.submit_modal(more, {"own_words": "they keep asking"})
        sent = await at.press(choices, SEND)
        for press in (first, more, choices, sent):
            assert press.acknowledged
            assert not press.deferred
            assert press.followups == []
        assert asked(at).count("answer") == 4


async def test_a_plain_report_stores_what_was_said_last_and_nothing_by_looking(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        await at.bob.send(at.channel, "show me a picture")
        first = await at.alice.slash(at.channel, "report")
        assert await at.room.reports() == []
        await at.press(first, "Yes, now")
        ((kind, transcript),) = await evidence(at)
        assert kind is PartKind.CONTEXT
        assert transcript["messages"][0]["text"] == "show me a picture"


async def test_a_person_is_reported_with_what_they_said_here_last(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        await at.bob.send(at.channel, "show me a picture")
        await at.alice.context_menu(at.channel, "Report this person", at.bob)
        stored = dict(await evidence(at))
        assert stored[PartKind.REPORTED]["subject"] == {"id": str(at.bob.id), "shown": "bob"}
        assert stored[PartKind.CONTEXT]["messages"][0]["text"] == "show me a picture"


async def test_a_person_who_said_nothing_here_is_reported_without_what_others_said(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        await at.mo.send(at.channel, "lovely weather")
        await at.alice.context_menu(at.channel, "Report this person", at.bob)
        assert [kind for kind, _ in await evidence(at)] == [PartKind.REPORTED]


async def test_where_history_may_not_be_read_the_report_is_as_good_as_the_press(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        at.env.inject_error("GET", "/channels/*/messages", status=403, code=50001)
        first = await at.reported()
        await at.press(first, "Yes, now")
        assert len(await at.room.reports()) == 1
        assert [kind for kind, _ in await evidence(at)] == [PartKind.REPORTED]


async def test_a_name_in_half_characters_does_not_keep_a_report_from_being_stored(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        half = at.guild.add_member(at.env.create_user("eve", global_name="E\ud83d"))
        first = await half.slash(at.channel, "report")
        shown = await half.click(screen_of(first), label="Yes, now")
        assert "The team has it" in words_of(shown)
        assert len(await at.room.reports()) == 1


# The ledger is gone.


async def test_with_the_ledger_gone_the_first_answer_is_help_and_nothing_is_called_sent(
    tmp_path: Path,
) -> None:
    async with park(tmp_path) as at:
        at.room.ledger.fail_with(GONE)
        first = await at.reported()
        assert "Call **999** now" in words_of(first)
        assert "Not sent yet" in words_of(first)
        assert "Try again" in labels_of(first)
        assert first.ephemeral


async def test_with_the_ledger_gone_the_danger_exit_is_whole(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        first = await at.alice.slash(at.channel, "report")
        at.room.ledger.fail_with(GONE)
        shown = await at.press(first, "Get help now")
        for words in ("Call **999** now", "0800 1111", "childline.org.uk", "press 55"):
            assert words in words_of(shown)


async def test_try_again_has_the_evidence_although_the_ledger_was_gone_at_the_press(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        at.room.ledger.fail_with(GONE)
        first = await at.reported("meet me behind the rink")
        at.room.ledger.fail_with(None)
        again = await at.press(first, "Try again")
        assert "We saved the message" in words_of(again)
        await at.press(again, SEND)
        assert len(await at.room.reports()) == 1
        stored = dict(await evidence(at))
        assert stored[PartKind.REPORTED]["messages"][0]["text"] == "meet me behind the rink"


async def test_answers_that_could_not_be_stored_travel_with_the_screen(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        first = await at.alice.slash(at.channel, "report")
        at.room.ledger.fail_with(GONE)
        refused = await at.alice.select(
            screen_of(first), ["sexual_extortion"], custom_id=id_of(first, question="category")
        )
        assert "could not save" in words_of(refused)
        at.room.ledger.fail_with(None)
        await at.room.restart()
        again = await at.press(refused, "Try again")
        await at.press(again, SEND)
        answers = next(
            json.loads(body) for head, body in await at.room.opened() if head.kind == PartKind.ANSWERS
        )
        assert answers["answers"]["category"] == "sexual_extortion"


# Ids that nobody here made, and presses that come twice.


def public(at: Park, custom_id: str) -> Any:
    """A message of the app that everybody sees, with one button."""
    button = {"type": 2, "style": 1, "label": "Report", "custom_id": custom_id}
    made = at.env.backend.create_message(
        at.channel.id,
        at.env.backend.bot_user.id,
        "Press here",
        components=[{"type": 1, "components": [button]}],
    )
    return next(message for message in at.channel.history() if message.id == made.id)


@pytest.mark.parametrize(
    "custom_id",
    ["", "lb1", "lb2fbsAAAAAAAAAAAAAAAAAAAAAAopenin", "somebody-elses", "lb1" + "A" * 97, "\U0001f642" * 50],
)
async def test_a_press_that_says_nothing_to_us_is_answered_with_help(tmp_path: Path, custom_id: str) -> None:
    async with park(tmp_path) as at:
        message = public(at, custom_id or " ")
        shown = await at.alice.click(message, custom_id=custom_id or " ")
        assert "Call **999** now" in words_of(shown)
        assert "Not sent" not in words_of(shown)


async def test_a_press_on_a_public_message_gets_a_private_screen_of_its_own(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        first = await at.alice.slash(at.channel, "report")
        message = public(at, id_of(first, question="danger", value="no"))
        shown = await at.alice.click(message, label="Report")
        assert shown.response is not None
        assert shown.ephemeral
        assert shown.response.id != message.id
        (left,) = at.channel.history(viewer=at.mo)
        assert (left.id, left.content) == (message.id, "Press here")


async def test_a_press_told_three_times_is_handled_once(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        first = await at.again(at.reported())
        sent = await at.again(at.press(first, "Yes, now"))
        assert "The team has it" in words_of(sent)
        assert asked(at).count("answer") == 2
        assert len(await at.room.reports()) == 1


async def test_after_a_restart_a_press_told_again_sends_no_second_report(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        first = await at.reported()
        told: list[Any] = []
        at.env.backend.subscribers.append(lambda event, payload: told.append((event, payload)))
        await at.press(first, "Yes, now")
        press = next(payload for event, payload in told if event == "INTERACTION_CREATE")
        await at.room.restart()
        at.env.backend.emit("INTERACTION_CREATE", press)
        await at.env.settle()
        assert len(await at.room.reports()) == 1
        assert len(await at.room.items()) == 1


async def test_a_command_that_is_no_longer_ours_leads_to_help(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        at.room.client.tree.remove_command("report")  # type: ignore[attr-defined]
        shown = await at.alice.slash(at.channel, "report")
        assert "Call **999** now" in words_of(shown)
        assert [type(error).__name__ for error in at.env.errors] == ["CommandNotFound"]


async def test_whatever_breaks_inside_the_answer_is_help(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with park(tmp_path) as at:

        async def broken(*_: object, **__: object) -> None:
            raise RuntimeError("SECRETWORD")

        first = await at.alice.slash(at.channel, "report")
        monkeypatch.setattr(at.room.road, "answer", broken)
        shown = await at.press(first, SEND)
        assert "Call **999** now" in words_of(shown)


# Who runs the place: the school's desk is run by the community, the Centre is its second.


async def desks_of(at: Park, author: Any) -> set[str]:
    said = await author.send(at.channel, "you tell nobody")
    first = await at.alice.context_menu(at.channel, "Report message", said)
    await at.press(first, "Yes, now")
    return {row.desk for row in await at.room.reports()}


async def test_a_message_of_a_member_goes_to_the_desk_of_the_community(tmp_path: Path) -> None:
    async with park(tmp_path, desk="school") as at:
        assert await desks_of(at, at.bob) == {"school"}


async def test_a_message_of_the_owner_never_goes_to_a_desk_they_run(tmp_path: Path) -> None:
    async with park(tmp_path, desk="school") as at:
        owner = at.guild.add_member(at.guild.owner)
        assert await desks_of(at, owner) == {"centre"}


async def test_a_message_of_a_moderator_never_goes_to_a_desk_they_run(tmp_path: Path) -> None:
    async with park(tmp_path, desk="school") as at:
        mods = at.guild.create_role("Mods", permissions=discord.Permissions(manage_messages=True))
        moderator = at.guild.add_member(at.env.create_user("max"), roles=[mods])
        assert await desks_of(at, moderator) == {"centre"}


async def test_a_moderator_reported_as_a_person_is_known_to_be_one(tmp_path: Path) -> None:
    async with park(tmp_path, desk="school") as at:
        mods = at.guild.create_role("Mods", permissions=discord.Permissions(kick_members=True))
        moderator = at.guild.add_member(at.env.create_user("max"), roles=[mods])
        first = await at.alice.context_menu(at.channel, "Report this person", moderator)
        await at.press(first, "Yes, now")
        assert {row.desk for row in await at.room.reports()} == {"centre"}
        assert dict(await evidence(at))[PartKind.REPORTED]["subject"]["is_staff"] is True


async def test_somebody_who_left_does_not_run_the_place(tmp_path: Path) -> None:
    async with park(tmp_path, desk="school") as at:
        said = await at.bob.send(at.channel, "you tell nobody")
        at.guild.remove_member(at.bob)
        first = await at.alice.context_menu(at.channel, "Report message", said)
        await at.press(first, "Yes, now")
        assert {row.desk for row in await at.room.reports()} == {"school"}


async def test_what_discord_says_only_behind_the_answer_still_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "MEMBER_S", 0)
    async with park(tmp_path, desk="school") as at:
        assert await desks_of(at, at.bob) == {"school"}


def test_a_server_that_is_not_told_of_yet_leaves_it_open_who_runs_it(tmp_path: Path) -> None:
    guild = create_autospec(discord.Guild, instance=True, unavailable=True, owner_id=None)
    member = create_autospec(discord.Member, instance=True, guild=guild, _roles=[])
    member.resolved_permissions, member.guild_permissions = None, discord.Permissions.none()
    assert inbound.is_staff(member, guild) is YesNo.NOT_SURE


async def test_where_discord_does_not_say_in_time_the_second_desk_takes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(looking, "MEMBER_S", 0)
    monkeypatch.setattr("bots.discord.presses.BEHIND_S", 0)
    monkeypatch.setattr(discord.Guild, "fetch_member", silent)
    async with park(tmp_path, desk="school") as at:
        assert await desks_of(at, at.bob) == {"centre"}


# A server without a desk.


async def test_in_a_server_without_a_desk_there_is_help_and_nothing_is_read_or_stored(tmp_path: Path) -> None:
    async with park(tmp_path, at=ELSEWHERE) as at:
        first = await at.reported()
        assert "Get help now" in labels_of(first)
        assert "answer" in asked(at)
        assert "history" not in asked(at)
        assert "member" not in asked(at)
        assert await evidence(at) == []


async def test_in_a_server_without_a_desk_nobody_is_asked_who_a_person_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbound, "is_staff", lambda *_: YesNo.NOT_SURE)
    async with park(tmp_path, at=ELSEWHERE) as at:
        first = await at.alice.context_menu(at.channel, "Report this person", at.bob)
        assert "Get help now" in labels_of(first)
        assert asked(at) == ["answer"]


async def test_where_the_screen_is_gone_there_is_a_new_one_and_that_is_emptied_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*_: object, **__: object) -> None:
        answer = create_autospec(ClientResponse, instance=True, status=404, reason="")
        raise discord.NotFound(answer, {"code": 10008, "message": "Unknown Message"})

    async with park(tmp_path) as at:
        first = await at.alice.slash(at.channel, "report")
        with monkeypatch.context() as taken_away:
            taken_away.setattr(discord.InteractionResponse, "edit_message", gone)
            shown = await at.press(first, "Get help now")
        assert "999" in words_of(shown)
        assert shown.ephemeral
        assert screen_of(shown).id != screen_of(first).id
        await at.room.later(13 * 60)
        assert await at.room.emptied() == 2
        assert at.channel.history(viewer=at.alice) == []
