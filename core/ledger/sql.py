"""Statements that read the same on every engine, and what may be said of a statement."""

from typing import Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

T = TypeVar("T", bound=sa.Executable)

OWN_ROWS: Final = "lifebelt_own_rows"
"""The execution option that `looking_at_own_rows` sets."""
ADDS: Final = "lifebelt_adds"
"""The execution option of `add_to`: the column that is added to."""


def insert_or_ignore(table: sa.Table) -> sa.Executable:
    """An INSERT that leaves what is there: a row whose key or unique value exists already changes nothing.

    Make it once, at module level. Other broken rules (NOT NULL, foreign keys) are still conflicts.
    """
    return insert(table).on_conflict_do_nothing()


def add_to(table: sa.Table, column: str) -> sa.Executable:
    """An INSERT of a whole row that, where its primary key is there already, adds to `column` instead.

    Rows that say the same but for `column` may be executed as one, with their sum.
    """
    new = insert(table)
    keys = list(table.primary_key.columns)
    added = {column: table.c[column] + new.excluded[column]}
    statement = new.on_conflict_do_update(index_elements=keys, set_=added)
    return statement.execution_options(**{ADDS: column})


def checked(column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """A text column whose value is only checked: no index is walked for it.

    For what all rows have alike, where another condition finds a few. An engine that keeps no statistics
    takes such a column for one that finds them, and reads every row.
    """
    return column.concat(sa.literal_column("''", sa.Text))


def looking_at_own_rows(statement: T) -> T:
    """Say of an INSERT: beside its own table it reads nothing that another unit could change for it.

    Where two units might, one of them breaks a rule of the schema, whichever is executed first. Without this
    the writer executes such units one after the other, and not statement by statement.
    """
    told: T = statement.execution_options(**{OWN_ROWS: True})
    return told
