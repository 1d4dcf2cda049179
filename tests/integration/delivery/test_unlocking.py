"""Unlocking an identity over the real wire: the desk asks, the road seals it anew, the desk reads it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from aiohttp import web
from aiohttp.test_utils import TestServer

from core.checkpoints import Checkpoint, KillPoint, no_checkpoint
from core.delivery import released, unlocking, wire
from core.delivery.desk import DeskDestination, open_session
from core.delivery.news import Notifier, Poller
from core.delivery.signing import new_secret
from core.delivery.unlocking import Unlocker
from core.delivery.wayback import opener
from core.delivery.worker import Worker
from core.evidence.keys import DeskKeys, TagKey
from core.evidence.parts import Identity
from core.evidence.sealing import SecretKey, new_key
from core.ids import CommunityId, DeskName, RoadName
from core.ledger.road import outbox, parts, trail
from core.ledger.sqlite import SqliteLedger
from core.reports.categories import Categories
from core.reports.model import Answers, Category, Priority, Standing, YesNo
from core.reports.triage import Rules
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock
from core.testing.deliveries import MadeReport
from core.testing.ids import counting_ids
from core.testing.outbox import SentReports
from core.testing.platform import RecordingPlatform
from desk import tables
from desk.casework.writing import Bench
from desk.intake import intake_app
from desk.model import Scope
from desk.releasing.deciding import Basis
from desk.releasing.service import Releasing
from desk.resealing import reseal
from desk.service import DeskService
from desk.unlocking.service import Unlocking
from tests.ledgers import opened

ROAD = RoadName("road")
HERE = Scope(desk=DeskName("practice"), standing=Standing.PRACTICE)
REASON = "She wrote that she has taken pills."


class Killed(BaseException):
    """Stands for the process being gone."""


def killed(point: KillPoint) -> None:
    if point is KillPoint.NEWS:
        raise Killed


class Way:
    """A road and its desk, each with a ledger and keys of its own, and the wire between them."""

    def __init__(
        self, road: SqliteLedger, desk: DeskService, over: DeskDestination, clock: FixedClock
    ) -> None:
        self.desk, self.clock, self.road, self._over = desk, clock, road, over
        self.key = new_key()
        self.signals = MemorySignals(clock)
        self.bench = Bench(desk.ledger, desk.signals, clock, desk.keys, HERE, counting_ids(10**7))
        self.unlocking = Unlocking(self.bench)
        self.sent = SentReports(road, clock, counting_ids(10**6))

    async def report(self, **told: object) -> MadeReport:
        given: Any = {"answers": Answers(danger=YesNo.YES), "urgent": True, **told}
        made = MadeReport(
            counting_ids(), [self.desk.keys.current.public], now=self.clock.now(), road=self.key, **given
        )
        await self.sent.put(made.delivery())
        await self.deliver()
        await self.desk.triage.run_once()
        return made

    async def deliver(self) -> int:
        to = {HERE.desk: self._over}
        return await Worker(self.road, to, self.signals, self.clock, jitter=lambda: 0.5).run_once()

    async def fetch(self, key: SecretKey | None = None, checkpoint: Checkpoint = no_checkpoint) -> int:
        recipients = [self.desk.keys.current.public]
        poller = Poller(
            HERE.desk,
            self._over,
            self.road,
            self.signals,
            jitter=lambda: 0.5,
            asked=wire.NewsAsked(wait_s=0),
            checkpoint=checkpoint,
            unlocker=Unlocker(HERE.desk, lambda: [key or self.key], lambda: recipients),
        )
        return await poller.run_once()

    async def lines(self) -> list[str]:
        return await self.road.read(lambda conn: list(conn.scalars(sa.select(trail.c.action))))

    async def items(self) -> list[str]:
        found = sa.select(outbox.c.item).where(outbox.c.kind == wire.ItemKind.PART)
        return await self.road.read(lambda conn: list(conn.scalars(found)))


@pytest.fixture
async def way(
    tmp_path: Path, road_ledger: SqliteLedger, clock: FixedClock, categories: Categories, shipped: Path
) -> AsyncIterator[Way]:
    secret = new_secret()
    ledger = await opened(tmp_path / "desk.sqlite", tables.DESK, clock)
    desk = DeskService(
        ledger=ledger,
        keys=DeskKeys(current=new_key(), reference=TagKey(b"r" * 32), linking=TagKey(b"l" * 32)),
        signals=MemorySignals(clock),
        clock=clock,
        roads={ROAD: [secret]},
        desks={HERE.desk: HERE.standing},
        communities={"school"},
        rules=Rules.load(shipped / "triage.toml", categories),
        categories=categories,
    )
    app = web.Application()
    app.add_subapp(wire.API, intake_app(desk))
    async with TestServer(app) as server, open_session() as session:
        over = DeskDestination(str(server.make_url("")), secret, ROAD, session, clock=clock)
        yield Way(road_ledger, desk, over, clock)
    await ledger.close()


async def test_who_it_is_comes_back_sealed_to_the_desk_and_nothing_of_the_way_back(way: Way) -> None:
    made = await way.report()
    await way.unlocking.ask(made.id, REASON, by="Ann Lee")
    await way.fetch()
    assert await way.deliver() == 1
    found = await way.unlocking.look(made.id, by="Ann Lee")
    assert found.identity == Identity(platform="web", account="7", shown="me", way_back=b"")


async def test_an_ordinary_look_does_not_show_who_was_unlocked(way: Way) -> None:
    made = await way.report()
    await way.unlocking.ask(made.id, REASON, by="Ann Lee")
    await way.fetch()
    await way.deliver()
    opened_ = await way.desk.look(HERE, made.id, by="Ann Lee")
    assert opened_ is not None
    assert opened_.named is None


async def test_who_was_unlocked_opens_with_the_new_key_after_a_rotation(way: Way) -> None:
    made = await way.report()
    await way.unlocking.ask(made.id, REASON, by="Ann Lee")
    await way.fetch()
    await way.deliver()
    old, new = way.desk.keys, new_key()
    after = DeskKeys(current=new, retired=(old.current,), reference=old.reference, linking=old.linking)
    await reseal(way.desk.ledger, after, [new.public], by="operator", now=way.clock.now())
    alone = DeskKeys(current=new, reference=old.reference, linking=old.linking)
    found = await Unlocking(way.bench._replace(keys=alone)).look(made.id, by="Ann Lee")
    assert found.identity is not None


async def test_both_trails_have_a_line_of_it(way: Way) -> None:
    made = await way.report()
    await way.unlocking.ask(made.id, REASON, by="Ann Lee")
    await way.fetch()
    assert await way.lines() == [unlocking.UNLOCKED]
    actions = await way.desk.ledger.read(lambda conn: list(conn.scalars(sa.select(tables.trail.c.action))))
    assert actions == ["unlock_asked"]


async def test_killed_before_the_road_has_acknowledged_it_is_sealed_once(way: Way) -> None:
    made = await way.report()
    await way.unlocking.ask(made.id, REASON, by="Ann Lee")
    with pytest.raises(Killed):
        await way.fetch(checkpoint=killed)
    await way.fetch()
    assert len(await way.items()) == 1
    assert await way.lines() == [unlocking.UNLOCKED]
    assert await way.deliver() == 1


async def test_told_again_after_it_arrived_nothing_of_it_lies_on_the_road(way: Way) -> None:
    made = await way.report()
    await way.unlocking.ask(made.id, REASON, by="Ann Lee")
    (asked,) = [item for item in (await way.desk.news(ROAD, 9, timedelta())).news if item.kind == "unlock"]
    await way.fetch()
    await way.deliver()
    unlocker = Unlocker(HERE.desk, lambda: [way.key], lambda: [way.desk.keys.current.public])
    assert await unlocker.unlock(way.road, way.signals, asked, way.clock.now())
    assert await way.road.read(lambda conn: conn.execute(sa.select(parts.c.id)).all()) == []


async def test_what_the_roads_key_does_not_open_is_said_in_its_trail_and_can_be_asked_again(way: Way) -> None:
    made = await way.report()
    await way.unlocking.ask(made.id, REASON, by="Ann Lee")
    await way.fetch(key=new_key())
    assert await way.lines() == [unlocking.NOT_UNLOCKED]
    way.clock.advance(timedelta(minutes=5))
    await way.unlocking.ask(made.id, REASON, by="Ann Lee")
    await way.fetch()
    assert await way.deliver() == 1


async def test_a_desk_unlocks_nobody_whose_report_went_to_another(way: Way) -> None:
    made = await way.report()
    asked = wire.NewsItem(
        id="x", report=made.id, kind=wire.NewsKind.UNLOCK, at=way.clock.now(), identity=b"anything"
    )
    other = Unlocker(DeskName("other"), lambda: [way.key], lambda: [new_key().public])
    assert not await other.unlock(way.road, way.signals, asked, way.clock.now())
    assert await way.items() == []


async def test_the_young_person_is_told_nothing_of_it(way: Way) -> None:
    made = await way.report()
    await way.fetch()
    await way.unlocking.ask(made.id, REASON, by="Ann Lee")
    await way.fetch()
    platform = RecordingPlatform("web")
    notifier = Notifier(
        way.road, {"web": platform}, opener(lambda: [way.key]), way.signals, jitter=lambda: 0.5
    )
    assert await notifier.run_once() == 0


async def test_an_identity_that_nobody_asked_for_is_refused(way: Way) -> None:
    made = await way.report()
    asked = wire.NewsItem(
        id="x", report=made.id, kind=wire.NewsKind.UNLOCK, at=way.clock.now(), identity=_identity(made)
    )
    unlocker = Unlocker(HERE.desk, lambda: [way.key], lambda: [way.desk.keys.current.public])
    assert await unlocker.unlock(way.road, way.signals, asked, way.clock.now())
    assert await way.deliver() == 0


def _identity(made: MadeReport) -> bytes:
    return next(part.sealed for part in made.delivery().parts if part.kind == "identity")


@pytest.mark.parametrize("act", [False, True])
async def test_moderators_of_the_community_get_the_kind_the_priority_and_the_time(
    way: Way, categories: Categories, act: bool
) -> None:
    answers = Answers(category=Category.BULLYING, moderators_may_know=True, runs_place=YesNo.NO)
    made = await way.report(answers=answers, urgent=False)
    releasing = Releasing(way.bench, categories)
    await releasing.release(made.id, Basis.ANSWERS, "", by="Ann Lee")
    if act:
        await releasing.go_ahead(made.id, "They agreed to a time-out.", by="Ann Lee")
    await way.fetch()
    await way.fetch()
    (told,) = await released.of_community(way.road, CommunityId("school"))
    assert told == released.Released(
        report=made.id, category=Category.BULLYING, priority=Priority.P2, at=way.clock.now(), may_act=act
    )
    assert b"what was said" not in msgspec.json.encode(told)
