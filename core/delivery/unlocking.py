"""Unlocks an identity for a desk that asks, in danger to life: opens it with the road's key, seals it anew.

Who it is goes to the desk's pinned public keys as an item of its own, without the way back. Asked twice, it
is sealed once. The person is told nothing: whoever else holds the phone would read it.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
import structlog
from sqlalchemy import bindparam as bind

from core.delivery.model import OUTBOX_TOPIC
from core.delivery.outbox import outbox_row
from core.delivery.wire import ItemKind, NewsItem
from core.errors import CannotOpen, SealError, Unopened
from core.evidence.canonical import decode
from core.evidence.envelope import Bound, seal_identity
from core.evidence.parts import Identity, PartKind, SealedPart
from core.evidence.sealing import Recipient, SecretKey, open_part
from core.ids import CommunityId, DeskName, ItemId, PartId
from core.ledger.port import Ledger
from core.ledger.road import outbox, parts, reports, trail
from core.ledger.trail import Entry, record
from core.reports.packing import derived
from core.signals.port import Signals

log = structlog.get_logger()

UNLOCKED: Final = "identity_unlocked"
NOT_UNLOCKED: Final = "identity_not_unlocked"
"""The actions in the road's trail; who: the desk that asked."""

_SENT_TO = sa.select(reports).where(reports.c.id == bind("report"), reports.c.desk == bind("asks"))
_THERE = sa.select(sa.literal(1)).where(outbox.c.item == bind("wanted"))
_ITEM = sa.insert(outbox)
_PART = sa.insert(parts)


class Unlocker:
    """Unlocks for one desk. `keys` and `recipients` are asked each time: a rotation needs no restart."""

    def __init__(
        self,
        desk: DeskName,
        keys: Callable[[], Sequence[SecretKey]],
        recipients: Callable[[], Sequence[Recipient]],
    ) -> None:
        self._desk = desk
        self._keys = keys
        self._recipients = recipients

    async def unlock(self, ledger: Ledger, signals: Signals, asked: NewsItem, now: datetime) -> bool:
        """Put it into the outbox; durable on return. False where there is nothing that could be unlocked.

        A desk's word counts for reports that were sent to it. Either way the road's trail has a line, once
        for what is unlocked. Raises LedgerError: then it may be asked again.
        """
        wanted = {"report": asked.report, "asks": self._desk}
        row: Any = await ledger.read(lambda conn: conn.execute(_SENT_TO, wanted).one_or_none())
        try:
            part = await asyncio.to_thread(self._sealed, asked, row)
        except SealError as fault:
            log.error("identity_not_unlocked", fault=fault.code)  # noqa: TRY400 - nothing more may be said
            await ledger.transact(partial(_refuse, asked=asked, desk=self._desk, now=now))
            return False
        await ledger.transact(partial(_put, asked=asked, part=part, draft=row.draft, now=now))
        await signals.wake(OUTBOX_TOPIC)
        return True

    def _sealed(self, asked: NewsItem, row: Any) -> SealedPart:
        """In a thread: opened and closed in memory only."""
        if row is None:
            raise CannotOpen("the road keeps no such report of this desk", why=Unopened.OTHER_REPORT)
        header, body = open_part(asked.identity or b"", self._keys())
        told = (header.kind, header.report, header.draft, header.community)
        if told != (PartKind.IDENTITY, asked.report, row.draft, row.community):
            raise CannotOpen("the identity belongs to another report", why=Unopened.OTHER_REPORT)
        bound = Bound(
            part=PartId(derived(row.draft, PartKind.UNLOCKED)),
            draft=row.draft,
            community=CommunityId(row.community),
            desk=self._desk,
            recipients=self._recipients(),
            report=asked.report,
        )
        return seal_identity(decode(body, Identity), kind=PartKind.UNLOCKED, **bound)


def _put(conn: sa.Connection, *, asked: NewsItem, part: SealedPart, draft: str, now: datetime) -> None:
    """The part, its outbox row and the line in the trail, unless that item was there before."""
    item = ItemId(part.id)
    if conn.execute(_THERE, {"wanted": item}).one_or_none() is not None:
        return
    row = {"id": part.id, "draft": draft, "desk": part.desk, "kind": part.kind.value, "item": item}
    conn.execute(_PART, row | {"sealed": part.sealed, "created_at": now})
    queued = outbox_row(
        item=item, report=asked.report, kind=ItemKind.PART, destination=part.desk, urgent=True, at=now
    )
    conn.execute(_ITEM, queued)
    entry = Entry(at=now, who=part.desk, action=UNLOCKED, target=asked.report, detail={"item": item})
    record(conn, trail, entry)


def _refuse(conn: sa.Connection, *, asked: NewsItem, desk: DeskName, now: datetime) -> None:
    record(conn, trail, Entry(at=now, who=desk, action=NOT_UNLOCKED, target=asked.report))
