"""The tables of the people who work at the desk. No password, token or address lies here, only hashes.

The secrets of second factors lie here sealed to a key that is not in the ledger.
"""

from typing import Final, NamedTuple

import sqlalchemy as sa

from core.ledger.columns import UtcTime

BEFORE_ROLES: Final = "admin auditor specialist statistician supervisor"
"""Everybody could do everything before there were roles."""


class StaffTables(NamedTuple):
    people: sa.Table
    sessions: sa.Table
    devices: sa.Table
    invites: sa.Table
    codes: sa.Table
    recovery: sa.Table
    passkeys: sa.Table
    spent: sa.Table
    connected: sa.Table


def staff_tables(metadata: sa.MetaData) -> StaffTables:
    """Add the tables to the desk's metadata; called once, by `desk.tables`."""
    return StaffTables(
        people=_people(metadata),
        sessions=_sessions(metadata),
        devices=_devices(metadata),
        invites=_invites(metadata),
        codes=_codes(metadata),
        recovery=_recovery(metadata),
        passkeys=_passkeys(metadata),
        spent=_spent(metadata),
        connected=_connected(metadata),
    )


def _people(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "staff_people",
        metadata,
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),  # as shown, and as the trail has it; never given twice
        sa.Column("name_key", sa.Text, nullable=False, unique=True),  # folded: what is typed at sign-in
        sa.Column("password", sa.Text, nullable=False),  # argon2id, encoded
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("roles", sa.Text, nullable=False, server_default=BEFORE_ROLES),  # desk.staff.model.Role
        sa.Column("ended_at", UtcTime),  # access taken away; the row stays, so that the trail can be read
    )


def _sessions(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "staff_sessions",
        metadata,
        sa.Column("token", sa.String(64), primary_key=True),  # SHA-256 of it, hexadecimal
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("seen_at", UtcTime, nullable=False),
        sa.Column("expires_at", UtcTime, nullable=False),  # whatever is done meanwhile
        sa.Column("browser", sa.Text, nullable=False, server_default="other"),  # desk.staff.browsers.Browser
        sa.Index("staff_sessions_by_person", "person"),
    )


def _devices(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "staff_devices",  # browsers that have signed in before: throttled apart from strangers
        metadata,
        sa.Column("token", sa.String(64), primary_key=True),  # SHA-256 of it, hexadecimal
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("expires_at", UtcTime, nullable=False),
        sa.Index("staff_devices_by_person", "person"),
    )


def _invites(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "staff_invites",
        metadata,
        sa.Column("token", sa.String(64), primary_key=True),  # SHA-256 of it, hexadecimal
        sa.Column("first", sa.Boolean, nullable=False),  # works only while there is nobody at all
        sa.Column("roles", sa.Text, nullable=False, server_default=BEFORE_ROLES),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("expires_at", UtcTime, nullable=False),
        sa.Column("used_at", UtcTime),
    )


def _codes(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "staff_codes",  # the apps that make codes: a second factor each
        metadata,
        sa.Column("person", sa.String(32), primary_key=True),
        sa.Column("secret", sa.Text, nullable=False),  # sealed, desk.staff.staff_key
        sa.Column("set_at", UtcTime, nullable=False),
        sa.Column("last_step", sa.Integer, nullable=False),  # of the last code taken, in 30 s since 1970
    )


def _recovery(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "staff_recovery",  # a row is a code that was not used yet
        metadata,
        sa.Column("person", sa.String(32), primary_key=True),
        sa.Column("code", sa.String(64), primary_key=True),  # keyed hash, hexadecimal
    )


def _passkeys(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "staff_passkeys",
        metadata,
        sa.Column("id", sa.Text, primary_key=True),  # as the authenticator named it, in base64url
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("public_key", sa.Text, nullable=False),  # COSE, in base64url
        sa.Column("uses", sa.BigInteger, nullable=False),  # its own counter: unsigned, of 32 bits
        sa.Column("browser", sa.Text, nullable=False),  # desk.staff.browsers.Browser, where it was made
        sa.Column("made_at", UtcTime, nullable=False),
        sa.Column("used_at", UtcTime),
        sa.Index("staff_passkeys_by_person", "person"),
    )


def _connected(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "staff_connected",  # whose an account of the identity provider is
        metadata,
        sa.Column("account", sa.String(64), primary_key=True),  # keyed hash, hexadecimal
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("connected_at", UtcTime, nullable=False),
    )


def _spent(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "staff_spent",  # what works once and was used; forgotten when it would not work any more
        metadata,
        sa.Column("token", sa.String(64), primary_key=True),  # keyed hash, hexadecimal
        sa.Column("expires_at", UtcTime, nullable=False),
    )
