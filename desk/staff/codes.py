"""Codes of an authenticator app (TOTP, RFC 6238) and recovery codes, as pure values. Stores none."""

import hmac
import re
import secrets
from datetime import datetime
from typing import Final

import pyotp

RECOVERY_CODES: Final = 10
_STEP_S: Final = 30
_AROUND: Final = (0, -1, 1)
"""Steps beside the present one that count too: clocks differ, and people type slowly."""
_APP_CODE = re.compile(r"[0-9]{6}")
_SYMBOLS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # 32, without those that are read as another
_RECOVERY_SYMBOLS: Final = 10  # 50 random bits
_READ_AS = str.maketrans("OIL", "011")
_LONGEST: Final = 64


def new_secret() -> str:
    """160 random bits in base32, as apps take it."""
    return pyotp.random_base32()


def address_of(secret: str, name: str, issuer: str) -> str:
    """The `otpauth://` address that an app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def step_of(secret: str, typed: str, now: datetime, *, after: int) -> int | None:
    """The step whose code this is; None where it is none, or of a step up to `after`, which was used."""
    code = _plain(typed)
    if not _APP_CODE.fullmatch(code):
        return None
    present = int(now.timestamp()) // _STEP_S
    steps = (present + beside for beside in _AROUND)
    return next((step for step in steps if step > after and _is(secret, step, code)), None)


def new_recovery_codes() -> tuple[str, ...]:
    """Ten of them, in two halves that can be read out."""
    return tuple(_recovery_code() for _ in range(RECOVERY_CODES))


def recovery_of(typed: str) -> str:
    """What every way of writing a recovery code has in common; empty where it cannot be one."""
    code = _plain(typed).translate(_READ_AS)
    return code if len(code) == _RECOVERY_SYMBOLS and set(code) <= set(_SYMBOLS) else ""


def _recovery_code() -> str:
    code = "".join(secrets.choice(_SYMBOLS) for _ in range(_RECOVERY_SYMBOLS))
    return f"{code[:5]}-{code[5:]}"


def _is(secret: str, step: int, code: str) -> bool:
    return hmac.compare_digest(pyotp.TOTP(secret).generate_otp(step), code)


def _plain(typed: str) -> str:
    """Without the spaces and hyphens that make codes readable."""
    return re.sub(r"[\s-]", "", typed[:_LONGEST]).upper()
