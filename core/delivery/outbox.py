"""The outbox as statements: what is due, who holds it, what became of it. No waiting and no deciding here.

A lease is judged by the ledger's own time, and its fence by the row: whoever lost it changes nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import compress
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy import bindparam as bind

from core.delivery.model import OF_THE_DOOR, Fault, Leased, OutboxState, Receipt, Waiting
from core.delivery.retry import CALM, URGENT, Decision, Failure
from core.delivery.wire import ItemKind
from core.ids import DeskName, ItemId, ReportId
from core.ledger.road import IS_NEW, outbox, parts, reports

_UNDELIVERED = (OutboxState.READY, OutboxState.LEASED, OutboxState.DEAD)
_IDLE = (OutboxState.READY, OutboxState.DEAD)


def outbox_row(
    *, item: ItemId, report: ReportId, kind: ItemKind, destination: DeskName, urgent: bool, at: datetime
) -> dict[str, Any]:
    """A row for `outbox.insert()`, due at once.

    `urgent` never changes afterwards: it is part of the bytes sent.
    """
    return {
        "item": item,
        "report": report,
        "kind": kind.value,
        "destination": destination,
        "urgent": urgent,
        "state": OutboxState.READY.value,
        "attempts": 0,
        "due_at": at,
        "fence": 0,
        "fault": Fault.NONE.value,
        "created_at": at,
    }


def next_due(conn: Connection, destination: DeskName, *, now: datetime, lasts: timedelta) -> datetime | None:
    """`now` if something for `destination` is due, else when it will be; None if nothing waits."""
    moments = _moments(destination, now, lasts)
    if any(conn.execute(due, moments | {"most": 1}).first() is not None for due in _DUE.values()):
        return now
    found = (conn.scalar(_NEXT_IDLE, {"desk": destination}), conn.scalar(_NEXT_ENDED, {"desk": destination}))
    return min((moment for moment in found if moment is not None), default=None)


def lease(
    conn: Connection, destination: DeskName, *, now: datetime, lasts: timedelta, limit: int, urgent_only: bool
) -> tuple[Leased, ...]:
    """Take up to `limit` due items for as long as the lease lasts: urgent ones, else the longest due.

    What is not urgent never goes side by side with what is, where it could overtake it. An attempt
    counts from here on, so that one that kills the process is counted too.
    """
    moments = _moments(destination, now, lasts) | {"most": limit}
    rows = _first(conn, _DUE[True], moments, limit)
    if not rows and not urgent_only:
        rows = _first(conn, _DUE[False], moments, limit)
    if rows:
        conn.execute(_LEASE, [{"which": row.item, "until": now + lasts} for row in rows])
    return tuple(_leased(row) for row in rows)


def _first(
    conn: Connection, due: sa.Executable, moments: Mapping[str, Any], limit: int
) -> Sequence[sa.Row[Any]]:
    """Of all that are due, those that have been so for longest; one may be due in more than one way."""
    found = {row.item: row for row in conn.execute(due, moments)}
    return sorted(found.values(), key=lambda row: (row.due_at, row.created_at, row.item))[:limit]


def complete(conn: Connection, receipts: Sequence[Receipt], *, now: datetime) -> tuple[bool, ...]:
    """The destination has them: mark them, note it at their reports, and keep no copy of what was sent.

    False, and nothing changed, for each whose lease was lost meanwhile.
    """
    found = conn.execute(_HELD_BY, {"which": [receipt.leased.item for receipt in receipts]})
    fences = {row.item: row.fence for row in found}
    held = tuple(fences.get(receipt.leased.item) == receipt.leased.fence for receipt in receipts)
    ours = list(compress(receipts, held))
    first = [receipt for receipt in ours if receipt.leased.kind is ItemKind.REPORT]
    _execute_each(conn, _COMPLETE, [{"which": receipt.leased.item, "at": now} for receipt in ours])
    _execute_each(conn, _NOTE_DELIVERED, [_noted(receipt, now) for receipt in first])
    sent = [{"with_item": receipt.leased.item, "sent": part} for receipt in ours for part in receipt.parts]
    _execute_each(conn, _FORGET_SENT, sent)
    return held


def postpone(conn: Connection, leased: Leased, failure: Failure, decision: Decision) -> bool:
    """It was not taken: due again when `decision` says. False, and nothing changed, if the lease was lost."""
    values: dict[str, Any] = {
        "state": decision.state,
        "due_at": decision.due_at,
        "lease_until": None,
        "fault": failure.fault,
        "attempts": leased.attempts if decision.counts else leased.attempts - 1,
    }
    if _alarm_differs(leased.fault, failure.fault):
        values["alarmed_at"] = None
    if not conn.execute(_held(leased).values(**values)).rowcount:
        return False
    if failure.of_the_door:
        _hold_back(conn, leased, decision.due_at)
    return True


def reopen(conn: Connection, destination: DeskName, *, now: datetime) -> int:
    """The destination answers again: whatever was kept waiting at its door is due. Returns how many."""
    return conn.execute(
        sa.update(outbox)
        .where(
            outbox.c.destination == destination,
            outbox.c.state.in_(_IDLE),
            outbox.c.fault.in_((Fault.NONE, *OF_THE_DOOR)),
            outbox.c.due_at > now,
        )
        .values(due_at=now)
    ).rowcount


def requeue(conn: Connection, items: Sequence[ItemId] | None, *, now: datetime) -> int:
    """Somebody has mended what was wrong: these items (None: all that wait) are due. Returns how many."""
    wanted = sa.true() if items is None else outbox.c.item.in_(items)
    return conn.execute(
        sa.update(outbox)
        .where(outbox.c.state.in_(_IDLE), wanted)
        .values(state=OutboxState.READY, due_at=now, attempts=0, alarmed_at=None)
    ).rowcount


def abandon(conn: Connection, *, now: datetime) -> int:
    """End every lease: for a ledger that one process alone writes to, when that process has just begun.

    Whoever held them is dead, and nobody has to wait until they run out. Returns how many there were.
    """
    return conn.execute(
        sa.update(outbox)
        .where(outbox.c.state == OutboxState.LEASED)
        .values(state=OutboxState.READY, lease_until=None, due_at=now)
    ).rowcount


def dead_letters(conn: Connection, limit: int = 100) -> tuple[Waiting, ...]:
    """What needs somebody to look, the urgent and the oldest first."""
    found = (
        sa.select(outbox)
        .where(outbox.c.state != OutboxState.DELIVERED, needs_somebody())
        .order_by(outbox.c.urgent.desc(), outbox.c.created_at)
        .limit(limit)
    )
    return tuple(_waiting(row) for row in conn.execute(found))


def unserved(conn: Connection, destinations: Collection[DeskName]) -> Mapping[DeskName, int]:
    """Undelivered items by destinations that no settings name any more: nobody will ever deliver them."""
    count = (
        sa.select(outbox.c.destination, sa.func.count())
        .where(outbox.c.state.in_(_UNDELIVERED), outbox.c.destination.not_in(destinations))
        .group_by(outbox.c.destination)
    )
    return {DeskName(name): number for name, number in conn.execute(count)}


def needs_somebody() -> sa.ColumnElement[bool]:
    """Dead, or refused in a way that repeating does not heal (what is urgent is never called dead)."""
    beyond = (Fault.TURNED_AWAY, Fault.REFUSED, Fault.CONFLICT, Fault.INCOMPLETE)
    return sa.or_(outbox.c.state == OutboxState.DEAD, outbox.c.fault.in_(beyond))


def _due(*, urgent: bool) -> sa.CompoundSelect[Any]:
    """What may be leased: up to `most` of each way to be due, each read off an index; times as in `_moments`.

    A time further off than any that is ever set was set by a clock that ran ahead; nobody waits for it, nor
    for the clock of whoever stored what is new. Another process may have asked for the time a little later.
    """
    c = outbox.c
    mine = sa.select(outbox).where(
        c.destination == bind("desk"), c.urgent.is_(sa.true() if urgent else sa.false())
    )
    too_far = _time("too_far_for_urgent" if urgent else "too_far")
    leased = mine.where(c.state == OutboxState.LEASED)
    ways = [
        mine.where(IS_NEW).order_by(c.created_at),
        leased.where(c.lease_until <= _time("now")).order_by(c.due_at),
        leased.where(c.lease_until > _time("longest_lease")).order_by(c.due_at),
    ]
    for state in _IDLE:
        idle = mine.where(c.state == state)
        ways += [
            idle.where(fits).order_by(c.due_at) for fits in (c.due_at <= _time("now"), c.due_at > too_far)
        ]
    return sa.union_all(*(sa.select(way.limit(bind("most")).subquery()) for way in ways))


def _moments(destination: DeskName, now: datetime, lasts: timedelta) -> dict[str, Any]:
    return {
        "desk": destination,
        "now": now,
        "too_far": now + CALM.longest,
        "too_far_for_urgent": now + URGENT.longest,
        "longest_lease": now + 2 * lasts,
    }


def _time(name: str) -> sa.BindParameter[Any]:
    return bind(name, type_=outbox.c.due_at.type)


def _earliest() -> sa.Select[Any]:
    """When the first of what is idle is due: the first of each kind, read off an index."""
    c = outbox.c
    firsts = (
        sa.select(sa.func.min(c.due_at).label("due_at")).where(
            c.destination == bind("desk"), c.state == state, c.urgent.is_(urgent)
        )
        for state in _IDLE
        for urgent in (sa.true(), sa.false())
    )
    return sa.select(sa.func.min(sa.union_all(*firsts).subquery().c.due_at))


# Each report passes all of these: made once, where making one takes longer than executing it.
_DUE = {urgent: _due(urgent=urgent) for urgent in (True, False)}
_NEXT_IDLE = _earliest()
_NEXT_ENDED = sa.select(sa.func.min(outbox.c.lease_until)).where(
    outbox.c.destination == bind("desk"), outbox.c.state == OutboxState.LEASED
)
_LEASE = (
    sa.update(outbox)
    .where(outbox.c.item == bind("which"))
    .values(
        state=OutboxState.LEASED,
        lease_until=_time("until"),
        fence=outbox.c.fence + 1,
        attempts=outbox.c.attempts + 1,
    )
)
_HELD_BY = sa.select(outbox.c.item, outbox.c.fence).where(
    outbox.c.item.in_(bind("which", expanding=True)), outbox.c.state == OutboxState.LEASED
)
_COMPLETE = (
    sa.update(outbox)
    .where(outbox.c.item == bind("which"))
    .values(state=OutboxState.DELIVERED, delivered_at=_time("at"), lease_until=None, fault=Fault.NONE)
)
_NOTE_DELIVERED = (
    sa.update(reports)
    .where(reports.c.id == bind("of_report"), reports.c.delivered_at.is_(None))
    .values(delivered_at=_time("at"))
)
_FORGET_SENT = sa.delete(parts).where(parts.c.item == bind("with_item"), parts.c.id == bind("sent"))


def _execute_each(conn: Connection, statement: sa.Executable, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        conn.execute(statement, rows)


def _noted(receipt: Receipt, now: datetime) -> dict[str, Any]:
    """A desk whose clock runs ahead has received nothing in the future."""
    return {"of_report": receipt.leased.report, "at": min(receipt.received_at, now)}


def _held(leased: Leased) -> sa.Update:
    """The row, as long as nobody took it over."""
    c = outbox.c
    return sa.update(outbox).where(
        c.item == leased.item, c.fence == leased.fence, c.state == OutboxState.LEASED
    )


def _hold_back(conn: Connection, leased: Leased, until: datetime) -> None:
    """Others of the same urgency wait for the same door, and go before whoever knocked in vain.

    So an item that alone makes the door look closed keeps nobody out.
    """
    c = outbox.c
    conn.execute(
        sa.update(outbox)
        .where(
            c.destination == leased.destination,
            c.urgent == leased.urgent,
            c.state.in_(_IDLE),
            c.item != leased.item,
            c.due_at < until - _AHEAD,
        )
        .values(due_at=until - _AHEAD)
    )


_AHEAD = timedelta(milliseconds=1)


def _alarm_differs(before: Fault, now: Fault) -> bool:
    """Whether whoever was alarmed about it before has something else to learn."""
    return now != before and now in {Fault.CONFLICT, Fault.REFUSED, Fault.TURNED_AWAY, Fault.INCOMPLETE}


def _leased(row: sa.Row[Any]) -> Leased:
    return Leased(
        item=row.item,
        report=row.report,
        kind=ItemKind(row.kind),
        destination=row.destination,
        urgent=row.urgent,
        attempts=row.attempts + 1,
        fence=row.fence + 1,
        fault=Fault(row.fault),
    )


def _waiting(row: sa.Row[Any]) -> Waiting:
    return Waiting(
        item=row.item,
        kind=ItemKind(row.kind),
        destination=row.destination,
        urgent=row.urgent,
        state=OutboxState(row.state),
        attempts=row.attempts,
        fault=Fault(row.fault),
        created_at=row.created_at,
        due_at=row.due_at,
    )
