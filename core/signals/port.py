"""The signals port. Whoever loses a signal still finds the truth in the ledger by polling."""

from datetime import timedelta
from typing import Protocol


class Signals(Protocol):
    """Wake-ups and counters between the parts of a running system. No call ever raises or waits long."""

    async def wake(self, topic: str) -> None:
        """Tell everyone who waits on `topic` to look. `topic` names no person and no community."""

    async def wait(self, topic: str, at_most: timedelta) -> bool:
        """Wait until `topic` is woken, `at_most` so long; true if it was woken.

        A wake between two waits of the same waiter (a task) is not lost: the next wait returns at once.
        A first wait also counts a wake of just before, which may have come between its look and its wait.
        The price is that a topic may wake someone who has nothing to do: look, and wait again for the rest.
        """

    async def count(self, key: str, window: timedelta) -> int:
        """Add one to the counter `key` and return its value within `window` (at most one hour).

        `key` is a keyed hash, never an address or a name.
        """
