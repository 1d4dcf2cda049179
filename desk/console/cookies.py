"""The console's four cookies: their names, and the flags no page may forget. Sets no other."""

from datetime import timedelta
from enum import StrEnum

from aiohttp import web  # noqa: TID251 - a room returns an Application

from desk.staff.connecting import AWAY
from desk.staff.model import DEVICE_LASTS, SignedIn
from desk.staff.tokens import Token


class CookieName(StrEnum):
    SESSION = "lifebelt_desk"
    DEVICE = "lifebelt_desk_known"
    """A browser that signed in before; it opens nothing, and is only throttled apart from strangers."""
    FORM = "lifebelt_desk_form"
    """What the forms of somebody who is not signed in are bound to."""
    AWAY = "lifebelt_desk_away"
    """What a browser left to the identity provider with. Lax: it comes back from there. It opens nothing."""


class Cookies:
    """Reads and writes them. With https they are bound to the host (`__Host-`) and never sent without it."""

    def __init__(self, *, secure: bool) -> None:
        self.secure = secure

    def name(self, cookie: CookieName) -> str:
        return f"__Host-{cookie}" if self.secure else str(cookie)

    def read(self, request: web.Request, cookie: CookieName) -> str:
        return request.cookies.get(self.name(cookie), "")

    def sign_in(self, response: web.StreamResponse, signed: SignedIn) -> None:
        """No age on the session's: it also ends with the browser."""
        self._set(response, CookieName.SESSION, signed.token, None)
        self._set(response, CookieName.DEVICE, signed.device, DEVICE_LASTS)
        self._drop(response, CookieName.FORM)

    def sign_out(self, response: web.StreamResponse) -> None:
        self._drop(response, CookieName.SESSION)

    def form(self, response: web.StreamResponse, token: Token) -> None:
        self._set(response, CookieName.FORM, token, None)

    def go_away(self, response: web.StreamResponse, sealed: str) -> None:
        self._set(response, CookieName.AWAY, sealed, AWAY, from_elsewhere=True)

    def read_away(self, request: web.Request) -> str:
        return self.read(request, CookieName.AWAY)

    def came_back(self, response: web.StreamResponse) -> None:
        self._drop(response, CookieName.AWAY)

    def _set(
        self,
        response: web.StreamResponse,
        cookie: CookieName,
        value: str,
        lasts: timedelta | None,
        *,
        from_elsewhere: bool = False,
    ) -> None:
        response.set_cookie(
            self.name(cookie),
            value,
            max_age=None if lasts is None else int(lasts.total_seconds()),
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="Lax" if from_elsewhere else "Strict",
        )

    def _drop(self, response: web.StreamResponse, cookie: CookieName) -> None:
        response.del_cookie(self.name(cookie), path="/", secure=self.secure, httponly=True, samesite="Strict")
