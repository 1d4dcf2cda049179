"""Reading and writing passkeys, inside the ledger's transactions: public halves only."""

from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.ledger.sql import insert_or_ignore
from desk.staff.browsers import Browser
from desk.staff.proving import Made
from desk.tables import staff

_keys = staff.passkeys.c
_spent = staff.spent.c
_OF = _keys.person == bind("of")
_FIND = sa.select(staff.passkeys).where(_keys.id == bind("which"))
_OF_PERSON = sa.select(staff.passkeys).where(_OF).order_by(_keys.made_at, _keys.id)
_HOLDERS = (
    sa.select(_keys.person)
    .join(staff.people, staff.people.c.id == _keys.person)
    .where(staff.people.c.ended_at.is_(None))
)
_USE = (
    sa.update(staff.passkeys)
    .where(_keys.id == bind("which"))
    .values(uses=bind("count"), used_at=bind("at", type_=staff.passkeys.c.used_at.type))
)
_DROP = sa.delete(staff.passkeys).where(_OF, _keys.id == bind("which"))
_DROP_ALL = sa.delete(staff.passkeys).where(_OF)
_SPEND = insert_or_ignore(staff.spent).execution_options(preserve_rowcount=True)
_SWEEP = sa.delete(staff.spent).where(_spent.expires_at <= bind("now", type_=_spent.expires_at.type))


class Passkey(msgspec.Struct, frozen=True, kw_only=True):
    """One of somebody's passkeys."""

    made: Made
    person: str
    browser: Browser
    """It was made with."""
    made_at: datetime
    used_at: datetime | None


def find(conn: sa.Connection, which: str) -> Passkey | None:
    row = conn.execute(_FIND, {"which": which}).first()
    return None if row is None else _passkey(row)


def of_person(conn: sa.Connection, person: str) -> tuple[Passkey, ...]:
    """The oldest first."""
    return tuple(_passkey(row) for row in conn.execute(_OF_PERSON, {"of": person}))


def holders(conn: sa.Connection) -> frozenset[str]:
    """Whoever has access and a passkey."""
    return frozenset(conn.scalars(_HOLDERS))


def add(conn: sa.Connection, passkey: Passkey) -> None:
    row = {
        "id": passkey.made.id,
        "person": passkey.person,
        "public_key": passkey.made.public_key,
        "uses": passkey.made.uses,
        "browser": passkey.browser.value,
        "made_at": passkey.made_at,
    }
    conn.execute(sa.insert(staff.passkeys), row)


def use(conn: sa.Connection, which: str, count: int, now: datetime) -> None:
    conn.execute(_USE, {"which": which, "count": count, "at": now})


def drop(conn: sa.Connection, person: str, which: str) -> bool:
    """Whether it was theirs."""
    return conn.execute(_DROP, {"of": person, "which": which}).rowcount > 0


def drop_all(conn: sa.Connection, person: str) -> int:
    return conn.execute(_DROP_ALL, {"of": person}).rowcount


def spend(conn: sa.Connection, tag: str, expires_at: datetime, now: datetime) -> bool:
    """Take what works once; false where it was taken before."""
    conn.execute(_SWEEP, {"now": now})
    return conn.execute(_SPEND, {"token": tag, "expires_at": expires_at}).rowcount > 0


def _passkey(row: Any) -> Passkey:
    return Passkey(
        made=Made(row.id, row.public_key, row.uses),
        person=row.person,
        browser=Browser(row.browser),
        made_at=row.made_at,
        used_at=row.used_at,
    )
