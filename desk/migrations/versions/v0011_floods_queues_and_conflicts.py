"""Floods, saved queues and conflicts"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_WITH_SET = sa.text("set_id IS NOT NULL")
_PLACES = """
UPDATE link_tags SET place = COALESCE(
  (SELECT reports.desk || '/' || reports.standing || '/' || reports.community
   FROM reports WHERE reports.id = link_tags.report), '')
"""


def upgrade() -> None:
    op.add_column("link_tags", sa.Column("place", sa.Text(), server_default="", nullable=False))
    op.execute(_PLACES)
    op.create_index("link_tags_by_place", "link_tags", ["tag", "place"], unique=False)
    op.create_table(
        "link_conflicts",
        sa.Column("report", sa.String(length=32), nullable=False),
        sa.Column("other", sa.String(length=32), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("report", "other"),
    )
    op.create_index("link_conflicts_by_other", "link_conflicts", ["other"], unique=False)
    op.add_column("joins", sa.Column("set_id", sa.String(length=32), nullable=True))
    op.create_index(
        "joins_by_set",
        "joins",
        ["set_id"],
        unique=False,
        sqlite_where=_WITH_SET,
        postgresql_where=_WITH_SET,
    )
    op.create_index(
        "reports_by_community",
        "reports",
        ["desk", "standing", "community", "rank", "due_at", "id"],
        unique=False,
    )
    op.create_table(
        "saved_queues",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("asks", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("saved_queues_of", "saved_queues", ["desk", "standing", "label"], unique=False)
