"""A page of the console as data: where it is, what answers, and who may see it. Every page says that last."""

from typing import Final, NamedTuple

from aiohttp.typedefs import Handler

from desk.staff.model import CASEWORK, EVERYTHING, Role, Roles

EVERYBODY: Final = EVERYTHING
"""Whoever is signed in."""
CASES: Final = CASEWORK
ADMIN: Final[Roles] = frozenset({Role.ADMIN})
SUPERVISOR: Final[Roles] = frozenset({Role.SUPERVISOR})
AUDITOR: Final[Roles] = frozenset({Role.AUDITOR})
FIGURES: Final[Roles] = frozenset({Role.STATISTICIAN, Role.SUPERVISOR})


class Route(NamedTuple):
    """`may` None: whoever is not signed in, too. `passive`: asked for by the page itself, not by a person."""

    method: str
    path: str
    handler: Handler
    name: str
    may: Roles | None
    passive: bool = False
