"""What is written back"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "answers",
        sa.Column("item", sa.String(length=32), nullable=False),
        sa.Column("form", sa.String(length=32), nullable=False),
        sa.Column("report", sa.String(length=32), nullable=False),
        sa.Column("draft", sa.String(length=64), nullable=False),
        sa.Column("community", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("item"),
    )
    op.create_index("answers_by_form", "answers", ["form"], unique=False)
    op.create_index("answers_by_time", "answers", ["sent_at"], unique=False)
    op.add_column("reports", sa.Column("message_at", sa.String(length=27), nullable=True))
