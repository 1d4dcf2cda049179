"""The head of a trail as it is told outside: a few short lines that no mail breaks, signed. Pure.

lifebelt-head 1
trail desk
entries 123
head 0f3c…
at 2026-11-28T12:00:00Z
key 5d21…
signature 77aa…
          b1c0…
"""

import re
from datetime import UTC, datetime
from typing import Final, NamedTuple

from core.evidence.signatures import SigningKey, is_signed
from core.ledger.trail import Head

TRAIL: Final = "desk"
_GAP: Final = r"[\s>]+"  # also as a line, or quoted in an answer
_HEAD = re.compile(
    _GAP.join(
        (
            r"lifebelt-head",
            r"1",
            r"trail",
            r"([a-z]{1,20})",
            r"entries",
            r"([0-9]{1,15})",
            r"head",
            r"([0-9a-f]{64})",
            r"at",
            r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)",
            r"key",
            r"([0-9a-f]{64})",
            r"signature",
            r"([0-9a-f]{64})",
            r"([0-9a-f]{64})",
        )
    )
)


class SignedHead(NamedTuple):
    """Where a trail ended then, by the word of whoever has the key."""

    trail: str
    entries: int
    hash: str
    at: datetime
    key: str
    signature: str


def signed(head: Head, at: datetime, key: SigningKey) -> SignedHead:
    at = at.astimezone(UTC).replace(microsecond=0)
    unsigned = SignedHead(TRAIL, head.entries, head.hash, at, key.public, "")
    return unsigned._replace(signature=key.sign(_covered(unsigned)))


def written(head: SignedHead) -> str:
    """The lines as they are told, none longer than a mail takes as it is."""
    half = len(head.signature) // 2
    signature = f"signature {head.signature[:half]}\n          {head.signature[half:]}\n"
    return _covered(head).decode() + signature


def found_in(text: str) -> tuple[SignedHead, ...]:
    """Every head in a mail, a mailbox or a line."""
    return tuple(head for found in _HEAD.finditer(text) if (head := _read(found)) is not None)


def is_genuine(head: SignedHead, public: str) -> bool:
    return head.key == public and is_signed(_covered(head), head.signature, public)


def _covered(head: SignedHead) -> bytes:
    """The bytes that the signature is over."""
    lines = (
        "lifebelt-head 1",
        f"trail {head.trail}",
        f"entries {head.entries}",
        f"head {head.hash}",
        f"at {head.at:%Y-%m-%dT%H:%M:%SZ}",
        f"key {head.key}",
    )
    return "".join(f"{line}\n" for line in lines).encode()


def _read(found: re.Match[str]) -> SignedHead | None:
    trail, entries, hashed, at, key, first, second = found.groups()
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return SignedHead(trail, int(entries), hashed, moment, key, first + second)
