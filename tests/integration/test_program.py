"""The program as its operator meets it: a process, its listeners, its commands, its refusals."""

import json
import stat
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa

from core.ledger.road import trail
from core.ledger.schema import ROAD
from core.ledger.sqlite import SqliteLedger
from core.testing.clock import FixedClock
from desk.tables import DESK
from desk.tables import reports as desk_reports
from tests.program import Browser, Program, browsing, command, free_port, running, until_there

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(data=tmp_path / "data")


async def fetch(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def test_up_says_where_to_press_and_gives_a_link_that_works_once(program: Program) -> None:
    async with running(program):
        assert await fetch(f"{program.public}/healthz") == (200, "ok\n")
        assert await fetch(f"{program.desk}/healthz") == (200, "ok\n")
        status, ready = await fetch(f"{program.desk}/readyz")
        whole = {"ready": True, "not_ready": [], "alarms": [], "platforms": {"web": True}}
        assert (status, json.loads(ready)) == (200, whole)
        assert 'lifebelt_platform_ready{platform="web"} 1.0' in (await fetch(f"{program.desk}/metrics"))[1]
        assert f"{program.public}/" in program.output
        assert "practice: nobody reads this" in program.output
        assert (await fetch(f"{program.public}/metrics"))[0] == 404
        assert (await fetch(f"{program.public}/readyz"))[0] == 404


async def test_what_is_written_is_for_nobody_else_to_read(program: Program) -> None:
    async with running(program):
        wide = [file for file in program.data.rglob("*") if file.stat().st_mode & 0o077]
        assert [file.name for file in wide] == ["output.txt"]
        assert stat.S_IMODE(program.data.stat().st_mode) == 0o700


async def test_a_ledger_that_does_not_open_is_said_and_the_button_still_stands(program: Program) -> None:
    program.environ = {"ROAD_DATABASE_URL": "sqlite:////proc/nowhere/road.sqlite"}
    async with running(program, ready=False):
        status, ready = await fetch(f"{program.desk}/readyz")
        assert status == 503
        assert "the road ledger is not open or cannot write" in json.loads(ready)["not_ready"]
        assert (await fetch(f"{program.public}/report/practice"))[0] == 200
        assert await program.stop() == 0


async def test_the_parts_run_apart_and_find_each_other(tmp_path: Path) -> None:
    """The road has the desk's public keys, the desk has the road's secret, and neither has more."""
    desk = Program(data=tmp_path / "desk", command=("desk",))
    public = desk.keys().desk(create=True).current.public
    recovery = desk.keys().practice_recovery()
    config = tmp_path / "road.toml"
    config.write_text(
        f'[desks.practice]\nname = "Practice desk"\nstanding = "practice"\nurl = "{desk.desk}"\n'
        f'recipients = ["{public}"]\nrecovery = "{recovery}"\n'
        '[communities.practice]\nname = "Practice room"\ndesk = "practice"\ncountry = "GB"\n'
    )
    road = Program(data=tmp_path / "road", command=("bots", "web"), config=config)
    secret = road.keys().road(create=True).webhook_secret
    known = tmp_path / "road.secret"
    known.write_text(secret)
    known.chmod(0o600)
    desk.config = tmp_path / "desk.toml"
    desk.config.write_text(f'[roads.road]\nsecret_files = ["{known}"]\n')
    async with running(desk), running(road), browsing(road.public) as browser:
        assert (await browser.send()).reference is not None
        await until_there(desk, DESK, desk_reports)
    assert not (road.data / "keys" / "desk.key").exists()
    assert not (desk.data / "keys" / "road.key").exists()


async def test_a_second_process_on_the_same_data_waits_and_says_why(program: Program, tmp_path: Path) -> None:
    second = Program(data=program.data, port=free_port(), desk_port=free_port())
    async with running(program), running(second, ready=False):
        status, ready = await fetch(f"{second.desk}/readyz")
        assert status == 503
        assert "road ledger" in ready
        assert "a data folder of its own" in second.output


async def test_a_taken_port_is_said_with_the_mend_and_nothing_is_begun(program: Program) -> None:
    async with running(program):
        other = program.data.parent / "other"
        code, output = await command("up", "--port", str(program.port), data=other)
        assert code == 1
        assert "choose another port" in output
        assert "Traceback" not in output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("worker",), "`lifebelt bots` includes the worker"),
        (("check", "--live", "practice"), "missing  standing"),
        (("settings", "nobody"), "no such community"),
        (("settings", "practice", "desk", "none"), "Choose one of the desks offered"),
        (("settings", "practice", "platform", "x"), "not for an admin to set"),
    ],
)
async def test_what_cannot_be_done_is_said_in_words(tmp_path: Path, words: Sequence[str], says: str) -> None:
    code, output = await command(*words, data=tmp_path / "data")
    assert code == 1
    assert says in output
    assert "Traceback" not in output


async def test_wrong_settings_are_all_said_with_line_reason_and_mend(tmp_path: Path) -> None:
    config = tmp_path / "wrong.toml"
    config.write_text('[server]\nport = "x"\nprot = 1\n[desks.d]\nname = "D"\nstanding = "open"\n')
    code, output = await command("check", "--config", str(config), data=tmp_path / "data")
    assert code == 2
    for line in (":2", ":3", ":6"):
        assert line in output
    assert "port" in output
    assert "Traceback" not in output


async def test_practice_on_another_address_than_loopback_is_refused(tmp_path: Path) -> None:
    environ = {"LIFEBELT_SERVER_HOST": "0.0.0.0"}  # noqa: S104 - what must be refused
    code, output = await command("up", data=tmp_path / "data", environ=environ)
    assert code == 2
    assert "loopback" in output


async def test_keys_are_made_shown_and_rotated_and_never_printed(tmp_path: Path) -> None:
    code, made = await command("keys", "new", data=tmp_path)
    assert code == 0
    _, rotated = await command("keys", "rotate", data=tmp_path)
    assert "desk-retired-0001" in rotated
    _, shown = await command("keys", "show", data=tmp_path)
    for output in (made, rotated, shown):
        assert "SECRET" not in output
        assert "whsec_" not in output


async def test_a_live_recovery_key_is_printed_once_and_lies_nowhere(tmp_path: Path) -> None:
    code, output = await command("keys", "new", "--live", data=tmp_path)
    assert code == 0
    (secret,) = [line.strip() for line in output.splitlines() if "AGE-SECRET-KEY-1" in line]
    assert not any(secret.encode() in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


async def test_the_trail_is_followed_and_a_change_in_it_is_found(program: Program, tmp_path: Path) -> None:
    code, _ = await command("settings", "practice", "country", "DE", "--who", "Ada", data=tmp_path)
    assert code == 0
    code, output = await command("audit", "verify", data=tmp_path)
    assert (code, "road  whole; 1 entries" in output) == (0, True), output
    ledger = SqliteLedger(tmp_path / "road.sqlite", ROAD, FixedClock())
    await ledger.open()
    await ledger.transact(lambda conn: conn.execute(sa.update(trail).values(who="Bob")).rowcount)
    await ledger.close()
    code, output = await command("audit", "verify", data=tmp_path)
    assert code == 1
    assert "BROKEN at entry 1" in output


async def test_rotated_keys_still_open_what_was_sealed_before(program: Program) -> None:
    async with running(program), browsing(program.public) as browser:
        await send(browser)
        (report,) = await until_there(program, DESK, desk_reports)
        assert await program.stop() == 0
    code, output = await command("keys", "rotate", data=program.data)
    assert code == 0
    assert "parts sealed anew" in output
    for retired in (program.data / "keys").glob("desk-retired-*"):
        retired.unlink()
    opened = await program.look(report.id)
    assert opened.facts is not None
    assert opened.cannot_open == ()


async def send(browser: Browser) -> None:
    assert (await browser.send()).reference is not None


TWO_DESKS = """
[desks.a]
name = "A"
standing = "practice"
[desks.b]
name = "B"
standing = "practice"
[communities.c]
name = "C"
desk = "a"
"""


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ('[road]\nplatforms = ["web", "pigeon"]\n', "pigeon"),
        ('[alarm]\nwebhook_url = "https://alarms.example"\n', "webhook_secret_file"),
        (TWO_DESKS, "2 desks are to live in this process"),
    ],
)
async def test_what_cannot_run_together_is_refused_before_anything_begins(
    tmp_path: Path, written: str, says: str
) -> None:
    config = tmp_path / "settings.toml"
    config.write_text(written)
    code, output = await command("up", "--config", str(config), data=tmp_path / "data")
    assert code == 2
    assert says in output
    assert "Traceback" not in output
