"""Reports as they lie in the road's ledger right after "Sent", for tests of what comes next."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.clock import Clock
from core.delivery.outbox import outbox_row
from core.delivery.wire import Delivery, ItemKind
from core.evidence.parts import PartKind
from core.ids import DeskName, ItemId, NewId, ReportId
from core.ledger.port import Change, Ledger
from core.ledger.road import outbox, parts, reports
from core.ledger.sql import insert_or_ignore

DESK = DeskName("desk")
COMMUNITY = "a-community"
PLATFORM = "web"
_KEEP_REPORT = insert_or_ignore(reports)


class SentReports:
    """Puts sealed reports into a ledger, and looks at what became of them."""

    def __init__(self, ledger: Ledger, clock: Clock, make_id: NewId) -> None:
        self._ledger = ledger
        self._clock = clock
        self._make_id = make_id

    async def send(
        self, *, urgent: bool = False, desk: DeskName = DESK, sealed: Sequence[bytes] = (b"answers",)
    ) -> ItemId:
        """A report and its outbox row; its id is the item's too."""
        item = ItemId(self._make_id())
        await self._ledger.append(
            Change(sa.insert(reports), [self._report(item, urgent=urgent, desk=desk)]),
            *self._item(item, ReportId(item), ItemKind.REPORT, urgent=urgent, desk=desk, sealed=sealed),
        )
        return item

    async def add(self, report: ItemId, *, urgent: bool = False, desk: DeskName = DESK) -> ItemId:
        """A supplement to `report`."""
        item = ItemId(self._make_id())
        kind = ItemKind.SUPPLEMENT
        await self._ledger.append(
            *self._item(item, ReportId(report), kind, urgent=urgent, desk=desk, sealed=[b"supplement"])
        )
        return item

    async def put(self, delivery: Delivery) -> ItemId:
        """A delivery made elsewhere, as the road would keep it until it is delivered."""
        row = self._report(delivery.item, urgent=delivery.urgent, desk=delivery.desk)
        told = {
            "id": delivery.report,
            "draft": delivery.draft,
            "community": delivery.community,
            "platform": delivery.platform,
            "standing": delivery.standing.value,
            "sent_at": delivery.sent_at,
        }
        kept = [
            {
                "id": part.id,
                "draft": delivery.draft,
                "desk": delivery.desk,
                "kind": part.kind.value,
                "item": delivery.item,
                "sealed": part.sealed,
                "created_at": delivery.sent_at,
            }
            for part in delivery.parts
        ]
        queued = outbox_row(
            item=delivery.item,
            report=delivery.report,
            kind=delivery.kind,
            destination=delivery.desk,
            urgent=delivery.urgent,
            at=self._clock.now(),
        )
        await self._ledger.append(
            Change(_KEEP_REPORT, [row | told]),
            Change(sa.insert(parts), kept),
            Change(sa.insert(outbox), [queued]),
        )
        return delivery.item

    async def row(self, item: ItemId) -> sa.Row[Any]:
        """The outbox row of `item`."""
        return await self._ledger.read(
            lambda conn: conn.execute(sa.select(outbox).where(outbox.c.item == item)).one()
        )

    async def report(self, item: ItemId) -> sa.Row[Any]:
        return await self._ledger.read(
            lambda conn: conn.execute(sa.select(reports).where(reports.c.id == item)).one()
        )

    async def parts(self, item: ItemId) -> list[bytes]:
        """What the road still keeps of `item`."""
        kept = sa.select(parts.c.sealed).where(parts.c.item == item).order_by(parts.c.id)
        return await self._ledger.read(lambda conn: list(conn.scalars(kept)))

    def _report(self, item: ItemId, *, urgent: bool, desk: DeskName) -> dict[str, Any]:
        return {
            "id": item,
            "draft": f"{item:0>64}",
            "community": COMMUNITY,
            "platform": PLATFORM,
            "desk": desk,
            "standing": "practice",
            "urgent": urgent,
            "reference_tag": f"{item:1>64}",
            "may_push": True,
            "sent_at": self._clock.now(),
        }

    def _item(
        self,
        item: ItemId,
        report: ReportId,
        kind: ItemKind,
        *,
        urgent: bool,
        desk: DeskName,
        sealed: Sequence[bytes],
    ) -> tuple[Change, ...]:
        at = self._clock.now()
        row = outbox_row(item=item, report=report, kind=kind, destination=desk, urgent=urgent, at=at)
        kept = [self._part(item, report, desk, one, at) for one in sealed]
        queued = Change(sa.insert(outbox), [row])
        return (Change(sa.insert(parts), kept), queued) if kept else (queued,)

    def _part(
        self, item: ItemId, report: ReportId, desk: DeskName, sealed: bytes, at: datetime
    ) -> dict[str, Any]:
        return {
            "id": self._make_id(),
            "draft": f"{report:0>64}",
            "desk": desk,
            "kind": PartKind.ANSWERS.value,
            "item": item,
            "sealed": sealed,
            "created_at": at,
        }
