"""Holds, and what is deleted"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("cases", sa.Column("held_since", sa.String(length=27), nullable=True))
    op.add_column("cases", sa.Column("held_by", sa.Text(), server_default="", nullable=False))
    op.add_column("cases", sa.Column("erased_at", sa.String(length=27), nullable=True))
    op.create_index("cases_by_state", "cases", ["state", "state_at", "id"], unique=False)
