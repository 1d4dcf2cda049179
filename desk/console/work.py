"""Working a case on the screen: who has it, how far it is, what was noted, and a second person's yes."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from aiohttp import web  # noqa: TID251 - a room returns an Application

from core.errors import InputRefused
from core.ids import ReportId
from core.reports.model import Priority
from desk.casework.model import CaseState, NoteKind
from desk.casework.service import Casework
from desk.casework.states import FOLLOWS
from desk.console.case import CASE_PATH, Section
from desk.console.gate import FORM, SESSION, fault_page, page
from desk.console.pressing import bench_of
from desk.console.room import CONSOLE
from desk.console.routes import CASES, SUPERVISOR, Route
from desk.model import CaseRecord
from desk.staff.model import CASEWORK, Role


class _Press(NamedTuple):
    """What was pressed: on which report, by whom, with what in the form."""

    work: Casework
    report: ReportId
    by: str
    form: dict[str, str]


Deed = Callable[[_Press], Awaitable[object]]


async def values(request: web.Request, record: CaseRecord) -> Mapping[str, Any]:
    """What the page of a case shows of the work on it: nothing that anybody wrote."""
    console, me = request.app[CONSOLE], request[SESSION].person
    work = casework(request)
    at_work = await work.at_work(record.row.report, by=me.name)
    colleagues = await caseworkers(request)
    return {
        "at_work": at_work,
        "me": me.name,
        "supervises": Role.SUPERVISOR in me.roles,
        "steps": sorted(FOLLOWS[at_work.case.state] - {CaseState.CLOSED}) if at_work else (),
        "may_close": bool(at_work and CaseState.CLOSED in FOLLOWS[at_work.case.state]),
        "outcomes": console.outcomes.values(),
        "outcome_names": {code: outcome.staff for code, outcome in console.outcomes.items()},
        "colleagues": [name for name in colleagues if name != me.name],
        "priorities": tuple(Priority),
        "fault": "" if request.query.get("at") else request.query.get("fault", ""),
    }


async def caseworkers(request: web.Request) -> tuple[str, ...]:
    """Whoever may work a case here now."""
    everyone = await request.app[CONSOLE].staff.everyone()
    return tuple(each.name for each in everyone if each.ended_at is None and each.roles & CASEWORK)


async def read_notes(request: web.Request) -> web.Response:
    """The notes, in this answer only; that they were read is in the trail."""
    report = ReportId(request.match_info["report"])
    notes = await casework(request).read_notes(report, by=request[SESSION].person.name)
    return page(request, "case_notes.html", report=report, notes=notes)


def casework(request: web.Request) -> Casework:
    console = request.app[CONSOLE]
    desk = console.desk
    return Casework(
        bench_of(request),
        targets=desk.targets,
        words={code: outcome.told for code, outcome in console.outcomes.items()},
    )


def _pressed(deed: Deed) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Answers a press with the page of the case, or with what was wrong about it."""

    async def answer(request: web.Request) -> web.Response:
        report = ReportId(request.match_info["report"])
        press = _Press(casework(request), report, request[SESSION].person.name, request[FORM])
        try:
            await deed(press)
        except InputRefused as refused:
            if refused.reason == "case-unknown":
                return fault_page(request, HTTPStatus.NOT_FOUND)
            fault = refused.reason if refused.reason in FAULTS else "case-changed"
            raise web.HTTPSeeOther(f"/case/{report}?fault={fault}#work") from refused
        raise web.HTTPSeeOther(f"/case/{report}#work")

    return answer


FAULTS = frozenset(
    {
        "case-changed", "state-follows", "agreement-gone", "agreement-own", "agreement-asked",
        "reason-needed", "note-empty", "note-long", "task-done", "outcome-unknown", "person-unknown",
    }
)  # fmt: skip
"""What a press may be refused for, in the words of the catalogue."""


async def _take(press: _Press) -> object:
    return await press.work.take(press.report, by=press.by, holder=press.form.get("holder", ""))


async def _let_go(press: _Press) -> object:
    return await press.work.let_go(press.report, by=press.by)


async def _move(press: _Press) -> object:
    to, state = (_state(press.form.get(name, "")) for name in ("to", "state"))
    return await press.work.move(press.report, to, by=press.by, state=state)


async def _answer(press: _Press) -> object:
    agrees = press.form.get("answer") == "yes"
    return await press.work.answer(press.report, press.form.get("agreement", ""), by=press.by, agrees=agrees)


async def _prioritise(press: _Press) -> object:
    wanted = press.form.get("priority", "")
    if wanted not in {str(int(priority)) for priority in Priority}:
        raise InputRefused("case-changed", field="priority")
    reason = press.form.get("reason", "")
    return await press.work.prioritise(press.report, Priority(int(wanted)), reason, by=press.by)


async def _hold(press: _Press) -> object:
    return await press.work.hold(press.report, press.form.get("reason", ""), by=press.by)


async def _lift(press: _Press) -> object:
    return await press.work.lift(press.report, by=press.by)


async def _note(press: _Press) -> object:
    kind = NoteKind.TASK if press.form.get("kind") == NoteKind.TASK else NoteKind.NOTE
    return await press.work.note(press.report, kind, press.form.get("text", ""), by=press.by)


async def _done(press: _Press) -> object:
    return await press.work.task_done(press.report, press.form.get("task", ""), by=press.by)


async def hand_over(request: web.Request) -> web.Response:
    """To a colleague who may work cases, and to nobody else."""
    to = request[FORM].get("to", "")
    known = await caseworkers(request)

    async def deed(press: _Press) -> object:
        if to not in known:
            raise InputRefused("person-unknown")
        return await press.work.hand_over(press.report, to, by=press.by, holder=press.form.get("holder", ""))

    return await _pressed(deed)(request)


async def close(request: web.Request) -> web.Response:
    """With an outcome of the catalogue; where it takes two, a second person is asked."""
    outcome = request[FORM].get("outcome", "")
    known = request.app[CONSOLE].outcomes

    async def deed(press: _Press) -> object:
        if outcome not in known:
            raise InputRefused("outcome-unknown")
        state = _state(press.form.get("state", ""))
        return await press.work.close(press.report, outcome, by=press.by, state=state)

    return await _pressed(deed)(request)


def _state(text: str) -> CaseState:
    try:
        return CaseState(text)
    except ValueError as unknown:
        raise InputRefused("case-changed", field="state") from unknown


SECTION = Section("case_work.html", values, above=True)
ROUTES = (
    Route("POST", f"{CASE_PATH}/notes/read", read_notes, "notes", CASES),
    Route("POST", f"{CASE_PATH}/take", _pressed(_take), "take", CASES),
    Route("POST", f"{CASE_PATH}/let-go", _pressed(_let_go), "let_go", CASES),
    Route("POST", f"{CASE_PATH}/hand-over", hand_over, "hand_over", CASES),
    Route("POST", f"{CASE_PATH}/state", _pressed(_move), "move", CASES),
    Route("POST", f"{CASE_PATH}/close", close, "close", CASES),
    Route("POST", f"{CASE_PATH}/agreement", _pressed(_answer), "agreement", CASES),
    Route("POST", f"{CASE_PATH}/priority", _pressed(_prioritise), "prioritise", CASES),
    Route("POST", f"{CASE_PATH}/hold", _pressed(_hold), "hold", SUPERVISOR),
    Route("POST", f"{CASE_PATH}/lift", _pressed(_lift), "lift", SUPERVISOR),
    Route("POST", f"{CASE_PATH}/note", _pressed(_note), "note", CASES),
    Route("POST", f"{CASE_PATH}/task", _pressed(_done), "task", CASES),
)
