"""Promise 6. Sealed at capture: what lies on disk, in logs and in metrics reveals nothing of a report.

Followed through the real program: all of it on one host, and a road alone, whose host is stolen.
"""

import asyncio
import re
import resource
import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from core.errors import CannotOpen
from core.evidence.sealing import SecretKey, open_part
from desk.tables import DESK, deliveries
from desk.tables import reports as desk_reports
from tests.apart import desk_and_road
from tests.canaries import Canaries, backup
from tests.program import ANSWERS, Browser, Page, Program, browsing, running, signed_in, until, until_there

CANARY = "kanarienvogel"
KEYS = "keys"


async def test_a_canary_told_and_captured_is_in_no_file_no_log_and_no_metric(
    up: Program, browser: Browser
) -> None:
    first = await browser.get()
    said = [{"id": "1", "author": {"id": f"{CANARY}-1", "name": CANARY}, "text": CANARY, "reported": True}]
    status, _ = await browser.hand_over(first.key, said, browser.origin)
    assert status == 200
    more = await browser.press(first, "more", **ANSWERS)
    choices = await browser.press(more, "next", own_words=CANARY, about=CANARY)
    before = leaks(up.data)
    sent = await browser.press(choices, "send", contact=CANARY)
    assert sent.reference is not None
    (report,) = await until_there(up, DESK, desk_reports)
    await _written_between(up, browser, report.id, sent.reference)
    assert before == leaks(up.data) == []
    async with aiohttp.ClientSession() as session, session.get(f"{up.desk}/metrics") as answer:
        metrics = await answer.text()
    assert "lifebelt_" in metrics
    for secret in (CANARY, "Practice room", 'community="', report.id):
        assert secret not in metrics
    assert await up.stop() == 0
    assert leaks(up.data) == []
    assert CANARY in str((await up.look(report.id)).transcripts[0].transcript)


async def _written_between(up: Program, child: Browser, report: str, reference: str) -> None:
    """A note, a message and its answer, each with the canary; and a search for it."""
    async with signed_in(up) as ada:
        case = await ada.get(f"/case/{report}")
        await ada.post(f"/case/{report}/note", case, kind="note", text=CANARY)
        talk = await ada.post(f"/case/{report}/talk", case)
        await ada.post(f"/case/{report}/talk/send", talk, text=f"About the {CANARY}: how are you now?")
        await ada.post("/search", await ada.get("/search"), text=CANARY)
        assert CANARY in (await ada.post(f"/case/{report}/talk", case)).words
        form = await child.post("/my-report", {"reference": reference, "button": "answer"})
        answered = {**form.hidden, "answer.own_words": CANARY, "button": "send"}
        assert "Your answer is sent" in (await child.post("/my-report", answered)).words
        await until_there(up, DESK, deliveries, 2)


async def test_the_program_can_write_no_core_and_keeps_its_keys_to_itself(up: Program) -> None:
    assert core_limits_of(up) == ["0", "0"]
    for file in (up.data / KEYS).iterdir():
        assert file.stat().st_mode & 0o077 == 0, file
    assert (up.data / KEYS).stat().st_mode & 0o077 == 0
    assert "one host" in up.output


def leaks(folder: Path) -> list[str]:
    """Files in which the canary can be read, in any case, as text or as UTF-16."""
    needles = (CANARY.encode(), CANARY.upper().encode(), CANARY.encode("utf-16-le"))
    files = [file for file in folder.rglob("*") if file.is_file()]
    return [file.name for file in files if any(needle in file.read_bytes() for needle in needles)]


# A thief of the bot host, where the desk's keys are on another: every road that words can take.


async def test_a_road_host_without_the_desks_keys_reveals_nothing_that_was_told_on_any_road(
    tmp_path: Path,
) -> None:
    canary = Canaries()
    desk, road = desk_and_road(tmp_path, name=canary["name of the community"])
    road.cwd, copies = tmp_path / "cwd", tmp_path / "copies"
    road.cwd.mkdir()
    copies.mkdir()
    hosts = (road.data, road.cwd, copies)
    async with running(road), browsing(road.public) as browser:
        first = await browser.get()
        choices = await told_but_not_sent(browser, first.key, canary)
        backup(road.data / "road.sqlite", copies / "drafts.sqlite")
        assert canary.found_under(*hosts) == {}
        sent = await browser.press(choices, "send", contact=canary["contact"])
        assert sent.reference is not None
        await told_in_every_wrong_way(road, canary)
        taken = backup(road.data / "road.sqlite", copies / "sent.sqlite")
        there = {file.name for file in road.data.iterdir()}
        assert {"road.sqlite", "road.sqlite-wal", "road.sqlite-shm"} <= there
        for path in ("/metrics", "/readyz"):
            status, text = await fetched(road.desk + path)
            assert (status, canary.found_in(text.encode())) == (200, set())
            assert sent.reference not in text
        assert canary.found_under(*hosts) == {}
        assert await road.stop() == 0
    assert canary.found_under(*hosts) == {}
    assert "request_refused" in road.output
    assert not {file.name for file in (road.data / "keys").iterdir()} & {"desk.key", "recovery.key"}
    sealed = parts_in(taken)
    assert sorted(kind for kind, _ in sealed) == ["answers", "context", "reported"]
    for _, part in sealed:
        with pytest.raises(CannotOpen):
            open_part(part, secrets_under(road.data))
    opened = b"".join(open_part(part, secrets_under(desk.data))[1] for _, part in sealed)
    assert canary.found_in(opened) >= SEALED


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
SEALED = {
    *("own words", "about", "contact", "text", "name", "account", "file", "link", "channel"),
    *("late text", "late name"),
}


async def told_but_not_sent(browser: Browser, key: str, canary: Canaries) -> Page:
    """Through all that is asked and handed over, up to the last screen before Send."""
    status, _ = await browser.hand_over(key, [handed(canary, "")], browser.origin)
    assert status == 200
    late = {"key": key, "origin": browser.origin, "late": True}
    conversation = {"messages": [handed(canary, "late ")], "channel": canary["channel"]}
    url = f"{browser.origin}/report/practice/evidence"
    async with browser._session.post(url, json=late | {"conversation": conversation}) as answer:
        assert await answer.json() == {"stored": True}
    more = await browser.post(
        "/report/practice", {"key": key, "screen": "first", "button": "more"} | answers()
    )
    return await browser.press(more, "next", own_words=canary["own words"], about=canary["about"])


def answers() -> dict[str, str]:
    return {f"answer.{name}": value for name, value in ANSWERS.items()}


def handed(canary: Canaries, when: str) -> dict[str, Any]:
    file = {
        "name": canary[f"{when}file"],
        "type": "image/png",
        "url": f"https://{canary[f'{when}link']}.example/",
    }
    return {
        "id": canary[f"{when}message id"],
        "author": {"id": canary[f"{when}account"], "name": canary[f"{when}name"]},
        "text": canary[f"{when}text"],
        "attachments": [file],
        "embeds": [{"title": canary[f"{when}embed"]}],
        canary[f"{when}field"]: canary[f"{when}value"],
        "reported": not when,
    }


async def told_in_every_wrong_way(road: Program, canary: Canaries) -> None:
    """What belongs nowhere, and what nobody can read: refused or left aside, and kept nowhere."""
    report, evidence = f"{road.public}/report/practice", f"{road.public}/report/practice/evidence"
    look_up = f"{road.public}/my-report"
    headers = {"Referer": f"https://{canary['referer']}.example/", f"X-{canary['header']}": canary["header"]}
    headers |= {"Cookie": f"who={canary['cookie']}", "User-Agent": canary["agent"]}
    too_long = (canary["too long"] + "y") * 22_000
    wrong: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", look_up, {"data": {"reference": canary["reference"]}}),
        ("POST", look_up, {"data": {"reference": "LB-0000-0000-0000-0", canary["odd field"]: "1"}}),
        ("GET", f"{road.public}/report/{canary['place']}?{canary['query']}=1", {"headers": headers}),
        ("GET", f"{road.public}/{canary['path']}", {"headers": headers}),
        ("POST", report, {"data": {name: canary[name] for name in ("key", "button", "screen")}}),
        ("POST", report, {"data": {"answer.category": canary["choice"], "carried": canary["carried"]}}),
        ("POST", report, {"data": canary["type"], "headers": {"Content-Type": f"text/{canary['type']}"}}),
        ("POST", report, {"data": f"own_words={too_long}", "headers": FORM}),
        ("POST", evidence, {"data": f'{{"{canary["bad json"]}', "headers": JSON}),
        ("POST", evidence, {"json": {"key": canary["evidence key"], "origin": "x", "conversation": {}}}),
        ("POST", evidence, {"json": {"key": "0" * 32, "origin": canary["origin"], "conversation": {}}}),
        ("PUT", report, {"data": canary["method"]}),
    ]
    async with aiohttp.ClientSession() as session:
        for method, url, how in wrong:
            async with session.request(method, url, **how) as answer:
                assert answer.status < 500, (method, url)


async def fetched(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


def parts_in(database: Path) -> list[tuple[str, bytes]]:
    with closing(sqlite3.connect(database)) as conn:
        return list(conn.execute("SELECT kind, sealed FROM parts"))


def secrets_under(data: Path) -> list[SecretKey]:
    """Every age key that lies in the folder, in whatever file."""
    texts = [file.read_text() for file in (data / "keys").iterdir()]
    return [SecretKey.parse(found) for text in texts for found in re.findall(r"AGE-SECRET-KEY-1\w+", text)]


# No core.


@pytest.fixture
def cores_are_written() -> Iterator[None]:
    """Whoever starts it has raised every limit, and a core would lie in its folder."""
    before = resource.getrlimit(resource.RLIMIT_CORE)
    if before[1] != resource.RLIM_INFINITY:
        pytest.skip("needs a hard limit of cores that is unlimited: ulimit -Hc unlimited")
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    yield
    resource.setrlimit(resource.RLIMIT_CORE, before)


@pytest.mark.usefixtures("cores_are_written")
async def test_aborted_with_every_limit_raised_it_leaves_no_core(program: Program, tmp_path: Path) -> None:
    program.cwd = tmp_path / "cwd"
    program.cwd.mkdir()
    async with running(program), browsing(program.public) as browser:
        first = await browser.get()
        await browser.press(first, "send", own_words=CANARY, **ANSWERS)
        program.signal(signal.SIGWINCH)
        await until(program, has_said_whether_it_can_be_dumped)
        assert "dumpable 0" in program.output
        assert core_limits_of(program) == ["0", "0"]
        before = set(tmp_path.rglob("*"))
        program.signal(signal.SIGABRT)
        assert await program.ended() == -signal.SIGABRT
    written = {file.name for file in set(tmp_path.rglob("*")) - before}
    assert not {name for name in written if "core" in name}
    assert list(program.cwd.iterdir()) == []


@pytest.mark.usefixtures("cores_are_written")
async def test_a_program_that_does_not_forbid_it_leaves_one_there(tmp_path: Path) -> None:
    """So that the test above can fail: on this machine, with these limits, an abort does write a core."""
    if Path("/proc/sys/kernel/core_pattern").read_text().startswith(("|", "/")):
        pytest.skip("this machine hands cores elsewhere")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-S", "-c", "import os; os.abort()", cwd=tmp_path
    )
    assert await process.wait() == -signal.SIGABRT
    assert [file.name for file in tmp_path.iterdir() if "core" in file.name]


async def has_said_whether_it_can_be_dumped(program: Program) -> bool:
    return "dumpable" in program.output


def core_limits_of(program: Program) -> list[str]:
    """Soft and hard, as the kernel has them."""
    assert program.process is not None
    limits = Path(f"/proc/{program.process.pid}/limits").read_text()
    (core,) = [line for line in limits.splitlines() if line.startswith("Max core file size")]
    return core.split()[4:6]
