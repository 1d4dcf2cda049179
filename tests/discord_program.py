"""Runs a program that takes another place for Discord: one on loopback, which outlives it.

    python tests/discord_program.py URL program.py its own arguments …

Two addresses inside discord.py are all that is changed; all else is the product's own.
"""

import contextlib
import runpy
import sys
from pathlib import Path

from yarl import URL

from tests.discord_server import addressed


def main() -> None:
    url, program = sys.argv[1:3]
    sys.argv = sys.argv[2:]
    sys.path[0] = str(Path(program).parent)
    with contextlib.ExitStack() as here:
        here.enter_context(addressed(URL(url)))
        runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main()
