"""The key that only an open screen carries, and what it encrypts: the draft of a report.

Whoever has the ledger but not the screen can neither read a draft nor tell to whom it belongs.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Callable
from typing import Final, NoReturn, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.errors import CannotOpen, InputRefused, Unopened
from core.evidence.padding import pad

KEY_BYTES: Final = 16
_VERSION: Final = b"\x01"
_NONCE_BYTES: Final = 12
_LENGTH_BYTES: Final = 4
_TEXT = re.compile(r"[A-Za-z0-9_-]{21}[AQgw]")  # the last symbol carries two bits only


class DraftKey:
    """128 random bits. Shows itself only where a screen has to carry it: `text`."""

    __slots__ = ("_cipher", "_raw")

    def __init__(self, raw: bytes) -> None:
        if len(raw) != KEY_BYTES:
            raise InputRefused("a draft key has 16 bytes", field="key")
        self._raw = bytes(raw)
        self._cipher: AESGCM | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `text` gave; raises InputRefused for anything else, never quoting it."""
        if not _TEXT.fullmatch(text):
            raise InputRefused("not the key of a draft", field="key")
        return cls(base64.urlsafe_b64decode(text + "=="))

    @property
    def text(self) -> str:
        """The key itself in 22 characters that need no quoting in an address or an attribute."""
        return base64.urlsafe_b64encode(self._raw).rstrip(b"=").decode()

    def derive(self, purpose: bytes, length: int) -> bytes:
        """`length` bytes that belong to this key and purpose; HKDF with SHA-256, one way."""
        return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose).derive(self._raw)

    @property
    def cipher(self) -> AESGCM:
        """What encrypts under this key, made when it is first needed."""
        if self._cipher is None:
            self._cipher = AESGCM(self.derive(b"lifebelt draft v1", 32))
        return self._cipher

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DraftKey) and secrets.compare_digest(other._raw, self._raw)

    def __hash__(self) -> int:
        return hash(draft_id(self))

    def __repr__(self) -> str:
        return "<DraftKey hidden>"

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("the key of a draft is never pickled or copied")


def new_draft_key(random: Callable[[int], bytes] = secrets.token_bytes) -> DraftKey:
    """A key that nobody has; `random` gives that many random bytes."""
    return DraftKey(random(KEY_BYTES))


def draft_id(key: DraftKey) -> str:
    """What a draft is stored under: SHA-256 of its key, hexadecimal."""
    return hashlib.sha256(key._raw).hexdigest()  # noqa: SLF001 - the id is a part of the key's own meaning


def lock(key: DraftKey, content: bytes) -> bytes:
    """Encrypt a draft, padded to a bucket; each call gives other bytes."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    padded = pad(len(content).to_bytes(_LENGTH_BYTES) + content)
    return _VERSION + nonce + key.cipher.encrypt(nonce, padded, _bound_to(key))


def unlock(key: DraftKey, locked: bytes) -> bytes:
    """What was locked; raises CannotOpen for another key, another draft or a changed byte."""
    if locked[:1] != _VERSION:
        raise CannotOpen("a draft of an unknown version", why=Unopened.UNKNOWN_VERSION)
    nonce, sealed = locked[1 : 1 + _NONCE_BYTES], locked[1 + _NONCE_BYTES :]
    try:
        padded = key.cipher.decrypt(nonce, sealed, _bound_to(key))
    except (InvalidTag, ValueError):
        raise CannotOpen("this key does not open this draft", why=Unopened.NO_KEY) from None
    length = int.from_bytes(padded[:_LENGTH_BYTES])
    return padded[_LENGTH_BYTES : _LENGTH_BYTES + length]


def _bound_to(key: DraftKey) -> bytes:
    return b"lifebelt draft v1 " + draft_id(key).encode()
