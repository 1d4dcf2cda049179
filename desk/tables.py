"""The desk's tables: sealed parts as they came, and metadata. Nothing that was said lies here in clear.

In clear about content are only the priority, the reason codes with their sentences (from configuration,
never from a report), the category, and whether there are words of their own. A reference lies here as a
keyed hash; its key is not in the ledger.
"""

from typing import Final

import sqlalchemy as sa

from core.ledger.columns import UtcTime
from core.ledger.counters import counter_table
from core.ledger.leases import lease_table
from core.ledger.schema import Schema
from core.ledger.trail import trail_table
from desk.care.tables import care_tables
from desk.casework.tables import case_tables
from desk.duties.tables import duty_tables
from desk.linking.tables import link_tables
from desk.pack.tables import pack_tables
from desk.releasing.tables import release_table
from desk.review.tables import review_tables
from desk.rota.tables import rota_tables
from desk.staff.tables import staff_tables
from desk.subject_access.tables import request_table
from desk.talk.tables import message_table
from desk.unlocking.tables import unlock_table
from desk.witness.tables import witness_tables

desk = sa.MetaData()

NO_FAULT: Final = sa.literal_column("''", sa.Text)
"""Written out, so that the engines see that the index of faults fits."""
_WITH_FAULT = sa.text("fault != ''")
_IN_CASE = sa.text("of_case IS NOT NULL")

deliveries = sa.Table(
    "deliveries",
    desk,
    sa.Column("item", sa.String(32), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),  # SHA-256 of the body, hexadecimal
    sa.Column("road", sa.Text, nullable=False),
    sa.Column("report", sa.String(32), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # core.delivery.wire.ItemKind
    sa.Column("urgent", sa.Boolean, nullable=False),
    sa.Column("received_at", UtcTime, nullable=False),
    sa.Index("deliveries_by_report", "report"),
)

reports = sa.Table(
    "reports",
    desk,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("item", sa.String(32), nullable=False),
    sa.Column("road", sa.Text, nullable=False),
    sa.Column("draft", sa.String(64), nullable=False),
    sa.Column("desk", sa.Text, nullable=False),
    sa.Column("standing", sa.Text, nullable=False),
    sa.Column("community", sa.Text, nullable=False),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("urgent", sa.Boolean, nullable=False),
    sa.Column("sent_at", UtcTime, nullable=False),
    sa.Column("received_at", UtcTime, nullable=False),
    sa.Column("added_at", UtcTime),  # when the latest late part or supplement came
    sa.Column("rank", sa.Integer, nullable=False),  # desk.ranks: where in the queue, smallest first
    sa.Column("due_at", UtcTime, nullable=False),
    sa.Column("priority", sa.Integer),  # NULL until the triage has run
    sa.Column("category", sa.Text),
    sa.Column("reference_tag", sa.String(64)),  # keyed hash, key only at the desk
    sa.Column("triaged_at", UtcTime),
    sa.Column("read_at", UtcTime),  # the first recorded look of a person
    sa.Column("read_by", sa.Text, nullable=False, default=""),
    sa.Column("of_case", sa.String(32)),  # the case it was taken into; NULL: it is one of its own
    sa.Column("own_due_at", UtcTime),  # where others of its case are due sooner: when it alone would be
    sa.Column("lowered_at", UtcTime),  # when a person last made it less urgent than the machine did
    sa.Column("has_words", sa.Boolean),  # whether somebody wrote anything; NULL until the triage has run
    sa.Index("reports_queue", "desk", "standing", "rank", "due_at", "id"),
    sa.Index("reports_by_reference", "reference_tag"),
    sa.Index("reports_by_community", "desk", "standing", "community", "rank", "due_at", "id"),
    # Few reports are in another's case: only they are indexed.
    sa.Index("reports_by_case", "of_case", sqlite_where=_IN_CASE, postgresql_where=_IN_CASE),
)

parts = sa.Table(
    "parts",
    desk,
    # The report comes first: a part of one road never meets a report of another.
    sa.Column("report", sa.String(32), primary_key=True),
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("road", sa.Text, primary_key=True),
    sa.Column("item", sa.String(32), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # core.evidence.parts.PartKind
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),  # bytes of `sealed`
    sa.Column("received_at", UtcTime, nullable=False),
    sa.Column("triaged_at", UtcTime),  # when the triage took it into account; NULL is its list of work
    sa.Column("fault", sa.Text, nullable=False, default=""),  # desk.model.Fault
    sa.Column("sealed_for", sa.String(64), nullable=False, default=""),  # the key it was re-sealed to, hashed
    sa.Index("parts_untriaged", "triaged_at", "received_at"),
    # Few rows have a fault: only they are indexed, and counting them never scans the rest.
    sa.Index("parts_faulty", "report", sqlite_where=_WITH_FAULT, postgresql_where=_WITH_FAULT),
)

reasons = sa.Table(
    "reasons",
    desk,
    sa.Column("report", sa.String(32), primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),  # from configuration
    sa.Column("at", UtcTime, nullable=False),
)

news = sa.Table(
    "news",
    desk,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("road", sa.Text, nullable=False),
    sa.Column("report", sa.String(32), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # core.delivery.wire.NewsKind
    sa.Column("at", UtcTime, nullable=False),
    sa.Index("news_of_road", "road", "at", "id"),
)

leases = lease_table(desk)
counters = counter_table(desk)
trail = trail_table(desk)
staff = staff_tables(desk)
casework = case_tables(desk)
links = link_tables(desk)
rota = rota_tables(desk)
messages = message_table(desk)
exports = pack_tables(desk)
heads_told = witness_tables(desk)
duties = duty_tables(desk)
unlocks = unlock_table(desk)
releases = release_table(desk)
subject_requests = request_table(desk)
care = care_tables(desk)
review = review_tables(desk)

DESK = Schema("desk", desk, "desk.migrations")
