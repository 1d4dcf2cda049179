"""The table of what the desk wrote to the young people who reported."""

import sqlalchemy as sa

from core.ledger.columns import UtcTime


def message_table(metadata: sa.MetaData) -> sa.Table:
    """Add the table to the desk's metadata; called once, by `desk.tables`."""
    return sa.Table(
        "messages",
        metadata,
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("report", sa.String(32), nullable=False),  # to whoever made it
        sa.Column("kind", sa.Text, nullable=False),  # desk.talk.model.MessageKind
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary),  # what a person wrote, to the desk's keys
        sa.Column("words", sa.Text, nullable=False, server_default=""),  # of an outcome: from configuration
        sa.Column("sealed_for", sa.String(64), nullable=False, server_default=""),  # as in the parts
        sa.Column("shown_at", UtcTime),  # when it first stood on their screen
        sa.Index("messages_by_report", "report", "at"),
    )
