"""The files of a pack as one archive: the same bytes for the same files, wherever and whenever it is made."""

import io
import zipfile
from collections.abc import Mapping
from typing import Final

from core.errors import TooLarge
from core.evidence.sealing import digest
from desk.pack.model import FileRecord

MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
LARGEST: Final = 64 * 1024 * 1024
"""Bytes of all files together."""
_BEGIN: Final = (
    1980,
    1,
    1,
    0,
    0,
    0,
)  # the first that an archive can say; when it was made is in the manifest
_PLAIN_FILE: Final = 0o100600 << 16
_UNIX: Final = 3


def packed(files: Mapping[str, bytes]) -> bytes:
    """Stored as they are, in the order of their names. Raises TooLarge over LARGEST."""
    if sum(map(len, files.values())) > LARGEST:
        raise TooLarge(f"a pack holds at most {LARGEST} bytes")
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            archive.writestr(_entry(name), files[name])
    return into.getvalue()


def records(files: Mapping[str, bytes]) -> tuple[FileRecord, ...]:
    """What the manifest says of each file."""
    return tuple(
        FileRecord(name=name, size=len(files[name]), sha256=digest(files[name])) for name in sorted(files)
    )


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _BEGIN)
    entry.create_system = _UNIX
    entry.external_attr = _PLAIN_FILE
    return entry
