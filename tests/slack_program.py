"""Runs a program that takes another place for Slack: one on loopback, which outlives it.

    python tests/slack_program.py URL hurried|- program.py its own arguments …

Slack's address and that of its hooks are all that is changed; all else is the product's own. Whoever is
hurried waits less long before a line that does not stand is begun anew, and before a view is emptied.
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
    "bots.slack.line.OPENING_S": 1.0,
    "bots.slack.line.LOOK_S": 0.05,
    "bots.slack.line.DEAD_AFTER_S": 0.3,
    "bots.slack.line._AGAIN_AFTER_S": (0.05,),
    "core.delivery.screens.POLL_S": 0.1,
}


def main() -> None:
    url, hurry, program = sys.argv[1:4]
    sys.argv = sys.argv[3:]
    sys.path[0] = str(Path(program).parent)
    with contextlib.ExitStack() as here:
        here.enter_context(addressed(URL(url)))
        for name, value in HURRIED.items() if hurry == "hurried" else ():
            here.enter_context(mock.patch(name, value))
        runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main()
