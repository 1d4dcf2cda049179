"""A case whose reporter is reported in another: kept to supervisors. Others see that it is there, and why.

A danger to life waits for nobody's role; nor does a case of a desk that has no supervisor.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import sqlalchemy as sa
from aiohttp import web  # noqa: TID251 - a room returns an Application
from aiohttp.typedefs import Handler

from core.ids import ReportId
from core.reports.model import Priority
from desk.casework.acts import case_in, most_urgent
from desk.casework.place import members_of
from desk.console.case import CASE_PATH, Section
from desk.console.gate import FORM, SESSION
from desk.console.room import CONSOLE
from desk.console.routes import Route
from desk.linking import conflicts
from desk.model import CaseRecord, Scope
from desk.staff.model import Role


def kept(route: Route) -> Handler:
    """The handler of a page; where it opens or changes a case, whoever may not is led back to why."""
    if route.method != "POST" or not route.path.startswith(CASE_PATH):
        return route.handler

    async def answer(request: web.Request) -> web.StreamResponse:
        report = request.match_info["report"]
        for each in {report, request[FORM].get("other", report)}:
            if await is_kept(request, ReportId(each)):
                raise web.HTTPSeeOther(f"/case/{report}#conflict")
        return await route.handler(request)

    return answer


async def is_kept(request: web.Request, report: ReportId) -> bool:
    """Whether this person leaves this case to a supervisor."""
    console = request.app[CONSOLE]
    if Role.SUPERVISOR in request[SESSION].person.roles:
        return False
    if not await console.desk.ledger.read(partial(_in_conflict, scope=console.scope, report=report)):
        return False
    everyone = await console.staff.everyone()
    return any(Role.SUPERVISOR in each.roles and each.ended_at is None for each in everyone)


async def values(request: web.Request, record: CaseRecord) -> Mapping[str, Any]:
    console, report = request.app[CONSOLE], record.row.report
    others = await console.desk.ledger.read(partial(_others, scope=console.scope, report=report))
    supervises = Role.SUPERVISOR in request[SESSION].person.roles
    return {
        "others": others if supervises else (),
        "conflict": bool(others),
        "kept": await is_kept(request, report),
    }


def _others(conn: sa.Connection, scope: Scope, report: ReportId) -> tuple[ReportId, ...]:
    case = case_in(conn, scope, report)
    return () if case is None else conflicts.of_case(conn, case.id)


def _in_conflict(conn: sa.Connection, scope: Scope, report: ReportId) -> bool:
    case = case_in(conn, scope, report)
    if case is None or not conflicts.of_case(conn, case.id):
        return False
    return most_urgent(members_of(conn, case.id)) is not Priority.P0


SECTION = Section("case_conflict.html", values, above=True)
