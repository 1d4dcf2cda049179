"""Sealing: one versioned function that encrypts a part to public keys, and its opposite.

The only module that knows the age library. It decides nothing about who may open what.

A sealed part is an age file. Its plaintext is one line of text (`lifebelt-part VERSION LENGTH`), then
LENGTH bytes of gzip, then zero bytes up to a bucket. The gzip holds the header as one line of JSON, then
the body. So standard tools read it on any machine that has the key, without Lifebelt:

    age -d -i desk.key part.age | tail -n +2 | gzip -dc
"""

import hashlib
import re
import zlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NewType, NoReturn, Self

import msgspec
import pyrage

from core.errors import CannotOpen, KeysMissing, TooLarge, Unopened
from core.evidence.padding import KIB, pad
from core.evidence.parts import PartHeader, PartKind
from core.ids import CommunityId, PartId

Recipient = NewType("Recipient", str)
"""A public age key, `age1…`."""

VERSION: Final = 1
MAX_BODY: Final = 1024 * KIB
"""Bytes of one body before compression; wider than any part that this product makes."""
_MAX_HEADER: Final = 4 * KIB
_MAX_SEALED: Final = 2 * 1024 * KIB
_GZIP: Final = 31  # zlib's window size that means: a gzip member, so that gzip can read it
_FIRST_LINE = re.compile(rb"lifebelt-part ([0-9]{1,4}) ([0-9]{10})\n")
_FIRST_LINE_LENGTH: Final = 64


class SecretKey:
    """A private age key. It never shows itself: only `reveal` gives its text."""

    __slots__ = ("_identity",)

    def __init__(self, identity: pyrage.x25519.Identity) -> None:
        self._identity = identity

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `AGE-SECRET-KEY-1…`; raises KeysMissing, never quoting what it was given."""
        try:
            return cls(pyrage.x25519.Identity.from_str(text.strip()))
        except (pyrage.IdentityError, UnicodeError):
            raise KeysMissing("this is not an age secret key") from None

    @property
    def public(self) -> Recipient:
        return Recipient(str(self._identity.to_public()))

    def reveal(self) -> str:
        """The key itself, for the file it is kept in."""
        return str(self._identity)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretKey) and other.public == self.public

    def __hash__(self) -> int:
        return hash(self.public)

    def __repr__(self) -> str:
        return "<SecretKey hidden>"

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("a secret key is never pickled or copied")


def new_key() -> SecretKey:
    """A new private key from the operating system's randomness."""
    return SecretKey(pyrage.x25519.Identity.generate())


def recipient(text: str) -> Recipient:
    """Check that `text` is a public age key; raises KeysMissing."""
    _vendor_recipient(text.strip())
    return Recipient(text.strip())


def digest(body: bytes) -> str:
    """SHA-256, hexadecimal: what a manifest holds of a body."""
    return hashlib.sha256(body).hexdigest()


def seal(body: bytes, header: PartHeader, recipients: Sequence[Recipient]) -> bytes:
    """Encrypt `body` under `header` (its digest is filled in) to every recipient; any one of them opens it.

    The length of what comes out tells the bucket and the number of recipients, nothing else.
    Raises KeysMissing without a recipient, TooLarge over MAX_BODY.
    """
    if len(body) > MAX_BODY:
        raise TooLarge(f"a part holds at most {MAX_BODY} bytes")
    if not recipients:
        raise KeysMissing("nobody to seal to")
    vendors = [_vendor_recipient(each) for each in dict.fromkeys(recipients)]
    sealed: bytes = pyrage.encrypt(_framed(body, header), vendors)
    return sealed


def open_part(sealed: bytes, keys: Iterable[SecretKey]) -> tuple[PartHeader, bytes]:
    """Decrypt and check; raises CannotOpen, which says why, and then nothing of the content is let out."""
    if len(sealed) > _MAX_SEALED:
        raise CannotOpen("larger than any sealed part")
    return _unframed(_decrypted(sealed, keys))


def check_header(
    header: PartHeader, *, draft: str, part: PartId, kind: PartKind, community: CommunityId
) -> None:
    """Raise CannotOpen unless this part belongs just where it was found."""
    if (header.draft, header.part, header.kind, header.community) != (draft, part, kind, community):
        raise CannotOpen("the part belongs to another report or place", why=Unopened.OTHER_REPORT)


def lock_file(body: bytes, to: Recipient) -> bytes:
    """A plain age file to one recipient, for somebody outside; raises KeysMissing if it is none."""
    locked: bytes = pyrage.encrypt(body, [_vendor_recipient(to)])
    return locked


def lock_file_with(body: bytes, passphrase: str) -> bytes:
    """A plain age file that a passphrase opens. Takes about a second: that is what makes guessing slow."""
    locked: bytes = pyrage.passphrase.encrypt(body, passphrase)
    return locked


def unlock_file(locked: bytes, keys: Iterable[SecretKey]) -> bytes:
    """What `lock_file` locked; raises CannotOpen."""
    return _decrypted(locked, keys)


def unlock_file_with(locked: bytes, passphrase: str) -> bytes:
    """What `lock_file_with` locked; raises CannotOpen."""
    try:
        plain: bytes = pyrage.passphrase.decrypt(locked, passphrase)
    except pyrage.DecryptError as error:
        raise CannotOpen("not opened by this passphrase", why=_reason(str(error))) from None
    return plain


@lru_cache(maxsize=256)
def _vendor_recipient(text: str) -> pyrage.x25519.Recipient:
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except (pyrage.RecipientError, UnicodeError):
        raise KeysMissing("this is not an age public key") from None


def _framed(body: bytes, header: PartHeader) -> bytes:
    head = msgspec.json.encode(msgspec.structs.replace(header, digest=digest(body)))
    packed = _packed(head + b"\n" + body)
    return pad(b"lifebelt-part %d %010d\n" % (VERSION, len(packed)) + packed)


def _packed(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=_GZIP)
    return packer.compress(content) + packer.flush()


def _decrypted(sealed: bytes, keys: Iterable[SecretKey]) -> bytes:
    try:
        plain: bytes = pyrage.decrypt(sealed, [key._identity for key in keys])  # noqa: SLF001 - the vendor's half of our own class
    except pyrage.DecryptError as error:
        raise CannotOpen("not opened by these keys", why=_reason(str(error))) from None
    return plain


def _reason(words: str) -> Unopened:
    if words.startswith("No matching keys"):
        return Unopened.NO_KEY
    if words.startswith("Unknown age format"):
        return Unopened.UNKNOWN_VERSION
    return Unopened.DAMAGED


def _unframed(plain: bytes) -> tuple[PartHeader, bytes]:
    line = _FIRST_LINE.match(plain[:_FIRST_LINE_LENGTH])
    if line is None:
        raise CannotOpen("not a part of a report")
    if int(line[1]) != VERSION:
        raise CannotOpen(f"sealed in version {int(line[1])}, unknown here", why=Unopened.UNKNOWN_VERSION)
    end = line.end() + int(line[2])
    if end > len(plain) or plain[end:].strip(b"\0"):
        raise CannotOpen("cut off, or followed by what does not belong to it")
    return _header_and_body(_unpacked(plain[line.end() : end]))


def _unpacked(packed: bytes) -> bytes:
    """Inflate at most what a part may hold: a small bomb never becomes a large memory."""
    unpacker = zlib.decompressobj(wbits=_GZIP)
    try:
        content = unpacker.decompress(packed, MAX_BODY + _MAX_HEADER)
    except zlib.error:
        raise CannotOpen("its compression is damaged") from None
    if not unpacker.eof or unpacker.unused_data:
        raise CannotOpen("it unpacks to more than a part may hold, or is not one whole")
    return content


def _header_and_body(content: bytes) -> tuple[PartHeader, bytes]:
    head, found, body = content.partition(b"\n")
    if not found:
        raise CannotOpen("it has no header")
    header = _header(head)
    if header.digest != digest(body):
        raise CannotOpen("its body is not the one its header was written for")
    return header, body


def _header(head: bytes) -> PartHeader:
    try:
        header = msgspec.json.decode(head, type=PartHeader)
    except (ValueError, RecursionError):  # msgspec's own errors, and bytes that are no UTF-8
        raise CannotOpen("its header cannot be read") from None
    if header.v != VERSION:
        raise CannotOpen(f"its header has version {header.v}, unknown here", why=Unopened.UNKNOWN_VERSION)
    return header
