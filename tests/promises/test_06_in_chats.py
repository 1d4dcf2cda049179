"""Promise 6 on Discord. What comes with a press, and what goes wrong with it, reveals nothing on the road.

A canary in each road that words can take, through the real program; discord.py's own log as well.
"""

from collections.abc import Awaitable, Callable
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
from tests.chat_whole import failing
from tests.discord_child import Child
from tests.discord_server import DiscordFault, Server, discord_server
from tests.discord_whole import PARK, Whole, whole
from tests.faults import DeskFault, LedgerFault
from tests.program import Program, running, until

SEALED = {"own words", "about", "text", "author", "file", "around"}


def a_server(server: Server, canary: Canaries) -> tuple[Child, Any, Any]:
    """A server in which everything that has a name is a canary; who presses, and a message."""
    park = server.env.create_guild(canary["server"], id=PARK)
    channel = park.create_text_channel(canary["channel"])
    alice = server.env.create_user(canary["username"], global_name=canary["shown name"])
    robin = park.add_member(server.env.create_user(canary["author"]), nick=canary["author nick"])
    child = Child(discord=server, member=park.add_member(alice, nick=canary["nick"]), channel=channel)
    return child, robin, channel


async def messages(robin: Any, channel: Any, canary: Canaries) -> Any:
    await robin.send(channel, canary["around"])
    return await robin.send(channel, canary["text"], attachments=[(f"{canary['file']}.png", b"x")])


async def told(child: Child, canary: Canaries, message: Any, robin: Any) -> str:
    """Every way that words can take here, wrong ones too; the code."""
    await child.report_person(robin)
    await child.press("hide")
    await child.my_reports(canary["code typed"])
    child.rename("help", canary["custom id"])
    await child.press_named(canary["custom id"])
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


async def test_a_canary_through_every_road_is_in_no_file_no_log_and_no_metric_of_the_program(
    tmp_path: Path,
) -> None:
    canary = Canaries()
    async with discord_server() as server:
        child, robin, channel = a_server(server, canary)
        program = Program(data=tmp_path / "data", config=tmp_path / "lifebelt.toml")
        (tmp_path / "lifebelt.toml").write_text(
            '[desks.practice]\nname = "Practice desk"\nstanding = "practice"\n'
            f'[communities.{PARK}]\nname = "Here"\nplatform = "discord"\ndesk = "practice"\ncountry = "GB"\n'
        )
        program.environ = {"DISCORD_TOKEN": canary["token"]}
        through = Path(__file__).parents[1] / "discord_program.py"
        program.through = (str(through), str(server.url))
        async with running(program):
            await server.until(lambda: server.connected and server.knows_commands)
            message = await messages(robin, channel, canary)
            code = await told(child, canary, message, robin)
            server.fail(DiscordFault.LOST)
            await child.press("help")
            server.fail(DiscordFault.FINE)
            await until(program, delivered)
            async with aiohttp.ClientSession() as session, session.get(f"{program.desk}/metrics") as answer:
                metrics = await answer.read()
            assert b"lifebelt_" in metrics
            assert canary.found_in(metrics) == set()
            assert str(PARK).encode() not in metrics
            backup(program.data / "road.sqlite", tmp_path / "copy.sqlite")
            assert canary.found_under(program.data) == {}
            assert code not in program.output
            assert await program.stop() == 0
        assert canary.found_under(program.data) == {}
        assert canary.found_in((tmp_path / "copy.sqlite").read_bytes()) == set()
        assert "discord_answer" in program.output
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


STEPS = (
    "road.press",
    "road.answer",
    "road.late",
    "road.status",
    "road.help",
    "screens.note",
    "communities.get",
)


@pytest.mark.parametrize("step", STEPS)
async def test_an_error_that_quotes_what_was_told_is_in_no_log(
    tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    canary = Canaries()
    async with whole(tmp_path) as somewhere:
        child = await somewhere.child().report()
        message = await somewhere.member("bob").send(somewhere.channel, canary["text"])
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


async def press_everything(somewhere: Whole, child: Child, message: Any, canary: Canaries) -> None:
    """Whatever comes of it; what cannot be pressed because nothing is there is left out."""
    for press in presses(child, message, canary):
        try:
            await press()
        except (LookupError, AssertionError, SetupError):
            continue
        await somewhere.idle()


def presses(child: Child, message: Any, canary: Canaries) -> list[Callable[[], Awaitable[Child]]]:
    return [
        lambda: child.press("send"),
        lambda: child.report_message(message),
        lambda: child.tell(own_words=canary["own words"]),
        lambda: child.my_reports("LB-0000-0000-0000-0"),
    ]


async def test_what_is_captured_opens_with_no_key_that_lies_on_the_road(tmp_path: Path) -> None:
    canary = Canaries()
    async with whole(tmp_path) as somewhere:
        bob = somewhere.member(canary["author"])
        message = await messages(bob, somewhere.channel, canary)
        child = await somewhere.child(canary["username"]).report_message(message)
        await child.tell(own_words=canary["own words"], about=canary["about"])
        with failing(somewhere, LedgerFault.FINE, DeskFault.GONE, DiscordFault.FINE):
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
