"""What a person does with a case, inside the transactions of the ledger. Each act is a line in the trail.

An act names what it was decided on: where a colleague has changed that meanwhile it is refused, and says so.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.errors import InputRefused
from core.ids import ReportId
from core.ledger.sql import insert_or_ignore
from core.ledger.trail import Entry, record
from core.reports.model import Priority
from desk.casework import notes
from desk.casework.model import Act, Agreement, Case, CaseState
from desk.casework.place import case_of, members_of, put, stands_as
from desk.casework.states import may_follow, takes_two
from desk.figures import counting
from desk.model import Scope
from desk.ranks import Targets
from desk.rota import urgent
from desk.tables import casework, reports, trail
from desk.talk import messages

_cases = casework.cases
_agreements = casework.agreements
_CASE = sa.select(_cases).where(_cases.c.id == bind("case"))
_NEW = insert_or_ignore(_cases)
_SET_STATE = (
    sa.update(_cases)
    .where(_cases.c.id == bind("case"))
    .values(
        state=bind("to"),
        state_at=bind("when", type_=_cases.c.state_at.type),
        state_by=bind("who"),
        outcome=bind("ends"),
        erased_at=None,  # what came since it was deleted has a time of its own
    )
)
_SET_HOLDER = (
    sa.update(_cases)
    .where(_cases.c.id == bind("case"))
    .values(holder=bind("who"), held_at=bind("since", type_=_cases.c.held_at.type))
)
_SET_HOLD = (
    sa.update(_cases)
    .where(_cases.c.id == bind("case"))
    .values(held_since=bind("since", type_=_cases.c.held_since.type), held_by=bind("who"))
)
_SET_PRIORITY = (
    sa.update(reports)
    .where(reports.c.id == bind("of"))
    .values(
        priority=bind("to"),
        due_at=bind("until", type_=reports.c.due_at.type),
        own_due_at=bind("own", type_=reports.c.own_due_at.type),
        lowered_at=bind("lowered", type_=reports.c.lowered_at.type),
    )
)
_ASK = sa.insert(_agreements)
_ASKED = (
    sa.select(_agreements)
    .where(
        _agreements.c.case_id == bind("case"),
        _agreements.c.act == bind("what"),
        _agreements.c.answer == "",
    )
    .order_by(_agreements.c.asked_at, _agreements.c.id)
)
_ANSWER = (
    sa.update(_agreements)
    .where(_agreements.c.id == bind("which"), _agreements.c.answer == "")
    .values(
        answer=bind("said"),
        answered_at=bind("when", type_=_agreements.c.answered_at.type),
        answered_by=bind("who"),
    )
)
_COME = sa.insert(casework.present)
_GONE = sa.delete(casework.present).where(
    casework.present.c.case_id == bind("case"), casework.present.c.person == bind("who")
)
_PRESENT = sa.select(casework.present.c.person, casework.present.c.seen_at).where(
    casework.present.c.case_id == bind("case"),
    casework.present.c.seen_at > bind("after", type_=_cases.c.state_at.type),
)


class By(NamedTuple):
    """Who acts, at which desk, when."""

    who: str
    scope: Scope
    now: datetime


Words = Mapping[str, str]
"""By the codes of outcomes, what each says to whoever reported; none where it says nothing."""
_NO_WORDS: Words = {}


def acted(conn: sa.Connection, by: By, action: str, report: ReportId, **detail: str) -> None:
    """Every act on a case, and every look into it, ends with this: somebody has come, and that is recorded.

    `report`: the case, or the report of it that it is about.
    """
    urgent.come(conn, by.scope, report, by=by.who, now=by.now)
    told = {**by.scope.named, **detail}
    record(conn, trail, Entry(at=by.now, who=by.who, action=action, target=report, detail=told))


class _On(NamedTuple):
    """What is acted on: the case as it stands, and its reports as the ledger has them."""

    case: Case
    members: Sequence[Mapping[Any, Any]]


def case_in(conn: sa.Connection, scope: Scope, report: ReportId) -> Case | None:
    """The case that a report of this desk is in; None where there is no such report."""
    found = _on(conn, scope, report)
    return None if found is None else found.case


def take(conn: sa.Connection, by: By, report: ReportId, *, holder: str) -> Case:
    """Have a case from now on; `holder` is who had it when this was decided, and is told of by the trail."""
    on = _required(conn, by, report, holder=holder)
    _hold(conn, by, on.case, by.who)
    if on.case.state is CaseState.NEW:
        _to(conn, by, on.case, CaseState.WORKING)
    return _recorded(conn, by, on.case, "case_taken", before=holder)


def let_go(conn: sa.Connection, by: By, report: ReportId) -> Case:
    """Nobody has it from now on. Only whoever has it lets it go."""
    on = _required(conn, by, report, holder=by.who)
    _hold(conn, by, on.case, "")
    return _recorded(conn, by, on.case, "case_let_go")


def hand_over(conn: sa.Connection, by: By, report: ReportId, to: str, *, holder: str) -> Case:
    """Somebody else has it from now on, in one press."""
    on = _required(conn, by, report, holder=holder)
    _hold(conn, by, on.case, to)
    if on.case.state is CaseState.NEW:
        _to(conn, by, on.case, CaseState.WORKING)
    return _recorded(conn, by, on.case, "case_handed_over", to=to, before=holder)


def move(conn: sa.Connection, by: By, report: ReportId, to: CaseState, *, state: CaseState) -> Case:
    """Any step but closing. Raises InputRefused where it does not follow, or a colleague was quicker."""
    on = _required(conn, by, report, state=state)
    if to is CaseState.CLOSED or not may_follow(state, to):
        raise InputRefused("state-follows", field="state")
    _to(conn, by, on.case, to)
    return _recorded(conn, by, on.case, "state_changed", before=state.value, after=to.value)


def close(
    conn: sa.Connection,
    by: By,
    report: ReportId,
    outcome: str,
    *,
    state: CaseState,
    new_id: str,
    words: Words = _NO_WORDS,
) -> Case:
    """Close it; or, where that takes two, ask a second person to agree. `words`: what each outcome tells."""
    on = _required(conn, by, report, state=state)
    if not may_follow(state, CaseState.CLOSED):
        raise InputRefused("state-follows", field="state")
    if _takes_two(on):
        return _ask_to_close(conn, by, on.case, outcome, new_id)
    _end(conn, by, on, outcome, words)
    return _recorded(conn, by, on.case, "case_closed", outcome=outcome)


def answer(
    conn: sa.Connection,
    by: By,
    report: ReportId,
    agreement: str,
    *,
    agrees: bool,
    words: Words = _NO_WORDS,
) -> Case:
    """The second person's word. Whoever asked may only take it back."""
    on = _required(conn, by, report)
    asked = next((one for one in asked_of(conn, on.case.id) if one.id == agreement), None)
    if asked is None:
        raise InputRefused("agreement-gone")
    if agrees and asked.asked_by == by.who:
        raise InputRefused("agreement-own")
    said = "yes" if agrees else "withdrawn" if asked.asked_by == by.who else "no"
    settle(conn, by, agreement, said)
    if agrees:
        _end(conn, by, on, asked.outcome, words)
    return _recorded(
        conn, by, on.case, f"closing_{_ANSWERED[said]}", outcome=asked.outcome, asked=asked.asked_by
    )


def ask(conn: sa.Connection, by: By, case: ReportId, act: Act, *, outcome: str, new_id: str) -> None:
    """Something that takes two waits for a second person from now on."""
    row = {"id": new_id, "case_id": case, "act": act.value, "outcome": outcome, "answer": ""}
    conn.execute(_ASK, row | {"asked_at": by.now, "asked_by": by.who})


def settle(conn: sa.Connection, by: By, agreement: str, said: str) -> bool:
    """The word on what was asked: yes, no or withdrawn. False where somebody was quicker."""
    values = {"which": agreement, "said": said, "when": by.now, "who": by.who}
    return conn.execute(_ANSWER, values).rowcount > 0


_ANSWERED = {"yes": "agreed", "no": "refused", "withdrawn": "withdrawn"}


def prioritise(
    conn: sa.Connection,
    by: By,
    report: ReportId,
    to: Priority,
    *,
    reason: notes.Written | None,
    targets: Targets,
) -> Case:
    """A person's word on how urgent it is. Lowering takes a reason, which is kept sealed with the case.

    Each report of the case that is more urgent is lowered, or its first report raised.
    """
    on = _required(conn, by, report)
    before = most_urgent(on.members)
    if to == before:
        return on.case
    if to > before and reason is None:
        raise InputRefused("reason-needed", field="reason")
    if reason is not None:
        notes.store(conn, reason, by=by.who, now=by.now)
    for row in on.members:
        if to > before and stands_as(row) < to:
            _set_priority(conn, row, to, by.now, targets, lowered=by.now)
        elif to < before and row["id"] == on.case.id:
            _set_priority(conn, row, to, by.now, targets, lowered=None)
    put(conn, on.case.id)
    return _recorded(conn, by, on.case, "priority_changed", before=before.name, after=to.name)


def note(conn: sa.Connection, by: By, report: ReportId, written: notes.Written) -> Case:
    """Keep a note or a task with the case."""
    on = _required(conn, by, report)
    notes.store(conn, written, by=by.who, now=by.now)
    return _recorded(conn, by, on.case, f"{written.row['kind']}_written", note=written.row["id"])


def task_done(conn: sa.Connection, by: By, report: ReportId, task: str) -> Case:
    on = _required(conn, by, report)
    theirs = {row.id for row in notes.notes_of(conn, [on.case.id, *_ids(on.members)])}
    if task not in theirs or not notes.done(conn, task, by=by.who, now=by.now):
        raise InputRefused("task-done")
    return _recorded(conn, by, on.case, "task_done", note=task)


def hold(conn: sa.Connection, by: By, report: ReportId, reason: notes.Written) -> Case:
    """Keep it however long it has been closed. The reason is sealed and kept with it."""
    on = _required(conn, by, report)
    if on.case.held_since is not None:
        raise InputRefused("case-changed")
    notes.store(conn, reason, by=by.who, now=by.now)
    conn.execute(_SET_HOLD, {"case": on.case.id, "since": by.now, "who": by.who})
    return _recorded(conn, by, on.case, "case_held")


def lift(conn: sa.Connection, by: By, report: ReportId) -> Case:
    """It is kept no longer than others."""
    on = _required(conn, by, report)
    if on.case.held_since is None:
        raise InputRefused("case-changed")
    conn.execute(_SET_HOLD, {"case": on.case.id, "since": None, "who": ""})
    return _recorded(conn, by, on.case, "hold_lifted")


def asked_of(conn: sa.Connection, case: ReportId, act: Act = Act.CLOSE) -> tuple[Agreement, ...]:
    """What waits for a second person."""
    return tuple(
        Agreement(
            id=row.id, act=Act(row.act), outcome=row.outcome, asked_at=row.asked_at, asked_by=row.asked_by
        )
        for row in conn.execute(_ASKED, {"case": case, "what": act.value})
    )


def be_present(conn: sa.Connection, case: ReportId, by: By) -> None:
    """Others are told that somebody has this case open; who has not for long is forgotten."""
    conn.execute(_GONE, {"case": case, "who": by.who})
    conn.execute(_COME, {"case_id": case, "person": by.who, "seen_at": by.now})


def present(conn: sa.Connection, case: ReportId, *, after: datetime) -> tuple[str, ...]:
    """Who has had this case open since then."""
    return tuple(sorted(row.person for row in conn.execute(_PRESENT, {"case": case, "after": after})))


def most_urgent(members: Sequence[Mapping[Any, Any]]) -> Priority:
    """What the case counts as."""
    return min(map(stands_as, members))


def _takes_two(on: _On) -> bool:
    return takes_two(most_urgent(on.members), urgent=any(row["urgent"] for row in on.members))


def _set_priority(
    conn: sa.Connection,
    row: Mapping[Any, Any],
    to: Priority,
    now: datetime,
    targets: Targets,
    *,
    lowered: datetime | None,
) -> None:
    """What is lowered has the time of what it is now from its sending; what is raised is due from now."""
    due = now + targets[to] if lowered is None else row["sent_at"] + targets[to]
    until = min(due, row["own_due_at"] or row["due_at"]) if lowered is None else due
    own = None if row["own_due_at"] is None else until
    values = {"of": row["id"], "to": int(to), "until": until, "own": own, "lowered": lowered}
    conn.execute(_SET_PRIORITY, values)


def _ask_to_close(conn: sa.Connection, by: By, case: Case, outcome: str, new_id: str) -> Case:
    if asked_of(conn, case.id):
        raise InputRefused("agreement-asked")
    ask(conn, by, case.id, Act.CLOSE, outcome=outcome, new_id=new_id)
    return _recorded(conn, by, case, "closing_asked", outcome=outcome)


def _on(conn: sa.Connection, scope: Scope, report: ReportId) -> _On | None:
    id_ = case_of(conn, report)
    members = () if id_ is None else members_of(conn, id_)
    here = (scope.desk, scope.standing.value)
    if id_ is None or any((row["desk"], row["standing"]) != here for row in members):
        return None
    row = conn.execute(_CASE, {"case": id_}).one_or_none()
    if row is None:
        return _On(Case(id=id_, reports=len(members)), members)
    case = Case(
        id=id_,
        state=CaseState(row.state),
        state_at=row.state_at,
        state_by=row.state_by,
        holder=row.holder,
        held_at=row.held_at,
        outcome=row.outcome,
        held_since=row.held_since,
        held_by=row.held_by,
        erased_at=row.erased_at,
        reports=len(members),
    )
    return _On(case, members)


def _required(
    conn: sa.Connection,
    by: By,
    report: ReportId,
    *,
    state: CaseState | None = None,
    holder: str | None = None,
) -> _On:
    """The case, as it was when the person decided; its row is there from now on."""
    on = _on(conn, by.scope, report)
    if on is None:
        raise InputRefused("case-unknown")
    if (state is not None and state is not on.case.state) or (
        holder is not None and holder != on.case.holder
    ):
        raise InputRefused("case-changed")
    conn.execute(_NEW, _first_row(by, on.case.id))
    return on


def _first_row(by: By, case: ReportId) -> dict[str, Any]:
    return {
        "id": case,
        **by.scope.named,
        "state": CaseState.NEW.value,
        "state_at": by.now,
        "state_by": by.who,
        "holder": "",
        "outcome": "",
    }


def _hold(conn: sa.Connection, by: By, case: Case, who: str) -> None:
    conn.execute(_SET_HOLDER, {"case": case.id, "who": who, "since": by.now if who else None})


def _to(conn: sa.Connection, by: By, case: Case, to: CaseState, outcome: str = "") -> None:
    conn.execute(
        _SET_STATE, {"case": case.id, "to": to.value, "when": by.now, "who": by.who, "ends": outcome}
    )
    put(conn, case.id)
    if to is CaseState.CLOSED:
        counting.ended(conn, by.scope, by.now, outcome)


def _end(conn: sa.Connection, by: By, on: _On, outcome: str, words: Words) -> None:
    """Close it, and tell each who reported what the outcome says; what joins later is told nothing of it."""
    _to(conn, by, on.case, CaseState.CLOSED, outcome)
    told = words.get(outcome, "")
    rows = [
        (row["road"], messages.outcome_row(ReportId(row["id"]), told, by.now))
        for row in on.members
        if told and row["reference_tag"] is not None
    ]
    if rows:
        messages.store_all(conn, rows, by=by.who, now=by.now)


def _ids(members: Sequence[Mapping[Any, Any]]) -> list[ReportId]:
    return [ReportId(row["id"]) for row in members]


def _recorded(conn: sa.Connection, by: By, case: Case, action: str, **detail: str) -> Case:
    """The case as it stands now; its line in the trail is written."""
    on = _on(conn, by.scope, case.id)
    acted(conn, by, action, case.id, **detail)
    return case if on is None else on.case
