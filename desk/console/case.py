"""One report on the screen. What was said stays covered until somebody presses; the press is recorded.

What a look opened is put into that one answer and nowhere else: no address shows it again.
"""

from aiohttp import web

from core.ids import ReportId
from desk.console.gate import SESSION, page
from desk.console.queue import about
from desk.console.reading import reading_of
from desk.console.room import CONSOLE
from desk.console.view import RowView, row_view
from desk.model import CaseRecord


async def covered(request: web.Request) -> web.Response:
    """What lies in clear: facts for the queue, reasons, the list of sealed parts."""
    record = await _record(request)
    return page(request, "case.html", record=record, row=_row(request, record), reading=None)


async def opened(request: web.Request) -> web.Response:
    """A recorded look: the answers and the conversation, in this answer only."""
    console = request.app[CONSOLE]
    report = ReportId(request.match_info["report"])
    found = await console.desk.look(console.scope, report, by=request[SESSION].person.name)
    if found is None:
        raise web.HTTPNotFound
    record = await _record(request)
    reading = reading_of(found, console.categories)
    return page(request, "case.html", record=record, row=_row(request, record), reading=reading)


async def _record(request: web.Request) -> CaseRecord:
    console = request.app[CONSOLE]
    record = await console.desk.case(console.scope, ReportId(request.match_info["report"]))
    if record is None:
        raise web.HTTPNotFound
    return record


def _row(request: web.Request, record: CaseRecord) -> RowView:
    console = request.app[CONSOLE]
    return row_view(
        record.row,
        about=about(console, record.row),
        community=console.community_name(record.row.community),
        parts=len(record.parts),
        now=console.desk.clock.now(),
    )
