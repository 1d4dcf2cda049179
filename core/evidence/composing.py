"""Takes messages over into a transcript: chooses which, cleans them, and keeps within what may be sealed.

What is left out is counted where it was. A transcript made here always fits a sealed part.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import msgspec

from core.evidence.canonical import encode, without_surrogates
from core.evidence.model import (
    CONTEXT_AFTER,
    CONTEXT_BEFORE,
    REPORTER,
    Attachment,
    Author,
    Message,
    Note,
    Source,
    Transcript,
)
from core.evidence.padding import KIB
from core.evidence.picture_data import without_picture_data
from core.evidence.reporter import NOBODY, Reporter, is_called_reporter

MAX_TRANSCRIPT: Final = 256 * KIB
"""Canonical bytes; two of them and the answers go into one delivery of a megabyte, base64 included."""
MAX_MESSAGES: Final = 200
MAX_TEXT: Final = 40_000
"""Characters of one message: no platform of ours allows more."""
MAX_ATTACHMENTS: Final = 20
_TEXT_BYTES: Final = 120 * KIB
_MESSAGE_BYTES: Final = 200 * KIB
_MARGIN: Final = 2048
"""Characters: no mention of a person is longer."""
_AROUND: Final = 8 * KIB
"""What a transcript holds besides its messages, at its longest."""
_SHORT: Final = 256
_ADDRESS: Final = 2048
_SAME_NAME: Final = "same name as reporter"


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """Where the messages were said, and who vouches for them."""

    source: Source
    platform: str
    channel: str = ""
    origin: str = ""


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """How many messages are kept around each reported one."""

    before: int = CONTEXT_BEFORE
    after: int = CONTEXT_AFTER


def compose(
    room: Room,
    messages: Sequence[Message],
    reporter: Reporter = NOBODY,
    window: Window | None = None,
    *,
    subject: Author | None = None,
    notes: Collection[Note] = (),
) -> Transcript:
    """A transcript of what matters in `messages`, which are in the order they were said.

    Keeps the reported messages and their surroundings; where none is marked, the latest. Where the reporter
    is named, `reporter` is written; an author whose id already is `reporter` is taken to be them. `notes` is
    what the platform knows of how it was read. Never fails for what a message holds.
    """
    cleaner = _Cleaner(reporter, set(notes))
    kept: dict[int, Message] = {}
    room_left = MAX_TRANSCRIPT - _AROUND
    for place in _wanted(messages, window or Window()):
        message = cleaner.message(messages[place])
        room_left -= len(encode(message)) + 1
        if room_left < 0:
            break
        kept[place] = message
    return cleaner.transcript(room, kept, len(messages), subject)


def _wanted(messages: Sequence[Message], window: Window) -> list[int]:
    """The places of what is kept, the most important first: reported ones, then the nearest to them."""
    reported = [place for place, message in enumerate(messages) if message.reported][:MAX_MESSAGES]
    if not reported:
        latest = range(len(messages) - 1, -1, -1)
        return list(latest[: min(window.before + window.after + 1, MAX_MESSAGES)])
    distance: dict[int, int] = {}
    for place in reported:
        first, last = max(0, place - window.before), min(len(messages), place + window.after + 1)
        for near in range(first, last):
            distance[near] = min(abs(near - place), distance.get(near, len(messages)))
    return sorted(distance, key=lambda place: (distance[place], place))[:MAX_MESSAGES]


@dataclass(slots=True)
class _Cleaner:
    """Cleans one transcript and remembers what it changed."""

    reporter: Reporter
    notes: set[Note] = field(default_factory=set)

    def transcript(
        self, room: Room, kept: dict[int, Message], total: int, subject: Author | None
    ) -> Transcript:
        places = sorted(kept)
        first, end = (places[0], places[-1] + 1) if places else (total, total)
        if len(places) < total:
            self.notes.add(Note.MESSAGES_LEFT_OUT)
        return Transcript(
            source=room.source,
            platform=self._safe(room.platform)[:_SHORT],
            channel=self._short(room.channel),
            origin=self._safe(room.origin)[:_SHORT],
            messages=tuple(kept[place] for place in places),
            subject=None if subject is None else self._author(subject),
            left_out_before=first,
            left_out_after=total - end,
            left_out_between=end - first - len(places),
            notes=tuple(note.value for note in Note if note in self.notes),
        )

    def message(self, raw: Message) -> Message:
        text, left_out = self._words(raw.text, MAX_TEXT)
        attachments = tuple(self._attachment(each) for each in raw.attachments[:MAX_ATTACHMENTS])
        cleaned = msgspec.structs.replace(
            raw,
            id=self._short(raw.id),
            author=self._author(raw.author),
            text=text,
            sent_at=_utc(raw.sent_at),
            read_at=_utc(raw.read_at) or raw.read_at,
            edited_at=_utc(raw.edited_at),
            reply_to=self._short(raw.reply_to),
            attachments=attachments,
            left_out_characters=raw.left_out_characters + left_out,
            left_out_attachments=raw.left_out_attachments + len(raw.attachments) - len(attachments),
        )
        return self._within_bounds(cleaned)

    def _within_bounds(self, message: Message) -> Message:
        """With as many attachments as there is room for."""
        while message.attachments and len(encode(message)) > _MESSAGE_BYTES:
            message = msgspec.structs.replace(
                message,
                attachments=message.attachments[:-1],
                left_out_attachments=message.left_out_attachments + 1,
            )
        if message.left_out_attachments:
            self.notes.add(Note.ATTACHMENTS_LEFT_OUT)
        return message

    def _author(self, author: Author) -> Author:
        if author.id == REPORTER or self.reporter.is_author(author.id):
            return Author(id=REPORTER, shown=REPORTER)
        return Author(
            id=self._not_ours(self._safe(author.id)[:_SHORT]),
            shown=self._name(author.shown),
            is_staff=author.is_staff,
        )

    def _name(self, shown: str) -> str:
        """The name of somebody else: what is the reporter's in it goes, and it never reads as `reporter`."""
        return self._words(self._not_ours(self._safe(shown)), _SHORT, by=_SAME_NAME)[0]

    def _not_ours(self, name: str) -> str:
        """Only the reporter is `reporter`: whoever has the word in their name is quoted."""
        if not is_called_reporter(name):
            return name
        self.notes.add(Note.NAME_QUOTED)
        return f'"{name}"'

    def _attachment(self, raw: Attachment) -> Attachment:
        size = raw.size if raw.size is not None and 0 <= raw.size < 2**63 else None
        return Attachment(
            name=self._short(raw.name),
            media_type=self._short(raw.media_type),
            size=size,
            platform_id=self._short(raw.platform_id),
            url=self._short(raw.url, _ADDRESS),
            hash=self._short(raw.hash),
        )

    def _short(self, text: str, most: int = _SHORT) -> str:
        return self._words(text, most)[0]

    def _words(self, text: str, most: int, by: str = REPORTER) -> tuple[str, int]:
        """The text as it is kept, and how many characters at its end are not.

        It is cut before it is searched, so a name cut in two at that place is cut off as well.
        """
        bare = self._safe(text)
        searched = self.reporter.redact(bare[: most + 2 * _MARGIN], by)
        unsearched = len(bare) - most - 2 * _MARGIN
        sure = searched[: len(searched) - _MARGIN] if unsearched > 0 else searched
        kept = _fitting(sure[:most])
        left_out = max(unsearched, 0) + len(searched) - len(kept)
        if left_out:
            self.notes.add(Note.TEXT_SHORTENED)
        return kept, left_out

    def _safe(self, text: str) -> str:
        """Encodable, and without the bytes of pictures."""
        sound = without_surrogates(text)
        if sound != text:
            self.notes.add(Note.ENCODING_REPAIRED)
        bare, taken = without_picture_data(sound)
        if taken:
            self.notes.add(Note.DATA_URI_REMOVED)
        return bare


def _fitting(text: str) -> str:
    """As much of the text as may be kept, in bytes as they are written."""
    while (size := len(msgspec.json.encode(text))) > _TEXT_BYTES:
        text = text[: min(len(text) - 1, len(text) * _TEXT_BYTES // size)]
    return text


def _utc(moment: datetime | None) -> datetime | None:
    """The moment in UTC; one without a zone is taken as UTC. None for one that no calendar holds."""
    if moment is None:
        return None
    try:
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (OverflowError, ValueError):
        return None
