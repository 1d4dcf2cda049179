"""Pages, who came, and where people are paged"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("reports", sa.Column("has_words", sa.Boolean(), nullable=True))
    op.create_table(
        "urgent_cases",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.String(length=27), nullable=False),
        sa.Column("since", sa.String(length=27), nullable=False),
        sa.Column("answered_at", sa.String(length=27), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=False),
        sa.Column("opened", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.create_index("urgent_cases_by_sending", "urgent_cases", ["desk", "standing", "sent_at"], unique=False)
    op.create_table(
        "pages",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("drill", sa.Boolean(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("answer_by", sa.String(length=27), nullable=False),
        sa.Column("since", sa.String(length=27), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("apart", sa.Integer(), nullable=False),
        sa.Column("answered_at", sa.String(length=27), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=False),
        sa.Column("mailed_at", sa.String(length=27), nullable=True),
        sa.Column("posted_at", sa.String(length=27), nullable=True),
        sa.Column("next_try_at", sa.String(length=27), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("pages_by_time", "pages", ["desk", "standing", "at"], unique=False)
    waits = sa.text("next_try_at IS NOT NULL")
    op.create_index(
        "pages_to_send", "pages", ["next_try_at"], unique=False, sqlite_where=waits, postgresql_where=waits
    )
    op.create_table(
        "page_cases",
        sa.Column("page", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("page", "case_id"),
    )
    op.create_index("page_cases_by_case", "page_cases", ["case_id"], unique=False)
    op.create_table(
        "paging",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("set_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("person"),
    )
