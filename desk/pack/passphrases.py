"""Passphrases for packs: made here, shown once, kept nowhere."""

import re
import secrets
from typing import Final

_SIGNS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is taken for another when it is read out
_GROUPS: Final = 7
_LENGTH: Final = 4
_WRITTEN = re.compile(rf"[{_SIGNS}]{{{_LENGTH}}}(-[{_SIGNS}]{{{_LENGTH}}}){{{_GROUPS - 1}}}")


def new_passphrase() -> str:
    """138 bits, in seven groups of four."""
    groups = ("".join(secrets.choice(_SIGNS) for _ in range(_LENGTH)) for _ in range(_GROUPS))
    return "-".join(groups)


def is_passphrase(text: str) -> bool:
    """Whether it is one of ours: nobody locks a pack with a word that can be guessed."""
    return _WRITTEN.fullmatch(text) is not None
