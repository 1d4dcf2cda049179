"""Which urgent cases wait for a person, since when, and who came: in the transactions of the ledger.

Whoever opens a case or acts on it has come; who only says that they have it has so long to open it. What is
added, or becomes more urgent, waits anew.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.ids import CommunityId, ReportId
from core.ledger.columns import UtcTime
from core.ledger.sql import insert_or_ignore
from core.reports.model import Priority
from desk.model import Scope
from desk.ranks import QUEUED, of_rank, rank
from desk.rota import pages
from desk.rota.folding import FLOOD_FROM
from desk.rota.model import Waiting
from desk.tables import links, reasons, reports, rota

UNTRIAGED_FOR: Final = timedelta(minutes=1)
"""So long the triage has, before what it has not seen yet calls somebody."""
_LAST: Final = rank(Priority.P1, triaged=True)

_urgent = rota.urgent
_u, _r = rota.urgent.c, reports.c
_HERE = sa.and_(_r.desk == bind("of_desk"), _r.standing == bind("of_standing"), _r.rank <= _LAST)
_NOTED = sa.and_(_u.desk == bind("of_desk"), _u.standing == bind("of_standing"))
_WHY = sa.select(sa.func.max(reasons.c.at)).where(reasons.c.report == _r.id).scalar_subquery()
_CASES = (
    sa.select(
        _r.id, _r.rank, _r.urgent, _r.lowered_at, _r.community, _r.has_words,
        _r.sent_at, _r.received_at, _r.added_at, _r.triaged_at,
        sa.type_coerce(_WHY, UtcTime).label("why_at"),
        _u.priority.label("noted"), _u.since, _u.answered_at, _u.opened,
    )
    .outerjoin(_urgent, _u.case_id == _r.id)
    .where(_HERE)
)  # fmt: skip
_first = reports.alias("first")
_MEMBERS = (
    sa.select(_r.of_case, _r.received_at, _r.added_at, _r.has_words)
    .join(_first, _first.c.id == _r.of_case)
    .where(_first.c.desk == bind("of_desk"), _first.c.standing == bind("of_standing"), _first.c.rank <= _LAST)
)
_other = links.tags.alias("other")
_NAMES_ANOTHER = (
    sa.select(links.tags.c.report)
    .distinct()
    .join(_urgent, _u.case_id == links.tags.c.report)
    .where(_NOTED, _u.answered_at.is_(None))
    .where(~sa.exists().where(_other.c.tag == links.tags.c.tag, _other.c.report != links.tags.c.report))
)
_INSERT = insert_or_ignore(_urgent)
_NOTE = (
    sa.update(_urgent)
    .where(_u.case_id == bind("case"))
    # Whoever came meanwhile has come.
    .where(_u.answered_at.is_not_distinct_from(bind("seen", type_=UtcTime)))
    .values(
        priority=bind("stands"),
        since=bind("from", type_=UtcTime),
        answered_at=bind("answered", type_=UtcTime),
        opened=bind("was_opened"),
    )
)
_HEAD = sa.select(_r.id, _r.rank, _r.sent_at, _r.received_at).where(
    _r.id == sa.select(sa.func.coalesce(_r.of_case, _r.id)).where(_r.id == bind("report")).scalar_subquery()
)
_COME = (
    sa.update(_urgent)
    .where(_u.case_id == bind("case"))
    .values(
        answered_at=bind("now", type_=UtcTime),
        answered_by=bind("by"),
        opened=True,
        opened_at=sa.func.coalesce(_u.opened_at, bind("now", type_=UtcTime)),
    )
)
_WAITED = sa.select(sa.literal(1)).where(_u.case_id == bind("case"), _u.answered_at.is_(None))
_NOW = (
    sa.select(_u.priority, sa.func.count(), sa.type_coerce(sa.func.min(_u.since), UtcTime))
    .join(reports, _r.id == _u.case_id)
    .where(_NOTED, _u.answered_at.is_(None), _r.rank <= _LAST)
    .group_by(_u.priority)
    .order_by(_u.priority)
)
_SAID = (
    sa.update(_urgent)
    .where(_NOTED, _u.answered_at.is_(None))
    .values(answered_at=bind("now", type_=UtcTime), answered_by=bind("by"), opened=False)
)


class Noted(NamedTuple):
    """How a case stands from now on: its row is written so."""

    case: ReportId
    priority: Priority
    sent_at: datetime
    since: datetime
    answered_at: datetime | None = None
    opened: bool = False
    is_new: bool = False
    seen: datetime | None = None
    """When it was answered, as the row had it: changed since, it is not written."""


class Found(NamedTuple):
    """What waits, and what of it the ledger does not say yet."""

    waiting: tuple[Waiting, ...]
    to_note: tuple[Noted, ...]


Holds = Mapping[Priority, timedelta]
"""How long somebody's word that they have a case counts, while nobody opens it."""


def find(conn: sa.Connection, scope: Scope, now: datetime, holds: Holds) -> Found:
    """Every urgent case of the queue that nobody has come to. Reads only."""
    bound = _bound(scope)
    came, wrote = _of_members(conn, bound)
    waiting, to_note = list[dict[str, Any]](), list[Noted]()
    for row in conn.execute(_CASES, bound).mappings():
        if not _counts(row, now):
            continue
        noted = _noted(row, max(_came(row), came.get(row["id"], _came(row))), now, holds)
        if noted is not None:
            to_note.append(noted)
        if (row["answered_at"] if noted is None else noted.answered_at) is None:
            since = row["since"] if noted is None else noted.since
            waiting.append({**row, "since": since, "has_words": row["has_words"] or row["id"] in wrote})
    others = _names_another(conn, bound) if len(waiting) >= FLOOD_FROM else frozenset()
    return Found(tuple(_waiting(row, others) for row in waiting), tuple(to_note))


def note(conn: sa.Connection, scope: Scope, noted: Sequence[Noted]) -> None:
    """Write down since when they wait."""
    new = [_row(scope, one) for one in noted if one.is_new]
    old = [_changed(one) for one in noted if not one.is_new]
    if new:
        conn.execute(_INSERT, new)
    if old:
        conn.execute(_NOTE, old)


def come(conn: sa.Connection, scope: Scope, report: ReportId, *, by: str, now: datetime) -> None:
    """A person has opened the case that a report is in, or acts on it: nobody is paged for it any more."""
    head = conn.execute(_HEAD, {"report": report}).one_or_none()
    if head is None:
        return
    waited = conn.execute(_WAITED, {"case": head.id}).first() is not None
    known = conn.execute(_COME, {"case": head.id, "by": by, "now": now}).rowcount > 0
    if not known and head.rank <= _LAST:
        conn.execute(_INSERT, row_of(scope, _first_come(head, now), by=by, opened_at=now))
    if waited:
        pages.answered(conn, scope, by=by, now=now, case=ReportId(head.id))


def row_of(scope: Scope, one: Noted, *, by: str, opened_at: datetime) -> dict[str, Any]:
    """A case that somebody came to, as it lies: for whoever stores many at once."""
    return _row(scope, one) | {"answered_by": by, "opened_at": opened_at}


def say(conn: sa.Connection, scope: Scope, *, by: str, now: datetime) -> int:
    """A person says that they have all that waits; how many cases that is."""
    bound = _bound(scope) | {"by": by, "now": now}
    return conn.execute(_SAID, bound).rowcount


def waiting_now(conn: sa.Connection, scope: Scope) -> tuple[dict[Priority, int], datetime | None]:
    """How many cases of each priority wait for somebody, and since when the first of them does."""
    bound = _bound(scope)
    found = conn.execute(_NOW, bound).all()
    counts = {Priority(priority): many for priority, many, _ in found}
    return counts, min((since for *_, since in found), default=None)


def _bound(scope: Scope) -> dict[str, Any]:
    return {"of_desk": scope.desk, "of_standing": scope.standing.value}


def _of_members(conn: sa.Connection, bound: Mapping[str, Any]) -> tuple[dict[str, datetime], set[str]]:
    """Of cases of several reports: when something last came, and in which somebody wrote."""
    came, wrote = dict[str, datetime](), set[str]()
    for row in conn.execute(_MEMBERS, bound).mappings():
        at = _came(row)
        came[row["of_case"]] = max(at, came.get(row["of_case"], at))
        if row["has_words"]:
            wrote.add(row["of_case"])
    return came, wrote


def _came(row: Mapping[Any, Any]) -> datetime:
    received: datetime = row["received_at"]
    added: datetime | None = row["added_at"]
    return received if added is None else max(received, added)


def _counts(row: Mapping[Any, Any], now: datetime) -> bool:
    """Whether it calls somebody. What the triage has not seen is urgent by the road's word, or by waiting."""
    _, triaged = of_rank(row["rank"])
    return triaged or row["urgent"] or now - row["received_at"] >= UNTRIAGED_FOR


def _noted(row: Mapping[Any, Any], came: datetime, now: datetime, holds: Holds) -> Noted | None:
    """What is to be written of it; None where the ledger has it already."""
    priority, _ = of_rank(row["rank"])
    sent, answered = min(row["sent_at"], row["received_at"]), row["answered_at"]
    made = Noted(ReportId(row["id"]), priority, sent, now, seen=answered)
    if row["noted"] is None:
        return made._replace(since=_became(row, came), is_new=True)
    if priority < row["noted"]:
        return made
    if answered is not None and came > answered:
        return made._replace(since=came)
    if answered is not None and not row["opened"] and now - answered >= holds[priority]:
        return made
    if priority > row["noted"]:
        return made._replace(since=row["since"], answered_at=answered, opened=bool(row["opened"]))
    return None


def _became(row: Mapping[Any, Any], came: datetime) -> datetime:
    """When it became this urgent: by the road's word as it came, else by the last reason of the triage."""
    if (row["urgent"] and row["lowered_at"] is None) or row["triaged_at"] is None:
        return came
    times: list[datetime | None] = [row["triaged_at"], row["why_at"]]
    return max(came, *(at for at in times if at is not None))


def _names_another(conn: sa.Connection, bound: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(conn.scalars(_NAMES_ANOTHER, bound))


def _waiting(row: Mapping[str, Any], others: frozenset[str]) -> Waiting:
    return Waiting(
        case=ReportId(row["id"]),
        priority=of_rank(row["rank"])[0],
        since=row["since"],
        community=CommunityId(row["community"]),
        road_urgent=bool(row["urgent"]),
        own_words=bool(row["has_words"]),
        names_another=row["id"] in others,
    )


def _first_come(head: Any, now: datetime) -> Noted:
    priority, _ = of_rank(min(head.rank, QUEUED))
    sent = min(head.sent_at, head.received_at)
    return Noted(ReportId(head.id), priority, sent, now, answered_at=now, opened=True)


def _row(scope: Scope, one: Noted) -> dict[str, Any]:
    return {
        "case_id": one.case,
        **scope.named,
        "priority": int(one.priority),
        "sent_at": one.sent_at,
        "since": one.since,
        "answered_at": one.answered_at,
        "answered_by": "",
        "opened": one.opened,
        "opened_at": None,
    }


def _changed(one: Noted) -> dict[str, Any]:
    return {
        "case": one.case,
        "seen": one.seen,
        "stands": int(one.priority),
        "from": one.since,
        "answered": one.answered_at,
        "was_opened": one.opened,
    }
