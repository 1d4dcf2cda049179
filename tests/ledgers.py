"""Open ledgers for tests that need many: a schema is migrated once, every further file is a copy of that."""

from pathlib import Path

from core.clock import Clock
from core.ledger.schema import Schema
from core.ledger.sqlite import SqliteLedger

_MIGRATED: dict[str, bytes] = {}


async def opened(file: Path, schema: Schema, clock: Clock) -> SqliteLedger:
    """An open ledger in this file, which is new. Whoever opens it closes it."""
    ledger = SqliteLedger(file, schema, clock)
    if schema.name not in _MIGRATED:
        await ledger.open()
        await ledger.close()
        _MIGRATED[schema.name] = file.read_bytes()
    file.write_bytes(_MIGRATED[schema.name])
    await ledger.open()
    return ledger
