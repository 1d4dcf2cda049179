"""The tables of what is put before a second person: lines of the trail, and what they answered."""

from typing import NamedTuple

import sqlalchemy as sa

from core.ledger.columns import UtcTime

_OPEN = sa.text("answer = ''")


class ReviewTables(NamedTuple):
    sampled: sa.Table
    marks: sa.Table


def review_tables(metadata: sa.MetaData) -> ReviewTables:
    """Add the tables to the desk's metadata; called once, by `desk.tables`."""
    return ReviewTables(sampled=_sampled(metadata), marks=_marks(metadata))


def _sampled(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "sampled_lines",
        metadata,
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),  # of the trail
        sa.Column("desk", sa.Text, nullable=False),
        sa.Column("standing", sa.Text, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),  # desk.review.model.Why
        sa.Column("answer", sa.Text, nullable=False, default=""),  # desk.review.model.Answer; empty: open
        sa.Column("answered_at", UtcTime),
        sa.Column("answered_by", sa.Text, nullable=False, default=""),
        sa.Column("note", sa.LargeBinary),  # sealed to the desk's keys
        sa.Column("sealed_for", sa.String(64), nullable=False, default=""),  # as in the parts
        sa.Index("sampled_open", "desk", "standing", "seq", sqlite_where=_OPEN, postgresql_where=_OPEN),
        sa.Index("sampled_answered", "desk", "standing", "answered_at"),
        sa.Index("sampled_by_target", "target"),
    )


def _marks(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "sampled_marks",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.Integer, nullable=False),  # up to here the trail has been gone through
    )
