"""What the screens ask of the rota of one desk: each call one transaction, each act a line in the trail."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Final, NamedTuple, TypeVar

import sqlalchemy as sa

from core.clock import Clock
from core.errors import InputRefused
from core.ids import NewId, new_id
from core.ledger.port import Ledger
from core.ledger.trail import Entry, record
from core.reports.model import Priority
from core.signals.port import Signals
from desk.model import Scope
from desk.queue import QUEUE
from desk.rota import contacts, deciding, pages, shifts, urgent
from desk.rota.contacts import Contact
from desk.rota.deciding import Board
from desk.rota.duty import Duty, Hours
from desk.rota.model import PageRecord, Place, Reply, Shift
from desk.rota.running import PAGES, RotaRun
from desk.tables import trail

ANSWERED: Final = "pages_answered"
DRILL_BEGUN: Final = "drill_begun"
DRILL_ANSWERED: Final = "drill_answered"
"""The actions in the trail."""
SHOWN: Final = 30
"""Pages of late on the screen."""
MOST_DAYS: Final = 14
"""So many days in a row are planned in one press at most."""
WEEK: Final = timedelta(days=7)

T = TypeVar("T")


class Strip(NamedTuple):
    """What waits for an answer, for the head of every page of those who work cases."""

    counts: dict[Priority, int]
    since: datetime | None
    drill: PageRecord | None
    """The drill that this very person is to answer."""
    duty: Duty

    @property
    def waits(self) -> int:
        return sum(self.counts.values())


class Wanted(NamedTuple):
    """A shift as somebody plans it, on the desk's own clock; `days` in a row."""

    person: str
    place: Place
    day: date
    starts: time
    ends: time
    days: int = 1


class Rota:
    """The rota of one desk. All raise LedgerError; acts raise InputRefused."""

    def __init__(
        self,
        ledger: Ledger,
        signals: Signals,
        clock: Clock,
        run: RotaRun,
        scope: Scope,
        *,
        new_id: NewId = new_id,
    ) -> None:
        self._ledger = ledger
        self._signals = signals
        self._clock = clock
        self._run = run
        self._scope = scope
        self._new_id = new_id

    @property
    def hours(self) -> Hours:
        return self._run.plan.hours_of(self._scope)

    async def board(self) -> Board:
        return await self._run.board(self._scope)

    async def strip(self, *, person: str) -> Strip:
        """Nothing in it where nothing waits."""
        return await self._ledger.read(partial(self._strip, person=person, now=self._clock.now()))

    async def week(self, since: datetime) -> Sequence[Shift]:
        """Every shift of seven days, declined ones too."""
        return await self._ledger.read(
            lambda conn: shifts.shifts_between(conn, self._scope, since, since + WEEK)
        )

    async def lately(self) -> tuple[PageRecord, ...]:
        return await self._ledger.read(lambda conn: pages.recent(conn, self._scope, SHOWN))

    async def plan(self, wanted: Wanted, *, by: str) -> None:
        """Plan it for every day in a row that was asked for, or none. See `desk.rota.shifts.plan`."""
        if not 1 <= wanted.days <= MOST_DAYS:
            raise InputRefused("shift-times")
        made = [self._shift(wanted, day, by) for day in range(wanted.days)]
        await self._act(partial(_plan_all, scope=self._scope, made=made, now=self._clock.now()))

    async def reply(self, shift: str, said: Reply, *, by: str) -> None:
        """See `desk.rota.shifts.reply`."""
        job = partial(
            shifts.reply, scope=self._scope, shift_id=shift, said=said, by=by, now=self._clock.now()
        )
        await self._act(job)

    async def have_it(self, *, by: str) -> None:
        """Somebody says that they have all that waits; what nobody opens in time waits anew."""
        await self._act(partial(self._have_it, by=by, now=self._clock.now()))

    async def begin_drill(self, *, by: str) -> None:
        """Page whoever is on call for a drill, now."""
        await self._act(partial(self._begin_drill, by=by, now=self._clock.now()))
        await self._signals.wake(PAGES)

    async def answer_drill(self, *, by: str) -> None:
        """Raises InputRefused where there is none for this person, or its time is over."""
        await self._act(partial(self._answer_drill, by=by, now=self._clock.now()))

    async def contact(self, *, of: str) -> Contact:
        """What somebody set of themselves."""
        known = await self._ledger.read(partial(contacts.contacts, key=self._run.key, now=self._clock.now()))
        return known.get(of, Contact())

    async def with_address(self) -> frozenset[str]:
        """Who can be paged by mail; where, is nobody else's business."""
        known = await self._ledger.read(partial(contacts.contacts, key=self._run.key, now=self._clock.now()))
        return frozenset(person for person, contact in known.items() if contact.address)

    async def set_contact(self, contact: Contact, *, by: str) -> None:
        job = partial(contacts.put, key=self._run.key, contact=contact, by=by, now=self._clock.now())
        await self._act(job)

    async def _act(self, job: Callable[[sa.Connection], T]) -> T:
        done = await self._ledger.transact(job)
        await self._run.refresh()
        await self._signals.wake(QUEUE)
        return done

    def _shift(self, wanted: Wanted, later: int, by: str) -> Shift:
        day = wanted.day + timedelta(days=later)
        over_night = timedelta(days=int(wanted.ends <= wanted.starts))
        return Shift(
            id=self._new_id(),
            person=wanted.person,
            place=wanted.place,
            starts=datetime.combine(day, wanted.starts, tzinfo=self.hours.zone),
            ends=datetime.combine(day + over_night, wanted.ends, tzinfo=self.hours.zone),
            planned_by=by,
        )

    def _strip(self, conn: sa.Connection, *, person: str, now: datetime) -> Strip:
        duty = deciding.duty_now(conn, self._scope, self._run.plan, now)
        standing = pages.unanswered(conn, self._scope, now)
        drill = next((page for page in standing if page.drill and page.person == person), None)
        if not pages.told_lately(conn, self._scope, now):
            return Strip({}, None, drill, duty)
        counts, since = urgent.waiting_now(conn, self._scope)
        return Strip(counts, since, drill, duty)

    def _have_it(self, conn: sa.Connection, *, by: str, now: datetime) -> None:
        cases = urgent.say(conn, self._scope, by=by, now=now)
        told = pages.answered(conn, self._scope, by=by, now=now)
        if not cases and not told:
            raise InputRefused("page-gone")
        self._record(conn, ANSWERED, by, now, cases=str(cases), pages=str(told))

    def _begin_drill(self, conn: sa.Connection, *, by: str, now: datetime) -> None:
        drills = deciding.drill(deciding.team_of(conn, self._scope, now), now)
        if not drills:
            raise InputRefused("drill-nobody")
        if any(page.drill for page in pages.unanswered(conn, self._scope, now)):
            raise InputRefused("drill-running")
        stored = {self._new_id(): page for page in drills}
        pages.store(conn, self._scope, stored, self._run.plan.ladder, drill=True)
        self._record(conn, DRILL_BEGUN, by, now, people=str(len(drills)))

    def _answer_drill(self, conn: sa.Connection, *, by: str, now: datetime) -> None:
        if not pages.drill_answered(conn, self._scope, by=by, now=now):
            raise InputRefused("drill-over")
        self._record(conn, DRILL_ANSWERED, by, now)

    def _record(self, conn: sa.Connection, action: str, by: str, now: datetime, **detail: str) -> None:
        told = {**self._scope.named, **detail}
        record(conn, trail, Entry(at=now, who=by, action=action, target=self._scope.desk, detail=told))


def _plan_all(conn: sa.Connection, *, scope: Scope, made: Iterable[Shift], now: datetime) -> None:
    for shift in made:
        shifts.plan(conn, scope, shift, now=now)
