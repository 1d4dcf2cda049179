"""Care on the screen: one's own numbers and support, how pages look, and handing a case over in one press."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

import sqlalchemy as sa
import structlog
from aiohttp import web  # noqa: TID251 - a room returns an Application

from core.errors import InputRefused, LedgerError
from core.ids import ReportId
from desk.care import keeping
from desk.care.model import Choice, Choices
from desk.casework.acts import By, case_in
from desk.console.case import CASE_PATH, Section
from desk.console.gate import FORM, SESSION, fault_page, page
from desk.console.room import CONSOLE
from desk.console.routes import CASES, EVERYBODY, Route
from desk.console.work import casework, caseworkers
from desk.model import CaseRecord, Opened
from desk.rota.model import Reply
from desk.rota.shifts import shifts_between
from desk.staff.model import CASEWORK, Role

log = structlog.get_logger()


async def uncovered(request: web.Request, opened: Opened) -> None:
    """Count what a look showed."""
    messages = sum(len(one.transcript.messages) for one in opened.transcripts) + len(opened.supplements)
    await count(request, messages)


async def count(request: web.Request, messages: int) -> None:
    """Count a look at so many messages. Nobody is kept from reading because it could not be counted."""
    console = request.app[CONSOLE]
    job = partial(keeping.uncovered, by=_by(request), messages=messages, care=console.care)
    try:
        await console.desk.ledger.transact(job)
    except LedgerError as error:
        log.warning("look_not_counted", error=error.code)


async def care(request: web.Request) -> web.Response:
    """One's own, and for a supervisor the names of those to whom a pause is suggested."""
    console, me = request.app[CONSOLE], request[SESSION].person
    found = await console.desk.ledger.read(
        partial(_numbers, by=_by(request), care=console.care, supervises=Role.SUPERVISOR in me.roles)
    )
    return page(
        request,
        "care.html",
        **found,
        settings=console.care,
        choices=tuple(Choice),
        reads=bool(me.roles & CASEWORK),
        kept="kept" in request.query,
    )


def _numbers(conn: sa.Connection, by: By, care: Any, *, supervises: bool) -> dict[str, Any]:
    lately = keeping.lately(conn, by)
    today = lately[0] if lately and lately[0].day == f"{by.now:%Y-%m-%d}" else None
    return {
        "today": today,
        "week_looks": sum(day.looks for day in lately),
        "week_messages": sum(day.messages for day in lately),
        "pause": keeping.needs_pause(conn, by, care),
        "others": keeping.who_needs_pause(conn, by.scope, by.now, care) if supervises else None,
    }


async def choose(request: web.Request) -> web.Response:
    """Kept for this person, on every browser of theirs."""
    wanted: Choices = frozenset(choice for choice in Choice if request[FORM].get(choice.value))
    job = partial(keeping.choose, by=_by(request), person=request[SESSION].person.id, choices=wanted)
    await request.app[CONSOLE].desk.ledger.transact(job)
    raise web.HTTPSeeOther("/care?kept=1")


async def values(request: web.Request, record: CaseRecord) -> Mapping[str, Any]:
    """For the page of a case: whether to suggest a pause, and to whom the case may be handed."""
    console, me = request.app[CONSOLE], request[SESSION].person.name
    by = _by(request)
    found = await console.desk.ledger.read(
        partial(_handing, by=by, report=record.row.report, care=console.care)
    )
    others = [name for name in await caseworkers(request) if name != me]
    on_duty = [name for name in others if name in found["on_duty"]]
    return {
        **found,
        "mine": found["holder"] == me,
        "on_duty": on_duty,
        "others": [name for name in others if name not in on_duty],
        "uncovered": request.method == "POST",
    }


def _handing(conn: sa.Connection, by: By, report: ReportId, care: Any) -> dict[str, Any]:
    case = case_in(conn, by.scope, report)
    shifts = shifts_between(conn, by.scope, by.now, by.now)
    return {
        "pause": keeping.needs_pause(conn, by, care),
        "holder": case.holder if case else "",
        "on_duty": frozenset(shift.person for shift in shifts if shift.reply is Reply.ACCEPTED),
    }


async def pass_on(request: web.Request) -> web.Response:
    """To a colleague, or to whoever is next; and away from this page, back to the queue."""
    report, to = ReportId(request.match_info["report"]), request[FORM].get("to", "")
    if to and to not in await caseworkers(request):
        raise web.HTTPSeeOther(f"/case/{report}?fault=person-unknown#work")
    try:
        await _handed(request, report, to)
    except InputRefused as refused:
        if refused.reason == "case-unknown":
            return fault_page(request, HTTPStatus.NOT_FOUND)
        raise web.HTTPSeeOther(f"/case/{report}?fault=case-changed#work") from refused
    raise web.HTTPSeeOther("/")


async def _handed(request: web.Request, report: ReportId, to: str) -> None:
    work, me = casework(request), request[SESSION].person.name
    if to:
        await work.hand_over(report, to, by=me, holder=request[FORM].get("holder", ""))
    else:
        await work.let_go(report, by=me)


def _by(request: web.Request) -> By:
    console = request.app[CONSOLE]
    return By(request[SESSION].person.name, console.scope, console.desk.clock.now())


SECTION = Section("case_care.html", values, above=True)
ROUTES = (
    Route("GET", "/care", care, "care", EVERYBODY),
    Route("POST", "/care", choose, "choose_reading", EVERYBODY),
    Route("POST", f"{CASE_PATH}/pass-on", pass_on, "pass_on", CASES),
)
