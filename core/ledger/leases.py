"""Named leases as rows: one holder at a time by the ledger's own time, with a fence that only grows.

A holder counts from before it asked, by its own steady clock, and so stops before anybody else can begin.
What is done under a lease and has effects in the ledger is checked there too: `require`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
import structlog

from core.clock import Clock
from core.errors import LeaseLost, LedgerError
from core.ledger.columns import UtcTime
from core.ledger.port import Ledger
from core.ledger.sql import insert_or_ignore

LASTS: Final = timedelta(seconds=12)
"""How long work stands still at most when its holder was killed; renewed three times as often."""
MARGIN: Final = 0.25
"""This share of a lease is left for its holder to end what it does, before another may begin."""
RENEWALS: Final = 4
"""So often within its time a lease is renewed: one answer that is lost ends nothing."""
LOOK: Final = timedelta(seconds=1)
FORGOTTEN: Final = timedelta(days=7)
"""A lease that ended so long ago: nobody who held it is still at work."""
LEAVING_S: Final = 2.0
NOBODY: Final = ""

log = structlog.get_logger()


class Held(NamedTuple):
    """What a holder has in hand: the fence proves it."""

    name: str
    holder: str
    fence: int


class Seen(NamedTuple):
    """A lease as the ledger has it. `mark` is what its holder says of it."""

    name: str
    holder: str
    fence: int
    until: datetime
    mark: str

    def is_free(self, now: datetime) -> bool:
        return self.holder == NOBODY or self.until <= now


def lease_table(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "leases",
        metadata,
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("holder", sa.String(64), nullable=False),  # made anew for each taking; empty: given back
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.Column("until", UtcTime, nullable=False),
        sa.Column("mark", sa.Text, nullable=False),
    )


def take(
    conn: sa.Connection,
    table: sa.Table,
    name: str,
    *,
    holder: str,
    now: datetime,
    lasts: timedelta,
    longest: timedelta | None = None,
) -> Held | None:
    """The lease if it is free, else None. `longest`: the longest that anybody ever takes this one for.

    A time further off was set by a clock that ran ahead. It is brought nearer, never ignored: its holder is
    left as long as it may believe that it holds it.
    """
    seen = _seen(conn, table, name)
    values = {"name": name, "holder": holder, "fence": 1, "until": now + lasts, "mark": ""}
    if seen is None:
        begun = conn.execute(_insert(table), values).rowcount
        return Held(name, holder, 1) if begun else None
    if not seen.is_free(now):
        _bring_nearer(conn, table, seen, now + (longest or lasts))
        return None
    taken = conn.execute(_as_seen(table, seen).values(values | {"fence": seen.fence + 1})).rowcount
    return Held(name, holder, seen.fence + 1) if taken else None


def renew(conn: sa.Connection, table: sa.Table, held: Held, *, now: datetime, lasts: timedelta) -> bool:
    """Held for so long from now on. False, and nothing changed, once it was taken over or given back.

    A renewal that comes late to the ledger shortens none that came before it.
    """
    until, wanted = table.c.until, sa.literal(now + lasts, UtcTime)
    later = sa.case((until > wanted, until), else_=wanted)
    return bool(conn.execute(_held(table, held).values(until=later)).rowcount)


def rest(conn: sa.Connection, table: sa.Table, held: Held, *, now: datetime, lasts: timedelta) -> bool:
    """Its holder has done with it, and nobody takes it for so long. False once it was taken over."""
    return bool(conn.execute(_held(table, held).values(until=now + lasts)).rowcount)


def mark(conn: sa.Connection, table: sa.Table, held: Held, *, what: str) -> bool:
    """The holder says something of it, for whoever looks. False once it was taken over."""
    return bool(conn.execute(_held(table, held).values(mark=what)).rowcount)


def release(conn: sa.Connection, table: sa.Table, held: Held) -> bool:
    """Give it back: free at once. False, and nothing changed, once it was taken over."""
    return bool(conn.execute(_held(table, held).values(holder=NOBODY)).rowcount)


def require(conn: sa.Connection, table: sa.Table, held: Held, *, now: datetime) -> None:
    """Raises LeaseLost unless it is held. First in the transaction of what only a holder may do."""
    seen = _seen(conn, table, held.name)
    if seen is None or seen[:3] != held or seen.is_free(now):
        raise LeaseLost(held.name)


def look(conn: sa.Connection, table: sa.Table, prefix: str) -> tuple[Seen, ...]:
    """Every lease whose name begins so, by name, whoever holds it."""
    named = table.c.name.startswith(prefix, autoescape=True)
    return tuple(Seen(*row) for row in conn.execute(sa.select(table).where(named).order_by(table.c.name)))


def abandon(conn: sa.Connection, table: sa.Table) -> None:
    """End every lease: for a ledger that one process alone writes to, when that process has just begun."""
    conn.execute(sa.update(table).values(holder=NOBODY))


def forget(conn: sa.Connection, table: sa.Table, *, now: datetime) -> int:
    """Delete those that ended long ago; how many. Processes have names that never come again."""
    return conn.execute(sa.delete(table).where(table.c.until < now - FORGOTTEN)).rowcount


class Lease:
    """One lease that this process took. As long as `keep` runs it is renewed; use `Leases.kept`."""

    def __init__(self, leases: "Leases", held: Held, lasts: timedelta, asked: float) -> None:
        """`asked`: the steady clock before the ledger was asked for it."""
        self._leases = leases
        self._lasts = lasts
        self._over = asyncio.Event()
        self._silent = False
        self._ends = asked + lasts.total_seconds()
        self.held = held

    @property
    def over(self) -> bool:
        """Whether it is known to be another's by now, or given back."""
        return self._over.is_set()

    @property
    def sure(self) -> bool:
        """Whether nobody else can hold it, with time enough left to end what is done under it."""
        return self._left() > 0

    async def until_over(self) -> None:
        """Wait until it is another's, or given back, and the ledger said so."""
        await self._over.wait()

    async def until_unsure(self) -> None:
        """Wait until this process can no longer be sure of it, whether or not the ledger says anything."""
        while self.sure:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._left()):
                    await self._over.wait()

    async def keep(self) -> None:
        """Renew it until it is over, or until this is cancelled. Never raises a LedgerError."""
        while not self.over:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._lasts.total_seconds() / RENEWALS):
                    await self._over.wait()
            await self.renew()

    async def renew(self) -> None:
        """Ask for more time; where nobody answers, it goes on as long as it is sure. Raises nothing."""
        asked = self._leases.clock.monotonic()
        job = partial(renew, held=self.held, lasts=self._lasts)
        still = await self._leases.tried(job, self._lasts.total_seconds() / RENEWALS)
        if still:
            self._ends = max(self._ends, asked + self._lasts.total_seconds())
        if still is False:
            self._over.set()
        if still is None and not self._silent:
            log.warning("lease_not_renewed", lease=self.held.name)
        self._silent = still is None

    async def say(self, what: str) -> bool:
        """Mark it; false where the ledger did not answer. Raises nothing."""
        job = _timeless(partial(mark, held=self.held, what=what))
        return await self._leases.tried(job, LEAVING_S) is not None

    async def release(self) -> bool:
        """Give it back; whether the ledger took that. From now on it is over either way."""
        if self.over:
            return True
        self._over.set()
        job = _timeless(partial(release, held=self.held))
        return await self._leases.tried(job, LEAVING_S) is not None

    def _left(self) -> float:
        spare = self._lasts.total_seconds() * MARGIN
        return 0.0 if self.over else self._ends - spare - self._leases.clock.monotonic()


Job = Callable[..., Any]
"""One of the statements above, to be called with a connection, the table and `now`."""


class Leases:
    """The leases of one ledger, as one process takes them."""

    def __init__(self, ledger: Ledger, table: sa.Table, clock: Clock, new_holder: Callable[[], str]) -> None:
        """`new_holder` makes a name that nobody ever had: one for each taking."""
        self._ledger = ledger
        self.new_holder = new_holder
        self.table = table
        self.clock = clock

    async def take(
        self, name: str, lasts: timedelta = LASTS, *, longest: timedelta | None = None
    ) -> Lease | None:
        """Take it if it is free. Raises LedgerError; what was taken unknown to anybody ends by itself."""
        asked, holder = self.clock.monotonic(), self.new_holder()
        job = partial(take, name=name, holder=holder, lasts=lasts, longest=longest)
        held = await self.do(job)
        return None if held is None else Lease(self, held, lasts, asked)

    async def do(self, job: Job) -> Any:
        """Run one of the statements above by the ledger's own time. Raises LedgerError."""
        now = await self._ledger.now()
        return await self._ledger.transact(lambda conn: job(conn, self.table, now=now))

    async def tried(self, job: Job, within_s: float) -> Any:
        """The same; None where nobody answers in time."""
        try:
            async with asyncio.timeout(within_s):
                return await self.do(job)
        except (LedgerError, TimeoutError):
            return None

    async def seen(self, prefix: str) -> tuple[datetime, tuple[Seen, ...]]:
        """The ledger's time, and every lease whose name begins so. Raises LedgerError."""
        now = await self._ledger.now()
        return now, await self._ledger.read(lambda conn: look(conn, self.table, prefix))

    @asynccontextmanager
    async def kept(self, lease: Lease) -> AsyncIterator[Lease]:
        """Renewed in this block, and given back at its end."""
        async with asyncio.TaskGroup() as owner:
            keeping = owner.create_task(lease.keep(), name="lease")
            try:
                yield lease
            finally:
                keeping.cancel()
                await lease.release()

    async def run(
        self, name: str, work: Callable[[], Awaitable[None]], lasts: timedelta = LASTS, look: timedelta = LOOK
    ) -> None:
        """Do `work`, which may be cancelled at any moment, in one process at a time; until that returns.

        Where its holder dies another process goes on after `lasts`. Raises what `work` raises.
        """
        while True:
            lease = await self._when_free(name, lasts, look)
            async with self.kept(lease):
                if await _done_while_sure(lease, work):
                    return
            log.warning("lease_unsure", lease=name)

    async def _when_free(self, name: str, lasts: timedelta, look: timedelta) -> Lease:
        while True:
            try:
                lease = await self.take(name, lasts)
            except LedgerError as error:
                log.warning("lease_not_taken", lease=name, error=error.code)
                lease = None
            if lease is not None:
                return lease
            await asyncio.sleep(look.total_seconds())


async def _done_while_sure(lease: Lease, work: Callable[[], Awaitable[None]]) -> bool:
    """Whether the work came to its end; else it was cancelled, because nobody is sure any more."""

    async def working() -> None:
        await work()

    async with asyncio.TaskGroup() as owner:
        doing = owner.create_task(working(), name="leased")
        sure: asyncio.Task[None] = owner.create_task(lease.until_unsure(), name="sure")
        await asyncio.wait(_both(doing, sure), return_when=asyncio.FIRST_COMPLETED)
        ended = doing.done()
        doing.cancel()
        sure.cancel()
    return ended


def _both(*tasks: asyncio.Task[None]) -> Collection[asyncio.Task[None]]:
    return tasks


def _timeless(job: Job) -> Job:
    """The same for a statement that needs no time."""
    return lambda conn, table, now: job(conn, table)  # noqa: ARG005 - the time is offered to each


def _seen(conn: sa.Connection, table: sa.Table, name: str) -> Seen | None:
    row = conn.execute(sa.select(table).where(table.c.name == name)).one_or_none()
    return None if row is None else Seen(*row)


def _held(table: sa.Table, held: Held) -> sa.Update:
    """The row, as long as nobody took it over."""
    c = table.c
    return sa.update(table).where(c.name == held.name, c.holder == held.holder, c.fence == held.fence)


def _as_seen(table: sa.Table, seen: Seen) -> sa.Update:
    """The row, if nobody touched it since: not even its holder, who may just have renewed it."""
    c = table.c
    same = (c.holder == seen.holder, c.fence == seen.fence, c.until == seen.until)
    return sa.update(table).where(c.name == seen.name, *same)


def _bring_nearer(conn: sa.Connection, table: sa.Table, seen: Seen, longest: datetime) -> None:
    if seen.until > longest:
        conn.execute(_as_seen(table, seen).values(until=longest))


@cache
def _insert(table: sa.Table) -> sa.Executable:
    return insert_or_ignore(table)
