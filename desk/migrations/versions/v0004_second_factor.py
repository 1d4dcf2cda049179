"""Sessions that say which browser, and second factors"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("staff_sessions", sa.Column("browser", sa.Text(), server_default="other", nullable=False))
