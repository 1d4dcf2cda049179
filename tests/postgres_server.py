"""A private PostgreSQL for tests: its own folder, socket and port, started from the installed program.

PostgreSQL refuses to run as root: there it runs as `postgres`, or else as `nobody`.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from tests.program import free_port

OWNER = "owner"
PATIENCE_S = 60.0
QUICK: Mapping[str, str] = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "1GB"}
"""Tests lose no power: what a killed server wrote, the system still has."""


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("postgres")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


PROGRAMS = _programs()
needs_postgres = pytest.mark.skipif(PROGRAMS is None, reason="needs PostgreSQL: apt-get install postgresql")


class PostgresServer:
    """One server. `stop`, `kill` and `start` may follow one another; its port and its data stay the same."""

    def __init__(self, folder: Path, settings: Mapping[str, str] = QUICK) -> None:
        self.folder = folder
        self.port = free_port()
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._made = 0

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def make(self) -> None:
        """An empty cluster whose roles need no password here."""
        self.folder.chmod(0o711)
        _own(self.folder)
        asked = [
            "--username",
            OWNER,
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
            "--locale",
            "C.UTF-8",
            "--no-sync",
        ]
        self.run("initdb", *asked, "--pgdata", str(self.data))

    def follow(self, primary: "PostgresServer") -> None:
        """A copy of a running server that goes on receiving what that one writes."""
        self.folder.chmod(0o711)
        _own(self.folder)
        source = f"host=127.0.0.1 port={primary.port} user={OWNER} application_name=standby"
        self.run("pg_basebackup", "--dbname", source, "--pgdata", str(self.data), "--write-recovery-conf")

    def promote(self) -> None:
        """From now on it writes by itself."""
        self.do("SELECT pg_promote()")

    def start(self) -> None:
        chosen = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            **self._settings,
        }
        asked = [word for name, value in chosen.items() for word in ("-c", f"{name}={value}")]
        log = (self.folder / "log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [_program("postgres"), "-D", self.data, *asked],
                stdout=log,
                stderr=log,
                cwd="/",
                **_as_owner(),
            )
        self._await()

    def stop(self) -> None:
        """As whoever runs it would: connections are cut, all is written."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """All of it, with no warning."""
        for each in self._all()[1:]:
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        self._end(signal.SIGKILL)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def freeze(self) -> None:
        """All of it stands still, and answers nothing."""
        for each in self._all():
            os.kill(each, signal.SIGSTOP)

    def thaw(self) -> None:
        for each in self._all():
            os.kill(each, signal.SIGCONT)

    def own(self, folder: Path) -> None:
        """Let the server write there."""
        _own(folder)

    def _all(self) -> list[int]:
        return [self.pid, *_children(self.pid)]

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._end(signal.SIGINT)

    def database(self, template: str = "template0") -> str:
        """The address of a new database, whose owner needs no password."""
        self._made += 1
        name = f"made{self._made}"
        self.do(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def url(self, database: str, role: str = OWNER) -> str:
        return f"postgresql://{role}@127.0.0.1:{self.port}/{database}"

    def do(self, *statements: str, database: str = "postgres") -> None:
        with self.connected(database) as conn:
            for statement in statements:
                conn.execute(statement.encode())

    @contextmanager
    def connected(self, database: str = "postgres", role: str = OWNER) -> Iterator[psycopg.Connection]:
        with psycopg.connect(self.url(database, role), autocommit=True, connect_timeout=5) as conn:
            yield conn

    def run(self, program: str, *arguments: str) -> None:
        """One of PostgreSQL's own programs, as the user who owns the server's files."""
        subprocess.run(
            [_program(program), *arguments], check=True, stdout=subprocess.DEVNULL, cwd="/", **_as_owner()
        )

    def _await(self) -> None:
        ends = time.monotonic() + PATIENCE_S
        while True:
            assert self._process is not None
            assert self._process.poll() is None, (self.folder / "log").read_text()
            try:
                with self.connected():
                    return
            except psycopg.OperationalError:
                assert time.monotonic() < ends, (self.folder / "log").read_text()
                time.sleep(0.05)

    def _end(self, how: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(how)
        self._process.wait(timeout=PATIENCE_S)


@contextmanager
def postgres(settings: Mapping[str, str] = QUICK) -> Iterator[PostgresServer]:
    """A running server that is gone afterwards, with all it held."""
    folder = Path(tempfile.mkdtemp(prefix="lifebelt-pg-"))
    server = PostgresServer(folder, settings)
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.close()
        shutil.rmtree(folder, ignore_errors=True)


def database_of(url: str) -> str:
    name = sa.make_url(url).database
    assert name is not None
    return name


def _program(name: str) -> str:
    assert PROGRAMS is not None
    return str(PROGRAMS / name)


def _owner() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    with suppress(KeyError):
        return pwd.getpwnam("postgres")
    return pwd.getpwnam("nobody")


def _as_owner() -> dict[str, Any]:
    owner = _owner()
    return {} if owner is None else {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def _own(folder: Path) -> None:
    owner = _owner()
    if owner is not None:
        os.chown(folder, owner.pw_uid, owner.pw_gid)


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in found.read_text().split()] if found.exists() else []
