"""Keeping a filter of the queue under a name, and forgetting it."""

from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web  # noqa: TID251 - a room returns an Application

from core.errors import InputRefused
from core.ids import new_id
from desk import filtering
from desk.casework import saved
from desk.console.gate import FORM, SESSION
from desk.console.queue import SAVED_FAULTS, who_asks
from desk.console.room import CONSOLE
from desk.console.routes import CASES, Route
from desk.staff.model import Role


async def save(request: web.Request) -> web.Response:
    """The present filter; for everybody only where a supervisor says so."""
    form = request[FORM]
    asks = filtering.read(dict(parse_qsl(form.get("asks", "")))).address
    shared = form.get("shared") == "1" and _supervises(request)
    job = partial(saved.save, by=who_asks(request), label=form.get("label", ""), asks=asks, shared=shared)
    return await _done(request, partial(job, id=new_id()), asks)


async def forget(request: web.Request) -> web.Response:
    which = request[FORM].get("which", "")
    job = partial(saved.forget, by=who_asks(request), which=which, supervises=_supervises(request))
    return await _done(request, job, "")


def _supervises(request: web.Request) -> bool:
    return Role.SUPERVISOR in request[SESSION].person.roles


async def _done(request: web.Request, job: Any, asks: str) -> web.Response:
    try:
        await request.app[CONSOLE].desk.ledger.transact(job)
    except InputRefused as refused:
        fault = refused.reason if refused.reason in SAVED_FAULTS else "saved-unknown"
        raise web.HTTPSeeOther(f"/?{asks}&fault={fault}".replace("?&", "?")) from refused
    raise web.HTTPSeeOther(f"/?{asks}" if asks else "/")


ROUTES = (
    Route("POST", "/queue/save", save, "save_queue", CASES),
    Route("POST", "/queue/forget", forget, "forget_queue", CASES),
)
