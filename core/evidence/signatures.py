"""Signatures of the desk: Ed25519, so that what it wrote is known for its own without it, and by anybody.

Says nothing of what is signed, nor of who may sign.
"""

import re
from typing import NoReturn, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from core.errors import KeysMissing

_LINE = re.compile(r"^LIFEBELT-SIGNING-KEY-1([0-9a-f]{64})$", re.MULTILINE)
_PUBLIC = re.compile(r"[0-9a-f]{64}")


class SigningKey:
    """A private key to sign with. It never shows itself: only `reveal` gives its text."""

    __slots__ = ("_key",)

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the line of a key file; raises KeysMissing, never quoting what it was given."""
        found = _LINE.search(text)
        if found is None:
            raise KeysMissing("this is not a signing key")
        return cls(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(found[1])))

    @property
    def public(self) -> str:
        """64 hexadecimal digits: what anybody checks the signatures with. It is no secret."""
        return self._key.public_key().public_bytes_raw().hex()

    def sign(self, body: bytes) -> str:
        """128 hexadecimal digits; the same for the same bytes."""
        return self._key.sign(body).hex()

    def reveal(self) -> str:
        """The key itself, for the file it is kept in."""
        return f"LIFEBELT-SIGNING-KEY-1{self._key.private_bytes_raw().hex()}"

    def __repr__(self) -> str:
        return "<SigningKey hidden>"

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("a signing key is never pickled or copied")


def new_signing_key() -> SigningKey:
    """A new private key from the operating system's randomness."""
    return SigningKey(Ed25519PrivateKey.generate())


def is_public(text: str) -> bool:
    """Whether this is written as `public` is."""
    return _PUBLIC.fullmatch(text) is not None


def is_signed(body: bytes, signature: str, public: str) -> bool:
    """Whether whoever has the private half of `public` signed just these bytes."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), body)
    except (InvalidSignature, ValueError):
        return False
    return True
