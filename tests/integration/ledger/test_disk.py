"""Real disks that refuse: a limit on file sizes, a full file system, a read-only one, one that fails to sync.

What needs rights or a compiler that are not there is skipped.
"""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest
import sqlalchemy as sa

from core.errors import LedgerUnavailable
from core.ledger.port import Change
from core.ledger.road import drafts
from core.ledger.schema import ROAD
from core.ledger.sqlite import SqliteLedger
from core.testing.clock import START, FixedClock

ROOT = Path(__file__).parents[3]
CHILD = Path(__file__).with_name("child.py")
INSERT = drafts.insert()

pytestmark = pytest.mark.process


def draft(key: str, size: int = 10) -> Change:
    times = {"created_at": START, "updated_at": START}
    return Change(INSERT, [{"id": key, "community": "c", "state": b"x" * size} | times])


def ledger_in(folder: Path) -> SqliteLedger:
    return SqliteLedger(folder / "road.sqlite", ROAD, FixedClock())


async def stored_in(folder: Path) -> set[str]:
    ledger = ledger_in(folder)
    await ledger.open()
    found = set(await ledger.read(lambda conn: conn.scalars(sa.select(drafts.c.id)).all()))
    await ledger.close()
    return found


def fates(output: str) -> dict[str, str]:
    """Key to fate, as the child was told."""
    return {words[1]: words[0] for words in (line.split() for line in output.splitlines()) if len(words) == 2}


async def test_when_files_may_not_grow_what_is_refused_is_not_there(
    tmp_path: Path,
) -> None:
    child = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, str(CHILD), str(tmp_path / "data"), "file_size"],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    told = fates(child.stdout)
    stored = await stored_in(tmp_path / "data")

    assert told.pop("True") == "ready"
    assert told["small-0"] == told["after"] == "stored"
    assert told["small-99"] in ("unavailable", "unknown")
    assert {key for key, fate in told.items() if fate == "stored"} <= stored
    assert not {key for key, fate in told.items() if fate == "unavailable"} & stored


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of two megabytes."""
    where = tmp_path / "disk"
    where.mkdir()
    mounted = os.geteuid() == 0 and mount("-t", "tmpfs", "-o", "size=2m,mode=700", "tmpfs", str(where))
    if not mounted:
        pytest.skip("mounting a file system is not allowed here")
    yield where
    subprocess.run(["umount", "--lazy", str(where)], check=True)


def mount(*options: str) -> bool:
    return subprocess.run(["mount", *options], check=False, capture_output=True).returncode == 0


async def test_a_full_file_system_refuses_and_takes_again_once_there_is_room(small_disk: Path) -> None:
    ledger = ledger_in(small_disk)
    await ledger.open()
    await ledger.append(draft("before"))
    filler = small_disk / "filler"
    fill(filler)

    with pytest.raises(LedgerUnavailable, match="full: make room"):
        await ledger.append(draft("refused", 50_000))
    assert not ledger.ready

    filler.unlink()
    await ledger.append(draft("after", 50_000))
    await ledger.close()
    assert await stored_in(small_disk) == {"before", "after"}


async def test_a_full_file_system_refuses_to_begin_and_begins_once_there_is_room(small_disk: Path) -> None:
    filler = small_disk / "filler"
    fill(filler)
    ledger = ledger_in(small_disk)

    with pytest.raises(LedgerUnavailable):
        await ledger.open()

    filler.unlink()
    await ledger.open()
    await ledger.append(draft("a"))
    await ledger.close()


def fill(filler: Path) -> None:
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            return


async def test_a_read_only_file_system_is_said_and_can_be_read(small_disk: Path) -> None:
    ledger = ledger_in(small_disk)
    await ledger.open()
    await ledger.append(draft("a"))
    await ledger.close()
    assert mount("-o", "remount,ro", str(small_disk))

    with pytest.raises(LedgerUnavailable, match="cannot be written: Read-only file system"):
        await ledger.open()

    assert mount("-o", "remount,rw", str(small_disk))
    await ledger.open()
    await ledger.append(draft("b"))
    await ledger.close()
    assert await stored_in(small_disk) == {"a", "b"}


FAILING_SYNC = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int fails(void) {
    const char *once = getenv("FAIL_ONCE"), *always = getenv("FAIL_ALWAYS");
    if ((once && unlink(once) == 0) || (always && access(always, F_OK) == 0)) {
        errno = EIO;
        return 1;
    }
    return 0;
}
int fsync(int fd) { return fails() ? -1 : ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd); }
int fdatasync(int fd) { return fails() ? -1 : ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd); }
"""


@pytest.fixture
def shim(tmp_path: Path) -> Path:
    """A library that makes every sync fail while a file exists, or only the next one."""
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("needs a C compiler on Linux")
    source, library = tmp_path / "shim.c", tmp_path / "shim.so"
    source.write_text(FAILING_SYNC)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)
    return library


class Failing:
    """A child whose disk fails to sync when it is told to."""

    def __init__(self, folder: Path, shim: Path) -> None:
        self.once, self.always = folder.with_name("once"), folder.with_name("always")
        failing = {"FAIL_ONCE": str(self.once), "FAIL_ALWAYS": str(self.always), "LD_PRELOAD": str(shim)}
        self._child = subprocess.Popen(
            [sys.executable, str(CHILD), str(folder), "failing_sync"],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT)} | failing,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._answer() == {"before": "stored"}

    def write(self, key: str) -> str:
        stdin: IO[Any] | None = self._child.stdin
        assert stdin is not None
        stdin.write(f"{key}\n")
        stdin.flush()
        return self._answer()[key]

    def kill(self) -> None:
        self._child.kill()
        self._child.communicate()

    def _answer(self) -> dict[str, str]:
        assert self._child.stdout is not None
        for line in self._child.stdout:
            told = fates(line)
            if told:
                return told
        raise AssertionError("the child ended")


@pytest.fixture
def failing(tmp_path: Path, shim: Path) -> Iterator[Callable[[], Failing]]:
    started: list[Failing] = []

    def start() -> Failing:
        started.append(Failing(tmp_path / "data", shim))
        return started[-1]

    yield start
    for child in started:
        child.kill()


async def test_a_sync_that_failed_once_leaves_nothing_that_a_crash_could_bring_back(
    tmp_path: Path, failing: Callable[[], Failing]
) -> None:
    child = failing()
    child.once.touch()

    assert child.write("refused") == "unavailable"
    assert not child.once.exists()
    child.kill()

    assert await stored_in(tmp_path / "data") == {"before"}


async def test_a_disk_that_fails_to_sync_says_unknown_and_takes_again_later(
    tmp_path: Path, failing: Callable[[], Failing]
) -> None:
    child = failing()
    child.always.touch()
    assert child.write("maybe") == "unknown"
    assert child.write("neither") in ("unknown", "unavailable")

    child.always.unlink()
    assert child.write("after") == "stored"
    child.kill()

    assert {"before", "after"} <= await stored_in(tmp_path / "data")
