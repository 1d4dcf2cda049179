"""Roles and cases"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_at", sa.String(length=27), nullable=False),
        sa.Column("state_by", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("held_at", sa.String(length=27), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("cases_by_holder", "cases", ["desk", "standing", "holder"], unique=False)
    op.create_table(
        "joined_reports",
        sa.Column("join_id", sa.String(length=32), nullable=False),
        sa.Column("report", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("join_id", "report"),
    )
    op.create_index("joined_by_report", "joined_reports", ["report"], unique=False)
    op.create_table(
        "joins",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("into_case", sa.String(length=32), nullable=False),
        sa.Column("from_case", sa.String(length=32), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("undone_at", sa.String(length=27), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("joins_by_case", "joins", ["into_case"], unique=False)
    op.add_column("reports", sa.Column("of_case", sa.String(length=32), nullable=True))
    op.add_column("reports", sa.Column("own_due_at", sa.String(length=27), nullable=True))
    op.add_column("reports", sa.Column("lowered_at", sa.String(length=27), nullable=True))
    op.create_index(
        "reports_by_case",
        "reports",
        ["of_case"],
        unique=False,
        sqlite_where=sa.text("of_case IS NOT NULL"),
        postgresql_where=sa.text("of_case IS NOT NULL"),
    )
    op.add_column(
        "staff_invites",
        sa.Column(
            "roles",
            sa.Text(),
            server_default="admin auditor specialist statistician supervisor",
            nullable=False,
        ),
    )
    op.add_column(
        "staff_people",
        sa.Column(
            "roles",
            sa.Text(),
            server_default="admin auditor specialist statistician supervisor",
            nullable=False,
        ),
    )
