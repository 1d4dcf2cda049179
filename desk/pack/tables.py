"""The table of exports: each is an agreement of two people, and what is known of it besides."""

import sqlalchemy as sa

from core.ledger.columns import UtcTime


def pack_tables(metadata: sa.MetaData) -> sa.Table:
    """Add the table to the desk's metadata; called once, by `desk.tables`."""
    return sa.Table(
        "exports",
        metadata,
        sa.Column("id", sa.String(32), primary_key=True),  # of the agreement
        sa.Column("case_id", sa.String(32), nullable=False),  # the case as it was when it was asked for
        sa.Column("desk", sa.Text, nullable=False),
        sa.Column("standing", sa.Text, nullable=False),
        sa.Column("alone", sa.Boolean, nullable=False),  # for a danger to life: reviewed after, not before
        sa.Column("sealed", sa.LargeBinary, nullable=False),  # desk.pack.model.Request, to the desk's keys
        sa.Column("sealed_for", sa.String(64), nullable=False, default=""),  # as in the parts
        sa.Column("taken_at", UtcTime),
        sa.Column("taken_by", sa.Text, nullable=False, default=""),
        sa.Column("digest", sa.String(64), nullable=False, default=""),  # SHA-256 of the file as it was taken
        sa.Index("exports_by_case", "case_id"),
    )
