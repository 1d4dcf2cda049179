"""What the desk wrote to a young person, as values. What was said is in `OpenMessage` and `Reply` alone."""

from datetime import datetime
from enum import StrEnum

import msgspec

from core.ids import ReportId
from core.reports.model import Answers


class MessageKind(StrEnum):
    MESSAGE = "message"  # a person wrote it
    OUTCOME = "outcome"  # the words for how the case ended


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it lies: who wrote it when, and when they first saw it."""

    id: str
    report: ReportId
    kind: MessageKind
    at: datetime
    by: str
    shown_at: datetime | None = None


class OpenMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message with what it says; None where no key opens it."""

    message: Message
    text: str | None

    def __repr__(self) -> str:
        return f"<OpenMessage {self.message.id}>"


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What the young person wrote back."""

    at: datetime
    text: str

    def __repr__(self) -> str:
        return "<Reply hidden>"


class Thread(msgspec.Struct, frozen=True, kw_only=True):
    """What was written to the one who made a report, unopened."""

    messages: tuple[Message, ...]
    newest: str
    """Stands for everything there is: other as soon as anybody wrote something."""
    may_write: bool
    """False where the case is closed, or what was said in it is deleted."""
    holder: str


class OpenThread(msgspec.Struct, frozen=True, kw_only=True):
    """Both sides, in order of time, for one recorded look."""

    lines: tuple[OpenMessage | Reply, ...]
    wishes: Answers
    """As last answered: who else uses their phone, whether they may be told, how they may be reached."""
    closed: int
    """Parts that no key opens."""

    def __repr__(self) -> str:
        return "<OpenThread hidden>"
