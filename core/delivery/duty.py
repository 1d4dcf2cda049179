"""Who may be named as being there, as each desk last said: kept on the road, and read from memory.

A word that is old counts no longer: nobody is named then. No screen waits for a ledger here.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec
import sqlalchemy as sa
import structlog
from sqlalchemy import bindparam as bind

from core.clock import Clock
from core.delivery.wire import DutyTold
from core.errors import LedgerError
from core.ids import DeskName
from core.ledger.port import Ledger
from core.ledger.road import duty
from core.reports.model import Standing
from core.signals.port import Signals

DUTY_TOPIC: Final = "duty"
"""Woken when another word of a desk is stored."""
COUNTS_FOR: Final = timedelta(minutes=2)
"""So long a desk's word is believed: it is asked anew every half a minute."""
LOOK_AGAIN: Final = timedelta(seconds=30)
KEEP_EVERY: Final = timedelta(seconds=30)
"""The same word is stored again so often, for the processes that do not hear it."""

_FORGET = sa.delete(duty).where(duty.c.desk == bind("of"), duty.c.standing == bind("as_"))
_STORE = sa.insert(duty)
_ALL = sa.select(duty)

log = structlog.get_logger(__name__)


class Heard(NamedTuple):
    told: DutyTold
    at: datetime


class OnDuty:
    """One a process. `heard` by whoever asks the desk; `run` for those who do not."""

    def __init__(self, ledger: Ledger, signals: Signals, clock: Clock) -> None:
        self._ledger = ledger
        self._signals = signals
        self._clock = clock
        self._known: dict[tuple[str, str], Heard] = {}
        self._stored: dict[tuple[str, str], Heard] = {}

    def of(self, desk: DeskName, standing: Standing) -> DutyTold | None:
        """What the desk says now; nobody named where its word is old. None: it has never said anything."""
        heard = self._known.get((desk, standing.value))
        if heard is None:
            return None
        now = self._clock.now()
        if abs(now - heard.at) > COUNTS_FOR:
            return DutyTold(desk=desk, standing=standing)
        return _by(heard.told, now)

    async def heard(self, desk: DeskName, told: Sequence[DutyTold]) -> None:
        """What this desk said of itself, in force at once; stored where it is new. Raises nothing."""
        now = self._clock.now()
        for one in (each for each in told if each.desk == desk):
            heard = Heard(one, now)
            self._known[_key(one)] = heard
            if self._is_new(heard):
                await self._store(heard)

    async def run(self) -> None:
        """Take over what other processes heard, for as long as this one runs."""
        while True:
            try:
                await self.refresh()
            except LedgerError as error:
                log.warning("duty_not_refreshed", error=error.code)
            await self._signals.wait(DUTY_TOPIC, LOOK_AGAIN)

    async def refresh(self) -> None:
        """Raises LedgerError, and then what was known before stands until it is too old."""
        rows = await self._ledger.read(lambda conn: conn.execute(_ALL).all())
        for row in rows:
            found = Heard(msgspec.json.decode(row.told, type=DutyTold), row.heard_at)
            known = self._known.get(_key(found.told))
            if known is None or known.at < found.at:
                self._known[_key(found.told)] = found

    def _is_new(self, heard: Heard) -> bool:
        before = self._stored.get(_key(heard.told))
        return before is None or before.told != heard.told or heard.at - before.at >= KEEP_EVERY

    async def _store(self, heard: Heard) -> None:
        try:
            await self._ledger.transact(lambda conn: _replace(conn, heard))
        except LedgerError as error:
            log.warning("duty_not_stored", error=error.code)
            return
        self._stored[_key(heard.told)] = heard
        await self._signals.wake(DUTY_TOPIC)


def _replace(conn: sa.Connection, heard: Heard) -> None:
    desk, standing = _key(heard.told)
    conn.execute(_FORGET, {"of": desk, "as_": standing})
    told = msgspec.json.encode(heard.told).decode()
    conn.execute(_STORE, {"desk": desk, "standing": standing, "told": told, "heard_at": heard.at})


def _key(told: DutyTold) -> tuple[str, str]:
    return told.desk, told.standing.value


def _by(told: DutyTold, now: datetime) -> DutyTold:
    """A shift that has ended names nobody, whether or not the desk has said so."""
    over = told.until is not None and told.until <= now
    return msgspec.structs.replace(told, who=(), usually_minutes=None, until=None) if over else told
