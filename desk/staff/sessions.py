"""Reading and writing sessions and known browsers, inside the ledger's transactions: hashes only."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from desk.staff.browsers import Browser
from desk.staff.model import ABSOLUTE, DEVICE_LASTS, IDLE, Person, Session, SignedIn
from desk.staff.people import person_of
from desk.staff.tokens import Digest, digest, new_token
from desk.tables import staff

_sessions = staff.sessions.c
_devices = staff.devices.c


_JOINED = sa.join(staff.sessions, staff.people, _sessions.person == staff.people.c.id)
_OPEN = (
    sa.select(
        staff.people,
        _sessions.token,
        _sessions.browser,
        _sessions.created_at.label("since"),
        _sessions.seen_at,
        _sessions.expires_at,
        sa.exists().where(staff.codes.c.person == _sessions.person).label("has_codes"),
    )
    .select_from(_JOINED)
    .where(staff.people.c.ended_at.is_(None))
)


def begin(conn: sa.Connection, person: Person, now: datetime, browser: Browser) -> SignedIn:
    """Sign somebody in, with a browser that we know again from now on."""
    token, device = new_token(), new_token()
    expires_at = start(conn, digest(token), person.id, now, browser)
    know_device(conn, digest(device), person.id, now)
    return SignedIn(person=person, token=token, device=device, expires_at=expires_at)


def start(conn: sa.Connection, token: Digest, person: str, now: datetime, browser: Browser) -> datetime:
    """Store a session and return when it ends at the latest."""
    expires_at = now + ABSOLUTE
    row = {
        "token": token,
        "person": person,
        "created_at": now,
        "seen_at": now,
        "expires_at": expires_at,
        "browser": browser.value,
    }
    conn.execute(sa.insert(staff.sessions), row)
    return expires_at


def find(conn: sa.Connection, token: Digest, now: datetime) -> Session | None:
    """The session behind a token, if it is not over and its person still has access."""
    row = conn.execute(_OPEN.where(_sessions.token == token)).first()
    session = None if row is None else _session(row)
    return None if session is None or session.over(now) else session


def of_person(conn: sa.Connection, person: str, now: datetime) -> tuple[Session, ...]:
    """Every session of somebody that is not over, the one used last first."""
    wanted = _OPEN.where(_sessions.person == person).order_by(_sessions.seen_at.desc(), _sessions.token)
    found = (_session(row) for row in conn.execute(wanted))
    return tuple(session for session in found if not session.over(now))


def _session(row: Any) -> Session:
    return Session(
        person=person_of(row),
        digest=row.token,
        created_at=row.since,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        browser=Browser(row.browser),
        has_codes=row.has_codes,
    )


def seen(conn: sa.Connection, token: Digest, now: datetime) -> None:
    conn.execute(sa.update(staff.sessions).where(_sessions.token == token).values(seen_at=now))


def end(conn: sa.Connection, token: Digest) -> bool:
    return conn.execute(sa.delete(staff.sessions).where(_sessions.token == token)).rowcount > 0


def end_all(conn: sa.Connection, person: str) -> int:
    """End every session of a person, and forget their browsers; return how many sessions there were."""
    conn.execute(sa.delete(staff.devices).where(_devices.person == person))
    return conn.execute(sa.delete(staff.sessions).where(_sessions.person == person)).rowcount


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
