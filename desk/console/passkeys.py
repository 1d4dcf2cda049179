"""Passkeys on the screen: one's own, listed, made and ended; and the door without a password."""

from http import HTTPStatus
from typing import Any

from aiohttp import web  # noqa: TID251 - a room returns an Application

from core.errors import InputRefused
from desk.console.gate import FORM, SESSION, page
from desk.console.room import CONSOLE
from desk.console.routes import EVERYBODY, Route
from desk.staff.model import SignInRefused
from desk.staff.passkeys import Asked
from desk.staff.proving import Place, place_of


async def passkeys(request: web.Request) -> web.Response:
    return await _passkeys_page(request)


async def make(request: web.Request) -> web.Response:
    form = request[FORM]
    try:
        place = required_place(request)
        await request.app[CONSOLE].staff.passkeys.make(
            request[SESSION], place, form.get("asked", ""), form.get("credential", ""), form.get("old", "")
        )
    except InputRefused as refused:
        return await _passkeys_page(request, fault=refused.reason, status=HTTPStatus.BAD_REQUEST)
    raise web.HTTPSeeOther("/people/passkeys")


async def end(request: web.Request) -> web.Response:
    try:
        await request.app[CONSOLE].staff.passkeys.end(request[SESSION], request[FORM].get("passkey", ""))
    except InputRefused as refused:
        return await _passkeys_page(request, fault=refused.reason, status=HTTPStatus.BAD_REQUEST)
    raise web.HTTPSeeOther("/people/passkeys")


def here(request: web.Request) -> Place | None:
    """Where this page is, as passkeys see it; None where they cannot work."""
    return place_of(request.app[CONSOLE].origin or f"{request.scheme}://{request.host}")


def required_place(request: web.Request) -> Place:
    """As `here`; raises SignInRefused where passkeys cannot work."""
    place = here(request)
    if place is None:
        raise SignInRefused("passkey")
    return place


def to_sign_in(request: web.Request) -> Asked | None:
    """What the sign-in page asks its browser; None where passkeys cannot work."""
    place = here(request)
    return None if place is None else request.app[CONSOLE].staff.passkeys.ask_to_sign_in(place)


async def _passkeys_page(
    request: web.Request, *, fault: str = "", status: int = HTTPStatus.OK
) -> web.Response:
    console, session = request.app[CONSOLE], request[SESSION]
    place, kept = here(request), console.staff.passkeys
    values: dict[str, Any] = {"asked": None, "local": f"http://localhost:{request.url.port}/people/passkeys"}
    if place is not None:
        values["asked"] = await kept.ask_to_make(session, place, console.pages.say("desk-name"))
    own = await kept.of_person(session.person.id)
    return page(request, "passkeys.html", status=status, passkeys=own, fault=fault, **values)


ROUTES = (
    Route("GET", "/people/passkeys", passkeys, "passkeys", EVERYBODY),
    Route("POST", "/people/passkeys", make, "make_passkey", EVERYBODY),
    Route("POST", "/people/passkeys/end", end, "end_passkey", EVERYBODY),
)
