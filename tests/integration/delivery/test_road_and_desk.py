"""The road's worker and poller against the desk's real intake over HTTP, each on a ledger of its own."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import msgspec
import pytest
import sqlalchemy as sa
from aiohttp import web
from aiohttp.test_utils import TestServer

from core.checkpoints import Checkpoint, KillPoint, no_checkpoint
from core.delivery import wire
from core.delivery.alarms import AlarmKind, Alarms
from core.delivery.desk import DeskDestination, open_session
from core.delivery.model import Fault, NewsState, OutboxState
from core.delivery.news import Notifier, Poller
from core.delivery.signing import new_secret
from core.delivery.wayback import opener
from core.delivery.worker import Worker
from core.evidence.canonical import encode
from core.evidence.composing import MAX_TRANSCRIPT
from core.evidence.drafts import draft_id
from core.evidence.envelope import seal_transcript
from core.evidence.keys import DeskKeys, TagKey
from core.evidence.model import Author, Message, ReadFrom, Source, Transcript
from core.evidence.parts import PartKind
from core.evidence.sealing import SecretKey, new_key
from core.ids import DeskName, PartId, RoadName
from core.ledger.road import news
from core.ledger.sqlite import SqliteLedger
from core.reports.categories import Categories
from core.reports.model import Answers, Standing
from core.reports.triage import Rules
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock
from core.testing.deliveries import MadeReport, body_of
from core.testing.ids import counting_ids
from core.testing.outbox import SentReports
from core.testing.platform import RecordingPlatform
from desk import tables
from desk.intake import intake_app
from desk.model import Scope
from desk.service import DeskService
from tests.ledgers import opened

ROAD = RoadName("road")
HERE = Scope(desk=DeskName("practice"), standing=Standing.PRACTICE)


class Killed(BaseException):
    """Stands for the process being gone."""


def killed(_point: KillPoint) -> None:
    raise Killed


class Way:
    """A road and its desk, and the wire between them."""

    def __init__(
        self, ledger: SqliteLedger, desk: DeskService, over: DeskDestination, clock: FixedClock
    ) -> None:
        self.desk = desk
        self.over = over
        self.clock = clock
        self._ledger = ledger
        self._signals = MemorySignals(clock)
        self.sent = SentReports(ledger, clock, counting_ids(10**6))

    async def deliver(self, checkpoint: Checkpoint = no_checkpoint) -> int:
        worker = Worker(
            self._ledger,
            {HERE.desk: self.over},
            self._signals,
            self.clock,
            jitter=lambda: 0.5,
            checkpoint=checkpoint,
        )
        return await worker.run_once()

    async def fetch(self) -> int:
        asked = wire.NewsAsked(wait_s=0)
        poller = Poller(HERE.desk, self.over, self._ledger, self._signals, jitter=lambda: 0.5, asked=asked)
        return await poller.run_once()

    async def tell(self, platform: RecordingPlatform, key: SecretKey) -> int:
        platforms = {platform.name: platform}
        return await Notifier(
            self._ledger, platforms, opener(lambda: [key]), self._signals, jitter=lambda: 0.5
        ).run_once()

    async def taken(self) -> list[str]:
        """The desk's deliveries in the order they came."""
        came = sa.select(tables.deliveries.c.item).order_by(tables.deliveries.c.received_at)
        return await self.desk.ledger.read(lambda conn: list(conn.scalars(came)))


@pytest.fixture
def secrets() -> dict[RoadName, list[str]]:
    """The desk's, by road; a test may change them while it runs."""
    return {ROAD: [new_secret()]}


@pytest.fixture
def keys() -> DeskKeys:
    return DeskKeys(current=new_key(), reference=TagKey(b"r" * 32), linking=TagKey(b"l" * 32))


@pytest.fixture
async def desk(
    tmp_path: Path,
    clock: FixedClock,
    keys: DeskKeys,
    secrets: dict[RoadName, list[str]],
    categories: Categories,
    shipped: Path,
) -> AsyncIterator[DeskService]:
    ledger = await opened(tmp_path / "desk.sqlite", tables.DESK, clock)
    yield DeskService(
        ledger=ledger,
        keys=keys,
        signals=MemorySignals(clock),
        clock=clock,
        roads=secrets,
        desks={HERE.desk: HERE.standing},
        communities={"school"},
        rules=Rules.load(shipped / "triage.toml", categories),
        categories=categories,
    )
    await ledger.close()


@pytest.fixture
async def way(
    road_ledger: SqliteLedger, desk: DeskService, secrets: dict[RoadName, list[str]], clock: FixedClock
) -> AsyncIterator[Way]:
    app = web.Application()
    app.add_subapp(wire.API, intake_app(desk))
    async with TestServer(app) as server, open_session() as session:
        url = str(server.make_url(""))
        over = DeskDestination(url, secrets[ROAD][0], ROAD, session, clock=clock)
        yield Way(road_ledger, desk, over, clock)


@pytest.fixture
def made(keys: DeskKeys, clock: FixedClock) -> Callable[..., MadeReport]:
    ids = counting_ids()

    def make(**told: object) -> MadeReport:
        given = {"now": clock.now(), **told}
        return MadeReport(ids, [keys.current.public], **given)  # type: ignore[arg-type]

    return make


async def test_a_report_goes_over_and_the_road_keeps_nothing_of_it(
    way: Way, made: Callable[..., MadeReport]
) -> None:
    item = await way.sent.put(made().delivery())
    assert await way.deliver() == 1
    assert await way.taken() == [item]
    assert await way.sent.parts(item) == []
    assert (await way.sent.report(item)).delivered_at == way.clock.now()


async def test_killed_after_the_202_it_goes_over_again_and_the_desk_has_it_once(
    way: Way, made: Callable[..., MadeReport]
) -> None:
    received = way.clock.now()
    item = await way.sent.put(made().delivery())
    with pytest.raises(BaseExceptionGroup):
        await way.deliver(killed)
    way.clock.advance(timedelta(hours=1))
    assert await way.deliver() == 1
    assert await way.taken() == [item]
    assert (await way.sent.report(item)).delivered_at == received


async def test_a_supplement_that_overtakes_its_report_is_taken_too(
    way: Way, made: Callable[..., MadeReport]
) -> None:
    report = made()
    supplement = await way.sent.put(report.supplement(Answers(own_words="he is here now"), urgent=True))
    item = await way.sent.put(report.delivery())
    late = await way.sent.put(report.late())
    assert await way.deliver() == 3
    assert set(await way.taken()) == {supplement, item, late}


async def test_bytes_that_differ_from_those_delivered_are_a_conflict_and_an_alarm(
    way: Way, made: Callable[..., MadeReport], road_ledger: SqliteLedger
) -> None:
    report = made()
    delivery = report.delivery()
    await way.over.deliver(delivery.item, body_of(delivery))
    item = await way.sent.put(report.delivery())  # sealed again: other bytes
    assert await way.deliver() == 0
    row = await way.sent.row(item)
    assert (row.fault, row.state) == (Fault.CONFLICT, OutboxState.DEAD)
    (alarm,) = await Alarms(road_ledger, [], clock=way.clock).run_once()
    assert (alarm.kind, alarm.items) == (AlarmKind.CONFLICT, (item,))
    assert await way.sent.parts(item) != []


async def test_a_road_whose_secret_was_revoked_delivers_everything_once_it_is_back(
    way: Way, made: Callable[..., MadeReport], secrets: dict[RoadName, list[str]]
) -> None:
    items = [await way.sent.put(made().delivery()) for _ in range(3)]
    kept = secrets.pop(ROAD)
    assert await way.deliver() == 0
    assert {(await way.sent.row(item)).fault for item in items} == {Fault.TURNED_AWAY}
    secrets[ROAD] = kept
    way.clock.advance(timedelta(minutes=5))
    assert await way.deliver() == 3
    assert sorted(await way.taken()) == sorted(items)


async def test_the_desk_takes_a_rotated_secret_beside_the_old_one(
    way: Way, made: Callable[..., MadeReport], secrets: dict[RoadName, list[str]]
) -> None:
    secrets[ROAD] = [new_secret(), *secrets[ROAD]]
    await way.sent.put(made().delivery())
    assert await way.deliver() == 1


@pytest.mark.parametrize("wrong", [{"community": "elsewhere"}, {"standing": Standing.LEAD}])
async def test_what_the_desk_does_not_answer_for_is_shown_and_kept(
    way: Way, made: Callable[..., MadeReport], wrong: dict[str, object]
) -> None:
    item = await way.sent.put(made(**wrong).delivery())
    assert await way.deliver() == 0
    row = await way.sent.row(item)
    assert (row.fault, row.state) == (Fault.REFUSED, OutboxState.DEAD)
    assert await way.sent.parts(item) != []


async def test_a_desk_whose_ledger_is_gone_gets_it_when_that_is_back(
    way: Way, made: Callable[..., MadeReport], desk: DeskService
) -> None:
    item = await way.sent.put(made().delivery())
    assert isinstance(desk.ledger, SqliteLedger)
    await desk.ledger.close()
    assert await way.deliver() == 0
    assert (await way.sent.row(item)).fault == Fault.BUSY
    await desk.ledger.open()
    way.clock.advance(timedelta(minutes=5))
    assert await way.deliver() == 1


async def test_that_it_was_received_and_read_comes_back_and_the_person_is_told_once(
    way: Way, made: Callable[..., MadeReport], road_ledger: SqliteLedger, desk: DeskService
) -> None:
    report = made()
    item = await way.sent.put(report.delivery())
    await way.deliver()
    assert await way.fetch() == 1
    way.clock.advance(timedelta(minutes=9))
    await desk.look(HERE, report.id, by="Ann Lee")
    assert await way.fetch() == 1
    assert await way.fetch() == 0
    assert (await way.sent.report(item)).read_at == way.clock.now()
    platform = RecordingPlatform("web")
    assert await way.tell(platform, report.road) == 1
    assert await way.tell(platform, report.road) == 0
    ((_community, way_back, _key),) = platform.told
    assert way_back == b"7"
    kept = await road_ledger.read(lambda conn: list(conn.execute(sa.select(news.c.state, news.c.identity))))
    assert sorted(kept) == [(NewsState.NOBODY, None), (NewsState.TOLD, None)]


async def test_a_reference_shows_the_desks_own_times(
    way: Way, made: Callable[..., MadeReport], desk: DeskService
) -> None:
    report = made()
    await way.sent.put(report.delivery())
    await way.deliver()
    received = way.clock.now()
    await desk.triage.run_once()
    told = await way.over.status(report.reference)
    assert (told.known, told.received_at, told.messages) == (True, received, ())
    assert await way.over.status("LB-0000-0000-0000-0") == wire.StatusTold(known=False)


def the_largest(at: datetime) -> Transcript:
    """As much as a transcript may hold, in words that no compression makes shorter."""
    letters = [chr(code) for code in range(33, 127) if chr(code) not in {'"', "\\"}]
    noise = Random(7)  # noqa: S311 - the same every time

    def said(characters: int) -> Message:
        text = "".join(noise.choices(letters, k=characters))
        author = Author(id="42", shown="somebody")
        return Message(id="1", author=author, text=text, sent_at=at, read_at=at, read_from=ReadFrom.PRESS)

    messages: tuple[Message, ...] = ()
    while True:
        fuller = Transcript(source=Source.SITE, platform="web", messages=(*messages, said(10_000)))
        if len(encode(fuller)) > MAX_TRANSCRIPT:
            return msgspec.structs.replace(fuller, messages=messages)
        messages = fuller.messages


async def test_the_largest_report_there_can_be_fits_through(
    way: Way, made: Callable[..., MadeReport]
) -> None:
    large = the_largest(way.clock.now())
    report = made(
        said=large, answers=Answers(own_words="x" * 3000, about="y" * 3000, team_may_know_name=True)
    )
    around = seal_transcript(
        large,
        kind=PartKind.CONTEXT,
        part=PartId("f" * 32),
        draft=draft_id(report.key),
        community=report.community,
        desk=report.desk,
        recipients=[*report.recipients, new_key().public, new_key().public],
        report=report.id,
    )
    context = wire.WirePart(id=around.id, kind=around.kind, sealed=around.sealed)
    delivery = report.delivery()
    item = await way.sent.put(msgspec.structs.replace(delivery, parts=(*delivery.parts, context)))
    assert await way.deliver() == 1
    assert await way.taken() == [item]
