"""Statements that read the same on every engine."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert


def insert_or_ignore(table: sa.Table) -> sa.Executable:
    """An INSERT that leaves what is there: a row whose key or unique value exists already changes nothing.

    Make it once, at module level. Other broken rules (NOT NULL, foreign keys) are still conflicts.
    """
    return insert(table).on_conflict_do_nothing()


def add_to(table: sa.Table, column: str) -> sa.Executable:
    """An INSERT of a whole row that, where its primary key is there already, adds to `column` instead."""
    new = insert(table)
    keys = list(table.primary_key.columns)
    return new.on_conflict_do_update(
        index_elements=keys, set_={column: table.c[column] + new.excluded[column]}
    )
