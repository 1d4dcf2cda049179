"""The road's tables. What lies here is encrypted under keys that are elsewhere, or says nothing of a report.

Times are text in UTC with microseconds (`core.ledger.columns.UtcTime`), so that both engines sort them alike.
"""

from typing import Final

import sqlalchemy as sa

from core.ledger.columns import UtcTime
from core.ledger.counters import counter_table
from core.ledger.leases import lease_table
from core.ledger.trail import trail_table

road = sa.MetaData()

IS_NEW: Final = sa.text("state = 'ready' AND attempts = 0 AND due_at = created_at")
"""Put into the outbox, and neither tried nor held back since. Written out: engines see that an index fits."""

drafts = sa.Table(
    "drafts",
    road,
    sa.Column("id", sa.String(64), primary_key=True),  # SHA-256 of the key, hexadecimal
    sa.Column("community", sa.Text, nullable=False),
    sa.Column("state", sa.LargeBinary, nullable=False),  # encrypted under the key
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.Index("drafts_by_age", "created_at"),
)

reports = sa.Table(
    "reports",
    road,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("draft", sa.String(64), nullable=False, unique=True),
    sa.Column("community", sa.Text, nullable=False),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("desk", sa.Text, nullable=False),
    sa.Column("standing", sa.Text, nullable=False),
    sa.Column("urgent", sa.Boolean, nullable=False),
    sa.Column("reference_tag", sa.String(64), nullable=False, unique=True),  # keyed hash, key on the road
    sa.Column("may_push", sa.Boolean, nullable=False),  # they asked to be told of news; the last word counts
    sa.Column("sent_at", UtcTime, nullable=False),
    sa.Column("delivered_at", UtcTime),
    sa.Column("read_at", UtcTime),
    sa.Column("read_late_told_at", UtcTime),
    sa.Column("message_at", UtcTime),  # when the desk last wrote to them; what it wrote is not here
    sa.Index("reports_by_time", "sent_at"),
)

parts = sa.Table(
    "parts",
    road,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("draft", sa.String(64), nullable=False),
    sa.Column("desk", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("item", sa.String(32)),  # what it is delivered with; NULL until the report is sent
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Index("parts_by_draft", "draft"),
    sa.Index("parts_by_item", "item"),
    sa.Index("parts_by_age", "created_at"),
)

answers = sa.Table(
    "answers",  # what was written back by reference: what its part is bound to, as the desk said
    road,
    sa.Column("item", sa.String(32), primary_key=True),
    sa.Column("form", sa.String(32), nullable=False),  # a hash of the form it was written in
    sa.Column("report", sa.String(32), nullable=False),
    sa.Column("draft", sa.String(64), nullable=False),
    sa.Column("community", sa.Text, nullable=False),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("desk", sa.Text, nullable=False),
    sa.Column("standing", sa.Text, nullable=False),
    sa.Column("sent_at", UtcTime, nullable=False),
    sa.Index("answers_by_form", "form"),
    sa.Index("answers_by_time", "sent_at"),
)

outbox = sa.Table(
    "outbox",
    road,
    sa.Column("item", sa.String(32), primary_key=True),
    sa.Column("report", sa.String(32), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # core.delivery.wire.ItemKind
    sa.Column("destination", sa.Text, nullable=False),  # the desk's name
    sa.Column("urgent", sa.Boolean, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # core.delivery.model.OutboxState
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("due_at", UtcTime, nullable=False),
    sa.Column("lease_until", UtcTime),
    sa.Column("fence", sa.Integer, nullable=False, default=0),
    sa.Column("fault", sa.Text, nullable=False, default=""),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("delivered_at", UtcTime),
    sa.Column("alarmed_at", UtcTime),
    sa.Index("outbox_due", "destination", "state", "urgent", "due_at"),
    sa.Index(
        "outbox_new", "destination", "urgent", "created_at", sqlite_where=IS_NEW, postgresql_where=IS_NEW
    ),
    sa.Index("outbox_by_report", "report"),
)

news = sa.Table(
    "news",
    road,
    sa.Column("id", sa.String(64), primary_key=True),  # the desk's id: storing twice stores once
    sa.Column("desk", sa.Text, nullable=False),
    sa.Column("report", sa.String(32), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("identity", sa.LargeBinary),  # sealed to the road; emptied once the person was told
    sa.Column("state", sa.Text, nullable=False),  # waiting, told, nobody
    sa.Column("lease_until", UtcTime),
    sa.Column("fence", sa.Integer, nullable=False, default=0),
    sa.Index("news_waiting", "state", "at"),
)

duty = sa.Table(
    "duty",  # who may be named, as each desk last said
    road,
    sa.Column("desk", sa.Text, primary_key=True),
    sa.Column("standing", sa.Text, primary_key=True),
    sa.Column("told", sa.Text, nullable=False),  # core.delivery.wire.DutyTold, in JSON
    sa.Column("heard_at", UtcTime, nullable=False),
)

open_screens = sa.Table(
    "open_screens",
    road,
    sa.Column("id", sa.String(64), primary_key=True),  # the platform's own name for it, a hash
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column(
        "handle", sa.LargeBinary, nullable=False
    ),  # the platform's own, encrypted under a key of the road
    sa.Column("closes_at", UtcTime, nullable=False),
    sa.Column("lease_until", UtcTime),
    sa.Column("fence", sa.Integer, nullable=False, default=0),
    sa.Index("open_screens_due", "closes_at"),
)

community_settings = sa.Table(
    "community_settings",
    road,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("community", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("value", sa.Text),  # JSON; NULL takes the setting back to the layer below
    sa.Column("set_by", sa.Text, nullable=False),
    sa.Column("set_at", UtcTime, nullable=False),
    sa.Index("community_settings_latest", "community", "key", "id"),
)

claims = sa.Table(
    "claims",  # presses that a process answers: told to another one, they are not answered twice
    road,
    sa.Column("id", sa.String(64), primary_key=True),  # a hash of what the platform calls it
    sa.Column("holder", sa.String(64), nullable=False),  # the process
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("answered", sa.Boolean, nullable=False),
    sa.Index("claims_by_age", "at"),
)

released = sa.Table(
    "released",  # what a desk let the moderators of a community know of, or act on: no content, no reporter
    road,
    sa.Column("report", sa.String(32), primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),  # core.delivery.wire.NewsKind: released or go_ahead
    sa.Column("community", sa.Text, nullable=False),
    sa.Column("category", sa.Text, nullable=False),  # core.reports.model.Category
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Index("released_by_community", "community", "at"),
)

leases = lease_table(road)
trail = trail_table(road)
counters = counter_table(road)
