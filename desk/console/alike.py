"""Reports that look alike, on one page: what each has in common, what stands apart; folded in one press."""

from functools import partial
from http import HTTPStatus
from typing import Any

from aiohttp import web  # noqa: TID251 - a room returns an Application

from core.errors import InputRefused
from core.ids import ReportId, new_id
from desk.casework import folds
from desk.console.case import CASE_PATH
from desk.console.gate import FORM, fault_page, page
from desk.console.queue import row_views, who_asks
from desk.console.room import CONSOLE
from desk.console.routes import CASES, Route
from desk.linking.alike import Flood, alike
from desk.queue import QUEUE

FAULTS = frozenset({"fold-none", "fold-changed", "join-unknown", "join-later", "case-unknown"})
"""What a press may be refused for, in the words of the catalogue."""


async def look(request: web.Request) -> web.Response:
    """What would be folded, and what would not; nothing of what anybody said."""
    console, report = request.app[CONSOLE], ReportId(request.match_info["report"])
    record = await console.desk.case(console.scope, report)
    if record is None:
        raise web.HTTPNotFound
    (row,) = await row_views(console, [record.row])
    flood: Flood = await console.desk.ledger.read(partial(alike, scope=console.scope, report=report))
    fault = request.query.get("fault", "")
    return page(
        request,
        "alike.html",
        row=row,
        flood=flood,
        fault=fault if fault in FAULTS else "",
    )


async def fold(request: web.Request) -> web.Response:
    """What was looked at becomes one case with this report; refused where it is not the same now."""
    report = ReportId(request.match_info["report"])
    looked_at = request[FORM].get("looked_at", "")
    job = partial(folds.fold, by=who_asks(request), report=report, looked_at=looked_at, new_id=new_id)
    return await _done(request, job, f"/case/{report}/alike?")


async def undo(request: web.Request) -> web.Response:
    report = ReportId(request.match_info["report"])
    job = partial(folds.undo, by=who_asks(request), report=report, fold_id=request[FORM].get("fold", ""))
    return await _done(request, job, f"/case/{report}?at=links&")


async def _done(request: web.Request, job: Any, back: str) -> web.Response:
    console, report = request.app[CONSOLE], ReportId(request.match_info["report"])
    if await console.desk.case(console.scope, report) is None:
        return fault_page(request, HTTPStatus.NOT_FOUND)
    try:
        await console.desk.ledger.transact(job)
    except InputRefused as refused:
        fault = refused.reason if refused.reason in FAULTS else "case-unknown"
        raise web.HTTPSeeOther(f"{back}fault={fault}") from refused
    await console.desk.signals.wake(QUEUE)
    raise web.HTTPSeeOther(f"/case/{report}#links")


ROUTES = (
    Route("GET", f"{CASE_PATH}/alike", look, "alike", CASES),
    Route("POST", f"{CASE_PATH}/alike", fold, "fold", CASES),
    Route("POST", f"{CASE_PATH}/alike/undo", undo, "undo_fold", CASES),
)
