"""A small identity provider on loopback: real discovery, codes bound to their challenge, real signed tokens.

Its answers can be made wrong one by one.
"""

import asyncio
import base64
import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from joserfc import jwt
from joserfc.jwk import RSAKey
from yarl import URL

from core.clock import Clock
from core.settings.model import Oidc

CLIENT = "desk"
SECRET = "a secret: of the desk"
BASIC = f"Basic {base64.b64encode(b'desk:a+secret%3A+of+the+desk').decode()}"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}, private=True)
Claims = dict[str, Any]


@dataclass
class OidcProvider:
    """Signs in whoever comes as `subject`."""

    clock: Clock
    issuer: str = ""
    subject: str = "ann-at-work"
    change: Claims = field(default_factory=dict)
    """Claims that are otherwise; None leaves one out."""
    metadata: Claims = field(default_factory=dict)
    sign: Callable[[Claims], str] | None = None
    down: bool = False
    asked: list[str] = field(default_factory=list)
    codes: dict[str, Claims] = field(default_factory=dict)

    @property
    def settings(self) -> Oidc:
        return Oidc(issuer=self.issuer, client_id=CLIENT, name="Example ID", amr=("mfa",), acr=("gold",))

    def claims(self, nonce: str) -> Claims:
        now = int(self.clock.now().timestamp())
        plain = {"iss": self.issuer, "sub": self.subject, "aud": CLIENT, "nonce": nonce}
        all_of_it: Claims = plain | {"iat": now, "exp": now + 300} | self.change
        return {name: value for name, value in all_of_it.items() if value is not None}

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._counted])
        app.router.add_get("/.well-known/openid-configuration", self._discovery)
        app.router.add_get("/keys", self._keys)
        app.router.add_get("/authorize", self._authorize)
        app.router.add_post("/token", self._token)
        return app

    @web.middleware
    async def _counted(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append(request.path)
        if self.down:
            raise web.HTTPServiceUnavailable
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _discovery(self, request: web.Request) -> web.StreamResponse:
        """In two pieces, as a larger answer comes."""
        where = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        told = {name: f"{self.issuer}/{path}" for name, path in where.items()}
        body = json.dumps({"issuer": self.issuer} | told | self.metadata).encode()
        answer = web.StreamResponse(headers={"Content-Type": "application/json"})
        await answer.prepare(request)
        for piece in (body[:40], body[40:]):
            await answer.write(piece)
            await asyncio.sleep(0)
        return answer

    async def _keys(self, _request: web.Request) -> web.Response:
        return web.json_response({"keys": [{"kty": "new", "kid": "?"}, KEY.as_dict(private=False)]})

    async def _authorize(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        assert (asked["client_id"], asked["response_type"], asked["scope"]) == (CLIENT, "code", "openid")
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        raise web.HTTPFound(URL(asked["redirect_uri"]).update_query(code=code, state=asked["state"]))

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        asked = self.codes.pop(str(form["code"]), None)
        if asked is None or not self._is_whoever_asked(request, asked, dict(form)):
            return web.json_response({"error": "invalid_grant"}, status=400)
        sign = self.sign or signed
        return web.json_response({"access_token": "unused", "id_token": sign(self.claims(asked["nonce"]))})

    def _is_whoever_asked(self, request: web.Request, asked: Claims, form: Claims) -> bool:
        hashed = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        challenge = base64.urlsafe_b64encode(hashed).decode().rstrip("=")
        is_known = request.headers.get("Authorization") == BASIC or form.get("client_secret") == SECRET
        return is_known and (challenge, form["redirect_uri"]) == (
            asked["code_challenge"],
            asked["redirect_uri"],
        )


def signed(claims: Claims) -> str:
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, KEY)


@asynccontextmanager
async def oidc_provider(clock: Clock) -> AsyncIterator[OidcProvider]:
    made = OidcProvider(clock)
    async with TestServer(made.app(), host="127.0.0.1") as server:
        made.issuer = str(server.make_url("")).rstrip("/")
        yield made
