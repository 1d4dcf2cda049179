"""Runs a program and writes down every host that it looks up or calls; what is not configured is refused.

    python tests/watched_program.py RECORD HOST:PORT[,HOST:PORT…]|- program.py its own arguments …

RECORD gets one JSON line each: what was asked for, of whom, and whether it was let through. Python's own
audit events say so: whatever opens sockets without Python (another resolver, another loop) would not be
seen, and a child process neither; so children are refused, and a test looks for the others.
"""

import json
import os
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHILDREN = frozenset(
    {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty"}
)
LOOPBACK = {"localhost": ("127.0.0.1", "::1")}


def main() -> None:
    record, allowed, program = sys.argv[1:4]
    known = frozenset() if allowed == "-" else frozenset(allowed.split(","))
    file = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    sys.argv = sys.argv[3:]
    sys.path[0] = str(Path(program).parent)
    sys.addaudithook(_watch(file, known | set(_resolved(known))))
    runpy.run_path(program, run_name="__main__")


def _resolved(known: frozenset[str]) -> list[str]:
    """What a configured name may resolve to; names of this machine only."""
    pairs = [place.rpartition(":") for place in known]
    return [f"{address}:{port}" for host, _, port in pairs for address in LOOPBACK.get(host, ())]


def _watch(file: int, known: frozenset[str]) -> Callable[[str, tuple[Any, ...]], None]:
    def hook(event: str, given: tuple[Any, ...]) -> None:
        place = _place(event, given)
        if place is None:
            return
        let = place in known
        os.write(file, json.dumps({"event": event, "place": place, "let": let}).encode() + b"\n")
        if not let:
            raise PermissionError(f"not configured: {event}")

    return hook


def _place(event: str, given: tuple[Any, ...]) -> str | None:
    """Host and port of whoever is asked for; None for what leads nowhere."""
    if event in CHILDREN:
        return f"a child process by {event}"
    match event, given:
        case ("socket.getaddrinfo", (host, port, *_)):
            return f"{_text(host)}:{_text(port)}"
        case ("socket.gethostbyname" | "socket.gethostbyaddr", (host, *_)):
            return _text(host)
        case ("socket.getnameinfo", ((host, port, *_), *_)):
            return f"{host}:{port}"
        case ("socket.connect" | "socket.sendto" | "socket.sendmsg", (_, (host, port, *_))):
            return f"{host}:{port}"
        case ("socket.connect" | "socket.sendto" | "socket.sendmsg", (_, str() | bytes() as path)):
            return f"unix:{_text(path)}"
        case _:
            return None


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


if __name__ == "__main__":
    main()
