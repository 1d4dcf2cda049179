"""The one error tree. Each error has a stable code and the key of a message for people.

LifebeltError
├── SettingsInvalid         a configuration that may not start; carries every fault found
├── InputRefused            what somebody sent cannot be taken; says why, and nothing was changed
│   └── TooLarge
├── LedgerError
│   ├── LedgerUnavailable   nothing was committed: not open, read-only, disk full, lost
│   ├── LedgerConflict      nothing was committed: a row of this very change breaks a rule of the schema
│   └── LedgerUnknown       the connection was lost while committing: it may or may not be stored
├── SealError
│   ├── CannotOpen          a sealed part that these keys, or this report, do not open
│   └── KeysMissing
├── DeliveryError
│   ├── DeliveryRefused     the destination answered and said no
│   └── DestinationDown     no answer, or one that asks for another try
└── ReferenceInvalid        not a reference: wrong length, symbol or check symbol

Vendor errors are turned into these at the border, `raise … from`. Text of a report, names and
handles never enter an error.
"""

from typing import ClassVar


class LifebeltError(Exception):
    """Something went wrong that a person may have to read about."""

    code: ClassVar[str] = "lifebelt"
    message_key: ClassVar[str] = "error-general"


class SettingsInvalid(LifebeltError):
    """The configuration may not start; `faults` has every one found, each with its mend."""

    code = "settings_invalid"
    message_key = "error-settings"

    def __init__(self, faults: tuple[object, ...]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


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


class SealError(LifebeltError):
    """Sealing or opening did not work."""

    code = "seal"
    message_key = "error-seal"


class CannotOpen(SealError):
    """A sealed part that these keys do not open, or that belongs to another report."""

    code = "cannot_open"


class KeysMissing(SealError):
    """A key that is needed is not where the settings say."""

    code = "keys_missing"


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
    """No answer, or an answer that asks for another try."""

    code = "destination_down"


class ReferenceInvalid(LifebeltError):
    """Not a reference: wrong length, symbol or check symbol."""

    code = "reference_invalid"
    message_key = "error-reference"
