"""What stands before every page: who is there, whether the form is ours, and the headers of every answer.

Nothing is open but what is named open here. Errors become pages worded for staff; nothing of a report,
and no name, enters a log.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, quote

import sqlalchemy as sa
import structlog
from aiohttp import hdrs, web  # noqa: TID251 - a room returns an Application
from aiohttp.typedefs import Handler
from yarl import URL

from core.errors import InputRefused, LedgerError
from desk.care.keeping import chosen
from desk.care.model import Choices
from desk.casework.acts import By
from desk.console.cookies import CookieName
from desk.console.room import CONSOLE
from desk.console.routes import AUDITOR, SUPERVISOR, Route
from desk.review.reviewing import open_count
from desk.rota.service import Rota, Strip
from desk.staff.model import CASEWORK, Roles, Session
from desk.staff.tokens import form_token, is_form_token


class Frame(NamedTuple):
    """How whoever asks wants their pages, and how much waits for them at which."""

    chosen: Choices = frozenset()
    waiting_at: Mapping[str, int] = {}


SESSION = web.RequestKey("session", Session)
FORM = web.RequestKey("form", dict[str, str])
NEW_FORM = web.RequestKey("new_form", str)
"""The form token's secret that this very answer sets as a cookie."""
STRIP = web.RequestKey("strip", Strip)
"""What waits for an answer, where somebody who works cases asks for a page."""
FRAME = web.RequestKey("frame", Frame)
FORM_FIELD = "form_token"
AT_HOME: Final = ("queue", "figures", "trail", "people")
"""Where somebody lands who signs in: the first of these pages that they may see."""
NAV: Final = ("queue", "duties", "search", "rota", "figures", "trail", "review", "people", "care", "help")
"""The pages that the head of every page leads to."""
SETTING_UP: Final = frozenset({"second", "set_up_second", "sign_out"})
"""All there is for somebody who must set up a second factor first."""
WITHOUT_STRIP: Final = frozenset({"static", "live"})
"""What is no page: nothing is read for its head."""
MAX_FORM: Final = 64 * 1024  # bytes
FORM_WITHIN_S: Final = 30
_MAX_FIELDS = 20
_FORM_TYPE = "application/x-www-form-urlencoded"

_POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
)
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": "; ".join(_POLICY),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), display-capture=()",
    "X-Robots-Tag": "noindex, nofollow",
}
KNOWN_FAULTS: Final = (400, 401, 403, 404, 405, 413, 415, 500, 503)
"""The statuses that the catalogue has words for."""
_ONLY_HTTPS = "max-age=31536000"
_log = structlog.get_logger()


async def stamp(request: web.Request, response: web.StreamResponse) -> None:
    """Put the strict headers on every answer of the console: pages, errors, redirects and streams alike."""
    if not _is_ours(request):
        return
    response.headers.update(HEADERS)
    response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
    if request.app[CONSOLE].cookies.secure:
        response.headers["Strict-Transport-Security"] = _ONLY_HTTPS


@web.middleware
async def faults(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into a page that says what is wrong and what to do."""
    if not _is_ours(request):
        return await handler(request)
    try:
        return await handler(request)
    except web.HTTPException as answer:
        if answer.status < HTTPStatus.BAD_REQUEST:
            raise
        return fault_page(request, answer.status)
    except InputRefused:
        return fault_page(request, HTTPStatus.BAD_REQUEST)
    except LedgerError as error:
        _log.error("console_without_ledger", fault=error.code, page=request.match_info.route.name)
        return fault_page(request, HTTPStatus.SERVICE_UNAVAILABLE)
    except Exception as error:  # noqa: BLE001 - the edge of a request: whoever sits there must be told
        _log.error("console_failed", kind=type(error).__name__, page=request.match_info.route.name)
        return fault_page(request, HTTPStatus.INTERNAL_SERVER_ERROR)


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let through who is signed in, and forms that were made for exactly them."""
    if not _is_ours(request):
        return await handler(request)
    staff = request.app[CONSOLE].staff
    route = _route(request)
    session = await staff.session(request.app[CONSOLE].cookies.read(request, CookieName.SESSION))
    if session is None and (route is None or route.may is not None):
        return _ask_to_sign_in(request)
    if session is not None:
        request[SESSION] = session
        _require_role(request, session.person.roles)
        _require_second(request, session)
    if request.match_info.http_exception is not None:
        raise request.match_info.http_exception  # no such page, or not by this method
    if request.method not in {hdrs.METH_GET, hdrs.METH_HEAD}:
        await _take_form(request)
    if session is not None and route is not None and not route.passive:
        await staff.seen(session)
    if session is not None:
        request[FRAME] = await _frame(request, session)
    if session is not None and _shows_strip(request, session):
        await _take_strip(request, session)
    return await handler(request)


async def _frame(request: web.Request, session: Session) -> Frame:
    """What the frame around their pages needs to know; nothing where it cannot be read."""
    console = request.app[CONSOLE]
    by = By(session.person.name, console.scope, console.desk.clock.now())
    reviews = bool(session.person.roles & (AUDITOR | SUPERVISOR))

    def asked(conn: sa.Connection) -> Frame:
        waiting = {"review": open_count(conn, by)} if reviews else {}
        return Frame(chosen(conn, session.person.id), waiting)

    try:
        return await console.desk.ledger.read(asked)
    except LedgerError:
        return Frame()


def fault_page(request: web.Request, status: int) -> web.Response:
    console = request.app[CONSOLE]
    code = status if status in KNOWN_FAULTS else HTTPStatus.INTERNAL_SERVER_ERROR
    body = console.pages.render("fault.html", code=int(code), **chrome(request))
    return web.Response(text=body, content_type="text/html", status=status)


def page(request: web.Request, template: str, *, status: int = 200, **values: object) -> web.Response:
    """A page of the console for whoever asks."""
    body = request.app[CONSOLE].pages.render(template, **chrome(request), **values)
    return web.Response(text=body, content_type="text/html", status=status)


def rota_of(request: web.Request) -> Rota:
    """The rota of the desk that this screen shows."""
    desk = request.app[CONSOLE].desk
    return Rota(desk.ledger, desk.signals, desk.clock, desk.rota, request.app[CONSOLE].scope)


def chrome(request: web.Request) -> dict[str, object]:
    """What the frame around every page shows."""
    session = request.get(SESSION)
    return {
        "me": session.person if session else None,
        "nav": _nav(request, session) if session else [],
        "form_token": form_token(_bound_to(request)),
        "here": request.match_info.route.name or "",
        "strip": request.get(STRIP),
        **request.get(FRAME, Frame())._asdict(),
        "now": request.app[CONSOLE].desk.clock.now(),
    }


def _nav(request: web.Request, session: Session) -> list[tuple[str, str]]:
    if request.app[CONSOLE].staff.must_set_up(session):
        return []
    return [(page.name, page.path) for page in _pages(request, session.person.roles, NAV)]


def _route(request: web.Request) -> Route | None:
    """The page that is asked for; None where there is no such page."""
    return request.app[CONSOLE].routes.get(request.match_info.route.name or "")


def _require_role(request: web.Request, roles: Roles) -> None:
    """Refuse whoever may not see this page; who only came in by the front door is shown where they belong."""
    route = _route(request)
    if route is None or route.may is None or route.may & roles:
        return
    if route.name == AT_HOME[0] and request.method == hdrs.METH_GET:
        raise web.HTTPSeeOther(next(page.path for page in _pages(request, roles, AT_HOME)))
    raise web.HTTPForbidden


def _require_second(request: web.Request, session: Session) -> None:
    """Lead whoever still has to set up a second factor there, from everywhere."""
    route = _route(request)
    if not request.app[CONSOLE].staff.must_set_up(session):
        return
    if route is not None and (route.may is None or route.name in SETTING_UP):
        return
    if request.method == hdrs.METH_GET and not (route is not None and route.passive):
        raise web.HTTPSeeOther("/people/second")
    raise web.HTTPForbidden


def _pages(request: web.Request, roles: Roles, names: Sequence[str]) -> Iterator[Route]:
    """Those of these pages that there are, and that somebody with these roles may see."""
    routes = request.app[CONSOLE].routes
    found = (routes[name] for name in names if name in routes)
    return (route for route in found if route.may is not None and route.may & roles)


def _is_ours(request: web.Request) -> bool:
    """Rooms mounted beside the console, and the front door's own paths, guard themselves."""
    root = request.match_info.apps[0]
    return len(request.match_info.apps) == 1 and request.path not in root[CONSOLE].open_paths


def _ask_to_sign_in(request: web.Request) -> web.Response:
    route = _route(request)
    if request.method != hdrs.METH_GET or (route is not None and route.passive):
        return fault_page(request, HTTPStatus.UNAUTHORIZED)
    raise web.HTTPSeeOther(f"/sign-in?to={quote(request.path)}" if request.path != "/" else "/sign-in")


async def _take_form(request: web.Request) -> None:
    """Read the form and refuse it unless it was made here, for the browser that sends it."""
    if not _same_site(request):
        raise web.HTTPForbidden
    if request.content_type != _FORM_TYPE:
        raise web.HTTPUnsupportedMediaType
    try:
        async with asyncio.timeout(FORM_WITHIN_S):
            body = await request.clone(client_max_size=MAX_FORM).read()
    except TimeoutError as slow:
        raise web.HTTPRequestTimeout from slow
    try:
        fields = parse_qsl(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError as wrong:
        raise web.HTTPBadRequest from wrong
    form = dict(fields)
    bound = _bound_to(request)
    if not bound or not is_form_token(form.get(FORM_FIELD, ""), bound):
        raise web.HTTPForbidden
    request[FORM] = form


def _shows_strip(request: web.Request, session: Session) -> bool:
    route = _route(request)
    if request.method != hdrs.METH_GET or route is None or route.name in WITHOUT_STRIP:
        return False
    return bool(session.person.roles & CASEWORK)


async def _take_strip(request: web.Request, session: Session) -> None:
    """Where the ledger does not answer the page goes without it."""
    with suppress(LedgerError):
        request[STRIP] = await rota_of(request).strip(person=session.person.name)


def _bound_to(request: web.Request) -> str:
    """The token that this browser's forms are bound to: its session's, else the one of the sign-in page."""
    cookies = request.app[CONSOLE].cookies
    if SESSION in request:
        return cookies.read(request, CookieName.SESSION)
    return request.get(NEW_FORM) or cookies.read(request, CookieName.FORM)


def _same_site(request: web.Request) -> bool:
    """What the browser itself says of where the form came from; browsers that say nothing have the token."""
    fetched = request.headers.get("Sec-Fetch-Site")
    if fetched is not None and fetched not in {"same-origin", "none"}:
        return False
    origin = request.headers.get(hdrs.ORIGIN)
    if origin in {None, "null"}:  # what a browser sends where the page asked for no referrer
        return True
    configured = request.app[CONSOLE].origin
    return origin == configured or URL(origin).authority == request.host
