"""Column types that read the same on every engine."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa


@lru_cache(maxsize=256)  # one moment stands in several columns of a report
def _text(time: datetime) -> str:
    if time.tzinfo is None:
        raise ValueError("a time without a zone")
    return time.astimezone(UTC).isoformat("T", "microseconds").replace("+00:00", "Z")


def _bound(time: datetime | None) -> str | None:
    return None if time is None else _text(time)


class UtcTime(sa.types.TypeDecorator[datetime]):
    """An aware UTC time, as text of fixed width (`2026-01-02T03:04:05.000006Z`) that sorts as it does."""

    impl = sa.String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> str | None:  # noqa: ARG002 - SQLAlchemy's own signature
        return _bound(value)

    def bind_processor(self, dialect: Any) -> Callable[[datetime | None], str | None]:  # noqa: ARG002 - SQLAlchemy's own signature
        """Several times stand in every report: without the two calls that SQLAlchemy puts around each."""
        return _bound

    def process_result_value(self, value: str | None, dialect: Any) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's own signature
        return None if value is None else datetime.fromisoformat(value)
