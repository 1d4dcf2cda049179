"""The table of unlocks: who asked, and who reviewed it. Who it is lies sealed among the parts."""

import sqlalchemy as sa

from core.ledger.columns import UtcTime


def unlock_table(metadata: sa.MetaData) -> sa.Table:
    """Add the table to the desk's metadata; called once, by `desk.tables`."""
    return sa.Table(
        "unlocks",
        metadata,
        sa.Column("report", sa.String(32), primary_key=True),
        sa.Column("desk", sa.Text, nullable=False),
        sa.Column("standing", sa.Text, nullable=False),
        sa.Column("asked_at", UtcTime, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("reviewed_at", UtcTime),
        sa.Column("reviewed_by", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),  # desk.unlocking.model.Verdict; empty until reviewed
        sa.Index("unlocks_to_review", "desk", "standing", "verdict", "asked_at"),
    )
