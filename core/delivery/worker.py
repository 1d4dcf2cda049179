"""Brings what lies in the outbox to its destination: one lane for each, so that none waits for another's.

Whatever happens here, a report stays in the outbox until its destination has answered that it is stored
there. An attempt that is cut off, by a kill or a cancellation, is made again under the same id.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta

from core.checkpoints import Checkpoint, no_checkpoint
from core.clock import Clock
from core.delivery.lane import Lane, Pulse, Shared
from core.delivery.metrics import Metrics
from core.delivery.model import OUTBOX_TOPIC, Destination
from core.ids import DeskName
from core.ledger.port import Ledger
from core.signals.port import Signals

PULSE = Pulse()
_A_WHILE = timedelta(minutes=1)


class Worker:
    """Delivers for as long as it runs. Several may share one ledger; none delivers what another completed."""

    def __init__(
        self,
        ledger: Ledger,
        destinations: Mapping[DeskName, Destination],
        signals: Signals,
        clock: Clock,
        *,
        jitter: Callable[[], float],
        checkpoint: Checkpoint = no_checkpoint,
        metrics: Metrics | None = None,
        pulse: Pulse = PULSE,
    ) -> None:
        """`jitter` draws evenly from [0, 1): `random.random` in the product."""
        shared = Shared(
            ledger=ledger,
            clock=clock,
            jitter=jitter,
            checkpoint=checkpoint,
            metrics=metrics or Metrics(),
            pulse=pulse,
        )
        self._signals = signals
        self._lanes = tuple(Lane(name, destination, shared) for name, destination in destinations.items())

    async def run(self) -> None:
        """Until it is cancelled, or until `stop` and what was begun is done. Never raises a LedgerError."""
        async with asyncio.TaskGroup() as group:
            ear = group.create_task(self._listen(), name="delivery_signals")
            async with asyncio.TaskGroup() as lanes:
                for lane in self._lanes:
                    lanes.create_task(lane.run(), name="delivery")
            ear.cancel()

    def stop(self) -> None:
        """Begin nothing more; `run` returns when the attempts under way have ended."""
        for lane in self._lanes:
            lane.stop()

    async def run_once(self) -> int:
        """Try all that is due, as often as something gets in; how many did. Raises LedgerError."""
        return sum([await lane.sweep() for lane in self._lanes])

    async def _listen(self) -> None:
        while True:
            if await self._signals.wait(OUTBOX_TOPIC, _A_WHILE):
                for lane in self._lanes:
                    lane.look()
