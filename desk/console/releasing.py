"""Letting a community's moderators know, on the page of a case."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web  # noqa: TID251 - a room returns an Application

from core.delivery.wire import NewsKind
from core.errors import InputRefused
from desk.console.case import CASE_PATH, Section
from desk.console.pressing import UNCLEAR, Press, bench_of, fault_at, pressed
from desk.console.room import CONSOLE
from desk.console.routes import CASES, Route
from desk.model import CaseRecord
from desk.releasing.deciding import Basis
from desk.releasing.service import Releasing

AT = "release"
FAULTS = frozenset(
    {
        "release-staff", "release-no-yes", "release-staff-unsure", "release-kind", "release-closed",
        "release-done", "release-first", "reason-needed", "note-long",
    }
)  # fmt: skip
"""What a press may be refused for, in the words of the catalogue."""


async def values(request: web.Request, record: CaseRecord) -> Mapping[str, Any]:
    """What moderators were let know so far. Whether they may is decided at the press."""
    console = request.app[CONSOLE]
    done = await Releasing(bench_of(request), console.categories).of_report(record.row.report)
    return {
        "done": done,
        "told": any(each.kind is NewsKind.RELEASED for each in done),
        "may_act": any(each.kind is NewsKind.GO_AHEAD for each in done),
        "bases": tuple(Basis),
        "fault": fault_at(request, AT, FAULTS),
    }


async def _release(press: Press) -> None:
    basis = press.form.get("basis", "")
    if basis not in {each.value for each in Basis}:
        raise InputRefused(UNCLEAR, field="basis")
    releasing = Releasing(press.bench, press.console.categories)
    reason = press.form.get("reason", "")
    await releasing.release(press.report, Basis(basis), reason, by=press.by)


async def _go_ahead(press: Press) -> None:
    releasing = Releasing(press.bench, press.console.categories)
    await releasing.go_ahead(press.report, press.form.get("reason", ""), by=press.by)


SECTION = Section("case_release.html", values)
ROUTES = (
    Route("POST", f"{CASE_PATH}/release", pressed(_release, AT, FAULTS), "release", CASES),
    Route("POST", f"{CASE_PATH}/release/go-ahead", pressed(_go_ahead, AT, FAULTS), "go_ahead", CASES),
)
