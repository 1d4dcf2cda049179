"""Notes what was delivered, in as few commits as it takes: whatever was answered for meanwhile shares one."""

import asyncio
from functools import partial

from core.delivery import outbox
from core.delivery.model import Receipt
from core.ledger.port import Ledger


class Receipts:
    """Where the attempts of one lane leave their receipts. Used in one loop.

    While one commit is under way those who come wait; the first of them then notes for all.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._turn = asyncio.Lock()
        self._waiting: list[tuple[Receipt, asyncio.Future[bool]]] = []

    async def note(self, receipt: Receipt) -> bool:
        """True once it is durable; False, and nothing changed, if the lease was lost. Raises LedgerError.

        Cancelled, it may still be noted.
        """
        noted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        mine = (receipt, noted)
        self._waiting.append(mine)
        async with self._turn:
            if not noted.done():
                await asyncio.sleep(0)  # who was answered in the same moment joins
                await self._note_with_all(mine)
        return noted.result()

    async def _note_with_all(self, mine: tuple[Receipt, asyncio.Future[bool]]) -> None:
        """What fails is the fault of whoever led: the others come again, one of them leading."""
        taken, self._waiting = self._waiting, []
        try:
            now = await self._ledger.now()
            receipts = [receipt for receipt, _ in taken]
            held = await self._ledger.transact(partial(outbox.complete, receipts=receipts, now=now))
        except BaseException:
            self._waiting = [one for one in taken if one is not mine] + self._waiting
            raise
        for (_, noted), was_held in zip(taken, held, strict=True):
            noted.set_result(was_held)
