"""Asking for an export, agreeing to it, taking it: each inside a transaction, each a line in the trail.

For a danger to life one person may do it alone; a second reviews it within a day. Nothing is opened here but
what the person wrote who asks.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.errors import InputRefused, KeysMissing
from core.evidence.keys import DeskKeys
from core.evidence.sealing import recipient
from core.ids import ReportId
from desk import own
from desk.casework import acts
from desk.casework.acts import By, acted
from desk.casework.model import Act
from desk.casework.notes import LONGEST
from desk.casework.place import members_of
from desk.casework.states import takes_two
from desk.model import Scope
from desk.own import Own
from desk.pack.model import LONGEST_NAME, Export, ExportState, Purpose, Request
from desk.tables import casework, exports

ASKED: Final = "export_asked"
ALONE: Final = "export_alone"
READ: Final = "export_read"
AGREED: Final = "export_agreed"
REFUSED: Final = "export_refused"
WITHDRAWN: Final = "export_withdrawn"
REVIEWED: Final = "export_reviewed"
OBJECTED: Final = "export_objected"
OPENED: Final = "export_opened"
TAKEN: Final = "export_taken"
DEEDS: Final = (ASKED, ALONE, READ, AGREED, REFUSED, WITHDRAWN, REVIEWED, OBJECTED, OPENED, TAKEN)
"""The actions in the trail."""

_agreements = casework.agreements
_COLUMNS = (
    exports,
    _agreements.c.outcome,
    _agreements.c.asked_at,
    _agreements.c.asked_by,
    _agreements.c.answer,
    _agreements.c.answered_at,
    _agreements.c.answered_by,
)
_HERE = (
    sa.select(*_COLUMNS)
    .join(_agreements, _agreements.c.id == exports.c.id)
    .where(exports.c.desk == bind("desk"), exports.c.standing == bind("standing"))
)
_ONE = _HERE.where(exports.c.id == bind("which"))
_OF_CASES = _HERE.where(exports.c.case_id.in_(bind("cases", expanding=True))).order_by(
    _agreements.c.asked_at.desc(), exports.c.id
)
_WAITING = _HERE.where(_agreements.c.answer == "").order_by(_agreements.c.asked_at, exports.c.id)
_TAKE = (
    sa.update(exports)
    .where(exports.c.id == bind("which"), exports.c.taken_at.is_(None))
    .values(taken_at=bind("when", type_=exports.c.taken_at.type), taken_by=bind("who"), digest=bind("sha256"))
)


def checked(reason: str, name: str, to: str) -> tuple[str, str, str]:
    """What was written in the form, trimmed; raises InputRefused with what is wrong about it."""
    reason, name, to = reason.strip(), name.strip(), to.strip()
    if not reason:
        raise InputRefused("export-reason", field="reason")
    if not name or len(name) > LONGEST_NAME or len(reason) > LONGEST:
        raise InputRefused("export-name", field="name")
    if to:
        try:
            recipient(to)
        except KeysMissing as wrong:
            raise InputRefused("export-key", field="recipient") from wrong
    return reason, name, to


def sealed(keys: DeskKeys, case: ReportId, id_: str, request: Request) -> bytes:
    """The request as it lies in the ledger. In a thread: sealing takes its time."""
    return own.sealed(keys, Own.EXPORT, id_, msgspec.json.encode(request), of=case)


def opened(row_: Any, keys: DeskKeys) -> Request:
    """What was asked for; raises CannotOpen."""
    body = own.opened(keys.opening, Own.EXPORT, row_["id"], row_["sealed"], of=row_["case_id"])
    return msgspec.json.decode(body, type=Request)


def ask(
    conn: sa.Connection,
    by: By,
    report: ReportId,
    *,
    sealed_for: ReportId,
    id_: str,
    purpose: Purpose,
    lies: bytes,
    alone: bool,
) -> None:
    """Ask a second person; or, for a danger to life, take it alone and be reviewed. Raises InputRefused.

    `sealed_for`: the case that was read before; where it was taken into another meanwhile, it is refused.
    """
    case = _case(conn, by, report)
    if case != sealed_for:
        raise InputRefused("case-changed")
    if alone and not is_urgent(conn, case):
        raise InputRefused("export-alone")
    acts.ask(conn, by, case, Act.EXPORT, outcome=purpose.value, new_id=id_)
    row_ = {"id": id_, "case_id": case, **by.scope.named}
    conn.execute(sa.insert(exports), row_ | {"alone": alone, "sealed": lies, "taken_by": "", "digest": ""})
    acted(conn, by, ALONE if alone else ASKED, case, export=id_, purpose=purpose.value)


def read(conn: sa.Connection, by: By, report: ReportId, which: str) -> Any:
    """The row of an export whose request somebody reads; that they do is in the trail."""
    found = row(conn, by.scope, report, which)
    acted(conn, by, READ, found["case_id"], export=which)
    return found


def answer(conn: sa.Connection, by: By, report: ReportId, which: str, *, agrees: bool) -> None:
    """The second person's word, before it is taken or, where one was alone, after. Raises InputRefused."""
    export = export_of(row(conn, by.scope, report, which))
    own = export.asked_by == by.who
    if own and (agrees or export.taken_at is not None):
        raise InputRefused("agreement-own")
    said = "yes" if agrees else "withdrawn" if own else "no"
    if export.answer or not acts.settle(conn, by, which, said):
        raise InputRefused("agreement-gone")
    action = _REVIEWS[said] if export.alone else _ANSWERS[said]
    acted(conn, by, action, export.case, export=which, asked=export.asked_by)


_ANSWERS: Final = {"yes": AGREED, "no": REFUSED, "withdrawn": WITHDRAWN}
_REVIEWS: Final = {"yes": REVIEWED, "no": OBJECTED, "withdrawn": WITHDRAWN}


def begin(conn: sa.Connection, by: By, report: ReportId, which: str) -> Any:
    """The row of an export that somebody opens the case for, after its line in the trail."""
    found = row(conn, by.scope, report, which)
    _may_take(export_of(found), by)
    acted(conn, by, OPENED, found["case_id"], export=which)
    return found


def taken(conn: sa.Connection, by: By, report: ReportId, which: str, *, sha256: str) -> None:
    """It is taken, once. Raises InputRefused where somebody was quicker."""
    export = export_of(row(conn, by.scope, report, which))
    _may_take(export, by)
    values = {"which": which, "when": by.now, "who": by.who, "sha256": sha256}
    if not conn.execute(_TAKE, values).rowcount:
        raise InputRefused("export-taken")
    acted(conn, by, TAKEN, export.case, export=which, sha256=sha256)


def exports_of(conn: sa.Connection, scope: Scope, cases: Sequence[ReportId]) -> tuple[Export, ...]:
    """The exports of a case and of those taken into it, the newest first."""
    rows = conn.execute(_OF_CASES, _here(scope) | {"cases": list(cases)}).mappings()
    return tuple(map(export_of, rows))


def waiting(conn: sa.Connection, scope: Scope) -> tuple[Export, ...]:
    """What waits for a second person, before or afterwards; the oldest first."""
    return tuple(map(export_of, conn.execute(_WAITING, _here(scope)).mappings()))


def row(conn: sa.Connection, scope: Scope, report: ReportId, which: str) -> Any:
    """An export of the case that this report is in; raises InputRefused."""
    case = acts.case_in(conn, scope, report)
    found = conn.execute(_ONE, _here(scope) | {"which": which}).mappings().one_or_none()
    if case is None or found is None:
        raise InputRefused("case-unknown")
    if found["case_id"] not in {case.id, *(each["id"] for each in members_of(conn, case.id))}:
        raise InputRefused("case-unknown")
    return found


def export_of(found: Any) -> Export:
    return Export(
        id=found["id"],
        case=ReportId(found["case_id"]),
        purpose=Purpose(found["outcome"]),
        alone=bool(found["alone"]),
        asked_at=found["asked_at"],
        asked_by=found["asked_by"],
        answer=found["answer"],
        answered_at=found["answered_at"],
        answered_by=found["answered_by"],
        taken_at=found["taken_at"],
        taken_by=found["taken_by"],
        digest=found["digest"],
    )


def is_urgent(conn: sa.Connection, case: ReportId) -> bool:
    """Whether it is, or was, a danger to life."""
    members = members_of(conn, case)
    return takes_two(acts.most_urgent(members), urgent=any(each["urgent"] for each in members))


def _may_take(export: Export, by: By) -> None:
    state = export.state(by.now)
    if state is ExportState.TAKEN:
        raise InputRefused("export-taken")
    if state is not ExportState.READY or not export.may_take(by.who):
        raise InputRefused("export-not-ready")


def _case(conn: sa.Connection, by: By, report: ReportId) -> ReportId:
    case = acts.case_in(conn, by.scope, report)
    if case is None:
        raise InputRefused("case-unknown")
    if case.erased_at is not None:
        raise InputRefused("export-erased")
    return case.id


def _here(scope: Scope) -> dict[str, Any]:
    return scope.named
