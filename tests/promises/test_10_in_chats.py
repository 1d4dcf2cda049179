"""Promise 10 on Discord. However many press in one server, none is refused, and only look-ups are slowed."""

import asyncio
import json
from pathlib import Path

from simcord.actors import MemberActor
from simcord.backend.serializers import message_payload
from simcord.interactions import base_payload

from bots.discord.custom_ids import CustomId, new_opening
from core.evidence.drafts import DraftKey, new_draft_key
from core.reports.reference import reference_of
from tests.chat_whole import claims
from tests.discord_child import CODE, Child
from tests.discord_server import CALLBACKS
from tests.discord_whole import Whole, whole
from tests.everything_down import Claim

REPORTS = 1000
AT_ONCE = 20
LOOK_UPS = 70
NOBODY = "LB-0000-0000-0000-0"


async def sent_by(somewhere: Whole, member: MemberActor, screen: Child, key: DraftKey) -> None:
    """Somebody presses Send on a first screen of their own, as Discord tells it; until it is answered."""
    server, channel = somewhere.discord, somewhere.channel
    pressed = CustomId(key=key, screen="first", opening=new_opening(), button="send").text
    record, told = base_payload(
        server.backend,
        type=3,
        channel_id=channel.id,
        guild_id=somewhere.park.id,
        user_id=member.id,
        data={"custom_id": pressed, "component_type": 2},
    )
    assert screen.screen is not None
    record.source_message_id = screen.screen.id
    stored = server.backend.messages[channel.id][screen.screen.id]
    server.backend.emit("INTERACTION_CREATE", told | {"message": message_payload(server.backend, stored)})
    await server.until(lambda: record.responded)


async def test_of_a_thousand_reports_from_one_server_none_is_refused(tmp_path: Path) -> None:
    async with whole(tmp_path) as somewhere:
        first, last = await somewhere.child().report(), await somewhere.child("the emergency").report()
        members = [somewhere.member(f"child {number}") for number in range(REPORTS)]
        keys = [new_draft_key() for _ in members]
        begun = len(somewhere.discord.requests)
        for at in range(0, REPORTS, AT_ONCE):
            some = zip(members[at : at + AT_ONCE], keys[at : at + AT_ONCE], strict=True)
            await asyncio.gather(*(sent_by(somewhere, member, first, key) for member, key in some))
        answers = [
            json.dumps(one.json)
            for one in somewhere.discord.requests[begun:]
            if CALLBACKS.fullmatch(f"{one.method} {one.path}")
        ]
        codes = {found[0] for found in map(CODE.search, answers) if found is not None}
        assert codes == set(map(reference_of, keys))
        assert await somewhere.stored() == REPORTS
        await last.choose("danger", "yes")
        assert claims(last) == {Claim.SENT}
        assert last.gives_help
        await somewhere.behind.deliver()
        assert somewhere.behind.door.arrived[0] == str(last.report_id)


async def test_one_person_may_report_as_often_as_they_like_and_is_helped_as_often(tmp_path: Path) -> None:
    async with whole(tmp_path) as somewhere:
        member = somewhere.member("alice")
        for number in range(LOOK_UPS):
            child = await somewhere.child_of(member).report()
            await child.press("send")
            assert claims(child) == {Claim.SENT}, number
            await child.press("help")
            assert child.gives_help
        assert await somewhere.stored() == LOOK_UPS


async def test_only_looking_codes_up_is_slowed_and_neither_help_nor_a_report(tmp_path: Path) -> None:
    async with whole(tmp_path) as somewhere:
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
