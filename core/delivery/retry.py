"""Decides, from a failed attempt, when to try again and who must know. Pure: no waiting, no I/O, no clock.

Nothing is ever given up: an item that needs somebody to look is called dead, is shown and alarmed, and is
still tried now and then. What is urgent is never called dead; it only gets alarmed.
"""

from datetime import datetime, timedelta

import msgspec

from core.delivery.model import OF_THE_DOOR, Fault, OutboxState
from core.errors import DeliveryError, DeliveryRefused, DestinationDown

DEAD_AFTER = 30
"""Attempts, a day or so, after which an item that may yet heal is shown to somebody."""


class Pace(msgspec.Struct, frozen=True):
    """How long the longest wait after each attempt is: it doubles from `first` up to `longest`."""

    first: timedelta
    longest: timedelta

    def ceiling(self, tries: int) -> timedelta:
        doublings = min(max(tries, 1) - 1, 16)  # enough for any `longest`, and no overflow
        return min(self.first * (1 << doublings), self.longest)


class Paces(msgspec.Struct, frozen=True, kw_only=True):
    door: Pace
    """While nobody answers at all: one knock costs little, and everything waits behind it."""
    item: Pace
    """While the destination fails with this item, and perhaps with this one only."""
    mend: Pace
    """While somebody must do something first."""
    patience: timedelta
    """How long a destination may ask us to wait."""

    @property
    def longest(self) -> timedelta:
        """No decision waits longer; whatever seems to was made by a clock that has been put right since."""
        return max(self.door.longest, self.item.longest, self.mend.longest, self.patience)


CALM = Paces(
    door=Pace(timedelta(seconds=5), timedelta(minutes=5)),
    item=Pace(timedelta(seconds=5), timedelta(hours=2)),
    mend=Pace(timedelta(hours=2), timedelta(hours=2)),
    patience=timedelta(hours=1),
)
URGENT = Paces(
    door=Pace(timedelta(seconds=2), timedelta(seconds=30)),
    item=Pace(timedelta(seconds=2), timedelta(minutes=5)),
    mend=Pace(timedelta(seconds=30), timedelta(minutes=5)),
    patience=timedelta(minutes=1),
)
SHORTEST = timedelta(seconds=1)


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """What a failed attempt means."""

    fault: Fault
    status: int | None = None
    retry_after: timedelta | None = None

    @property
    def of_the_door(self) -> bool:
        """Whether whatever else waits for this destination would fare the same."""
        return self.fault in OF_THE_DOOR


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of the item: `state` is READY or DEAD, and it is due again at `due_at` either way."""

    state: OutboxState
    due_at: datetime
    counts: bool
    """Whether it counts as an attempt at this item; a knock at a closed door does not."""


_TURNED_AWAY = frozenset({401, 403, 404, 405, 410})
_CONFLICT = 409


def failure_of(error: DeliveryError) -> Failure:
    """What the border said, in the words of delivery."""
    if isinstance(error, DeliveryRefused):
        return Failure(fault=_fault_of_status(error.status), status=error.status)
    if isinstance(error, DestinationDown):
        return Failure(fault=_fault_of_reason(error.reason), retry_after=error.retry_after)
    return Failure(fault=Fault.FAILED)


def decide(failure: Failure, *, urgent: bool, tries: int, now: datetime, jitter: float) -> Decision:
    """What becomes of an item whose attempt failed.

    `tries` counts this one: of this item, or knocks in a row where the failure is of the door. `jitter` is
    drawn evenly from [0, 1): the wait is that share of the pace's longest, so that no crowd comes back at
    once, and a second at least.
    """
    paces = URGENT if urgent else CALM
    wait = max(_pace(paces, failure).ceiling(tries) * jitter, SHORTEST)
    if _needs_mending(failure) and not failure.of_the_door:
        wait = max(wait, paces.mend.ceiling(tries) / 2)
    asked = min(failure.retry_after or timedelta(), paces.patience)
    return Decision(
        state=OutboxState.DEAD if _is_dead(failure, urgent=urgent, tries=tries) else OutboxState.READY,
        due_at=now + max(wait, asked),
        counts=not failure.of_the_door,
    )


def _fault_of_status(status: int) -> Fault:
    if status == _CONFLICT:
        return Fault.CONFLICT
    if status in _TURNED_AWAY or 300 <= status < 400:  # noqa: PLR2004 - the redirects
        return Fault.TURNED_AWAY
    return Fault.REFUSED


def _fault_of_reason(reason: str) -> Fault:
    return Fault(reason) if reason in set(Fault) - {Fault.NONE} else Fault.FAILED


def _pace(paces: Paces, failure: Failure) -> Pace:
    if failure.of_the_door:
        return paces.door
    return paces.mend if _needs_mending(failure) else paces.item


def _needs_mending(failure: Failure) -> bool:
    return failure.fault in {Fault.TURNED_AWAY, Fault.REFUSED, Fault.CONFLICT, Fault.INCOMPLETE}


def _is_dead(failure: Failure, *, urgent: bool, tries: int) -> bool:
    if urgent:
        return False
    return _needs_mending(failure) or (not failure.of_the_door and tries >= DEAD_AFTER)
