"""The queue, read in stretches by key: most urgent first, then what is due first. Reads metadata only."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.errors import InputRefused
from core.ids import CommunityId, ReportId
from core.ledger.port import Ledger
from core.reports.model import Category, Priority
from core.times import can_be
from desk.filtering import EVERYTHING, Filter, given, narrowed
from desk.model import Page, QueueRow, Reason, Scope
from desk.ranks import QUEUED
from desk.tables import NO_FAULT, parts, reasons, reports

MAX_PAGE = 200
_RANKS = 100
"""More than there are."""
QUEUE = "desk.queue"
"""The topic that wakes those who show a queue."""

FAULTY = (
    sa.exists()
    .where(parts.c.report == reports.c.id, parts.c.road == reports.c.road, parts.c.fault != NO_FAULT)
    .label("faulty")
)
_KEY = sa.tuple_(reports.c.rank, reports.c.due_at, reports.c.id)
_FIRST = (
    sa.select(reports, FAULTY)
    .where(
        reports.c.desk == bind("desk"),
        reports.c.standing == bind("standing"),
        reports.c.rank <= QUEUED,
    )
    .order_by(reports.c.rank, reports.c.due_at, reports.c.id)
    .limit(bind("limit"))
)
_AFTER = _FIRST.where(
    sa.tuple_(
        bind("rank"),
        bind("due_at", type_=reports.c.due_at.type),
        bind("report"),
    )
    < _KEY
)
_REASONS = (
    sa.select(reasons)
    .where(reasons.c.report.in_(bind("reports", expanding=True)))
    .order_by(reasons.c.report, reasons.c.at, reasons.c.code)
)


class Asked(NamedTuple):
    """Which rows are wanted, by whom, at what time."""

    filter: Filter = EVERYTHING
    me: str = ""
    now: datetime = datetime.min.replace(tzinfo=UTC)


WHOLE: Final = Asked()


class _Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a stretch ended: the key of its last row."""

    rank: int
    due_at: Annotated[datetime, msgspec.Meta(tz=True)]
    report: str


async def queue_page(
    ledger: Ledger, scope: Scope, *, after: str | None = None, limit: int = 50, only: Asked = WHOLE
) -> Page:
    """Up to `limit` (1…200) reports of this desk and standing, behind `after` (a page's `next`).

    Rows that arrive or change between two pages are never shown twice because of it, unless their own
    priority or due time changed. Raises InputRefused where `after` is not a place in a queue.
    """
    limit = max(1, min(limit, MAX_PAGE))
    values: dict[str, Any] = {**scope.named, "limit": limit + 1}
    values |= given(only.filter, me=only.me, now=only.now)
    if after is not None:
        values |= msgspec.structs.asdict(_place(after))
    statement = narrowed(_FIRST if after is None else _AFTER, only.filter)
    return await ledger.read(lambda conn: _page(conn, statement, values, limit))


def row_of(found: Mapping[Any, Any], why: tuple[Reason, ...]) -> QueueRow:
    """A row of the ledger (with `faulty`) as the queue shows it."""
    return QueueRow(
        report=ReportId(found["id"]),
        community=CommunityId(found["community"]),
        platform=found["platform"],
        urgent=found["urgent"],
        priority=None if found["priority"] is None else Priority(found["priority"]),
        category=None if found["category"] is None else Category(found["category"]),
        sent_at=found["sent_at"],
        received_at=found["received_at"],
        added_at=found["added_at"],
        due_at=found["due_at"],
        triaged_at=found["triaged_at"],
        read_at=found["read_at"],
        read_by=found["read_by"],
        faulty=bool(found["faulty"]),
        lowered=found["lowered_at"] is not None,
        reasons=why,
    )


def reasons_of(conn: sa.Connection, reports_: Sequence[str]) -> dict[str, tuple[Reason, ...]]:
    """The reasons of several reports, oldest first."""
    found: dict[str, list[Reason]] = defaultdict(list)
    for row in conn.execute(_REASONS, {"reports": list(reports_)}):
        found[row.report].append(Reason(code=row.code, text=row.text, at=row.at))
    return {report: tuple(why) for report, why in found.items()}


def _page(conn: sa.Connection, statement: sa.Select[Any], values: dict[str, Any], limit: int) -> Page:
    found = conn.execute(statement, values).mappings().all()
    shown = found[:limit]
    why = reasons_of(conn, [row["id"] for row in shown])
    rows = tuple(row_of(row, why.get(row["id"], ())) for row in shown)
    return Page(rows=rows, next=_token(shown[-1]) if len(found) > limit else None)


def _token(row: Mapping[Any, Any]) -> str:
    place = _Place(row["rank"], row["due_at"], row["id"])
    return urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def _place(token: str) -> _Place:
    try:
        place = msgspec.json.decode(urlsafe_b64decode(token + "=" * (-len(token) % 4)), type=_Place)
    except (ValueError, RecursionError) as wrong:  # every way in which a token can be wrong
        raise InputRefused("not a place in this queue", field="after") from wrong
    if not (can_be(place.due_at) and 0 <= place.rank < _RANKS and place.report.isascii()):
        raise InputRefused("not a place in this queue", field="after")
    return place
