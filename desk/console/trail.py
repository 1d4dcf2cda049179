"""Who looked at what, when: the trail as a page, and whether its chain holds. Reads it, never writes."""

import re
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from aiohttp import web  # noqa: TID251 - a room returns an Application

from core.ledger.trail import Entry, verify
from desk.console.gate import page
from desk.console.room import CONSOLE
from desk.console.routes import AUDITOR, SUPERVISOR, Route
from desk.tables import trail

PAGE_SIZE: Final = 100
_NUMBER = re.compile(r"[0-9]{1,15}")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    seq: int
    entry: Entry


async def trail_page(request: web.Request) -> web.Response:
    """The newest entries first; `of` shows one report's or one person's, `before` goes further back."""
    desk = request.app[CONSOLE].desk
    ledger, signing = desk.ledger, desk.keys.signing
    of, before = request.query.get("of", ""), request.query.get("before", "")
    below = int(before) if _NUMBER.fullmatch(before) else None
    lines = await ledger.read(lambda conn: _lines(conn, of, below))
    verdict = await ledger.read(lambda conn: verify(conn, trail))
    older = lines[PAGE_SIZE - 1].seq if len(lines) > PAGE_SIZE else None
    key = "" if signing is None else signing.public
    shown = lines[:PAGE_SIZE]
    return page(request, "trail.html", lines=shown, verdict=verdict, of=of, older=older, key=key)


def _lines(conn: sa.Connection, of: str, below: int | None) -> list[Line]:
    wanted = sa.select(trail).order_by(trail.c.seq.desc()).limit(PAGE_SIZE + 1)
    if of:
        wanted = wanted.where(sa.or_(trail.c.target == of, trail.c.who == of))
    if below is not None:
        wanted = wanted.where(trail.c.seq < below)
    return [_line(row) for row in conn.execute(wanted)]


def _line(row: Any) -> Line:
    detail = msgspec.json.decode(row.detail, type=dict[str, str])
    entry = Entry(at=row.at, who=row.who, action=row.action, target=row.target, detail=detail)
    return Line(seq=row.seq, entry=entry)


ROUTES = (Route("GET", "/trail", trail_page, "trail", AUDITOR | SUPERVISOR),)
