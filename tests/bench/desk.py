"""What the console costs with a year of 100,000 reports: the queue, a case and searches, against a thousand.

The reports are those of `lifebelt demo`, as many a day at both: what differs is for how long. The pages
come from the real console over a loopback port.
"""
# ruff: noqa: S311 - whatever is looked up here is no secret

import random
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import sqlalchemy as sa
from aiohttp.test_utils import TestServer

from core.clock import SystemClock
from core.evidence.keys import KeyFolder
from core.ids import DeskName, RoadName
from core.ledger.backends import OpenableLedger, open_ledger
from core.reports.model import Standing
from core.signals.memory import MemorySignals
from desk.console.app import console_app
from desk.demo.filling import fill
from desk.demo.making import Maker
from desk.demo.playing import Desk
from desk.demo.stories import YEAR, Told
from desk.model import Scope
from desk.ranks import QUEUED, SHIPPED
from desk.service import DeskService
from desk.staff.accounts import Staff
from desk.staff.passwords import Passwords
from desk.staff.staff_key import StaffKey
from desk.staff.throttle import Throttle
from desk.tables import DESK, reports
from tests.bench.engines import databases
from tests.bench.figures import Aim, Figure, Setting, against, alone
from tests.bench.rounds import Once, interleaved, pace
from tests.desk_room import CATEGORIES, FAST, LAWS, OUTCOMES, RULES, TEXTS, Browser, DeskRoom, browser

FEW = 1_000
MANY = 100_000
SCOPE = Scope(desk=DeskName("practice"), standing=Standing.PRACTICE)
ROAD = RoadName("road")
KNOWN = 200
AIM = Aim(1.5, at_most=True)


async def measure(setting: Setting) -> list[Figure]:
    figures: list[Figure] = []
    for engine in setting.engines:
        async with AsyncExitStack() as ending:
            new = await ending.enter_async_context(databases(engine, setting.folder))
            many = min(MANY, setting.most)
            asked: dict[str, dict[str, Once]] = {}
            for count in (min(FEW, many // 2), many):
                asked[f"{count:,} reports"] = await _questions(ending, setting, new, count, engine)
            figures += await _compared(asked, engine, setting)
    return figures


async def _questions(
    ending: AsyncExitStack, setting: Setting, new: Callable[[str], str], count: int, engine: str
) -> dict[str, Once]:
    clock = SystemClock()
    keys = KeyFolder(setting.folder / f"keys_{engine}_{count}", clock)
    desk_keys = keys.desk(create=True)
    ledger = open_ledger(new(f"desk_{count}"), DESK, clock)
    await ledger.open()
    ending.push_async_callback(ledger.close)
    desk = Desk(SCOPE, desk_keys, RULES, CATEGORIES, SHIPPED, ROAD)
    maker = Maker(SCOPE, [desk_keys.current.public], keys.road(create=True).identity.public)
    told = Told(count, 1, clock.now(), YEAR * count / MANY)
    await fill(ledger, desk, maker, told, lambda _: None)
    room = await _room(ending, ledger, desk)
    visitor = await ending.enter_async_context(browser(room))
    await room.person("Ann Lee")
    await visitor.sign_in()
    return Pages(visitor, await ledger.read(_known)).questions()


async def _room(ending: AsyncExitStack, ledger: OpenableLedger, desk: Desk) -> DeskRoom:
    clock = SystemClock()
    signals = MemorySignals(clock)
    service = DeskService(
        ledger=ledger,
        keys=desk.keys,
        signals=signals,
        clock=clock,
        roads={ROAD: ()},
        desks={SCOPE.desk: SCOPE.standing},
        communities=(),
        rules=RULES,
        categories=CATEGORIES,
    )
    key = StaffKey(desk.keys.reference)
    staff = Staff(ledger, Throttle(signals, b"k" * 32), clock, key=key, passwords=Passwords(FAST))
    app = console_app(service, staff, TEXTS, scope=SCOPE, categories=CATEGORIES, outcomes=OUTCOMES, laws=LAWS)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    ending.push_async_callback(server.close)
    origin = str(server.make_url("")).rstrip("/")
    return DeskRoom(service, staff, app, ledger, signals, desk.keys, clock, SCOPE, origin=origin)  # type: ignore[arg-type]


class Pages:
    """What somebody at the desk asks for."""

    def __init__(self, visitor: Browser, known: list[Mapping[Any, Any]]) -> None:
        self._visitor = visitor
        self._known = known

    def questions(self) -> dict[str, Once]:
        return {
            "queue page": partial(self._get, "/"),
            "case page": self._case,
            "search by id": self._by_id,
            "search by a community": self._by_community,
            "search by who has it": partial(self._search, holder="Example specialist 1"),
            "search by state": partial(self._search, state="waiting"),
            "search by words of a note": self._by_words,
            "figures page": partial(self._get, "/figures"),
        }

    async def _get(self, path: str) -> None:
        await self._visitor.get(path)
        assert self._visitor.status == 200, path

    async def _case(self) -> None:
        await self._get(f"/case/{random.choice(self._known)['id']}")

    async def _by_id(self) -> None:
        await self._search(text=random.choice(self._known)["id"])

    async def _by_words(self) -> None:
        await self._search(text=f"note {random.randint(100, 999)}")

    async def _by_community(self) -> None:
        await self._search(community=random.choice(self._known)["community"])

    async def _search(self, **fields: str) -> None:
        await self._visitor.post("/search", fields)
        assert self._visitor.status == 200, fields


def _known(conn: sa.Connection) -> list[Mapping[Any, Any]]:
    """Open ones, at both desks: a closed case's page is another page."""
    open_ones = sa.select(reports.c.id, reports.c.community).where(reports.c.rank <= QUEUED)
    rows = conn.execute(open_ones).mappings().all()
    return [dict(row) for row in random.sample(rows, min(KNOWN, len(rows)))]


async def _compared(asked: Mapping[str, dict[str, Once]], engine: str, setting: Setting) -> list[Figure]:
    few = next(iter(asked))
    figures = []
    for question in asked[few]:
        found = await interleaved(
            {name: partial(pace, once[question], setting.seconds) for name, once in asked.items()},
            setting.rounds,
        )
        in_ms = {f"{engine}: {question}, {name}": [1000 * each for each in found[name]] for name in found}
        base, other = in_ms
        figures += [alone(in_ms, base, "ms"), against(in_ms, other, base, "ms", AIM)]
    return figures
