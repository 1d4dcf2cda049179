"""Promise 9 on Discord. Whatever becomes of the server's settings, what was begun is not diverted."""

from collections.abc import Mapping
from pathlib import Path

import discord
import msgspec
import pytest

from core.ids import CommunityId
from core.ledger.road import outbox
from core.settings.communities import Communities
from core.settings.model import Community
from tests.chat_whole import claims
from tests.discord_room import park
from tests.discord_whole import PARK, Whole, whole
from tests.everything_down import Claim

HERE = str(PARK)
RENAMED = {HERE: Community(name="Elsewhere", platform="discord", desk="centre", country="DE")}
HANDED_TO_NOBODY = {HERE: Community(name="Skate park", platform="discord", desk="nobody", country="GB")}
REMOVED: dict[str, Community] = {}


def resettled(somewhere: Whole, communities: Mapping[str, Community]) -> None:
    """The operator writes other settings, and they are in force."""
    before = somewhere.house.communities
    settings = msgspec.structs.replace(somewhere.house.settings, communities=dict(communities))
    vars(before).update(vars(Communities(settings)))
    found = before.get(CommunityId(HERE))
    assert (None if found is None else found.desk) == getattr(communities.get(HERE), "desk", None)


@pytest.mark.parametrize(
    "settings", [RENAMED, HANDED_TO_NOBODY, REMOVED], ids=["renamed", "no desk", "removed"]
)
async def test_a_draft_that_was_begun_never_goes_elsewhere_and_nothing_that_went_nowhere_is_called_sent(
    tmp_path: Path, settings: Mapping[str, Community]
) -> None:
    async with whole(tmp_path) as somewhere:
        message = await somewhere.member("bob").send(somewhere.channel, "come to a private chat")
        child = await somewhere.child().report_message(message)
        await child.choose("category", "grooming")
        resettled(somewhere, settings)
        await child.press("send")
        await somewhere.idle()
        stored = await somewhere.stored()
        assert (Claim.SENT in claims(child)) == (stored == 1)
        assert (child.code is not None) == (stored == 1)
        await somewhere.behind.deliver()
        assert len(await somewhere.behind.reports()) == stored
        assert {row.destination for row in await somewhere.rows(outbox)} <= {"centre"}
        if settings is RENAMED:
            assert stored == 1
        else:
            assert "help" in child.buttons
            assert any(word in child.words for word in ("CEOP", "report"))


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
