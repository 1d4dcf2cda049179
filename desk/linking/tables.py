"""The tables of links: keyed hashes only, and the pairs that a person refused, so that nobody asks again."""

from typing import NamedTuple

import sqlalchemy as sa

from core.ledger.columns import UtcTime


class LinkTables(NamedTuple):
    tags: sa.Table
    refused: sa.Table


def link_tables(metadata: sa.MetaData) -> LinkTables:
    """Add the tables to the desk's metadata; called once, by `desk.tables`."""
    return LinkTables(tags=_tags(metadata), refused=_refused(metadata))


def _tags(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "link_tags",
        metadata,
        # The tag comes first: who else has it is read off the key.
        sa.Column("tag", sa.String(64), primary_key=True),
        sa.Column("report", sa.String(32), primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),  # desk.linking.values.Kind
        sa.Index("link_tags_by_report", "report"),
    )


def _refused(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "links_refused",
        metadata,
        sa.Column("one", sa.String(32), primary_key=True),  # two reports, the smaller id first
        sa.Column("other", sa.String(32), primary_key=True),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
    )
