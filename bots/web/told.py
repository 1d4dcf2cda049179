"""What may be said of a report that was sent: what is done, and after five minutes of nothing, whom to call.

Pure; it never says what somebody will do.
"""

from datetime import datetime, timedelta

from bots.web.outbound import ToldLine
from core.dialogue.model import Card, Notice, NoticeKind, Say
from core.reports.road import Told


def lines(told: Told, now: datetime, unread_after: timedelta, help_card: Card) -> tuple[ToldLine, ...]:
    """The newest first; for an urgent report that nobody opened in time, the numbers before all else."""
    if not told.known:
        return (ToldLine(text=Say("web-told-unknown" if told.asked else "web-told-not-asked")),)
    if told.read_at:
        return (ToldLine(text=Say("web-told-read"), at=told.read_at), *_received(told))
    return (*_unread(told, now, unread_after, help_card), *_received(told), *_not_asked(told))


def _unread(told: Told, now: datetime, unread_after: timedelta, help_card: Card) -> tuple[ToldLine, ...]:
    overdue = told.urgent and told.stored_at is not None and now - told.stored_at >= unread_after
    if overdue:
        return (ToldLine(text=Say("web-told-unread"), danger=True, contacts=numbers(help_card)),)
    return (ToldLine(text=Say("web-told-not-read")),)


def _received(told: Told) -> tuple[ToldLine, ...]:
    if told.received_at:
        return (ToldLine(text=Say("web-told-received"), at=told.received_at),)
    if told.stored_at:
        return (ToldLine(text=Say("web-told-stored"), at=told.stored_at),)
    return ()


def _not_asked(told: Told) -> tuple[ToldLine, ...]:
    return () if told.asked else (ToldLine(text=Say("web-told-not-asked")),)


def numbers(help_card: Card) -> tuple[Notice, ...]:
    """Whom to call and where to write, and nothing else of the danger exit."""
    kinds = {NoticeKind.DANGER, NoticeKind.HELP}
    return tuple(notice for notice in help_card.notices if notice.kind in kinds)
