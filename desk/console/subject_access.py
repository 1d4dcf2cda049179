"""Requests of people who are reported: taking one in, a second person's decision, the answer once."""

from collections.abc import Awaitable
from http import HTTPStatus

from aiohttp import web  # noqa: TID251 - a room returns an Application

from core.errors import InputRefused
from desk.console.gate import FORM, SESSION, fault_page, page
from desk.console.pressing import UNCLEAR, bench_of
from desk.console.room import CONSOLE
from desk.console.routes import SUPERVISOR, Route
from desk.subject_access.deciding import ALWAYS, Answer
from desk.subject_access.model import Verdict
from desk.subject_access.service import Named, SubjectAccess

PATH = "/subject-access"
FAULTS = frozenset(
    {
        *("access-nothing", "access-decided", "access-own", "access-undecided", "access-given"),
        *("access-closed", "reason-needed"),
    }
)
"""What a press may be refused for, in the words of the catalogue."""
_LONGEST = 2_000
_ONE = PATH + "/{request:[0-9A-Za-z_-]{1,64}}"


async def requests(request: web.Request) -> web.Response:
    """What was asked and decided: nothing of who asked."""
    fault = request.query.get("fault", "")
    shown = fault if fault in FAULTS or fault == UNCLEAR else ""
    latest = await _rooms(request).latest()
    return page(request, "subject_access.html", requests=latest, fault=shown)


async def ask(request: web.Request) -> web.Response:
    form = {name: text[:_LONGEST] for name, text in request[FORM].items()}
    named = Named(*(form.get(name, "") for name in Named._fields))
    return await _pressed(_rooms(request).ask(named, form.get("reason", ""), by=_me(request)))


async def read(request: web.Request) -> web.Response:
    """The request and what its answer would be, in this answer only; that it was read is in the trail."""
    try:
        shown = await _rooms(request).read(request.match_info["request"], by=_me(request))
    except InputRefused:
        return fault_page(request, HTTPStatus.NOT_FOUND)
    letter = _letter(request, shown.answer)
    return page(
        request, "subject_request.html", shown=shown, letter=letter, always=ALWAYS, verdicts=tuple(Verdict)
    )


async def decide(request: web.Request) -> web.Response:
    said = request[FORM].get("verdict", "")
    if said not in {each.value for each in Verdict}:
        raise web.HTTPSeeOther(f"{PATH}?fault={UNCLEAR}")
    rooms, which = _rooms(request), request.match_info["request"]
    return await _pressed(rooms.decide(which, Verdict(said), by=_me(request)))


async def give(request: web.Request) -> web.Response:
    """The answer as a file, once."""
    try:
        answer = await _rooms(request).give(request.match_info["request"], by=_me(request))
    except InputRefused as refused:
        raise _refused(refused) from refused
    headers = {"Content-Disposition": 'attachment; filename="answer.txt"'}
    return web.Response(text=_letter(request, answer), content_type="text/plain", headers=headers)


def _letter(request: web.Request, answer: Answer) -> str:
    """Has the same words for whoever is not reported, and for whoever may not be told that they are."""
    console = request.app[CONSOLE]
    say = console.pages.say
    lines = [say("desk-access-letter-open"), say("desk-access-letter-none")]
    if answer.categories:
        kinds = ", ".join(console.categories[each].professional for each in answer.categories)
        years = ", ".join(map(str, answer.years))
        lines[1] = say("desk-access-letter-some", kinds=kinds, years=years)
    return "\n\n".join([*lines, say("desk-access-letter-law"), say("desk-access-letter-close")]) + "\n"


def _rooms(request: web.Request) -> SubjectAccess:
    return SubjectAccess(bench_of(request), request.app[CONSOLE].categories)


def _me(request: web.Request) -> str:
    return request[SESSION].person.name


async def _pressed(done: Awaitable[object]) -> web.Response:
    try:
        await done
    except InputRefused as refused:
        raise _refused(refused) from refused
    raise web.HTTPSeeOther(PATH)


def _refused(refused: InputRefused) -> web.HTTPException:
    if refused.reason == "access-unknown":
        return web.HTTPNotFound()
    fault = refused.reason if refused.reason in FAULTS else UNCLEAR
    return web.HTTPSeeOther(f"{PATH}?fault={fault}")


ROUTES = (
    Route("GET", PATH, requests, "subject_access", SUPERVISOR),
    Route("POST", PATH, ask, "ask_access", SUPERVISOR),
    Route("POST", f"{_ONE}/read", read, "read_access", SUPERVISOR),
    Route("POST", f"{_ONE}/decide", decide, "decide_access", SUPERVISOR),
    Route("POST", f"{_ONE}/answer", give, "give_access", SUPERVISOR),
)
