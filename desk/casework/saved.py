"""Filters of the queue that somebody keeps under a name: their own, or shared by a supervisor."""

from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.errors import InputRefused
from core.ledger.trail import Entry, record
from desk.casework.acts import By
from desk.tables import casework, trail

SAVED: Final = "queue_saved"
FORGOTTEN: Final = "queue_forgotten"
"""The actions in the trail."""
MOST: Final = 30
"""Of one person."""
LONGEST: Final = 40

_saved = casework.saved.c
_HERE = (_saved.desk == bind("desk"), _saved.standing == bind("standing"))
_THEIRS = (
    sa.select(casework.saved)
    .where(*_HERE, sa.or_(_saved.person == bind("who"), _saved.shared.is_(True)))
    .order_by(_saved.label, _saved.id)
)
_COUNT = sa.select(sa.func.count()).where(*_HERE, _saved.person == bind("who"))
_ONE = sa.select(casework.saved).where(*_HERE, _saved.id == bind("which"))
_DELETE = sa.delete(casework.saved).where(_saved.id == bind("which"))


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    label: str
    asks: str
    """As in the address of the queue."""
    shared: bool
    mine: bool


def save(conn: sa.Connection, by: By, label: str, asks: str, *, shared: bool, id: str) -> None:  # noqa: A002
    """Keep a filter. Raises InputRefused where it has no name, asks nothing, or there are too many."""
    label = " ".join(label.split())
    if not label or len(label) > LONGEST or not asks:
        raise InputRefused("saved-name")
    if conn.execute(_COUNT, _asked(by)).scalar_one() >= MOST:
        raise InputRefused("saved-many")
    here = by.scope.named
    row = {"id": id, "person": by.who, "label": label, "asks": asks, "shared": shared, "at": by.now}
    conn.execute(sa.insert(casework.saved), here | row)
    _note(conn, by, SAVED, id, shared=shared)


def forget(conn: sa.Connection, by: By, which: str, *, supervises: bool) -> None:
    """Keep it no longer: one's own, or as a supervisor a shared one. Raises InputRefused."""
    row = conn.execute(_ONE, _asked(by) | {"which": which}).one_or_none()
    if row is None or not (row.person == by.who or (row.shared and supervises)):
        raise InputRefused("saved-unknown")
    conn.execute(_DELETE, {"which": which})
    _note(conn, by, FORGOTTEN, which, shared=row.shared)


def saved_for(conn: sa.Connection, by: By) -> tuple[Saved, ...]:
    """Somebody's own and the shared ones, by their names."""
    return tuple(
        Saved(id=row.id, label=row.label, asks=row.asks, shared=row.shared, mine=row.person == by.who)
        for row in conn.execute(_THEIRS, _asked(by))
    )


def _asked(by: By) -> dict[str, str]:
    return {**by.scope.named, "who": by.who}


def _note(conn: sa.Connection, by: By, action: str, which: str, *, shared: bool) -> None:
    detail = {**by.scope.named, "shared": "yes" if shared else "no"}
    record(conn, trail, Entry(at=by.now, who=by.who, action=action, target=which, detail=detail))
