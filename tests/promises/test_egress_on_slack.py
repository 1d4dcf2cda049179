"""With Slack served, no host but Slack's own and the configured ones is ever looked up or called.

The real program, watched: every way out is written down and refused. Slack stands at one address of this
machine; messages, names and files name hosts of everybody's, and none of them is asked.
"""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.ledger.road import outbox
from core.ledger.schema import ROAD
from tests.program import Program, running, until
from tests.slack_child import Child
from tests.slack_server import Message, Server, SlackFault, Team, slack_server

HERE = Path(__file__).parents[1]
ELSEWHERE = "elsewhere.invalid"
LINK = f"http://{ELSEWHERE}/a.png"
TRAPS = {
    "HTTP_PROXY": "http://proxy.invalid:2",
    "ALL_PROXY": "http://proxy.invalid:3",
    "SLACK_CLIENT_ID": "111.222",
    "SLACK_CLIENT_SECRET": "another secret",
    "SLACK_VERIFICATION_TOKEN": "of no use any more",
    "SLACK_BASE_URL": LINK,
}
"""What else may stand in the environment; some of it would make Bolt ask for installations instead."""


@dataclass(kw_only=True)
class World:
    """Slack with one workspace, and the program that serves it."""

    slack: Server
    team: Team
    program: Program
    record: Path

    @property
    def places(self) -> set[str]:
        return {f"127.0.0.1:{self.slack.url.port}", f"127.0.0.1:{self.program.desk_port}"}

    def calls(self) -> dict[str, bool]:
        """Everybody who was looked up or called, and whether that was let through."""
        lines = [json.loads(line) for line in self.record.read_text().splitlines()]
        return {line["place"]: line["let"] for line in lines}


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    """The program is up, and both ways stand by which Slack may tell it."""
    record = folder / "calls"
    record.touch()
    async with slack_server() as slack:
        team = slack.add_team()
        program = Program(data=folder / "data", config=folder / "lifebelt.toml")
        (folder / "lifebelt.toml").write_text(
            '[desks.practice]\nname = "Practice desk"\nstanding = "practice"\n'
            f'[communities.{team.id}]\nname = "Here"\nplatform = "slack"\ndesk = "practice"\ncountry = "GB"\n'
        )
        here = World(slack=slack, team=team, program=program, record=record)
        program.environ = TRAPS | {
            "SLACK_BOT_TOKEN": team.token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_APP_TOKEN": slack.app_token,
        }
        program.through = (
            *(str(HERE / "watched_program.py"), str(record), ",".join(sorted(here.places))),
            *(str(HERE / "slack_program.py"), str(slack.url), "-"),
        )
        async with running(program):
            await slack.until(lambda: slack.connected)
            yield here


def full_of_links(slack: Server, team: Team) -> Message:
    """A message of which everything that may hold one holds a link to somebody's host."""
    bob = team.person("bob", real_name=LINK, display_name=LINK)
    channel = team.channel("park", members=[bob])
    picture = {"type": "image", "image_url": LINK, "alt_text": LINK}
    named = {"url_private": LINK, "url_private_download": LINK, "permalink": LINK, "thumb_360": LINK}
    file = slack.file("a.png") | {"thumb_64": str(slack.url / "files" / "thumb.png")}
    slack.post(bob, channel, LINK, files=[file], blocks=[picture])
    return slack.post(bob, channel, LINK, files=[file, file | named], blocks=[picture])


async def test_with_slack_served_nobody_is_called_but_slack_and_the_desk(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        slack, program = here.slack, here.program
        message = full_of_links(slack, here.team)
        for number, way in enumerate((f"{program.public}/slack/events", None)):
            slack.http(way)
            alice = here.team.person(f"alice {number}")
            child = Child(slack=slack, person=alice, channel=message.channel)
            await child.open_home()
            await child.write_to_app(f"look {LINK}")
            await child.report_message(message)
            await child.choose("category", "grooming")
            await child.tell(own_words=f"look {LINK}")
            await child.choose("others_use_phone", "no_tell")
            await child.press("send")
            assert child.code is not None
            await until(program, delivered)
            await child.my_reports(child.code)
            assert child.says("told-received")
        assert await program.stop() == 0
        assert set(here.calls()) == here.places
        assert all(here.calls().values())
        assert slack.elsewhere == []
        assert slack.violations == []


async def test_a_response_url_of_another_host_is_never_called_and_a_redirect_never_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path) as here:
        slack, program = here.slack, here.program
        slack.http(f"{program.public}/slack/events")
        alice = here.team.person("alice")
        child = Child(slack=slack, person=alice, channel=here.team.channel("park", members=[alice]))
        message = slack.post(alice, child.channel, "come to a private chat")
        slack.fail(SlackFault.REFUSED, always=True, only=re.compile("views.open"))
        slack.refusal = "expired_trigger_id"
        slack.moved_to = LINK
        await child.report_message(message)
        assert child.answered
        assert asked(slack) == 1
        slack.moved_to = ""
        for url in signed_by_slack_and_not_its_own(slack):
            with monkeypatch.context() as meanwhile:
                meanwhile.setattr(slack, "_reply_url", lambda *_given, told=url: told)
                await child.report_message(message)
            assert child.answered
        assert asked(slack) == 1
        await child.report_message(message)
        assert "Try again" in child.messages[-1].words
        assert await program.stop() == 0
        assert set(here.calls()) <= here.places
        assert slack.elsewhere == []


def signed_by_slack_and_not_its_own(slack: Server) -> list[str]:
    ours = str(slack.url).removesuffix("/")
    return [
        f"http://{ELSEWHERE}/",
        f"{ours}.{ELSEWHERE}/response/",
        f"{ours}@{ELSEWHERE}/response/",
        f"{ours}\\@{ELSEWHERE}/response/",
        f"{ours}/elsewhere/response/",
        f"//{ELSEWHERE}/response/",
        "file:///etc/passwd",
    ]


def asked(slack: Server) -> int:
    """How often anything was posted to a response_url."""
    return sum(request.method == "response_url" for request in slack.requests)


async def delivered(program: Program) -> bool:
    rows: list[Any] = await program.rows(ROAD, outbox)
    return bool(rows) and all(row.delivered_at is not None for row in rows)
