"""Unusual strings told through every road of a platform, and the search for them. For every platform."""

import base64
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

STEM = "kanarienvogel"


class Canaries:
    """One string for each road, so that a leak says by itself which road it came from."""

    def __init__(self) -> None:
        self.given: dict[str, str] = {}

    def __getitem__(self, road: str) -> str:
        return self.given.setdefault(road, f"{STEM}-{road.replace(' ', '-')}-x7")

    def found_in(self, content: bytes) -> set[str]:
        """The roads whose string can be read here: in any case, as UTF-16, hexadecimal or base64."""
        there = content.lower()
        return {road for road, text in self.given.items() if any(_reads(there, content, text))}

    def found_under(self, *folders: Path) -> dict[str, set[str]]:
        """File name to the roads whose string can be read in it or in its name."""
        files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
        found = {file.name: self.found_in(file.read_bytes() + file.name.encode()) for file in files}
        return {name: roads for name, roads in found.items() if roads}


def _reads(lower: bytes, content: bytes, text: str) -> Iterable[bool]:
    plain = text.encode()
    yield plain in lower
    yield text.encode("utf-16-le") in lower
    yield plain.hex().encode() in lower
    for shift in range(3):
        # Base64 of the middle of the string reads the same at one of three offsets.
        yield base64.b64encode(b"\0" * shift + plain)[4 : -(4 + shift)] in content


def backup(database: Path, to: Path) -> Path:
    """A copy as a backup tool makes it of a database in use."""
    with (
        closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(to)) as copy,
    ):
        source.backup(copy)
    return to
