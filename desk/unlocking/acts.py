"""Asking for an identity, looking at it, and reviewing that, inside the transactions of the ledger.

Only where somebody could die: the case is, or was, P0. The desk cannot open the identity that it keeps; it
asks the road, which seals who it is to the desk. Reasons lie sealed in the notes of the case.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.delivery.wire import NewsKind
from core.errors import InputRefused
from core.evidence.parts import PartKind
from core.ids import ReportId
from core.reports.model import Priority
from desk.cases import kept_of
from desk.casework import notes
from desk.casework.acts import By, acted, case_in
from desk.casework.place import members_of, stands_as
from desk.model import Scope
from desk.news import insert_news, news_id, news_row
from desk.opening import Kept
from desk.tables import news, parts, reports, trail, unlocks
from desk.unlocking.model import Unlock, Verdict

ASKED: Final = "unlock_asked"
LOOKED: Final = "unlocked_looked"
REVIEWED: Final = {Verdict.AGREED: "unlock_agreed", Verdict.OBJECTED: "unlock_objected"}
"""The actions in the trail."""
SHOWN: Final = 100

_unlocks = unlocks.c
_KINDS = sa.select(parts.c.kind).where(parts.c.report == bind("report"), parts.c.road == bind("road"))
_REPORT = sa.select(reports).where(
    reports.c.id == bind("report"), reports.c.desk == bind("desk"), reports.c.standing == bind("standing")
)
_UNLOCK = sa.select(unlocks).where(_unlocks.report == bind("report"))
_FORGET = sa.delete(unlocks).where(_unlocks.report == bind("of"))
_NEW = sa.insert(unlocks)
_WAITING = sa.select(sa.literal(1)).where(news.c.id == bind("which"))
_REVIEW = (
    sa.update(unlocks)
    .where(_unlocks.report == bind("of"), _unlocks.verdict == "")
    .values(
        verdict=bind("said"),
        reviewed_at=bind("when", type_=_unlocks.reviewed_at.type),
        reviewed_by=bind("who"),
    )
)
_TO_REVIEW = (
    sa.select(unlocks)
    .where(_unlocks.desk == bind("desk"), _unlocks.standing == bind("standing"), _unlocks.verdict == "")
    .order_by(_unlocks.asked_at, _unlocks.report)
    .limit(SHOWN)
)
_WAS_P0 = (
    sa.select(sa.literal(1))
    .where(
        trail.c.target == bind("case"),
        trail.c.action == "priority_changed",
        trail.c.detail.contains('"P0"'),
    )
    .limit(1)
)


def ask(conn: sa.Connection, by: By, report: ReportId, *, reason: notes.Written) -> Unlock:
    """Ask the road for who it is. Raises InputRefused where nobody could die, or there is nothing to unlock.

    Asked again after the road kept silent it is the same unlock, with a time and a reviewer of its own.
    """
    row = _report(conn, by.scope, report)
    if not was_danger(conn, by.scope, report):
        raise InputRefused("unlock-not-danger")
    kinds = _kinds(conn, row)
    if PartKind.UNLOCKED in kinds:
        raise InputRefused("unlock-here")
    if PartKind.NAMED in kinds:
        raise InputRefused("unlock-named")
    if PartKind.IDENTITY not in kinds:
        raise InputRefused("unlock-nobody")
    before = unlock_of(conn, report)
    if before is not None and (_is_waiting(conn, report) or not before.is_stuck(by.now)):
        raise InputRefused("unlock-asked")
    notes.store(conn, reason, by=by.who, now=by.now)
    conn.execute(_FORGET, {"of": report})
    conn.execute(_NEW, _first(by, report))
    conn.execute(insert_news, [news_row(row["road"], report, NewsKind.UNLOCK, by.now)])
    acted(conn, by, ASKED, report)
    return Unlock(report=report, asked_at=by.now, asked_by=by.who)


def look(conn: sa.Connection, by: By, report: ReportId) -> Kept:
    """Record that somebody reads who it is; what was sealed, to be opened after the commit."""
    row = _report(conn, by.scope, report)
    if PartKind.UNLOCKED not in _kinds(conn, row):
        raise InputRefused("unlock-not-here")
    kept = kept_of(conn, row)
    acted(conn, by, LOOKED, report)
    return kept


def review(conn: sa.Connection, by: By, report: ReportId, verdict: Verdict, *, words: notes.Written) -> None:
    """A second person says whether it was right. Never whoever asked."""
    _report(conn, by.scope, report)
    before = unlock_of(conn, report)
    if before is None or before.verdict is not None:
        raise InputRefused("unlock-reviewed")
    if before.asked_by == by.who:
        raise InputRefused("unlock-own")
    notes.store(conn, words, by=by.who, now=by.now)
    conn.execute(_REVIEW, {"of": report, "said": verdict.value, "when": by.now, "who": by.who})
    acted(conn, by, REVIEWED[verdict], report)


def was_danger(conn: sa.Connection, scope: Scope, report: ReportId) -> bool:
    """Whether its case is a danger to life, or was one for the road, the triage or a person."""
    case = case_in(conn, scope, report)
    if case is None:
        return False
    members = members_of(conn, case.id)
    if any(row["urgent"] or stands_as(row) is Priority.P0 for row in members):
        return True
    ids = {case.id, *(ReportId(row["id"]) for row in members)}
    return any(conn.execute(_WAS_P0, {"case": id_}).one_or_none() is not None for id_ in sorted(ids))


def unlock_of(conn: sa.Connection, report: ReportId) -> Unlock | None:
    row = conn.execute(_UNLOCK, {"report": report}).one_or_none()
    return None if row is None else _unlock(conn, row)


def to_review(conn: sa.Connection, scope: Scope) -> tuple[Unlock, ...]:
    """What a second person has not spoken on, the oldest first; SHOWN at most."""
    asked = scope.named
    return tuple(_unlock(conn, row) for row in conn.execute(_TO_REVIEW, asked).all())


def kinds_of(conn: sa.Connection, scope: Scope, report: ReportId) -> frozenset[PartKind]:
    """Which parts of a report are here."""
    return _kinds(conn, _report(conn, scope, report))


def _unlock(conn: sa.Connection, row: Any) -> Unlock:
    about = conn.execute(sa.select(reports).where(reports.c.id == row.report)).mappings().one()
    return Unlock(
        report=ReportId(row.report),
        asked_at=row.asked_at,
        asked_by=row.asked_by,
        came=PartKind.UNLOCKED in _kinds(conn, about),
        verdict=Verdict(row.verdict) if row.verdict else None,
        reviewed_at=row.reviewed_at,
        reviewed_by=row.reviewed_by,
    )


def _report(conn: sa.Connection, scope: Scope, report: ReportId) -> Mapping[Any, Any]:
    asked = {"report": report, **scope.named}
    found = conn.execute(_REPORT, asked).mappings().one_or_none()
    if found is None:
        raise InputRefused("case-unknown")
    return found


def _kinds(conn: sa.Connection, row: Mapping[Any, Any]) -> frozenset[PartKind]:
    asked = {"report": row["id"], "road": row["road"]}
    kinds: Sequence[str] = conn.execute(_KINDS, asked).scalars().all()
    return frozenset(map(PartKind, kinds))


def _is_waiting(conn: sa.Connection, report: ReportId) -> bool:
    which = news_id(report, NewsKind.UNLOCK)
    return conn.execute(_WAITING, {"which": which}).one_or_none() is not None


def _first(by: By, report: ReportId) -> dict[str, Any]:
    here = {"report": report, **by.scope.named}
    return here | {"asked_at": by.now, "asked_by": by.who, "reviewed_by": "", "verdict": ""}
