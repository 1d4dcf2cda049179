"""The engines a ledger can have, by the scheme of its address. An engine is imported when it is asked for."""

from importlib import import_module
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

from core.clock import Clock
from core.errors import SettingsInvalid
from core.ledger.port import Ledger
from core.ledger.schema import Schema

BACKENDS = {"sqlite": "core.ledger.sqlite:at", "postgresql": "core.ledger.postgresql:at"}


class OpenableLedger(Ledger, Protocol):
    """A ledger with its life: what the composition root owns, and nobody else."""

    async def open(self) -> None:
        """LedgerUnavailable, with the mend, if it cannot be opened now; it may be tried again."""

    async def close(self) -> None:
        """Commit everything that was handed over, then let go."""


def open_ledger(url: str, schema: Schema, clock: Clock, *, writable: bool = True) -> OpenableLedger:
    """The ledger at `url`, not opened yet: `sqlite:////folder/file.sqlite`, `postgresql://role@host/database`.

    Raises SettingsInvalid for an address that no engine here answers to. The address is not repeated in
    the error: it may hold a password.
    """
    try:
        parsed = sa.make_url(url)
    except ArgumentError as error:
        raise _invalid(schema, "is not an address: write sqlite:////folder/file.sqlite") from error
    scheme = parsed.get_backend_name()
    if scheme not in BACKENDS:
        raise _invalid(schema, f"names {scheme}, which is no engine here: use {' or '.join(BACKENDS)}")
    module, _, name = BACKENDS[scheme].partition(":")
    try:
        ledger: OpenableLedger = getattr(import_module(module), name)(
            parsed, schema, clock, writable=writable
        )
    except ValueError as error:
        raise _invalid(schema, str(error)) from error
    return ledger


def _invalid(schema: Schema, what: str) -> SettingsInvalid:
    return SettingsInvalid((f"the address of the {schema.name} database {what}",))
