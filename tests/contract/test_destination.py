"""What every desk destination does, whether it lies in memory or answers over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from core.delivery import wire
from core.delivery.desk import DeskDestination, open_session
from core.delivery.model import Desk
from core.delivery.signing import ID_HEADER, new_secret, verify
from core.errors import DeliveryError, DeliveryRefused, DestinationDown
from core.evidence.parts import PartKind
from core.ids import CommunityId, DeskName, ItemId, PartId, ReportId, RoadName
from core.reports.model import Standing
from core.testing.clock import START, FixedClock
from core.testing.destination import RecordingDestination

ROAD = RoadName("road")
SECRET = new_secret()
ITEM = ItemId("0123456789abcdef0123456789abcdef")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class HttpDesk:
    """The recording desk behind real HTTP: believes only what ROAD signed, answers as a desk does."""

    def __init__(self, behind: RecordingDestination, clock: FixedClock) -> None:
        self._behind = behind
        self._clock = clock

    def app(self) -> web.Application:
        app = web.Application()
        for path, answer in (
            (wire.DELIVERIES, self._deliveries),
            (wire.NEWS, self._news),
            (wire.NEWS_ACKNOWLEDGED, self._acknowledged),
            (wire.STATUS, self._status),
            (wire.MESSAGES_READ, self._messages_read),
        ):
            app.router.add_post(path, self._checked(answer))
        return app

    def _checked(self, answer: Callable[[str, bytes], Awaitable[web.Response]]) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            body = await request.read()
            assert request.headers[wire.ROAD_HEADER] == ROAD
            signed = verify([SECRET], request.headers, body, self._clock.now())
            assert signed.id == request.headers[ID_HEADER]
            try:
                return await answer(signed.id, body)
            except DeliveryRefused as refused:
                return web.json_response({"code": "no", "message": "no"}, status=refused.status)
            except DeliveryError:
                return web.json_response({"code": "later", "message": "later"}, status=503)

        return handle

    async def _deliveries(self, message_id: str, body: bytes) -> web.Response:
        return _json(await self._behind.deliver(ItemId(message_id), body), 202)

    async def _news(self, _message_id: str, body: bytes) -> web.Response:
        return _json(await self._behind.news(msgspec.json.decode(body, type=wire.NewsAsked)))

    async def _acknowledged(self, _message_id: str, body: bytes) -> web.Response:
        await self._behind.acknowledge(msgspec.json.decode(body, type=wire.NewsAcknowledged).ids)
        return web.json_response({})

    async def _status(self, _message_id: str, body: bytes) -> web.Response:
        return _json(await self._behind.status(msgspec.json.decode(body, type=wire.StatusAsked).reference))

    async def _messages_read(self, _message_id: str, body: bytes) -> web.Response:
        read = msgspec.json.decode(body, type=wire.MessagesRead)
        await self._behind.messages_read(read.reference, read.ids)
        return web.Response(status=204)


def _json(answer: msgspec.Struct, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(answer), status=status, content_type="application/json")


@pytest.fixture
def behind(clock: FixedClock) -> RecordingDestination:
    """Where it all ends up, and where faults are made."""
    return RecordingDestination(clock)


@pytest.fixture(params=["in memory", "over http"])
async def desk(
    request: pytest.FixtureRequest, behind: RecordingDestination, clock: FixedClock
) -> AsyncIterator[Desk]:
    if request.param == "in memory":
        yield behind
        return
    async with TestServer(HttpDesk(behind, clock).app()) as server, open_session() as session:
        yield DeskDestination(str(server.make_url("")), SECRET, ROAD, session, clock=clock)


def parcel(item: ItemId = ITEM, sealed: bytes = b"\x00sealed\xff") -> bytes:
    return msgspec.json.encode(
        wire.Delivery(
            item=item,
            kind=wire.ItemKind.REPORT,
            report=ReportId(item),
            draft="0" * 64,
            community=CommunityId("a-community"),
            platform="web",
            desk=DeskName("desk"),
            standing=Standing.PRACTICE,
            urgent=True,
            sent_at=START,
            parts=(wire.WirePart(id=PartId("1"), kind=PartKind.ANSWERS, sealed=sealed),),
        )
    )


def news(number: int) -> wire.NewsItem:
    return wire.NewsItem(
        id=f"{number:032x}",
        report=ReportId(ITEM),
        kind=wire.NewsKind.READ,
        at=START + timedelta(minutes=number),
        identity=b"sealed to the road",
    )


async def test_what_is_delivered_is_accepted_under_its_own_id(
    desk: Desk, behind: RecordingDestination, clock: FixedClock
) -> None:
    accepted = await desk.deliver(ITEM, parcel())
    assert accepted == wire.Accepted(item=ITEM, received_at=clock.now())
    assert behind.taken[0].parts[0].sealed == b"\x00sealed\xff"


async def test_delivering_again_is_accepted_as_before_and_stored_once(
    desk: Desk, behind: RecordingDestination, clock: FixedClock
) -> None:
    first = await desk.deliver(ITEM, parcel())
    clock.advance(timedelta(hours=3))
    assert await desk.deliver(ITEM, parcel()) == first
    assert len(behind.taken) == 1


async def test_the_same_id_with_other_bytes_is_a_conflict_and_changes_nothing(
    desk: Desk, behind: RecordingDestination
) -> None:
    await desk.deliver(ITEM, parcel())
    with pytest.raises(DeliveryRefused) as refused:
        await desk.deliver(ITEM, parcel(sealed=b"something else"))
    assert refused.value.status == 409
    assert [one.parts[0].sealed for one in behind.taken] == [b"\x00sealed\xff"]


async def test_many_at_once_are_each_taken_once(desk: Desk, behind: RecordingDestination) -> None:
    items = [ItemId(f"{number:032x}") for number in range(20)]
    await asyncio.gather(*(desk.deliver(item, parcel(item)) for item in items for _ in range(2)))
    assert sorted(one.item for one in behind.taken) == items


async def test_a_refusal_is_told_apart_from_a_desk_that_is_down(
    desk: Desk, behind: RecordingDestination
) -> None:
    behind.fail_next(DeliveryRefused(422), DestinationDown("busy"))
    with pytest.raises(DeliveryRefused) as refused:
        await desk.deliver(ITEM, parcel())
    assert refused.value.status == 422
    with pytest.raises(DestinationDown) as down:
        await desk.deliver(ITEM, parcel())
    assert down.value.reason == "busy"
    assert (await desk.deliver(ITEM, parcel())).item == ITEM


async def test_what_is_cancelled_can_be_delivered_again(desk: Desk, behind: RecordingDestination) -> None:
    behind.hold()
    async with asyncio.TaskGroup() as group:
        attempt = group.create_task(desk.deliver(ITEM, parcel()))
        await behind.arrived.wait()
        attempt.cancel()
    assert attempt.cancelled()
    behind.release()
    assert (await desk.deliver(ITEM, parcel())).item == ITEM
    assert len(behind.taken) == 1


async def test_news_is_told_until_it_is_acknowledged(desk: Desk, behind: RecordingDestination) -> None:
    behind.tell(news(1), news(2))
    asked = wire.NewsAsked(wait_s=0)
    assert (await desk.news(asked)).news == (news(1), news(2))
    assert (await desk.news(asked)).news == (news(1), news(2))
    await desk.acknowledge((news(1).id,))
    assert (await desk.news(asked)).news == (news(2),)


async def test_acknowledging_twice_or_what_was_never_told_does_nothing(
    desk: Desk, behind: RecordingDestination
) -> None:
    behind.tell(news(1))
    await desk.acknowledge((news(2).id,))
    await desk.acknowledge((news(2).id,))
    assert (await desk.news(wire.NewsAsked(wait_s=0))).news == (news(1),)


async def test_who_waits_for_news_is_told_at_once_when_there_is_some(
    desk: Desk, behind: RecordingDestination
) -> None:
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(desk.news(wire.NewsAsked(wait_s=30)))
        behind.tell(news(1))
    assert waiting.result().news == (news(1),)


async def test_no_news_is_an_answer_too(desk: Desk) -> None:
    assert (await desk.news(wire.NewsAsked(wait_s=0))).news == ()


async def test_no_more_news_is_told_than_was_asked_for(desk: Desk, behind: RecordingDestination) -> None:
    behind.tell(*(news(number) for number in range(5)))
    assert len((await desk.news(wire.NewsAsked(wait_s=0, limit=3))).news) == 3


async def test_a_reference_shows_times_and_an_unknown_one_nothing(
    desk: Desk, behind: RecordingDestination
) -> None:
    told = wire.StatusTold(known=True, received_at=START, read_at=START + timedelta(hours=1))
    behind.known["LB-KNOWN"] = told
    assert await desk.status("LB-KNOWN") == told
    assert await desk.status("LB-FOREIGN") == wire.StatusTold(known=False)


async def test_a_reference_shows_what_the_desk_wrote_and_the_desk_hears_what_was_read(
    desk: Desk, behind: RecordingDestination
) -> None:
    written = wire.MessageTold(id="m1", at=START, text="x" * 100_000)
    behind.known["LB-KNOWN"] = wire.StatusTold(known=True, messages=(written,))
    assert (await desk.status("LB-KNOWN")).messages == (written,)
    await desk.messages_read("LB-KNOWN", ("m1", "m2"))
    assert behind.shown == [("LB-KNOWN", "m1"), ("LB-KNOWN", "m2")]


@pytest.mark.parametrize(
    "call",
    [
        lambda desk: desk.deliver(ITEM, parcel()),
        lambda desk: desk.news(wire.NewsAsked(wait_s=0)),
        lambda desk: desk.acknowledge(("1",)),
        lambda desk: desk.status("LB-ANY"),
        lambda desk: desk.messages_read("LB-ANY", ("1",)),
    ],
    ids=["deliver", "news", "acknowledge", "status", "messages read"],
)
async def test_every_call_to_a_desk_that_is_down_says_so(
    desk: Desk, behind: RecordingDestination, call: Callable[[Desk], Awaitable[object]]
) -> None:
    behind.fail_with(DestinationDown("busy"))
    with pytest.raises(DestinationDown):
        await call(desk)
    behind.fail_with(None)
    await call(desk)
