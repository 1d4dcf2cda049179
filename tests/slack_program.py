"""Runs a program that takes another place for Slack: one on loopback, which outlives it.

    python tests/slack_program.py URL timed|- program.py its own arguments …

Slack's address and that of its hooks are all that is changed; all else is the product's own. What is timed
has other times: a line that does not stand is begun anew sooner, and a view emptied; with a view Slack may
take its time, however slow this machine is.
"""

import contextlib
import runpy
import sys
from pathlib import Path
from typing import Any, Final
from unittest import mock

from yarl import URL

from tests.slack_server import addressed

TIMES: Final[dict[str, Any]] = {
    "bots.slack.line.OPENING_S": 1.0,
    "bots.slack.line.LOOK_S": 0.05,
    "bots.slack.line.DEAD_AFTER_S": 0.3,
    "bots.slack.line._AGAIN_AFTER_S": (0.05,),
    "core.delivery.screens.POLL_S": 0.1,
    "bots.slack.calling.TRY_S": 15.0,
    "bots.slack.showing.WITHIN_S": 15.0,
}


def main() -> None:
    url, timed, program = sys.argv[1:4]
    sys.argv = sys.argv[3:]
    sys.path[0] = str(Path(program).parent)
    with contextlib.ExitStack() as here:
        here.enter_context(addressed(URL(url)))
        for name, value in TIMES.items() if timed == "timed" else ():
            here.enter_context(mock.patch(name, value))
        runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main()
