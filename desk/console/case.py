"""One report on the screen. What was said stays covered until somebody presses; the press is recorded.

What a look opened is put into that one answer and nowhere else: no address shows it again.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from aiohttp import web  # noqa: TID251 - a room returns an Application

from core.ids import ReportId
from desk.console.gate import SESSION, page
from desk.console.queue import row_views
from desk.console.reading import Reading, reading_of
from desk.console.room import CONSOLE
from desk.console.routes import CASES, Route
from desk.model import CaseRecord, Opened


class Section(NamedTuple):
    """What another room shows on the page of a case; its template finds the values as `shown`."""

    template: str
    values: Callable[[web.Request, CaseRecord], Awaitable[Mapping[str, Any]]]
    above: bool = False
    """It stands above what was told, not below."""


class Beside(NamedTuple):
    template: str
    shown: Mapping[str, Any]
    above: bool


class Uncovered(NamedTuple):
    """Who is told of each look: what it showed."""

    told: Callable[[web.Request, Opened], Awaitable[None]]


SECTIONS = web.AppKey("sections", tuple[Section, ...])
"""In the order in which they stand."""
UNCOVERED = web.AppKey("uncovered", Uncovered)
CASE_PATH = "/case/{report:[0-9A-Za-z_-]{1,64}}"


async def covered(request: web.Request) -> web.Response:
    """What lies in clear: facts for the queue, reasons, the list of sealed parts."""
    return await _case_page(request, None)


async def opened(request: web.Request) -> web.Response:
    """A recorded look: the answers and the conversation, in this answer only."""
    console = request.app[CONSOLE]
    report = ReportId(request.match_info["report"])
    found = await console.desk.look(console.scope, report, by=request[SESSION].person.name)
    if found is None:
        raise web.HTTPNotFound
    await request.app[UNCOVERED].told(request, found)
    return await _case_page(request, reading_of(found, console.categories))


async def _beside(request: web.Request, section: Section, record: CaseRecord) -> Beside:
    return Beside(section.template, await section.values(request, record), section.above)


async def _case_page(request: web.Request, reading: Reading | None) -> web.Response:
    console = request.app[CONSOLE]
    record = await console.desk.case(console.scope, ReportId(request.match_info["report"]))
    if record is None:
        raise web.HTTPNotFound
    (row,) = await row_views(console, [record.row])
    beside = [await _beside(request, section, record) for section in request.app[SECTIONS]]
    return page(request, "case.html", record=record, row=row, reading=reading, beside=beside)


ROUTES = (
    Route("GET", CASE_PATH, covered, "case", CASES),
    Route("POST", CASE_PATH, opened, "look", CASES),
)
