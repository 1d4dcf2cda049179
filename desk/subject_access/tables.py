"""The table of requests. Who asked, and what was found, lies sealed."""

import sqlalchemy as sa

from core.ledger.columns import UtcTime


def request_table(metadata: sa.MetaData) -> sa.Table:
    """Add the table to the desk's metadata; called once, by `desk.tables`."""
    return sa.Table(
        "subject_requests",
        metadata,
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("desk", sa.Text, nullable=False),
        sa.Column("standing", sa.Text, nullable=False),
        sa.Column("asked_at", UtcTime, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),  # model.Asked, to the desk's keys
        sa.Column("sealed_for", sa.String(64), nullable=False, default=""),  # as in the parts
        sa.Column("decided_at", UtcTime),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),  # model.Verdict; empty until decided
        sa.Column("given_at", UtcTime),  # the answer was taken down then, once
        sa.Column("given_by", sa.Text, nullable=False),
        sa.Index("subject_requests_by_time", "desk", "standing", "asked_at"),
    )
