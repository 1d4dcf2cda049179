"""Signing in and out, and making an account with a one-time link. Never says whether a name exists."""

import re
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus

from aiohttp import hdrs, web  # noqa: TID251 - a room returns an Application

from core.errors import InputRefused
from desk.console.cookies import CookieName
from desk.console.gate import FORM, NEW_FORM, SESSION, page
from desk.console.passkeys import required_place, to_sign_in
from desk.console.room import CONSOLE
from desk.console.routes import EVERYBODY, Route
from desk.staff.browsers import Browser, browser_of
from desk.staff.model import CodeWanted, LinkSpent, SignedIn, SignInRefused
from desk.staff.tokens import new_token

_INSIDE = re.compile(r"/(case/[0-9A-Za-z_-]{1,64}|trail|people|help)")
"""Where signing in may lead besides the queue; nothing that came with the address is followed blindly."""


async def ask(request: web.Request) -> web.Response:
    """The sign-in page."""
    if SESSION in request:
        raise web.HTTPSeeOther("/")
    return sign_in_page(request, to=request.query.get("to", ""))


async def sign_in(request: web.Request) -> web.Response:
    console, form = request.app[CONSOLE], request[FORM]
    name, to = form.get("name", ""), form.get("to", "")
    try:
        signed = await console.staff.sign_in(
            name,
            form.get("password", ""),
            address=request.remote or "",
            device=console.cookies.read(request, CookieName.DEVICE),
            browser=browser_from(request),
        )
    except CodeWanted as wanted:
        return code_page(request, to=to, step=wanted.step)
    except SignInRefused as refused:
        return sign_in_page(request, to=to, fault=refused.reason, name=name, status=_status(refused))
    return _enter(request, signed, inside(to))


async def sign_in_with_code(request: web.Request) -> web.Response:
    """The second step: what was wrong, the code or what was typed before, is never said."""
    console, form = request.app[CONSOLE], request[FORM]
    step, to = form.get("step", ""), form.get("to", "")
    try:
        signed = await console.staff.sign_in_with_code(
            step,
            form.get("code", ""),
            device=console.cookies.read(request, CookieName.DEVICE),
            browser=browser_from(request),
        )
    except SignInRefused as refused:
        if refused.reason == "step-over":
            return sign_in_page(request, to=to, fault=refused.reason, status=_status(refused))
        fault = "code" if refused.reason == "wrong" else "code-many"
        return code_page(request, to=to, step=step, fault=fault, status=_status(refused))
    return _enter(request, signed, inside(to))


async def sign_out(request: web.Request) -> web.Response:
    console = request.app[CONSOLE]
    await console.staff.sign_out(request[SESSION])
    return leave(request)


async def sign_out_everywhere(request: web.Request) -> web.Response:
    console = request.app[CONSOLE]
    await console.staff.sign_out_everywhere(request[SESSION])
    return leave(request)


async def invited(request: web.Request) -> web.Response:
    """The page behind a one-time link."""
    try:
        await request.app[CONSOLE].staff.opens(request.match_info["token"])
    except LinkSpent:
        return page(request, "spent.html", status=HTTPStatus.GONE)
    return join_page(request)


async def join(request: web.Request) -> web.Response:
    form = request[FORM]
    name, password = form.get("name", ""), form.get("password", "")
    vouched = form.get("vouched", "")
    again = partial(join_page, request, name=name, vouched=vouched, status=HTTPStatus.BAD_REQUEST)
    if password != form.get("again", ""):
        return again(fault="password-differs")
    try:
        signed = await request.app[CONSOLE].staff.join(
            request.match_info["token"], name, password, browser_from(request), vouched=vouched
        )
    except LinkSpent:
        return page(request, "spent.html", status=HTTPStatus.GONE)
    except InputRefused as refused:
        return again(fault=refused.reason)
    return _enter(request, signed, "/")


async def sign_in_with_passkey(request: web.Request) -> web.Response:
    console, form = request.app[CONSOLE], request[FORM]
    to = form.get("to", "")
    try:
        place = required_place(request)
        signed = await console.staff.sign_in_with_passkey(
            place,
            form.get("asked", ""),
            form.get("credential", ""),
            address=request.remote or "",
            device=console.cookies.read(request, CookieName.DEVICE),
            browser=browser_from(request),
        )
    except SignInRefused as refused:
        return sign_in_page(request, to=to, fault=refused.reason, status=_status(refused))
    return _enter(request, signed, inside(to))


def _status(refused: SignInRefused) -> int:
    return HTTPStatus.TOO_MANY_REQUESTS if refused.reason == "too-many" else HTTPStatus.FORBIDDEN


def inside(to: str) -> str:
    return to if _INSIDE.fullmatch(to) else "/"


def code_page(
    request: web.Request, *, to: str, step: str, fault: str = "", status: int = HTTPStatus.OK
) -> web.Response:
    return _open_form(request, "code.html", status, {"to": to, "step": step, "fault": fault})


def sign_in_page(
    request: web.Request, *, to: str, fault: str = "", name: str = "", status: int = HTTPStatus.OK
) -> web.Response:
    values: dict[str, object] = {"to": to, "fault": fault, "name": name, "asked": to_sign_in(request)}
    values["provider"] = provider_name(request)
    return _open_form(request, "sign_in.html", status, values)


def join_page(
    request: web.Request,
    *,
    at: str = "",
    vouched: str = "",
    fault: str = "",
    name: str = "",
    status: int = HTTPStatus.OK,
) -> web.Response:
    """`at`: where the form goes, if not where the page is. `vouched`: what came back from the provider."""
    values = {"fault": fault, "name": name, "vouched": vouched, "at": at or request.path}
    return _open_form(request, "join.html", status, values | {"provider": provider_name(request)})


def provider_name(request: web.Request) -> str:
    """What the sign-in page calls the identity provider; empty where there is none."""
    provider = request.app[CONSOLE].provider
    return "" if provider is None else provider.name


def _open_form(
    request: web.Request, template: str, status: int, values: Mapping[str, object]
) -> web.Response:
    """A page with a form for somebody without a session: bound to a cookie that comes along with it."""
    cookies = request.app[CONSOLE].cookies
    secret = None
    if SESSION not in request and not cookies.read(request, CookieName.FORM):
        secret = new_token()
        request[NEW_FORM] = secret
    response = page(request, template, status=status, **values)
    if secret:
        cookies.form(response, secret)
    return response


def browser_from(request: web.Request) -> Browser:
    return browser_of(request.headers.get(hdrs.USER_AGENT, ""))


def _enter(request: web.Request, signed: SignedIn, to: str) -> web.Response:
    response = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": to})
    request.app[CONSOLE].cookies.sign_in(response, signed)
    return response


def leave(request: web.Request) -> web.Response:
    """To the sign-in page, without the session's cookie and without what the browser kept of our pages."""
    response = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": "/sign-in"})
    request.app[CONSOLE].cookies.sign_out(response)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


ROUTES = (
    Route("GET", "/sign-in", ask, "sign_in", None),
    Route("POST", "/sign-in", sign_in, "sign_in_form", None),
    Route("POST", "/sign-in/code", sign_in_with_code, "sign_in_code", None),
    Route("POST", "/sign-in/passkey", sign_in_with_passkey, "sign_in_passkey", None),
    Route("POST", "/sign-out", sign_out, "sign_out", EVERYBODY),
    Route("POST", "/sign-out-everywhere", sign_out_everywhere, "sign_out_everywhere", EVERYBODY),
    Route("GET", "/join/{token:[0-9A-Za-z_-]{1,128}}", invited, "join", None),
    Route("POST", "/join/{token:[0-9A-Za-z_-]{1,128}}", join, "join_form", None),
)
