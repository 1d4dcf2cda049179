"""Writing to a young person inside the transactions of the ledger. Each is a line in the trail.

Whoever writes has the case. What was written is decided on what stood there: where anything came meanwhile,
from them or from a colleague, it is not sent, and says so.
"""

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.errors import InputRefused
from core.ids import ReportId
from core.ledger.trail import Entry, record
from desk.casework import acts
from desk.casework.acts import By
from desk.casework.model import Case, CaseState
from desk.casework.states import may_follow
from desk.tables import reports, trail
from desk.talk import messages
from desk.talk.model import Message, Thread

WROTE: Final = "message_sent"
"""The action in the trail."""

_REPORT = sa.select(reports).where(reports.c.id == bind("report"))


def thread(conn: sa.Connection, by: By, report: ReportId) -> Thread | None:
    """What was written about a report of this desk; None where there is no such report."""
    case = acts.case_in(conn, by.scope, report)
    if case is None:
        return None
    row = conn.execute(_REPORT, {"report": report}).mappings().one()
    written = messages.listed(conn, report)
    return Thread(
        messages=written, newest=_newest(row, written), may_write=_open(case, row), holder=case.holder
    )


def write(conn: sa.Connection, by: By, written: messages.Written, *, newest: str) -> None:
    """Keep it, and have them told. A case that nobody had is theirs who wrote.

    Raises InputRefused: there is no such report, its case is closed, a colleague has it, something came.
    """
    there = thread(conn, by, written.report)
    if there is None:
        raise InputRefused("case-unknown")
    if not there.may_write:
        raise InputRefused("message-closed")
    if there.holder not in {"", by.who}:
        raise InputRefused("message-held")
    if there.newest != newest:
        raise InputRefused("message-newer")
    if not there.holder:
        acts.take(conn, by, written.report, holder="")
    row = conn.execute(_REPORT, {"report": written.report}).mappings().one()
    messages.store(conn, row["road"], written.row, by=by.who, now=by.now)
    _wait(conn, by, written.report)
    detail = {**by.scope.named, "message": written.row["id"]}
    record(conn, trail, Entry(at=by.now, who=by.who, action=WROTE, target=written.report, detail=detail))


def _wait(conn: sa.Connection, by: By, report: ReportId) -> None:
    """The case waits for them now; what they write back ends that."""
    case = acts.case_in(conn, by.scope, report)
    if case is not None and may_follow(case.state, CaseState.WAITING):
        acts.move(conn, by, report, CaseState.WAITING, state=case.state)


def _open(case: Case, row: Mapping[Any, Any]) -> bool:
    """Whether a message could reach anybody: what is deleted has no way back, and no reference."""
    return case.state is not CaseState.CLOSED and row["reference_tag"] is not None


def _newest(row: Mapping[Any, Any], written: tuple[Message, ...]) -> str:
    """Other as soon as anybody wrote or added something."""
    added = row["added_at"].isoformat() if row["added_at"] else ""
    return f"{added}/{written[-1].id if written else ''}"
