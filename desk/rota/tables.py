"""The tables of the rota. Names of people of the desk, as the trail has them, times and counts; no content.

Where somebody is paged, and how they want to be called, lies here sealed to a key that is not in the ledger.
"""

from typing import NamedTuple

import sqlalchemy as sa

from core.ledger.columns import UtcTime


class RotaTables(NamedTuple):
    shifts: sa.Table
    urgent: sa.Table
    pages: sa.Table
    page_cases: sa.Table
    paging: sa.Table


def rota_tables(metadata: sa.MetaData) -> RotaTables:
    """Add the tables to the desk's metadata; called once, by `desk.tables`."""
    return RotaTables(
        shifts=_shifts(metadata),
        urgent=_urgent(metadata),
        pages=_pages(metadata),
        page_cases=_page_cases(metadata),
        paging=_paging(metadata),
    )


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


def _urgent(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "urgent_cases",  # since when a case has been urgent, and who came to it; a row once it was
        metadata,
        sa.Column("case_id", sa.String(32), primary_key=True),
        sa.Column("desk", sa.Text, nullable=False),
        sa.Column("standing", sa.Text, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("sent_at", UtcTime, nullable=False),
        sa.Column("since", UtcTime, nullable=False),
        sa.Column("answered_at", UtcTime),  # NULL: it waits
        sa.Column("answered_by", sa.Text, nullable=False),
        sa.Column("opened", sa.Boolean, nullable=False),  # else they only said that they have it
        sa.Column("opened_at", UtcTime),  # when a person first looked, or acted
        sa.Index("urgent_cases_by_sending", "desk", "standing", "sent_at"),
    )


def _pages(metadata: sa.MetaData) -> sa.Table:
    waits = sa.text("next_try_at IS NOT NULL")
    return sa.Table(
        "pages",
        metadata,
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("desk", sa.Text, nullable=False),
        sa.Column("standing", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),  # empty: the outside contact
        sa.Column("step", sa.Text, nullable=False),  # desk.rota.model.Step
        sa.Column("drill", sa.Boolean, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("answer_by", UtcTime, nullable=False),
        sa.Column("since", UtcTime, nullable=False),
        sa.Column("counts", sa.Text, nullable=False),  # priorities and how many: `0:2 1:1`
        sa.Column("apart", sa.Integer, nullable=False),
        sa.Column("answered_at", UtcTime),
        sa.Column("answered_by", sa.Text, nullable=False),
        sa.Column("mailed_at", UtcTime),
        sa.Column("posted_at", UtcTime),
        sa.Column("next_try_at", UtcTime),  # NULL: nothing of it is left to be sent
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("fault", sa.Text, nullable=False),  # desk.rota.model.Unsent
        sa.Index("pages_by_time", "desk", "standing", "at"),
        sa.Index("pages_to_send", "next_try_at", sqlite_where=waits, postgresql_where=waits),
    )


def _page_cases(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "page_cases",  # what a page told of that its person had not been told of at that step
        metadata,
        sa.Column("page", sa.String(32), primary_key=True),
        sa.Column("case_id", sa.String(32), primary_key=True),
        sa.Index("page_cases_by_case", "case_id"),
    )


def _paging(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "paging",
        metadata,
        sa.Column("person", sa.Text, primary_key=True),  # the name, as in the shifts
        sa.Column("sealed", sa.Text, nullable=False),  # desk.rota.contacts.Contact
        sa.Column("set_at", UtcTime, nullable=False),
    )
