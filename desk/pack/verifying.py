"""Checks a pack without a desk: no ledger, no network, nothing but the file and the desk's public key.

Says what is as it was signed, what was changed, what is missing, and what was added. Trusts nothing in it.
"""

import io
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from core.errors import InputRefused
from core.evidence.canonical import encode
from core.evidence.sealing import digest
from core.evidence.signatures import is_signed
from desk.pack.archive import LARGEST, MANIFEST, SIGNATURE
from desk.pack.model import Manifest, Signature, Transcripts

_MOST_FILES: Final = 200
TRANSCRIPT: Final = "transcript.json"


class Finding(StrEnum):
    SIGNED = "signed"
    AS_SIGNED = "as it was"
    AS_CAPTURED = "as captured"
    NOT_SIGNED = "NOT SIGNED by this key"
    OTHER_KEY = "SIGNED BY ANOTHER KEY"
    UNREADABLE = "CANNOT BE READ"
    CHANGED = "CHANGED"
    MISSING = "MISSING"
    ADDED = "ADDED"
    TWICE = "THERE TWICE"


GOOD: Final = frozenset({Finding.SIGNED, Finding.AS_SIGNED, Finding.AS_CAPTURED})


class Found(NamedTuple):
    """What is to be said of one thing in the pack."""

    finding: Finding
    what: str


class Verdict(NamedTuple):
    found: tuple[Found, ...]
    manifest: Manifest | None

    @property
    def whole(self) -> bool:
        """Everything in it is what the desk signed, and nothing is missing."""
        return all(each.finding in GOOD for each in self.found)


def verify(body: bytes, public: str) -> Verdict:
    """Hold an unlocked pack against the desk's public key. Raises InputRefused for what is no archive."""
    files, twice = _unpacked(body)
    manifest = _manifest(files.get(MANIFEST, b""))
    found = [Found(Finding.TWICE, name) for name in twice]
    found.append(Found(_signature(files, public), MANIFEST))
    if manifest is None:
        found.append(Found(Finding.UNREADABLE if MANIFEST in files else Finding.MISSING, MANIFEST))
        return Verdict(tuple(found), None)
    found += _files(files, manifest)
    found += _captured(files.get(TRANSCRIPT, b""))
    return Verdict(tuple(found), manifest)


def _files(files: Mapping[str, bytes], manifest: Manifest) -> Iterator[Found]:
    for listed in manifest.files:
        body = files.get(listed.name)
        if body is None:
            yield Found(Finding.MISSING, listed.name)
        else:
            same = (len(body), digest(body)) == (listed.size, listed.sha256)
            yield Found(Finding.AS_SIGNED if same else Finding.CHANGED, listed.name)
    known = {MANIFEST, SIGNATURE, *(listed.name for listed in manifest.files)}
    for name in sorted(files.keys() - known):
        yield Found(Finding.ADDED, name)


def _captured(body: bytes) -> Iterator[Found]:
    """Each conversation against the digest that was sealed when it was captured."""
    try:
        transcripts = msgspec.json.decode(body, type=Transcripts)
    except (ValueError, RecursionError):
        return  # missing or changed: that is said already
    for report in transcripts.reports:
        for each in report.transcripts:
            same = digest(encode(each.transcript)) == each.digest
            what = f"conversation {each.part} of report {report.report}"
            yield Found(Finding.AS_CAPTURED if same else Finding.CHANGED, what)


def _signature(files: Mapping[str, bytes], public: str) -> Finding:
    if SIGNATURE not in files:
        return Finding.NOT_SIGNED
    try:
        signature = msgspec.json.decode(files[SIGNATURE], type=Signature)
    except (ValueError, RecursionError):
        return Finding.NOT_SIGNED
    manifest = files.get(MANIFEST, b"")
    if is_signed(manifest, signature.signature, public):
        return Finding.SIGNED
    by_its_own = is_signed(manifest, signature.signature, signature.key)
    return Finding.OTHER_KEY if by_its_own else Finding.NOT_SIGNED


def _manifest(body: bytes) -> Manifest | None:
    try:
        return msgspec.json.decode(body, type=Manifest)
    except (ValueError, RecursionError):
        return None


def _unpacked(body: bytes) -> tuple[dict[str, bytes], list[str]]:
    """The files by name, and the names that are there more than once. Never more than LARGEST bytes."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            entries = archive.infolist()
            if len(entries) > _MOST_FILES or sum(each.file_size for each in entries) > LARGEST:
                raise InputRefused("this archive holds more than any pack")
            files = {each.filename: _read(archive, each) for each in entries}
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError) as wrong:
        raise InputRefused("this is not a pack, or it is damaged") from wrong
    counted = Counter(each.filename for each in entries)
    return files, sorted(name for name, count in counted.items() if count > 1)


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    if entry.compress_type != zipfile.ZIP_STORED:  # ours never are: nothing small becomes large here
        raise InputRefused("this archive is compressed, and a pack never is")
    with archive.open(entry) as file:
        return file.read(entry.file_size)
