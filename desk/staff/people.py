"""Reading and writing the people of the desk and their invitations, inside the ledger's transactions.

Plain functions of a connection: nothing here waits, hashes a password or reads a clock.
"""

from datetime import datetime

import sqlalchemy as sa

from core.errors import InputRefused
from desk.staff.model import Invite, LinkSpent, Person, Role, Roles, roles_of, roles_text
from desk.staff.tokens import Digest
from desk.tables import rota, staff

_people = staff.people.c
_invites = staff.invites.c


def anyone(conn: sa.Connection) -> bool:
    return conn.execute(sa.select(_people.id).limit(1)).first() is not None


def everyone(conn: sa.Connection) -> tuple[Person, ...]:
    rows = conn.execute(sa.select(staff.people).order_by(_people.created_at, _people.id))
    return tuple(person_of(row) for row in rows)


def by_name(conn: sa.Connection, key: str) -> tuple[Person, str] | None:
    """The person whose access is not taken away, and their encoded password."""
    wanted = sa.select(staff.people).where(_people.name_key == key, _people.ended_at.is_(None))
    row = conn.execute(wanted).first()
    return None if row is None else (person_of(row), row.password)


def by_id(conn: sa.Connection, person: str) -> Person | None:
    """The person whose access is not taken away."""
    wanted = sa.select(staff.people).where(_people.id == person, _people.ended_at.is_(None))
    row = conn.execute(wanted).first()
    return None if row is None else person_of(row)


def encoded_password(conn: sa.Connection, person: str) -> str | None:
    wanted = sa.select(_people.password).where(_people.id == person, _people.ended_at.is_(None))
    return conn.execute(wanted).scalar_one_or_none()


def add(conn: sa.Connection, person: Person, key: str, encoded: str) -> None:
    """Raise InputRefused where somebody has, or had, this name: the trail must stay unambiguous."""
    if conn.execute(sa.select(_people.id).where(_people.name_key == key)).first():
        raise InputRefused("name-taken", field="name")
    row = {
        "id": person.id,
        "name": person.name,
        "name_key": key,
        "password": encoded,
        "created_at": person.created_at,
        "created_by": person.created_by,
        "roles": roles_text(person.roles),
    }
    conn.execute(sa.insert(staff.people), row)


def set_password(conn: sa.Connection, person: str, encoded: str) -> None:
    conn.execute(sa.update(staff.people).where(_people.id == person).values(password=encoded))


def set_roles(conn: sa.Connection, person: str, roles: Roles) -> Person:
    """What somebody is from now on; who they were before. Raises InputRefused where there is nobody.

    Somebody must be left who can let others in.
    """
    before = present(conn, person)
    if Role.ADMIN in before.roles and Role.ADMIN not in roles:
        _require_another_admin(conn, person)
    conn.execute(sa.update(staff.people).where(_people.id == person).values(roles=roles_text(roles)))
    return before


def end_access(conn: sa.Connection, person: str, now: datetime) -> Person:
    """Take somebody's access away, and forget where they were paged.

    Raises InputRefused where there is none to take.
    """
    ended = present(conn, person)
    if Role.ADMIN in ended.roles:
        _require_another_admin(conn, person)
    conn.execute(sa.update(staff.people).where(_people.id == person).values(ended_at=now))
    conn.execute(sa.delete(rota.paging).where(rota.paging.c.person == ended.name))
    return ended


def present(conn: sa.Connection, person: str) -> Person:
    """Somebody whose access is not taken away; raises InputRefused where there is nobody."""
    found = by_id(conn, person)
    if found is None:
        raise InputRefused("person-unknown")
    return found


def _require_another_admin(conn: sa.Connection, person: str) -> None:
    others = sa.select(_people.roles).where(_people.id != person, _people.ended_at.is_(None))
    if not any(Role.ADMIN in roles_of(text) for text in conn.scalars(others)):
        raise InputRefused("last-admin")


def person_of(row: sa.Row[tuple[object, ...]]) -> Person:
    return Person(
        id=row.id,
        name=row.name,
        roles=roles_of(row.roles),
        created_at=row.created_at,
        created_by=row.created_by,
        ended_at=row.ended_at,
    )


def add_invite(conn: sa.Connection, token: Digest, invite: Invite) -> None:
    row = {
        "token": token,
        "first": invite.first,
        "roles": roles_text(invite.roles),
        "made_by": invite.made_by,
        "created_at": invite.created_at,
        "expires_at": invite.expires_at,
    }
    conn.execute(sa.insert(staff.invites), row)


def drop_first_invites(conn: sa.Connection) -> None:
    """Only the link printed last works."""
    conn.execute(sa.delete(staff.invites).where(_invites.first, _invites.used_at.is_(None)))


def open_invite(conn: sa.Connection, token: Digest, now: datetime) -> Invite:
    """The invitation behind a link; raises LinkSpent where it is none, used, expired, or no longer first."""
    row = conn.execute(sa.select(staff.invites).where(_invites.token == token)).first()
    if row is None or row.used_at is not None or now >= row.expires_at:
        raise LinkSpent("link-spent")
    if row.first and anyone(conn):
        raise LinkSpent("link-spent")
    return Invite(
        first=row.first,
        roles=roles_of(row.roles),
        made_by=row.made_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def use_invite(conn: sa.Connection, token: Digest, now: datetime) -> Invite:
    """As `open_invite`, and nobody can use it again."""
    invite = open_invite(conn, token, now)
    conn.execute(sa.update(staff.invites).where(_invites.token == token).values(used_at=now))
    return invite
