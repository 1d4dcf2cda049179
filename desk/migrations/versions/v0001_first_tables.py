"""The first tables of the desk."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "counters",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("writer", sa.String(length=100), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "writer"),
    )
    op.create_table(
        "deliveries",
        sa.Column("item", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("road", sa.Text(), nullable=False),
        sa.Column("report", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("item"),
    )
    op.create_index("deliveries_by_report", "deliveries", ["report"], unique=False)
    op.create_table(
        "news",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("road", sa.Text(), nullable=False),
        sa.Column("report", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("news_of_road", "news", ["road", "at", "id"], unique=False)
    op.create_table(
        "parts",
        sa.Column("report", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("road", sa.Text(), nullable=False),
        sa.Column("item", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.String(length=27), nullable=False),
        sa.Column("triaged_at", sa.String(length=27), nullable=True),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("sealed_for", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("report", "id", "road"),
    )
    op.create_index(
        "parts_faulty",
        "parts",
        ["report"],
        unique=False,
        sqlite_where=sa.text("fault != ''"),
        postgresql_where=sa.text("fault != ''"),
    )
    op.create_index("parts_untriaged", "parts", ["triaged_at", "received_at"], unique=False)
    op.create_table(
        "reasons",
        sa.Column("report", sa.String(length=32), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("report", "code"),
    )
    op.create_table(
        "reports",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("item", sa.String(length=32), nullable=False),
        sa.Column("road", sa.Text(), nullable=False),
        sa.Column("draft", sa.String(length=64), nullable=False),
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("community", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("sent_at", sa.String(length=27), nullable=False),
        sa.Column("received_at", sa.String(length=27), nullable=False),
        sa.Column("added_at", sa.String(length=27), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.String(length=27), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("reference_tag", sa.String(length=64), nullable=True),
        sa.Column("triaged_at", sa.String(length=27), nullable=True),
        sa.Column("read_at", sa.String(length=27), nullable=True),
        sa.Column("read_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("reports_by_reference", "reports", ["reference_tag"], unique=False)
    op.create_index("reports_queue", "reports", ["desk", "standing", "rank", "due_at", "id"], unique=False)
    op.create_table(
        "staff_devices",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_index("staff_devices_by_person", "staff_devices", ["person"], unique=False)
    op.create_table(
        "staff_invites",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("first", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("expires_at", sa.String(length=27), nullable=False),
        sa.Column("used_at", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_table(
        "staff_people",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name_key"),
    )
    op.create_table(
        "staff_sessions",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("seen_at", sa.String(length=27), nullable=False),
        sa.Column("expires_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_index("staff_sessions_by_person", "staff_sessions", ["person"], unique=False)
    op.create_table(
        "trail",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("trail_by_target", "trail", ["target", "seq"], unique=False)
    op.create_index("trail_by_who", "trail", ["who", "seq"], unique=False)
    op.create_table(
        "trail_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
