"""Builds the bytes of items from what lies in the ledger: the same ledger, the same bytes, every time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from core.delivery.model import Leased
from core.delivery.wire import Delivery, ItemKind, WirePart
from core.evidence.parts import PartKind
from core.ids import ItemId, PartId
from core.ledger.road import answers, parts, reports
from core.reports.model import Standing

_REPORTS = sa.select(reports).where(reports.c.id.in_(sa.bindparam("ids", expanding=True)))
_ANSWERS = sa.select(answers).where(answers.c.item.in_(sa.bindparam("items", expanding=True)))
_PARTS = (
    sa.select(parts.c.id, parts.c.kind, parts.c.sealed, parts.c.item)
    .where(parts.c.item.in_(sa.bindparam("items", expanding=True)))
    .order_by(parts.c.id)
)


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """What goes out, and which parts are in it."""

    body: bytes
    parts: tuple[PartId, ...]


def assemble(conn: Connection, leased: Sequence[Leased]) -> Mapping[ItemId, Parcel]:
    """The parcels of items; none for one whose report or parts are not in the ledger, or not understood.

    What was written back by reference says itself what it belongs to: the road may have forgotten the report.

    Nothing in one may depend on the attempt, the clock, the order of rows or what else is assembled: the
    destination tells a repetition from a forgery by the digest of these bytes.
    """
    found = conn.execute(_REPORTS, {"ids": list({one.report for one in leased})})
    by_id = {row.id: row for row in found}
    items = [one.item for one in leased]
    by_item = _answers(conn, [one.item for one in leased if one.kind is ItemKind.SUPPLEMENT])
    sealed = defaultdict[ItemId, list[Any]](list)
    for part in conn.execute(_PARTS, {"items": items}):
        sealed[part.item].append(part)
    return {
        one.item: parcel
        for one in leased
        if (parcel := _parcel(one, by_item.get(one.item) or by_id.get(one.report), sealed[one.item]))
        is not None
    }


def _answers(conn: Connection, items: Sequence[ItemId]) -> Mapping[str, sa.Row[Any]]:
    if not items:
        return {}
    return {row.item: row for row in conn.execute(_ANSWERS, {"items": items})}


def _parcel(leased: Leased, report: sa.Row[Any] | None, found: Sequence[sa.Row[Any]]) -> Parcel | None:
    if report is None or not found:
        return None
    try:
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
    except ValueError:  # words of a later version, or of nobody
        return None
    return Parcel(body=msgspec.json.encode(delivery), parts=tuple(part.id for part in delivery.parts))
