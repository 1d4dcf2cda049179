"""Which account of a provider is whose, inside the ledger's transactions. The account lies here as a hash."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.errors import InputRefused
from desk.staff import people
from desk.staff.model import Person
from desk.tables import staff

_WHOSE = sa.select(staff.connected.c.person).where(staff.connected.c.account == bind("of"))
_CONNECT = sa.insert(staff.connected)


def whose(conn: sa.Connection, account: str) -> Person | None:
    """Whoever has access and came by this account."""
    person = conn.execute(_WHOSE, {"of": account}).scalar_one_or_none()
    return None if person is None else people.by_id(conn, person)


def connect(conn: sa.Connection, account: str, person: str, now: datetime) -> None:
    """Raises InputRefused where somebody has, or had, it: one account is one person."""
    if conn.execute(_WHOSE, {"of": account}).first():
        raise InputRefused("provider-taken")
    conn.execute(_CONNECT, {"account": account, "person": person, "connected_at": now})
