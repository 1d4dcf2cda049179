"""What a second person is shown of other people's looks and searches, and what they say of it."""

import asyncio
import re
from functools import partial
from http import HTTPStatus
from typing import Final

import sqlalchemy as sa
from aiohttp import web  # noqa: TID251 - a room returns an Application

from core.errors import InputRefused
from desk.casework.acts import By
from desk.console.gate import FORM, SESSION, page
from desk.console.room import CONSOLE
from desk.console.routes import AUDITOR, SUPERVISOR, Route
from desk.review import reviewing
from desk.review.model import Answer, Sampled
from desk.staff.model import Role

LINE_PATH: Final = "/review/{line:[0-9A-Za-z_-]{1,64}}"
_NUMBER: Final = re.compile(r"[0-9]{1,9}")
FAULTS: Final = frozenset({"review-gone", "review-own", "review-note", "note-long"})
"""What a press may be refused for, in the words of the catalogue."""


async def review(request: web.Request) -> web.Response:
    """What waits for this person, and what was said of late."""
    return await _review_page(request)


async def answer(request: web.Request) -> web.Response:
    """As it should be, or to be asked about: that takes a note, which is kept sealed."""
    form, line = request[FORM], _line(request)
    said = Answer.ASK if form.get("answer") == Answer.ASK else Answer.AS_IT_SHOULD_BE
    try:
        await _answer(request, line, said, form.get("note", ""))
    except InputRefused as refused:
        return await _review_page(request, fault=refused.reason, status=HTTPStatus.BAD_REQUEST)
    raise web.HTTPSeeOther("/review")


async def note(request: web.Request) -> web.Response:
    """What was written, in this answer only; that it was read is in the trail."""
    console, line = request.app[CONSOLE], _line(request)
    try:
        sealed = await console.desk.ledger.transact(partial(reviewing.read_note, by=_by(request), seq=line))
    except InputRefused as refused:
        return await _review_page(request, fault=refused.reason, status=HTTPStatus.BAD_REQUEST)
    text = await asyncio.to_thread(reviewing.opened, console.desk.keys, line, sealed)
    return await _review_page(request, shown=line, text=text)


def _line(request: web.Request) -> int:
    text = request.match_info["line"]
    if not _NUMBER.fullmatch(text):
        raise web.HTTPNotFound
    return int(text)


async def _answer(request: web.Request, line: int, said: Answer, text: str) -> None:
    desk = request.app[CONSOLE].desk
    if said is Answer.ASK and not text.strip():
        raise InputRefused("review-note", field="note")
    sealed = await asyncio.to_thread(reviewing.sealed, desk.keys, line, text)
    job = partial(reviewing.answer, by=_by(request), seq=line, said=said, note=sealed)
    await desk.ledger.transact(job)


async def _review_page(
    request: web.Request,
    *,
    fault: str = "",
    shown: int | None = None,
    text: str | None = None,
    status: int = HTTPStatus.OK,
) -> web.Response:
    console = request.app[CONSOLE]
    ledger, settings = console.desk.ledger, console.review
    await reviewing.draw(ledger, console.desk.keys.linking, settings, console.desk.clock.now())
    waiting, said = await ledger.read(partial(_listed, by=_by(request)))
    return page(
        request,
        "review.html",
        status=status,
        waiting=waiting,
        said=said,
        settings=settings,
        reads=Role.SUPERVISOR in request[SESSION].person.roles,
        fault=fault if fault in FAULTS else "",
        shown=shown,
        text=text,
    )


def _listed(conn: sa.Connection, by: By) -> tuple[tuple[Sampled, ...], tuple[Sampled, ...]]:
    return reviewing.open_ones(conn, by), reviewing.answered(conn, by.scope)


def _by(request: web.Request) -> By:
    console = request.app[CONSOLE]
    return By(request[SESSION].person.name, console.scope, console.desk.clock.now())


ROUTES = (
    Route("GET", "/review", review, "review", AUDITOR | SUPERVISOR),
    Route("POST", LINE_PATH, answer, "answer_review", AUDITOR | SUPERVISOR),
    Route("POST", f"{LINE_PATH}/note", note, "review_note", AUDITOR | SUPERVISOR),
)
