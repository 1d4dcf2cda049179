"""What a host page hands over and what a person pastes, as transcripts. Trusts no type; unknown fields go.

Evidence is never refused for one field: what cannot be read is taken as missing, and noted.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import msgspec

from core.errors import InputRefused, TooLarge
from core.evidence.composing import Room, compose
from core.evidence.model import REPORTER, Attachment, Author, Message, Note, ReadFrom, Source, Transcript
from core.evidence.reporter import NOBODY, Reporter

_Value = TypeVar("_Value")
MAX_PAYLOAD: Final = 1_000_000  # bytes of JSON
WEB: Final = "web"
_MILLISECONDS_FROM: Final = 100_000_000_000
"""A number this large is milliseconds since 1970, as JavaScript counts: in seconds it is the year 5138."""
_MOST_LEFT_OUT: Final = 10**9
_UNKNOWN: Final = "unknown"
_LONGEST_NUMBER: Final = 32  # digits
_NO_WORDS: Final = frozenset({"", "0", "false", "no", "off", "null", "none", "undefined"})
"""Texts that do not mean yes; `static/page.js` of the web room has the same."""


def from_site(payload: bytes | str | Mapping[str, Any], origin: str, now: datetime) -> Transcript:
    """The conversation a page handed over with `Lifebelt.report`, labelled `site` and with that origin.

    A field that cannot be read is missing (`Note.UNREADABLE_FIELD`); a message that is no object is left out
    and counted. Raises TooLarge over MAX_PAYLOAD bytes, and InputRefused where no message is left.
    """
    conversation = _conversation(payload)
    entries = _entries(conversation)
    fields = _Fields(conversation)
    room = Room(source=Source.SITE, platform=WEB, channel=fields.text("channel"), origin=origin)
    messages = [entry.message(place, now) for place, entry in entries.items()]
    transcript = compose(room, messages, _own_authors(list(entries.values())))
    counted = _counted(transcript, list(entries), len(conversation["messages"]))
    before, after = fields.count("leftOutBefore"), fields.count("leftOutAfter")
    unread = fields.unread or any(entry.unread for entry in entries.values())
    return _noted(_with_left_out(counted, before, after), unread=unread)


def from_pasted(text: str, now: datetime, *, platform: str = WEB, reporter: Reporter = NOBODY) -> Transcript:
    """Words that a person pasted, labelled so: nobody vouches for them. Raises InputRefused if blank."""
    if not text.strip():
        raise InputRefused("there is nothing in it", field="text")
    message = Message(
        id="pasted",
        author=Author(id=_UNKNOWN, shown=_UNKNOWN),
        text=text,
        sent_at=None,
        read_at=now,
        read_from=ReadFrom.PASTE,
        reported=True,
    )
    return compose(Room(source=Source.PASTED, platform=platform), [message], reporter)


class _Fields:
    """One object as the page wrote it, read field by field; `unread` once a field was of no use."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self._raw = raw
        self.unread = False

    def text(self, name: str) -> str:
        """A text; a whole number is one too, since many sites count their ids."""
        raw = self._raw.get(name)
        if isinstance(raw, str):
            return raw
        if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) < 10**_LONGEST_NUMBER:
            return str(raw)
        return self._missing(raw, "")

    def flag(self, name: str) -> bool:
        """Whether it says yes: true, a number but zero, or a text that does not say no."""
        raw = self._raw.get(name)
        if isinstance(raw, str):
            return raw.strip().lower() not in _NO_WORDS
        return bool(raw) if isinstance(raw, int | float) else self._missing(raw, default=False)

    def size(self, name: str) -> int | None:
        raw = self._raw.get(name)
        whole = isinstance(raw, int) or (isinstance(raw, float) and raw.is_integer())
        if raw is None or isinstance(raw, bool) or not whole or raw < 0:
            return self._missing(raw, None)
        return int(raw)

    def count(self, name: str) -> int:
        """How much there was besides, and was not handed over."""
        return min(self.size(name) or 0, _MOST_LEFT_OUT)

    def moment(self, name: str) -> datetime | None:
        """A time as text (ISO 8601; without a zone it is UTC) or as a number since 1970; blank is none."""
        raw = self._raw.get(name)
        try:
            return None if raw is None or raw == "" else _read_moment(raw)
        except (ValueError, OverflowError, OSError, TypeError):
            return self._missing(raw, None)

    def list(self, name: str) -> Sequence[Any]:
        raw = self._raw.get(name)
        return raw if isinstance(raw, list) else self._missing(raw, ())

    def author(self) -> Author:
        """As the page says; a bare text is a name and stands for an id as well."""
        raw = self._raw.get("author")
        if not isinstance(raw, Mapping):
            name = self.text("author")
            return Author(id=name, shown=name)
        fields = _Fields(raw)
        name = fields.text("name")
        author = Author(id=fields.text("id") or name, shown=name)
        self.unread |= fields.unread
        return author

    def _missing(self, raw: Any, default: _Value) -> _Value:
        self.unread |= raw is not None
        return default


class _Entry:
    """One message as the page wrote it."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self._fields = _Fields(raw)
        self.own = self._fields.flag("own")
        self.author = self._fields.author()

    @property
    def unread(self) -> bool:
        """Whether something of it could not be read; known once the message was made."""
        return self._fields.unread

    def message(self, place: int, now: datetime) -> Message:
        fields = self._fields
        listed = fields.list("attachments")
        attachments = tuple(self._attachment(each) for each in listed if isinstance(each, Mapping))
        return Message(
            id=fields.text("id") or f"message {place + 1}",
            author=self._shown_author(),
            text=fields.text("text"),
            sent_at=fields.moment("sentAt"),
            read_at=now,
            read_from=ReadFrom.PAGE,
            edited_at=fields.moment("editedAt"),
            reply_to=fields.text("replyTo"),
            attachments=attachments,
            reported=fields.flag("reported"),
            left_out_characters=fields.count("leftOutCharacters"),
            left_out_attachments=fields.count("leftOutAttachments") + len(listed) - len(attachments),
        )

    def _shown_author(self) -> Author:
        if self.own:
            return Author(id=REPORTER, shown=REPORTER)
        known = self.author.id or _UNKNOWN
        return Author(
            id=f'"{known}"' if known == REPORTER else known,
            shown=self.author.shown or known,
        )

    def _attachment(self, raw: Mapping[str, Any]) -> Attachment:
        """What is known of a file; its bytes, under whatever name, are passed over."""
        fields = _Fields(raw)
        attachment = Attachment(
            name=fields.text("name"),
            media_type=fields.text("type"),
            size=fields.size("size"),
            url=fields.text("url"),
        )
        self._fields.unread |= fields.unread
        return attachment


def _entries(conversation: Mapping[str, Any]) -> dict[int, _Entry]:
    """The messages that are objects, by their place in the list. Raises InputRefused if there is none."""
    listed = conversation.get("messages")
    if not isinstance(listed, list):
        raise InputRefused("messages has to be a list", field="messages")
    entries = {place: _Entry(raw) for place, raw in enumerate(listed) if isinstance(raw, Mapping)}
    if not entries:
        raise InputRefused("there is no message in it", field="messages")
    return entries


def _own_authors(entries: list[_Entry]) -> Reporter:
    """Who reads this page, as far as it says which messages are theirs."""
    own = [entry.author for entry in entries if entry.own]
    return Reporter(
        ids=tuple(dict.fromkeys(author.id for author in own if author.id)),
        names=tuple(dict.fromkeys(author.shown for author in own if author.shown)),
    )


def _conversation(payload: bytes | str | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(payload, Mapping):
        return payload
    if len(payload) > MAX_PAYLOAD:
        raise TooLarge(f"a conversation has at most {MAX_PAYLOAD} bytes")
    try:
        raw = json.loads(payload)
    except (ValueError, RecursionError):
        raise InputRefused("this is not JSON in UTF-8") from None
    if not isinstance(raw, Mapping):
        raise InputRefused("conversation has to be an object", field="conversation")
    return raw


def _counted(transcript: Transcript, places: Sequence[int], total: int) -> Transcript:
    """With what is left out counted among all `total` entries, of which those at `places` were messages."""
    if len(places) == total:
        return transcript
    kept = len(transcript.messages)
    first = transcript.left_out_before
    last = first + kept + transcript.left_out_between - 1
    return _adding(
        transcript,
        Note.MESSAGES_LEFT_OUT,
        left_out_before=places[first],
        left_out_after=total - places[last] - 1,
        left_out_between=places[last] - places[first] + 1 - kept,
    )


def _with_left_out(transcript: Transcript, before: int, after: int) -> Transcript:
    if not before and not after:
        return transcript
    return _adding(
        transcript,
        Note.MESSAGES_LEFT_OUT,
        left_out_before=transcript.left_out_before + before,
        left_out_after=transcript.left_out_after + after,
    )


def _noted(transcript: Transcript, *, unread: bool) -> Transcript:
    """With a note of what the page itself shortened, and of what could not be read."""
    if any(message.left_out_characters for message in transcript.messages):
        transcript = _adding(transcript, Note.TEXT_SHORTENED)
    return _adding(transcript, Note.UNREADABLE_FIELD) if unread else transcript


def _adding(transcript: Transcript, note: Note, **changed: int) -> Transcript:
    notes = tuple(each.value for each in Note if each == note or each.value in transcript.notes)
    return msgspec.structs.replace(transcript, notes=notes, **changed)


def _read_moment(raw: Any) -> datetime:
    if isinstance(raw, str):
        moment = datetime.fromisoformat(raw.strip())
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise TypeError
    seconds = raw / 1000 if abs(raw) >= _MILLISECONDS_FROM else raw
    return datetime.fromtimestamp(seconds, UTC)
