"""A real process, killed with nothing said, again and again: what it was told is stored is stored."""

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.ledger import trail as trails
from core.ledger.counters import counts
from core.ledger.road import counters, drafts, trail
from core.ledger.schema import ROAD
from core.ledger.sqlite import SqliteLedger
from core.testing.clock import FixedClock

ROOT = Path(__file__).parents[3]
CHILD = Path(__file__).with_name("child.py")
KILLS = 5

pytestmark = pytest.mark.process


def acknowledged_before_the_kill(folder: Path, answers: int) -> set[str]:
    """Let a process write until it was told so many times that something is stored, then kill it."""
    command = [sys.executable, str(CHILD), str(folder), "until_killed"]
    with subprocess.Popen(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        lines = []
        for line in child.stdout:
            lines.append(line)
            if len(lines) == answers:
                child.kill()
        # What it had said by then comes out of the pipe after its death.
    whole = [line.decode().split() for line in lines if line.endswith(b"\n")]
    return {words[1] for words in whole if words[0] == "stored"}


async def test_nothing_acknowledged_is_lost_and_nothing_is_half_there(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    acknowledged: set[str] = set()
    for kill in range(KILLS):
        acknowledged |= acknowledged_before_the_kill(folder, answers=150 + 97 * kill)
    assert len(acknowledged) > 150 * KILLS

    ledger = SqliteLedger(folder / "road.sqlite", ROAD, FixedClock())
    await ledger.open()
    stored = set(await ledger.read(lambda conn: conn.scalars(sa.select(drafts.c.id)).all()))
    assert acknowledged <= stored
    assert await ledger.read(lambda conn: counts(conn, counters)) == {"drafts": len(stored)}
    assert await ledger.read(lambda conn: conn.exec_driver_sql("PRAGMA integrity_check").scalar()) == "ok"
    verdict = await ledger.read(lambda conn: trails.verify(conn, trail))
    assert verdict.ok
    assert verdict.entries >= KILLS
    await ledger.close()
