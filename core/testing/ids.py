"""Ids that can be foretold."""

from collections.abc import Callable
from itertools import count


def counting_ids(start: int = 1) -> Callable[[], str]:
    """A `core.ids.NewId` that counts: 32 hexadecimal digits, later ones sorting after earlier ones."""
    numbers = count(start)
    return lambda: f"{next(numbers):032x}"
