"""What is due is read off an index"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.drop_index(op.f("outbox_due"), table_name="outbox")
    op.create_index("outbox_due", "outbox", ["destination", "state", "urgent", "due_at"], unique=False)
    op.create_index(
        "outbox_new",
        "outbox",
        ["destination", "urgent", "created_at"],
        unique=False,
        sqlite_where=sa.text("state = 'ready' AND attempts = 0 AND due_at = created_at"),
        postgresql_where=sa.text("state = 'ready' AND attempts = 0 AND due_at = created_at"),
    )
