"""The folder of private keys: one file a key, mode 0600, in a folder of mode 0700.

Whatever could be read by others is refused, with the mend. Desk, recovery and road keys are age key files
that the standard age tool reads with `-i`. Only the desk reads the desk's keys.
"""

import base64
import fcntl
import hashlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, NoReturn

from core.clock import Clock
from core.errors import KeysMissing, KeysUnsafe
from core.evidence.sealing import Recipient, SecretKey, new_key
from core.evidence.signatures import SigningKey, new_signing_key

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_TAG_BYTES: Final = 32
_WEBHOOK_BYTES: Final = (24, 64)
_LARGEST_FILE: Final = 64 * 1024
_RETIRED = re.compile(r"desk-retired-([0-9]{4})\.key")
_SECRET_LINE = re.compile(r"^AGE-SECRET-KEY-1[0-9A-Z]+$", re.MULTILINE)


class KeyName(StrEnum):
    """Every key there may be, and the file it lies in."""

    DESK = "desk.key"
    RECOVERY = "recovery.key"
    REFERENCE = "desk-reference.key"
    LINKING = "desk-linking.key"
    SIGNING = "desk-signing.key"
    ROAD = "road.key"
    ROAD_TAG = "road-tag.key"
    ROAD_WEBHOOK = "road-webhook.key"


class TagKey:
    """A key for tags: the same text gives the same tag, and without the key nobody can tell which text."""

    __slots__ = ("_raw",)

    def __init__(self, raw: bytes) -> None:
        if len(raw) != _TAG_BYTES:
            raise KeysMissing("a tag key has 32 bytes")
        self._raw = bytes(raw)

    def tag(self, purpose: str, text: str) -> str:
        """HMAC-SHA256 in 64 hexadecimal digits; tags of different purposes have nothing in common."""
        named = len(purpose.encode()).to_bytes(4) + purpose.encode()
        return hmac.new(self._raw, named + text.encode(errors="replace"), hashlib.sha256).hexdigest()

    def reveal(self) -> bytes:
        """The key itself, for the file it is kept in."""
        return self._raw

    def __repr__(self) -> str:
        return "<TagKey hidden>"

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("a tag key is never pickled or copied")


@dataclass(frozen=True, kw_only=True, slots=True)
class DeskKeys:
    """What the desk process alone holds."""

    current: SecretKey
    retired: tuple[SecretKey, ...] = ()
    """Newest first; they open what was sealed before a rotation."""
    reference: TagKey
    linking: TagKey
    recovery: tuple[Recipient, ...] = ()
    """The public halves of what may open everything here if all else is lost; kept elsewhere."""
    signing: SigningKey | None = None
    """What the desk signs with; None where none was made yet: everything else goes on without it."""

    @property
    def sealing(self) -> tuple[Recipient, ...]:
        """All that the desk seals what it writes itself to."""
        return (self.current.public, *self.recovery)

    @property
    def signer(self) -> SigningKey:
        """What the desk signs with; raises KeysMissing, with the mend."""
        if self.signing is None:
            raise KeysMissing(f"{KeyName.SIGNING} is missing: make it with `lifebelt keys new`")
        return self.signing

    @property
    def opening(self) -> tuple[SecretKey, ...]:
        """All that may open a part, the likeliest first."""
        return (self.current, *self.retired)


@dataclass(frozen=True, kw_only=True, slots=True)
class RoadKeys:
    """What a road holds: the key to identities, the key of its tags, and the secret it signs with."""

    identity: SecretKey
    tag: TagKey
    webhook_secret: str = field(repr=False)
    """`whsec_…`; the desk has it too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """One key as `lifebelt keys show` may print it: never the key itself."""

    file: Path
    what: str
    public: str
    """The public key, or for a shared secret the first 16 digits of its SHA-256."""
    since: str = ""
    """When it was made, as the file says."""


class KeyFolder:
    """Keys in one folder. Reading checks modes first; creating is atomic, and two processes make one key."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self._clock = clock

    def desk(self, *, create: bool) -> DeskKeys:
        """The desk's keys. Raises KeysMissing where one is missing and `create` is false, KeysUnsafe."""
        return DeskKeys(
            current=self._age(KeyName.DESK, "the desk's key", create=create),
            retired=self._retired(),
            reference=self._tag(KeyName.REFERENCE, create=create),
            linking=self._tag(KeyName.LINKING, create=create),
            signing=self.signing(create=create),
        )

    def road(self, *, create: bool) -> RoadKeys:
        """The road's keys; raises like `desk`."""
        return RoadKeys(
            identity=self._age(KeyName.ROAD, "the road's key to identities", create=create),
            tag=self._tag(KeyName.ROAD_TAG, create=create),
            webhook_secret=self._webhook(create=create),
        )

    def signing(self, *, create: bool = False) -> SigningKey | None:
        """What the desk signs with. None where it is missing: a desk of before there was one goes on."""
        if not create and self._read(KeyName.SIGNING) is None:
            return None
        text = self._load(
            KeyName.SIGNING, lambda: _signing_file(new_signing_key(), self._clock.now()), create=create
        )
        return SigningKey.parse(text)

    def practice_recovery(self) -> Recipient:
        """The public half of a recovery key that lies in this folder, saying so: for practice only."""
        note = "PRACTICE: the recovery key lies on the host itself. A live desk keeps it elsewhere, offline."
        return self._age(KeyName.RECOVERY, note, create=True).public

    @property
    def holds_recovery(self) -> bool:
        """Whether a recovery key lies here: right in practice, a fault of any live desk."""
        return (self.path / KeyName.RECOVERY).exists()

    def rotate_desk(self) -> DeskKeys:
        """A new desk key; the old one is kept as retired, so that what it sealed still opens.

        Stopped at any step, no key is lost: at worst the current one is listed as retired as well.
        """
        with self._locked():
            old = self._read(KeyName.DESK)
            if old is None:
                raise KeysMissing(f"no desk key to rotate in {self.path}")
            self._write(f"desk-retired-{self._next_retired():04d}.key", old)
            self._write(KeyName.DESK, key_file(new_key(), "the desk's key", self._clock.now()))
        return self.desk(create=False)

    def listing(self) -> tuple[Listed, ...]:
        """Every key that lies here, without the keys."""
        names = [*(name.value for name in KeyName), *self._retired_names()]
        found = ((name, self._read(name)) for name in names)
        return tuple(_listed(self.path / name, text) for name, text in found if text is not None)

    def _age(self, name: KeyName, note: str, *, create: bool) -> SecretKey:
        text = self._load(name, lambda: key_file(new_key(), note, self._clock.now()), create=create)
        return _secret_of(text, self.path / name)

    def _tag(self, name: KeyName, *, create: bool) -> TagKey:
        text = self._load(name, lambda: _encoded(secrets.token_bytes(_TAG_BYTES)), create=create)
        return TagKey(_decoded(text, self.path / name))

    def _webhook(self, *, create: bool) -> str:
        text = self._load(KeyName.ROAD_WEBHOOK, new_webhook_secret, create=create)
        return check_webhook_secret(text)

    def _retired(self) -> tuple[SecretKey, ...]:
        texts = ((self.path / name, self._read(name)) for name in self._retired_names())
        return tuple(dict.fromkeys(_secret_of(text, file) for file, text in texts if text is not None))

    def _retired_names(self) -> list[str]:
        if not self.path.is_dir():
            return []
        return sorted(
            (file.name for file in self.path.iterdir() if _RETIRED.fullmatch(file.name)), reverse=True
        )

    def _next_retired(self) -> int:
        numbers = [int(name[len("desk-retired-") :][:4]) for name in self._retired_names()]
        return max(numbers, default=0) + 1

    def _load(self, name: KeyName, make: Callable[[], str], *, create: bool) -> str:
        text = self._read(name)
        if text is not None:
            return text
        if not create:
            raise KeysMissing(
                f"{self.path / name} is missing: put it back, or make one with `lifebelt keys new`"
            )
        with self._locked():
            text = self._read(name)
            if text is None:
                text = make()
                self._write(name, text)
        return text

    def _read(self, name: str) -> str | None:
        if not self._folder_is_safe():
            return None
        try:
            file = (self.path / name).open("rb")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise KeysMissing(f"{self.path / name} cannot be read: {error.strerror}") from error
        with file:
            _refuse_wide(os.fstat(file.fileno()), self.path / name, "chmod 600")
            return file.read(_LARGEST_FILE).decode(errors="replace")

    def _folder_is_safe(self) -> bool:
        try:
            found = self.path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        _refuse_wide(found, self.path, "chmod 700")
        return True

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One process at a time makes keys here; the lock falls with the process."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder_is_safe()
            lock = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise KeysMissing(f"no key can be made in {self.path}: {error.strerror}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _write(self, name: str, text: str) -> None:
        """Whole or not at all, and on the disk before anything is sealed to it."""
        unfinished = self.path / f".{name}.new"
        unfinished.unlink(missing_ok=True)
        try:
            _write_through(unfinished, text.encode())
            unfinished.replace(self.path / name)
            _sync_folder(self.path)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise KeysMissing(f"{self.path / name} cannot be written: {error.strerror}") from error


def new_recovery() -> SecretKey:
    """A recovery key for a live desk: shown once, as `key_file` writes it, and never stored on this host."""
    return new_key()


def key_file(key: SecretKey, note: str, made: datetime) -> str:
    """The text of a key file as the age tool reads it with `-i`: three lines of comment, and the key."""
    return _file(note, made, key.public, key.reveal())


def _signing_file(key: SigningKey, made: datetime) -> str:
    return _file("what the desk signs with (Ed25519)", made, key.public, key.reveal())


def _file(note: str, made: datetime, public: str, secret: str) -> str:
    when = made.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return f"# {note}\n# created: {when}\n# public key: {public}\n{secret}\n"


def new_webhook_secret() -> str:
    """`whsec_` and 32 random bytes in base64, as Standard Webhooks has it."""
    return f"whsec_{_encoded(secrets.token_bytes(32))}"


def check_webhook_secret(text: str) -> str:
    """The secret without blanks around it; raises KeysMissing unless it is `whsec_` and 24 to 64 bytes."""
    secret = text.strip()
    least, most = _WEBHOOK_BYTES
    if not secret.startswith("whsec_"):
        raise KeysMissing("a webhook secret begins with whsec_")
    if not least <= len(_base64(secret.removeprefix("whsec_"))) <= most:
        raise KeysMissing(f"a webhook secret is whsec_ and {least} to {most} bytes in base64")
    return secret


def _encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def _decoded(text: str, file: Path) -> bytes:
    raw = _base64(text.strip())
    if len(raw) != _TAG_BYTES:
        raise KeysMissing(f"{file} does not hold 32 bytes in base64")
    return raw


def _secret_of(text: str, file: Path) -> SecretKey:
    line = _SECRET_LINE.search(text)
    if line is None:
        raise KeysMissing(f"{file} holds no age secret key")
    return SecretKey.parse(line[0])


def _listed(file: Path, text: str) -> Listed:
    since = re.search(r"^# created: (\S+)$", text, re.MULTILINE)
    return Listed(file=file, what=file.stem, public=_public(file, text), since=since[1] if since else "")


def _public(file: Path, text: str) -> str:
    if file.name == KeyName.SIGNING:
        return SigningKey.parse(text).public
    line = _SECRET_LINE.search(text)
    if line:
        return SecretKey.parse(line[0]).public
    return hashlib.sha256(text.strip().encode()).hexdigest()[:16]


def _refuse_wide(found: os.stat_result, where: Path, mend: str) -> None:
    if found.st_mode & _OTHERS:
        raise KeysUnsafe(str(where), f"{mend} {where}")
    if os.geteuid() not in (0, found.st_uid) and found.st_uid != 0:
        raise KeysUnsafe(str(where), f"it belongs to another account; chown it: chown {os.geteuid()} {where}")


def _write_through(file: Path, content: bytes) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
