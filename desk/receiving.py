"""Takes a delivery into the ledger: once, whatever arrives how often and in what order. Opens nothing."""

from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.delivery.wire import Delivery, ItemKind, NewsKind
from core.errors import LedgerConflict
from core.evidence.parts import PartKind
from core.ids import ItemId, ReportId, RoadName
from core.ledger.port import Change, Ledger
from core.ledger.sql import insert_or_ignore, looking_at_own_rows
from core.ledger.trail import Entry, record
from core.reports.model import Priority
from desk import tallies
from desk.casework.model import CaseState
from desk.casework.place import put
from desk.model import Scope
from desk.news import insert_news, news_row
from desk.opening import TO_TRIAGE
from desk.ranks import QUEUED, Targets, due, rank, taken_for
from desk.tables import casework, deliveries, parts, reports, trail, unlocks

RECEIVED = "desk.received"
"""The topic that wakes the triage."""
CONFLICT = "delivery_conflict"
"""The action in the trail."""

MAY_CARRY: dict[ItemKind, frozenset[PartKind]] = {
    ItemKind.REPORT: frozenset(PartKind) - {PartKind.SUPPLEMENT, PartKind.UNLOCKED},
    ItemKind.PART: frozenset({PartKind.REPORTED, PartKind.CONTEXT, PartKind.UNLOCKED}),
    ItemKind.SUPPLEMENT: frozenset(PartKind) - {PartKind.ANSWERS, PartKind.IDENTITY, PartKind.UNLOCKED},
}
"""What each kind of item consists of; a report has its answers once, and one identity at most."""

_SAME_ITEM = sa.select(deliveries).where(deliveries.c.item == bind("item"))
_SAME_REPORT = sa.select(reports).where(reports.c.id == bind("report"))
_ALARMED = sa.select(sa.literal(1)).where(trail.c.target == bind("item"), trail.c.action == CONFLICT).limit(1)
_UNLOCK_ASKED = sa.select(sa.literal(1)).where(unlocks.c.report == bind("report"))
_ANY_URGENT = (
    sa.select(sa.literal(1))
    .where(deliveries.c.report == bind("report"), deliveries.c.road == bind("road"), deliveries.c.urgent)
    .limit(1)
)
_ADDED = (
    sa.update(reports)
    .where(reports.c.id == bind("of"))
    .values(added_at=bind("at", type_=reports.c.added_at.type))
)
_ANSWERED = (
    sa.update(casework.cases)
    .where(casework.cases.c.id == bind("case"), casework.cases.c.state == CaseState.WAITING.value)
    .values(
        state=CaseState.WORKING.value,
        state_at=bind("at", type_=casework.cases.c.state_at.type),
        state_by="desk",
    )
)
_RAISED = (
    sa.update(reports)
    .where(reports.c.id == bind("of"))
    .values(
        urgent=True,
        lowered_at=None,
        rank=bind("to"),
        due_at=bind("until", type_=reports.c.due_at.type),
        own_due_at=bind("own", type_=reports.c.own_due_at.type),
    )
)
_INSERT_DELIVERY = insert_or_ignore(deliveries)
_INSERT_REPORT = insert_or_ignore(reports)
_INSERT_PARTS = insert_or_ignore(parts)


def _first_of_all() -> sa.Insert:
    """A report that breaks a rule if it is here already, or if something urgent of it came before it did."""
    came_before = sa.exists().where(
        deliveries.c.report == bind("of_id"), deliveries.c.road == bind("of_road"), deliveries.c.urgent
    )
    given = {name: bind(named, type_=reports.c[name].type) for name, named in _ENTERED.items()}
    rank_or_none = sa.case((came_before, sa.null()), else_=given["rank"])
    # Nothing but a delivery of the same report could change what it reads, and no two reports have one id.
    return looking_at_own_rows(sa.insert(reports).values(given | {"rank": rank_or_none}))


_ENTERED = {
    name: f"of_{name}"
    for name in (
        "id", "item", "road", "draft", "desk", "standing", "community", "platform", "urgent", "sent_at",
        "received_at", "rank", "due_at",
    )
}  # fmt: skip
"""What is known of a report when it comes, and what the values are called in the statement."""
_FIRST_REPORT = _first_of_all()
_FIRST_DELIVERY = sa.insert(deliveries)


class Incoming(NamedTuple):
    """A delivery as it came: who signed it, the SHA-256 of its bytes, and when."""

    road: RoadName
    delivery: Delivery
    digest: str
    at: datetime


class Fate(StrEnum):
    ACCEPTED = "accepted"
    REPEATED = "repeated"
    CONFLICT = "conflict"  # this id, or this report, came before with other bytes
    FOREIGN = "foreign"  # the report it belongs to is another road's, desk's or standing's
    UNASKED = "unasked"  # an identity that nobody here asked to be unlocked: not taken


class Received(NamedTuple):
    fate: Fate
    item: ItemId
    received_at: datetime
    """Of the first time; without meaning unless accepted or repeated."""


async def receive(ledger: Ledger, incoming: Incoming, targets: Targets) -> Received:
    """Store it, its news and its counts in one transaction, unless it is there already; durable on return.

    What belongs to a report that has not come yet is kept and joins it when it comes. Raises LedgerError.
    """
    if incoming.delivery.kind is ItemKind.REPORT:
        # Nearly always it is new. Then there is nothing to be looked up, and many are stored as one.
        with suppress(LedgerConflict):
            await ledger.append(*_as_new(incoming, targets))
            return Received(Fate.ACCEPTED, incoming.delivery.item, incoming.at)
    return await ledger.transact(lambda conn: _receive(conn, incoming, targets))


def wrong_parts(delivery: Delivery) -> str | None:
    """Why these parts cannot make this kind of item; None if they can."""
    kinds = [part.kind for part in delivery.parts]
    if not MAY_CARRY[delivery.kind].issuperset(kinds):
        return f"an item of kind {delivery.kind} does not carry such parts"
    if len({part.id for part in delivery.parts}) != len(kinds):
        return "two parts have the same id"
    if delivery.kind is ItemKind.REPORT and kinds.count(PartKind.ANSWERS) != 1:
        return "a report has its answers once"
    if kinds.count(PartKind.IDENTITY) > 1:
        return "a report has one identity at most"
    if PartKind.UNLOCKED in kinds and len(kinds) > 1:
        return "an unlocked identity comes alone"
    return None


def is_unlocked(delivery: Delivery) -> bool:
    """Whether it brings who somebody is without their yes."""
    return any(part.kind is PartKind.UNLOCKED for part in delivery.parts)


def _asked_for(conn: sa.Connection, delivery: Delivery) -> bool:
    return conn.execute(_UNLOCK_ASKED, {"report": delivery.report}).one_or_none() is not None


def _receive(conn: sa.Connection, incoming: Incoming, targets: Targets) -> Received:
    delivery = incoming.delivery
    before = conn.execute(_SAME_ITEM, {"item": delivery.item}).one_or_none()
    if before is not None:
        if before.digest == incoming.digest:
            return Received(Fate.REPEATED, delivery.item, before.received_at)
        return _conflict(conn, incoming)
    known = conn.execute(_SAME_REPORT, {"report": delivery.report}).mappings().one_or_none()
    if known is not None and delivery.kind is ItemKind.REPORT:
        return _conflict(conn, incoming)
    if known is not None and not _belongs(incoming, known):
        return Received(Fate.FOREIGN, delivery.item, incoming.at)
    if is_unlocked(delivery) and not _asked_for(conn, delivery):
        return Received(Fate.UNASKED, delivery.item, incoming.at)
    _store(conn, incoming)
    if known is not None:
        _add_to(conn, known, incoming, targets)
    if delivery.kind is ItemKind.REPORT:
        _enter(conn, incoming, targets)
    return Received(Fate.ACCEPTED, delivery.item, incoming.at)


def _conflict(conn: sa.Connection, incoming: Incoming) -> Received:
    """Noted once an item, however often it is tried."""
    item = incoming.delivery.item
    if conn.execute(_ALARMED, {"item": item}).one_or_none() is None:
        detail = {"road": incoming.road, "digest": incoming.digest}
        entry = Entry(at=incoming.at, who="desk", action=CONFLICT, target=item, detail=detail)
        record(conn, trail, entry)
    return Received(Fate.CONFLICT, item, incoming.at)


def _belongs(incoming: Incoming, known: Any) -> bool:
    delivery = incoming.delivery
    told = (incoming.road, delivery.desk, delivery.standing.value, delivery.community, delivery.draft)
    return told == (known["road"], known["desk"], known["standing"], known["community"], known["draft"])


class Rows(NamedTuple):
    """What a new report is in the ledger, before anybody has opened it."""

    delivery: dict[str, Any]
    report: dict[str, Any]
    parts: tuple[dict[str, Any], ...]


def rows_of(incoming: Incoming, targets: Targets) -> Rows:
    """The rows of a report of which nothing is here, for whoever stores many at once."""
    delivery = incoming.delivery
    return Rows(
        _delivery_row(incoming),
        _report_row(incoming, targets, urgent=delivery.urgent),
        tuple(_part_row(incoming, part) for part in delivery.parts),
    )


def _as_new(incoming: Incoming, targets: Targets) -> tuple[Change, ...]:
    """All of a report that nothing is here of; a conflict where that is not so."""
    delivery = incoming.delivery
    row = _report_row(incoming, targets, urgent=delivery.urgent)
    scope = Scope(desk=delivery.desk, standing=delivery.standing)
    return (
        Change(_FIRST_REPORT, [{_ENTERED[name]: value for name, value in row.items()}]),
        Change(_FIRST_DELIVERY, [_delivery_row(incoming)]),
        Change(_INSERT_PARTS, [_part_row(incoming, part) for part in delivery.parts]),
        Change(insert_news, [_news_row(incoming)]),
        tallies.entering(scope, row["rank"]),
    )


def _store(conn: sa.Connection, incoming: Incoming) -> None:
    conn.execute(_INSERT_DELIVERY, _delivery_row(incoming))
    conn.execute(_INSERT_PARTS, [_part_row(incoming, part) for part in incoming.delivery.parts])


def _enter(conn: sa.Connection, incoming: Incoming, targets: Targets) -> None:
    """The report itself, as the queue shows it until the triage has run."""
    delivery = incoming.delivery
    # Its own delivery is stored by now, and whatever of it came before.
    belonging = {"report": delivery.report, "road": incoming.road}
    urgent = conn.execute(_ANY_URGENT, belonging).one_or_none() is not None
    row = _report_row(incoming, targets, urgent=urgent)
    conn.execute(_INSERT_REPORT, row)
    conn.execute(insert_news, _news_row(incoming))
    tallies.entered(conn, Scope(desk=delivery.desk, standing=delivery.standing), row["rank"])


def _delivery_row(incoming: Incoming) -> dict[str, Any]:
    delivery = incoming.delivery
    return {
        "item": delivery.item,
        "digest": incoming.digest,
        "road": incoming.road,
        "report": delivery.report,
        "kind": delivery.kind.value,
        "urgent": delivery.urgent,
        "received_at": incoming.at,
    }


def _part_row(incoming: Incoming, part: Any) -> dict[str, Any]:
    return {
        "report": incoming.delivery.report,
        "id": part.id,
        "road": incoming.road,
        "item": incoming.delivery.item,
        "kind": part.kind.value,
        "sealed": part.sealed,
        "size": len(part.sealed),
        "received_at": incoming.at,
        "triaged_at": None if part.kind in TO_TRIAGE else incoming.at,
    }


def _report_row(incoming: Incoming, targets: Targets, *, urgent: bool) -> dict[str, Any]:
    delivery = incoming.delivery
    priority = taken_for(urgent=urgent)
    return {
        "id": delivery.report,
        "item": delivery.item,
        "road": incoming.road,
        "draft": delivery.draft,
        "desk": delivery.desk,
        "standing": delivery.standing.value,
        "community": delivery.community,
        "platform": delivery.platform,
        "urgent": urgent,
        "sent_at": delivery.sent_at,
        "received_at": incoming.at,
        "rank": rank(priority, triaged=False),
        "due_at": due(priority, delivery.sent_at, incoming.at, targets),
    }


def _news_row(incoming: Incoming) -> dict[str, Any]:
    return news_row(incoming.road, incoming.delivery.report, NewsKind.RECEIVED, incoming.at)


def _add_to(conn: sa.Connection, known: Any, incoming: Incoming, targets: Targets) -> None:
    """Something more for a report that is here. It may raise; nothing here can lower."""
    if is_unlocked(incoming.delivery):
        return  # urgent on its way only: nothing was said with it
    conn.execute(_ADDED, {"of": known["id"], "at": incoming.at})
    if incoming.delivery.kind is ItemKind.SUPPLEMENT:
        conn.execute(_ANSWERED, {"case": known["of_case"] or known["id"], "at": incoming.at})
    _raise(conn, known, incoming, targets)
    if known["rank"] > QUEUED:
        put(conn, ReportId(known["of_case"] or known["id"]))


def _raise(conn: sa.Connection, known: Any, incoming: Incoming, targets: Targets) -> None:
    """Said to be urgent anew, it is so whatever a person made of it before."""
    if not incoming.delivery.urgent or (known["urgent"] and known["lowered_at"] is None):
        return
    at_most = rank(Priority.P0, triaged=False) if known["priority"] != Priority.P0 else known["rank"]
    soon = incoming.at + targets[Priority.P0]
    until = {
        "until": min(known["due_at"], soon),
        "own": known["own_due_at"] and min(known["own_due_at"], soon),
    }
    conn.execute(_RAISED, {"of": known["id"], "to": at_most} | until)
    scope = Scope(desk=incoming.delivery.desk, standing=incoming.delivery.standing)
    tallies.moved(conn, scope, known["rank"], at_most)
