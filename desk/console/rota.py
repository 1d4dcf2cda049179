"""The rota on the screen: who is on duty, shifts and what their people say of them, pages, drills."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from aiohttp import web  # noqa: TID251 - a room returns an Application

from core.errors import InputRefused
from desk.console.gate import FORM, SESSION, page, rota_of
from desk.console.room import CONSOLE
from desk.console.routes import CASES, SUPERVISOR, Route
from desk.rota.contacts import clean
from desk.rota.duty import Hours, uncovered
from desk.rota.ladder import OUTSIDE
from desk.rota.model import PageRecord, Place, Reply, Shift
from desk.rota.service import Rota, Wanted
from desk.staff.model import CASEWORK, Role

FAULTS = frozenset(
    {
        "shift-times", "shift-person", "shift-twice", "shift-unknown", "shift-settled",
        "page-gone", "page-address", "page-called", "drill-nobody", "drill-running", "drill-over",
    }
)  # fmt: skip
"""What a press may be refused for, in the words of the catalogue."""
_DAYS = 7
_FARTHEST = 366


class ShiftView(NamedTuple):
    shift: Shift
    starts: str
    ends: str
    mine: bool
    open: bool
    """It is not over, so that its person can still say something of it."""


class DayView(NamedTuple):
    day: date
    hours: str
    """Empty: nobody is there that day."""
    blocked: bool
    nobody: str
    """The times at which it is open and nobody has accepted a shift."""
    shifts: tuple[ShiftView, ...]


class PageView(NamedTuple):
    page: PageRecord
    counts: str
    missed: bool
    to_outside: bool


async def rota(request: web.Request) -> web.Response:
    """A week from today, or from the day in the address."""
    console, me = request.app[CONSOLE], request[SESSION].person
    rooms, now = rota_of(request), console.desk.clock.now()
    zone = rooms.hours.zone
    first = _day(request.query.get("from", ""), now.astimezone(zone).date())
    shifts = await rooms.week(_midnight(first, zone))
    people = await console.staff.everyone()
    return page(
        request,
        "rota.html",
        duty=(await rooms.board()).duty,
        zone=zone.key,
        days=tuple(
            _day_view(first + timedelta(days=n), shifts, rooms.hours, me.name, now) for n in range(_DAYS)
        ),
        before=first - timedelta(days=_DAYS),
        after=first + timedelta(days=_DAYS),
        first=first,
        supervises=Role.SUPERVISOR in me.roles,
        colleagues=[one.name for one in people if one.ended_at is None and one.roles & CASEWORK],
        places=tuple(Place),
        contact=await rooms.contact(of=me.name),
        reached=await rooms.with_address(),
        pages=tuple(_page_view(one, now) for one in await rooms.lately()),
        fault=request.query.get("fault", ""),
        saved="saved" in request.query,
    )


class _Press(NamedTuple):
    """What was pressed, by whom, with what in the form."""

    rota: Rota
    by: str
    form: dict[str, str]


Deed = Callable[[_Press], Awaitable[None]]


def _pressed(deed: Deed, then: str = "/rota") -> Callable[[web.Request], Awaitable[web.Response]]:
    """Answers a press with a page, or with what was wrong about it."""

    async def answer(request: web.Request) -> web.Response:
        try:
            await deed(_Press(rota_of(request), request[SESSION].person.name, request[FORM]))
        except InputRefused as refused:
            fault = refused.reason if refused.reason in FAULTS else "shift-times"
            raise web.HTTPSeeOther(f"/rota?fault={fault}") from refused
        raise web.HTTPSeeOther(then)

    return answer


async def _plan(press: _Press) -> None:
    await press.rota.plan(_wanted(press.form), by=press.by)


async def _reply(press: _Press) -> None:
    said = Reply.ACCEPTED if press.form.get("said") == Reply.ACCEPTED else Reply.DECLINED
    await press.rota.reply(press.form.get("shift", ""), said, by=press.by)


async def _have(press: _Press) -> None:
    await press.rota.have_it(by=press.by)


async def _drill(press: _Press) -> None:
    await press.rota.begin_drill(by=press.by)


async def _answer_drill(press: _Press) -> None:
    await press.rota.answer_drill(by=press.by)


async def _contact(press: _Press) -> None:
    contact = clean(press.form.get("address", ""), press.form.get("called", ""))
    await press.rota.set_contact(contact, by=press.by)


def _wanted(form: dict[str, str]) -> Wanted:
    try:
        return Wanted(
            person=form.get("person", ""),
            place=Place(form.get("place", "")),
            day=_near(date.fromisoformat(form.get("day", ""))),
            starts=_plain(time.fromisoformat(form.get("starts", ""))),
            ends=_plain(time.fromisoformat(form.get("ends", ""))),
            days=int(form.get("days", "1")),
        )
    except (ValueError, OverflowError) as wrong:
        raise InputRefused("shift-times") from wrong


def _plain(at: time) -> time:
    """Of the desk's own clock, whatever was sent. Raises ValueError."""
    if at.tzinfo is not None:
        raise ValueError("a time with a zone of its own")
    return at


def _near(day: date) -> date:
    if not date(2000, 1, 1) <= day <= date(2999, 1, 1):
        raise ValueError("a day that no calendar of ours has")
    return day


def _day(text: str, today: date) -> date:
    """The day that was asked for, where it is one of about now; else today."""
    try:
        asked = date.fromisoformat(text)
    except ValueError:
        return today
    return asked if abs((asked - today).days) <= _FARTHEST else today


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _day_view(day: date, shifts: Sequence[Shift], hours: Hours, me: str, now: datetime) -> DayView:
    begins, ends = _midnight(day, hours.zone), _midnight(day + timedelta(days=1), hours.zone)
    mine = [shift for shift in shifts if shift.starts < ends and shift.ends > begins]
    return DayView(
        day=day,
        hours=_times(hours.open_on(day), day, hours.zone),
        blocked=day in hours.blocked,
        nobody=_times(uncovered(hours, day, shifts), day, hours.zone),
        shifts=tuple(_shift_view(shift, hours.zone, me, now) for shift in mine),
    )


def _times(stretches: Sequence[tuple[datetime, datetime]], day: date, zone: ZoneInfo) -> str:
    """On the desk's own clock; midnight at the end of a day is 24:00."""

    def told(at: datetime) -> str:
        local = at.astimezone(zone)
        return f"{local:%H:%M}" if local.date() == day else "24:00"

    return ", ".join(f"{told(starts)}\N{EN DASH}{told(ends)}" for starts, ends in stretches)


def _shift_view(shift: Shift, zone: ZoneInfo, me: str, now: datetime) -> ShiftView:
    starts, ends = shift.starts.astimezone(zone), shift.ends.astimezone(zone)
    return ShiftView(
        shift=shift,
        starts=f"{starts:%H:%M}",
        ends=f"{ends:%H:%M}",
        mine=shift.person == me,
        open=shift.ends > now and shift.reply is not Reply.DECLINED,
    )


def _page_view(record: PageRecord, now: datetime) -> PageView:
    counts = ", ".join(f"{many} P{int(priority)}" for priority, many in sorted(record.counts.items()))
    return PageView(record, counts, record.missed(now), record.person == OUTSIDE)


ROUTES = (
    Route("GET", "/rota", rota, "rota", CASES),
    Route("POST", "/rota/plan", _pressed(_plan), "plan_shift", SUPERVISOR),
    Route("POST", "/rota/reply", _pressed(_reply), "reply_shift", CASES),
    Route("POST", "/rota/have", _pressed(_have, "/"), "have_it", CASES),
    Route("POST", "/rota/drill", _pressed(_drill), "begin_drill", CASES),
    Route("POST", "/rota/drill/answer", _pressed(_answer_drill), "answer_drill", CASES),
    Route("POST", "/rota/me", _pressed(_contact, "/rota?saved=1"), "set_contact", CASES),
)
