"""Promise 9 in chats. Whatever becomes of the community's settings, what was begun is not diverted."""

from collections.abc import Callable
from pathlib import Path

import discord
import msgspec
import pytest

from core.ids import CommunityId
from core.ledger.road import outbox
from core.settings.communities import Communities
from core.settings.model import Community
from tests.chat_whole import ChatWhole, claims
from tests.chats import Chat, each_chat
from tests.discord_room import park
from tests.everything_down import Claim

Change = Callable[[str], dict[str, Community]]
"""The id of a community to what is settled from now on."""


def resettled(somewhere: ChatWhole, change: Change) -> None:
    """The operator writes other settings, and they are in force."""
    before, here = somewhere.house.communities, somewhere.community
    communities = {
        name: msgspec.structs.replace(each, platform=somewhere.NAMED) for name, each in change(here).items()
    }
    settings = msgspec.structs.replace(somewhere.house.settings, communities=communities)
    vars(before).update(vars(Communities(settings)))
    found = before.get(CommunityId(here))
    assert (None if found is None else found.desk) == getattr(communities.get(here), "desk", None)


def renamed(here: str) -> dict[str, Community]:
    return {here: Community(name="Elsewhere", desk="centre", country="DE")}


def handed_to_nobody(here: str) -> dict[str, Community]:
    return {here: Community(name="Skate park", desk="nobody", country="GB")}


def removed(_here: str) -> dict[str, Community]:
    return {}


@each_chat
@pytest.mark.parametrize("change", [renamed, handed_to_nobody, removed])
async def test_a_draft_that_was_begun_never_goes_elsewhere_and_nothing_that_went_nowhere_is_called_sent(
    tmp_path: Path, chat: Chat, change: Change
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        message = await somewhere.says(somewhere.member("bob"), "come to a private chat")
        child = await somewhere.child().report_message(message)
        await child.choose("category", "grooming")
        resettled(somewhere, change)
        await child.press("send")
        await somewhere.idle()
        stored = await somewhere.stored()
        assert (Claim.SENT in claims(child)) == (stored == 1)
        assert (child.code is not None) == (stored == 1)
        await somewhere.behind.deliver()
        assert len(await somewhere.behind.reports()) == stored
        assert {row.destination for row in await somewhere.rows(outbox)} <= {"centre"}
        if change is renamed:
            assert stored == 1
        else:
            assert "help" in child.buttons
            assert any(word in child.words for word in ("CEOP", "report"))


@each_chat
async def test_no_category_takes_a_report_away_from_the_desk(tmp_path: Path, chat: Chat) -> None:
    async with chat.whole(tmp_path) as somewhere:
        categories = list(somewhere.house.categories)
        for category in categories:
            child = await somewhere.child().report()
            await child.choose("category", category.code)
            await child.press("send")
            assert child.code is not None
        assert [row.destination for row in await somewhere.rows(outbox)] == ["centre"] * len(categories)


# On Discord alone; on Slack, see promise 4.


@pytest.mark.parametrize("runs", ["owner", "moderator"])
@pytest.mark.parametrize("how", ["Report message", "Report this person"])
async def test_about_whoever_runs_the_server_it_never_goes_to_a_desk_they_run(
    tmp_path: Path, runs: str, how: str
) -> None:
    async with park(tmp_path, desk="school") as at:
        mods = at.guild.create_role("Mods", permissions=discord.Permissions(moderate_members=True))
        them = at.guild.owner if runs == "owner" else at.env.create_user("max")
        staff = at.guild.add_member(them, roles=[] if runs == "owner" else [mods])
        said = await staff.send(at.channel, "you tell nobody")
        first = await at.alice.context_menu(at.channel, how, said if how == "Report message" else staff)
        await at.press(first, "Yes, now")
        assert {row.desk for row in await at.room.reports()} == {"centre"}
        assert {row.destination for row in await at.room.items()} == {"centre"}
