"""Signing in by way of the desk's identity provider, and coming by it with an invitation.

A browser takes what it left with along in a cookie of its own, the only one that another site sends back.
"""

import secrets
from http import HTTPStatus
from typing import Final

from aiohttp import web  # noqa: TID251 - a room returns an Application

from desk.console.door import (
    browser_from,
    code_page,
    inside,
    join_page,
    sign_in_page,
)
from desk.console.gate import SESSION, page
from desk.console.room import CONSOLE
from desk.console.routes import Route
from desk.staff.model import CodeWanted, LinkSpent, SignInRefused
from desk.staff.provider import Leaving, Provider, ProviderDown, ProviderRefused, leaving

_BACK: Final = "/sign-in/provider/back"
_LONGEST: Final = 4096  # characters of a code or a state


async def leave(request: web.Request) -> web.Response:
    """To the provider, to sign in."""
    if SESSION in request:
        raise web.HTTPSeeOther("/")
    return await _leave(request, leaving(inside(request.query.get("to", ""))))


async def leave_invited(request: web.Request) -> web.Response:
    """To the provider, with a one-time link in hand."""
    token = request.match_info["token"]
    try:
        await request.app[CONSOLE].staff.opens(token)
    except LinkSpent:
        return page(request, "spent.html", status=HTTPStatus.GONE)
    return await _leave(request, leaving("/", token))


async def back(request: web.Request) -> web.Response:
    """From the provider, with a code; whatever does not fit is refused without saying what."""
    console, provider = request.app[CONSOLE], _provider(request)
    trip = console.staff.connecting.opened(console.cookies.read_away(request))
    said, code = (request.query.get(name, "")[:_LONGEST] for name in ("state", "code"))
    if trip is None or not code or not secrets.compare_digest(trip.state.encode(), said.encode()):
        return _refused(request, "provider-state", HTTPStatus.FORBIDDEN)
    try:
        proved = await provider.proved(trip, code, _address_of(request))
        if trip.invite:
            vouched = console.staff.connecting.vouched(proved, trip)
            return _home(request, join_page(request, at=f"/join/{trip.invite}", vouched=vouched))
        return await _enter(request, trip, console.staff.connecting.account_of(proved), strong=proved.strong)
    except ProviderDown:
        return _refused(request, "provider-down", HTTPStatus.BAD_GATEWAY)
    except ProviderRefused:
        return _refused(request, "provider-refused", HTTPStatus.FORBIDDEN)


async def _enter(request: web.Request, trip: Leaving, account: str, *, strong: bool) -> web.Response:
    """Not a redirect: the browser came from another site, and would leave the session's cookie out."""
    console = request.app[CONSOLE]
    try:
        signed = await console.staff.sign_in_with_provider(
            account, trip.state, strong=strong, browser=browser_from(request)
        )
    except CodeWanted as wanted:
        return _home(request, code_page(request, to=trip.to, step=wanted.step))
    except SignInRefused as refused:
        return _refused(request, refused.reason, HTTPStatus.FORBIDDEN)
    response = page(request, "entered.html", to=trip.to)
    console.cookies.sign_in(response, signed)
    return _home(request, response)


async def _leave(request: web.Request, trip: Leaving) -> web.Response:
    console, provider = request.app[CONSOLE], _provider(request)
    if not await console.staff.may_leave(request.remote or ""):
        return _refused(request, "too-many", HTTPStatus.TOO_MANY_REQUESTS)
    try:
        out = await provider.way_out(trip, _address_of(request))
    except ProviderDown:
        return _refused(request, "provider-down", HTTPStatus.BAD_GATEWAY)
    except ProviderRefused:
        return _refused(request, "provider-refused", HTTPStatus.BAD_GATEWAY)
    response = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": out})
    console.cookies.go_away(response, console.staff.connecting.sealed(trip))
    return response


def _provider(request: web.Request) -> Provider:
    found = request.app[CONSOLE].provider
    if found is None:
        raise web.HTTPNotFound
    return found


def _address_of(request: web.Request) -> str:
    """Where the provider sends the browser back to; the provider knows it beforehand."""
    origin = request.app[CONSOLE].origin or f"{request.scheme}://{request.host}"
    return f"{origin}{_BACK}"


def _refused(request: web.Request, fault: str, status: int) -> web.Response:
    return _home(request, sign_in_page(request, to="", fault=fault, status=status))


def _home(request: web.Request, response: web.Response) -> web.Response:
    """What the browser took along has served its time."""
    request.app[CONSOLE].cookies.came_back(response)
    return response


ROUTES = (
    Route("GET", "/sign-in/provider", leave, "sign_in_provider", None),
    Route("GET", _BACK, back, "provider_back", None),
    Route("GET", "/join/{token:[0-9A-Za-z_-]{1,128}}/provider", leave_invited, "join_provider", None),
)
