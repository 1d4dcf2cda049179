"""Promise 3 on Discord. Killed at any step and told everything again: what was acknowledged arrives, once.

The real program is killed and started again; Discord outlives it, and tells interactions in any order.
"""

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.checkpoints import KillPoint
from core.ids import ReportId
from core.reports.packing import report_id
from desk.tables import DESK
from desk.tables import parts as desk_parts
from desk.tables import reports as desk_reports
from tests.discord_child import Child
from tests.discord_server import Server, discord_server
from tests.program import Program, running, signed_in, until
from tests.replay import WORDS, as_if_the_lease_had_run_out, delivered, nobody_waits_for_news

PARK = 1_000_000_000_000_000_001
PROGRAM = Path(__file__).parents[1] / "discord_program.py"
SAID = "come to a private chat"
CONFIG = f"""
[desks.practice]
name = "Practice desk"
standing = "practice"
[communities.{PARK}]
name = "Skate park"
platform = "discord"
desk = "practice"
country = "GB"
"""
DEATHS = (
    KillPoint.RECEIVE,
    KillPoint.TRIAGE,
    KillPoint.DELIVER,
    KillPoint.NEWS,
    KillPoint.CAPTURE,
    f"{KillPoint.SEAL}:1",  # of what was captured
    f"{KillPoint.SEAL}:2",  # of the report
    f"{KillPoint.SEAL}:3",  # of what was added
    f"{KillPoint.COMMIT}:1",
    f"{KillPoint.COMMIT}:2",
    f"{KillPoint.COMMIT}:4",
    KillPoint.LATE_PART,
    f"{KillPoint.ACKNOWLEDGE}:1",  # of the report
    f"{KillPoint.ACKNOWLEDGE}:2",  # of what was added
)
"""Every kill point that somebody's way on Discord reaches; the one of the note has a test of its own."""
WHOLE = {"answers", "context", "identity", "reported", "supplement"}
AGAIN = {"supplement", "identity"}
"""Words that a program of before took, and that are told to another, are told twice: one more supplement."""


def test_every_kill_point_is_met() -> None:
    assert {death.partition(":")[0] for death in DEATHS} == set(KillPoint) - {KillPoint.NOTIFY}


@dataclass(kw_only=True)
class Telling:
    """Somebody's whole way on Discord, until the line is gone; and what they were told is stored."""

    child: Child
    acknowledged: set[str] = field(default_factory=set)
    report: ReportId | None = None
    told: list[dict[str, Any]] = field(default_factory=list)
    """The interactions, as Discord told them."""

    async def tell(self, message: Any) -> None:
        begun = len(self.child.discord.pressed)
        try:
            with suppress(LookupError, AssertionError):
                await self._tell(message)
        finally:
            self.told = self.child.discord.pressed[begun:]

    async def _tell(self, message: Any) -> None:
        child = self.child
        await child.report_message(message)
        assert child.answered
        self.report = report_id(child.key)
        await child.choose("category", "grooming")
        assert child.answered
        await child.press("send")
        assert child.answered
        self._take("answers", "reported")
        await child.press("add")
        assert child.answered
        await child.fill(own_words=WORDS)
        assert child.answered
        await child.press("send")
        assert child.answered
        self._take("supplement")

    def _take(self, *kinds: str) -> None:
        if self.child.code is not None:
            self.acknowledged |= set(kinds)


@dataclass(kw_only=True)
class World:
    """Discord with one server, and the program that serves it."""

    discord: Server
    program: Program
    channel: Any
    park: Any

    def child(self, name: str) -> Child:
        member = self.park.add_member(self.discord.env.create_user(name))
        return Child(discord=self.discord, member=member, channel=self.channel)

    async def connected(self) -> None:
        await self.discord.until(lambda: self.discord.connected and self.discord.knows_commands)


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    async with discord_server() as server:
        park = server.env.create_guild("Skate park", id=PARK)
        program = Program(data=folder / "data", config=folder / "lifebelt.toml", command=("up",))
        (folder / "lifebelt.toml").write_text(CONFIG)
        program.environ = {"DISCORD_TOKEN": "a token that nobody has"}
        program.through = (str(PROGRAM), str(server.url))
        yield World(discord=server, program=program, channel=park.create_text_channel("general"), park=park)


async def at_the_desk(program: Program) -> dict[str, list[str]]:
    """Report to the kinds of its parts."""
    found: dict[str, list[str]] = {}
    for row in await program.rows(DESK, desk_parts):
        found.setdefault(row.report, []).append(row.kind)
    return found


async def test_killed_at_each_step_in_turn_and_told_everything_again_all_that_was_acknowledged_arrives_once(
    tmp_path: Path,
) -> None:
    async with world(tmp_path) as here:
        program, server = here.program, here.discord
        tellings = []
        async with running(program):
            await here.connected()
        message = await here.child("robin").member.send(here.channel, SAID)
        for death in DEATHS:
            telling = Telling(child=here.child(death.replace(":", " ")))
            with suppress(AssertionError):
                await program.start(death)
                await here.connected()
                await telling.tell(message)
            assert await program.ended() == -signal.SIGKILL, death
            await server.until(lambda: not server.connected)
            tellings.append(telling)
        assert any("answers" in telling.acknowledged for telling in tellings)
        assert any("answers" not in telling.acknowledged for telling in tellings)
        async with running(program):
            await here.connected()
            await until(program, delivered)
            there = await at_the_desk(program)
            for death, telling in zip(DEATHS, tellings, strict=True):
                if telling.acknowledged:
                    assert telling.acknowledged <= set(there[str(telling.report)]), death
            before = await whole(here, tellings)
            for telling in tellings:
                for told in (*telling.told, *telling.told, *reversed(telling.told)):
                    server.again(told)
            await again(here, message)
            await until(program, delivered)
            after = await whole(here, tellings)
            assert all(before[report] <= after[report] <= WHOLE for report in before)
            assert await program.stop() == 0


async def whole(here: World, tellings: list[Telling]) -> dict[str, set[str]]:
    """What lies at the desk, each part once."""
    there = await at_the_desk(here.program)
    sent = {str(telling.report) for telling in tellings if "answers" in telling.acknowledged}
    found = {report: kinds for report, kinds in there.items() if report in sent}
    for report, kinds in found.items():
        once = [kind for kind in kinds if kind not in AGAIN]
        assert len(once) == len(set(once)), (report, kinds)
    ids = [row.id for row in await here.program.rows(DESK, desk_reports)]
    assert len(ids) == len(set(ids))
    assert sent <= set(ids)
    return {report: set(kinds) for report, kinds in found.items()}


async def again(here: World, message: Any) -> None:
    """Somebody tells after all that, and everything before it was looked at by then."""
    telling = Telling(child=here.child("the last"))
    await telling.tell(message)
    assert telling.acknowledged == {"answers", "reported", "supplement"}


async def test_every_interaction_told_three_times_in_a_row_and_after_a_restart_is_one_report(
    tmp_path: Path,
) -> None:
    async with world(tmp_path) as here:
        program, server = here.program, here.discord
        telling = Telling(child=here.child("alice"))
        async with running(program):
            await here.connected()
            message = await here.child("robin").member.send(here.channel, SAID)
            await telling.tell(message)
            for told in telling.told:
                server.again(told)
                server.again(told)
            await until(program, delivered)
            assert await program.stop() == 0
        await server.until(lambda: not server.connected)
        async with running(program):
            await here.connected()
            for told in telling.told:
                server.again(told)
            await again(here, message)
            await until(program, delivered)
            ids = [row.id for row in await program.rows(DESK, desk_reports)]
            assert ids.count(str(telling.report)) == 1
            assert len(ids) == 2
            kinds = (await at_the_desk(program))[str(telling.report)]
            assert set(kinds) == WHOLE
            assert sorted(set(kinds) - AGAIN) == sorted(kind for kind in kinds if kind not in AGAIN)


async def test_killed_between_telling_that_there_is_news_and_noting_it_they_are_told_once_or_twice(
    tmp_path: Path,
) -> None:
    async with world(tmp_path) as here:
        program, server = here.program, here.discord
        child = here.child("alice")
        async with running(program, KillPoint.NOTIFY):
            await here.connected()
            await child.report()
            await child.tell(own_words=WORDS)
            await child.choose("others_use_phone", "no_tell")
            await child.press("send")
            assert child.code is not None
            async with signed_in(program) as specialist:
                await until(program, delivered)
                with suppress(Exception):
                    await specialist.look(str(child.report_id))
            assert await program.ended() == -signal.SIGKILL
        assert told(server) == ["You have an update"]
        as_if_the_lease_had_run_out(program)
        async with running(program):
            await until(program, nobody_waits_for_news)
        assert told(server) in (["You have an update"], ["You have an update"] * 2)


def told(server: Server) -> list[str]:
    """The direct messages that anybody got."""
    found = server.backend.dm_channels.values()
    return [message.content for one in found for message in server.backend.messages.get(one, {}).values()]
