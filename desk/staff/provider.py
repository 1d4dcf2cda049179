"""What an identity provider proves (OpenID Connect): the only module that knows the library for it.

Authorisation code with PKCE, state and nonce. Calls the provider's hosts and no other, follows no redirect,
and believes nothing that is not signed by a key which the provider publishes. Stores nothing, knows nobody.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import quote_plus

import aiohttp
import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet, import_key
from yarl import URL

from core.clock import Clock
from core.errors import LifebeltError
from core.settings.model import Oidc

ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "Ed25519",
)
"""Signed with a private key: none of them can be made with what the provider publishes."""
_KINDS: Final = frozenset({"RSA", "EC", "OKP"})
LEEWAY: Final = timedelta(minutes=1)
OLDEST: Final = timedelta(minutes=10)
"""An identity token is made for this very sign-in."""
TIMEOUT_S: Final = 10.0
_LARGEST: Final = 256 * 1024  # bytes of one answer
_OK: Final = 200
_SERVER_FAULT: Final = 500
_DISCOVERY: Final = ".well-known/openid-configuration"
T = TypeVar("T")


class ProviderDown(LifebeltError):
    """The provider does not answer, or not in a way that can be read."""

    code = "provider_down"


class ProviderRefused(LifebeltError):
    """The provider said no, or what it said does not hold."""

    code = "provider_refused"


class Leaving(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser takes along, sealed, while it is away at the provider."""

    state: str
    nonce: str
    verifier: str
    to: str
    """Where it wanted to go."""
    invite: str
    """The one-time link it came by; empty: somebody signs in."""

    def __repr__(self) -> str:
        return "<Leaving hidden>"


class Proved(NamedTuple):
    """Whom the provider vouches for. `strong`: with a second factor that the settings count as one."""

    issuer: str
    subject: str
    strong: bool


class _Metadata(msgspec.Struct, frozen=True, kw_only=True):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class _Tokens(msgspec.Struct, frozen=True, kw_only=True):
    id_token: str

    def __repr__(self) -> str:
        return "<_Tokens hidden>"


class _Keys(msgspec.Struct, frozen=True, kw_only=True):
    keys: tuple[dict[str, Any], ...]


class _Claims(msgspec.Struct, frozen=True, kw_only=True):
    iss: str
    sub: str
    aud: str | tuple[str, ...]
    exp: int | float
    iat: int | float
    nonce: str
    azp: str | None = None
    amr: tuple[str, ...] = ()
    acr: str | None = None


def leaving(to: str, invite: str = "") -> Leaving:
    """For one trip to the provider and back."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    return Leaving(state=state, nonce=nonce, verifier=verifier, to=to, invite=invite)


class Provider:
    """The one provider of a desk."""

    def __init__(self, settings: Oidc, secret: str, clock: Clock) -> None:
        self._settings = settings
        self._secret = secret
        self._clock = clock
        self._hosts = {_host(URL(settings.issuer)), *settings.hosts}

    @property
    def name(self) -> str:
        """What people know it by."""
        return self._settings.name or URL(self._settings.issuer).host or ""

    async def way_out(self, trip: Leaving, back: str) -> str:
        """The provider's page, with what it is asked. Raises ProviderDown and ProviderRefused."""
        async with self._session() as session:
            found = await self._metadata(session)
        challenge = hashlib.sha256(trip.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "scope": "openid",
            "client_id": self._settings.client_id,
            "redirect_uri": back,
            "state": trip.state,
            "nonce": trip.nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return str(URL(found.authorization_endpoint).update_query(asked))

    async def proved(self, trip: Leaving, code: str, back: str) -> Proved:
        """Whom the code stands for. Raises ProviderDown and ProviderRefused."""
        async with self._session() as session:
            found = await self._metadata(session)
            tokens = await self._tokens(session, found, trip, code, back)
            keys = await self._fetch(session, "GET", found.jwks_uri, _Keys)
        return proved(tokens.id_token, keys.keys, self._settings, trip.nonce, self._clock.now())

    def _session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            headers={"User-Agent": "lifebelt", "Accept": "application/json"},
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
        )

    async def _metadata(self, session: aiohttp.ClientSession) -> _Metadata:
        issuer = self._settings.issuer
        found = await self._fetch(session, "GET", f"{issuer.rstrip('/')}/{_DISCOVERY}", _Metadata)
        if found.issuer != issuer:
            raise ProviderRefused("the provider calls itself by another name than the settings")
        for address in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
            self._check(address)
        return found

    async def _tokens(
        self, session: aiohttp.ClientSession, found: _Metadata, trip: Leaving, code: str, back: str
    ) -> _Tokens:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": trip.verifier,
        }
        headers = {}
        if "client_secret_basic" in found.token_endpoint_auth_methods_supported:
            headers = {"Authorization": _basic(self._settings.client_id, self._secret)}
        else:
            form |= {"client_id": self._settings.client_id, "client_secret": self._secret}
        return await self._fetch(session, "POST", found.token_endpoint, _Tokens, data=form, headers=headers)

    async def _fetch(
        self, session: aiohttp.ClientSession, method: str, address: str, kind: type[T], **how: Any
    ) -> T:
        self._check(address)
        try:
            async with session.request(method, address, allow_redirects=False, **how) as answer:
                body = await _whole(answer)
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as fault:
            raise ProviderDown("no answer") from fault
        if status >= _SERVER_FAULT:
            raise ProviderDown(f"status {status}")
        if status != _OK:
            raise ProviderRefused(f"status {status}")
        try:
            return msgspec.json.decode(body, type=kind)
        except (ValueError, RecursionError) as fault:
            raise ProviderDown("an answer that cannot be read") from fault

    def _check(self, address: str) -> None:
        """Only the hosts of the settings are ever called, or shown to a browser."""
        try:
            url = URL(address)
        except ValueError as wrong:
            raise ProviderRefused("an address that is none") from wrong
        if _host(url) not in self._hosts or url.scheme != URL(self._settings.issuer).scheme:
            raise ProviderRefused("the provider names a host that the settings do not")


async def _whole(answer: aiohttp.ClientResponse) -> bytes:
    """However many pieces it comes in. Raises ProviderDown where it is too large."""
    body = bytearray()
    async for piece in answer.content.iter_any():
        body += piece
        if len(body) > _LARGEST:
            raise ProviderDown("an answer too large")
    return bytes(body)


def proved(
    token: str, keys: Sequence[Mapping[str, Any]], settings: Oidc, nonce: str, now: datetime
) -> Proved:
    """Whom an identity token vouches for, if all of it holds. Raises ProviderRefused."""
    try:
        decoded = jwt.decode(token, _usable(keys), algorithms=ALGORITHMS)
        claims = msgspec.convert(decoded.claims, _Claims)
    except (JoseError, ValueError, RecursionError) as wrong:
        raise ProviderRefused("an identity token that does not hold") from wrong
    if not _is_for_us(claims, settings, nonce, now):
        raise ProviderRefused("an identity token for somebody else, or of another time")
    strong = bool(set(claims.amr) & set(settings.amr)) or claims.acr in settings.acr
    return Proved(claims.iss, claims.sub, strong)


def _usable(keys: Sequence[Mapping[str, Any]]) -> KeySet:
    """Those that sign; one that cannot be read keeps no other from counting."""
    found: list[Key] = []
    for key in keys:
        if key.get("kty") in _KINDS and key.get("use", "sig") == "sig":
            with suppress(JoseError, ValueError, KeyError, TypeError):
                found.append(import_key(dict(key)))
    return KeySet(found)


def _is_for_us(claims: _Claims, settings: Oidc, nonce: str, now: datetime) -> bool:
    audience = (claims.aud,) if isinstance(claims.aud, str) else claims.aud
    me, at, leeway = settings.client_id, now.timestamp(), LEEWAY.total_seconds()
    return (
        claims.iss == settings.issuer
        and bool(claims.sub)
        and me in audience
        and (len(audience) == 1 or claims.azp == me)
        and claims.azp in {None, me}
        and secrets.compare_digest(claims.nonce.encode(), nonce.encode())
        and at < claims.exp + leeway
        and at - OLDEST.total_seconds() - leeway <= claims.iat <= at + leeway
    )


def _host(url: URL) -> str:
    """With the port, where it is not the usual one."""
    return url.host_port_subcomponent or ""


def _basic(name: str, secret: str) -> str:
    """As RFC 6749 has it: each half encoded as in a form first."""
    pair = f"{quote_plus(name)}:{quote_plus(secret)}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"
