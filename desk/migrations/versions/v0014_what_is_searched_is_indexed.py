"""What is searched is indexed"""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.drop_index("cases_by_holder", table_name="cases")
    op.create_index(
        "cases_by_holder", "cases", ["desk", "standing", "holder", "state", "state_at"], unique=False
    )
    op.create_index("cases_of_state", "cases", ["desk", "standing", "state", "state_at"], unique=False)
