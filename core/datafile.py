"""Reading a TOML file of an operator's into Python, and saying clearly what is wrong with it, all of it.

Knows no setting and no table: it finds the lines on which keys stand, and what cannot be read at all.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

import msgspec

from core.errors import Fault, SettingsInvalid

__all__ = [
    "DataFile",
    "Fault",
    "convert",
    "dotted",
    "entries",
    "key_lines",
    "read",
    "refuse",
    "table",
    "wrong_codes",
]

T = TypeVar("T")
MAX_BYTES = 4_000_000
KeyPath = tuple[str | int, ...]
"""Where a value stands: table names, keys, and the place in an array of tables, from the outside in."""


class DataFile(NamedTuple):
    """A file as read: its name for faults, its values, and the line of each key."""

    name: str
    values: dict[str, Any]
    lines: Mapping[KeyPath, int]

    def line(self, *path: str | int) -> int | None:
        """The line on which `path` stands, or the nearest table around it."""
        for length in range(len(path), 0, -1):
            if (line := self.lines.get(path[:length])) is not None:
                return line
        return None

    def fault(self, path: KeyPath, reason: str, mend: str) -> Fault:
        return Fault(self.name, self.line(*path), dotted(path), reason, mend)


def dotted(path: KeyPath) -> str:
    """A key path as an operator writes it, arrays of tables numbered from one: `entry[3].name`."""
    text = ""
    for step in path:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def read(path: Path) -> DataFile:
    """Read a TOML file. Raises SettingsInvalid if it is missing, too large, or not TOML in UTF-8."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise _unreadable(
            path, None, f"cannot be read ({error.strerror}).", "Check its path and rights."
        ) from error
    if len(raw) > MAX_BYTES:
        raise _unreadable(path, None, "is larger than four megabytes.", "Check that it is the right file.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _unreadable(path, line, "is not UTF-8 here.", "Save the file as UTF-8.") from error
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(path, _line_of(error, text), f"is not TOML: {error}.", "Mend this line.") from error
    except RecursionError as error:
        raise _unreadable(path, None, "is nested too deeply.", "Write flat tables.") from error
    return DataFile(str(path), values, key_lines(text))


def convert(file: DataFile, path: KeyPath, value: object, wanted: type[T]) -> tuple[T | None, Fault | None]:
    """`value` as `wanted`, or what is wrong with it."""
    try:
        return msgspec.convert(value, wanted), None
    except msgspec.ValidationError as error:
        return None, file.fault((*path, *_inner(error)), _sentence(error), "Write a value of that kind.")


def entries(file: DataFile, table: str, wanted: type[T]) -> list[T]:
    """Each `[[table]]` as `wanted`. Raises SettingsInvalid with every fault found."""
    rows = file.values.get(table)
    if not isinstance(rows, list) or not rows:
        reason = f"has no [[{table}]]."
        raise SettingsInvalid((file.fault((table,), reason, "Restore the file that was shipped."),))
    results = [convert(file, (table, place), row, wanted) for place, row in enumerate(rows)]
    refuse(fault for _, fault in results if fault is not None)
    return [cast("T", row) for row, _ in results]


def table(file: DataFile, name: str, wanted: type[T]) -> T:
    """The value under `name` at the top. Raises SettingsInvalid if it is missing or of another kind."""
    value, fault = convert(file, (name,), file.values.get(name), wanted)
    refuse([fault] if fault else [])
    return cast("T", value)


def wrong_codes(
    file: DataFile, table: str, codes: Sequence[str], form: re.Pattern[str], says: str
) -> Iterator[Fault]:
    """What is wrong with the codes of `[[table]]`: none of this form, or there twice."""
    for number, code in enumerate(codes):
        at = (table, number, "code")
        if not form.fullmatch(code):
            yield file.fault(at, f"{code!r} is no code.", says)
        if code in codes[:number]:
            yield file.fault(at, f"{code} stands twice.", "Give each its own.")


def refuse(faults: Iterable[Fault]) -> None:
    """Raise SettingsInvalid if there is any fault."""
    if found := tuple(faults):
        raise SettingsInvalid(found)


def _unreadable(path: Path, line: int | None, reason: str, mend: str) -> SettingsInvalid:
    return SettingsInvalid((Fault(str(path), line, "", reason, mend),))


def _line_of(error: tomllib.TOMLDecodeError, text: str) -> int:
    found = re.search(r"at line (\d+)", str(error))
    return int(found[1]) if found else text.rstrip().count("\n") + 1


def _inner(error: msgspec.ValidationError) -> KeyPath:
    """The path within the value that msgspec names: `... - at `$.phone[0]``."""
    found = re.search(r"at `\$([^`]*)`$", str(error))
    steps = re.findall(r"\.([^.\[\]]+)|\[(\d+)\]", found[1]) if found else []
    return tuple(name or int(place) for name, place in steps)


def _sentence(error: msgspec.ValidationError) -> str:
    return str(error).split(" - at `")[0] + "."


_HEADER = re.compile(r"\s*(\[\[?)((?:\"[^\"]*\"|'[^']*'|[^\]\"'])+)\]")
_KEY = re.compile(
    r"\s*((?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'))*)\s*="
)
_STEP = re.compile(r"\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9_-]+)")
_SIGN = re.compile(r"\"\"\"|'''|\"(?:\\.|[^\"\\])*\"|'[^']*'|#.*|[\[\]{}]")


def key_lines(text: str) -> dict[KeyPath, int]:
    """The line of every table and key of a TOML text that parses; what stands inside a value has none."""
    lines: dict[KeyPath, int] = {}
    seen: dict[KeyPath, int] = {}
    table: KeyPath = ()
    inside = _Inside()
    for number, line in enumerate(text.split("\n"), 1):
        if inside.value:
            inside.follow(line)
        elif header := _HEADER.match(line):
            table = _resolve(_steps(header[2]), header[1] == "[[", seen)
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines[(*table, *_steps(key[1]))] = number
            inside.follow(line[key.end() :])
    return lines


def _steps(dotted_key: str) -> tuple[str, ...]:
    return tuple("".join(step) for step in _STEP.findall(dotted_key))


def _resolve(steps: tuple[str, ...], array: bool, seen: dict[KeyPath, int]) -> KeyPath:  # noqa: FBT001 - one of two kinds of header
    """The path of a header, with the running number of each array of tables it stands in."""
    path: KeyPath = ()
    for step in steps[:-1]:
        path = (*path, step)
        if path in seen:
            path = (*path, seen[path])
    path = (*path, steps[-1])
    if not array:
        return path
    seen[path] = seen.get(path, -1) + 1
    return (*path, seen[path])


class _Inside:
    """Whether a value goes on over the end of a line: an open bracket or a string of several lines."""

    def __init__(self) -> None:
        self.depth = 0
        self.quote = ""

    @property
    def value(self) -> bool:
        return bool(self.depth or self.quote)

    def follow(self, line: str) -> None:
        place = 0
        while True:
            if self.quote:
                end = line.find(self.quote, place)
                if end < 0:
                    return
                place, self.quote = end + len(self.quote), ""
            sign = _SIGN.search(line, place)
            if sign is None:
                return
            place = sign.end()
            self._take(sign[0])

    def _take(self, sign: str) -> None:
        if sign in {'"""', "'''"}:
            self.quote = sign
        elif sign in "[{":
            self.depth += 1
        elif sign in "]}":
            self.depth -= 1
