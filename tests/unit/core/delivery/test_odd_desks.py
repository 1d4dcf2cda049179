"""A desk that answers oddly stops nothing but what was meant for it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from core.delivery.desk import _is_news, _retry_after
from core.delivery.news import Poller
from core.delivery.wire import NewsAcknowledged, NewsAsked, NewsItem, NewsKind, NewsTold, StatusTold
from core.ids import DeskName, ItemId, ReportId
from core.ledger.sqlite import SqliteLedger
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock

FAR = [
    datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5))),
    datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-5))),
    datetime(1970, 1, 1, tzinfo=UTC),
]


class Odd:
    """A desk whose answer raises what nobody thought of."""

    async def deliver(self, item: ItemId, body: bytes) -> object:
        raise ArithmeticError(f"{item}{len(body)}")

    async def news(self, asked: NewsAsked) -> NewsTold:
        raise ArithmeticError(asked)

    async def acknowledge(self, ids: tuple[str, ...]) -> None:
        raise ArithmeticError(NewsAcknowledged(ids=ids))

    async def status(self, reference: str) -> StatusTold:
        raise ArithmeticError(reference)


@pytest.mark.parametrize("at", FAR)
def test_news_from_no_time_that_can_be_is_refused(at: datetime) -> None:
    assert not _is_news(NewsItem(id="1", report=ReportId("r"), kind=NewsKind.READ, at=at))


@pytest.mark.parametrize(
    "value",
    ["Mon, 01 Jan 2024 00:00:00 +99999999999999999999", "Mon, 99 Foo 2024", "soon", "-5", ""],
)
def test_an_odd_time_to_wait_is_no_time_to_wait(value: str) -> None:
    assert _retry_after(value, FixedClock().now()) is None


async def test_a_poller_outlives_whatever_its_desk_answers(
    road_ledger: SqliteLedger, clock: FixedClock
) -> None:
    poller = Poller(
        DeskName("odd"),
        Odd(),  # type: ignore[arg-type] # it answers nothing a desk would
        road_ledger,
        MemorySignals(clock),
        jitter=lambda: 0.5,
    )
    assert await poller._turn() > 0
    assert await poller._turn() > 0
