"""`lifebelt pack verify`: unlocks a pack and says in plain words what of it holds."""

import getpass
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from core.errors import InputRefused
from core.evidence.sealing import SecretKey, unlock_file, unlock_file_with
from core.evidence.signatures import is_public
from desk.pack.archive import LARGEST
from desk.pack.verifying import Found, Verdict, verify

_AGE: Final = b"age-encryption.org/"
_ROOM: Final = 1024 * 1024  # bytes that locking and the archive add
Prompt = Callable[[str], str]


def verified(
    file: Path, key: str, *, identity: Path | None, passphrase: Path | None, prompt: Prompt = getpass.getpass
) -> Verdict:
    """Raises InputRefused, CannotOpen and KeysMissing in words for whoever checks it."""
    if not is_public(key):
        raise InputRefused("the desk's public key is 64 hexadecimal digits; its console shows it")
    return verify(_unlocked(_content(file), identity, passphrase, prompt), key)


def lines(verdict: Verdict) -> Iterator[str]:
    """What is printed."""
    for found in verdict.found:
        yield _line(found)
    if verdict.manifest is not None:
        told = verdict.manifest
        made = f"{told.made_at:%Y-%m-%d %H:%M:%S} UTC"
        yield _printable(f"pack {told.pack} of case {told.case}, made {made} by the desk {told.desk}")
    if verdict.whole:
        yield "WHOLE: every file is the one that the desk signed, and none is missing or added."
    else:
        yield "NOT WHOLE: do not rely on this pack. What is wrong stands above in capitals."


def _line(found: Found) -> str:
    return f"{found.finding.value:<24}{_printable(found.what)}"


def _printable(name: str) -> str:
    """A file's name may be anything: nothing in it moves the cursor."""
    return "".join(sign if sign.isprintable() else "?" for sign in name)[:200]


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST + _ROOM)
    except OSError as wrong:
        raise InputRefused(f"{file} cannot be read: {wrong.strerror}") from wrong


def _unlocked(body: bytes, identity: Path | None, passphrase: Path | None, prompt: Prompt) -> bytes:
    if not body.startswith(_AGE):
        return body  # somebody unlocked it already
    if identity is not None:
        return unlock_file(body, [SecretKey.parse(line) for line in _identities(identity)])
    written = prompt("Passphrase: ") if passphrase is None else _content(passphrase).decode(errors="replace")
    return unlock_file_with(body, written.strip())


def _identities(file: Path) -> list[str]:
    text = _content(file).decode(errors="replace")
    return [line for line in text.splitlines() if line.startswith("AGE-SECRET-KEY-")]
