"""Transcripts: their canonical bytes and digest, and every way to make one.

Nothing here reads a network or a clock, and no byte of a picture is ever kept.
"""

from core.dialogue.model import Evidence
from core.evidence.canonical import decode, encode
from core.evidence.composing import Room, Window, compose
from core.evidence.model import Note, Transcript
from core.evidence.reporter import NOBODY, Reporter
from core.evidence.sealing import digest
from core.evidence.site import from_pasted, from_site

__all__ = [
    "NOBODY",
    "Reporter",
    "Room",
    "Window",
    "canonical",
    "compose",
    "digest",
    "from_pasted",
    "from_site",
    "parse",
    "summary",
]

_CUT = (Note.MESSAGES_LEFT_OUT, Note.TEXT_SHORTENED, Note.ATTACHMENTS_LEFT_OUT)


def canonical(transcript: Transcript) -> bytes:
    """The bytes of a transcript that are sealed and that its digest is taken of."""
    return encode(transcript)


def parse(body: bytes) -> Transcript:
    """A transcript from its canonical bytes; raises CannotOpen."""
    return decode(body, Transcript)


def summary(transcript: Transcript) -> Evidence:
    """What a screen may say of it: how many were pressed on and how many lie around them, never content.

    Where nothing is marked and no account was pressed on, all that was handed over counts as pressed on.
    """
    total = len(transcript.messages)
    marked = sum(message.reported for message in transcript.messages)
    reported = marked or (0 if transcript.subject else total)
    return Evidence(
        messages=reported,
        context=total - reported,
        truncated=any(note in transcript.notes for note in _CUT),
        source=transcript.source.value,
        person=transcript.subject is not None,
    )
