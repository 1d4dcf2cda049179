"""From what a platform, a page or a person supplied to a transcript that may be sealed.

Nothing here reads a network or a clock, and no byte of a picture is ever kept.
"""

from core.evidence.canonical import decode, encode
from core.evidence.model import Transcript


def canonical(transcript: Transcript) -> bytes:
    """The bytes of a transcript that are sealed and that its digest is taken of."""
    return encode(transcript)


def parse(body: bytes) -> Transcript:
    """A transcript from its canonical bytes; raises CannotOpen."""
    return decode(body, Transcript)
