"""The life of the web room: builds its pages and its application. The front door mounts and serves them."""

from dataclasses import dataclass
from http import HTTPStatus

import structlog
from aiohttp import web  # noqa: TID251 - a room returns an Application
from aiohttp.typedefs import Handler, Middleware

from bots.web.headers import EVERYWHERE
from bots.web.outbound import Pages
from bots.web.routes import Countries, Places, Routes, Unknown
from bots.web.settings import PLATFORM, WebSettings
from core.clock import Clock
from core.dialogue.texts import Texts
from core.errors import InputRefused, LifebeltError
from core.ids import CommunityId
from core.reports.lookups import LookUps
from core.reports.road import Road
from core.signals.port import Signals

log = structlog.get_logger(__name__)


class WebPlatform:
    """The web as a platform. It knows no accounts and reaches nobody: people come back with a reference."""

    name = PLATFORM
    ready = True

    async def start(self) -> None:
        """Nothing to begin: whoever serves the application begins it."""

    async def stop(self) -> None:
        """Nothing to finish: the server finishes the requests it has taken."""

    async def reach(self, community: CommunityId, way_back: bytes, message_key: str) -> bool:  # noqa: ARG002
        """Nobody is known on the web; says so."""
        return False

    async def empty(self, handle: bytes) -> bool:  # noqa: ARG002
        """Pages empty themselves."""
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """What the room is given to work with."""

    road: Road
    places: Places
    countries: Countries
    texts: Texts
    signals: Signals
    clock: Clock
    hash_key: bytes
    """32 random bytes; addresses are counted under a hash with this key only."""


def create(given: Neighbours, settings: WebSettings) -> tuple[WebPlatform, web.Application]:
    """The platform and its application, which belongs at the root of the public listener.

    Serve it without an access log: addresses of pages name communities.
    """
    routes = Routes(
        road=given.road,
        places=given.places,
        countries=given.countries,
        pages=Pages(given.texts, settings, lambda community: _exit_of(given.places, community)),
        look_ups=LookUps(given.signals, given.hash_key),
        clock=given.clock,
        settings=settings,
    )
    app = web.Application(middlewares=[_kindly(routes)])
    app.on_response_prepare.append(_with_headers)
    routes.add_to(app)
    return WebPlatform(), app


def _exit_of(places: Places, community: CommunityId) -> str:
    settled = places.get(community)
    return settled.quick_exit_url if settled else ""


def _kindly(routes: Routes) -> Middleware:
    """Whatever fails, the answer is a page that a child can read, with help on it."""

    @web.middleware
    async def kindly(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as refused:
            return _kind_page(routes, refused)
        except LifebeltError as error:
            log.info("request_refused", code=error.code)
            return routes.fault(error)
        except Exception as error:  # noqa: BLE001 - the edge: a text of a person must not reach a log by a traceback
            log.error("page_failed", error=type(error).__name__)  # noqa: TRY400 - the same
            return routes.fault(None)

    return kindly


def _kind_page(routes: Routes, refused: web.HTTPException) -> web.StreamResponse:
    """What the server itself refuses, in our words; whatever is no refusal goes its way."""
    if refused.status < HTTPStatus.BAD_REQUEST:
        raise refused
    hidden = refused.status in {HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN}
    return routes.fault(Unknown("nothing here") if hidden else InputRefused("not like this"))


async def _with_headers(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in EVERYWHERE.items():
        response.headers.setdefault(name, value)
