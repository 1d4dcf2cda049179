"""Runs a program that takes another place for Slack: one on loopback, which outlives it.

    python tests/slack_program.py URL hurried|- program.py its own arguments …

Slack's address and that of its hooks are all that is changed; all else is the product's own. Whoever is
hurried waits less long before a line that does not stand is begun anew.
"""

import contextlib
import runpy
import sys
from pathlib import Path
from typing import Any, Final
from unittest import mock

from yarl import URL

from tests.slack_server import addressed

HURRIED: Final[dict[str, Any]] = {
    "OPENING_S": 1.0,
    "LOOK_S": 0.05,
    "DEAD_AFTER_S": 0.3,
    "_AGAIN_AFTER_S": (0.05,),
}


def main() -> None:
    url, hurry, program = sys.argv[1:4]
    sys.argv = sys.argv[3:]
    sys.path[0] = str(Path(program).parent)
    with contextlib.ExitStack() as here:
        here.enter_context(addressed(URL(url)))
        if hurry == "hurried":
            here.enter_context(mock.patch.multiple("bots.slack.line", **HURRIED))
        runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main()
