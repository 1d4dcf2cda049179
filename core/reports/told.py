"""What may be said of a report that was sent: what is done, and after five minutes of nothing, whom to call.

Pure; it never says what somebody will do, and nothing of what was told. What the desk wrote is shown word for
word, and never read as anything but words.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from core.delivery.wire import AnswerTo, MessageTold
from core.dialogue.model import Card, Notice, NoticeKind, Say
from core.dialogue.texts import plain
from core.ids import DeskName

UNREAD_AFTER: Final = timedelta(minutes=5)
"""An urgent report that nobody opened for so long sends its reporter to the telephone."""
PAGE: Final = 2200
"""What one screen of a chat holds of what the desk wrote; signs count twice: a chat may have to mark them."""
_ASIDE: Final = 100
"""What is said of each message beside its words."""
PAGES: Final = 256


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a report by its reference: times, and what its desk wrote to whoever has it."""

    known: bool
    asked: bool = True
    """False where nobody could be asked just now."""
    urgent: bool = False
    stored_at: datetime | None = None
    received_at: datetime | None = None
    read_at: datetime | None = None
    message_at: datetime | None = None
    """When the desk last wrote, as far as its news says; what it wrote is asked for by the code."""
    desk: DeskName | None = None
    """The desk that has it, where that is known."""
    messages: tuple[MessageTold, ...] = ()
    """What the desk wrote, in order of time."""
    answer_to: AnswerTo | None = None
    """What an answer belongs to; None: none can be given."""


def told_of(row: Any | None) -> Told:
    """What a road's own row says; nothing where there is none."""
    if row is None:
        return Told(known=False)
    return Told(
        known=True,
        urgent=row.urgent,
        stored_at=row.sent_at,
        received_at=row.delivered_at,
        read_at=row.read_at,
        message_at=row.message_at,
        desk=DeskName(row.desk),
    )


class ToldLine(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that may be said of a report that was sent; `at` is shown in the reader's own time."""

    text: Say
    at: datetime | None = None
    danger: bool = False
    contacts: tuple[Notice, ...] = ()
    """Whom to call, beside a warning."""
    wrote: str = ""
    """The desk's own words, as it wrote them: each platform shows them as words and nothing else."""

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """Those words line by line, without marks that hide or reorder what stands around them."""
        return tuple(line for line in map(_plain, self.wrote.splitlines()) if line)


def lines(told: Told, now: datetime, unread_after: timedelta, help_card: Card) -> tuple[ToldLine, ...]:
    """In the order of time; for an urgent report that nobody opened in time, the numbers before all else."""
    if not told.known:
        return (ToldLine(text=Say("told-unknown" if told.asked else "told-not-asked")),)
    if told.read_at or told.message_at or told.messages:
        read = () if told.read_at is None else (ToldLine(text=Say("told-read"), at=told.read_at),)
        return (*_received(told), *read, *_wrote(told), *_not_asked(told))
    if _is_overdue(told, now, unread_after):
        call = ToldLine(text=Say("told-unread"), danger=True, contacts=numbers(help_card))
        return (call, *_received(told), *_not_asked(told))
    return (*_received(told), ToldLine(text=Say("told-not-read")), *_not_asked(told))


def pages(messages: Sequence[MessageTold]) -> tuple[tuple[MessageTold, ...], ...]:
    """What the desk wrote, as much as a screen of a chat holds at a time: the newest page first.

    One message may stand on several; within a page they are in order of time. At least one page.
    """
    found: list[list[MessageTold]] = [[]]
    left = PAGE
    for piece in reversed([piece for message in messages for piece in _pieces(message)]):
        needed = _size(piece.text)
        if found[-1] and needed > left:
            found.append([])
            left = PAGE
        found[-1].insert(0, piece)
        left -= needed
    return tuple(tuple(page) for page in found)


def numbers(help_card: Card) -> tuple[Notice, ...]:
    """Whom to call and where to write, and nothing else of the danger exit."""
    kinds = {NoticeKind.DANGER, NoticeKind.HELP}
    return tuple(notice for notice in help_card.notices if notice.kind in kinds)


def _wrote(told: Told) -> Iterator[ToldLine]:
    """What the desk wrote, or where that is not known here, only that it did."""
    if told.message_at is not None and not told.messages:
        yield ToldLine(text=Say("told-message"), at=told.message_at)
    yield from map(_written, told.messages)


def _written(message: MessageTold) -> ToldLine:
    said = "told-outcome" if message.outcome else "told-wrote"
    return ToldLine(text=Say(said), at=message.at, wrote=message.text)


def _pieces(message: MessageTold) -> Iterator[MessageTold]:
    """The message, cut at a blank where it is more than a page."""
    left = message.text
    while _size(left) > PAGE:
        end = _fitting(left)
        blank = max(left.rfind(" ", 0, end), left.rfind("\n", 0, end))
        end = blank + 1 if blank > end // 2 else end
        yield msgspec.structs.replace(message, text=left[:end])
        left = left[end:]
    yield msgspec.structs.replace(message, text=left)


def _fitting(text: str) -> int:
    """How many characters of it fit on one page."""
    room = PAGE - _ASIDE
    for number, sign in enumerate(text):
        room -= _weight(sign)
        if room < 0:
            return number
    return len(text)


def _size(text: str) -> int:
    return _ASIDE + sum(map(_weight, text))


def _weight(sign: str) -> int:
    return 1 if sign.isascii() and (sign.isalnum() or sign == " ") else 2


def _plain(line: str) -> str:
    return plain(line).strip()


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
