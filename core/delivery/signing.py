"""Signs what road and desk send each other, and checks it, as Standard Webhooks 1.0.0 has it.

The only module that knows the library. The library signs; its own `verify` reads the wall clock, so the
age and the comparison are judged here, by the clock that is passed in.
"""

import base64
import binascii
import hmac
import re
import secrets as randomness
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache

import msgspec
from standardwebhooks import Webhook

from core.delivery.wire import MAX_SKEW_S
from core.errors import KeysMissing, SignatureInvalid

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"

_PREFIX = "whsec_"
_KEY_BYTES = (24, 64)
_SIGNATURES_READ = 8  # a sender in rotation sends two; more is somebody trying things out
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")  # without a full stop, which parts the signed text
_SECONDS = re.compile(r"[1-9][0-9]{0,10}")  # one spelling only, and no year that does not exist


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """What a good signature vouches for."""

    id: str
    at: datetime
    secret: int
    """Which of the secrets it was, by its place: a later one than the first should be retired."""


def new_secret() -> str:
    """A fresh secret of 32 random bytes, as it is written into files: `whsec_…`."""
    return _PREFIX + base64.b64encode(randomness.token_bytes(32)).decode()


def sign(secret: str, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers that vouch for `body` (UTF-8). Raises KeysMissing if `secret` is not a secret."""
    if not _ID.fullmatch(message_id):
        raise ValueError("a message id of letters, digits, _ and - only")
    seconds = int(at.timestamp())
    return {
        ID_HEADER: message_id,
        TIMESTAMP_HEADER: str(seconds),
        SIGNATURE_HEADER: _signature(secret, message_id, seconds, body.decode()),
    }


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> Signed:
    """Who signs with one of `secrets` (a current one first, then those being retired) is believed.

    `now` is aware; a timestamp more than MAX_SKEW_S seconds to either side of it is refused, so that
    nothing can be replayed for long. Raises SignatureInvalid, and KeysMissing if a secret is not one.
    """
    given = {name.lower(): value for name, value in headers.items()}
    message_id, seconds = _read_id(given), _read_seconds(given)
    if abs(now.timestamp() - seconds) > MAX_SKEW_S:
        raise SignatureInvalid("signed too long ago, or in the future", field=TIMESTAMP_HEADER)
    offered = _read_signatures(given)
    _require_text(body)
    for place, secret in enumerate(secrets):
        expected = _expected(secret, message_id, seconds, body)
        if any(hmac.compare_digest(expected, one) for one in offered):
            return Signed(id=message_id, at=datetime.fromtimestamp(seconds, UTC), secret=place)
    raise SignatureInvalid("no signature of this sender", field=SIGNATURE_HEADER)


def check_secret(secret: str) -> None:
    """Raises KeysMissing unless `secret` is `whsec_` and 24 to 64 bytes in base64."""
    _webhook(secret)


def _signature(secret: str, message_id: str, seconds: int, text: str) -> str:
    # The library takes the zone of the time it is given for UTC, whatever it is.
    return _webhook(secret).sign(message_id, datetime.fromtimestamp(seconds, UTC), text)


def _expected(secret: str, message_id: str, seconds: int, body: bytes) -> bytes:
    """What the library would sign, without the body becoming text and bytes again for it."""
    return hmac.digest(_key(secret), b"%b.%d.%b" % (message_id.encode(), seconds, body), "sha256")


def _webhook(secret: str) -> Webhook:
    _key(secret)
    return Webhook(secret)


@lru_cache(maxsize=64)  # every request is signed with one of few
def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError) as fault:
        raise KeysMissing("a webhook secret is not base64") from fault
    if not secret.startswith(_PREFIX) or not _KEY_BYTES[0] <= len(key) <= _KEY_BYTES[1]:
        raise KeysMissing("a webhook secret is whsec_ and 24 to 64 bytes in base64")
    return key


def _read_id(headers: Mapping[str, str]) -> str:
    message_id = headers.get(ID_HEADER, "")
    if not _ID.fullmatch(message_id):
        raise SignatureInvalid("no usable id", field=ID_HEADER)
    return message_id


def _read_seconds(headers: Mapping[str, str]) -> int:
    seconds = headers.get(TIMESTAMP_HEADER, "")
    if not _SECONDS.fullmatch(seconds):
        raise SignatureInvalid("no usable timestamp", field=TIMESTAMP_HEADER)
    return int(seconds)


def _read_signatures(headers: Mapping[str, str]) -> list[bytes]:
    """Those of version 1; other versions may stand beside them and are passed over."""
    words = headers.get(SIGNATURE_HEADER, "").split(" ")[:_SIGNATURES_READ]
    offered = [_digest(word) for word in words if word.startswith("v1,")]
    if not offered:
        raise SignatureInvalid("no signature of version 1", field=SIGNATURE_HEADER)
    return offered


def _digest(word: str) -> bytes:
    try:
        return base64.b64decode(word.removeprefix("v1,"), validate=True)
    except (binascii.Error, ValueError) as fault:
        raise SignatureInvalid("a signature that is not base64", field=SIGNATURE_HEADER) from fault


def _require_text(body: bytes) -> None:
    try:
        body.decode()
    except UnicodeDecodeError as fault:
        raise SignatureInvalid("a body that is not UTF-8 cannot have been signed") from fault
