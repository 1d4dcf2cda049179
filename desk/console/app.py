"""Builds the console: its routes, its guards, its templates. The front door mounts and serves it."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

from aiohttp import web  # noqa: TID251 - a room returns an Application

from core.dialogue.texts import Texts
from core.ids import CommunityId
from core.reports.categories import Categories
from core.reports.model import Standing
from desk.care.model import Care
from desk.casework.outcomes import Outcomes
from desk.console import (
    alike,
    care,
    case,
    conflict,
    door,
    duties,
    figures,
    gate,
    links,
    pack,
    passkeys,
    people,
    queue,
    releasing,
    review,
    rota,
    saved,
    search,
    second,
    subject_access,
    talk,
    trail,
    unlocking,
    work,
)
from desk.console import (
    provider as provider_pages,
)
from desk.console.assets import Assets
from desk.console.cookies import Cookies
from desk.console.gate import page
from desk.console.room import CONSOLE, Console, DeskRooms
from desk.console.routes import EVERYBODY, Route
from desk.console.words import Pages
from desk.duties.catalogue import Laws
from desk.model import Scope
from desk.review.model import Review
from desk.staff.accounts import Staff
from desk.staff.provider import Provider
from desk.talk.questions import Question

_ROOM_FOR_OTHERS = 2 * 1024 * 1024  # bytes; aiohttp takes the outermost limit, the console's own is MAX_FORM


def console_app(
    desk: DeskRooms,
    staff: Staff,
    texts: Texts,
    *,
    scope: Scope,
    categories: Categories,
    outcomes: Outcomes,
    questions: Sequence[Question] = (),
    provider: Provider | None = None,
    laws: Laws,
    care_settings: Care = Care(),  # noqa: B008 - a value
    review_settings: Review = Review(),  # noqa: B008 - a value
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
        provider=provider,
        pages=Pages(texts, asset=assets.path, practice=practice, form_field=gate.FORM_FIELD),
        assets=assets,
        cookies=Cookies(secure=origin.startswith("https://")),
        categories=categories,
        outcomes=outcomes,
        questions=tuple(questions),
        laws=laws,
        care=care_settings,
        review=review_settings,
        community_name=community_name,
        origin=origin,
        open_paths=frozenset(open_paths),
        routes={route.name: route for route in ROUTES},
    )
    app[queue.STREAMS] = queue.Streams()
    app[case.SECTIONS] = (
        conflict.SECTION,
        care.SECTION,
        work.SECTION,
        talk.SECTION,
        unlocking.SECTION,
        duties.SECTION,
        links.SECTION,
        releasing.SECTION,
        pack.SECTION,
    )
    app[case.UNCOVERED] = case.Uncovered(care.uncovered)
    app.on_response_prepare.append(gate.stamp)
    app.on_shutdown.append(queue.end_streams)
    for route in ROUTES:
        app.router.add_route(route.method, route.path, conflict.kept(route), name=route.name)
    return app


async def _help(request: web.Request) -> web.Response:
    return page(request, "help.html")


async def _static(request: web.Request) -> web.Response:
    return request.app[CONSOLE].assets.answer(request.match_info["path"])


ROUTES = (
    *queue.ROUTES,
    *case.ROUTES,
    *work.ROUTES,
    *talk.ROUTES,
    *links.ROUTES,
    *rota.ROUTES,
    *alike.ROUTES,
    *saved.ROUTES,
    *pack.ROUTES,
    *duties.ROUTES,
    *unlocking.ROUTES,
    *releasing.ROUTES,
    *subject_access.ROUTES,
    *search.ROUTES,
    *care.ROUTES,
    *figures.ROUTES,
    *trail.ROUTES,
    *review.ROUTES,
    *people.ROUTES,
    *second.ROUTES,
    *passkeys.ROUTES,
    *door.ROUTES,
    *provider_pages.ROUTES,
    Route("GET", "/help", _help, "help", EVERYBODY),
    Route("GET", "/static/{path:[0-9a-z._-]{1,64}}", _static, "static", None, passive=True),
)
"""Every page there is. Where two would answer one path, the first does."""
