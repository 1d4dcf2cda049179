"""Writes the next migration of a ledger from the difference between its last version and its tables.

For whoever changes a table: `python -m core.ledger.new_migration core.ledger.schema:ROAD "Say what changes"`.
Read what it wrote before you commit it; it never runs in the product.
"""

import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.autogenerate.api import AutogenContext
from alembic.migration import MigrationContext

from core.ledger import migration
from core.ledger.columns import UtcTime
from core.ledger.schema import Schema

_TEXT = '''"""{message}"""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {before!r}


def upgrade() -> None:
    {steps}
'''


def render(schema: Schema, message: str) -> tuple[str, str]:
    """The number of the next version and the text of its module. ValueError if nothing is different."""
    before = migration.versions(schema)
    engine = sa.create_engine("sqlite://")
    with engine.begin() as conn:
        migration.migrate(conn, schema)
        context = MigrationContext.configure(conn, opts={"render_item": _plainly, "compare_type": True})
        script = produce_migrations(context, schema.metadata)
    engine.dispose()
    if script.upgrade_ops is None or script.upgrade_ops.is_empty():
        raise ValueError(f"the tables of {schema.name} are what its last version made: nothing to write")
    revision = f"{len(before) + 1:04d}"
    steps = render_python_code(script.upgrade_ops, render_item=_plainly)
    steps = "\n".join(line for line in steps.splitlines() if not line.lstrip().startswith("#")).strip()
    return revision, _TEXT.format(
        message=message, revision=revision, before=before[-1] if before else None, steps=steps
    )


def _plainly(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """A migration is frozen: it names the engine's types, not ours that may change."""
    if kind == "type" and isinstance(item, UtcTime):
        return "sa.String(length=27)"
    return False


def write(schema: Schema, message: str) -> Path:
    """Write the next version beside the others, and say where it lies."""
    revision, text = render(schema, message)
    path = migration.folder(schema) / f"v{revision}_{_slug(message)}.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    migration.forget_steps()
    return path


def _slug(message: str) -> str:
    return "_".join(re.findall(r"[a-z0-9]+", message.lower())[:5])


def main(where: str, message: str) -> None:
    module, _, name = where.partition(":")
    write(getattr(import_module(module), name), message)


if __name__ == "__main__":
    main(*sys.argv[1:3])
