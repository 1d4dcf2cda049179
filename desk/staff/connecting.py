"""What a browser takes to the provider and brings back: sealed here, good for a while, for one purpose."""

from datetime import timedelta
from typing import Final

import msgspec

from core.clock import Clock
from desk.staff.provider import Leaving, Proved
from desk.staff.staff_key import StaffKey
from desk.staff.tokens import digest

AWAY: Final = timedelta(minutes=10)
"""So long somebody may be at the provider, and so long they may then fill in the form of their account."""


class Vouched(msgspec.Struct, frozen=True, kw_only=True):
    """The provider vouches for whoever holds this, and for exactly this invitation."""

    account: str
    invite: str

    def __repr__(self) -> str:
        return "<Vouched hidden>"


class Connecting:
    """Seals and opens; knows nobody."""

    def __init__(self, key: StaffKey, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def sealed(self, trip: Leaving) -> str:
        return self._key.seal(trip, self._clock.now())

    def opened(self, sealed: str) -> Leaving | None:
        return self._key.open(sealed, Leaving, self._clock.now(), AWAY)

    def account_of(self, proved: Proved) -> str:
        """By which the ledger knows an account of a provider: nobody reads from it which it is."""
        return self._key.tag("provider", f"{len(proved.issuer)} {proved.issuer} {proved.subject}")

    def vouched(self, proved: Proved, trip: Leaving) -> str:
        told = Vouched(account=self.account_of(proved), invite=digest(trip.invite))
        return self._key.seal(told, self._clock.now())

    def account_in(self, vouched: str, invite: str) -> str | None:
        """The account that was vouched for with this invitation in hand; None where it was not."""
        found = self._key.open(vouched, Vouched, self._clock.now(), AWAY)
        return found.account if found and found.invite == digest(invite) else None

    def spent(self, state: str) -> str:
        """By which a trip that is over is known."""
        return self._key.tag("trip", state)
