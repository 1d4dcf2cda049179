"""The words of delivery as types: where an item stands, what went wrong with it, and who holds it."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from core.delivery.wire import Accepted, ItemKind, NewsAsked, NewsTold, StatusTold
from core.ids import DeskName, ItemId, PartId, ReportId

OUTBOX_TOPIC = "outbox"
"""The signal that something was put into the outbox, or was made due."""
NEWS_TOPIC = "news"
"""The signal that a desk's news was stored."""


class OutboxState(StrEnum):
    READY = "ready"
    LEASED = "leased"
    DEAD = "dead"  # needs somebody to look; shown, alarmed, and still tried now and then
    DELIVERED = "delivered"


class NewsState(StrEnum):
    WAITING = "waiting"
    TOLD = "told"
    NOBODY = "nobody"  # there is nobody to tell, or no safe way


class Fault(StrEnum):
    """Why an item was not taken. No text of any answer is ever kept."""

    NONE = ""
    UNREACHABLE = "unreachable"  # nobody at the address
    BUSY = "busy"  # asked to come later: 429, 502, 503, 504
    TURNED_AWAY = "turned_away"  # redirected, or this road is not let in: somebody must mend the settings
    SILENT = "silent"  # connected, and then no whole answer in time
    FAILED = "failed"  # an error at the destination, or in here
    GARBAGE = "garbage"  # an answer that is not this destination's
    REFUSED = "refused"  # taken in, read, and not accepted: repeating will not help
    CONFLICT = "conflict"  # the same id was delivered before with other bytes
    INCOMPLETE = "incomplete"  # what it consists of is not in the ledger


OF_THE_DOOR = frozenset({Fault.UNREACHABLE, Fault.BUSY, Fault.TURNED_AWAY})
"""Faults that whatever else waits for the same destination would meet too."""


class Leased(msgspec.Struct, frozen=True, kw_only=True):
    """An item that this worker alone may deliver until the lease ends; `fence` proves it."""

    item: ItemId
    report: ReportId
    kind: ItemKind
    destination: DeskName
    urgent: bool
    attempts: int
    """This one included."""
    fence: int
    fault: Fault
    """Of the attempt before."""


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A destination has answered that it stores an item."""

    leased: Leased
    parts: tuple[PartId, ...]
    """What was in it, and need not be kept here any more."""
    received_at: datetime
    """When the destination first had it, by its own clock."""


class Destination(Protocol):
    """Somewhere outside that takes an item whole, and taking it twice takes it once."""

    async def deliver(self, item: ItemId, body: bytes) -> Accepted:
        """Hand over `body` under the id `item`; return once it is durable there.

        Raises DeliveryRefused when the answer was no, and DestinationDown for no answer, or one that asks
        for another try. Never any other error. Cancelled, it may or may not have been taken.
        """


class Desk(Destination, Protocol):
    """The destination that answers back. All calls raise DeliveryError and nothing else."""

    async def news(self, asked: NewsAsked) -> NewsTold:
        """What is not yet acknowledged; waits `asked.wait_s` at most while there is none."""

    async def acknowledge(self, ids: tuple[str, ...]) -> None:
        """These are stored on this road and need not be told again."""

    async def status(self, reference: str) -> StatusTold:
        """What a reference may show."""

    async def messages_read(self, reference: str, ids: tuple[str, ...]) -> None:
        """These were shown on somebody's screen."""


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the list of dead letters."""

    item: ItemId
    kind: ItemKind
    destination: DeskName
    urgent: bool
    state: OutboxState
    attempts: int
    fault: Fault
    created_at: datetime
    due_at: datetime
