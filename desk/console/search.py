"""Searching cases on the screen. What was typed travels in a form, never in an address; nobody keeps it."""

from aiohttp import web  # noqa: TID251 - a room returns an Application

from desk.casework.model import CaseState
from desk.casework.searching import Wanted
from desk.console.gate import FORM, SESSION, page
from desk.console.queue import row_views
from desk.console.room import CONSOLE
from desk.console.routes import CASES, Route
from desk.console.work import casework

_LONGEST = 200


async def ask(request: web.Request) -> web.Response:
    return page(request, "search.html", wanted=Wanted(), found=None, rows=(), states=tuple(CaseState))


async def search(request: web.Request) -> web.Response:
    """The cases found, in this answer only."""
    wanted = _wanted(request)
    console = request.app[CONSOLE]
    found = await casework(request).search(wanted, by=request[SESSION].person.name)
    rows = await row_views(console, found.rows)
    return page(request, "search.html", wanted=wanted, found=found, rows=rows, states=tuple(CaseState))


def _wanted(request: web.Request) -> Wanted:
    form = request[FORM]
    text, community, holder = (
        form.get(name, "").strip()[:_LONGEST] for name in ("text", "community", "holder")
    )
    state = form.get("state", "")
    known = {each.value for each in CaseState}
    return Wanted(
        text=text, community=community, holder=holder, state=CaseState(state) if state in known else None
    )


ROUTES = (
    Route("GET", "/search", ask, "search", CASES),
    Route("POST", "/search", search, "search_form", CASES),
)
