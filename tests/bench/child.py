"""Measures one subject in a process of its own, and prints its figures as JSON.

python -m tests.bench.child SUBJECT, with a `Setting` on its standard input
"""

import asyncio
import importlib
import sys

import msgspec
import structlog

from tests.bench.figures import Setting

SUBJECTS = (
    "ledger",
    "intake",
    "press_to_desk",
    "delivery",
    "discord_reply",
    "discord_memory",
    "growth",
    "linking",
    "desk",
)


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    setting = msgspec.json.decode(sys.stdin.buffer.read(), type=Setting, dec_hook=_path)
    subject = importlib.import_module(f"tests.bench.{sys.argv[1]}")
    print(msgspec.json.encode(asyncio.run(subject.measure(setting))).decode())


def _path(kind: type, value: object) -> object:
    return kind(value)


if __name__ == "__main__":
    main()
