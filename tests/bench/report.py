"""Puts measured tables into a document, between two marks, with the machine, the commit and the command."""

import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from tests.bench.by_hand import driver
from tests.bench.figures import Figure, table
from tests.postgres_server import PROGRAMS

BEGINS, ENDS = "<!-- measured: begin -->", "<!-- measured: end -->"


class Measured(NamedTuple):
    """One subject on one disk."""

    subject: str
    slow_ms: int
    figures: list[Figure]
    load: float
    """How much else this machine did: its load average before."""

    @property
    def heading(self) -> str:
        disk = f"every sync {self.slow_ms} ms longer" if self.slow_ms else "the disk as it is"
        return f"### {self.subject}: {disk}"

    @property
    def text(self) -> str:
        return f"{self.heading}\n\nLoad average before: {self.load:.2f}.\n\n{table(self.figures)}\n"


def write(file: Path, found: Sequence[Measured]) -> None:
    """Put the tables between the marks, each in place of its own from before; the others stay.

    ValueError where the marks are not there.
    """
    before, begins, rest = file.read_text().partition(BEGINS)
    kept, ends, after = rest.partition(ENDS)
    if not begins or not ends:
        raise ValueError(f"{file} has no place between {BEGINS} and {ENDS}")
    sections = {section.partition("\n")[0]: section for section in _sections(kept)}
    measured_by = _circumstances()
    for one in found:
        sections[one.heading] = f"{one.text}\n{measured_by}"
    tables = "\n".join(sections.values())
    file.write_text(f"{before}{BEGINS}\n\n{tables}\n{ENDS}{after}")


def _sections(text: str) -> list[str]:
    return [f"### {section.strip()}\n" for section in text.split("### ")[1:]]


def _circumstances() -> str:
    """The machine, the software, the commit and the command, in one line."""
    told = (
        f"{_processor()}, {os.cpu_count()} cores, {_memory()}, {platform.system()} {platform.release()}",
        f"Python {platform.python_version()}, SQLite {driver.sqlite_version}, {_postgres()}",
        f"commit {_git('describe', '--always', '--dirty')}, {datetime.now(UTC):%Y-%m-%d}",
        f"`python -m tests.bench {' '.join(sys.argv[1:])}`",
    )
    return f"{'; '.join(told)}.\n"


def _processor() -> str:
    try:
        told = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in told.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory() -> str:
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"


def _postgres() -> str:
    if PROGRAMS is None:
        return "no PostgreSQL"
    return subprocess.check_output([str(PROGRAMS / "postgres"), "--version"], text=True).strip()


def _git(*words: str) -> str:
    ended = subprocess.run(["git", *words], capture_output=True, text=True, check=False)
    return ended.stdout.strip() or "unknown"
