"""The one row that says which head of the trail was last told outside."""

import sqlalchemy as sa

from core.ledger.columns import UtcTime


def witness_tables(metadata: sa.MetaData) -> sa.Table:
    """Add the table to the desk's metadata; called once, by `desk.tables`."""
    return sa.Table(
        "heads_told",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("at", UtcTime, nullable=False),
    )
