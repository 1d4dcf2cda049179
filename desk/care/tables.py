"""The tables of care: numbers of a person and day, and how their pages look. Nothing of a report."""

from typing import NamedTuple

import sqlalchemy as sa

from core.ledger.columns import UtcTime


class CareTables(NamedTuple):
    exposures: sa.Table
    choices: sa.Table


def care_tables(metadata: sa.MetaData) -> CareTables:
    """Add the tables to the desk's metadata; called once, by `desk.tables`."""
    return CareTables(exposures=_exposures(metadata), choices=_choices(metadata))


def _exposures(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "exposures",
        metadata,
        sa.Column("desk", sa.Text, primary_key=True),
        sa.Column("standing", sa.Text, primary_key=True),
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),  # in UTC
        sa.Column("looks", sa.Integer, nullable=False),
        sa.Column("messages", sa.Integer, nullable=False),
        sa.Column("since", UtcTime, nullable=False),  # when they began to read without a break
        sa.Column("looks_since", sa.Integer, nullable=False),
        sa.Column("last_at", UtcTime, nullable=False),
    )


def _choices(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "reading_choices",
        metadata,
        sa.Column("person", sa.String(32), primary_key=True),  # the id of an account
        sa.Column("chosen", sa.Text, nullable=False),  # codes of desk.care.model.Choice, with blanks between
    )
