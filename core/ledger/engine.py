"""An engine as the writing thread needs it: connect, watch, judge. What it is like stays behind this."""

from contextlib import AbstractContextManager
from enum import Enum, auto
from typing import NamedTuple, Protocol

import sqlalchemy as sa


class Fault(Enum):
    """What an error says about the units that were being committed."""

    ROW = auto()  # one of them breaks a rule; nothing was committed
    RACE = auto()  # another process was quicker; nothing was committed, and the same may be tried again
    CUT = auto()  # the connection broke; nothing was committed, and over a new one it may go on at once
    FULL = auto()  # no room for all of them; nothing was committed, and the connection is sound
    LOST = auto()  # the engine cannot write now; nothing was committed
    UNKNOWN = auto()  # the engine was lost in the commit


class Verdict(NamedTuple):
    fault: Fault
    reason: str
    """For whoever runs the machine: what is wrong and what to do. Never a value of a row."""


class Store(Protocol):
    """One database of one engine. Every call is made in the writer's thread."""

    def connect(self) -> sa.Connection:
        """A writing connection to a database of the current version. LedgerUnavailable if there is none."""

    def check(self) -> None:
        """LedgerUnavailable if what the connection writes is no longer what others would read."""

    def before_jobs(self, conn: sa.Connection) -> None:
        """Called first in a transaction that has jobs in it: those of no other process may run beside."""

    def together(self, conn: sa.Connection) -> AbstractContextManager[object]:
        """Statements of units are executed inside: all may be sent before their answers are read."""

    def judge(self, error: BaseException, *, committing: bool) -> Verdict:
        """What an error means for the units that were being committed; ROW for what no engine raised."""

    def tidy(self, conn: sa.Connection) -> bool:
        """Called when nothing waits, some time after the last commit; false if it should be called again."""

    def probe(self, conn: sa.Connection) -> None:
        """Write and commit something that changes no row; raises what a real write would."""

    def forget(self, conn: sa.Connection) -> bool:
        """Make certain that a commit which failed half-way, and was rolled back, is not stored.

        False if that cannot be had. Called on the very connection that failed.
        """

    def let_go(self) -> None:
        """Called last, when the writer has ended or could not begin: another process may write now."""
