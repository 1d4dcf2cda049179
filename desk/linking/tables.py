"""The tables of links: keyed hashes only, the pairs that a person refused, and reporters who are reported."""

from typing import NamedTuple

import sqlalchemy as sa

from core.ledger.columns import UtcTime


class LinkTables(NamedTuple):
    tags: sa.Table
    refused: sa.Table
    conflicts: sa.Table


def link_tables(metadata: sa.MetaData) -> LinkTables:
    """Add the tables to the desk's metadata; called once, by `desk.tables`."""
    return LinkTables(tags=_tags(metadata), refused=_refused(metadata), conflicts=_conflicts(metadata))


def _tags(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "link_tags",
        metadata,
        # The tag comes first: who else has it is read off the key.
        sa.Column("tag", sa.String(64), primary_key=True),
        sa.Column("report", sa.String(32), primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),  # desk.linking.values.Kind
        # desk, standing and community: from how many is read off an index, however many reports there are
        sa.Column("place", sa.Text, nullable=False, server_default=""),
        sa.Index("link_tags_by_report", "report"),
        sa.Index("link_tags_by_place", "tag", "place"),
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


def _conflicts(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "link_conflicts",  # whoever told the first is reported in the other
        metadata,
        sa.Column("report", sa.String(32), primary_key=True),
        sa.Column("other", sa.String(32), primary_key=True),
        sa.Column("at", UtcTime, nullable=False),
        sa.Index("link_conflicts_by_other", "other"),
    )
