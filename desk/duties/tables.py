"""The tables of duties. What anybody wrote of them lies sealed in the notes of the case."""

from typing import NamedTuple

import sqlalchemy as sa

from core.ledger.columns import UtcTime


class DutyTables(NamedTuple):
    duties: sa.Table
    call_backs: sa.Table


def duty_tables(metadata: sa.MetaData) -> DutyTables:
    """Add the tables to the desk's metadata; called once, by `desk.tables`."""
    return DutyTables(duties=_duties(metadata), call_backs=_call_backs(metadata))


def _duties(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "duties",
        metadata,
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("case_id", sa.String(32), nullable=False),  # the case as it was when it was recorded
        sa.Column("desk", sa.Text, nullable=False),
        sa.Column("standing", sa.Text, nullable=False),
        sa.Column("whose", sa.Text, nullable=False),  # desk.duties.model.Whose
        sa.Column("law", sa.Text, nullable=False),  # a code of config/duties.toml; empty: none known
        sa.Column("state", sa.Text, nullable=False),  # desk.duties.model.DutyState
        sa.Column("knew_at", UtcTime, nullable=False),  # what its time is counted from
        sa.Column("due_at", UtcTime),  # NULL: no duty is known
        sa.Column("recorded_at", UtcTime, nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.Column("handed_to", sa.Text, nullable=False),  # desk.duties.model.Receiver; empty until done
        sa.Column("handed_by", sa.Text, nullable=False),  # desk.duties.model.Way; empty until done
        sa.Column("ended_at", UtcTime),
        sa.Column("ended_by", sa.Text, nullable=False),
        sa.Column("note", sa.String(32), nullable=False),  # what was written of it; empty until it ended
        sa.Index("duties_due", "desk", "standing", "state", "due_at"),
        sa.Index("duties_by_case", "case_id"),
    )


def _call_backs(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "call_backs",  # police rung back at a number that they publish themselves
        metadata,
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("duty", sa.String(32), nullable=False),
        sa.Column("called_at", UtcTime, nullable=False),
        sa.Column("called_by", sa.Text, nullable=False),
        sa.Column("note", sa.String(32), nullable=False),  # the number, where it is published, who spoke
        sa.Index("call_backs_by_duty", "duty"),
    )
