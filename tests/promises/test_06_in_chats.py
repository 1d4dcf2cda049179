"""Promise 6 in chats. What comes with a press, and what goes wrong with it, reveals nothing on the road.

A canary in each road that words can take, through the real program; the chat's own library's log as well.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from simcord.backend.errors import SetupError

from core.errors import CannotOpen
from core.evidence.sealing import new_key, open_part
from core.ledger.road import outbox, parts
from core.ledger.schema import ROAD
from tests.canaries import Canaries, backup
from tests.chat_whole import ChatChild, ChatWhole, failing
from tests.chats import CHATS, Chat, each_chat
from tests.discord_child import Child as DiscordChild
from tests.discord_server import DiscordFault, discord_server
from tests.discord_whole import PARK
from tests.faults import DeskFault, LedgerFault
from tests.program import Program, running, until
from tests.slack_child import Child as SlackChild
from tests.slack_server import CannotDo, SlackFault, slack_server

HERE = Path(__file__).parents[1]
SEALED = {"own words", "about", "text", "author", "file", "around"}


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A chat in which everything that has a name is a canary, and the program that serves it."""

    program: Program
    community: str
    child: ChatChild
    says: Callable[[], Awaitable[Any]]
    """Somebody writes; the message."""
    begins: Callable[[], Awaitable[Any]]
    """Every way that words can take in this chat alone."""
    meets: Callable[[], Awaitable[None]]
    """Until the program is served by the chat."""
    fails: Callable[[Any], None]
    logged: str
    """What the room's log says of an answer that was lost."""


def a_program(folder: Path, chat: str, community: str, environ: dict[str, str]) -> Program:
    program = Program(data=folder / "data", config=folder / "lifebelt.toml")
    (folder / "lifebelt.toml").write_text(
        '[desks.practice]\nname = "Practice desk"\nstanding = "practice"\n'
        f'[communities.{community}]\nname = "Here"\nplatform = "{chat}"\ndesk = "practice"\ncountry = "GB"\n'
    )
    program.environ = environ
    return program


@asynccontextmanager
async def on_discord(folder: Path, canary: Canaries) -> AsyncIterator[Stage]:
    async with discord_server() as server:
        park = server.env.create_guild(canary["server"], id=PARK)
        channel = park.create_text_channel(canary["channel"])
        alice = server.env.create_user(canary["username"], global_name=canary["shown name"])
        robin = park.add_member(server.env.create_user(canary["author"]), nick=canary["author nick"])
        child = DiscordChild(
            discord=server, member=park.add_member(alice, nick=canary["nick"]), channel=channel
        )
        program = a_program(folder, "discord", str(PARK), {"DISCORD_TOKEN": canary["token"]})
        program.through = (str(HERE / "discord_program.py"), str(server.url))

        async def says() -> Any:
            await robin.send(channel, canary["around"])
            return await robin.send(channel, canary["text"], attachments=[(f"{canary['file']}.png", b"x")])

        async def meets() -> None:
            await server.until(lambda: server.connected and server.knows_commands)

        yield Stage(
            program=program,
            community=str(PARK),
            child=child,
            says=says,
            begins=lambda: child.report_person(robin),
            meets=meets,
            fails=server.fail,
            logged="discord_answer",
        )


@asynccontextmanager
async def on_slack(folder: Path, canary: Canaries) -> AsyncIterator[Stage]:
    async with slack_server() as server:
        server.signing_secret, server.app_token = canary["signing secret"], f"xapp-{canary['app token']}"
        team = server.add_team(canary["workspace"])
        team.token = f"xoxb-{canary['token']}"
        channel = team.channel(canary["channel"])
        alice = team.person(canary["username"], real_name=canary["shown name"], display_name=canary["nick"])
        robin = team.person(canary["author"], display_name=canary["author nick"])
        child = SlackChild(slack=server, person=alice, channel=channel)
        secrets = {
            "SLACK_BOT_TOKEN": team.token,
            "SLACK_SIGNING_SECRET": server.signing_secret,
            "SLACK_APP_TOKEN": server.app_token,
        }
        program = a_program(folder, "slack", team.id, secrets)
        program.through = (str(HERE / "slack_program.py"), str(server.url), "-")

        async def says() -> Any:
            server.post(robin, channel, canary["around"])
            return server.post(robin, channel, canary["text"], files=[server.file(f"{canary['file']}.png")])

        async def begins() -> None:
            await child.write_to_app(canary["direct message"])
            await child.advice()
            await child.close()
            await server.command(alice, channel, "/report", canary["command"])
            await server.command(alice, channel, f"/{canary['another command']}")
            await server.shortcut(alice, canary["shortcut"])
            server.http(None)
            await child.report()

        async def meets() -> None:
            await server.until(lambda: server.connected)
            server.http(f"{program.public}/slack/events")

        yield Stage(
            program=program,
            community=team.id,
            child=child,
            says=says,
            begins=begins,
            meets=meets,
            fails=server.fail,
            logged="slack_call",
        )
        assert server.violations == []


async def told(child: ChatChild, canary: Canaries, message: Any) -> str:
    """Every way that words can take here, wrong ones too; the code."""
    await child.press("hide")
    await child.my_reports(canary["code typed"])
    await child.press_unknown(canary["custom id"])
    await child.report_message(message)
    await child.choose("category", "grooming")
    await child.tell(own_words=canary["own words"], about=canary["about"])
    await child.choose("team_may_know_name", "no")
    await child.choose("others_use_phone", "no_tell")
    await child.press("send")
    assert child.code is not None
    code = child.code
    await child.my_reports(code)
    return code


Staged = Callable[[Path, Canaries], AbstractAsyncContextManager[Stage]]


@pytest.mark.process
@pytest.mark.parametrize(
    ("staged", "lost"), [(on_discord, DiscordFault), (on_slack, SlackFault)], ids=["discord", "slack"]
)
async def test_a_canary_through_every_road_is_in_no_file_no_log_and_no_metric_of_the_program(
    tmp_path: Path, staged: Staged, lost: type[DiscordFault] | type[SlackFault]
) -> None:
    canary = Canaries()
    async with staged(tmp_path, canary) as stage, running(stage.program):
        program = stage.program
        await stage.meets()
        message = await stage.says()
        await stage.begins()
        code = await told(stage.child, canary, message)
        stage.fails(lost.LOST)
        await stage.child.press("help")
        stage.fails(lost.FINE)
        await until(program, delivered)
        async with aiohttp.ClientSession() as session, session.get(f"{program.desk}/metrics") as answer:
            metrics = await answer.read()
        assert b"lifebelt_" in metrics
        assert canary.found_in(metrics) == set()
        assert stage.community.encode() not in metrics
        backup(program.data / "road.sqlite", tmp_path / "copy.sqlite")
        assert canary.found_under(program.data) == {}
        assert code not in program.output
        assert await program.stop() == 0
        assert canary.found_under(program.data) == {}
        assert canary.found_in((tmp_path / "copy.sqlite").read_bytes()) == set()
        assert stage.logged in program.output
        (report,) = {row.report for row in await program.rows(ROAD, outbox)}
        opened = await program.look(report)
        assert opened.facts is not None
        told_the_desk = [str(found.transcript) for found in opened.transcripts]
        told_the_desk += [opened.facts.answers.own_words, opened.facts.answers.about]
        assert canary.found_in(" ".join(told_the_desk).encode()) >= SEALED


async def delivered(program: Program) -> bool:
    rows = await program.rows(ROAD, outbox)
    return bool(rows) and all(row.delivered_at is not None for row in rows)


# Everything that can break inside a press, with the words of a child in its error.


STEPS = ("road.press", "road.answer", "road.late", "road.status", "screens.note", "communities.get")
MORE = {"discord": ("road.help",), "slack": ("road.welcome",)}


@pytest.mark.parametrize(
    ("chat", "step"), [(chat, step) for chat in CHATS for step in (*STEPS, *MORE[chat.name])], ids=str
)
async def test_an_error_that_quotes_what_was_told_is_in_no_log(
    tmp_path: Path,
    chat: Chat,
    step: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    canary = Canaries()
    async with chat.whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        message = await somewhere.says(somewhere.member("bob"), canary["text"])
        of, _, name = step.partition(".")
        monkeypatch.setattr(getattr(somewhere.house, of), name, _quotes(canary))
        somewhere.platform._presses._places = somewhere.house.communities
        await press_everything(somewhere, child, message, canary)
    logged = capsys.readouterr()
    assert canary.found_in((logged.out + logged.err).encode()) == set()
    assert "failed" in logged.out + logged.err


def _quotes(canary: Canaries) -> Any:
    def quotes(*_given: object, **_named: object) -> Any:
        raise RuntimeError(f"{canary['error']} {canary['text']}")

    return quotes


async def press_everything(somewhere: ChatWhole, child: ChatChild, message: Any, canary: Canaries) -> None:
    """Whatever comes of it; what cannot be pressed because nothing is there is left out."""
    for press in presses(child, message, canary):
        try:
            await press()
        except (LookupError, AssertionError, SetupError, CannotDo):
            continue
        await somewhere.idle()


def presses(child: ChatChild, message: Any, canary: Canaries) -> list[Callable[[], Awaitable[ChatChild]]]:
    return [
        lambda: child.press("send"),
        lambda: child.report_message(message),
        lambda: child.tell(own_words=canary["own words"]),
        lambda: child.my_reports("LB-0000-0000-0000-0"),
    ]


@each_chat
async def test_what_is_captured_opens_with_no_key_that_lies_on_the_road(tmp_path: Path, chat: Chat) -> None:
    canary = Canaries()
    async with chat.whole(tmp_path) as somewhere:
        bob = somewhere.member(canary["author"])
        await somewhere.says(bob, canary["around"])
        message = await somewhere.says(bob, canary["text"], file=f"{canary['file']}.png")
        child = await somewhere.child(canary["username"]).report_message(message)
        await child.tell(own_words=canary["own words"], about=canary["about"])
        with failing(somewhere, LedgerFault.FINE, DeskFault.GONE, chat.fault.FINE):
            await child.press("send")
        await somewhere.idle()
        assert canary.found_under(tmp_path / "data") == {}
        rows = await somewhere.rows(parts)
        assert {row.kind for row in rows} >= {"answers", "reported", "context", "identity"}
        of_the_road = somewhere.house.keys.road(create=False).identity
        for row in rows:
            for key in (of_the_road, new_key()):
                if row.kind != "identity":
                    with pytest.raises(CannotOpen):
                        open_part(row.sealed, [key])
        told_the_desk = b"".join(body for _, body in await somewhere.opened())
        assert canary.found_in(told_the_desk) >= SEALED
        assert "username" not in canary.found_in(told_the_desk)
