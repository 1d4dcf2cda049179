"""What people do with cases"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "agreements",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.String(length=27), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.String(length=27), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("agreements_by_case", "agreements", ["case_id", "answer"], unique=False)
    op.create_table(
        "note_words",
        sa.Column("tag", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("tag", "note"),
    )
    op.create_index("note_words_by_note", "note_words", ["note"], unique=False)
    op.create_table(
        "notes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_for", sa.String(length=64), nullable=False),
        sa.Column("done_at", sa.String(length=27), nullable=True),
        sa.Column("done_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("notes_by_case", "notes", ["case_id", "at"], unique=False)
    op.create_table(
        "present",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "person"),
    )
