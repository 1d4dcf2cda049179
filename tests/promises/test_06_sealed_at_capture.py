"""Promise 6. Sealed at capture: what lies on disk, in logs and in metrics reveals nothing of a report.

Followed here for one report through the real program.
"""

from pathlib import Path

import aiohttp

from desk.tables import DESK
from desk.tables import reports as desk_reports
from tests.program import ANSWERS, Browser, Program, until_there

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
    assert before == leaks(up.data) == []
    async with aiohttp.ClientSession() as session, session.get(f"{up.desk}/metrics") as answer:
        metrics = await answer.text()
    assert "lifebelt_" in metrics
    for secret in (CANARY, "Practice room", 'community="', report.id):
        assert secret not in metrics
    assert await up.stop() == 0
    assert leaks(up.data) == []
    assert CANARY in str((await up.look(report.id)).transcripts[0].transcript)


async def test_the_program_can_write_no_core_and_keeps_its_keys_to_itself(up: Program) -> None:
    assert up.process is not None
    limits = Path(f"/proc/{up.process.pid}/limits").read_text()
    (core,) = [line for line in limits.splitlines() if line.startswith("Max core file size")]
    assert core.split()[4:6] == ["0", "0"]
    for file in (up.data / KEYS).iterdir():
        assert file.stat().st_mode & 0o077 == 0, file
    assert (up.data / KEYS).stat().st_mode & 0o077 == 0
    assert "one host" in up.output


def leaks(folder: Path) -> list[str]:
    """Files in which the canary can be read, in any case, as text or as UTF-16."""
    needles = (CANARY.encode(), CANARY.upper().encode(), CANARY.encode("utf-16-le"))
    files = [file for file in folder.rglob("*") if file.is_file()]
    return [file.name for file in files if any(needle in file.read_bytes() for needle in needles)]
