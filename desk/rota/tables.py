"""The tables of the rota. Names of people of the desk only, as the trail has them; no address."""

from typing import NamedTuple

import sqlalchemy as sa

from core.ledger.columns import UtcTime


class RotaTables(NamedTuple):
    shifts: sa.Table


def rota_tables(metadata: sa.MetaData) -> RotaTables:
    """Add the tables to the desk's metadata; called once, by `desk.tables`."""
    return RotaTables(shifts=_shifts(metadata))


def _shifts(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "shifts",
        metadata,
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("desk", sa.Text, nullable=False),
        sa.Column("standing", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),  # whose: the name, which is never given twice
        sa.Column("place", sa.Text, nullable=False),  # desk.rota.model.Place
        sa.Column("starts", UtcTime, nullable=False),
        sa.Column("ends", UtcTime, nullable=False),
        sa.Column("planned_by", sa.Text, nullable=False),
        sa.Column("planned_at", UtcTime, nullable=False),
        sa.Column("reply", sa.Text, nullable=False),  # desk.rota.model.Reply
        sa.Column("replied_at", UtcTime),
        sa.Index("shifts_by_end", "desk", "standing", "ends"),
    )
