"""Brings a database to the version this program knows, one numbered step after the other, or refuses it."""

import threading
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import Script, ScriptDirectory

from core.errors import LedgerUnavailable
from core.ledger.schema import Schema

log = structlog.get_logger()
ENGINES_OWN = frozenset({"turn"})
"""Tables that an engine has for itself beside those of a schema."""
_ONE_AT_A_TIME = threading.Lock()  # Alembic's operations go through one proxy for the whole process


def migrate(conn: sa.Connection, schema: Schema, *, until: str | None = None) -> None:
    """Take every step that is missing, inside the caller's transaction, so that all or nothing is done.

    `until` stops at an earlier version, for tests that come from there. LedgerUnavailable for a newer one.
    """
    for step in _missing(conn, schema):
        if until is not None and step.revision > until:
            return
        context = MigrationContext.configure(conn)
        with _ONE_AT_A_TIME, Operations.context(context):
            step.module.upgrade()
        context.stamp(_steps(schema.migrations), step.revision)
        log.info("ledger_migrated", ledger=schema.name, version=step.revision)


def require_current(conn: sa.Connection, schema: Schema) -> None:
    """LedgerUnavailable unless the database has exactly the version this program knows."""
    missing = _missing(conn, schema)
    if missing:
        raise LedgerUnavailable(
            f"the {schema.name} database is of version {version(conn) or 'none'}, this program needs "
            f"{missing[-1].revision}: start the part that writes it once, and it is brought up to date"
        )


def version(conn: sa.Connection) -> str | None:
    """The version of the database, or None for an empty one."""
    return MigrationContext.configure(conn).get_current_revision()


def versions(schema: Schema) -> Sequence[str]:
    """Every version there was, oldest first."""
    return [step.revision for step in reversed(list(_steps(schema.migrations).walk_revisions()))]


def folder(schema: Schema) -> Path:
    """Where the steps lie."""
    return Path(_steps(schema.migrations).dir, "versions")


def differences(conn: sa.Connection, schema: Schema) -> list[Any]:
    """Where the database and the tables in code disagree; empty where the migrations are complete."""
    context = MigrationContext.configure(conn, opts={"compare_type": True, "include_name": _is_ours})
    return list(compare_metadata(context, schema.metadata))


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or name not in ENGINES_OWN


def _missing(conn: sa.Connection, schema: Schema) -> list[Script]:
    current = version(conn)
    known = versions(schema)
    if current is not None and current not in known:
        raise LedgerUnavailable(
            f"the {schema.name} database is of version {current}, which is newer than this program "
            f"(it knows up to {known[-1]}): start the newer program, or put back the backup of before"
        )
    steps = _steps(schema.migrations)
    wanted = known if current is None else known[known.index(current) + 1 :]
    return [steps.get_revision(revision) for revision in wanted]


def forget_steps() -> None:
    """Read the packages of migrations anew: for what has just written one."""
    _steps.cache_clear()


@cache
def _steps(package: str) -> ScriptDirectory:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"no package of migrations called {package}")
    home = Path(spec.submodule_search_locations[0])
    return ScriptDirectory(home, version_locations=[home / "versions"])
