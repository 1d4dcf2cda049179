"""Reading and writing sessions and known browsers, inside the ledger's transactions: hashes only."""

from datetime import datetime

import sqlalchemy as sa

from desk.staff.model import ABSOLUTE, DEVICE_LASTS, IDLE, Session
from desk.staff.people import person_of
from desk.staff.tokens import Digest
from desk.tables import staff

_sessions = staff.sessions.c
_devices = staff.devices.c


def start(conn: sa.Connection, token: Digest, person: str, now: datetime) -> datetime:
    """Store a session and return when it ends at the latest."""
    expires_at = now + ABSOLUTE
    row = {
        "token": token,
        "person": person,
        "created_at": now,
        "seen_at": now,
        "expires_at": expires_at,
    }
    conn.execute(sa.insert(staff.sessions), row)
    return expires_at


def find(conn: sa.Connection, token: Digest, now: datetime) -> Session | None:
    """The session behind a token, if it is not over and its person still has access."""
    columns = (_sessions.created_at, _sessions.seen_at, _sessions.expires_at)
    labelled = (column.label(f"session_{column.name}") for column in columns)
    joined = sa.join(staff.sessions, staff.people, _sessions.person == staff.people.c.id)
    wanted = sa.select(staff.people, *labelled).select_from(joined)
    row = conn.execute(wanted.where(_sessions.token == token, staff.people.c.ended_at.is_(None))).first()
    if row is None:
        return None
    session = Session(
        person=person_of(row),
        digest=token,
        created_at=row.session_created_at,
        seen_at=row.session_seen_at,
        expires_at=row.session_expires_at,
    )
    return None if session.over(now) else session


def seen(conn: sa.Connection, token: Digest, now: datetime) -> None:
    conn.execute(sa.update(staff.sessions).where(_sessions.token == token).values(seen_at=now))


def end(conn: sa.Connection, token: Digest) -> bool:
    return conn.execute(sa.delete(staff.sessions).where(_sessions.token == token)).rowcount > 0


def end_all(conn: sa.Connection, person: str) -> int:
    """End every session of a person, and forget their browsers; return how many sessions there were."""
    conn.execute(sa.delete(staff.devices).where(_devices.person == person))
    return conn.execute(sa.delete(staff.sessions).where(_sessions.person == person)).rowcount


def count(conn: sa.Connection, person: str, now: datetime) -> int:
    """How many browsers somebody is signed in with."""
    live = (_sessions.person == person, _sessions.expires_at > now, _sessions.seen_at > now - IDLE)
    return conn.execute(sa.select(sa.func.count()).select_from(staff.sessions).where(*live)).scalar_one()


def sweep(conn: sa.Connection, now: datetime) -> None:
    """Delete what is over, so that the tables stay as small as the desk."""
    over = sa.or_(_sessions.expires_at <= now, _sessions.seen_at <= now - IDLE)
    conn.execute(sa.delete(staff.sessions).where(over))
    conn.execute(sa.delete(staff.devices).where(_devices.expires_at <= now))


def know_device(conn: sa.Connection, token: Digest, person: str, now: datetime) -> None:
    row = {"token": token, "person": person, "expires_at": now + DEVICE_LASTS}
    conn.execute(sa.insert(staff.devices), row)


def knows_device(conn: sa.Connection, token: Digest, person: str, now: datetime) -> bool:
    known = (_devices.token == token, _devices.person == person, _devices.expires_at > now)
    return conn.execute(sa.select(_devices.token).where(*known)).first() is not None


def forget_device(conn: sa.Connection, token: Digest) -> None:
    conn.execute(sa.delete(staff.devices).where(_devices.token == token))
