"""The key under which what the desk's people prove themselves with lies in the ledger. It lies elsewhere.

Whoever has only the ledger, or a backup of it, has no second factor of anybody.
"""

import base64
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from cryptography.fernet import Fernet, InvalidToken

from core.evidence.keys import TagKey

_PURPOSE = "staff"
_LONGEST = 4096  # characters; nobody makes us decrypt a megabyte of form
T = TypeVar("T")


class StaffKey:
    """Seals small values and makes tags, under keys derived from one of the desk's; it never shows itself."""

    def __init__(self, key: TagKey) -> None:
        self._key = key
        derived = bytes.fromhex(key.tag(_PURPOSE, "sealed"))
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))

    def seal(self, value: msgspec.Struct, now: datetime) -> str:
        """Encrypted and authenticated; its length tells the length of the value, and the time is in clear."""
        body = type(value).__name__.encode() + b"\n" + msgspec.json.encode(value)
        return self._fernet.encrypt_at_time(body, int(now.timestamp())).decode()

    def open(self, sealed: str, kind: type[T], now: datetime, lasts: timedelta | None = None) -> T | None:
        """What was sealed as this kind; None where it was not sealed here, as another, or too long ago."""
        ttl = None if lasts is None else int(lasts.total_seconds())
        token = sealed[:_LONGEST].encode(errors="replace")
        try:
            body = self._decrypted(token, ttl, now)
        except InvalidToken:
            return None
        name, _, value = body.partition(b"\n")
        return msgspec.json.decode(value, type=kind) if name == kind.__name__.encode() else None

    def tag(self, purpose: str, text: str) -> str:
        """A keyed hash, for what is too short to be safe under a plain one."""
        return self._key.tag(f"{_PURPOSE} {purpose}", text)

    def _decrypted(self, token: bytes, ttl: int | None, now: datetime) -> bytes:
        if ttl is None:
            return self._fernet.decrypt(token)
        return self._fernet.decrypt_at_time(token, ttl, int(now.timestamp()))

    def __repr__(self) -> str:
        return "<StaffKey hidden>"
