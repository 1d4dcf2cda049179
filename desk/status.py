"""What a reference may show: when it was received and first read, and what the desk wrote.

Unknown and foreign look the same. What is said is opened here for this one answer, and kept nowhere.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
import structlog
from sqlalchemy import bindparam as bind

from core.delivery.wire import AnswerTo, MessagesRead, MessageTold, StatusTold
from core.errors import ReferenceInvalid
from core.evidence.keys import DeskKeys, TagKey
from core.ids import CommunityId, DeskName, ReportId, RoadName
from core.ledger.port import Ledger
from core.reports.model import Standing
from core.reports.reference import parse_reference
from desk.model import Scope
from desk.tables import reports
from desk.talk import messages
from desk.talk.model import MessageKind, OpenMessage

MOST_TOLD: Final = 30
"""So many messages at most are told, the newest ones."""

_PURPOSE = "reference"
_UNKNOWN = StatusTold(known=False)
_FOUND = (
    sa.select(reports)
    .where(
        reports.c.reference_tag == bind("tag"),
        reports.c.road == bind("road"),
        sa.tuple_(reports.c.desk, reports.c.standing).in_(bind("scopes", expanding=True)),
    )
    .order_by(reports.c.received_at, reports.c.id)
    .limit(1)
)

log = structlog.get_logger(__name__)


class _Found(NamedTuple):
    report: Any
    written: Sequence[Any]


def tag_of(key: TagKey, reference: str) -> str:
    """The keyed hash that a report is found by; raises ReferenceInvalid."""
    return key.tag(_PURPOSE, parse_reference(reference))


async def told(
    ledger: Ledger, keys: DeskKeys, road: RoadName, scopes: Sequence[Scope], reference: str
) -> StatusTold:
    """What is said of the report with this reference, if this road sent it to one of these desks.

    Raises LedgerError.
    """
    asked = _asked(keys.reference, road, scopes, reference)
    found = None if asked is None else await ledger.read(partial(_found, asked=asked))
    if found is None:
        return _UNKNOWN
    return StatusTold(
        known=True,
        received_at=found.report.received_at,
        read_at=found.report.read_at,
        messages=await asyncio.to_thread(_messages, found.written, keys) if found.written else (),
        answer_to=_answer_to(found.report),
    )


async def shown(
    ledger: Ledger, key: TagKey, road: RoadName, scopes: Sequence[Scope], read: MessagesRead, *, now: datetime
) -> None:
    """These stood on the screen of somebody who has the reference; what is unknown is passed over."""
    asked = _asked(key, road, scopes, read.reference)
    if asked is not None and read.ids:
        await ledger.transact(partial(_shown, asked=asked, ids=read.ids, now=now))


def _shown(conn: sa.Connection, asked: dict[str, Any], ids: Sequence[str], now: datetime) -> None:
    row = conn.execute(_FOUND, asked).one_or_none()
    if row is not None:
        messages.shown(conn, ReportId(row.id), ids, now)


def _asked(key: TagKey, road: RoadName, scopes: Sequence[Scope], reference: str) -> dict[str, Any] | None:
    try:
        tag = tag_of(key, reference)
    except ReferenceInvalid:
        return None
    return {"tag": tag, "road": road, "scopes": [(scope.desk, scope.standing.value) for scope in scopes]}


def _found(conn: sa.Connection, asked: dict[str, Any]) -> _Found | None:
    row = conn.execute(_FOUND, asked).one_or_none()
    return None if row is None else _Found(row, messages.messages_of(conn, ReportId(row.id))[-MOST_TOLD:])


def _messages(rows: Sequence[Any], keys: DeskKeys) -> tuple[MessageTold, ...]:
    """In a thread. What no key opens is not told, and noted by its id."""
    return tuple(_message(each, each.text) for each in messages.opened(rows, keys.opening) if _is_open(each))


def _is_open(each: OpenMessage) -> bool:
    if each.text is None:
        log.error("message_does_not_open", message=each.message.id)
    return bool(each.text)


def _message(each: OpenMessage, text: str | None) -> MessageTold:
    outcome = each.message.kind is MessageKind.OUTCOME
    return MessageTold(id=each.message.id, at=each.message.at, text=text or "", outcome=outcome)


def _answer_to(row: Any) -> AnswerTo:
    return AnswerTo(
        report=ReportId(row.id),
        draft=row.draft,
        community=CommunityId(row.community),
        platform=row.platform,
        desk=DeskName(row.desk),
        standing=Standing(row.standing),
    )
