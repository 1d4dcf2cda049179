from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ledger.columns import UtcTime

ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=ZONES)  # noqa: DTZ001 - hypothesis wants them naive
COLUMN = UtcTime()


@given(TIMES)
def test_a_time_comes_back_as_the_same_moment_in_utc(time: datetime) -> None:
    back = COLUMN.process_result_value(COLUMN.process_bind_param(time, None), None)

    assert back == time
    assert back is not None
    assert back.tzinfo is UTC


@given(TIMES, TIMES)
def test_texts_sort_as_their_times_do(one: datetime, other: datetime) -> None:
    first, second = COLUMN.process_bind_param(one, None), COLUMN.process_bind_param(other, None)

    assert first is not None
    assert second is not None
    assert len(first) == len(second) == 27
    assert (first < second) == (one < other)


def test_a_time_is_written_as_everyone_reads_it() -> None:
    time = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)

    assert COLUMN.process_bind_param(time, None) == "2026-01-02T03:04:05.000006Z"


def test_nothing_stays_nothing() -> None:
    assert COLUMN.process_bind_param(None, None) is None
    assert COLUMN.process_result_value(None, None) is None


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        COLUMN.process_bind_param(datetime(2026, 1, 2), None)  # noqa: DTZ001 - the very fault
