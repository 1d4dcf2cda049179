"""Exports on the screen: asking with a reason, a second person's word, the file taken once."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from aiohttp import web  # noqa: TID251 - a room returns an Application

from core.errors import CannotOpen, InputRefused, KeysMissing, TooLarge
from core.ids import ReportId
from desk.console.case import CASE_PATH, Section
from desk.console.gate import FORM, SESSION, fault_page, page
from desk.console.pack_pages import pack_pages
from desk.console.room import CONSOLE
from desk.console.routes import CASES, Route
from desk.model import CaseRecord
from desk.pack.making import Asked
from desk.pack.model import ExportState, Purpose
from desk.pack.passphrases import new_passphrase
from desk.pack.service import Packing, Wanted


class _Press(NamedTuple):
    packing: Packing
    report: ReportId
    which: str
    by: str
    form: dict[str, str]


Deed = Callable[[_Press], Awaitable[web.Response | None]]


def packing(request: web.Request) -> Packing:
    console = request.app[CONSOLE]
    return Packing(console.desk.ledger, console.desk.clock, console.desk.keys, console.scope)


async def values(request: web.Request, record: CaseRecord) -> Mapping[str, Any]:
    """What the page of a case shows of its exports: nothing that anybody wrote."""
    console = request.app[CONSOLE]
    fault = request.query.get("fault", "")
    return {
        "of_case": await packing(request).of_case(record.row.report),
        "purposes": tuple(Purpose),
        "signing": console.desk.keys.signing is not None,
        "fault": fault if fault in FAULTS and request.query.get("at") == "export" else "",
    }


async def waiting(request: web.Request) -> web.Response:
    """What waits for a second person, and the key that signs."""
    found = await packing(request).waiting()
    return page(request, "exports.html", waiting=found, key=_public(request))


def _public(request: web.Request) -> str:
    signing = request.app[CONSOLE].desk.keys.signing
    return "" if signing is None else signing.public


def _pressed(deed: Deed) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Answers a press with the page of the case, or with what was wrong about it."""

    async def answer(request: web.Request) -> web.Response:
        report, form = ReportId(request.match_info["report"]), request[FORM]
        by = request[SESSION].person.name
        try:
            done = await deed(_Press(packing(request), report, form.get("export", ""), by, form))
        except (InputRefused, CannotOpen, KeysMissing) as refused:
            fault = _fault(refused)
            if fault == "case-unknown":
                return fault_page(request, HTTPStatus.NOT_FOUND)
            raise web.HTTPSeeOther(f"/case/{report}?at=export&fault={fault}#export") from refused
        if done is not None:
            return done
        raise web.HTTPSeeOther(f"/case/{report}#export")

    return answer


def _fault(refused: Exception) -> str:
    if isinstance(refused, TooLarge):
        return "export-large"
    if isinstance(refused, InputRefused):
        return refused.reason if refused.reason in FAULTS else "case-unknown"
    return "export-closed" if isinstance(refused, CannotOpen) else "export-unsigned"


async def _ask(press: _Press) -> None:
    form = press.form
    if form.get("purpose", "") not in set(Purpose):
        raise InputRefused("export-purpose", field="purpose")
    wanted = Wanted(
        purpose=Purpose(form["purpose"]),
        name=form.get("name", ""),
        reason=form.get("reason", ""),
        recipient=form.get("recipient", ""),
        alone=form.get("how") == "alone",
    )
    await press.packing.ask(press.report, wanted, by=press.by)


async def _answer(press: _Press) -> None:
    agrees = press.form.get("answer") == "yes"
    await press.packing.answer(press.report, press.which, by=press.by, agrees=agrees)


async def read(request: web.Request) -> web.Response:
    """What is asked for, in this answer only; where it can be taken, with a passphrase made for this page."""

    async def deed(press: _Press) -> web.Response:
        asked = await press.packing.read(press.report, press.which, by=press.by)
        return page(request, "export.html", **_shown(request, press, asked))

    return await _pressed(deed)(request)


def _shown(request: web.Request, press: _Press, asked: Asked) -> dict[str, Any]:
    state = asked.export.state(request.app[CONSOLE].desk.clock.now())
    ready = state is ExportState.READY and asked.export.may_take(press.by)
    return {
        "report": press.report,
        "export": asked.export,
        "asked": asked.request,
        "state": state,
        "ready": ready,
        "passphrase": new_passphrase() if ready and not asked.request.recipient else "",
        "key": _public(request),
    }


async def take(request: web.Request) -> web.Response:
    """The file, once."""
    console = request.app[CONSOLE]

    async def deed(press: _Press) -> web.Response:
        body = await press.packing.take(
            press.report,
            press.which,
            by=press.by,
            passphrase=press.form.get("passphrase", ""),
            pages=pack_pages(console.pages, console.categories),
        )
        name = f'attachment; filename="lifebelt-pack-{press.which[-8:]}.zip.age"'
        return web.Response(
            body=body, content_type="application/octet-stream", headers={"Content-Disposition": name}
        )

    return await _pressed(deed)(request)


FAULTS: Final = frozenset(
    {
        "case-unknown", "agreement-own", "agreement-gone", "export-reason", "export-name", "export-purpose",
        "export-key", "export-alone", "export-erased", "export-taken", "export-not-ready",
        "export-passphrase", "export-closed", "export-large", "export-unsigned",
    }
)  # fmt: skip
"""What a press may be refused for, in the words of the catalogue."""
SECTION = Section("case_export.html", values)
ROUTES = (
    Route("GET", "/exports", waiting, "exports", CASES),
    Route("POST", f"{CASE_PATH}/export/ask", _pressed(_ask), "ask_export", CASES),
    Route("POST", f"{CASE_PATH}/export/read", read, "read_export", CASES),
    Route("POST", f"{CASE_PATH}/export/answer", _pressed(_answer), "answer_export", CASES),
    Route("POST", f"{CASE_PATH}/export/take", take, "take_export", CASES),
)
