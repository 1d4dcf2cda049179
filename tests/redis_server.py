"""A real redis-server of one's own, on loopback, that can be killed, started again and frozen."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.program import PATIENCE_S, free_port

PASSWORD = "a password of the tests"
QUOTED = PASSWORD.replace(" ", "%20")
POLL_S = 0.005


@dataclass(kw_only=True)
class RedisServer:
    """Knows one user, `default`, by PASSWORD; keeps nothing on disk. `more` is added to its settings."""

    folder: Path
    more: Sequence[str] = ()
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return self.at(self.port)

    @property
    def socket(self) -> Path:
        return self.folder / "redis.sock"

    def at(self, port: int, database: int = 0) -> str:
        """The address through another port, as of a proxy."""
        return f"redis://:{QUOTED}@127.0.0.1:{port}/{database}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = [
            f"port {self.port}",
            "bind 127.0.0.1",
            f"dir {self.folder}",
            f"unixsocket {self.socket}",
            f'requirepass "{PASSWORD}"',
            'save ""',
            "appendonly no",
            *self.more,
        ]
        file = self.folder / "redis.conf"
        file.write_text("\n".join(settings))
        with (self.folder / "redis.log").open("ab") as log:
            self.process = subprocess.Popen(["redis-server", str(file)], stdout=log, stderr=log)
        until = time.monotonic() + PATIENCE_S
        while not self._answers():
            assert self.process.poll() is None, (self.folder / "redis.log").read_text()
            assert time.monotonic() < until
            time.sleep(POLL_S)

    def kill(self) -> None:
        """Without a word, and all that it held is gone."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        """It holds every connection, and answers none."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def ask(self, *command: str) -> str:
        """What redis-cli says, asked past everything that is tested."""
        cli = ["redis-cli", "-s", str(self.socket), "--raw", *command]
        environ = os.environ | {"REDISCLI_AUTH": PASSWORD}
        return subprocess.run(cli, env=environ, check=True, capture_output=True, text=True).stdout.strip()

    def say(self, channel: str, words: str, *, times: int = 1) -> None:
        """Publish, as a stranger with every right may."""
        commands = [b"AUTH", PASSWORD.encode()], *[[b"PUBLISH", channel.encode(), words.encode()]] * times
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self.socket))
            line.sendall(b"".join(map(_packed, commands)))
            line.shutdown(socket.SHUT_WR)
            while line.recv(65_536):
                pass

    def _signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as line:
            try:
                line.connect(str(self.socket))
                line.sendall(b"PING\r\n")
                return line.recv(10).startswith(b"-NOAUTH")
            except OSError:
                return False


@contextmanager
def redis_server(folder: Path, *more: str) -> Iterator[RedisServer]:
    """Started, and at the end nothing of it is left behind. Skips where there is no such program."""
    if shutil.which("redis-server") is None:
        pytest.skip("needs redis-server: apt-get install redis-server")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    server = RedisServer(folder=folder, more=more)
    try:
        server.start()
        yield server
    finally:
        if server.process is not None:
            server.kill()


def _packed(command: Sequence[bytes]) -> bytes:
    words = (b"$%d\r\n%b\r\n" % (len(word), word) for word in command)
    return b"*%d\r\n" % len(command) + b"".join(words)
