"""The second factor beside a password: codes of an app, set up by oneself, taken away by an admin.

A secret counts only once a first code from it was typed. A code is taken once.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec
import sqlalchemy as sa

from core.clock import Clock
from core.errors import InputRefused
from core.ledger.port import Ledger
from core.ledger.trail import Entry, record
from desk.staff import codes, factors, keyring, people, sessions
from desk.staff.factors import Stored
from desk.staff.model import Session
from desk.staff.staff_key import StaffKey
from desk.tables import trail

OFFER_LASTS: Final = timedelta(minutes=30)
STEP_LASTS: Final = timedelta(minutes=5)
_RECOVERY = "recovery"


class Proof(StrEnum):
    """What somebody signed in with, as the trail has it."""

    PASSWORD = "password"  # noqa: S105 - a word of the trail
    CODE = "code"
    RECOVERY = "recovery"
    PASSKEY = "passkey"
    PROVIDER = "provider"


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """An app's secret, bound to the one person it counts for."""

    person: str
    secret: str

    def __repr__(self) -> str:
        return f"Secret(person={self.person})"


class FirstStep(msgspec.Struct, frozen=True, kw_only=True):
    """Name and password were typed; whether they were right is known to nobody who holds this sealed."""

    person: str
    stamp: str
    """A tag of the password as it was then: a code after its change is too late."""


class Offer(NamedTuple):
    """A secret that does not count yet, for the page that shows it."""

    sealed: str
    secret: str
    address: str


class State(NamedTuple):
    """What somebody has; `set_at` None where that is nothing."""

    set_at: datetime | None
    recovery_left: int


class SecondFactor:
    """Setting it up, taking it away, and telling whether a typed code is one."""

    def __init__(
        self,
        ledger: Ledger,
        key: StaffKey,
        clock: Clock,
        *,
        confirm: Callable[[Session, str], Awaitable[None]],
    ) -> None:
        """`confirm` raises where what was typed is not the password of the session's person."""
        self._ledger = ledger
        self._key = key
        self._clock = clock
        self._confirm = confirm

    def offer(self, session: Session, issuer: str, again: str = "") -> Offer:
        """A new secret, or the one that was offered before, as `again` has it sealed."""
        now = self._clock.now()
        before = self._offered(session, again, now)
        secret = before or Secret(person=session.person.id, secret=codes.new_secret())
        address = codes.address_of(secret.secret, session.person.name, issuer)
        return Offer(again if before else self._key.seal(secret, now), secret.secret, address)

    async def set_up(self, session: Session, sealed: str, typed: str, password: str) -> tuple[str, ...]:
        """Let an offered secret count from now on; return the recovery codes, which nobody can show again.

        Raises InputRefused where the offer is too old, or the code or the password is wrong.
        """
        offered = self._offered(session, sealed, self._clock.now())
        if offered is None:
            raise InputRefused("offer-over")
        await self._confirm(session, password)
        step = codes.step_of(offered.secret, typed, self._clock.now(), after=0)
        if step is None:
            raise InputRefused("code-wrong", field="code")
        recovery = codes.new_recovery_codes()
        await self._ledger.transact(lambda conn: self._set_up(conn, session, offered, step, recovery))
        return recovery

    async def take_away(self, session: Session, person: str) -> None:
        """Take a colleague's lost second factor and passkeys away and sign them out.

        Raises InputRefused for oneself, for nobody, and where there is none.
        """
        if person == session.person.id:
            raise InputRefused("second-self")
        await self._ledger.transact(lambda conn: self._take_away(conn, session.person.name, person))

    async def state(self, person: str) -> State:
        return await self._ledger.read(lambda conn: _state(conn, person))

    async def holders(self) -> frozenset[str]:
        return await self._ledger.read(factors.holders)

    def takes(self, conn: sa.Connection, person: str, typed: str, now: datetime) -> Proof | None:
        """Take a typed code inside a transaction: what it was, or None. It is never taken again."""
        stored = factors.find(conn, person)
        secret = stored and self._key.open(stored.sealed, Secret, now)
        if not stored or not secret or secret.person != person:
            return None
        step = codes.step_of(secret.secret, typed, now, after=stored.last_step)
        if step is not None and factors.use_step(conn, person, step):
            return Proof.CODE
        recovery = codes.recovery_of(typed)
        if recovery and factors.use_recovery(conn, person, self._tag(person, recovery)):
            return Proof.RECOVERY
        return None

    def _offered(self, session: Session, sealed: str, now: datetime) -> Secret | None:
        secret = self._key.open(sealed, Secret, now, OFFER_LASTS) if sealed else None
        return secret if secret and secret.person == session.person.id else None

    def _set_up(
        self, conn: sa.Connection, session: Session, offered: Secret, step: int, recovery: tuple[str, ...]
    ) -> None:
        now, me = self._clock.now(), session.person
        people.present(conn, me.id)
        stored = Stored(self._key.seal(offered, now), now, step)
        factors.set_up(conn, me.id, stored, [self._tag(me.id, codes.recovery_of(code)) for code in recovery])
        record(conn, trail, Entry(at=now, who=me.name, action="second_factor_set", target=me.name))

    def _take_away(self, conn: sa.Connection, by: str, person: str) -> None:
        colleague = people.present(conn, person)
        had_codes, had_passkeys = factors.take_away(conn, person), keyring.drop_all(conn, person)
        if not had_codes and not had_passkeys:
            raise InputRefused("second-none")
        sessions.end_all(conn, person)
        now = self._clock.now()
        record(conn, trail, Entry(at=now, who=by, action="second_factor_ended", target=colleague.name))

    def _tag(self, person: str, code: str) -> str:
        return self._key.tag(_RECOVERY, f"{person} {code}")


def _state(conn: sa.Connection, person: str) -> State:
    stored = factors.find(conn, person)
    return State(stored and stored.set_at, factors.recovery_left(conn, person))
