from datetime import UTC, datetime, timedelta

import pytest

from core.testing.clock import START, FixedClock


def test_it_stands_still_until_it_is_moved() -> None:
    clock = FixedClock()
    assert clock.now() == clock.now() == START

    clock.advance(timedelta(minutes=2))

    assert clock.now() == START + timedelta(minutes=2)
    assert clock.monotonic() == 120


def test_it_starts_where_it_is_told() -> None:
    start = datetime(2030, 1, 1, tzinfo=UTC)

    assert FixedClock(start).now() == start


def test_it_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="back"):
        FixedClock().advance(timedelta(seconds=-1))
