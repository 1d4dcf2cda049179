"""Where somebody is paged, and how they want to be called before a young person: set by themselves.

Both lie sealed in the ledger, and neither is in the trail.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.errors import InputRefused
from core.ledger.trail import Entry, record
from desk.staff.model import clean_name
from desk.staff.staff_key import StaffKey
from desk.tables import rota, staff, trail

SET: Final = "paging_set"
"""The action in the trail."""
_ADDRESS = re.compile(r"[^\s@,;:<>()\[\]\\\"]{1,64}@[^\s@,;:<>()\[\]\\\"]{1,186}")

_paging = rota.paging
_FORGET = sa.delete(_paging).where(_paging.c.person == bind("who"))
_ALL = sa.select(_paging).where(
    sa.exists().where(staff.people.c.name == _paging.c.person, staff.people.c.ended_at.is_(None))
)


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """Empty where they said nothing."""

    address: str = ""
    shown_as: str = ""

    def __repr__(self) -> str:
        return "<Contact hidden>"


def clean(address: str, shown_as: str) -> Contact:
    """As it will be kept. Raises InputRefused for what is no address, or no name to be called by."""
    address = address.strip()
    if address and not (_ADDRESS.fullmatch(address) and address.isascii() and address.isprintable()):
        raise InputRefused("page-address", field="address")
    if not shown_as.strip():
        return Contact(address=address)
    try:
        return Contact(address=address, shown_as=clean_name(shown_as))
    except InputRefused as refused:
        raise InputRefused("page-called", field="shown_as") from refused


def put(conn: sa.Connection, key: StaffKey, contact: Contact, *, by: str, now: datetime) -> None:
    """Keep it in place of what they had set before; that they did so is in the trail."""
    conn.execute(_FORGET, {"who": by})
    conn.execute(sa.insert(_paging), {"person": by, "sealed": key.seal(contact, now), "set_at": now})
    told = {"address": _said(contact.address), "called": _said(contact.shown_as)}
    record(conn, trail, Entry(at=now, who=by, action=SET, target=by, detail=told))


def contacts(conn: sa.Connection, key: StaffKey, now: datetime) -> Mapping[str, Contact]:
    """Of everybody who set something and whose access was not taken away, by name."""
    found = {row.person: key.open(row.sealed, Contact, now) for row in conn.execute(_ALL)}
    return {person: contact for person, contact in found.items() if contact is not None}


def _said(text: str) -> str:
    return "yes" if text else "no"
