"""Unlocking who somebody is, on the page of a case. Who it is stays covered until a recorded press."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

import sqlalchemy as sa
from aiohttp import web  # noqa: TID251 - a room returns an Application

from core.errors import InputRefused
from core.evidence.parts import PartKind
from core.ids import ReportId
from desk.console.case import CASE_PATH, Section
from desk.console.gate import SESSION, fault_page, page
from desk.console.pressing import UNCLEAR, Press, fault_at, press_of, pressed
from desk.console.room import CONSOLE
from desk.console.routes import CASES, Route
from desk.model import CaseRecord, Scope
from desk.unlocking import acts
from desk.unlocking.model import Verdict
from desk.unlocking.service import Unlocking

AT = "unlock"
FAULTS = frozenset(
    {
        "unlock-not-danger", "unlock-here", "unlock-named", "unlock-nobody", "unlock-asked",
        "unlock-reviewed", "unlock-own", "reason-needed", "note-long",
    }
)  # fmt: skip
"""What a press may be refused for, in the words of the catalogue."""


async def values(request: web.Request, record: CaseRecord) -> Mapping[str, Any]:
    """Whether it can be unlocked, and how far that is: nothing of who it is."""
    console = request.app[CONSOLE]
    job = partial(_stands, scope=console.scope, report=record.row.report)
    return {
        **await console.desk.ledger.read(job),
        "me": request[SESSION].person.name,
        "verdicts": tuple(Verdict),
        "fault": fault_at(request, AT, FAULTS),
    }


def _stands(conn: sa.Connection, scope: Scope, report: ReportId) -> dict[str, Any]:
    kinds = acts.kinds_of(conn, scope, report)
    unlock = acts.unlock_of(conn, report)
    locked = PartKind.IDENTITY in kinds and not kinds & {PartKind.NAMED, PartKind.UNLOCKED}
    return {"unlock": unlock, "may_ask": locked and acts.was_danger(conn, scope, report)}


async def look(request: web.Request) -> web.Response:
    """Who it is, in this answer only; that somebody looked is in the trail."""
    press = press_of(request)
    try:
        found = await Unlocking(press.bench).look(press.report, by=press.by)
    except InputRefused:
        return fault_page(request, HTTPStatus.NOT_FOUND)
    return page(request, "case_unlocked.html", report=press.report, found=found)


async def _ask(press: Press) -> object:
    return await Unlocking(press.bench).ask(press.report, press.form.get("reason", ""), by=press.by)


async def _review(press: Press) -> None:
    said = press.form.get("verdict", "")
    if said not in {each.value for each in Verdict}:
        raise InputRefused(UNCLEAR, field="verdict")
    words = press.form.get("reason", "")
    await Unlocking(press.bench).review(press.report, Verdict(said), words, by=press.by)


SECTION = Section("case_unlock.html", values, above=True)
ROUTES = (
    Route("POST", f"{CASE_PATH}/unlock", pressed(_ask, AT, FAULTS), "unlock", CASES),
    Route("POST", f"{CASE_PATH}/unlock/look", look, "unlock_look", CASES),
    Route("POST", f"{CASE_PATH}/unlock/review", pressed(_review, AT, FAULTS), "unlock_review", CASES),
)
