"""What is searched is indexed"""

from alembic import op

revision = "0014"
down_revision = "0008"


def upgrade() -> None:
    op.create_index(
        "reports_of_community",
        "reports",
        ["desk", "standing", "community", "rank", "due_at", "id"],
        unique=False,
    )
    op.drop_index("cases_by_holder", table_name="cases")
    op.create_index(
        "cases_by_holder", "cases", ["desk", "standing", "holder", "state", "state_at"], unique=False
    )
    op.create_index("cases_of_state", "cases", ["desk", "standing", "state", "state_at"], unique=False)
