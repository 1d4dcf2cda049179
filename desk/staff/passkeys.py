"""Passkeys: made by oneself, good for signing in without a password, ended by oneself or an admin.

What a browser is asked is sealed into the page, good for an hour, and good once.
"""

import secrets
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
from desk.staff import keyring, people, proving
from desk.staff.keyring import Passkey
from desk.staff.model import Person, Session, SignInRefused
from desk.staff.proving import Made, Place
from desk.staff.staff_key import StaffKey
from desk.tables import trail

ASKED_LASTS: Final = timedelta(hours=1)
MOST: Final = 10
"""Passkeys of one person."""


class Purpose(StrEnum):
    MAKE = "make"
    SIGN_IN = "sign-in"


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser was asked, and for what."""

    purpose: Purpose
    person: str
    """Empty where anybody may sign in."""
    value: str


class Asked(NamedTuple):
    """For a page: what its browser is asked, as JSON; and the same sealed, to come back with the answer."""

    options: str
    sealed: str


class Shown(NamedTuple):
    """A passkey that signed what it was asked; nobody is signed in by it yet."""

    passkey: Passkey
    uses: int
    tag: str


class Passkeys:
    """Everybody's at this desk."""

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

    async def of_person(self, person: str) -> tuple[Passkey, ...]:
        return await self._ledger.read(lambda conn: keyring.of_person(conn, person))

    async def holders(self) -> frozenset[str]:
        return await self._ledger.read(keyring.holders)

    async def ask_to_make(self, session: Session, place: Place, issuer: str) -> Asked:
        """For the page on which somebody makes one."""
        person = session.person
        has = tuple(each.made.id for each in await self.of_person(person.id))
        challenge = _challenge(Purpose.MAKE, person.id)
        options = proving.making(
            place, challenge.value, person=person.id, name=person.name, issuer=issuer, has=has
        )
        return self._asked(options, challenge)

    def ask_to_sign_in(self, place: Place) -> Asked:
        """For the sign-in page."""
        challenge = _challenge(Purpose.SIGN_IN, "")
        return self._asked(proving.asking(place, challenge.value), challenge)

    async def make(self, session: Session, place: Place, sealed: str, credential: str, password: str) -> None:
        """Keep what the browser made. InputRefused where it is no passkey, or the password is wrong."""
        challenge = self._challenge_of(sealed, Purpose.MAKE, session.person.id)
        made = challenge and proving.made(credential, place, challenge.value)
        if not challenge or not made:
            raise InputRefused("passkey-not-made")
        await self._confirm(session, password)
        tag = self._tag(challenge)
        await self._ledger.transact(lambda conn: self._make(conn, session, made, tag))

    async def end(self, session: Session, which: str) -> None:
        """End one of one's own. Raises InputRefused where there is none."""
        await self._ledger.transact(lambda conn: self._end(conn, session.person, which))

    async def shown(self, place: Place, sealed: str, credential: str) -> Shown:
        """The passkey that answered the sign-in page. Raises SignInRefused, never saying why."""
        challenge = self._challenge_of(sealed, Purpose.SIGN_IN, "")
        which = proving.id_of(credential)
        known = await self._ledger.read(lambda conn: keyring.find(conn, which))
        used = challenge and known and proving.used(credential, known.made, place, challenge.value)
        if not challenge or not known or not used:
            raise SignInRefused("passkey")
        return Shown(known, used.uses, self._tag(challenge))

    def takes(self, conn: sa.Connection, shown: Shown, now: datetime) -> Person | None:
        """Whose passkey it is, inside a transaction; None where the answer was taken before, or it ended."""
        if not keyring.spend(conn, shown.tag, now + ASKED_LASTS, now):
            return None
        if keyring.find(conn, shown.passkey.made.id) != shown.passkey:
            return None  # ended, or used elsewhere, while we compared
        keyring.use(conn, shown.passkey.made.id, shown.uses, now)
        return people.by_id(conn, shown.passkey.person)

    def _asked(self, options: str, challenge: Challenge) -> Asked:
        return Asked(options, self._key.seal(challenge, self._clock.now()))

    def _challenge_of(self, sealed: str, purpose: Purpose, person: str) -> Challenge | None:
        found = self._key.open(sealed, Challenge, self._clock.now(), ASKED_LASTS)
        return found if found and (found.purpose, found.person) == (purpose, person) else None

    def _make(self, conn: sa.Connection, session: Session, made: Made, tag: str) -> None:
        now, me = self._clock.now(), session.person
        people.present(conn, me.id)
        if not keyring.spend(conn, tag, now + ASKED_LASTS, now) or keyring.find(conn, made.id):
            raise InputRefused("passkey-not-made")
        if len(keyring.of_person(conn, me.id)) >= MOST:
            raise InputRefused("passkeys-many")
        passkey = Passkey(made=made, person=me.id, browser=session.browser, made_at=now, used_at=None)
        keyring.add(conn, passkey)
        record(conn, trail, Entry(at=now, who=me.name, action="passkey_made", target=me.name))

    def _end(self, conn: sa.Connection, me: Person, which: str) -> None:
        if not keyring.drop(conn, me.id, which):
            raise InputRefused("passkey-unknown")
        entry = Entry(at=self._clock.now(), who=me.name, action="passkey_ended", target=me.name)
        record(conn, trail, entry)

    def _tag(self, challenge: Challenge) -> str:
        return self._key.tag("challenge", challenge.value)


def _challenge(purpose: Purpose, person: str) -> Challenge:
    return Challenge(purpose=purpose, person=person, value=secrets.token_urlsafe(32))
