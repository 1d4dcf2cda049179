"""From what a platform, a page or a person supplied to a transcript that may be sealed.

Nothing here reads a network or a clock, and no byte of a picture is ever kept.
"""

from core.dialogue.model import Evidence
from core.evidence.canonical import decode, encode
from core.evidence.model import Transcript


def canonical(transcript: Transcript) -> bytes:
    """The bytes of a transcript that are sealed and that its digest is taken of."""
    return encode(transcript)


def parse(body: bytes) -> Transcript:
    """A transcript from its canonical bytes; raises CannotOpen."""
    return decode(body, Transcript)


def summary(transcript: Transcript) -> Evidence:
    """What a screen may say of it: counts and who vouches, never content."""
    reported = sum(message.reported for message in transcript.messages)
    return Evidence(
        messages=len(transcript.messages),
        context=len(transcript.messages) - reported,
        truncated=bool(transcript.left_out_before or transcript.left_out_after or transcript.notes),
        source=transcript.source.value,
    )
