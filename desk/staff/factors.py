"""Reading and writing second factors, inside the ledger's transactions: secrets sealed, codes hashed."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from desk.tables import staff

_codes = staff.codes.c
_recovery = staff.recovery.c
_OF = _codes.person == bind("of")
_RECOVERY_OF = _recovery.person == bind("of")
_FIND = sa.select(staff.codes).where(_OF)
_LEFT = sa.select(sa.func.count()).select_from(staff.recovery).where(_RECOVERY_OF)
_ANYONE = (
    sa.select(_codes.person)
    .join(staff.people, staff.people.c.id == _codes.person)
    .where(staff.people.c.ended_at.is_(None))
)
_USE_STEP = sa.update(staff.codes).where(_OF, _codes.last_step < bind("step")).values(last_step=bind("step"))
_USE_RECOVERY = sa.delete(staff.recovery).where(_RECOVERY_OF, _recovery.code == bind("tag"))
_DROP_CODES = sa.delete(staff.codes).where(_OF)
_DROP_RECOVERY = sa.delete(staff.recovery).where(_RECOVERY_OF)


class Stored(NamedTuple):
    """An app's secret as it lies in the ledger."""

    sealed: str
    set_at: datetime
    last_step: int
    """The step of the last code that was taken: none up to it is ever taken again."""


def find(conn: sa.Connection, person: str) -> Stored | None:
    row = conn.execute(_FIND, {"of": person}).first()
    return None if row is None else Stored(row.secret, row.set_at, row.last_step)


def recovery_left(conn: sa.Connection, person: str) -> int:
    return conn.execute(_LEFT, {"of": person}).scalar_one()


def holders(conn: sa.Connection) -> frozenset[str]:
    """Whoever has access and a second factor."""
    return frozenset(conn.scalars(_ANYONE))


def set_up(conn: sa.Connection, person: str, stored: Stored, tags: Iterable[str]) -> None:
    """Put this second factor, with its recovery codes, into the place of any that was there."""
    take_away(conn, person)
    row = {
        "person": person,
        "secret": stored.sealed,
        "set_at": stored.set_at,
        "last_step": stored.last_step,
    }
    conn.execute(sa.insert(staff.codes), row)
    conn.execute(sa.insert(staff.recovery), [{"person": person, "code": tag} for tag in tags])


def take_away(conn: sa.Connection, person: str) -> bool:
    """Whether there was one."""
    conn.execute(_DROP_RECOVERY, {"of": person})
    return conn.execute(_DROP_CODES, {"of": person}).rowcount > 0


def use_step(conn: sa.Connection, person: str, step: int) -> bool:
    """Take the code of a step; false where it, or a later one, was taken before."""
    return conn.execute(_USE_STEP, {"of": person, "step": step}).rowcount > 0


def use_recovery(conn: sa.Connection, person: str, tag: str) -> bool:
    """Take a recovery code; false where there is no such code, or no longer."""
    return conn.execute(_USE_RECOVERY, {"of": person, "tag": tag}).rowcount > 0
