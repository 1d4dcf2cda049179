"""The ledger port: what everything above may ask of the durable record, and nothing of the engine."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeVar

from sqlalchemy import Connection, Executable

T = TypeVar("T")


class Change(NamedTuple):
    """One statement and the rows it is executed with (one mapping of bind names to values each)."""

    statement: Executable
    rows: Sequence[Mapping[str, Any]]


class Ledger(Protocol):
    """A durable record on some engine.

    All three calls raise LedgerUnavailable when the ledger is not open or cannot write (nothing was
    committed), LedgerConflict when a row of the caller's own change breaks a rule of the schema, and
    LedgerUnknown when the engine was lost during the commit. Cancelling a write does not undo it: the
    caller then knows nothing, and must ask again.
    """

    async def append(self, *changes: Change) -> None:
        """Commit all changes, in order, as one unit with their own fate; return once they are durable.

        A change without rows does nothing; one with an empty row executes its statement once. Rows of
        one change have the same keys (ValueError, at once). What was handed over first takes effect
        first, whoever's it is. Units of several callers share one commit. Statements are made once, at
        module level, and reused: they are compiled once, and known again by their identity.
        """

    async def transact(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a writing transaction and return what it returned, once durable.

        For what must read before it writes: leases, look-before-you-leap. `work` runs in the writer's
        thread, after everything handed over before it and before everything handed over later; it may
        share its commit with others, but not its fate: what it raises takes back its own changes only,
        and reaches the caller as it is. It must not wait for anything else, and it may be run again
        where nothing was committed: it changes nothing but the ledger, and says the rest by what it
        returns.
        """

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run `query` on a reading connection, in a thread; it sees every change acknowledged before."""

    async def now(self) -> datetime:
        """The ledger's own time, aware, in UTC: the only clock that leases may be judged by."""

    @property
    def ready(self) -> bool:
        """Whether it is open and its schema is current."""
