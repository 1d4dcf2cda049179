"""What an identity provider says counts only if all of it holds, and it is asked at its own hosts alone."""

import base64
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest
from aiohttp.test_utils import unused_port
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from yarl import URL

from core.settings.model import Oidc
from core.testing.clock import START, FixedClock
from desk.staff.provider import Leaving, Provider, ProviderDown, ProviderRefused, leaving, proved
from tests.oidc_provider import CLIENT, KEY, SECRET, Claims, OidcProvider, oidc_provider, signed

BACK = "https://desk.example/sign-in/provider/back"
NOW = int(START.timestamp())
SETTINGS = Oidc(issuer="https://id.example", client_id=CLIENT, amr=("mfa",), acr=("gold",))
GOOD: Claims = {
    "iss": "https://id.example", "sub": "ann", "aud": CLIENT, "nonce": "n", "iat": NOW, "exp": NOW + 300,
}  # fmt: skip
PUBLIC = KEY.as_dict(private=False)


def judged(claims: Claims, sign: Callable[[Claims], str] = signed) -> Any:
    token = sign({name: value for name, value in claims.items() if value is not None})
    return proved(token, [PUBLIC], SETTINGS, "n", START)


def test_who_is_vouched_for_is_known() -> None:
    assert judged(GOOD) == ("https://id.example", "ann", False)


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://other.example"},
        {"iss": "https://id.example/"},
        {"sub": ""},
        {"sub": None},
        {"aud": "another"},
        {"aud": [CLIENT, "another"]},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"azp": "another"},
        {"nonce": "m"},
        {"nonce": None},
        {"exp": NOW - 61},
        {"exp": None},
        {"iat": NOW - 700},
        {"iat": NOW + 100},
        {"iat": "now"},
    ],
    ids=str,
)
def test_a_token_for_somebody_else_or_of_another_time_is_refused(change: Claims) -> None:
    with pytest.raises(ProviderRefused):
        judged(GOOD | change)


@pytest.mark.parametrize(
    "change", [{"aud": [CLIENT]}, {"aud": [CLIENT, "x"], "azp": CLIENT}, {"exp": NOW - 30}]
)
def test_what_is_only_written_otherwise_holds(change: Claims) -> None:
    assert judged(GOOD | change).subject == "ann"


@pytest.mark.parametrize(
    ("change", "strong"),
    [
        ({"amr": ["pwd", "mfa"]}, True),
        ({"amr": ["pwd"]}, False),
        ({"acr": "gold"}, True),
        ({"acr": "0"}, False),
    ],
    ids=str,
)
def test_a_second_factor_counts_only_as_the_settings_say(change: Claims, strong: bool) -> None:
    assert judged(GOOD | change).strong is strong


def unsigned(claims: Claims) -> str:
    head, body = ({"alg": "none"}, claims)
    parts = (
        base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode() for each in (head, body)
    )
    return ".".join((*parts, ""))


def by_what_is_public(claims: Claims) -> str:
    """Signed with the published key as if it were a shared secret."""
    secret = OctKey.import_key(str(PUBLIC["n"]))
    return jwt.encode({"alg": "HS256", "kid": "one"}, claims, secret)


def by_somebody_else(claims: Claims) -> str:
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, RSAKey.generate_key(2048))


def by_a_key_of_its_own(claims: Claims) -> str:
    """The key lies in the token itself."""
    key = RSAKey.generate_key(2048)
    return jwt.encode({"alg": "RS256", "jwk": key.as_dict(private=False)}, claims, key)


def changed_after(claims: Claims) -> str:
    head, _, signature = signed(claims).split(".")
    body = base64.urlsafe_b64encode(json.dumps(claims | {"sub": "bob"}).encode()).rstrip(b"=").decode()
    return f"{head}.{body}.{signature}"


@pytest.mark.parametrize(
    "sign",
    [unsigned, by_what_is_public, by_somebody_else, by_a_key_of_its_own, changed_after, lambda _: "a.b.c"],
)
def test_what_the_provider_did_not_sign_is_refused(sign: Callable[[Claims], str]) -> None:
    with pytest.raises(ProviderRefused):
        judged(GOOD, sign)


def test_a_shared_secret_among_the_published_keys_counts_for_nothing() -> None:
    secret = OctKey.generate_key(256, {"kid": "one"})
    token = jwt.encode({"alg": "HS256", "kid": "one"}, GOOD, secret)
    with pytest.raises(ProviderRefused):
        proved(token, [secret.as_dict(private=True), {"kty": "RSA"}], SETTINGS, "n", START)


@given(token=st.text(max_size=200))
def test_no_text_is_a_token(token: str) -> None:
    with pytest.raises(ProviderRefused):
        proved(token, [PUBLIC], SETTINGS, "n", START)


# The way there and back.


@pytest.fixture
async def there(clock: FixedClock) -> AsyncIterator[OidcProvider]:
    async with oidc_provider(clock) as made:
        yield made


def ours(there: OidcProvider, clock: FixedClock, **change: Any) -> Provider:
    return Provider(msgspec.structs.replace(there.settings, **change), SECRET, clock)


async def code_for(there: OidcProvider, clock: FixedClock, trip: Leaving) -> str:
    """Goes out and stops at the door."""
    out = URL(await ours(there, clock).way_out(trip, BACK))
    there.codes["code"] = dict(out.query)
    return "code"


@pytest.mark.parametrize("ways", [["client_secret_basic"], ["client_secret_post"]], ids=str)
async def test_a_code_stands_for_somebody_once(
    there: OidcProvider, clock: FixedClock, ways: list[str]
) -> None:
    there.metadata = {"token_endpoint_auth_methods_supported": ways}
    trip = leaving("/")
    code = await code_for(there, clock, trip)
    assert (await ours(there, clock).proved(trip, code, BACK)).subject == "ann-at-work"
    with pytest.raises(ProviderRefused):
        await ours(there, clock).proved(trip, code, BACK)


async def test_a_code_that_was_fetched_for_another_trip_is_refused(
    there: OidcProvider, clock: FixedClock
) -> None:
    code = await code_for(there, clock, leaving("/"))
    with pytest.raises(ProviderRefused):
        await ours(there, clock).proved(leaving("/"), code, BACK)


@pytest.mark.parametrize("which", ["token_endpoint", "jwks_uri", "authorization_endpoint"])
async def test_a_host_that_the_settings_do_not_name_is_never_called(
    there: OidcProvider, clock: FixedClock, which: str
) -> None:
    there.metadata = {which: "http://elsewhere.invalid/x"}
    for act in (
        ours(there, clock).way_out(leaving("/"), BACK),
        ours(there, clock).proved(leaving("/"), "c", BACK),
    ):
        with pytest.raises(ProviderRefused, match="host"):
            await act
    assert set(there.asked) == {"/.well-known/openid-configuration"}


async def test_a_host_of_the_provider_that_the_settings_name_is_called(
    there: OidcProvider, clock: FixedClock
) -> None:
    there.metadata = {"authorization_endpoint": "http://login.example/x"}
    out = await ours(there, clock, hosts=("login.example",)).way_out(leaving("/"), BACK)
    assert out.startswith("http://login.example/x?")


async def test_another_name_than_that_of_the_settings_is_refused(
    there: OidcProvider, clock: FixedClock
) -> None:
    there.metadata = {"issuer": "https://other.example"}
    with pytest.raises(ProviderRefused, match="name"):
        await ours(there, clock).way_out(leaving("/"), BACK)


async def test_a_provider_that_is_away_or_talks_nonsense_is_down(
    there: OidcProvider, clock: FixedClock
) -> None:
    gone = ours(there, clock, issuer=f"http://127.0.0.1:{unused_port()}")
    there.down = True
    for provider in (gone, ours(there, clock)):
        with pytest.raises(ProviderDown):
            await provider.way_out(leaving("/"), BACK)
    there.down, there.metadata = False, {"jwks_uri": 3}
    with pytest.raises(ProviderDown):
        await ours(there, clock).way_out(leaving("/"), BACK)
