"""Passwords: what may be one, and argon2id at a cost a desk can bear. Never logs or returns one.

Hashing runs in a thread, two at a time, so that a flood of sign-ins takes neither the loop nor the memory.
"""

import asyncio
import unicodedata

import argon2
from argon2.exceptions import Argon2Error, InvalidHashError

from core.errors import InputRefused

SHORTEST = 15  # characters: what stands alone, without a second factor
LONGEST = 256
_DISTINCT = 6  # "aaaaaaaaaaaaaaa" is no password
_AT_ONCE = 2


def check(password: str, name: str) -> None:
    """Raise InputRefused, with a stable reason, where this cannot be the password of `name`."""
    if len(password) < SHORTEST:
        raise InputRefused("password-short", field="password")
    if len(password) > LONGEST:
        raise InputRefused("password-long", field="password")
    if len(set(password.casefold())) < _DISTINCT or name.casefold() in password.casefold():
        raise InputRefused("password-easy", field="password")


class Passwords:
    """Hashes and compares; about 0.15 s of one core and 64 MB each (RFC 9106, second choice)."""

    def __init__(self, hasher: argon2.PasswordHasher | None = None) -> None:
        self._hasher = hasher or argon2.PasswordHasher()
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._nobody = ""

    async def hash(self, password: str) -> str:
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, _encoded(password))

    async def matches(self, encoded: str | None, password: str) -> bool:
        """Whether it is the password. `None`, for a name nobody has, costs the same time and is false."""
        known = encoded is not None
        against = encoded or await self._decoy()
        async with self._turn:
            return await asyncio.to_thread(self._verify, against, _encoded(password)) and known

    def outdated(self, encoded: str) -> bool:
        """Whether it was made at another cost than today's, and should be made again."""
        return self._hasher.check_needs_rehash(encoded)

    async def _decoy(self) -> str:
        if not self._nobody:
            self._nobody = await self.hash("a password that nobody has")
        return self._nobody

    def _verify(self, encoded: str, password: bytes) -> bool:
        try:
            return self._hasher.verify(encoded, password)
        except (Argon2Error, InvalidHashError):
            return False


def _encoded(password: str) -> bytes:
    """One spelling for what every keyboard types as the same characters."""
    typed = unicodedata.normalize("NFKC", password[: LONGEST + 1])
    return typed.encode("utf-8", "surrogatepass")
