"""The table of what moderators may know: of which report, and on whose word."""

import sqlalchemy as sa

from core.ledger.columns import UtcTime


def release_table(metadata: sa.MetaData) -> sa.Table:
    """Add the table to the desk's metadata; called once, by `desk.tables`."""
    return sa.Table(
        "releases",
        metadata,
        sa.Column("report", sa.String(32), primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),  # core.delivery.wire.NewsKind: released or go_ahead
        sa.Column("basis", sa.Text, nullable=False),  # desk.releasing.acts.Basis
        sa.Column("category", sa.Text, nullable=False),  # as moderators are told it
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
    )
