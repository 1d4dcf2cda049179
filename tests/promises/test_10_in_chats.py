"""Promise 10 in chats. However many press in one community, none is refused, and only look-ups are slowed."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from simcord.backend.serializers import message_payload
from simcord.interactions import base_payload

from bots.discord.custom_ids import CustomId, new_opening
from core.evidence.drafts import DraftKey, new_draft_key
from core.reports.reference import reference_of
from tests import discord_whole, slack_whole
from tests.chat_whole import claims
from tests.chats import Chat, each_chat
from tests.discord_child import CODE
from tests.discord_child import Child as DiscordChild
from tests.everything_down import Claim
from tests.slack_child import Child as SlackChild

AT_ONCE = 20
LOOK_UPS = 70
NOBODY = "LB-0000-0000-0000-0"


async def sent_on_discord(somewhere: discord_whole.Whole, first: DiscordChild, key: DraftKey) -> None:
    """Somebody presses Send on a first screen of their own, as Discord tells it; until it is answered."""
    server, channel = somewhere.discord, somewhere.channel
    pressed = CustomId(key=key, screen="first", opening=new_opening(), button="send").text
    record, told = base_payload(
        server.backend,
        type=3,
        channel_id=channel.id,
        guild_id=somewhere.park.id,
        user_id=somewhere.member(key.text).id,
        data={"custom_id": pressed, "component_type": 2},
    )
    assert first.screen is not None
    record.source_message_id = first.screen.id
    stored = server.backend.messages[channel.id][first.screen.id]
    server.backend.emit("INTERACTION_CREATE", told | {"message": message_payload(server.backend, stored)})
    await server.until(lambda: record.responded)


async def sent_on_slack(somewhere: slack_whole.Whole, first: SlackChild, key: DraftKey) -> None:
    """Somebody presses Send on a first modal of their own."""
    assert first.view is not None
    person = somewhere.member(key.text)
    metadata = first.view["private_metadata"].replace(first.key.text, key.text)
    body = {name: told for name, told in first.view.items() if name != "external_id"}
    somewhere.slack.stack(person, {**body, "private_metadata": metadata})
    told = await somewhere.slack.submit(person)
    assert told.acked


Sent = Callable[[Any, Any, DraftKey], Awaitable[None]]
MANY: dict[str, tuple[int, Sent]] = {"discord": (300, sent_on_discord), "slack": (200, sent_on_slack)}


@each_chat
async def test_of_very_many_reports_from_one_community_none_is_refused(tmp_path: Path, chat: Chat) -> None:
    count, sent = MANY[chat.name]
    async with chat.whole(tmp_path) as somewhere:
        first, last = await somewhere.child().report(), await somewhere.child("the emergency").report()
        keys = [new_draft_key() for _ in range(count)]
        begun = somewhere.moment()
        for at in range(0, count, AT_ONCE):
            await asyncio.gather(*(sent(somewhere, first, key) for key in keys[at : at + AT_ONCE]))
        answers = [json.dumps(told) for _, told in somewhere.replies(begun)]
        codes = {found[0] for found in map(CODE.search, answers) if found is not None}
        assert codes == set(map(reference_of, keys))
        assert await somewhere.stored() == count
        await last.choose("danger", "yes")
        assert claims(last) == {Claim.SENT}
        assert last.gives_help
        await somewhere.behind.deliver()
        assert somewhere.behind.door.arrived[0] == str(last.report_id)


@each_chat
async def test_one_person_may_report_as_often_as_they_like_and_is_helped_as_often(
    tmp_path: Path, chat: Chat
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        member = somewhere.member("alice")
        for number in range(LOOK_UPS):
            child = await somewhere.child_of(member).report()
            await child.press("send")
            assert claims(child) == {Claim.SENT}, number
            await child.press("help")
            assert child.gives_help
        assert await somewhere.stored() == LOOK_UPS


@each_chat
async def test_only_looking_codes_up_is_slowed_and_neither_help_nor_a_report(
    tmp_path: Path, chat: Chat
) -> None:
    async with chat.whole(tmp_path) as somewhere:
        child = somewhere.child()
        slowed = [(await child.my_reports(NOBODY)).says("my-report-slow") for _ in range(LOOK_UPS)]
        assert not slowed[0]
        assert slowed[-1]
        assert "help" in child.buttons
        await child.press("help")
        assert child.gives_help
        await child.report()
        await child.press("send")
        assert claims(child) == {Claim.SENT}
        other = await somewhere.child("somebody else").my_reports(NOBODY)
        assert not other.says("my-report-slow")
