"""Ratios within one run: the product against bare baselines, and against itself.

`python -m tests.bench [SUBJECT…]` from the root. Each subject is measured in a process of its own, once on
this machine's disk and once more on one whose every sync takes `--slow-ms` longer (that needs a C compiler).
Absolute figures say more about the machine.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tests.bench.child import SUBJECTS
from tests.bench.disk import slowed
from tests.bench.engines import Engine
from tests.bench.figures import Figure, Setting
from tests.bench.report import Measured, write
from tests.postgres_server import PROGRAMS

ON_A_SLOW_DISK = frozenset({"ledger", "intake", "press_to_desk", "delivery", "discord_reply"})
"""Where a sync is part of what is measured."""


def main() -> None:
    asked = _parser().parse_args()
    found = []
    for one in measured(asked):
        found.append(one)
        print(one.text, flush=True)
    if asked.write:
        write(asked.write, found)


def measured(asked: argparse.Namespace) -> Iterator[Measured]:
    for subject in asked.subjects or SUBJECTS:
        for slow_ms in sorted({0, asked.slow_ms}):
            if not slow_ms or subject in ON_A_SLOW_DISK:
                load = os.getloadavg()[0]
                yield Measured(subject, slow_ms, _child(subject, slow_ms, asked), load)


def _child(subject: str, slow_ms: int, asked: argparse.Namespace) -> list[Figure]:
    engines = _installed() if asked.engine == "both" else (Engine(asked.engine),)
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=asked.folder) as name,
        tempfile.TemporaryDirectory() as slow,
    ):
        folder = Path(name).absolute()
        setting = Setting(
            folder=folder,
            seconds=asked.seconds,
            rounds=asked.rounds,
            slow_ms=slow_ms,
            engines=engines,
            most=asked.most,
        )
        ended = subprocess.run(
            [sys.executable, "-m", "tests.bench.child", subject],
            input=msgspec.json.encode(setting, enc_hook=str),
            stdout=subprocess.PIPE,
            env=slowed(Path(slow), slow_ms),
            check=True,
        )
    return msgspec.json.decode(ended.stdout, type=list[Figure])


def _installed() -> tuple[Engine, ...]:
    if PROGRAMS is None:
        print("PostgreSQL is not installed: SQLite alone is measured", file=sys.stderr)
        return (Engine.SQLITE,)
    return tuple(Engine)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=", ".join(SUBJECTS))
    parser.add_argument("--seconds", type=float, default=1.0, help="of each variant in each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slow-ms", type=int, default=0, help="measure once more with syncs so much longer")
    parser.add_argument("--engine", choices=(*Engine, "both"), default="sqlite")
    parser.add_argument("--most", type=int, default=1_000_000, help="the most rows or servers that are made")
    parser.add_argument("--folder", default=".", help="where databases are made, and deleted again")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables into this document")
    return parser


if __name__ == "__main__":
    main()
