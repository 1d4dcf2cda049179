"""The one error tree. Each error has a stable code and the key of a message for people.

LifebeltError
├── SettingsInvalid         a configuration that may not start; carries every fault found
├── InputRefused            what somebody sent cannot be taken; says why, and nothing was changed
│   ├── TooLarge
│   └── SignatureInvalid    not signed by whoever it says, or signed too long ago
├── LedgerError
│   ├── LedgerUnavailable   nothing was committed: not open, read-only, disk full, lost
│   ├── LedgerConflict      nothing was committed: a row of this very change breaks a rule of the schema
│   ├── LedgerUnknown       the connection was lost while committing: it may or may not be stored
│   └── LeaseLost           nothing was committed: another process holds by now what this one held
├── SealError
│   ├── CannotOpen          a sealed part that these keys, or this report, do not open
│   ├── KeysMissing
│   └── KeysUnsafe          a key lies where others could read it; says the mend
├── DeliveryError
│   ├── DeliveryRefused     the destination answered and said no
│   └── DestinationDown     no answer, or one that asks for another try
└── ReferenceInvalid        not a reference: wrong length, symbol or check symbol

Vendor errors are turned into these at the border, `raise … from`. Text of a report, names and
handles never enter an error.
"""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar, NamedTuple


class LifebeltError(Exception):
    """Something went wrong that a person may have to read about."""

    code: ClassVar[str] = "lifebelt"
    message_key: ClassVar[str] = "error-general"


class Fault(NamedTuple):
    """One thing that is wrong, where it stands, and how to mend it."""

    file: str
    line: int | None
    key: str
    reason: str
    mend: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        key = f" {self.key}:" if self.key else ""
        return f"{where}:{key} {self.reason} Mend: {self.mend}"


class SettingsInvalid(LifebeltError):
    """The configuration may not start; `faults` has every one found, each with its mend."""

    code = "settings_invalid"
    message_key = "error-settings"

    def __init__(self, faults: Sequence[Fault | str]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


class InputRefused(LifebeltError):
    """What was sent cannot be taken; nothing was changed."""

    code = "input_refused"
    message_key = "error-input"

    def __init__(self, reason: str, *, field: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


class TooLarge(InputRefused):
    """More bytes than this place takes."""

    code = "too_large"
    message_key = "error-too-large"


class SignatureInvalid(InputRefused):
    """Not signed with a secret of whoever it says it is from, or outside the time allowed."""

    code = "signature_invalid"
    message_key = "error-signature"


class LedgerError(LifebeltError):
    """The durable record did not do what was asked."""

    code = "ledger"
    message_key = "error-ledger"


class LedgerUnavailable(LedgerError):
    """Nothing was committed: the ledger is not open, read-only, full or gone."""

    code = "ledger_unavailable"


class LedgerConflict(LedgerError):
    """Nothing was committed: a row of this change breaks a rule of the schema."""

    code = "ledger_conflict"


class LedgerUnknown(LedgerError):
    """The ledger was lost while committing: the change may or may not be stored."""

    code = "ledger_unknown"


class LeaseLost(LedgerError):
    """Nothing was committed: what this process held is over, and another one may hold it."""

    code = "lease_lost"


class SealError(LifebeltError):
    """Sealing or opening did not work."""

    code = "seal"
    message_key = "error-seal"


class Unopened(StrEnum):
    """Why something sealed stayed closed: what a desk must mend differs."""

    NO_KEY = "no_key"  # none of these keys opens it
    DAMAGED = "damaged"  # changed, cut or never ours
    UNKNOWN_VERSION = "unknown_version"  # written by a newer Lifebelt; an upgrade opens it
    OTHER_REPORT = "other_report"  # sound, but it belongs elsewhere


class CannotOpen(SealError):
    """A sealed part that these keys do not open, or that belongs to another report. The part is kept."""

    code = "cannot_open"

    def __init__(self, reason: str, *, why: Unopened = Unopened.DAMAGED) -> None:
        super().__init__(reason)
        self.reason = reason
        self.why = why


class KeysMissing(SealError):
    """A key that is needed is not where the settings say."""

    code = "keys_missing"


class KeysUnsafe(SealError):
    """A key, or the folder it lies in, that others could read; nothing was read from it."""

    code = "keys_unsafe"

    def __init__(self, where: str, mend: str) -> None:
        super().__init__(f"{where} can be read by others: {mend}")
        self.where = where
        self.mend = mend


class DeliveryError(LifebeltError):
    """A destination did not take what it was sent."""

    code = "delivery"
    message_key = "error-delivery"


class DeliveryRefused(DeliveryError):
    """The destination answered and said no; `status` is its HTTP status."""

    code = "delivery_refused"

    def __init__(self, status: int, reason: str = "") -> None:
        super().__init__(f"refused with {status}{': ' if reason else ''}{reason}")
        self.status = status
        self.reason = reason


class DestinationDown(DeliveryError):
    """No answer, or an answer that asks for another try.

    `reason` is a word of `core.delivery.model.Fault`; `retry_after` is what the destination asked for.
    """

    code = "destination_down"

    def __init__(self, reason: str = "unreachable", *, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class ReferenceInvalid(LifebeltError):
    """Not a reference: wrong length, symbol or check symbol."""

    code = "reference_invalid"
    message_key = "error-reference"
