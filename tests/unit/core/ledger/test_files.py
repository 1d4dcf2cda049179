import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from core.errors import LedgerUnavailable
from core.ledger.files import WriterLock, identity, prepare


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_folder_and_file_are_for_their_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        prepare(tmp_path / "data" / "a.sqlite")
    finally:
        os.umask(before)

    assert mode(tmp_path / "data") == 0o700
    assert mode(tmp_path / "data" / "a.sqlite") == 0o600


def test_a_file_that_others_could_read_is_narrowed(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    path.write_bytes(b"kept")
    path.chmod(0o644)

    prepare(path)

    assert mode(path) == 0o600
    assert path.read_bytes() == b"kept"


def test_a_folder_that_others_can_enter_is_told_of_and_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with capture_logs() as logs:
        prepare(tmp_path / "a.sqlite")

    assert [log["event"] for log in logs] == ["ledger_folder_open_to_others"]
    assert mode(tmp_path) == 0o755


def test_a_folder_that_cannot_be_made_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"a file, not a folder")

    with pytest.raises(LedgerUnavailable, match="cannot be written"):
        prepare(tmp_path / "data" / "a.sqlite")


def test_a_file_is_the_same_under_another_name_and_another_under_the_same(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(b"")
    known = identity(first)
    first.rename(second)
    first.write_bytes(b"")

    assert identity(second) == known
    assert identity(first) not in (known, None)
    assert identity(tmp_path / "nothing") is None


def test_a_lock_is_held_once_and_says_who_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite.lock"
    first, second = WriterLock(path), WriterLock(path)
    first.take()

    with pytest.raises(LedgerUnavailable, match=rf"process {os.getpid()} writes .*a.sqlite already: stop it"):
        second.take()

    first.free()
    second.take()
    second.free()


def test_a_disk_too_full_for_a_name_can_still_be_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int, _content: bytes) -> int:
        raise OSError(28, "No space left on device")

    first, second = WriterLock(tmp_path / "lock"), WriterLock(tmp_path / "lock")
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        first.take()

    with pytest.raises(LedgerUnavailable, match="process unknown"):
        second.take()
    first.free()


def test_taking_a_lock_twice_is_taking_it_once(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path / "lock")
    lock.take()
    lock.take()
    lock.free()
    lock.free()

    WriterLock(tmp_path / "lock").take()


def test_a_lock_whose_file_vanished_is_taken_anew(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = WriterLock(path)
    lock.take()
    path.unlink()
    lock.take()

    assert path.exists()
    with pytest.raises(LedgerUnavailable):
        WriterLock(path).take()
    lock.free()


def test_a_lock_that_cannot_be_written_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnavailable, match="cannot be written"):
        WriterLock(tmp_path / "no such folder" / "lock").take()
