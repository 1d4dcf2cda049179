"""Care for those who read; what is searched is indexed"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.drop_index("cases_by_holder", table_name="cases")
    op.create_index(
        "cases_by_holder", "cases", ["desk", "standing", "holder", "state", "state_at"], unique=False
    )
    op.create_index("cases_of_state", "cases", ["desk", "standing", "state", "state_at"], unique=False)
    op.create_table(
        "exposures",
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("since", sa.String(length=27), nullable=False),
        sa.Column("looks_since", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("desk", "standing", "person", "day"),
    )
    op.create_table(
        "reading_choices",
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("chosen", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person"),
    )
