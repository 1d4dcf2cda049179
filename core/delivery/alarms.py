"""Raises the alarm outside this installation when reports do not arrive: once, and hourly while it lasts.

An alarm says how many, since when and which items. It never says what was reported, by whom or where.
"""

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any, Protocol

import msgspec
import sqlalchemy as sa
import structlog
from sqlalchemy import Connection

from core.clock import Clock
from core.delivery.metrics import Metrics
from core.delivery.model import Fault, OutboxState
from core.delivery.outbox import needs_somebody
from core.errors import DeliveryError, LedgerError
from core.ids import ItemId
from core.ledger.port import Ledger
from core.ledger.road import outbox

log = structlog.get_logger()

SHOWN = 20
"""Items named in one alarm; the rest are counted."""
AGAIN_AFTER = timedelta(hours=1)
UNHEARD_AGAIN_AFTER = timedelta(minutes=2)
"""When nobody could be told, or the process died while telling."""
LONG = timedelta(hours=1)
"""From here on it is an alarm that what is not urgent waits, too."""
LOOK_S = 5.0
RING_S = 30.0


NOT_TRIED = "not_tried"
"""Stands in an alarm where no attempt has ended yet."""


class AlarmKind(StrEnum):
    """What is wrong. An undelivered item belongs to one of them at most."""

    URGENT = "urgent_undelivered"  # danger to life, and no desk has it; whatever the reason
    CONFLICT = "digest_conflict"  # a desk has other bytes under the same id
    DEAD = "dead_letters"  # repeating does not help
    WAITING = "undelivered"  # not urgent, but for too long
    LEDGER = "ledger_unavailable"  # nothing that anybody sends can be stored
    DRILL = "drill_missed"  # raised by a desk: nobody there answered a drill


OF_THE_OUTBOX = (AlarmKind.URGENT, AlarmKind.CONFLICT, AlarmKind.DEAD, AlarmKind.WAITING)


FOLDED = {AlarmKind.URGENT: timedelta(minutes=1)}
FOLDED_ELSE = timedelta(minutes=15)
"""What comes on top of a standing alarm rings no sooner than this: a flood folds alarms, never reports."""


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm: numbers, ids and times."""

    kind: AlarmKind
    count: int
    since: datetime
    items: tuple[ItemId, ...]
    """The oldest, SHOWN at most."""
    faults: dict[str, int]
    """How many for which `Fault`, or NOT_TRIED."""


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """When was looked, and how long what is urgent may take."""

    now: datetime
    urgent_after: timedelta


class Bell(Protocol):
    """A way to tell somebody outside."""

    name: str

    async def ring(self, alarm: Alarm) -> None:
        """Return once it was taken; raises DeliveryError."""


def standing(conn: Connection, moment: Moment) -> tuple[Alarm, ...]:
    """Every alarm there is reason for now, whether or not it was raised before."""
    found = (_look(conn, kind, _of(kind, moment)) for kind in OF_THE_OUTBOX)
    return tuple(state.alarm for state in found if state is not None)


def claim(conn: Connection, moment: Moment) -> tuple[Alarm, ...]:
    """The alarms to raise now; unless `confirm` follows they are due again after UNHEARD_AGAIN_AFTER."""
    claimed = []
    for kind in OF_THE_OUTBOX:
        those = _of(kind, moment)
        state = _look(conn, kind, those)
        if state is not None and _is_due(state, moment.now):
            conn.execute(sa.update(outbox).where(those).values(alarmed_at=_claimed(moment.now)))
            claimed.append(state.alarm)
    return tuple(claimed)


def confirm(conn: Connection, kinds: Collection[AlarmKind], moment: Moment) -> None:
    """Somebody heard what was claimed at that moment."""
    for kind in kinds:
        claimed = sa.and_(_of(kind, moment), outbox.c.alarmed_at == _claimed(moment.now))
        conn.execute(sa.update(outbox).where(claimed).values(alarmed_at=moment.now))


class Alarms:
    """Looks every few seconds for as long as it runs. Without any bell it says so in the log, loudly."""

    def __init__(
        self,
        ledger: Ledger,
        bells: Collection[Bell],
        *,
        clock: Clock,
        urgent_after: timedelta = timedelta(seconds=60),
        metrics: Metrics | None = None,
        practising: bool = False,
        look_s: float = LOOK_S,
    ) -> None:
        self._ledger = ledger
        self._bells = tuple(bells)
        self._clock = clock
        self._gone_since: datetime | None = None
        self._urgent_after = urgent_after
        self._metrics = metrics or Metrics()
        self._look_s = look_s
        self._raised: dict[AlarmKind, datetime] = {}
        self._stopped = asyncio.Event()
        self._has_looked = False
        self._practising = practising
        self._outbox: tuple[Alarm, ...] = ()

    @property
    def standing(self) -> tuple[Alarm, ...]:
        """What there was reason for at the last look: for `/readyz`, which knows of the ledger itself."""
        return self._outbox

    @property
    def heard(self) -> bool:
        """Whether anybody is told at all."""
        return bool(self._bells)

    async def run(self) -> None:
        """Until it is cancelled, or until `stop` and the alarm being raised. Never raises a LedgerError."""
        if not self._bells:
            say = log.info if self._practising else log.error
            say("alarms_reach_nobody", mend="set mail_to or webhook_url under [alarm]")
        while not self._stopped.is_set():
            await self.run_once()
            await self._pause()

    def stop(self) -> None:
        self._stopped.set()

    async def run_once(self) -> tuple[Alarm, ...]:
        """Look, and raise what is due; what was raised."""
        try:
            raised, works = await self._look(), self._ledger.ready
        except LedgerError as fault:
            say = (
                log.error if self._has_looked else log.info
            )  # before the ledger is open there is nothing to see
            say("alarms_blind", fault=fault.code)
            raised, works = (), False
        return raised + await self._watch(works=works)

    async def _look(self) -> tuple[Alarm, ...]:
        moment = Moment(now=await self._ledger.now(), urgent_after=self._urgent_after)
        self._has_looked = True
        self._see(await self._ledger.read(partial(standing, moment=moment)))
        if not self._outbox:
            return ()
        due = await self._due(moment)
        heard = [alarm.kind for alarm in due if await self._raise(alarm, moment.now)]
        if heard:
            await self._confirm(heard, moment)
        return due

    async def _watch(self, *, works: bool) -> tuple[Alarm, ...]:
        """A ledger that takes nothing is as bad as a desk that does: children are told "not sent"."""
        now = self._clock.now()
        self._gone_since = None if works else self._gone_since or now
        if self._gone_since is None or now - self._gone_since < self._urgent_after:
            return ()
        alarm = Alarm(kind=AlarmKind.LEDGER, count=0, since=self._gone_since, items=(), faults={})
        if not self._not_lately(alarm.kind, now):
            return ()
        await self._raise(alarm, now)
        return (alarm,)

    def _see(self, found: tuple[Alarm, ...]) -> None:
        kinds = {alarm.kind for alarm in found}
        for over in {alarm.kind for alarm in self._outbox} - kinds:
            log.info("alarm_over", kind=over.value)
            self._raised.pop(over, None)
        self._outbox = found

    async def _due(self, moment: Moment) -> tuple[Alarm, ...]:
        """What is due by the ledger; by memory where the ledger takes no writes, as on a full disk."""
        try:
            return await self._ledger.transact(partial(claim, moment=moment))
        except LedgerError:
            return tuple(alarm for alarm in self._outbox if self._not_lately(alarm.kind, moment.now))

    def _not_lately(self, kind: AlarmKind, now: datetime) -> bool:
        return kind not in self._raised or now - self._raised[kind] >= AGAIN_AFTER

    async def _confirm(self, heard: list[AlarmKind], moment: Moment) -> None:
        try:
            await self._ledger.transact(partial(confirm, kinds=heard, moment=moment))
        except LedgerError as fault:
            log.warning("alarm_not_noted", fault=fault.code)

    async def _raise(self, alarm: Alarm, now: datetime) -> bool:
        """Ring every bell; whether one was heard. With no bell the log has to do."""
        log.error("alarm", **_logged(alarm), bells=len(self._bells))
        async with asyncio.TaskGroup() as group:
            rings = [group.create_task(self._ring(bell, alarm), name="alarm") for bell in self._bells]
        heard = any(ring.result() for ring in rings)
        self._metrics.alarmed(alarm.kind, heard=heard)
        noted = heard or not self._bells
        self._raised[alarm.kind] = now if noted else _claimed(now)
        return noted

    async def _ring(self, bell: Bell, alarm: Alarm) -> bool:
        try:
            async with asyncio.timeout(RING_S):
                await bell.ring(alarm)
        except (DeliveryError, TimeoutError) as fault:
            log.error("alarm_not_heard", bell=bell.name, why=_why(fault))  # noqa: TRY400 - it says all there is
            return False
        except Exception as fault:  # noqa: BLE001 - one broken bell must not silence the others
            log.error("alarm_not_heard", bell=bell.name, why=type(fault).__name__)  # noqa: TRY400
            return False
        return True

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._look_s):
                await self._stopped.wait()
        except TimeoutError:
            return


def _of(kind: AlarmKind, moment: Moment) -> sa.ColumnElement[bool]:
    c = outbox.c
    undelivered = c.state.in_((OutboxState.READY, OutboxState.LEASED, OutboxState.DEAD))
    stuck, conflict = needs_somebody(), c.fault == Fault.CONFLICT
    if kind is AlarmKind.URGENT:
        return sa.and_(undelivered, c.urgent, sa.or_(c.created_at <= moment.now - moment.urgent_after, stuck))
    if kind is AlarmKind.CONFLICT:
        return sa.and_(undelivered, ~c.urgent, conflict)
    if kind is AlarmKind.DEAD:
        return sa.and_(undelivered, ~c.urgent, stuck, ~conflict)
    return sa.and_(undelivered, ~c.urgent, ~stuck, c.created_at <= moment.now - LONG)


class _State(msgspec.Struct, frozen=True, kw_only=True):
    alarm: Alarm
    never_raised: int
    """How many of its items no alarm has named yet."""
    raised_first: datetime | None
    raised_last: datetime | None


def _look(conn: Connection, kind: AlarmKind, those: sa.ColumnElement[bool]) -> _State | None:
    c, count = outbox.c, sa.func.count
    figures = sa.select(
        count(),
        count(c.alarmed_at),
        sa.func.min(c.created_at),
        sa.func.min(c.alarmed_at),
        sa.func.max(c.alarmed_at),
    )
    number, raised, since, first, last = conn.execute(figures.where(those)).one()
    if not number:
        return None
    oldest = sa.select(c.item).where(those).order_by(c.created_at, c.item).limit(SHOWN)
    why = sa.select(c.fault, count()).where(those).group_by(c.fault).order_by(c.fault)
    alarm = Alarm(
        kind=kind,
        count=number,
        since=since,
        items=tuple(conn.scalars(oldest)),
        faults={fault or NOT_TRIED: many for fault, many in conn.execute(why)},
    )
    return _State(alarm=alarm, never_raised=number - raised, raised_first=first, raised_last=last)


def _is_due(state: _State, now: datetime) -> bool:
    if state.raised_first is None or state.raised_last is None:
        return True
    if state.raised_first <= now - AGAIN_AFTER:
        return True
    quiet = FOLDED.get(state.alarm.kind, FOLDED_ELSE)
    return bool(state.never_raised) and state.raised_last <= now - quiet


def _claimed(now: datetime) -> datetime:
    """So marked, an alarm nobody confirms falls due again soon."""
    return now - AGAIN_AFTER + UNHEARD_AGAIN_AFTER


def _logged(alarm: Alarm) -> dict[str, Any]:
    return {
        "kind": alarm.kind.value,
        "count": alarm.count,
        "since": alarm.since.isoformat(),
        "items": list(alarm.items),
        "faults": alarm.faults,
    }


def _why(fault: Exception) -> str:
    return str(fault) or type(fault).__name__
