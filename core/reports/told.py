"""What may be said of a report that was sent: what is done, and after five minutes of nothing, whom to call.

Pure; it never says what somebody will do, and nothing of what was told.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from core.dialogue.model import Card, Notice, NoticeKind, Say

UNREAD_AFTER: Final = timedelta(minutes=5)
"""An urgent report that nobody opened for so long sends its reporter to the telephone."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a report by its reference: times only."""

    known: bool
    asked: bool = True
    """False where nobody could be asked just now."""
    urgent: bool = False
    stored_at: datetime | None = None
    received_at: datetime | None = None
    read_at: datetime | None = None


class ToldLine(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that may be said of a report that was sent; `at` is shown in the reader's own time."""

    text: Say
    at: datetime | None = None
    danger: bool = False
    contacts: tuple[Notice, ...] = ()
    """Whom to call, beside a warning."""


def lines(told: Told, now: datetime, unread_after: timedelta, help_card: Card) -> tuple[ToldLine, ...]:
    """In the order of time; for an urgent report that nobody opened in time, the numbers before all else."""
    if not told.known:
        return (ToldLine(text=Say("told-unknown" if told.asked else "told-not-asked")),)
    if told.read_at:
        return (*_received(told), ToldLine(text=Say("told-read"), at=told.read_at))
    if _is_overdue(told, now, unread_after):
        call = ToldLine(text=Say("told-unread"), danger=True, contacts=numbers(help_card))
        return (call, *_received(told), *_not_asked(told))
    return (*_received(told), ToldLine(text=Say("told-not-read")), *_not_asked(told))


def numbers(help_card: Card) -> tuple[Notice, ...]:
    """Whom to call and where to write, and nothing else of the danger exit."""
    kinds = {NoticeKind.DANGER, NoticeKind.HELP}
    return tuple(notice for notice in help_card.notices if notice.kind in kinds)


def _is_overdue(told: Told, now: datetime, unread_after: timedelta) -> bool:
    return told.urgent and told.stored_at is not None and now - told.stored_at >= unread_after


def _received(told: Told) -> tuple[ToldLine, ...]:
    if told.received_at:
        return (ToldLine(text=Say("told-received"), at=told.received_at),)
    if told.stored_at:
        return (ToldLine(text=Say("told-stored"), at=told.stored_at),)
    return ()


def _not_asked(told: Told) -> tuple[ToldLine, ...]:
    return () if told.asked else (ToldLine(text=Say("told-not-asked")),)
