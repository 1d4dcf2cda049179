"""Pages in the ledger: stored before they are sent, leased while they are, and answered by a person.

Drills lie among them. They name no case, and are never counted as reports.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.ids import DeskName, ReportId
from core.ledger.columns import UtcTime
from core.reports.model import Priority, Standing
from desk.model import Scope
from desk.rota.duty import Call
from desk.rota.ladder import OUTSIDE, Ladder
from desk.rota.model import Page, PageRecord, Step, Unsent
from desk.tables import rota

TRIED_FOR: Final = timedelta(hours=1)
"""So long a page is tried to be sent. The ladder climbs meanwhile."""
TRY_EVERY: Final = timedelta(seconds=30)
SENDING: Final = timedelta(seconds=75)
"""So long one process has to send what it leased, by both ways."""
STANDS_FOR: Final = timedelta(hours=24)
"""So long a page that nobody answered stands on the screens of the desk."""
KEPT_FOR: Final = timedelta(days=92)
AT_LEAST: Final = timedelta(minutes=1)
"""The shortest time in which anybody can answer, whatever the ladder says."""
AT_ONCE: Final = 20
"""Pages sent in one turn."""
_LOOKED_BACK: Final = timedelta(days=2)
_CALLS: Final = 40

_pages, _cases = rota.pages, rota.page_cases
_p = rota.pages.c
_u = rota.urgent.c
_OURS = sa.and_(_p.desk == bind("of_desk"), _p.standing == bind("of_standing"))
_LATELY = sa.select(_pages).where(_OURS, ~_p.drill, _p.at > bind("after", type_=UtcTime))
_STILL = (
    sa.select(_cases.c.page, _cases.c.case_id)
    .join(_pages, _p.id == _cases.c.page)
    .join(rota.urgent, _u.case_id == _cases.c.case_id)
    .where(_OURS, _p.at > bind("after", type_=UtcTime))
    .where(_u.answered_at.is_(None), _p.at >= _u.since)
)
_RECENT = sa.select(_pages).where(_OURS).order_by(_p.at.desc(), _p.id).limit(bind("most"))
_ON_SHIFT = (Step.ON_CALL.value, Step.SECOND.value)
_OF_LIFE = f"{int(Priority.P0)}:"
"""What the counts of a page begin with that tells of a danger to life."""
_CALLED = _RECENT.where(
    ~_p.drill, _p.step.in_((*_ON_SHIFT, Step.SUPERVISORS.value)), _p.counts.startswith(_OF_LIFE)
)
_DRILLED = _RECENT.where(_p.drill, _p.step.in_(_ON_SHIFT))
_DRILL_TOLD = (
    sa.select(sa.literal(1))
    .where(_OURS, _p.at > bind("after", type_=UtcTime), _p.drill, _p.person == OUTSIDE)
    .limit(1)
)
_UNANSWERED = (
    sa.select(_pages)
    .where(_OURS, _p.at > bind("after", type_=UtcTime), _p.answered_at.is_(None))
    .order_by(_p.at, _p.id)
)
_ANSWERED = {
    "answered_at": bind("now", type_=UtcTime),
    "answered_by": bind("by"),
    "next_try_at": None,
}
_ANSWER = (
    sa.update(_pages)
    .where(_OURS, _p.at > bind("after", type_=UtcTime), _p.answered_at.is_(None), ~_p.drill)
    .values(_ANSWERED)
)
_ANSWER_OF = _ANSWER.where(
    sa.or_(
        _p.person == bind("by"),
        _p.id.in_(sa.select(_cases.c.page).where(_cases.c.case_id == bind("case"))),
    )
)
_ANSWER_DRILL = (
    sa.update(_pages)
    .where(_OURS, _p.answered_at.is_(None), _p.drill)
    .where(_p.person == bind("by"), _p.answer_by >= bind("now", type_=UtcTime))
    .values(_ANSWERED)
)
_TO_SEND = (
    sa.select(_pages)
    .where(_p.next_try_at.is_not(None), _p.next_try_at <= bind("now", type_=UtcTime))
    .order_by(_p.next_try_at, _p.id)
    .limit(AT_ONCE)
)
_LEASE = (
    sa.update(_pages)
    .where(_p.id == bind("page"), _p.tries == bind("seen"))
    .values(tries=_p.tries + 1, next_try_at=bind("again", type_=UtcTime))
)
_TRIED = (
    sa.update(_pages)
    .where(_p.id == bind("page"))
    .values(
        mailed_at=bind("mailed", type_=UtcTime),
        posted_at=bind("posted", type_=UtcTime),
        next_try_at=sa.case((_p.answered_at.is_not(None), sa.null()), else_=bind("again", type_=UtcTime)),
        fault=bind("found"),
    )
)
_OLD = sa.select(_p.id).where(_p.at < bind("before", type_=UtcTime))
_FORGET_CASES = sa.delete(_cases).where(_cases.c.page.in_(_OLD))
_FORGET = sa.delete(_pages).where(_p.at < bind("before", type_=UtcTime))


def store(
    conn: sa.Connection, scope: Scope, pages: Mapping[str, Page], ladder: Ladder, *, drill: bool = False
) -> None:
    """Keep pages, by their new ids, to be sent from now on."""
    rows = [_row(scope, id_, page, ladder, drill=drill) for id_, page in pages.items()]
    told = [{"page": id_, "case_id": case} for id_, page in pages.items() for case in sorted(page.cases)]
    if rows:
        conn.execute(sa.insert(_pages), rows)
    if told:
        conn.execute(sa.insert(_cases), told)


def paged(conn: sa.Connection, scope: Scope, now: datetime) -> Sequence[Page]:
    """What the ladder has to know: who was paged of late, and of which cases that still wait."""
    bound = _bound(scope) | {"after": now - _LOOKED_BACK}
    told: dict[str, set[ReportId]] = {}
    for row in conn.execute(_STILL, bound):
        told.setdefault(row.page, set()).add(ReportId(row.case_id))
    return tuple(
        Page(
            person=row["person"],
            step=Step(row["step"]),
            at=row["at"],
            since=row["since"],
            counts=_counts(row["counts"]),
            apart=row["apart"],
            cases=frozenset(told.get(row["id"], ())),
        )
        for row in conn.execute(_LATELY, bound).mappings()
    )


def calls(conn: sa.Connection, scope: Scope) -> tuple[Call, ...]:
    """The last pages of danger to life, and the last drills that those on a shift got.

    Those of one moment are one call: whoever answers, answers for all.
    """
    last = list(conn.execute(_CALLED, _bound(scope) | {"most": _CALLS}).mappings())
    last += list(conn.execute(_DRILLED, _bound(scope) | {"most": _CALLS}).mappings())
    told = [_record(row) for row in last]
    return tuple(_call(list(group)) for _, group in groupby(sorted(told, key=_moment), key=_moment))


def recent(conn: sa.Connection, scope: Scope, most: int) -> tuple[PageRecord, ...]:
    """The latest first."""
    return tuple(map(_record, conn.execute(_RECENT, _bound(scope) | {"most": most}).mappings()))


def last_drill(conn: sa.Connection, scope: Scope) -> PageRecord | None:
    found = conn.execute(_DRILLED, _bound(scope) | {"most": 1}).mappings().first()
    return None if found is None else _record(found)


def drill_told_outside(conn: sa.Connection, scope: Scope, *, since: datetime) -> bool:
    """Whether somebody outside was told since then that a drill was missed."""
    return conn.execute(_DRILL_TOLD, _bound(scope) | {"after": since}).first() is not None


def told_lately(conn: sa.Connection, scope: Scope, now: datetime) -> bool:
    """Whether anybody was paged of a case within a day, whatever came of it."""
    return conn.execute(_LATELY, _bound(scope) | {"after": now - STANDS_FOR}).first() is not None


def unanswered(conn: sa.Connection, scope: Scope, now: datetime) -> tuple[PageRecord, ...]:
    """The oldest first; drills among them, as long as they can be answered."""
    bound = _bound(scope) | {"after": now - STANDS_FOR}
    found = map(_record, conn.execute(_UNANSWERED, bound).mappings())
    return tuple(one for one in found if not one.drill or (one.person != OUTSIDE and not one.missed(now)))


def answered(
    conn: sa.Connection, scope: Scope, *, by: str, now: datetime, case: ReportId | None = None
) -> int:
    """Somebody has answered: the pages they got and those that tell of this case, or all; how many."""
    bound = _bound(scope) | {"after": now - STANDS_FOR, "by": by, "now": now}
    if case is None:
        return conn.execute(_ANSWER, bound).rowcount
    return conn.execute(_ANSWER_OF, bound | {"case": case}).rowcount


def drill_answered(conn: sa.Connection, scope: Scope, *, by: str, now: datetime) -> int:
    """Somebody has answered the drill that they got; 0 where there is none, or it is too late."""
    return conn.execute(_ANSWER_DRILL, _bound(scope) | {"by": by, "now": now}).rowcount


def lease(conn: sa.Connection, now: datetime) -> tuple[tuple[Scope, PageRecord], ...]:
    """The pages to send now; nobody else sends them meanwhile. Those not noted as sent come again."""
    leased = []
    for row in conn.execute(_TO_SEND, {"now": now}).mappings().all():
        values = {"page": row["id"], "seen": row["tries"], "again": now + SENDING}
        if conn.execute(_LEASE, values).rowcount:
            scope = Scope(desk=DeskName(row["desk"]), standing=Standing(row["standing"]))
            leased.append((scope, _record(row)))
    return tuple(leased)


def tried(
    conn: sa.Connection, record: PageRecord, fault: Unsent | None, *, done: bool, now: datetime
) -> None:
    """Note how far a page got. Tried for long enough, it is given up."""
    over = done or now - record.at >= TRIED_FOR
    found = "" if fault is None else (Unsent.GIVEN_UP if over and not done else fault).value
    values = {"page": record.id, "mailed": record.mailed_at, "posted": record.posted_at, "found": found}
    conn.execute(_TRIED, values | {"again": None if over else now + TRY_EVERY})


def forget(conn: sa.Connection, now: datetime) -> None:
    """Delete what is past its time."""
    bound = {"before": now - KEPT_FOR}
    conn.execute(_FORGET_CASES, bound)
    conn.execute(_FORGET, bound)


def _bound(scope: Scope) -> dict[str, Any]:
    return {"of_desk": scope.desk, "of_standing": scope.standing.value}


def _row(scope: Scope, id_: str, page: Page, ladder: Ladder, *, drill: bool) -> dict[str, Any]:
    return {
        "id": id_,
        **scope.named,
        "person": page.person,
        "step": page.step.value,
        "drill": drill,
        "at": page.at,
        "answer_by": page.at + _within(page, ladder),
        "since": page.since,
        "counts": " ".join(f"{int(priority)}:{many}" for priority, many in sorted(page.counts.items())),
        "apart": page.apart,
        "answered_by": "",
        "next_try_at": page.at,
        "tries": 0,
        "fault": "",
    }


def _within(page: Page, ladder: Ladder) -> timedelta:
    """How long whoever is paged has: what the ladder gives the first of them before it asks the second."""
    steps = ladder.get(min(page.counts, default=Priority.P0), ladder[Priority.P0])
    return max(steps[Step.SECOND] - steps[Step.ON_CALL], AT_LEAST)


def _counts(text: str) -> dict[Priority, int]:
    pairs = (pair.split(":") for pair in text.split())
    return {Priority(int(priority)): int(many) for priority, many in pairs}


def _record(row: Mapping[Any, Any]) -> PageRecord:
    return PageRecord(
        id=row["id"],
        person=row["person"],
        step=Step(row["step"]),
        at=row["at"],
        answer_by=row["answer_by"],
        since=row["since"],
        counts=_counts(row["counts"]),
        apart=row["apart"],
        drill=bool(row["drill"]),
        answered_at=row["answered_at"],
        answered_by=row["answered_by"],
        mailed_at=row["mailed_at"],
        posted_at=row["posted_at"],
        tries=row["tries"],
        fault=row["fault"],
    )


def _moment(record: PageRecord) -> tuple[datetime, bool]:
    return (record.at, record.drill)


def _call(same: Iterable[PageRecord]) -> Call:
    found = list(same)
    answers = [one.answered_at for one in found if one.answered_at is not None]
    return Call(
        at=found[0].at,
        answer_by=found[0].answer_by,
        answered_at=min(answers, default=None),
        drill=found[0].drill,
        behind=all(one.step is Step.SUPERVISORS for one in found),
    )
