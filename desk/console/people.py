"""The people of the desk: inviting, taking access away, one's own password and sessions."""

from http import HTTPStatus

from aiohttp import web  # noqa: TID251 - a room returns an Application

from core.errors import InputRefused
from desk.console.gate import FORM, SESSION, page
from desk.console.room import CONSOLE


async def people(request: web.Request) -> web.Response:
    return await _people_page(request)


async def invite(request: web.Request) -> web.Response:
    """Show a one-time link, once: only its hash is kept."""
    console = request.app[CONSOLE]
    token = await console.staff.invite(request[SESSION].person.name)
    origin = console.origin or f"{request.scheme}://{request.host}"
    return await _people_page(request, link=f"{origin}/join/{token}")


async def end_access(request: web.Request) -> web.Response:
    try:
        await request.app[CONSOLE].staff.end_access(request[SESSION], request[FORM].get("person", ""))
    except InputRefused as refused:
        return await _people_page(request, fault=refused.reason, status=HTTPStatus.BAD_REQUEST)
    raise web.HTTPSeeOther("/people")


async def change_password(request: web.Request) -> web.Response:
    console, form = request.app[CONSOLE], request[FORM]
    new = form.get("new", "")
    if new != form.get("again", ""):
        return await _people_page(request, fault="password-differs", status=HTTPStatus.BAD_REQUEST)
    try:
        signed = await console.staff.change_password(request[SESSION], form.get("old", ""), new)
    except InputRefused as refused:
        return await _people_page(request, fault=refused.reason, status=HTTPStatus.BAD_REQUEST)
    response = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": "/people?changed=1"})
    console.cookies.sign_in(response, signed)
    return response


async def _people_page(
    request: web.Request, *, link: str = "", fault: str = "", status: int = HTTPStatus.OK
) -> web.Response:
    staff, me = request.app[CONSOLE].staff, request[SESSION].person
    return page(
        request,
        "people.html",
        status=status,
        people=await staff.everyone(),
        signed_in=await staff.open_sessions(me.id),
        link=link,
        fault=fault,
        changed="changed" in request.query,
    )
