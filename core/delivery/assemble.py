"""Builds the bytes of an item from what lies in the ledger: the same ledger, the same bytes, every time."""

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from core.delivery.model import Leased
from core.delivery.wire import Delivery, WirePart
from core.evidence.parts import PartKind
from core.ids import PartId
from core.ledger.road import parts, reports
from core.reports.model import Standing

_REPORT = sa.select(reports).where(reports.c.id == sa.bindparam("report"))
_PARTS = (
    sa.select(parts.c.id, parts.c.kind, parts.c.sealed)
    .where(parts.c.item == sa.bindparam("of_item"))
    .order_by(parts.c.id)
)


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """What goes out, and which parts are in it."""

    body: bytes
    parts: tuple[PartId, ...]


def assemble(conn: Connection, leased: Leased) -> Parcel | None:
    """The parcel of an item; None if its report or all of its parts are not in the ledger.

    Nothing in it may depend on the attempt, the clock or the order of rows: the destination tells a
    repetition from a forgery by the digest of these bytes.
    """
    report = conn.execute(_REPORT, {"report": leased.report}).one_or_none()
    found = conn.execute(_PARTS, {"of_item": leased.item}).all()
    if report is None or not found:
        return None
    delivery = Delivery(
        item=leased.item,
        kind=leased.kind,
        report=leased.report,
        draft=report.draft,
        community=report.community,
        platform=report.platform,
        desk=leased.destination,
        standing=Standing(report.standing),
        urgent=leased.urgent,
        sent_at=report.sent_at,
        parts=tuple(WirePart(id=part.id, kind=PartKind(part.kind), sealed=part.sealed) for part in found),
    )
    return Parcel(body=msgspec.json.encode(delivery), parts=tuple(part.id for part in delivery.parts))
