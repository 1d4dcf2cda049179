"""Work that is due every so often, done by one process each time, whichever comes first."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from core.errors import LedgerError
from core.ledger import leases
from core.ledger.leases import Held, Lease, Leases

TAKES: Final = timedelta(minutes=5)
"""If its process was killed in the middle, another one does it after so long."""
LOOK: Final = timedelta(minutes=1)
"""So often every process looks whether it is due."""

log = structlog.get_logger()

Job = Callable[[Held], Awaitable[None]]
"""Does the work; checks in its own transactions that it still holds what it was given (`leases.require`)."""


class Schedule:
    """One kind of work. Any number of processes offer to do it."""

    def __init__(self, of: Leases, name: str, every: timedelta, job: Job) -> None:
        self._leases = of
        self._name = f"schedule/{name}"
        self._every = every
        self._job = job

    async def run(self, look: timedelta = LOOK) -> None:
        """For ever. Raises nothing of its own: what fails is tried again at the next look."""
        while True:
            try:
                await self.turn()
            except LedgerError as error:
                log.warning("not_done_on_schedule", work=self._name, error=error.code)
            await asyncio.sleep(look.total_seconds())

    async def turn(self) -> bool:
        """Do it if it is due and nobody else does; whether it was done. Raises LedgerError."""
        lease = await self._leases.take(self._name, TAKES, longest=max(TAKES, self._every))
        if lease is None:
            return False
        try:
            await self._job(lease.held)
        except BaseException:
            await lease.release()
            raise
        await self._rest(lease)
        return True

    async def _rest(self, lease: Lease) -> None:
        """Due again after the whole time, by the ledger's clock."""
        await self._leases.do(partial(leases.rest, held=lease.held, lasts=self._every))
