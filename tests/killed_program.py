"""Lifebelt as a process of its own, for tests that kill it or break its disk.

    python tests/killed_program.py KILLPOINT[:COUNT]|- lifebelt's own arguments …

It kills itself without a word (SIGKILL) the COUNT-th time it reaches KILLPOINT. SIGUSR1 makes its disk
full: no file grows any more; SIGUSR2 makes room again. SIGWINCH makes it say whether it may be dumped.
LIFEBELT_TEST_CLOCK_AHEAD_S sets its clock wrong by so many seconds.
"""

import ctypes
import os
import resource
import signal
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import lifebelt
from core.checkpoints import KillPoint
from core.clock import SystemClock

UNLIMITED = resource.RLIM_INFINITY
reached: Counter[KillPoint] = Counter()


def main() -> int:
    where, _, count = sys.argv[1].partition(":")
    at = None if where == "-" else KillPoint(where)
    signal.signal(signal.SIGUSR1, lambda *_: limit_files(1))
    signal.signal(signal.SIGUSR2, lambda *_: limit_files(UNLIMITED))
    signal.signal(signal.SIGWINCH, lambda *_: print(f"dumpable {dumpable()}", flush=True))

    def checkpoint(point: KillPoint) -> None:
        reached[point] += 1
        if point is at and reached[point] == int(count or 1):
            os.kill(os.getpid(), signal.SIGKILL)

    ahead = timedelta(seconds=int(os.environ.pop("LIFEBELT_TEST_CLOCK_AHEAD_S", "0")))
    setattr(SystemClock, "now", lambda _: datetime.now(UTC) + ahead)  # noqa: B010 - a test's own wrong clock
    return lifebelt.main(sys.argv[2:], checkpoint=checkpoint)


def dumpable() -> int:
    """What the kernel says of this process: 0 is no."""
    return int(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))  # PR_GET_DUMPABLE


def limit_files(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, UNLIMITED))


if __name__ == "__main__":
    sys.exit(main())
