"""The tables of cases. A case has the id of the report it began with, and a row once somebody acts."""

from typing import NamedTuple

import sqlalchemy as sa

from core.ledger.columns import UtcTime

_IN_SET = sa.text("set_id IS NOT NULL")


class CaseTables(NamedTuple):
    cases: sa.Table
    joins: sa.Table
    joined: sa.Table
    notes: sa.Table
    words: sa.Table
    agreements: sa.Table
    present: sa.Table
    saved: sa.Table


def case_tables(metadata: sa.MetaData) -> CaseTables:
    """Add the tables to the desk's metadata; called once, by `desk.tables`."""
    return CaseTables(
        cases=_cases(metadata),
        joins=_joins(metadata),
        joined=_joined(metadata),
        notes=_notes(metadata),
        words=_words(metadata),
        agreements=_agreements(metadata),
        present=_present(metadata),
        saved=_saved(metadata),
    )


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
        sa.Column("held_since", UtcTime),  # on hold: kept however long it has been closed
        sa.Column("held_by", sa.Text, nullable=False, server_default=""),
        sa.Column("erased_at", UtcTime),  # what was said in it is deleted
        sa.Index("cases_by_state", "state", "state_at", "id"),
        sa.Index("cases_by_holder", "desk", "standing", "holder", "state", "state_at"),
        sa.Index("cases_of_state", "desk", "standing", "state", "state_at"),
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
        sa.Column("set_id", sa.String(32)),  # of many that were joined, and are undone, in one press
        sa.Index("joins_by_case", "into_case"),
        # Few joins are of a set: only they are indexed.
        sa.Index("joins_by_set", "set_id", sqlite_where=_IN_SET, postgresql_where=_IN_SET),
    )


def _joined(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "joined_reports",  # what a join moved, so that it can be undone
        metadata,
        sa.Column("join_id", sa.String(32), primary_key=True),
        sa.Column("report", sa.String(32), primary_key=True),
        sa.Index("joined_by_report", "report"),
    )


def _notes(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "notes",
        metadata,
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("case_id", sa.String(32), nullable=False),  # the case as it was when it was written
        sa.Column("kind", sa.Text, nullable=False),  # desk.casework.model.NoteKind
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),  # what it says, to the desk's keys
        sa.Column("sealed_for", sa.String(64), nullable=False, default=""),  # as in the parts
        sa.Column("done_at", UtcTime),  # of a task
        sa.Column("done_by", sa.Text, nullable=False, default=""),
        sa.Index("notes_by_case", "case_id", "at"),
    )


def _words(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "note_words",  # which words a note has, as keyed hashes: the key is not in the ledger
        metadata,
        sa.Column("tag", sa.String(64), primary_key=True),
        sa.Column("note", sa.String(32), primary_key=True),
        sa.Index("note_words_by_note", "note"),
    )


def _agreements(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "agreements",  # what one person asked for and another has to agree to
        metadata,
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("act", sa.Text, nullable=False),  # desk.casework.model.Act
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("asked_at", UtcTime, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),  # empty while nobody has answered; yes, no or withdrawn
        sa.Column("answered_at", UtcTime),
        sa.Column("answered_by", sa.Text, nullable=False, default=""),
        sa.Index("agreements_by_case", "case_id", "answer"),
    )


def _present(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "present",  # who has a case open before them
        metadata,
        sa.Column("case_id", sa.String(32), primary_key=True),
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("seen_at", UtcTime, nullable=False),
    )


def _saved(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "saved_queues",  # what somebody looks at again and again, under a name of theirs
        metadata,
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("desk", sa.Text, nullable=False),
        sa.Column("standing", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("asks", sa.Text, nullable=False),  # as in the address of the queue
        sa.Column("shared", sa.Boolean, nullable=False),  # everybody who works cases sees it
        sa.Column("at", UtcTime, nullable=False),
        sa.Index("saved_queues_of", "desk", "standing", "label"),
    )
