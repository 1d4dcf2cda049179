"""Builds the console: its routes, its guards, its templates. The front door mounts and serves it."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet

from aiohttp import web  # noqa: TID251 - a room returns an Application

from core.dialogue.texts import Texts
from core.ids import CommunityId
from core.reports.categories import Categories
from core.reports.model import Standing
from desk.console import case, door, gate, people, queue, trail
from desk.console.assets import Assets
from desk.console.cookies import Cookies
from desk.console.gate import page
from desk.console.room import CONSOLE, Console, DeskRooms
from desk.console.words import Pages
from desk.model import Scope
from desk.staff.accounts import Staff

_ROOM_FOR_OTHERS = 2 * 1024 * 1024  # bytes; aiohttp takes the outermost limit, the console's own is MAX_FORM


def console_app(
    desk: DeskRooms,
    staff: Staff,
    texts: Texts,
    *,
    scope: Scope,
    categories: Categories,
    community_name: Callable[[CommunityId], str] = str,
    public_url: str = "",
    open_paths: AbstractSet[str] = frozenset(),
) -> web.Application:
    """The console of one desk, to be mounted at the root of its listener.

    `public_url`: its origin, `https://…`; then cookies are bound to https. `open_paths`: exact paths that
    the front door itself serves beside it (`/readyz`, `/metrics`); everything else asks for a sign-in.
    """
    assets = Assets()
    practice = scope.standing is Standing.PRACTICE
    origin = public_url.rstrip("/")
    app = web.Application(middlewares=[gate.faults, gate.guard], client_max_size=_ROOM_FOR_OTHERS)
    app[CONSOLE] = Console(
        desk=desk,
        scope=scope,
        staff=staff,
        pages=Pages(texts, asset=assets.path, practice=practice, form_field=gate.FORM_FIELD),
        assets=assets,
        cookies=Cookies(secure=origin.startswith("https://")),
        categories=categories,
        community_name=community_name,
        origin=origin,
        open_paths=frozenset(open_paths),
    )
    app[queue.STREAMS] = queue.Streams()
    app.on_response_prepare.append(gate.stamp)
    app.on_shutdown.append(queue.end_streams)
    _add_routes(app.router)
    return app


def _add_routes(router: web.UrlDispatcher) -> None:
    router.add_get("/", queue.queue, name="queue")
    router.add_get("/queue/rows", queue.rows, name="queue_rows")
    router.add_get("/live", queue.live, name="live", allow_head=False)
    router.add_get("/case/{report:[0-9A-Za-z_-]{1,64}}", case.covered, name="case")
    router.add_post("/case/{report:[0-9A-Za-z_-]{1,64}}", case.opened, name="look")
    router.add_get("/trail", trail.trail_page, name="trail")
    router.add_get("/help", _help, name="help")
    router.add_get("/people", people.people, name="people")
    router.add_post("/people/invite", people.invite, name="invite")
    router.add_post("/people/end", people.end_access, name="end_access")
    router.add_post("/people/password", people.change_password, name="password")
    router.add_get("/sign-in", door.ask, name="sign_in")
    router.add_post("/sign-in", door.sign_in, name="sign_in_form")
    router.add_post("/sign-out", door.sign_out, name="sign_out")
    router.add_post("/sign-out-everywhere", door.sign_out_everywhere, name="sign_out_everywhere")
    router.add_get("/join/{token:[0-9A-Za-z_-]{1,128}}", door.invited, name="join")
    router.add_post("/join/{token:[0-9A-Za-z_-]{1,128}}", door.join, name="join_form")
    router.add_get("/static/{path:[0-9a-z._-]{1,64}}", _static, name="static")


async def _help(request: web.Request) -> web.Response:
    return page(request, "help.html")


async def _static(request: web.Request) -> web.Response:
    return request.app[CONSOLE].assets.answer(request.match_info["path"])
