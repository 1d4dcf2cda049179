"""The tables of cases. A case has the id of the report it began with, and a row once somebody acts."""

from typing import NamedTuple

import sqlalchemy as sa

from core.ledger.columns import UtcTime


class CaseTables(NamedTuple):
    cases: sa.Table
    joins: sa.Table
    joined: sa.Table


def case_tables(metadata: sa.MetaData) -> CaseTables:
    """Add the tables to the desk's metadata; called once, by `desk.tables`."""
    return CaseTables(cases=_cases(metadata), joins=_joins(metadata), joined=_joined(metadata))


def _cases(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "cases",
        metadata,
        sa.Column("id", sa.String(32), primary_key=True),  # of the report it began with
        sa.Column("desk", sa.Text, nullable=False),
        sa.Column("standing", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),  # desk.casework.model.CaseState
        sa.Column("state_at", UtcTime, nullable=False),
        sa.Column("state_by", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),  # who has it; empty: nobody
        sa.Column("held_at", UtcTime),
        sa.Column("outcome", sa.Text, nullable=False),  # a code of config/outcomes.toml; empty until closed
        sa.Index("cases_by_holder", "desk", "standing", "holder"),
    )


def _joins(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "joins",  # one case was taken into another; what is undone is kept, with who undid it
        metadata,
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("into_case", sa.String(32), nullable=False),
        sa.Column("from_case", sa.String(32), nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("undone_at", UtcTime),
        sa.Column("undone_by", sa.Text, nullable=False, default=""),
        sa.Index("joins_by_case", "into_case"),
    )


def _joined(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "joined_reports",  # what a join moved, so that it can be undone
        metadata,
        sa.Column("join_id", sa.String(32), primary_key=True),
        sa.Column("report", sa.String(32), primary_key=True),
        sa.Index("joined_by_report", "report"),
    )
