"""The queue on the screen: a page, its rows again for refreshing in place, the stream that says when."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from aiohttp import web  # noqa: TID251 - a room returns an Application

from core.evidence.parts import PartKind
from core.ids import ReportId
from core.reports.model import Category, Priority
from desk import filtering
from desk.cases import LOOKED
from desk.casework.acts import By
from desk.casework.model import CaseState
from desk.casework.saved import saved_for
from desk.console.cookies import CookieName
from desk.console.gate import SESSION, chrome, page
from desk.console.owed import Owed, owed
from desk.console.room import CONSOLE, Console
from desk.console.routes import CASES, Route
from desk.console.view import Counts, RowView, Seen, counts, row_view
from desk.linking import conflicts
from desk.linking.alike import Group, groups
from desk.model import QueueRow
from desk.pack.asking import waiting
from desk.queue import QUEUE, Asked
from desk.staff.model import Role
from desk.tables import casework, parts, reports, trail

PAGE_SIZE: Final = 100
SAVED_FAULTS: Final = frozenset({"saved-name", "saved-many", "saved-unknown"})
LOOK_AGAIN: Final = timedelta(seconds=20)
"""How long a stream stays silent at most, and how late it notices that its session is over."""

_SHOWN = (PartKind.REPORTED.value, PartKind.CONTEXT.value, PartKind.SUPPLEMENT.value)
_WANTED: sa.BindParameter[Sequence[str]] = sa.bindparam("reports", expanding=True)
_COUNTED = (
    sa.select(parts.c.report, sa.func.count().label("parts"))
    .join(reports, sa.and_(reports.c.id == parts.c.report, reports.c.road == parts.c.road))
    .where(parts.c.kind.in_(_SHOWN), parts.c.report.in_(_WANTED))
    .group_by(parts.c.report)
)
_LOOKED = (
    sa.select(trail.c.target, sa.func.max(trail.c.at).label("at"))
    .where(trail.c.action == LOOKED, trail.c.target.in_(_WANTED))
    .group_by(trail.c.target)
)


_CASES = sa.select(casework.cases.c.id, casework.cases.c.holder, casework.cases.c.state).where(
    casework.cases.c.id.in_(_WANTED)
)
_TAKEN_IN = (
    sa.select(reports.c.of_case, sa.func.count().label("reports"))
    .where(reports.c.of_case.in_(_WANTED))
    .group_by(reports.c.of_case)
)


class Streams:
    """The open streams. They have no end of their own, and must not hold up a stop."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def hold(self, task: asyncio.Task[Any] | None) -> None:
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def end(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()


STREAMS = web.AppKey("streams", Streams)


class _Listed(NamedTuple):
    rows: tuple[RowView, ...]
    counts: Counts
    next: str | None
    first: bool
    asks: str
    """The filter, as it stands in the address."""
    groups: tuple[Group, ...]
    """Rows that look alike."""
    owed: Owed


async def queue(request: web.Request) -> web.Response:
    """A page of the queue, the filters, and what is saved."""
    console, listed = request.app[CONSOLE], await _listed(request)
    saved = await console.desk.ledger.read(partial(saved_for, by=who_asks(request)))
    exports = await console.desk.ledger.read(lambda conn: waiting(conn, console.scope))
    fault = request.query.get("fault", "")
    return page(
        request,
        "queue.html",
        listed=listed,
        saved=saved,
        exports=exports,
        only=filtering.read(request.query),
        supervises=Role.SUPERVISOR in request[SESSION].person.roles,
        fault=fault if fault in SAVED_FAULTS else "",
        choices={
            "priority": tuple(Priority),
            "state": tuple(state for state in CaseState if state is not CaseState.CLOSED),
            "holder": tuple(filtering.Holder),
            "waits": tuple(filtering.Waits),
        },
        categories={code: console.categories[code].professional for code in Category},
    )


async def rows(request: web.Request) -> web.Response:
    """Only the list, for the script that refreshes it in place."""
    listed = await _listed(request)
    body = request.app[CONSOLE].pages.render("queue_list.html", listed=listed, **chrome(request))
    return web.Response(text=body, content_type="text/html")


async def live(request: web.Request) -> web.StreamResponse:
    """Server-sent events without content: `queue` when to look again, `over` when the session has ended."""
    console = request.app[CONSOLE]
    stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    await stream.prepare(request)
    request.app[STREAMS].hold(asyncio.current_task())
    with suppress(ConnectionError):
        await _tell(console, stream, console.cookies.read(request, CookieName.SESSION))
    return stream


async def end_streams(app: web.Application) -> None:
    app[STREAMS].end()


async def _tell(console: Console, stream: web.StreamResponse, token: str) -> None:
    while await console.staff.session(token):
        await stream.write(b"event: queue\ndata:\n\n")
        await console.desk.signals.wait(QUEUE, LOOK_AGAIN)
    await stream.write(b"event: over\ndata:\n\n")


async def _listed(request: web.Request) -> _Listed:
    console = request.app[CONSOLE]
    after = request.query.get("after") or None
    desk = console.desk
    by, only = who_asks(request), filtering.read(request.query)
    asked = Asked(only, by.who, by.now)
    found = await desk.queue(console.scope, after=after, limit=PAGE_SIZE, only=asked)
    views = tuple(await row_views(console, found.rows))
    alike = await desk.ledger.read(partial(groups, page=[row.report for row in found.rows]))
    return _Listed(
        rows=views,
        counts=counts(views, more=found.next is not None),
        next=found.next,
        first=after is None,
        asks=only.address,
        groups=alike,
        owed=await owed(request),
    )


def who_asks(request: web.Request) -> By:
    """Whoever is signed in, at this desk, now."""
    console = request.app[CONSOLE]
    return By(request[SESSION].person.name, console.scope, console.desk.clock.now())


async def row_views(console: Console, rows: Sequence[QueueRow]) -> list[RowView]:
    """Rows as they are shown, with what the ledger knows besides."""
    wanted = [row.report for row in rows]
    seen = await console.desk.ledger.read(lambda conn: _seen(conn, wanted))
    now = console.desk.clock.now()
    return [
        row_view(
            row,
            seen.get(row.report, Seen()),
            about=console.categories[row.category].professional if row.category else "",
            community=console.community_name(row.community),
            now=now,
        )
        for row in rows
    ]


def _seen(conn: sa.Connection, wanted: list[ReportId]) -> dict[str, Seen]:
    asked = {"reports": wanted}
    looks = {row.target: row.at for row in conn.execute(_LOOKED, asked)}
    counted = {row.report: row.parts for row in conn.execute(_COUNTED, asked)}
    cases = {row.id: row for row in conn.execute(_CASES, asked)}
    more = {row.of_case: row.reports for row in conn.execute(_TAKEN_IN, asked)}
    kept = conflicts.marked(conn, wanted)
    return {
        report: Seen(
            parts=counted.get(report, 0),
            looked_at=looks.get(report),
            holder=cases[report].holder if report in cases else "",
            state=CaseState(cases[report].state) if report in cases else CaseState.NEW,
            reports=1 + more.get(report, 0),
            conflict=report in kept,
        )
        for report in wanted
    }


ROUTES = (
    Route("GET", "/", queue, "queue", CASES),
    Route("GET", "/queue/rows", rows, "queue_rows", CASES, passive=True),
    Route("GET", "/live", live, "live", CASES, passive=True),
)
