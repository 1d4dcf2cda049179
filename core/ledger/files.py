"""The files of an embedded ledger: who may read them, who writes them, and whether they are still there."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import structlog

from core.errors import LedgerUnavailable

log = structlog.get_logger()


class Identity(NamedTuple):
    """Which file this is, whatever its name."""

    device: int
    inode: int


def identity(path: Path | str) -> Identity | None:
    """None where nothing lies under that name."""
    try:
        found = os.stat(path)  # noqa: PTH116 - asked twice a commit: the plain call is half the price
    except OSError:
        return None
    return Identity(found.st_dev, found.st_ino)


def prepare(path: Path) -> None:
    """Make the folder (0700) and an empty file (0600) where they are missing; narrow a file that is wider."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise LedgerUnavailable(f"{path} cannot be written: {error.strerror}") from error
    try:
        if os.fstat(descriptor).st_mode & 0o077:
            os.fchmod(descriptor, 0o600)
    except OSError as error:
        raise LedgerUnavailable(
            f"{path} is open to others and cannot be narrowed: {error.strerror}"
        ) from error
    finally:
        os.close(descriptor)
    if path.parent.stat().st_mode & 0o077:
        log.warning("ledger_folder_open_to_others", folder=str(path.parent), mend="chmod 700")


class WriterLock:
    """One writing process per file. Freed by the system when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None
        self._identity: Identity | None = None

    def take(self) -> None:
        """LedgerUnavailable, saying who writes, if another process does. Taking it twice is once."""
        if self._descriptor is not None and self._identity == identity(self.path):
            return
        self.free()
        try:
            descriptor = os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise LedgerUnavailable(f"{self.path} cannot be written: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            raise LedgerUnavailable(
                f"process {holder} writes {self.path.with_suffix('')} already: stop it, "
                "or give this one a data folder of its own"
            ) from error
        self._descriptor = descriptor
        self._identity = identity(self.path)
        self._sign(descriptor)

    def _sign(self, descriptor: int) -> None:
        """Say who holds it. The lock holds without; on a full disk it goes unsaid."""
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())

    def free(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
