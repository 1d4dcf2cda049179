"""A press on the page of a case: answered with that page again, or with what was wrong about it."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import NamedTuple

from aiohttp import web  # noqa: TID251 - a room returns an Application

from core.errors import InputRefused
from core.ids import ReportId
from desk.casework.writing import Bench
from desk.console.gate import FORM, SESSION, fault_page
from desk.console.room import CONSOLE, Console

UNCLEAR = "press-unclear"
"""What a form is refused for that says something else than ours do."""


class Press(NamedTuple):
    """What was pressed: on which report, by whom, with what in the form."""

    console: Console
    bench: Bench
    report: ReportId
    by: str
    form: dict[str, str]


Deed = Callable[[Press], Awaitable[object]]


def bench_of(request: web.Request) -> Bench:
    console = request.app[CONSOLE]
    desk = console.desk
    return Bench(desk.ledger, desk.signals, desk.clock, desk.keys, console.scope)


def press_of(request: web.Request) -> Press:
    report = ReportId(request.match_info["report"])
    by = request[SESSION].person.name
    return Press(request.app[CONSOLE], bench_of(request), report, by, request[FORM])


def pressed(
    deed: Deed, section: str, faults: frozenset[str]
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Leads back to `section` of the page; where it was refused, with one of `faults`."""

    async def answer(request: web.Request) -> web.Response:
        press = press_of(request)
        try:
            await deed(press)
        except InputRefused as refused:
            if refused.reason == "case-unknown":
                return fault_page(request, HTTPStatus.NOT_FOUND)
            fault = refused.reason if refused.reason in faults else UNCLEAR
            raise web.HTTPSeeOther(f"/case/{press.report}?at={section}&fault={fault}#{section}") from refused
        raise web.HTTPSeeOther(f"/case/{press.report}#{section}")

    return answer


def fault_at(request: web.Request, section: str, faults: frozenset[str]) -> str:
    """What was wrong with the last press in this section; empty where nothing was."""
    fault = request.query.get("fault", "")
    known = fault in faults or fault == UNCLEAR
    return fault if known and request.query.get("at") == section else ""
