"""What a host page hands over and what a person pastes, as transcripts. Trusts no type; unknown fields go.

A wrong type is refused by the name of its field; what is merely missing is taken as missing.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from core.errors import InputRefused, TooLarge
from core.evidence.composing import Room, compose
from core.evidence.model import REPORTER, Attachment, Author, Message, Note, ReadFrom, Source, Transcript
from core.evidence.reporter import NOBODY, Reporter

MAX_PAYLOAD: Final = 1_000_000  # bytes of JSON
WEB: Final = "web"
_MILLISECONDS_FROM: Final = 100_000_000_000
"""A number this large is milliseconds since 1970, as JavaScript counts: in seconds it is the year 5138."""
_MOST_LEFT_OUT: Final = 10**9
_UNKNOWN: Final = "unknown"
_LONGEST_NUMBER: Final = 32  # digits


def from_site(payload: bytes | str | Mapping[str, Any], origin: str, now: datetime) -> Transcript:
    """The conversation a page handed over with `Lifebelt.report`, labelled `site` and with that origin.

    Raises TooLarge over MAX_PAYLOAD bytes and InputRefused, with `field` such as `messages[3].author`.
    """
    conversation = _conversation(payload)
    entries = _list(conversation.get("messages"), "messages")
    if not entries:
        raise InputRefused("there is no message in it", field="messages")
    raw = [_Entry(entry, f"messages[{place}]") for place, entry in enumerate(entries)]
    messages = [entry.message(place, now) for place, entry in enumerate(raw)]
    room = Room(
        source=Source.SITE,
        platform=WEB,
        channel=_text(conversation.get("channel"), "channel"),
        origin=origin,
    )
    transcript = compose(room, messages, _own_authors(raw))
    before, after = (_left_out(conversation, name) for name in ("leftOutBefore", "leftOutAfter"))
    return _with_left_out(transcript, before, after)


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


class _Entry:
    """One message as the page wrote it, read field by field."""

    def __init__(self, raw: Any, field: str) -> None:
        self._raw = _map(raw, field)
        self._field = field
        self.own = _flag(self._raw.get("own"), f"{field}.own")
        self.author = self._author()

    def message(self, place: int, now: datetime) -> Message:
        raw = self._raw
        return Message(
            id=_text(raw.get("id"), self._at("id")) or f"message {place + 1}",
            author=self._shown_author(),
            text=_text(raw.get("text"), self._at("text")),
            sent_at=_moment(raw.get("sentAt"), self._at("sentAt")),
            read_at=now,
            read_from=ReadFrom.PAGE,
            edited_at=_moment(raw.get("editedAt"), self._at("editedAt")),
            reply_to=_text(raw.get("replyTo"), self._at("replyTo")),
            attachments=self._attachments(),
            reported=_flag(raw.get("reported"), self._at("reported")),
        )

    def _at(self, name: str) -> str:
        return f"{self._field}.{name}"

    def _author(self) -> Author:
        """As the page says; a bare text is a name and stands for an id as well."""
        raw, field = self._raw.get("author"), self._at("author")
        if isinstance(raw, Mapping):
            name = _text(raw.get("name"), f"{field}.name")
            return Author(id=_text(raw.get("id"), f"{field}.id") or name, shown=name)
        name = _text(raw, field)
        return Author(id=name, shown=name)

    def _shown_author(self) -> Author:
        if self.own:
            return Author(id=REPORTER, shown=REPORTER)
        known = self.author.id or _UNKNOWN
        return Author(
            id=f'"{known}"' if known == REPORTER else known,
            shown=self.author.shown or known,
        )

    def _attachments(self) -> tuple[Attachment, ...]:
        listed = _list(self._raw.get("attachments"), self._at("attachments"))
        return tuple(
            _attachment(each, f"{self._at('attachments')}[{place}]") for place, each in enumerate(listed)
        )


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
    return _map(raw, "conversation")


def _attachment(raw: Any, field: str) -> Attachment:
    """What is known of a file; its bytes, under whatever name, are passed over."""
    known = _map(raw, field)
    return Attachment(
        name=_text(known.get("name"), f"{field}.name"),
        media_type=_text(known.get("type"), f"{field}.type"),
        size=_size(known.get("size"), f"{field}.size"),
        url=_text(known.get("url"), f"{field}.url"),
    )


def _with_left_out(transcript: Transcript, before: int, after: int) -> Transcript:
    if not before and not after:
        return transcript
    noted = dict.fromkeys((*transcript.notes, Note.MESSAGES_LEFT_OUT.value))
    return msgspec.structs.replace(
        transcript,
        left_out_before=transcript.left_out_before + before,
        left_out_after=transcript.left_out_after + after,
        notes=tuple(noted),
    )


def _left_out(conversation: Mapping[str, Any], field: str) -> int:
    """How many messages the page had besides, and did not hand over."""
    return min(_size(conversation.get(field), field) or 0, _MOST_LEFT_OUT)


def _map(raw: Any, field: str) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        raise InputRefused(f"{field} has to be an object", field=field)
    return raw


def _list(raw: Any, field: str) -> list[Any]:
    if raw is None:
        return []
    if not isinstance(raw, list):
        raise InputRefused(f"{field} has to be a list", field=field)
    return raw


def _text(raw: Any, field: str) -> str:
    """A text; a whole number is one too, since many sites count their ids."""
    if raw is None:
        return ""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) < 10**_LONGEST_NUMBER:
        return str(raw)
    raise InputRefused(f"{field} has to be a text", field=field)


def _flag(raw: Any, field: str) -> bool:
    if raw is None:
        return False
    if not isinstance(raw, bool):
        raise InputRefused(f"{field} has to be true or false", field=field)
    return raw


def _size(raw: Any, field: str) -> int | None:
    if raw is None:
        return None
    whole = isinstance(raw, int) or (isinstance(raw, float) and raw.is_integer())
    if isinstance(raw, bool) or not whole or raw < 0:
        raise InputRefused(f"{field} has to be a whole number", field=field)
    return int(raw)


def _moment(raw: Any, field: str) -> datetime | None:
    """A time as text (ISO 8601; without a zone it is UTC) or as a number since 1970; blank is none."""
    if raw is None or raw == "":
        return None
    try:
        return _read_moment(raw)
    except (ValueError, OverflowError, OSError, TypeError):
        raise InputRefused(f"{field} has to be a time such as 2026-01-31T21:04:05Z", field=field) from None


def _read_moment(raw: Any) -> datetime:
    if isinstance(raw, str):
        moment = datetime.fromisoformat(raw.strip())
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise TypeError
    seconds = raw / 1000 if abs(raw) >= _MILLISECONDS_FROM else raw
    return datetime.fromtimestamp(seconds, UTC)
