"""A request as values: what is sealed of it, and how far it is."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from core.ids import ReportId

KEPT_FOR: Final = timedelta(days=730)
"""After it was decided: so long somebody may complain about the answer."""


class Verdict(StrEnum):
    AGREED = "agreed"  # the answer may be given
    REFUSED = "refused"  # nothing is given: it was not them, say


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is sealed of a request. Hidden from its repr."""

    about: str
    """What they named: account, addresses, numbers, handles."""
    proof: str
    """How the desk knows that these are theirs."""
    surely: tuple[ReportId, ...]
    maybe: tuple[ReportId, ...]
    """By a handle only."""

    def __repr__(self) -> str:
        return "<Asked>"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    asked_at: datetime
    asked_by: str
    verdict: Verdict | None = None
    decided_at: datetime | None = None
    decided_by: str = ""
    given_at: datetime | None = None
    given_by: str = ""
