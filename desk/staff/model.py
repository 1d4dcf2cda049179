"""Who works at the desk and what they hold, as values. Tokens hide from every repr."""

import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from core.errors import InputRefused
from core.reports.model import Standing
from desk.staff.browsers import Browser
from desk.staff.tokens import Token

IDLE = timedelta(hours=1)
ABSOLUTE = timedelta(hours=12)
"""A long night's shift; then everybody signs in again."""
SEEN_EVERY = timedelta(minutes=1)
"""How exactly we know when a session was last used; being seen costs a commit."""
INVITE_LASTS = timedelta(hours=24)
DEVICE_LASTS = timedelta(days=90)
OPERATOR = "operator"
"""Who the trail names where whoever runs this host acted, and not a person of the desk."""
NOBODY = "nobody"
"""Who the trail names for a sign-in that failed."""

_HANDLE = 16
_SHORTEST_NAME = 2
_LONGEST_NAME = 40
_LONGEST_TYPED = 200
_RESERVED = frozenset({OPERATOR, NOBODY, "lifebelt"})


class Role(StrEnum):
    """What somebody is at the desk; one person may be several. Each page says which of them may see it."""

    SPECIALIST = "specialist"  # reads and works cases
    SUPERVISOR = "supervisor"  # reads and works cases, and decides what takes a second pair of eyes
    STATISTICIAN = "statistician"  # figures only
    AUDITOR = "auditor"  # the trail only
    ADMIN = "admin"  # accounts and settings; no evidence


Roles = frozenset[Role]
EVERYTHING: Roles = frozenset(Role)
CASEWORK: Roles = frozenset({Role.SPECIALIST, Role.SUPERVISOR})


def first_roles(standing: Standing) -> Roles:
    """What the first person of a desk is.

    A small desk is often one person. Where there is a team, whoever sets it up reads nothing.
    """
    return frozenset({Role.ADMIN}) if standing is Standing.SPECIALIST else EVERYTHING


def roles_text(roles: Iterable[Role]) -> str:
    """As the ledger and the trail have them: codes in the order of the alphabet."""
    return " ".join(sorted(roles))


def roles_of(text: str) -> Roles:
    """The opposite of `roles_text`; a code of a later version counts for nothing."""
    known = {role.value for role in Role}
    return frozenset(Role(code) for code in text.split() if code in known)


class Person(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    roles: Roles
    created_at: datetime
    created_by: str
    ended_at: datetime | None = None
    """Access was taken away then."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody signed in, as found behind a cookie's token."""

    person: Person
    digest: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    browser: Browser = Browser.OTHER
    has_codes: bool = False
    """Its person has a second factor."""

    @property
    def handle(self) -> str:
        """What a page calls it by: it opens nothing, and is worth something to this very person only."""
        return self.digest[:_HANDLE]

    def over(self, now: datetime) -> bool:
        return now >= self.expires_at or now >= self.seen_at + IDLE


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser is given once: the session's token, and the one by which we know the browser again."""

    person: Person
    token: Token
    device: Token
    expires_at: datetime

    def __repr__(self) -> str:
        return f"SignedIn(person={self.person.id})"


class Invite(msgspec.Struct, frozen=True, kw_only=True):
    """An open invitation, without its token."""

    first: bool
    roles: Roles
    made_by: str
    created_at: datetime
    expires_at: datetime


class SignInRefused(InputRefused):
    """Not signed in: `wrong` (name or password, never said which) or `too-many`."""

    code = "sign_in_refused"


class CodeWanted(SignInRefused):
    """Not signed in yet: a code is wanted, or the name or the password was wrong; nobody is told which."""

    code = "code_wanted"

    def __init__(self, step: str) -> None:
        super().__init__("code")
        self.step = step
        """What the second step is shown, sealed."""


class LinkSpent(InputRefused):
    """A one-time link that nobody can use: unknown, used, expired, or no longer the first."""

    code = "link_spent"


def clean_name(typed: str) -> str:
    """The name as it will be shown and recorded; raises InputRefused where it cannot be one."""
    name = _one_spelling(typed)
    if not _SHORTEST_NAME <= len(name) <= _LONGEST_NAME:
        raise InputRefused("name-length", field="name")
    if not all(_plain(symbol) for symbol in name):
        raise InputRefused("name-symbols", field="name")
    if name_key(name) in _RESERVED:
        raise InputRefused("name-taken", field="name")
    return name


def name_key(typed: str) -> str:
    """What two spellings of one name share."""
    return _one_spelling(typed).casefold()


def _one_spelling(typed: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", typed[:_LONGEST_TYPED]).split())


def _plain(symbol: str) -> bool:
    """Letters, marks, digits, and what stands inside names; nothing that is invisible or turns text round."""
    return unicodedata.category(symbol)[0] in "LMN" or symbol in " .-_'@+\N{RIGHT SINGLE QUOTATION MARK}"
