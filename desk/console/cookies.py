"""The console's three cookies: their names, and the flags no page may forget. Sets no other."""

from datetime import timedelta
from enum import StrEnum

from aiohttp import web  # noqa: TID251 - a room returns an Application

from desk.staff.model import DEVICE_LASTS, SignedIn
from desk.staff.tokens import Token


class CookieName(StrEnum):
    SESSION = "lifebelt_desk"
    DEVICE = "lifebelt_desk_known"
    """A browser that signed in before; it opens nothing, and is only throttled apart from strangers."""
    FORM = "lifebelt_desk_form"
    """What the forms of somebody who is not signed in are bound to."""


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

    def _set(
        self, response: web.StreamResponse, cookie: CookieName, value: str, lasts: timedelta | None
    ) -> None:
        response.set_cookie(
            self.name(cookie),
            value,
            max_age=None if lasts is None else int(lasts.total_seconds()),
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="Strict",
        )

    def _drop(self, response: web.StreamResponse, cookie: CookieName) -> None:
        response.del_cookie(self.name(cookie), path="/", secure=self.secure, httponly=True, samesite="Strict")
