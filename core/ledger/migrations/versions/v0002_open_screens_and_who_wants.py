"""Open screens, and who wants to be told"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "open_screens",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("handle", sa.LargeBinary(), nullable=False),
        sa.Column("closes_at", sa.String(length=27), nullable=False),
        sa.Column("lease_until", sa.String(length=27), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("open_screens_due", "open_screens", ["closes_at"], unique=False)
    op.add_column("reports", sa.Column("may_push", sa.Boolean(), nullable=False, server_default=sa.false()))
