"""The desk's people from outside: first account, invitations, signing in and out, who somebody is.

Everything people do here stands in the trail, in the transaction that does it. Passwords and tokens
are never logged, and never stored but as hashes.
"""

import sqlalchemy as sa
import structlog

from core.clock import Clock
from core.errors import InputRefused, LedgerError
from core.ids import NewId, new_id
from core.ledger.port import Ledger
from core.ledger.trail import Entry, record
from desk.staff import connected, factors, keyring, passwords, people, sessions
from desk.staff.browsers import Browser
from desk.staff.connecting import AWAY, Connecting
from desk.staff.model import (
    EVERYTHING,
    INVITE_LASTS,
    NOBODY,
    OPERATOR,
    SEEN_EVERY,
    CodeWanted,
    Invite,
    Person,
    Roles,
    Session,
    SignedIn,
    SignInRefused,
    clean_name,
    name_key,
    roles_text,
)
from desk.staff.passkeys import Passkeys, Shown
from desk.staff.passwords import Passwords
from desk.staff.proving import Place
from desk.staff.second import STEP_LASTS, FirstStep, Proof, SecondFactor
from desk.staff.staff_key import StaffKey
from desk.staff.throttle import Throttle
from desk.staff.tokens import Digest, Token, digest, new_token
from desk.tables import trail

_log = structlog.get_logger()


class Staff:
    """Everybody who may sign in at this desk, with what proves it."""

    def __init__(
        self,
        ledger: Ledger,
        throttle: Throttle,
        clock: Clock,
        *,
        key: StaffKey,
        first: Roles = EVERYTHING,
        needs_second: bool = False,
        passwords: Passwords | None = None,
        new_id: NewId = new_id,
    ) -> None:
        """`first`: what the first person will be. `needs_second`: nobody works without a second factor."""
        self._first = first
        self._needs_second = needs_second
        self._key = key
        self.second = SecondFactor(ledger, key, clock, confirm=self.confirm)
        self.connecting = Connecting(key, clock)
        self.passkeys = Passkeys(ledger, key, clock, confirm=self.confirm)
        self._ledger = ledger
        self._throttle = throttle
        self._clock = clock
        self._passwords = passwords or Passwords()
        self._new_id = new_id

    async def first_link(self) -> Token | None:
        """A one-time token for the first account, or None where there is somebody already.

        Each call makes the link before it useless. Shown once, by whoever starts the program.
        """
        return await self._ledger.transact(self._make_first_link)

    async def invite(self, by: str = OPERATOR, roles: Roles | None = None) -> Token:
        """A one-time token for one more account; `by` is who invites, the operator of the host if nobody.

        `roles`: what they will be; unless said, what the first person was. InputRefused where that is none.
        """
        roles = self._first if roles is None else roles
        _require_some(roles)
        token = new_token()
        await self._ledger.transact(lambda conn: self._invite(conn, token, roles, by, first=False))
        return token

    async def opens(self, token: str) -> Invite:
        """The invitation behind a link; raises LinkSpent."""
        now = self._clock.now()
        return await self._ledger.read(lambda conn: people.open_invite(conn, digest(token), now))

    async def join(
        self, token: str, name: str, password: str, browser: Browser = Browser.OTHER, *, vouched: str = ""
    ) -> SignedIn:
        """Make the account that a link is good for, and sign it in. Raises LinkSpent or InputRefused.

        `vouched`: what was brought back from the provider; its account is connected with this one.
        """
        await self.opens(token)
        account = self.connecting.account_in(vouched, token) if vouched else None
        if vouched and account is None:
            raise InputRefused("provider-over")
        name = clean_name(name)
        passwords.check(password, name)
        encoded = await self._passwords.hash(password)
        return await self._ledger.transact(
            lambda conn: self._join(conn, digest(token), name, encoded, browser=browser, account=account)
        )

    async def sign_in(
        self, name: str, password: str, *, address: str, device: str = "", browser: Browser = Browser.OTHER
    ) -> SignedIn:
        """Sign somebody in. Raises SignInRefused, which never says whether there is such a name.

        `address` is where the request came from, `device` the token of a browser that signed in before.
        Raises CodeWanted where a code is wanted too. As soon as anybody here has a second factor, it is also
        raised for what was wrong: only who has the right code then learns that the rest was right.
        """
        key = name_key(name)
        found = await self._ledger.read(lambda conn: people.by_name(conn, key))
        if not await self._may_try(found, key, address, device):
            _log.warning("sign_in_throttled")
            raise SignInRefused("too-many")
        matches = await self._passwords.matches(found[1] if found else None, password)
        if found is None:
            raise await self._refused()
        if not matches:
            await self._ledger.transact(lambda conn: self._sign_in_failed(conn, found[0], Proof.PASSWORD))
            raise await self._refused()
        renewed = await self._renewed(found[1], password)
        signed = await self._ledger.transact(
            lambda conn: self._sign_in(conn, found, renewed, device, browser)
        )
        if signed is None:
            raise self._code_wanted(found[0].id, renewed or found[1])
        return signed

    async def sign_in_with_code(
        self, step: str, typed: str, *, device: str = "", browser: Browser = Browser.OTHER
    ) -> SignedIn:
        """The second step of signing in. Raises SignInRefused: `wrong`, `too-many`, or `step-over`.

        Codes typed after the right password are counted too, in a strange browser; that one has had its
        number is not said (`wrong`), for it would tell that the password was right.
        """
        first = self._key.open(step, FirstStep, self._clock.now(), STEP_LASTS)
        if first is None:
            raise SignInRefused("step-over")
        if not await self._throttle.allows_step(step):
            _log.warning("sign_in_throttled")
            raise SignInRefused("too-many")
        if not await self._may_type(first.person, device):
            _log.warning("sign_in_throttled")
            raise SignInRefused("wrong")
        signed = await self._ledger.transact(
            lambda conn: self._sign_in_with_code(conn, first, typed, device, browser)
        )
        if signed is None:
            raise SignInRefused("wrong")
        return signed

    async def sign_in_with_passkey(
        self,
        place: Place,
        asked: str,
        credential: str,
        *,
        address: str,
        device: str = "",
        browser: Browser = Browser.OTHER,
    ) -> SignedIn:
        """Sign in whoever holds a passkey. Raises SignInRefused: `passkey` or `too-many`."""
        if not await self._throttle.allows_passkey(address):
            _log.warning("sign_in_throttled")
            raise SignInRefused("too-many")
        shown = await self.passkeys.shown(place, asked, credential)
        return await self._ledger.transact(
            lambda conn: self._sign_in_with_passkey(conn, shown, device, browser)
        )

    async def may_leave(self, address: str) -> bool:
        """Whether somebody from there may be sent to the provider."""
        return await self._throttle.allows_leaving(address)

    async def sign_in_with_provider(
        self, account: str, state: str, *, strong: bool, browser: Browser = Browser.OTHER
    ) -> SignedIn:
        """Sign in whoever the provider vouches for, once for each time they went there.

        Only who came by an invitation with this very account: `provider-unknown` for anybody else. Without
        `strong` raises CodeWanted where they have a second factor here.
        """
        signed = await self._ledger.transact(
            lambda conn: self._sign_in_with_provider(conn, account, state, browser, strong=strong)
        )
        if isinstance(signed, CodeWanted):
            raise signed
        return signed

    def must_set_up(self, session: Session) -> bool:
        """Whether somebody has to set up a second factor before anything else."""
        return self._needs_second and not session.has_codes

    async def session(self, token: str) -> Session | None:
        """Who holds this token now; None where it is unknown, over, or their access was taken away."""
        if not token:
            return None
        now = self._clock.now()
        return await self._ledger.read(lambda conn: sessions.find(conn, digest(token), now))

    async def seen(self, session: Session) -> None:
        """Somebody did something: the session stays alive. What keeps a screen fresh must not call this."""
        now = self._clock.now()
        if now - session.seen_at < SEEN_EVERY:
            return
        try:
            await self._ledger.transact(lambda conn: sessions.seen(conn, Digest(session.digest), now))
        except LedgerError as error:
            _log.warning("session_not_marked_seen", fault=error.code)

    async def sign_out(self, session: Session) -> None:
        await self._ledger.transact(lambda conn: self._sign_out(conn, session))

    async def sign_out_everywhere(self, session: Session) -> int:
        """End every session of this person, this one too; return how many there were."""
        return await self._ledger.transact(lambda conn: self._sign_out_everywhere(conn, session.person))

    async def end_session(self, session: Session, handle: str) -> bool:
        """End one of one's own sessions; whether it was this very one. InputRefused where there is none."""
        return await self._ledger.transact(lambda conn: self._end_session(conn, session, handle))

    async def end_sessions_of(self, session: Session, person: str) -> int:
        """Sign a colleague out everywhere; how many sessions there were. Raises InputRefused for nobody."""
        return await self._ledger.transact(
            lambda conn: self._end_sessions_of(conn, session.person.name, person)
        )

    async def change_password(self, session: Session, old: str, new: str) -> SignedIn:
        """Replace the password and end every other session. Raises InputRefused or SignInRefused."""
        passwords.check(new, session.person.name)
        await self.confirm(session, old)
        fresh = await self._passwords.hash(new)
        return await self._ledger.transact(lambda conn: self._change_password(conn, session, fresh))

    async def confirm(self, session: Session, password: str) -> None:
        """Whoever sits there knows the password. InputRefused, or SignInRefused after too many tries."""
        if not await self._throttle.allows_device(session.digest):
            raise SignInRefused("too-many")
        encoded = await self._ledger.read(lambda conn: people.encoded_password(conn, session.person.id))
        if not await self._passwords.matches(encoded, password):
            raise InputRefused("password-wrong", field="old")

    async def end_access(self, session: Session, person: str) -> None:
        """Take a colleague's access away and sign them out. Raises InputRefused for oneself or nobody."""
        if person == session.person.id:
            raise InputRefused("person-self")
        await self._ledger.transact(lambda conn: self._end_access(conn, session.person.name, person))

    async def give_roles(self, session: Session, person: str, roles: Roles) -> None:
        """Say what a colleague is from now on. Raises InputRefused for oneself, nobody, no role, or the last
        admin's.
        """
        if person == session.person.id:
            raise InputRefused("roles-self")
        _require_some(roles)
        await self._ledger.transact(lambda conn: self._give_roles(conn, session.person.name, person, roles))

    async def everyone(self) -> tuple[Person, ...]:
        return await self._ledger.read(people.everyone)

    async def open_sessions(self, person: str) -> tuple[Session, ...]:
        """Where somebody is signed in now, the session used last first."""
        now = self._clock.now()
        return await self._ledger.read(lambda conn: sessions.of_person(conn, person, now))

    async def _may_try(self, found: tuple[Person, str] | None, key: str, address: str, device: str) -> bool:
        if found and device and await self._knows(device, found[0].id):
            return await self._throttle.allows_device(digest(device))
        return await self._throttle.allows_stranger(key, address)

    async def _may_type(self, person: str, device: str) -> bool:
        if device and await self._knows(device, person):
            return await self._throttle.allows_device(digest(device))
        return await self._throttle.allows_code(person)

    async def _knows(self, device: str, person: str) -> bool:
        now = self._clock.now()
        return await self._ledger.read(lambda conn: sessions.knows_device(conn, digest(device), person, now))

    async def _renewed(self, encoded: str, password: str) -> str | None:
        if not self._passwords.outdated(encoded):
            return None
        return await self._passwords.hash(password)

    async def _refused(self) -> SignInRefused:
        """As somebody who exists is answered, where anybody here has a second factor."""
        if not self._needs_second and not await self.second.holders():
            return SignInRefused("wrong")
        return self._code_wanted(self._new_id(), "")

    def _code_wanted(self, person: str, encoded: str) -> CodeWanted:
        step = FirstStep(person=person, stamp=self._stamp(encoded))
        return CodeWanted(self._key.seal(step, self._clock.now()))

    def _stamp(self, encoded: str) -> str:
        return self._key.tag("password", encoded)

    # Below: the work inside one transaction, in the writer's thread; the trail last, it locks its head.

    def _make_first_link(self, conn: sa.Connection) -> Token | None:
        if people.anyone(conn):
            return None
        people.drop_first_invites(conn)
        token = new_token()
        self._invite(conn, token, self._first, OPERATOR, first=True)
        return token

    def _invite(self, conn: sa.Connection, token: Token, roles: Roles, by: str, *, first: bool) -> None:
        now = self._clock.now()
        invite = Invite(first=first, roles=roles, made_by=by, created_at=now, expires_at=now + INVITE_LASTS)
        people.add_invite(conn, digest(token), invite)
        self._record(conn, by, "person_invited", "", first=str(first).lower(), roles=roles_text(roles))

    def _join(
        self,
        conn: sa.Connection,
        token: Digest,
        name: str,
        encoded: str,
        *,
        browser: Browser,
        account: str | None,
    ) -> SignedIn:
        now = self._clock.now()
        invite = people.use_invite(conn, token, now)
        person = Person(
            id=self._new_id(), name=name, roles=invite.roles, created_at=now, created_by=invite.made_by
        )
        people.add(conn, person, name_key(name), encoded)
        if account is not None:
            connected.connect(conn, account, person.id, now)
        signed = sessions.begin(conn, person, now, browser)
        self._record(conn, name, "person_joined", name, invited_by=invite.made_by)
        return signed

    def _sign_in(
        self,
        conn: sa.Connection,
        found: tuple[Person, str],
        renewed: str | None,
        device: str,
        browser: Browser,
    ) -> SignedIn | None:
        """None where the person has a second factor: then nobody is signed in by a password."""
        person, encoded = found
        if people.encoded_password(conn, person.id) != encoded:
            raise SignInRefused("wrong")  # changed, or access taken away, while we compared
        if renewed:
            people.set_password(conn, person.id, renewed)
        if factors.find(conn, person.id):
            return None
        return self._begin(conn, person, device, browser, Proof.PASSWORD)

    def _sign_in_with_code(
        self, conn: sa.Connection, first: FirstStep, typed: str, device: str, browser: Browser
    ) -> SignedIn | None:
        person = people.by_id(conn, first.person)
        if person is None:
            return None  # name or password was wrong
        now = self._clock.now()
        encoded = people.encoded_password(conn, person.id) or ""
        proof = (
            self.second.takes(conn, person.id, typed, now) if self._stamp(encoded) == first.stamp else None
        )
        if proof is None:
            self._sign_in_failed(conn, person, Proof.CODE)
            return None
        return self._begin(conn, person, device, browser, proof)

    def _sign_in_with_passkey(
        self, conn: sa.Connection, shown: Shown, device: str, browser: Browser
    ) -> SignedIn:
        person = self.passkeys.takes(conn, shown, self._clock.now())
        if person is None:
            raise SignInRefused("passkey")
        return self._begin(conn, person, device, browser, Proof.PASSKEY)

    def _sign_in_with_provider(
        self, conn: sa.Connection, account: str, state: str, browser: Browser, *, strong: bool
    ) -> SignedIn | CodeWanted:
        now = self._clock.now()
        if not keyring.spend(conn, self.connecting.spent(state), now + AWAY, now):
            raise SignInRefused("provider-state")
        person = connected.whose(conn, account)
        if person is None:
            raise SignInRefused("provider-unknown")
        if not strong and factors.find(conn, person.id):
            return self._code_wanted(person.id, people.encoded_password(conn, person.id) or "")
        return self._begin(conn, person, "", browser, Proof.PROVIDER)

    def _begin(
        self, conn: sa.Connection, person: Person, device: str, browser: Browser, proof: Proof
    ) -> SignedIn:
        now = self._clock.now()
        sessions.forget_device(conn, digest(device))
        sessions.sweep(conn, now)
        signed = sessions.begin(conn, person, now, browser)
        self._record(conn, person.name, "signed_in", person.name, by=proof.value)
        return signed

    def _sign_in_failed(self, conn: sa.Connection, person: Person, proof: Proof) -> None:
        """Only for names that exist, and as often as the throttle lets through: the trail stays readable."""
        self._record(conn, NOBODY, "sign_in_failed", person.name, by=proof.value)

    def _sign_out(self, conn: sa.Connection, session: Session) -> None:
        if sessions.end(conn, Digest(session.digest)):
            self._record(conn, session.person.name, "signed_out", session.person.name)

    def _sign_out_everywhere(self, conn: sa.Connection, person: Person) -> int:
        ended = sessions.end_all(conn, person.id)
        self._record(conn, person.name, "signed_out_everywhere", person.name, sessions=str(ended))
        return ended

    def _end_session(self, conn: sa.Connection, session: Session, handle: str) -> bool:
        person = session.person
        own = sessions.of_person(conn, person.id, self._clock.now())
        meant = next((each for each in own if each.handle == handle), None)
        if meant is None:
            raise InputRefused("session-unknown")
        sessions.end(conn, Digest(meant.digest))
        self._record(conn, person.name, "session_ended", person.name, browser=meant.browser.value)
        return meant.digest == session.digest

    def _end_sessions_of(self, conn: sa.Connection, by: str, person: str) -> int:
        colleague = people.present(conn, person)
        ended = sessions.end_all(conn, person)
        self._record(conn, by, "sessions_ended", colleague.name, sessions=str(ended))
        return ended

    def _change_password(self, conn: sa.Connection, session: Session, encoded: str) -> SignedIn:
        person = session.person
        people.set_password(conn, person.id, encoded)
        ended = sessions.end_all(conn, person.id)
        signed = sessions.begin(conn, person, self._clock.now(), session.browser)
        self._record(conn, person.name, "password_changed", person.name, sessions=str(ended))
        return signed

    def _give_roles(self, conn: sa.Connection, by: str, person: str, roles: Roles) -> None:
        before = people.set_roles(conn, person, roles)
        told = {"before": roles_text(before.roles), "after": roles_text(roles)}
        self._record(conn, by, "roles_changed", before.name, **told)

    def _end_access(self, conn: sa.Connection, by: str, person: str) -> None:
        ended = people.end_access(conn, person, self._clock.now())
        sessions.end_all(conn, person)
        self._record(conn, by, "access_ended", ended.name)

    def _record(self, conn: sa.Connection, who: str, action: str, target: str, **detail: str) -> None:
        entry = Entry(at=self._clock.now(), who=who, action=action, target=target, detail=detail)
        record(conn, trail, entry)


def _require_some(roles: Roles) -> None:
    if not roles:
        raise InputRefused("roles-none", field="roles")
