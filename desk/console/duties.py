"""Reporting duties on the screen: on the page of a case, and all that are due on a page of their own."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from aiohttp import web  # noqa: TID251 - a room returns an Application

from core.errors import InputRefused
from desk.console.case import CASE_PATH, Section
from desk.console.gate import SESSION, page
from desk.console.pressing import UNCLEAR, Press, bench_of, fault_at, pressed
from desk.console.room import CONSOLE
from desk.console.routes import CASES, Route
from desk.duties.model import Receiver, Way
from desk.duties.service import Duties
from desk.model import CaseRecord
from desk.staff.model import Role
from desk.unlocking.service import Unlocking

NONE_KNOWN = "none"
"""What the form says where no duty is known."""
AT = "duties"
FAULTS = frozenset(
    {"duty-ended", "call-time", "call-back-first", "words-needed", "reason-needed", "note-long"}
)
"""What a press may be refused for, in the words of the catalogue."""

T = TypeVar("T", bound=StrEnum)


async def values(request: web.Request, record: CaseRecord) -> Mapping[str, Any]:
    """The duties of a case as they stand: nothing that anybody wrote."""
    console = request.app[CONSOLE]
    return {
        "duties": await Duties(bench_of(request)).of_case(record.row.report),
        "laws": console.laws,
        "receivers": tuple(Receiver),
        "ways": tuple(Way),
        "none": NONE_KNOWN,
        "fault": fault_at(request, AT, FAULTS),
    }


async def due(request: web.Request) -> web.Response:
    """What is due, the oldest first, and which unlocks a second person has not spoken on."""
    bench = bench_of(request)
    duties, unlocks = await Duties(bench).due(), await Unlocking(bench).to_review()
    supervises = Role.SUPERVISOR in request[SESSION].person.roles
    laws = request.app[CONSOLE].laws
    return page(request, "duties.html", duties=duties, unlocks=unlocks, laws=laws, supervises=supervises)


async def _owed(press: Press) -> object:
    code = press.form.get("law", "")
    law = press.console.laws.get(code)
    if law is None and code != NONE_KNOWN:
        raise InputRefused(UNCLEAR, field="law")
    return await Duties(press.bench).owed(press.report, law, by=press.by)


async def _call_back(press: Press) -> object:
    form = press.form
    return await Duties(press.bench).call_back(
        press.report,
        form.get("duty", ""),
        number=form.get("number", ""),
        where=form.get("where", ""),
        spoke=form.get("spoke", ""),
        at=_moment(form.get("at", "")),
        by=press.by,
    )


async def _hand_on(press: Press) -> object:
    form = press.form
    return await Duties(press.bench).hand_on(
        press.report,
        form.get("duty", ""),
        to=_one_of(Receiver, form.get("to", "")),
        way=_one_of(Way, form.get("way", "")),
        where=form.get("where", ""),
        receipt=form.get("receipt", ""),
        by=press.by,
    )


async def _not_owed(press: Press) -> object:
    duty, reason = press.form.get("duty", ""), press.form.get("reason", "")
    return await Duties(press.bench).not_owed(press.report, duty, reason, by=press.by)


def _one_of(kind: type[T], text: str) -> T:
    try:
        return kind(text)
    except ValueError as unknown:
        raise InputRefused(UNCLEAR) from unknown


def _moment(text: str) -> datetime | None:
    """A time as the browser's field writes it, in UTC; None where none was given."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError as wrong:
        raise InputRefused("call-time", field="at") from wrong


SECTION = Section("case_duties.html", values, above=True)
ROUTES = (
    Route("GET", "/duties", due, "duties", CASES),
    Route("POST", f"{CASE_PATH}/duties", pressed(_owed, AT, FAULTS), "duty", CASES),
    Route("POST", f"{CASE_PATH}/duties/call-back", pressed(_call_back, AT, FAULTS), "call_back", CASES),
    Route("POST", f"{CASE_PATH}/duties/hand-on", pressed(_hand_on, AT, FAULTS), "hand_on", CASES),
    Route("POST", f"{CASE_PATH}/duties/not-owed", pressed(_not_owed, AT, FAULTS), "not_owed", CASES),
)
