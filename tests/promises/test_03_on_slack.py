"""Promise 3 on Slack. Killed at any step and told everything again: what was acknowledged arrives, once.

The real program is killed and started again; Slack outlives it, and so does the view that somebody has open,
on which they press again. Presses come over HTTP and down the line that the program opens, in turn.
"""

import asyncio
import itertools
import re
import signal
import sqlite3
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from core.checkpoints import KillPoint
from core.clock import SystemClock
from core.ids import ReportId
from core.ledger.road import open_screens
from core.ledger.schema import ROAD
from desk.tables import DESK
from desk.tables import parts as desk_parts
from desk.tables import reports as desk_reports
from tests.ledgers import postgres_url
from tests.postgres_server import PostgresServer
from tests.program import Program, free_port, running, signed_in, until, until_there
from tests.replay import SAID, WORDS, as_if_the_lease_had_run_out, delivered, nobody_waits_for_news
from tests.slack_child import Child
from tests.slack_server import (
    Channel,
    Delivery,
    Message,
    Server,
    SlackFault,
    Team,
    direct_messages,
    slack_server,
)

PROGRAM = Path(__file__).parents[1] / "slack_program.py"
HTTP, LINE = "http", "line"
DEATHS = {
    "at the desk and at first": (
        KillPoint.RECEIVE,
        KillPoint.TRIAGE,
        KillPoint.DELIVER,
        KillPoint.NEWS,
        KillPoint.CAPTURE,
        f"{KillPoint.COMMIT}:1",
        KillPoint.LATE_PART,
    ),
    "at Send and after": (
        f"{KillPoint.SEAL}:2",
        f"{KillPoint.ACKNOWLEDGE}:1",
        f"{KillPoint.COMMIT}:5",  # of what was told more
        f"{KillPoint.SEAL}:3",
        f"{KillPoint.ACKNOWLEDGE}:2",
    ),
}
"""Every kill point that somebody's way on Slack reaches; the one of the note has a test of its own."""
WHOLE = {"answers", "context", "identity", "reported", "supplement"}
AGAIN = {"supplement", "identity"}
"""Words that a program of before took, and that are told to another, are told twice: one more supplement."""
SLOW_S = 15.0
"""How slow this machine may be: that everything is acknowledged in time is another promise's."""
ENOUGH = 12
"""Presses, after which somebody gives up."""


def test_every_kill_point_is_met() -> None:
    deaths = itertools.chain(*DEATHS.values())
    assert {death.partition(":")[0] for death in deaths} == set(KillPoint) - {KillPoint.NOTIFY}


@dataclass(kw_only=True)
class Telling:
    """Somebody's whole way on Slack, until nobody answers; later on from whatever stands before them."""

    child: Child
    message: Message
    acknowledged: set[str] = field(default_factory=set)
    """The kinds of the parts of which they were told that they are stored."""
    report: ReportId | None = None
    codes: set[str] = field(default_factory=set)

    @property
    def is_whole(self) -> bool:
        return "supplement" in self.acknowledged

    async def tell(self) -> None:
        """AssertionError where a press was not acknowledged, or nothing comes of it."""
        for _ in range(ENOUGH):
            if self.is_whole:
                return
            await self.press()
        raise AssertionError(f"nothing came of it: {self.child.words}")

    async def press(self) -> None:
        """Whatever has to be pressed on what stands there."""
        child, stood = self.child, self.child.screen
        match stood:
            case None:
                await child.report_message(self.message)
            case "first":
                await child.choose("category", "grooming")
                await child.press("send")
            case "sent":
                await child.press("add")
            case "more":
                await child.fill(own_words=WORDS)
            case "choices":
                await child.press("send")
            case other:
                raise AssertionError(f"another screen: {other}")
        assert child.answered
        self._see(stood)

    def _see(self, stood: str | None) -> None:
        child = self.child
        assert child.screen is not None
        self.report = child.report_id
        if child.code is not None:
            self.codes.add(child.code)
            self.acknowledged |= {"answers", "reported"}
            self.acknowledged |= {"supplement"} if stood == "choices" else set()


@dataclass(kw_only=True)
class World:
    """Slack with one workspace, and the program that serves it."""

    slack: Server
    team: Team
    channel: Channel
    message: Message
    program: Program

    def child(self, name: str) -> Child:
        return Child(slack=self.slack, person=self.team.person(name), channel=self.channel)

    def telling(self, name: str) -> Telling:
        return Telling(child=self.child(name), message=self.message)

    def told(self, way: str) -> None:
        """From now on Slack tells the program in this way."""
        self.slack.http(f"{self.program.public}/slack/events" if way == HTTP else None)

    async def connected(self) -> None:
        await self.slack.until(lambda: self.slack.connected)

    async def gone(self) -> None:
        await self.slack.until(lambda: not self.slack.connected)

    async def twice_more(self, delivery: Delivery) -> None:
        """Slack tells the same again, and once more."""
        for _ in range(2):
            assert (await self.slack.again(delivery)).acked

    async def at_the_desk(self) -> dict[str, list[str]]:
        """Report to the kinds of its parts."""
        found: dict[str, list[str]] = {row.id: [] for row in await self.program.rows(DESK, desk_reports)}
        for row in await self.program.rows(DESK, desk_parts):
            found[row.report].append(row.kind)
        return found


@asynccontextmanager
async def world(folder: Path, *, timed: bool = False) -> AsyncIterator[World]:
    async with slack_server() as slack:
        team = slack.add_team()
        robin = team.person("robin")
        channel = team.channel("park", members=[robin])
        program = Program(data=folder / "data", config=folder / "lifebelt.toml")
        (folder / "lifebelt.toml").write_text(
            '[desks.practice]\nname = "Practice desk"\nstanding = "practice"\n'
            f'[communities.{team.id}]\nname = "Here"\nplatform = "slack"\ndesk = "practice"\ncountry = "GB"\n'
        )
        program.environ = {
            "SLACK_BOT_TOKEN": team.token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_APP_TOKEN": slack.app_token,
        }
        program.through = (str(PROGRAM), str(slack.url), "timed" if timed else "-")
        slack.ack_within = SLOW_S
        message = slack.post(robin, channel, SAID)
        yield World(slack=slack, team=team, channel=channel, message=message, program=program)


# Killed.


@pytest.mark.parametrize("deaths", DEATHS.values(), ids=DEATHS)
async def test_killed_at_each_step_in_turn_and_pressed_again_on_the_old_view_there_is_one_report_of_each(
    tmp_path: Path, deaths: tuple[str, ...]
) -> None:
    async with world(tmp_path) as here:
        program, tellings = here.program, [here.telling(death.replace(":", " ")) for death in deaths]
        for death, telling, way in zip(deaths, tellings, itertools.cycle([HTTP, LINE]), strict=False):
            here.told(way)
            await killed(here, death, telling)
        assert any("answers" in telling.acknowledged for telling in tellings)
        assert any("answers" not in telling.acknowledged for telling in tellings)
        async with running(program):
            await here.connected()
            await until(program, delivered)
            there = await here.at_the_desk()
            for death, telling in zip(deaths, tellings, strict=True):
                if telling.acknowledged:
                    assert telling.acknowledged <= set(there[str(telling.report)]), death
            await press_again(here, tellings)
            before = await one_report_each(here, tellings)
            assert await told_more_once(here)
            await told_again(here, tellings)
            after = await one_report_each(here, tellings)
            assert all(before[report] <= after[report] <= WHOLE for report in before)
            assert await program.stop() == 0
        for telling in tellings:
            opened = await program.look(str(telling.report))
            assert (opened.missing, opened.cannot_open) == ((), ())
            assert {added.answers.own_words for added in opened.supplements} == {WORDS}


async def killed(here: World, death: str, telling: Telling) -> None:
    """Somebody tells while the program dies of this; what lay there before may kill it at its start."""
    with suppress(AssertionError):
        await here.program.start(death)
        await here.connected()
        await telling.tell()
    assert await here.program.ended() == -signal.SIGKILL, death
    await here.gone()


async def press_again(here: World, tellings: Collection[Telling]) -> None:
    """Each presses again on what stands before them since; nobody is given another code."""
    for telling, way in zip(tellings, itertools.cycle([LINE, HTTP]), strict=False):
        here.told(way)
        stood = telling.report if telling.child.stands else None
        await telling.tell()
        assert stood in {None, telling.report}
        assert len(telling.codes) == 1
    await until(here.program, delivered)


async def told_again(here: World, tellings: Collection[Telling]) -> None:
    """All of it, and all of it again, and from behind."""
    for telling, way in zip(tellings, itertools.cycle([HTTP, LINE]), strict=False):
        here.told(way)
        heard = list(telling.child.heard)
        await asyncio.gather(*map(here.slack.again, (*heard, *heard, *reversed(heard))))
    await until(here.program, delivered)


async def one_report_each(here: World, tellings: Collection[Telling]) -> dict[str, set[str]]:
    """What lies at the desk: these reports and no other, each part once."""
    found = await here.at_the_desk()
    assert sorted(found) == sorted(str(telling.report) for telling in tellings)
    for report, kinds in found.items():
        once = [kind for kind in kinds if kind not in AGAIN]
        assert len(once) == len(set(once)), (report, kinds)
    return {report: set(kinds) for report, kinds in found.items()}


async def told_more_once(here: World) -> bool:
    """Whether what was told more is at the desk once: nobody told it to another program all over again."""
    return all(kinds.count("supplement") == 1 for kinds in (await here.at_the_desk()).values())


async def test_killed_between_telling_that_there_is_news_and_noting_it_they_are_told_once_or_twice(
    tmp_path: Path,
) -> None:
    async with world(tmp_path) as here:
        program, child = here.program, here.child("alice")
        here.told(HTTP)
        async with running(program, KillPoint.NOTIFY):
            await asks_to_be_told(child)
            async with signed_in(program) as specialist:
                await until(program, delivered)
                with suppress(Exception):
                    await specialist.look(str(child.report_id))
            assert await program.ended() == -signal.SIGKILL
        assert told(child) == ["You have an update"]
        as_if_the_lease_had_run_out(program)
        async with running(program):
            await until(program, nobody_waits_for_news)
        assert told(child) in (["You have an update"], ["You have an update"] * 2)


@pytest.mark.soak
async def test_killed_there_beside_another_the_other_tells_once_more_and_whoever_comes_after_once(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    """The one that began first fetches the news, and tells it before the other looks."""
    async with world(tmp_path) as here:
        clock = SystemClock()
        here.program.environ = {
            **here.program.environ,
            "ROAD_DATABASE_URL": await postgres_url(postgres_server, ROAD, clock),
            "DESK_DATABASE_URL": await postgres_url(postgres_server, DESK, clock),
        }
        program, first, second = here.program, here.child("alice"), here.child("bob")
        other = replace(program, port=free_port(), desk_port=free_port(), process=None)
        async with running(program, KillPoint.NOTIFY), running(other), signed_in(other) as specialist:
            here.slack.http(f"{other.public}/slack/events")
            await asks_to_be_told(first)
            await until(other, delivered)
            await specialist.look(str(first.report_id))
            assert await program.ended() == -signal.SIGKILL
            assert told(first) == ["You have an update"]
            await asks_to_be_told(second)
            await until(other, delivered)
            await specialist.look(str(second.report_id))
            await until(other, nobody_waits_for_news)
        assert told(first) == ["You have an update"] * 2
        assert told(second) == ["You have an update"]


async def asks_to_be_told(child: Child) -> None:
    await child.report()
    await child.tell(own_words=WORDS)
    await child.choose("others_use_phone", "no_tell")
    await child.press("send")
    assert child.code is not None


def told(child: Child) -> list[str]:
    """The direct messages that they got."""
    return [message.text for message in direct_messages(child.slack, child.person)]


async def test_killed_while_a_view_opens_it_is_emptied_in_time_all_the_same(tmp_path: Path) -> None:
    """It was noted under a name of its own before Slack was asked, and nobody ever heard Slack's own name."""
    async with world(tmp_path, timed=True) as here:
        program, slack, telling = here.program, here.slack, here.telling("alice")
        here.told(HTTP)
        slack.clock = stands_still
        async with running(program):
            with slack.holding(OPENINGS):
                press = asyncio.ensure_future(telling.press())
                await held(slack, 1)
                await until_there(program, ROAD, open_screens)
                program.kill()
                await program.ended()
            with pytest.raises(AssertionError):
                await press
        await slack.until(lambda: telling.child.screen == "first")
        as_if_it_had_stood_its_time(program)
        async with running(program):
            await slack.until(lambda: not telling.child.stands)
            assert telling.child.says("slack-closed")
            assert slack.violations == []


def as_if_it_had_stood_its_time(program: Program) -> None:
    now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    with closing(sqlite3.connect(program.data / "road.sqlite")) as conn:
        assert conn.execute("UPDATE open_screens SET closes_at = ?", [now]).rowcount == 1
        conn.commit()


# Told again, and not heard.


async def test_everything_told_three_times_in_a_row_and_after_a_restart_is_one_report_and_nothing_doubled(
    tmp_path: Path,
) -> None:
    """With the desk away at first, and back after the restart."""
    async with world(tmp_path) as here:
        program, tellings = here.program, [here.telling(way) for way in (HTTP, LINE)]
        program.command = ("bots", "slack")
        async with running(program):
            await here.connected()
            for telling, way in zip(tellings, (HTTP, LINE), strict=True):
                here.told(way)
                telling.child.over, begun = here.twice_more, len(here.slack.requests)
                await telling.child.open_home()
                await telling.child.write_to_app("hello")
                await telling.tell()
                assert len(telling.codes) == 1
                assert done_since(begun, here.slack) == ONCE
                assert len(telling.child.person.views) == 1
                assert here.slack.violations == []
            assert not await delivered(program)
            assert await program.stop() == 0
        program.command = ("up",)
        await here.gone()
        async with running(program):
            await here.connected()
            await until(program, delivered)
            before = await one_report_each(here, tellings)
            assert all(kinds == WHOLE for kinds in before.values())
            await told_again(here, tellings)
            assert await one_report_each(here, tellings) == before
            assert await program.stop() == 0


ONCE = {"views.open": 1, "views.push": 1, "views.publish": 1, "chat.postMessage": 1}
"""What is done in Slack for somebody who tells all of it, and would be seen if it were done twice."""


def done_since(begun: int, slack: Server) -> dict[str, int]:
    """How often each of these was done since there were so many requests."""
    done = [request.method for request in slack.requests[begun:] if request.answer]
    return {method: done.count(method) for method in ONCE}


async def test_what_was_done_and_whose_acknowledgement_was_lost_is_done_once_when_it_comes_again(
    tmp_path: Path,
) -> None:
    async with world(tmp_path) as here:
        program, slack = here.program, here.slack
        tellings = [here.telling(way) for way in (HTTP, LINE)]
        async with running(program):
            await here.connected()
            for telling, way in zip(tellings, (HTTP, LINE), strict=True):
                here.told(way)
                child, begun = telling.child, len(slack.requests)
                for event in (child.open_home, lambda child=child: child.write_to_app("hello")):
                    slack.lost_acks = 2  # and Slack tells it a third time
                    await event()
                    assert child.answered
                await each_press_twice_until_it_is_whole(telling)
                assert len(telling.codes) == 1
                assert done_since(begun, slack) == ONCE
            await until(program, delivered)
            there = await one_report_each(here, tellings)
            assert all(kinds == WHOLE for kinds in there.values())
            assert await told_more_once(here)
            assert slack.violations == []
            assert await program.stop() == 0


async def each_press_twice_until_it_is_whole(telling: Telling) -> None:
    """Of each submit the first acknowledgement is lost: the same view still stands there."""
    slack, child = telling.child.slack, telling.child
    while not telling.is_whole:
        if child.screen in {"first", "more", "choices"}:
            stood, slack.lost_acks = child.screen, 1
            with pytest.raises(AssertionError):
                await telling.press()
            assert child.screen == stood
            slack.lost_acks = 0
        await telling.press()


# Stopped, and cut off.


async def test_stopped_while_presses_are_under_way_each_is_acknowledged_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, timed=True) as here:
        program, slack = here.program, here.slack
        opening, filling = here.telling("opening"), here.telling("filling")
        slack.clock = stands_still
        async with running(program):
            await here.connected()
            here.told(LINE)
            while filling.child.screen != "more":
                await filling.press()
            with slack.holding(CHANGES):
                with slack.holding(OPENINGS):
                    here.told(HTTP)
                    opened = asyncio.ensure_future(opening.press())
                    await held(slack, 1)
                    program.signal(signal.SIGTERM)
                    await until(program, is_stopping)
                    here.told(LINE)
                    filled = asyncio.ensure_future(filling.press())
                    await held(slack, 2)
                await opened
                await until(program, takes_no_more)
            await filled
            assert await program.ended() == 0
        assert (opening.child.screen, filling.child.screen) == ("first", "choices")
        await here.gone()
        async with running(program):
            await here.connected()
            await press_again(here, [opening, filling])
            there = await one_report_each(here, [opening, filling])
            assert all(kinds == WHOLE for kinds in there.values())
            assert await program.stop() == 0


def stands_still() -> float:
    """However long it takes here, for Slack it is still the same moment."""
    return 0.0


OPENINGS, CHANGES = re.compile(r"views\.open"), re.compile(r"views\.update")


async def is_stopping(program: Program) -> bool:
    return '"stopping"' in program.output


async def takes_no_more(program: Program) -> bool:
    """Slack's room was asked to stop; the desk's listener ends later, and says so."""
    async with aiohttp.ClientSession() as session, session.get(f"{program.desk}/readyz") as answer:
        ready: bool = (await answer.json())["platforms"]["slack"]
        return not ready


async def held(slack: Server, count: int) -> None:
    """Until Slack was asked for so many things that it takes its time with."""
    await slack.until(lambda: slack.waiting >= count)


async def test_a_line_that_is_cut_ended_refused_or_no_good_is_begun_anew_and_what_was_pressed_is_one_report(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, timed=True) as here:
        program, slack = here.program, here.slack
        here.told(LINE)
        slack.fail(SlackFault.REFUSED, always=True, only=LINES)
        async with running(program):
            await slack.until(lambda: asked_for_lines(slack) > 1)
            slack.bad_lines, slack.retry_after = 1, 1.5
            slack.fail(SlackFault.BUSY, only=LINES)
            await here.connected()
            slack.fail(SlackFault.FINE)
            tellings = [here.telling(name) for name in ("cut", "cut at the form", "ended", "refused")]
            cut, cut_at_the_form, ended, refused = tellings
            await cut_while_under_way(here, cut)
            await cut.tell()
            while cut_at_the_form.child.screen != "more":
                await cut_at_the_form.press()
            await cut_while_under_way(here, cut_at_the_form)
            await cut_at_the_form.tell()
            await ended.press()
            asked = asked_for_lines(slack)
            await slack.hang_up("refresh_requested")
            await slack.until(lambda: asked_for_lines(slack) > asked)
            await pressed_until_it_is_whole(here, ended)
            await refused.press()
            slack.fail(SlackFault.REFUSED, always=True, only=LINES)
            asked = asked_for_lines(slack)
            slack.cut()
            await slack.until(lambda: asked_for_lines(slack) > asked + 1)
            slack.bad_lines = 1
            slack.fail(SlackFault.FINE)
            await pressed_until_it_is_whole(here, refused)
            await until(program, delivered)
            there = await one_report_each(here, tellings)
            assert all(kinds == WHOLE for kinds in there.values())
            assert all(len(telling.codes) == 1 for telling in tellings)
            assert slack.violations == []
            assert await program.stop() == 0


LINES = re.compile(r"apps\.connections\.open")


def asked_for_lines(slack: Server) -> int:
    return sum(request.method == "apps.connections.open" for request in slack.requests)


async def pressed_until_it_is_whole(here: World, telling: Telling) -> None:
    """Somebody presses again wherever Slack says that it did not work, as while lines are exchanged."""
    for _ in range(ENOUGH):
        await here.connected()
        with suppress(AssertionError):
            await telling.tell()
            return
    raise AssertionError("nothing came of it")


async def cut_while_under_way(here: World, telling: Telling) -> None:
    """The press is done, and cannot be acknowledged: nobody knows that it was done but for what it shows."""
    slack = here.slack
    with slack.holding(OPENINGS), slack.holding(CHANGES):
        press = asyncio.ensure_future(telling.press())
        await held(slack, 1)
        slack.cut()
        await here.gone()
    with pytest.raises(AssertionError):
        await press
    await here.connected()
