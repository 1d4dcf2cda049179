"""Writing to a young person inside the transactions of the ledger. Each is a line in the trail.

Whoever writes has the case. What was written is decided on what stood there: where anything came meanwhile,
from them or from a colleague, it is not sent, and says so.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.errors import InputRefused
from core.ids import ReportId
from desk.casework import acts
from desk.casework.acts import By
from desk.casework.model import Case, CaseState
from desk.casework.states import may_follow
from desk.tables import reports
from desk.talk import messages
from desk.talk.model import Message, Thread

WROTE: Final = "message_sent"
"""The action in the trail."""

_REPORT = sa.select(reports).where(reports.c.id == bind("report"))


class _There(NamedTuple):
    case: Case
    row: Mapping[Any, Any]
    thread: Thread


def thread(conn: sa.Connection, by: By, report: ReportId) -> Thread | None:
    """What was written about a report of this desk; None where there is no such report."""
    there = _there(conn, by, report)
    return None if there is None else there.thread


def write(conn: sa.Connection, by: By, written: messages.Written, *, newest: str) -> None:
    """Keep it, and have them told. A case that nobody had is theirs who wrote.

    Raises InputRefused: there is no such report, its case is closed, a colleague has it, something came.
    """
    report, there = written.report, _there(conn, by, written.report)
    if there is None:
        raise InputRefused("case-unknown")
    if not there.thread.may_write:
        raise InputRefused("message-closed")
    if there.case.holder not in {"", by.who}:
        raise InputRefused("message-held")
    if there.thread.newest != newest:
        raise InputRefused("message-newer")
    case = there.case if there.case.holder else acts.take(conn, by, report, holder="")
    messages.store(conn, there.row["road"], written.row, by=by.who, now=by.now)
    if may_follow(case.state, CaseState.WAITING):  # for them: what they write back ends that
        acts.move(conn, by, report, CaseState.WAITING, state=case.state)
    acts.acted(conn, by, WROTE, report, message=written.row["id"])


def _there(conn: sa.Connection, by: By, report: ReportId) -> _There | None:
    case = acts.case_in(conn, by.scope, report)
    if case is None:
        return None
    row = conn.execute(_REPORT, {"report": report}).mappings().one()
    written = messages.listed(conn, report)
    may_write, newest = _open(case, row), _newest(row, written)
    return _There(case, row, Thread(messages=written, newest=newest, may_write=may_write, holder=case.holder))


def _open(case: Case, row: Mapping[Any, Any]) -> bool:
    """Whether a message could reach anybody: what is deleted has no way back, and no reference."""
    return case.state is not CaseState.CLOSED and row["reference_tag"] is not None


def _newest(row: Mapping[Any, Any], written: tuple[Message, ...]) -> str:
    """Other as soon as anybody wrote or added something."""
    added = row["added_at"].isoformat() if row["added_at"] else ""
    return f"{added}/{written[-1].id if written else ''}"
