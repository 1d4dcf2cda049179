"""A transcript as it is sealed: who said what, when, as shown, and when and from what it was read.

There is no place for the bytes of a picture. The reporter, and every mention of them, is `reporter`.
"""

from enum import StrEnum

import msgspec

from core.times import Aware

REPORTER = "reporter"
CONTEXT_BEFORE = 10
CONTEXT_AFTER = 10


class Source(StrEnum):
    """Who vouches for a transcript."""

    PLATFORM = "platform"
    SITE = "site"  # a host page supplied it
    PASTED = "pasted"


class ReadFrom(StrEnum):
    """What a message was read from; only the first is what the person pressed on."""

    PRESS = "press"
    HISTORY = "history"
    PAGE = "page"
    PASTE = "paste"


class Note(StrEnum):
    """What taking over changed, for whoever reads the evidence; writing `reporter` is not noted."""

    DATA_URI_REMOVED = "data_uri_removed"
    TEXT_SHORTENED = "text_shortened"
    ATTACHMENTS_LEFT_OUT = "attachments_left_out"
    MESSAGES_LEFT_OUT = "messages_left_out"
    ENCODING_REPAIRED = "encoding_repaired"  # lone surrogates became U+FFFD
    NAME_QUOTED = "name_quoted"  # somebody else called themselves `reporter`
    UNREADABLE_FIELD = "unreadable_field"  # of no use as it came, and taken as missing
    TEXTS_WITHHELD = (
        "texts_withheld"  # the platform shows this app that there are messages, and not their words
    )


class Author(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: str
    """The platform's id, or `reporter`."""
    shown: str
    """The name as shown then, or `reporter`."""
    is_staff: bool = False
    """The platform shows this account to run or moderate the community."""


class Attachment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of a file without ever asking for its bytes."""

    name: str
    media_type: str = ""
    size: int | None = None  # bytes
    platform_id: str = ""
    url: str = ""
    """Where the platform keeps it: sealed, shown broken, never opened."""
    hash: str = ""
    """Only where the platform supplies it, as `algorithm:value`."""


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: str
    author: Author
    text: str
    sent_at: Aware | None
    read_at: Aware
    read_from: ReadFrom
    edited_at: Aware | None = None
    reply_to: str = ""
    attachments: tuple[Attachment, ...] = ()
    reported: bool = False
    """The message that was pressed on."""
    left_out_characters: int = 0
    """How much of a text too long to keep was cut off at its end."""
    left_out_attachments: int = 0


class Transcript(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Messages in the order they were said, labelled with who vouches for them."""

    source: Source
    platform: str
    channel: str = ""
    """The platform's id of the room, and its name as shown, as far as they are known."""
    origin: str = ""
    """For `site`: the exact origin of the page that supplied it."""
    messages: tuple[Message, ...]
    subject: Author | None = None
    """The account that was pressed on, where it was an account and no message."""
    left_out_before: int = 0
    left_out_after: int = 0
    left_out_between: int = 0
    """Between kept messages, where several far apart were reported."""
    notes: tuple[str, ...] = ()
    """What was changed while taking it over: codes of `Note`, each once."""
