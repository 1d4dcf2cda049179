"""Private screens that stand open in a chat and have to be emptied: noted when shown, emptied in time.

How a platform takes one away is its own affair: here that is an opaque handle, encrypted under a key of this
road, and kept for a quarter of an hour at most. A restart changes nothing.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import msgspec
import sqlalchemy as sa
import structlog
from sqlalchemy import Connection, bindparam
from sqlalchemy.dialects.postgresql import insert  # ON CONFLICT reads the same on every engine here

from core.clock import Clock
from core.errors import CannotOpen, LedgerError
from core.evidence.drafts import DraftKey, lock, unlock
from core.ledger.columns import UtcTime
from core.ledger.port import Change, Ledger
from core.ledger.road import open_screens
from core.platform import Platform

log = structlog.get_logger()

STANDS: Final = timedelta(minutes=12)
"""How long a private screen that nobody presses on stays; promised within fifteen minutes."""
LAST: Final = timedelta(minutes=15)
"""What is promised. What could not be emptied by then is said in the log, and tried for a while longer."""
GIVEN_UP: Final = timedelta(hours=1)
"""Some platforms let a screen be reached for a quarter of an hour, others as long as it stands."""
POLL_S: Final = 15.0
LEASE: Final = timedelta(seconds=30)
EMPTY_S: Final = 10.0
BATCH: Final = 20

_NEW = insert(open_screens).values(
    id=bindparam("screen"),
    platform=bindparam("platform"),
    handle=bindparam("handle"),
    closes_at=bindparam("closes_at", type_=UtcTime),
    fence=0,
)
_NOTE = _NEW.on_conflict_do_update(
    index_elements=[open_screens.c.id],
    set_={
        "handle": _NEW.excluded.handle,
        "closes_at": _NEW.excluded.closes_at,
        "lease_until": None,
        "fence": open_screens.c.fence + 1,
    },
)
_FORGET = sa.delete(open_screens).where(open_screens.c.id == bindparam("screen"))


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """A screen to be emptied. `fence` proves that no press came since it was leased."""

    id: str
    platform: str
    handle: bytes
    closes_at: datetime
    fence: int = 0


class OpenScreens:
    """What stands open. Where the ledger cannot keep it, this process remembers it by itself."""

    def __init__(self, ledger: Ledger, key: DraftKey, clock: Clock) -> None:
        """`key` encrypts handles; the same for every process of this road."""
        self._ledger = ledger
        self._key = key
        self._clock = clock
        self._unstored: dict[str, Open] = {}

    async def note(self, screen: str, platform: str, handle: bytes) -> None:
        """A screen was shown, or pressed on: it closes so much later. Never raises a LedgerError."""
        shown = Open(
            id=screen,
            platform=platform,
            handle=lock(self._key, handle),
            closes_at=self._clock.now() + STANDS,
        )
        self._unstored[screen] = shown
        row = {
            "screen": screen,
            "platform": platform,
            "handle": shown.handle,
            "closes_at": shown.closes_at,
        }
        try:
            await self._ledger.append(Change(_NOTE, [row]))
        except LedgerError as error:
            log.warning("open_screen_not_kept", error=error.code)
            return
        if self._unstored.get(screen) is shown:
            del self._unstored[screen]

    async def forget(self, screen: str) -> None:
        """It is gone. Never raises a LedgerError: a screen emptied twice does no harm."""
        self._unstored.pop(screen, None)
        try:
            await self._ledger.append(Change(_FORGET, [{"screen": screen}]))
        except LedgerError as error:
            log.warning("open_screen_not_forgotten", error=error.code)

    def due_here(self) -> tuple[Open, ...]:
        """Screens to be emptied now that only this process knows of."""
        now = self._clock.now()
        return tuple(each for each in self._unstored.values() if each.closes_at <= now)

    async def due(self, platforms: Collection[str]) -> tuple[Open, ...]:
        """Up to `BATCH` screens to be emptied now, leased. Without those that were pressed on since."""
        try:
            now = await self._ledger.now()
            kept = await self._ledger.transact(partial(_lease, platforms=tuple(platforms), now=now))
        except LedgerError as error:
            log.warning("open_screens_not_read", error=error.code)
            return ()
        return tuple(each for each in kept if each.id not in self._unstored)

    async def emptied(self, screen: Open) -> None:
        """It was taken away, unless somebody pressed on it meanwhile: then it is another one."""
        if self._unstored.get(screen.id) is screen:
            del self._unstored[screen.id]
            return
        try:
            await self._ledger.transact(partial(_done, screen=screen))
        except LedgerError as error:
            log.warning("open_screen_not_forgotten", error=error.code)

    def handle_of(self, screen: Open) -> bytes:
        """Raises CannotOpen where the key of this road was exchanged."""
        return unlock(self._key, screen.handle)


class Emptier:
    """Empties the screens of this process's platforms when their time has come."""

    def __init__(self, screens: OpenScreens, platforms: Mapping[str, Platform], clock: Clock) -> None:
        self._screens = screens
        self._platforms = platforms
        self._clock = clock

    async def run(self) -> None:
        """Until it is cancelled. Raises nothing of its own."""
        while True:
            await asyncio.sleep(POLL_S)
            await self.run_once()

    async def run_once(self) -> int:
        """Empty all that is due; how many were."""
        emptied = await self._empty_all(self._screens.due_here())
        while due := await self._screens.due(self._platforms):
            emptied += await self._empty_all(due)
        return emptied

    async def _empty_all(self, due: Sequence[Open]) -> int:
        async with asyncio.TaskGroup() as group:
            emptying = [group.create_task(self._empty(one), name="empty") for one in due]
        return sum(task.result() for task in emptying)

    async def _empty(self, screen: Open) -> bool:
        """Once more after its lease if it did not work; in the end it is given up, said in the log."""
        late = self._clock.now() - (screen.closes_at - STANDS)
        emptied = await self._emptied(screen)
        if late > LAST:
            log.warning("screen_emptied_late" if emptied else "screen_stands_on", platform=screen.platform)
        if not emptied and late < GIVEN_UP:
            return False
        await self._screens.emptied(screen)
        return emptied

    async def _emptied(self, screen: Open) -> bool:
        platform = self._platforms.get(screen.platform)
        if platform is None:
            return False
        try:
            async with asyncio.timeout(EMPTY_S):
                return await platform.empty(self._screens.handle_of(screen))
        except CannotOpen:
            return True
        except Exception as fault:  # noqa: BLE001 - the edge of a task, and a platform's error may name a person
            log.warning("screen_not_emptied", platform=platform.name, error=type(fault).__name__)
            return False


def _lease(conn: Connection, platforms: Collection[str], now: datetime) -> tuple[Open, ...]:
    free = sa.or_(open_screens.c.lease_until.is_(None), open_screens.c.lease_until <= now)
    waiting = (
        sa.select(open_screens)
        .where(open_screens.c.platform.in_(platforms), open_screens.c.closes_at <= now, free)
        .order_by(open_screens.c.closes_at, open_screens.c.id)
        .limit(BATCH)
    )
    found = tuple(_open(row) for row in conn.execute(waiting).mappings())
    for one in found:
        taken = sa.update(open_screens).where(open_screens.c.id == one.id)
        conn.execute(taken.values(lease_until=now + LEASE, fence=one.fence))
    return found


def _open(row: Mapping[Any, Any]) -> Open:
    return Open(
        id=row["id"],
        platform=row["platform"],
        handle=row["handle"],
        closes_at=row["closes_at"],
        fence=row["fence"] + 1,
    )


def _done(conn: Connection, screen: Open) -> int:
    held = (open_screens.c.id == screen.id, open_screens.c.fence == screen.fence)
    return conn.execute(sa.delete(open_screens).where(*held)).rowcount
