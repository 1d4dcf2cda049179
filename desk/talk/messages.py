"""Messages to young people: sealed to the desk's keys before they are stored, and told of by news.

What an outcome says comes from configuration and lies as it was said at the time. Statements only: who may
write what, and when, is decided in `desk.talk.writing`.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.delivery.wire import NewsKind
from core.evidence.keys import DeskKeys
from core.evidence.sealing import SecretKey
from core.ids import ReportId
from core.ledger.sql import insert_or_ignore
from desk import own
from desk.news import insert_news, news_row
from desk.own import Own
from desk.tables import messages
from desk.talk.model import Message, MessageKind, OpenMessage

_OF_REPORT = (
    sa.select(messages).where(messages.c.report == bind("report")).order_by(messages.c.at, messages.c.id)
)
_LISTED = _OF_REPORT.with_only_columns(*(column for column in messages.c if column.name != "sealed"))
_INSERT = insert_or_ignore(messages)
_SHOWN = (
    sa.update(messages)
    .where(
        messages.c.report == bind("of"),
        messages.c.id.in_(bind("which", expanding=True)),
        messages.c.shown_at.is_(None),
    )
    .values(shown_at=bind("when", type_=messages.c.shown_at.type))
)


class Written:
    """A message that is sealed, ready to be stored. Made outside the transaction: that takes time."""

    def __init__(self, keys: DeskKeys, report: ReportId, id_: str, text: str) -> None:
        self.report = report
        self.row: dict[str, Any] = {
            "id": id_,
            "report": report,
            "kind": MessageKind.MESSAGE.value,
            "sealed": own.sealed(keys, Own.MESSAGE, id_, text.encode(errors="replace"), of=report),
            "words": "",
        }

    def __repr__(self) -> str:
        return f"<Written {self.row['id']}>"


def store(conn: sa.Connection, road: str, row: Mapping[str, Any], *, by: str, now: datetime) -> None:
    """Keep it, and have the road told that there is something."""
    store_all(conn, [(road, row)], by=by, now=now)


def store_all(
    conn: sa.Connection, rows: Sequence[tuple[str, Mapping[str, Any]]], *, by: str, now: datetime
) -> None:
    """The same for several, each with its road."""
    conn.execute(_INSERT, [dict(row) | {"at": now, "by": by} for _, row in rows])
    told = [news_row(road, row["report"], NewsKind.MESSAGE, now, about=row["id"]) for road, row in rows]
    conn.execute(insert_news, told)


def outcome_row(report: ReportId, words: str, now: datetime) -> dict[str, Any]:
    """Made again for the same closing it is the same row."""
    named = hashlib.sha256(f"outcome {report} {now.isoformat()}".encode()).hexdigest()[:32]
    return {
        "id": named,
        "report": report,
        "kind": MessageKind.OUTCOME.value,
        "sealed": None,
        "words": words,
    }


def messages_of(conn: sa.Connection, report: ReportId) -> Sequence[Any]:
    """As they lie, oldest first."""
    return conn.execute(_OF_REPORT, {"report": report}).all()


def listed(conn: sa.Connection, report: ReportId) -> tuple[Message, ...]:
    """The same without what they say."""
    return tuple(map(message_of, conn.execute(_LISTED, {"report": report})))


def opened(rows: Iterable[Any], keys: Sequence[SecretKey]) -> tuple[OpenMessage, ...]:
    """In a thread: decrypting takes its time. What no key opens is said by None."""
    return tuple(OpenMessage(message=message_of(row), text=_text(row, keys)) for row in rows)


def shown(conn: sa.Connection, report: ReportId, ids: Sequence[str], now: datetime) -> None:
    """Those of this report that are named stood on a screen; the first time counts."""
    if ids:
        conn.execute(_SHOWN, {"of": report, "which": list(ids), "when": now})


def message_of(row: Any) -> Message:
    return Message(
        id=row.id,
        report=ReportId(row.report),
        kind=MessageKind(row.kind),
        at=row.at,
        by=row.by,
        shown_at=row.shown_at,
    )


def _text(row: Any, keys: Sequence[SecretKey]) -> str | None:
    if row.sealed is None:
        return str(row.words)
    return own.text_of(keys, Own.MESSAGE, row.id, row.sealed, of=row.report)
