"""Which process answers a press that several are told of: the first that claims it. Help is never withheld.

A claim is asked of whoever knows within a moment; where nobody says anything the press is answered anyway.
"""

import asyncio
import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, Protocol

import sqlalchemy as sa
import structlog

from core.errors import LedgerError
from core.ledger.port import Ledger
from core.ledger.road import claims
from core.ledger.sql import insert_or_ignore

log = structlog.get_logger()

WITHIN_S: Final = 0.3
"""A press waits so long to be claimed: three seconds are all there is."""
ANSWERED_WITHIN: Final = timedelta(seconds=3)
"""Who claimed it and has not answered by then was most likely killed: whoever is told again answers."""

_INSERT: Final = insert_or_ignore(claims)


class Claims(Protocol):
    """What the processes of a chat room share of the presses that come; one that is alone needs none."""

    async def take(self, press: str) -> bool:
        """Whether this process answers what the platform calls so. Never raises, and never waits long."""

    async def answered(self, press: str) -> None:
        """It is answered: told again to another process, it is not answered again. Never raises."""


class LedgerClaims:
    """Claims as rows, where several processes are told of presses (`Claims`)."""

    def __init__(self, ledger: Ledger, holder: str) -> None:
        """`holder`: a name that no process ever had."""
        self._ledger = ledger
        self._holder = holder

    async def take(self, press: str) -> bool:
        ours = await self._tried(partial(_take, press=_name(press), holder=self._holder))
        return ours is not False

    async def answered(self, press: str) -> None:
        await self._tried(partial(_answered, press=_name(press), holder=self._holder))

    async def _tried(self, job: Callable[..., Any]) -> bool | None:
        """None where nobody says anything in time."""
        try:
            async with asyncio.timeout(WITHIN_S):
                now = await self._ledger.now()
                return bool(await self._ledger.transact(partial(job, now=now)))
        except (LedgerError, TimeoutError) as error:
            log.warning("press_not_claimed", error=type(error).__name__)
            return None


def _name(press: str) -> str:
    return hashlib.sha256(press.encode()).hexdigest()


def _take(conn: sa.Connection, press: str, *, holder: str, now: datetime) -> bool:
    row = {"id": press, "holder": holder, "at": now, "answered": False}
    conn.execute(_INSERT, row)  # no engine has to say how many rows an ignored insert made
    first = conn.scalar(sa.select(claims.c.holder).where(claims.c.id == press)) == holder
    return first or bool(_take_over(conn, row))


def _take_over(conn: sa.Connection, row: dict[str, Any]) -> int:
    """What another process claimed and never answered."""
    c, dead = claims.c, row["at"] - ANSWERED_WITHIN
    left = sa.update(claims).where(c.id == row["id"], c.at <= dead, c.answered.is_(False))
    return conn.execute(left.values(holder=row["holder"], at=row["at"])).rowcount


def _answered(conn: sa.Connection, press: str, *, holder: str, now: datetime) -> bool:  # noqa: ARG001 - as `_take`
    mine = sa.update(claims).where(claims.c.id == press, claims.c.holder == holder)
    return bool(conn.execute(mine.values(answered=True)).rowcount)
