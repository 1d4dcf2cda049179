"""With Discord served, no host but Discord's own and the configured ones is ever looked up or called.

The real program, watched: every way out is written down and refused. Discord stands at one address of this
machine; messages, names and files name hosts of everybody's, and none of them is asked.
"""

import json
from pathlib import Path

from core.ledger.road import outbox
from core.ledger.schema import ROAD
from tests.discord_child import Child
from tests.discord_server import discord_server
from tests.discord_whole import PARK
from tests.program import Program, running, until

HERE = Path(__file__).parents[1]
ELSEWHERE = "elsewhere.invalid"


async def test_with_discord_served_nobody_is_called_but_discord_and_the_desk(tmp_path: Path) -> None:
    record = tmp_path / "calls"
    record.touch()
    async with discord_server() as server:
        park = server.env.create_guild("Skate park", id=PARK)
        channel = park.create_text_channel("general")
        alice = park.add_member(server.env.create_user("alice"))
        bob = park.add_member(server.env.create_user("bob", global_name=f"http://{ELSEWHERE}/b.png"))
        child = Child(discord=server, member=alice, channel=channel)
        program = Program(data=tmp_path / "data", config=tmp_path / "lifebelt.toml")
        (tmp_path / "lifebelt.toml").write_text(
            '[desks.practice]\nname = "Practice desk"\nstanding = "practice"\n'
            f'[communities.{PARK}]\nname = "Here"\nplatform = "discord"\ndesk = "practice"\ncountry = "GB"\n'
        )
        places = (f"127.0.0.1:{server.url.port}", f"127.0.0.1:{program.desk_port}")
        program.environ = {
            "DISCORD_TOKEN": "a token that nobody has",
            "HTTPS_PROXY": "http://proxy.invalid:1",
        }
        program.through = (
            str(HERE / "watched_program.py"),
            str(record),
            ",".join(places),
            str(HERE / "discord_program.py"),
            str(server.url),
        )
        async with running(program):
            await server.until(lambda: server.connected and server.knows_commands)
            said = await bob.send(channel, f"http://{ELSEWHERE}/a", attachments=[("a.png", b"x")])
            await child.report_message(said)
            await child.tell(own_words=f"look http://{ELSEWHERE}/")
            await child.choose("others_use_phone", "no_tell")
            await child.press("send")
            assert child.code is not None
            await until(program, delivered)
            await child.my_reports(child.code)
            assert await program.stop() == 0
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    assert {line["place"] for line in lines} == set(places)
    assert all(line["let"] for line in lines)


async def delivered(program: Program) -> bool:
    rows = await program.rows(ROAD, outbox)
    return bool(rows) and all(row.delivered_at is not None for row in rows)
