"""Random tokens, of which only the SHA-256 is ever stored, and the form token bound to one."""

import hashlib
import hmac
import secrets
from typing import NewType

Token = NewType("Token", str)
Digest = NewType("Digest", str)

_BYTES = 32
_LONGEST = 128  # characters; nobody makes us hash a megabyte of cookie
_FORM = b"lifebelt desk form"


def new_token() -> Token:
    return Token(secrets.token_urlsafe(_BYTES))


def digest(token: str) -> Digest:
    """SHA-256, hexadecimal. A token has 256 random bits, so no salt and no slow hash are needed."""
    return Digest(hashlib.sha256(token[:_LONGEST].encode("utf-8", "surrogatepass")).hexdigest())


def form_token(token: str) -> str:
    """What every form of a session carries: known only to who holds the session's token, which it hides."""
    return hmac.new(token.encode("utf-8", "surrogatepass"), _FORM, hashlib.sha256).hexdigest()


def is_form_token(candidate: str, token: str) -> bool:
    expected = form_token(token).encode("ascii")
    return hmac.compare_digest(candidate.encode("utf-8", "surrogatepass"), expected)
