"""Promise 4 on Discord. Nobody named in a report learns of it, nor the room, nor those who run the server."""

import json
import re
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from core.ids import CommunityId
from core.ledger.road import outbox
from core.reports.model import Category
from core.settings.communities import AdminChange
from tests.discord_child import Child
from tests.discord_server import traces
from tests.discord_whole import PARK, Whole, whole

WITHOUT = re.compile(
    r"lbr?1[A-Za-z0-9_.~=-]+|LB(?:-[0-9A-Z]{4}){3}-[0-9A-Z]|\d{17,20}|simcord_interaction_\d+|<t:\d+:\w>"
)
"""What is random in a request: keys, codes, ids of Discord."""


async def reported(somewhere: Whole, child: Child, message: Any, person: Any) -> None:
    """Every way there is, to its end: message, person, the code looked up, more told, hidden."""
    await child.report_person(person)
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


def answers_since(somewhere: Whole, begun: int) -> list[tuple[str, str]]:
    """What was answered to presses, in its order, without what is random in it."""
    return [
        (WITHOUT.sub("…", f"{one.method} {one.path}"), WITHOUT.sub("…", json.dumps(one.json)))
        for one in somewhere.discord.requests[begun:]
        if one.path.startswith("/interactions/")
    ]


async def test_replies_their_content_and_their_order_are_the_same_whether_or_not_the_subject_is_known(
    tmp_path: Path,
) -> None:
    async with whole(tmp_path) as somewhere:
        known, unknown = somewhere.member("northlight"), somewhere.member("southlight")
        seen = []
        for subject in (known, known, unknown):
            message = await subject.send(somewhere.channel, "our secret")
            begun = len(somewhere.discord.requests)
            await reported(somewhere, somewhere.child(), message, subject)
            seen.append(answers_since(somewhere, begun))
        assert len(await somewhere.behind.reports()) == 3
        assert len(seen[0]) == 15
        assert "Read" in seen[0][-2][1]
        assert [asked for asked, _ in seen[0]] == [asked for asked, _ in seen[1]]
        assert seen[0] == seen[1]
        assert seen[2] == seen[1]


async def test_nothing_is_done_that_the_room_the_subject_or_who_runs_it_could_see(tmp_path: Path) -> None:
    async with whole(tmp_path) as somewhere:
        subject = somewhere.member("northlight")
        message = await subject.send(somewhere.channel, "our secret")
        said = len(somewhere.channel.history(viewer=subject))
        await reported(somewhere, somewhere.child(), message, subject)
        assert len(somewhere.discord.requests) > 20
        assert traces(somewhere.discord) == []
        assert len(somewhere.channel.history(viewer=subject)) == said
        assert somewhere.park.audit_log() == []
        assert somewhere.discord.backend.dm_channels == {}
        stored = somewhere.discord.backend.messages[somewhere.channel.id][message.id]
        assert (stored.reactions, stored.pinned, stored.content) == ([], False, "our secret")


async def test_every_reply_to_a_press_in_the_room_is_private_from_its_first_moment(tmp_path: Path) -> None:
    async with whole(tmp_path) as somewhere:
        subject = somewhere.member("northlight")
        message = await subject.send(somewhere.channel, "our secret")
        await reported(somewhere, somewhere.child(), message, subject)
        for one in somewhere.discord.requests:
            kind = (one.json or {}).get("type") if one.path.startswith("/interactions/") else None
            assert kind in {None, 4, 7, 9}, "a deferred answer may become a public one"
            if kind == 4:
                assert one.json is not None
                assert one.json["data"]["flags"] & 64
                assert one.json["data"]["allowed_mentions"]["parse"] == []


async def test_moderators_get_nothing_where_nobody_said_yes_whatever_the_server_allows(
    tmp_path: Path,
) -> None:
    async with whole(tmp_path) as somewhere:
        home = somewhere.house
        allowed = AdminChange(
            CommunityId(str(PARK)), "moderators_may_handle", True, "the owner", somewhere.clock.now()
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
        assert traces(somewhere.discord) == []


async def test_what_is_looked_for_here_would_be_seen(tmp_path: Path) -> None:
    """So that the tests above can fail: a message, a sign of typing, a reaction and a direct message are."""
    async with whole(tmp_path) as somewhere:
        bob = somewhere.member("bob")
        message = await bob.send(somewhere.channel, "hello")
        client = somewhere.platform._client
        assert client is not None
        await client.http.send_typing(somewhere.channel.id)
        await client.http.add_reaction(somewhere.channel.id, message.id, "x")
        await client.http.start_private_message(bob.id)
        await client.http.edit_member(PARK, bob.id, reason="reported", nick="reported")
        seen = {trace.rpartition("/")[2] for trace in traces(somewhere.discord)}
        assert seen == {"typing", "@me", "channels", str(bob.id)}
