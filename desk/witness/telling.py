"""Tells the contact outside where the desk's trail ends: hourly when it moved, and once a day anyway."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from textwrap import fill
from typing import Final, NamedTuple

import sqlalchemy as sa
import structlog

from core.clock import Clock
from core.delivery.bells import Notice, Teller
from core.dialogue.model import Say
from core.errors import DeliveryError
from core.evidence.keys import DeskKeys
from core.ledger import leases as lease
from core.ledger import trail as chain
from core.ledger.leases import Held
from core.ledger.port import Ledger
from core.ledger.trail import Head
from desk.tables import heads_told, leases, trail
from desk.witness.statement import SignedHead, signed, written

LOOK_EVERY: Final = timedelta(minutes=10)
"""So often it is looked whether it is due; what nobody took is due again then."""
MOVED: Final = timedelta(hours=1)
ANYWAY: Final = timedelta(days=1)
KIND: Final = "trail_head"
_ONLY: Final = 1
_WIDE: Final = 72  # what a mail takes as it is

_TOLD = sa.select(heads_told)
_FORGET = sa.delete(heads_told)
_KEEP = sa.insert(heads_told)

log = structlog.get_logger(__name__)


class Told(NamedTuple):
    """The head that was last told."""

    head: Head
    at: datetime


def is_due(head: Head, told: Told | None, now: datetime) -> bool:
    """Whether this head is to be told now."""
    if head.entries == 0:
        return False
    if told is None:
        return True
    since = now - told.at
    return since >= ANYWAY or (head != told.head and since >= MOVED)


class HeadTelling:
    """Any number of processes may offer it; a lease gives it to one."""

    def __init__(
        self,
        ledger: Ledger,
        tellers: Sequence[Teller],
        keys: DeskKeys,
        clock: Clock,
        words: Callable[[Say], str],
    ) -> None:
        self._ledger = ledger
        self._tellers = tuple(tellers)
        self._key = keys.signing
        self._clock = clock
        self._words = words

    @property
    def can(self) -> bool:
        """Whether there is somebody to tell, and a key to sign with; says in the log what is missing."""
        if self._tellers and self._key is None:
            log.error("trail_head_not_told", why="no key to sign with: lifebelt keys new")
        return bool(self._tellers) and self._key is not None

    async def turn(self, held: Held) -> None:
        """Tell it if it is due. It counts as told once one of the ways took it. Raises LedgerError."""
        now, head, told = await self._ledger.read(self._look)
        if self._key is None or not is_due(head, told, now):
            return
        notice = self._notice(signed(head, now, self._key))
        if any([await self._tell(teller, notice) for teller in self._tellers]):
            moment = await self._ledger.now()
            job = partial(self._keep, held=held, told=Told(head, now), moment=moment)
            await self._ledger.transact(job)

    def _look(self, conn: sa.Connection) -> tuple[datetime, Head, Told | None]:
        row = conn.execute(_TOLD).one_or_none()
        told = None if row is None else Told(Head(row.entries, row.hash), row.at)
        return self._clock.now(), chain.head(conn, trail), told

    async def _tell(self, teller: Teller, notice: Notice) -> bool:
        try:
            await teller.tell(notice)
        except DeliveryError as error:
            log.warning("trail_head_not_told", by=teller.name, why=error.code)
            return False
        return True

    def _keep(self, conn: sa.Connection, held: Held, told: Told, moment: datetime) -> None:
        lease.require(conn, leases, held, now=moment)
        conn.execute(_FORGET)
        conn.execute(
            _KEEP, {"id": _ONLY, "entries": told.head.entries, "hash": told.head.hash, "at": told.at}
        )

    def _notice(self, head: SignedHead) -> Notice:
        why, check = self._words(Say("desk-head-why")), self._words(Say("desk-head-check"))
        return Notice(
            kind=KIND,
            subject=self._words(Say("desk-head-subject", {"entries": head.entries})),
            text=f"{written(head)}\n{fill(why, _WIDE)}\n\n{fill(check, _WIDE)}\n",
            data=head._asdict() | {"statement": written(head)},
        )
