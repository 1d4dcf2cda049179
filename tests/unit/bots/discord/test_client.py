"""The client: one intent, nothing remembered, no word of an error logged, commands that take no text."""

import re
from pathlib import Path
from typing import Any

import discord
import pytest
from structlog.testing import capture_logs

from bots.discord.client import Client
from tests.discord_room import Park, code_on, park, room, screen_of, words_of

SEND = "Send to the safety team"
NAME = re.compile(r"[-_a-z0-9]{1,32}")


async def commands(tmp_path: Path) -> list[dict[str, Any]]:
    """As Discord is told them."""
    async with room(tmp_path) as found:
        assert isinstance(found.client, Client)
        return [command.to_dict(found.client.tree) for command in found.client.tree.get_commands()]


async def whole_dialogue(at: Park) -> None:
    """Every kind of component and both forms are used, and one form is left without an answer."""
    first = await at.reported()
    await at.press(first, "Tell more first")
    more = await at.press(first, "Tell more first")
    choices = await at.alice.submit_modal(more, {"own_words": "they keep asking"})
    sent = await at.press(choices, SEND)
    code = code_on(sent)
    await at.press(sent, "What to do now")
    form = await at.alice.slash(at.channel, "my-reports")
    shown = await at.alice.submit_modal(form, {"reference": code})
    await at.press(shown, "Hide this")


async def test_the_one_intent_is_not_privileged(tmp_path: Path) -> None:
    async with room(tmp_path) as found:
        assert found.client.intents == discord.Intents(guilds=True)
        privileged = discord.Intents(members=True, presences=True, message_content=True)
        assert not found.client.intents.value & privileged.value


async def test_after_a_whole_dialogue_nobody_and_nothing_said_is_remembered_by_the_library(
    tmp_path: Path,
) -> None:
    async with park(tmp_path) as at:
        await whole_dialogue(at)
        client, guild = at.room.client, at.room.client.get_guild(at.guild.id)
        assert list(client.cached_messages) == []
        assert list(client.private_channels) == []
        assert guild is not None
        assert at.alice.id not in {member.id for member in guild.members}
        assert at.bob.id not in {member.id for member in guild.members}
        assert client.get_user(at.alice.id) is None


async def test_after_a_whole_dialogue_the_library_waits_for_no_screen_or_form_of_ours(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        await whole_dialogue(at)
        store = at.room.client._connection._view_store
        for kept in (store._views, store._synced_message_views, store._modals, store._dynamic_items):
            assert not kept
        assert at.room.client.persistent_views == []


async def test_a_form_of_two_people_at_once_is_each_ones_own(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        hers, his = await at.alice.slash(at.channel, "report"), await at.mo.slash(at.channel, "report")
        her_form = await at.press(hers, "Tell more first")
        his_form = await at.mo.click(screen_of(his), label="Tell more first")
        assert her_form.modal is not None
        assert his_form.modal is not None
        assert her_form.modal["custom_id"] != his_form.modal["custom_id"]
        her_card = await at.alice.submit_modal(her_form, {"own_words": "hers"})
        his_card = await at.mo.submit_modal(his_form, {"own_words": "his"})
        await at.press(her_card, SEND)
        await at.mo.click(screen_of(his_card), label=SEND)
        answers = {body for head, body in await at.room.opened() if head.kind == "answers"}
        assert sum(b'"own_words":"hers"' in body for body in answers) == 1
        assert sum(b'"own_words":"his"' in body for body in answers) == 1


async def test_opening_a_form_again_and_filling_in_the_first_is_answered(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        first = await at.alice.slash(at.channel, "report")
        form = await at.press(first, "Tell more first")
        await at.press(first, "Tell more first")
        assert "You decide" in words_of(await at.alice.submit_modal(form, {"own_words": "late"}))


async def test_of_an_event_that_failed_only_its_name_is_logged(tmp_path: Path) -> None:
    async with room(tmp_path) as found:
        assert isinstance(found.client, Client)
        with capture_logs() as logged:
            await Client.on_error(found.client, "on_interaction", "SECRETWORD", more="SECRETWORD")
        assert [each["event_name"] for each in logged] == ["on_interaction"]
        assert "SECRETWORD" not in str(logged)


async def test_of_a_press_that_failed_only_the_kind_of_error_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("SECRETWORD")

    async with park(tmp_path) as at:
        first = await at.alice.slash(at.channel, "report")
        monkeypatch.setattr(at.room.road, "answer", broken)
        with capture_logs() as logged:
            await at.press(first, SEND)
    assert {"press_failed"} <= {each["event"] for each in logged}
    assert "RuntimeError" in str(logged)
    out, err = capfd.readouterr()
    assert "SECRETWORD" not in str(logged) + out + err


async def test_whoever_runs_it_is_told_that_message_content_is_off(tmp_path: Path) -> None:
    with capture_logs() as logged:
        async with room(tmp_path):
            pass
    (said,) = [each for each in logged if each["event"] == "discord_message_content_off"]
    assert said["lost"] == "the words around a reported message"


# Commands.


async def test_there_are_two_commands_and_two_menus(tmp_path: Path) -> None:
    found = {(command["type"], command["name"]) for command in await commands(tmp_path)}
    assert found == {(1, "report"), (1, "my-reports"), (3, "Report message"), (2, "Report this person")}


async def test_no_command_takes_anything_that_could_be_typed(tmp_path: Path) -> None:
    assert all(not command.get("options") for command in await commands(tmp_path))


async def test_commands_are_for_servers_only_and_installed_by_servers_only(tmp_path: Path) -> None:
    for command in await commands(tmp_path):
        assert command["contexts"] == [0]
        assert command["integration_types"] == [0]


async def test_names_and_descriptions_keep_within_what_discord_takes(tmp_path: Path) -> None:
    for command in await commands(tmp_path):
        if command["type"] == discord.AppCommandType.chat_input.value:
            assert NAME.fullmatch(command["name"])
            assert 1 <= len(command["description"]) <= 100
        else:
            assert 1 <= len(command["name"]) <= 32
            assert not command.get("description")


async def test_everybody_may_use_them(tmp_path: Path) -> None:
    assert all(command.get("default_member_permissions") is None for command in await commands(tmp_path))
