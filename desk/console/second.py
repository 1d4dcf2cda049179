"""The second factor on the screen: setting it up, and its recovery codes shown once."""

from http import HTTPStatus
from io import BytesIO

import segno
from aiohttp import web  # noqa: TID251 - a room returns an Application
from markupsafe import Markup

from core.errors import InputRefused
from desk.console.gate import FORM, SESSION, page
from desk.console.room import CONSOLE
from desk.console.routes import EVERYBODY, Route

_MODULE = 4  # pixels of one dark square, before the style scales it


async def second(request: web.Request) -> web.Response:
    """A secret for an app, as text and as a QR code. It counts once a first code was typed."""
    return await _second_page(request)


async def set_up(request: web.Request) -> web.Response:
    """The recovery codes, in this answer only."""
    form = request[FORM]
    sealed = form.get("offer", "")
    try:
        recovery = await request.app[CONSOLE].staff.second.set_up(
            request[SESSION], sealed, form.get("code", ""), form.get("old", "")
        )
    except InputRefused as refused:
        status = HTTPStatus.BAD_REQUEST
        return await _second_page(request, again=sealed, fault=refused.reason, status=status)
    return page(request, "second_done.html", recovery=recovery)


async def _second_page(
    request: web.Request, *, again: str = "", fault: str = "", status: int = HTTPStatus.OK
) -> web.Response:
    console, session = request.app[CONSOLE], request[SESSION]
    offer = console.staff.second.offer(session, console.pages.say("desk-name"), again)
    return page(
        request,
        "second.html",
        status=status,
        offer=offer,
        drawn=drawn(offer.address),
        state=await console.staff.second.state(session.person.id),
        must=console.staff.must_set_up(session),
        fault=fault,
    )


def drawn(text: str) -> Markup:
    """A QR code as an inline drawing, dark on light in either scheme: cameras read nothing else."""
    out = BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(
        out, kind="svg", scale=_MODULE, xmldecl=False, svgns=False, nl=False, omitsize=True, light="#fff"
    )
    return Markup(out.getvalue().decode())  # noqa: S704 - made of squares by the library, not of the text


ROUTES = (
    Route("GET", "/people/second", second, "second", EVERYBODY),
    Route("POST", "/people/second", set_up, "set_up_second", EVERYBODY),
)
