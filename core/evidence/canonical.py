"""One way to write a record as bytes, so that a digest taken anywhere is the same everywhere.

JSON in UTF-8, fields in the order of the type, maps by key, times in UTC. Text that no encoding can carry
(lone surrogates) is replaced, never a reason to lose a report.
"""

from typing import Any, TypeVar

import msgspec

from core.errors import CannotOpen, Unopened

T = TypeVar("T")


def encode(record: msgspec.Struct) -> bytes:
    """The canonical bytes of a record."""
    try:
        return msgspec.json.encode(record, order="deterministic")
    except UnicodeEncodeError:
        plain = msgspec.to_builtins(record, order="deterministic")
        return msgspec.json.encode(_encodable(plain), order="deterministic")


def decode(body: bytes, kind: type[T]) -> T:
    """The record again; raises CannotOpen for bytes that are none. Unknown fields are passed over."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (ValueError, RecursionError):  # msgspec's own errors, and bytes that are no UTF-8
        raise CannotOpen(
            "what was sealed cannot be read as what it says it is", why=Unopened.DAMAGED
        ) from None


def without_surrogates(text: str) -> str:
    """The text with each lone surrogate replaced by U+FFFD; pairs become the character they stand for."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return without_surrogates(value)
    if isinstance(value, dict):
        return {_encodable(key): _encodable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(inner) for inner in value]
    return value
