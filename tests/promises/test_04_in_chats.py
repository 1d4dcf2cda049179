"""Promise 4 in chats. Nobody named in a report learns of it, nor the room, nor those who run the place."""

from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import sqlalchemy as sa

from core.ids import CommunityId
from core.ledger.road import outbox, reports
from core.reports.model import Category
from core.settings.communities import AdminChange
from tests import discord_whole, slack_whole
from tests.chat_whole import ChatChild, ChatWhole
from tests.chats import Chat, each_chat
from tests.slack_server import SlackFault, direct_messages, sees
from tests.slack_server import traces as traces_on_slack

PRIVATE, OTHER_FACE, MODAL = 4, 7, 9
"""The kinds of answers of Discord's that are private."""


async def reported(somewhere: ChatWhole, child: ChatChild, message: Any) -> None:
    """Every way there is, to its end: by itself, a message, the code looked up, more told, hidden."""
    await child.report()
    await child.press("help")
    await child.press("hide")
    await child.report_message(message)
    await somewhere.a_moment()
    await child.choose("category", "sexual_extortion")
    await child.tell(own_words="he wants money", about="northlight")
    await child.choose("others_use_phone", "no")
    await child.press("send")
    code = child.code
    assert code is not None
    await somewhere.behind.deliver()
    await somewhere.behind.triage()
    await somewhere.behind.fetch()
    await somewhere.idle()
    await child.tell(own_words="and more")
    await child.press("send")
    await somewhere.behind.deliver()
    await somewhere.behind.look((await somewhere.behind.reports())[-1])
    await somewhere.behind.fetch()
    await somewhere.notified()
    await child.my_reports(code)
    await child.press("hide")
    await somewhere.idle()


@each_chat
async def test_replies_their_content_and_their_order_are_the_same_whether_or_not_the_subject_is_known(
    tmp_path: Path, chat: Chat
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        somewhere.follow_nothing()
        known, unknown = somewhere.member("northlight"), somewhere.member("southlight")
        seen = []
        for subject in (known, known, unknown):
            message = await somewhere.says(subject, "our secret")
            begun = somewhere.moment()
            await reported(somewhere, somewhere.child(), message)
            seen.append(somewhere.replies_alike(begun))
        assert len(await somewhere.behind.reports()) == 3
        assert len(seen[0]) >= 12
        assert any("Read" in each for each in seen[0])
        assert seen[0] == seen[1]
        assert seen[2] == seen[1]


@each_chat
async def test_nothing_is_done_that_the_room_the_subject_or_who_runs_it_could_see(
    tmp_path: Path, chat: Chat
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        subject = somewhere.member("northlight")
        message = await somewhere.says(subject, "our secret")
        before = somewhere.read_by(subject)
        await reported(somewhere, somewhere.child(), message)
        assert len(somewhere.said()) > 15
        assert somewhere.traces() == []
        assert somewhere.read_by(subject) == before == ["our secret"]
        assert somewhere.direct_messages() == []


@each_chat
async def test_moderators_get_nothing_where_nobody_said_yes_whatever_the_community_allows(
    tmp_path: Path, chat: Chat
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        home = somewhere.house
        allowed = AdminChange(
            CommunityId(somewhere.community),
            "moderators_may_handle",
            True,
            "the owner",
            somewhere.clock.now(),
        )
        await home.communities.set(somewhere.ledger, allowed)
        for category in (Category.BULLYING, Category.GROOMING, Category.ACCOUNT):
            child = await somewhere.child().report()
            await child.choose("category", category)
            await child.press("send")
            assert child.code is not None
        await somewhere.idle()
        destinations = await somewhere.ledger.read(
            lambda conn: set(conn.execute(sa.select(outbox.c.destination)).scalars())
        )
        assert destinations == {"centre"}
        await somewhere.behind.deliver()
        for report in await somewhere.behind.reports():
            facts = (await somewhere.behind.look(report)).facts
            assert facts is not None
            assert facts.answers.moderators_may_know is not True
        assert somewhere.traces() == []


# On Discord alone.


async def test_on_discord_a_person_is_reported_and_nothing_is_entered_where_staff_looks(
    tmp_path: Path,
) -> None:
    async with discord_whole.whole(tmp_path) as somewhere:
        subject = somewhere.member("northlight")
        message = await somewhere.says(subject, "our secret")
        child = await somewhere.child().report_person(subject)
        await child.press("send")
        await reported(somewhere, child, message)
        assert somewhere.traces() == []
        assert somewhere.park.audit_log() == []
        assert somewhere.discord.backend.dm_channels == {}
        stored = somewhere.discord.backend.messages[somewhere.channel.id][message.id]
        assert (stored.reactions, stored.pinned, stored.content) == ([], False, "our secret")


async def test_on_discord_every_reply_in_the_room_is_private_from_its_first_moment(tmp_path: Path) -> None:
    async with discord_whole.whole(tmp_path) as somewhere:
        message = await somewhere.says(somewhere.member("northlight"), "our secret")
        await reported(somewhere, somewhere.child(), message)
        for _, told in somewhere.replies():
            kind = told["type"]
            assert kind in {PRIVATE, OTHER_FACE, MODAL}, "a deferred answer may become a public one"
            if kind == PRIVATE:
                assert told["data"]["flags"] & 64
                assert told["data"]["allowed_mentions"]["parse"] == []


async def test_on_discord_what_is_looked_for_here_would_be_seen(tmp_path: Path) -> None:
    """So that the tests above can fail: a message, a sign of typing, a reaction and a direct message are."""
    async with discord_whole.whole(tmp_path) as somewhere:
        bob = somewhere.member("bob")
        message = await somewhere.says(bob, "hello")
        client = somewhere.platform._client
        assert client is not None
        await client.http.send_typing(somewhere.channel.id)
        await client.http.add_reaction(somewhere.channel.id, message.id, "x")
        await client.http.start_private_message(bob.id)
        await client.http.edit_member(discord_whole.PARK, bob.id, reason="reported", nick="reported")
        seen = {trace.rpartition("/")[2] for trace in somewhere.traces()}
        assert seen == {"typing", "@me", "channels", str(bob.id)}


# On Slack alone.

STAFF = ["is_admin", "is_owner", "is_primary_owner"]


@pytest.mark.parametrize("flag", STAFF)
@pytest.mark.parametrize("slow", [False, True])
async def test_about_whoever_runs_the_workspace_it_never_goes_to_a_desk_they_run(
    tmp_path: Path, flag: str, slow: bool
) -> None:
    """Also where Slack says only behind the answer who they are."""
    async with slack_whole.whole(tmp_path, desk="school") as somewhere:
        max_ = somewhere.member("max", **{flag: True})
        child = somewhere.child()
        message = await somewhere.says(max_, "you tell nobody")
        with mock.patch("bots.slack.looking.PEOPLE_S", slack_whole.PATIENCE_S if slow else 30.0):
            if slow:
                somewhere.slack.fail(SlackFault.FAILING, always=True, only=slack_whole.WHO)
            await child.report_message(message)
        somewhere.slack.fail(SlackFault.FINE)
        await child.choose("danger", "yes")
        assert child.code is not None
        await somewhere.idle()
        assert {row.desk for row in await somewhere.rows(reports)} == {"centre"}
        assert {row.destination for row in await somewhere.rows(outbox)} == {"centre"}
        assert "The school" not in child.words


async def test_about_somebody_else_it_goes_to_the_desk_of_the_workspace(tmp_path: Path) -> None:
    async with slack_whole.whole(tmp_path, desk="school") as somewhere:
        message = await somewhere.says(somewhere.member("bob"), "you tell nobody")
        child = await somewhere.child().report_message(message)
        await child.choose("danger", "yes")
        assert {row.destination for row in await somewhere.rows(outbox)} == {"school"}


async def test_who_runs_the_workspace_sees_nothing_of_anybodys_report(tmp_path: Path) -> None:
    async with slack_whole.whole(tmp_path) as somewhere:
        boss = somewhere.member("boss", is_admin=True, is_owner=True, is_primary_owner=True)
        looking = somewhere.child_of(boss)
        message = await somewhere.says(somewhere.member("bob"), "our secret")
        child = somewhere.child("alice")
        await reported(somewhere, child, message)
        await looking.open_home()
        await looking.write_to_app("what was reported?")
        await somewhere.idle()
        assert len(direct_messages(somewhere.slack, boss)) == 1, "the app answers whoever writes to it"
        for word in ("alice", "bob", "northlight", "he wants money", "LB-", "is sent"):
            assert not sees(boss, word), word
        assert somewhere.traces() == []


async def test_what_the_app_writes_to_somebody_is_the_same_whatever_they_wrote_and_tells_nothing(
    tmp_path: Path,
) -> None:
    async with slack_whole.whole(tmp_path) as somewhere:
        told, silent = somewhere.child("alice"), somewhere.child("kit")
        message = await somewhere.says(somewhere.member("bob"), "our secret")
        await reported(somewhere, told, message)
        for child in (told, silent):
            await child.write_to_app("northlight wants money of me")
            await child.open_home()
        words = [[each.words for each in child.messages] for child in (told, silent)]
        assert words[0] == words[1]
        assert len(words[0]) == 1
        assert "northlight" not in words[0][0]
        homes = [child.person.home.body for child in (told, silent) if child.person.home is not None]
        assert len(homes) == 2
        assert [block["elements"] for block in homes[0]["blocks"] if "elements" in block] == [
            block["elements"] for block in homes[1]["blocks"] if "elements" in block
        ]


async def test_where_no_modal_opens_the_help_beside_it_is_seen_by_nobody_else(tmp_path: Path) -> None:
    async with slack_whole.whole(tmp_path) as somewhere:
        bob, child = somewhere.member("bob"), somewhere.child()
        message = await somewhere.says(bob, "our secret")
        somewhere.slack.refusal = "expired_trigger_id"
        somewhere.slack.fail(SlackFault.REFUSED, always=True, only=slack_whole.OPEN)
        for way in (child.report, lambda: child.report_message(message), child.advice):
            await way()
            assert child.messages
        assert somewhere.read_by(bob) == ["our secret"]
        assert somewhere.traces() == []
        for _, told in somewhere.said():
            if isinstance(told, dict) and "response_type" in told:
                assert told["response_type"] == "ephemeral"


async def test_on_slack_what_is_looked_for_here_would_be_seen(tmp_path: Path) -> None:
    """So that the tests above can fail: a message in the channel, an answer for all, a reaction are."""
    async with slack_whole.whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        web = somewhere.platform._web
        assert web is not None
        assert web.session is not None
        assert child.last is not None
        await web.api_call("chat.postMessage", json={"channel": somewhere.channel.id, "text": "hello"})
        url = child.last.payload["response_url"]
        await web.session.post(url, json={"response_type": "in_channel", "text": "reported"})
        seen = traces_on_slack(somewhere.slack)
        assert len(seen) == 4
        assert somewhere.read_by(somewhere.member("bob")) == ["hello", "reported"]
