"""Holds heads that were told outside against the trail as it is: a tail that was cut shows here."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

import sqlalchemy as sa

from core.errors import InputRefused
from core.evidence.keys import KeyFolder
from core.evidence.signatures import is_public
from core.ledger import trail as chain
from desk.witness.statement import SignedHead, found_in, is_genuine

_LARGEST: Final = 64 * 1024 * 1024  # bytes; a year of mails in one file has some ten
_NAME: Final = 255


class Finding(StrEnum):
    HOLDS = "holds: the trail still has this line as it was"
    CUT = "CUT: the trail is shorter than it was then"
    REWRITTEN = "WRITTEN ANEW: this line of the trail is not the one it was"
    NOT_SIGNED = "NOT SIGNED by this key: it is no word of this desk, or the desk's key was exchanged"


class Checked(NamedTuple):
    """One head, and what became of it."""

    head: SignedHead
    finding: Finding

    @property
    def holds(self) -> bool:
        return self.finding is Finding.HOLDS

    def __str__(self) -> str:
        at = f"{self.head.at:%Y-%m-%d %H:%M:%S} UTC"
        return f"head told at {at}, {self.head.entries} entries: {self.finding.value}"


def given(told: str, key: str | None, keys: KeyFolder) -> tuple[tuple[SignedHead, ...], str]:
    """The heads in a file or in a line, and the key that they must be signed with. Raises InputRefused."""
    heads = found_in(_text(told))
    if not heads:
        raise InputRefused("there is no head of a trail in what was given with --head")
    signing = keys.signing() if key is None else None
    public = key or (signing.public if signing else "")
    if not is_public(public):
        raise InputRefused("give the desk's public key with --key: 64 hexadecimal digits")
    return heads, public


def checked(
    conn: sa.Connection, table: sa.Table, heads: Sequence[SignedHead], public: str
) -> tuple[Checked, ...]:
    """Each head in turn. Whether the chain itself is whole is asked of `core.ledger.trail.verify`."""
    return tuple(Checked(head, _finding(conn, table, head, public)) for head in heads)


def _finding(conn: sa.Connection, table: sa.Table, head: SignedHead, public: str) -> Finding:
    if not is_genuine(head, public):
        return Finding.NOT_SIGNED
    now = chain.hash_at(conn, table, head.entries)
    if now is None:
        return Finding.CUT
    return Finding.HOLDS if now == head.hash else Finding.REWRITTEN


def _text(told: str) -> str:
    """What the file holds that is named; else the words themselves."""
    if len(told) > _NAME or "\n" in told or not Path(told).is_file():
        return told
    with Path(told).open("rb") as file:
        return file.read(_LARGEST).decode(errors="replace")
