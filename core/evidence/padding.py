"""Sizes that tell little: everything encrypted is first filled up to one of a few lengths."""

KIB = 1024
_DOUBLES_UP_TO = 32 * KIB


def bucket(length: int) -> int:
    """The length that `length` bytes are padded to: 1, 2, 4, 8, 16, 32 KiB, then each further 32 KiB."""
    if length > _DOUBLES_UP_TO:
        return -(-length // _DOUBLES_UP_TO) * _DOUBLES_UP_TO
    size = KIB
    while size < length:
        size *= 2
    return size


def pad(content: bytes) -> bytes:
    """`content` with zero bytes behind it, up to its bucket."""
    return content.ljust(bucket(len(content)), b"\0")
