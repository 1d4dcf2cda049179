"""What a case may belong together with, on its page: suggestions with reasons, joining, refusing, undoing."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

import sqlalchemy as sa
from aiohttp import web  # noqa: TID251 - a room returns an Application

from core.errors import InputRefused
from core.ids import ReportId, new_id
from desk.casework.acts import By, case_in
from desk.casework.folds import folds_of
from desk.casework.joins import join, joins_of, undo
from desk.console.case import CASE_PATH, Section
from desk.console.gate import FORM, SESSION, fault_page
from desk.console.room import CONSOLE
from desk.console.routes import CASES, Route
from desk.linking import suggesting
from desk.model import CaseRecord, Scope
from desk.queue import QUEUE


async def values(request: web.Request, record: CaseRecord) -> Mapping[str, Any]:
    """Suggestions and joins as they are now; nothing of what anybody said."""
    console = request.app[CONSOLE]
    found = await console.desk.ledger.read(partial(_linked, scope=console.scope, report=record.row.report))
    fault = request.query.get("fault", "")
    return {
        **found,
        "community": console.community_name,
        "fault": fault if fault in FAULTS and request.query.get("at") == "links" else "",
    }


def _linked(conn: sa.Connection, scope: Scope, report: ReportId) -> dict[str, Any]:
    case = case_in(conn, scope, report)
    if case is None:
        return {"suggestions": (), "refused": (), "joins": (), "folds": ()}
    return {
        "suggestions": suggesting.suggested(conn, scope, case.id),
        "refused": suggesting.refused_of(conn, case.id),
        "folds": folds_of(conn, case.id),
        "joins": [each for each in joins_of(conn, case.id) if each.undone_at is None],
    }


async def confirm(request: web.Request) -> web.Response:
    """The other case is taken into this one; it can be undone."""
    by, report, other = _pressed(request)
    job = partial(join, scope=by.scope, case=report, other=other, id=new_id(), by=by.who, now=by.now)
    return await _done(request, job)


async def refuse(request: web.Request) -> web.Response:
    by, report, other = _pressed(request)
    return await _done(request, partial(_with_both, act=suggesting.refuse, by=by, report=report, other=other))


async def take_back(request: web.Request) -> web.Response:
    by, report, other = _pressed(request)
    job = partial(_with_both, act=suggesting.take_back, by=by, report=report, other=other)
    return await _done(request, job)


async def undo_join(request: web.Request) -> web.Response:
    by, report, _ = _pressed(request)
    joined = request[FORM].get("join", "")
    return await _done(request, partial(_undo, by=by, report=report, joined=joined))


def _undo(conn: sa.Connection, by: By, report: ReportId, joined: str) -> Any:
    """What was taken into this very case; another's is undone on its own page."""
    case = case_in(conn, by.scope, report)
    if case is None or joined not in {each.id for each in joins_of(conn, case.id)}:
        raise InputRefused("join-unknown")
    return undo(conn, by.scope, joined, by=by.who, now=by.now)


def _with_both(conn: sa.Connection, act: Any, by: By, report: ReportId, other: ReportId) -> None:
    """Both are cases of this desk; raises InputRefused."""
    case, second = case_in(conn, by.scope, report), case_in(conn, by.scope, other)
    if case is None or second is None:
        raise InputRefused("case-unknown")
    if case.id == second.id:
        raise InputRefused("case-same")
    act(conn, by, case.id, second.id)


def _pressed(request: web.Request) -> tuple[By, ReportId, ReportId]:
    console = request.app[CONSOLE]
    by = By(request[SESSION].person.name, console.scope, console.desk.clock.now())
    return by, ReportId(request.match_info["report"]), ReportId(request[FORM].get("other", ""))


async def _done(request: web.Request, job: Any) -> web.Response:
    """The page of the case as it is now, or with what was wrong."""
    console, report = request.app[CONSOLE], request.match_info["report"]
    if await console.desk.case(console.scope, ReportId(report)) is None:
        return fault_page(request, HTTPStatus.NOT_FOUND)
    try:
        done = await console.desk.ledger.transact(job)
    except InputRefused as refused:
        fault = refused.reason if refused.reason in FAULTS else "case-unknown"
        raise web.HTTPSeeOther(f"/case/{report}?at=links&fault={fault}#links") from refused
    await console.desk.signals.wake(QUEUE)
    raise web.HTTPSeeOther(f"/case/{done.into_case if done else report}#links")


FAULTS = frozenset({"case-unknown", "case-same", "join-unknown", "join-later"})
"""What a press may be refused for, in the words of the catalogue."""
SECTION = Section("case_links.html", values)
ROUTES = (
    Route("POST", f"{CASE_PATH}/links/confirm", confirm, "confirm_link", CASES),
    Route("POST", f"{CASE_PATH}/links/refuse", refuse, "refuse_link", CASES),
    Route("POST", f"{CASE_PATH}/links/take-back", take_back, "take_back_link", CASES),
    Route("POST", f"{CASE_PATH}/links/undo", undo_join, "undo_join", CASES),
)
