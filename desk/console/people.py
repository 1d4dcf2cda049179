"""The people of the desk: inviting, taking access away, one's own password and sessions."""

from http import HTTPStatus

from aiohttp import web  # noqa: TID251 - a room returns an Application

from core.errors import InputRefused
from desk.console.door import leave
from desk.console.gate import FORM, SESSION, page
from desk.console.room import CONSOLE
from desk.console.routes import ADMIN, EVERYBODY, Route
from desk.staff.model import Role, Roles


async def people(request: web.Request) -> web.Response:
    return await _people_page(request)


async def invite(request: web.Request) -> web.Response:
    """Show a one-time link, once: only its hash is kept."""
    console = request.app[CONSOLE]
    try:
        token = await console.staff.invite(request[SESSION].person.name, _roles(request))
    except InputRefused as refused:
        return await _people_page(request, fault=refused.reason, status=HTTPStatus.BAD_REQUEST)
    origin = console.origin or f"{request.scheme}://{request.host}"
    return await _people_page(request, link=f"{origin}/join/{token}")


async def give_roles(request: web.Request) -> web.Response:
    person = request[FORM].get("person", "")
    try:
        await request.app[CONSOLE].staff.give_roles(request[SESSION], person, _roles(request))
    except InputRefused as refused:
        return await _people_page(request, fault=refused.reason, status=HTTPStatus.BAD_REQUEST)
    raise web.HTTPSeeOther("/people")


async def end_access(request: web.Request) -> web.Response:
    try:
        await request.app[CONSOLE].staff.end_access(request[SESSION], request[FORM].get("person", ""))
    except InputRefused as refused:
        return await _people_page(request, fault=refused.reason, status=HTTPStatus.BAD_REQUEST)
    raise web.HTTPSeeOther("/people")


async def end_session(request: web.Request) -> web.Response:
    """End one of one's own sessions; whoever ends this very one is signed out."""
    try:
        was_this = await request.app[CONSOLE].staff.end_session(
            request[SESSION], request[FORM].get("session", "")
        )
    except InputRefused as refused:
        return await _people_page(request, fault=refused.reason, status=HTTPStatus.BAD_REQUEST)
    if was_this:
        return leave(request)
    raise web.HTTPSeeOther("/people")


async def end_sessions_of(request: web.Request) -> web.Response:
    try:
        await request.app[CONSOLE].staff.end_sessions_of(request[SESSION], request[FORM].get("person", ""))
    except InputRefused as refused:
        return await _people_page(request, fault=refused.reason, status=HTTPStatus.BAD_REQUEST)
    raise web.HTTPSeeOther("/people")


async def end_second(request: web.Request) -> web.Response:
    """Help a colleague who lost what they sign in with."""
    staff = request.app[CONSOLE].staff
    try:
        await staff.second.take_away(request[SESSION], request[FORM].get("person", ""))
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


def _roles(request: web.Request) -> Roles:
    """Those ticked in the form."""
    return frozenset(role for role in Role if request[FORM].get(f"role-{role}"))


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
        this=request[SESSION].handle,
        second=await staff.second.state(me.id),
        with_second=await staff.second.holders() | await staff.passkeys.holders(),
        passkeys=len(await staff.passkeys.of_person(me.id)),
        all_roles=tuple(Role),
        link=link,
        fault=fault,
        changed="changed" in request.query,
    )


ROUTES = (
    Route("GET", "/people", people, "people", EVERYBODY),
    Route("POST", "/people/invite", invite, "invite", ADMIN),
    Route("POST", "/people/roles", give_roles, "give_roles", ADMIN),
    Route("POST", "/people/end", end_access, "end_access", ADMIN),
    Route("POST", "/people/second/end", end_second, "end_second", ADMIN),
    Route("POST", "/people/session/end", end_session, "end_session", EVERYBODY),
    Route("POST", "/people/sessions/end", end_sessions_of, "end_sessions_of", ADMIN),
    Route("POST", "/people/password", change_password, "password", EVERYBODY),
)
