"""How many reports stand at each rank of each queue: kept with what changes it, never scanned."""

from typing import NamedTuple

import sqlalchemy as sa

from core.ids import DeskName
from core.ledger.counters import counted, counts
from core.ledger.port import Change, Ledger
from core.reports.model import Standing
from desk.model import Scope
from desk.tables import counters

_WRITER = "desk"
_QUEUE = "queue/"
_RECEIVED = "received/"


class Tally(NamedTuple):
    scope: Scope
    rank: int
    reports: int


def entering(scope: Scope, rank: int) -> Change:
    """A report comes in, at this rank."""
    name = _name(scope)
    return counted(counters, _WRITER, f"{_RECEIVED}{name}", f"{_QUEUE}{name}/{rank}")


def entered(conn: sa.Connection, scope: Scope, rank: int) -> None:
    """A report came in, at this rank."""
    _execute(conn, entering(scope, rank))


def moved(conn: sa.Connection, scope: Scope, before: int, after: int, *, reports: int = 1) -> None:
    """So many reports stand elsewhere now."""
    if before != after:
        _add(conn, f"{_QUEUE}{_name(scope)}/{before}", -reports)
        _add(conn, f"{_QUEUE}{_name(scope)}/{after}", reports)


async def queued(ledger: Ledger) -> tuple[Tally, ...]:
    """Every rank that has reports now."""
    found = await ledger.read(lambda conn: counts(conn, counters, _QUEUE))
    return tuple(_tally(name, value) for name, value in found.items() if value)


async def received(ledger: Ledger) -> int:
    """Reports received, ever, by every desk of this ledger."""
    return sum((await ledger.read(lambda conn: counts(conn, counters, _RECEIVED))).values())


def _tally(name: str, reports: int) -> Tally:
    desk, standing, rank = name.removeprefix(_QUEUE).rsplit("/", 2)
    return Tally(Scope(desk=DeskName(desk), standing=Standing(standing)), int(rank), reports)


def _name(scope: Scope) -> str:
    return f"{scope.desk}/{scope.standing}"


def _add(conn: sa.Connection, name: str, by: int) -> None:
    _execute(conn, counted(counters, _WRITER, name, by=by))


def _execute(conn: sa.Connection, change: Change) -> None:
    conn.execute(change.statement, list(change.rows))
